"""Which verdict stands: a chain that nothing breaks, whatever order its rows are in."""

import pandas as pd
import pytest
from builders.verdicts import table, verdict
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.adjudication.standing import chain, standing_verdicts
from groundkeeper.core.ids import make_id

RECORD = make_id("rc", "an_first")
CASE = (RECORD, "1.0.0")
CLUSTERS = pd.DataFrame(
    {"annotation_id": ["an_first", "an_second"], "record_id": [RECORD, RECORD], "item_id": "it_a"}
)


def said(number, meaning="position", record=RECORD, **facts):
    return verdict(record, meaning, verdict_id=f"ao_{number}", sequence=number, **facts)


def test_the_first_verdict_stands_until_one_names_it():
    rows = table(said(1), said(2, "absent"), said(3, "neither", reverses="ao_1"))
    found = chain(rows)
    assert found.standing == {CASE: "ao_3"}
    assert found.refused == {"ao_2"}


def test_a_verdict_that_reverses_another_than_the_one_that_stands_is_refused():
    found = chain(table(said(1), said(2, "absent", reverses="ao_1"), said(3, reverses="ao_1")))
    assert found.standing == {CASE: "ao_2"}
    assert found.refused == {"ao_3"}


def test_a_gap_decides_nothing_and_opens_a_case_only_if_it_says_so():
    assert chain(table(said(1, "guideline_gap"))).standing == {}
    assert chain(table(said(1), said(2, "guideline_gap"))).standing == {CASE: "ao_1"}
    opened = chain(table(said(1), said(2, "guideline_gap", reverses="ao_1"), said(3, "absent")))
    assert (opened.standing, opened.refused) == ({CASE: "ao_3"}, frozenset())
    assert chain(table(said(1), said(2, "guideline_gap", reverses="ao_9"))).refused == {"ao_2"}


def test_a_person_says_once_of_a_record_that_the_guideline_does_not_say():
    rows = table(
        said(1, "guideline_gap"),
        said(2, "guideline_gap"),
        said(3, "guideline_gap", adjudicator="ann"),
        said(4, "guideline_gap", era="2.0.0"),
    )
    assert chain(rows).refused == {"ao_2"}


def test_each_version_and_each_record_has_a_chain_of_its_own():
    other = make_id("rc", "an_other")
    rows = table(said(1), said(2, era="2.0.0"), said(3, record=other))
    assert set(chain(rows).standing.values()) == {"ao_1", "ao_2", "ao_3"}


links = st.lists(
    st.tuples(
        st.sampled_from(["position", "absent", "neither", "guideline_gap"]),
        st.one_of(st.none(), st.integers(1, 6)),
    ),
    max_size=6,
)


@given(links, st.randoms())
def test_what_stands_was_not_refused_and_nothing_replaces_it_whatever_the_order_of_rows(
    told, random
):
    rows = [
        said(n, meaning, reverses=None if link is None else f"ao_{link}")
        for n, (meaning, link) in enumerate(told, start=1)
    ]
    found = chain(table(*rows))
    again = random.sample(rows, len(rows))
    assert chain(table(*again)) == found
    for verdict_id in found.standing.values():
        assert verdict_id not in found.refused
        row = next(one for one in rows if one["verdict_id"] == verdict_id)
        assert row["verdict"] != "guideline_gap"
    admitted = [row for row in rows if row["verdict_id"] not in found.refused]
    # Who replaces what stands is the newest; so what stands is the last that decides, unless a gap opened it again.
    deciding = [row["verdict_id"] for row in admitted if row["verdict"] != "guideline_gap"]
    assert list(found.standing.values()) in ([], deciding[-1:])
    # Refused verdicts never change what stands.
    assert chain(table(*admitted)).standing == found.standing


def test_a_record_that_has_another_id_now_keeps_its_verdict():
    older = make_id("rc", "an_second")
    (row,) = standing_verdicts(table(said(1, record=older)), CLUSTERS).to_dict("records")
    assert (row["record_id"], row["verdict_id"]) == (RECORD, "ao_1")


def test_of_two_records_that_became_one_the_later_verdict_holds():
    older = make_id("rc", "an_second")
    rows = table(said(1, record=older), said(2, "absent"))
    assert standing_verdicts(rows, CLUSTERS)["verdict_id"].tolist() == ["ao_2"]


@pytest.mark.parametrize(
    "row",
    [
        said(1, refusal="one_of_the_experts"),
        said(1, "guideline_gap"),
        said(1, record=make_id("rc", "an_gone")),
    ],
)
def test_refused_ones_gaps_and_those_on_records_that_are_gone_decide_nothing(row):
    assert standing_verdicts(table(row), CLUSTERS).empty


def test_a_verdict_reverses_none_on_another_record_and_none_that_came_after_it():
    other = make_id("rc", "an_other")
    clusters = pd.DataFrame(
        {"annotation_id": ["an_first", "an_other"], "record_id": [RECORD, other], "item_id": "it_a"}
    )
    elsewhere = table(said(1), said(2, "absent", record=other, reverses="ao_1"))
    assert set(chain(elsewhere).standing.values()) == {"ao_1", "ao_2"}
    assert set(standing_verdicts(elsewhere, clusters)["verdict_id"]) == {"ao_1", "ao_2"}
    cycle = table(said(1, reverses="ao_2"), said(2, "absent", reverses="ao_1"))
    assert chain(cycle).standing == {CASE: "ao_2"}
    assert standing_verdicts(cycle, clusters)["verdict_id"].tolist() == ["ao_2"]


def test_a_verdict_under_a_newer_version_may_reverse_one_under_an_older_version():
    rows = table(said(1), said(2, "absent", era="2.0.0", reverses="ao_1"))
    assert chain(rows).standing == {(RECORD, "2.0.0"): "ao_2"}
    assert standing_verdicts(rows, CLUSTERS)["verdict_id"].tolist() == ["ao_2"]


@given(links, st.randoms())
def test_without_refused_verdicts_both_find_the_same(told, random):
    rows = [
        said(n, meaning, reverses=None if link is None else f"ao_{link}")
        for n, (meaning, link) in enumerate(told, start=1)
    ]
    found = chain(table(*rows))
    admitted = [row for row in rows if row["verdict_id"] not in found.refused]
    mixed = table(*random.sample(admitted, len(admitted)))
    stands = standing_verdicts(mixed, CLUSTERS)["verdict_id"].tolist()
    assert stands == list(found.standing.values())
