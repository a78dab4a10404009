"""Where experts disagree more than elsewhere, and what a meeting talks about, in which order."""

import numpy as np
import pandas as pd
import pytest
from builders.asked_records import BOTH, INCLUDE, OWN, standing_of

from groundkeeper.core.edge_cases import concentration
from groundkeeper.core.edge_cases.agenda import Known, agenda
from groundkeeper.core.edge_cases.concentration import Searched, search
from groundkeeper.core.estimates import ALL_THE_SAME, Resampling

HOW = Resampling(rounds=500, seed=1, confidence=0.95)
NOTHING_FOUND = Searched((), 0, 0, 0, 0.95)


def spread(records, hot):
    """Standing of records below and above 3 mm; of those below, *hot* of three experts decide otherwise."""
    names = [f"rc_{n:03}" for n in range(records)]
    small = np.arange(records) % 2 == 0
    observed = pd.DataFrame(
        {
            "record_id": names,
            "item_id": names,
            "group_id": [f"g{n // 2}" for n in range(records)],
            "size_mm": np.where(small, 2.0, 5.0),
            "night": False,
        }
    )
    standing = observed[["record_id", "item_id"]].assign(
        decision="include", experts=3, otherwise=np.where(small, hot, 0), borderline=small
    )
    return standing, observed


def found_in(standing, observed):
    return search(standing, observed, {"include": INCLUDE}, OWN, HOW)


def test_a_cell_in_which_experts_disagree_more_is_found_with_its_figures():
    (one,) = found_in(*spread(60, hot=1)).found
    assert one.cell.in_words(OWN) == "night is false, and size is less than 3 mm"
    assert (one.otherwise, one.experts, one.borderline, len(one.record_ids)) == (30, 90, 30, 30)
    assert one.share == pytest.approx(1 / 3)
    assert one.more.value == pytest.approx(1 / 3)
    assert (one.more.n, one.more.groups, one.groups) == (60, 30, 30)
    assert (
        one.more.note == ALL_THE_SAME
    )  # in every cell all groups are alike, so no resample moves it
    assert one.is_sure


def test_where_all_cells_are_alike_none_is_found():
    standing, observed = spread(60, hot=1)
    even = standing.assign(otherwise=[n // 2 % 2 for n in range(60)])
    found = found_in(even, observed)
    assert (found.found, found.looked_at) == ((), 2)


def test_of_too_few_records_nothing_is_said():
    found = found_in(*spread(18, hot=3))
    assert (found.found, found.looked_at, found.too_small) == ((), 0, 2)


def test_many_records_of_few_groups_are_too_few():
    standing, observed = spread(200, hot=3)
    few = observed.assign(group_id=[f"g{n % 9}" for n in range(200)])
    assert found_in(standing, few).too_small == 2


def test_the_order_of_the_rows_decides_nothing():
    standing, observed = spread(60, hot=1)
    mixed = found_in(
        standing.sample(frac=1, random_state=1), observed.sample(frac=1, random_state=2)
    )
    assert mixed == found_in(standing, observed)


def test_more_cells_make_each_interval_wider(monkeypatch):
    standing, observed = spread(80, hot=1)
    standing["otherwise"] = [(1 if n % 2 == 0 else 0) * (n % 8 != 0) for n in range(80)]
    (both,) = found_in(standing, observed).found
    monkeypatch.setattr(concentration, "MOST_CELLS", 1)
    alone = search(standing, observed, {"include": INCLUDE}, OWN, HOW)
    assert alone.beyond == 1
    (one,) = alone.found
    assert both.cell == one.cell
    assert both.more.high - both.more.low > one.more.high - one.more.low


def question(number, record="rc_a", rule="inc.small", item=None):
    return {
        "edge_case_id": f"ec_{number:020}",
        "item_id": item or f"it_{record}",
        "record_id": record,
        "annotator": "ada",
        "era": "1.0.0",
        "rule_id": rule,
        "text": "Why?",
        "asked_at": pd.NaT,
        "batch": "b",
    }


SIZES = {"rc_a": [2.0, 4.0, 5.0], "rc_b": [6.0, 7.0, 8.0], "rc_c": [1.0, 1.0, 1.5]}


def topics(*asked_about, sizes=None, aliases=None, searched=NOTHING_FOUND):
    _, standing, observed = standing_of(sizes or SIZES)
    columns = list(question(0))
    table = pd.DataFrame(list(asked_about), columns=columns)
    table["asked_at"] = pd.to_datetime(table["asked_at"], utc=True)
    return agenda(table, searched, Known(observed, standing, aliases or {}), BOTH, OWN)


def test_questions_about_one_rule_in_one_cell_are_one_topic():
    (one,) = topics(question(1), question(2, "rc_b"), question(3, "rc_b"))
    assert one.rule_id == "inc.small"
    assert one.decisions == ("include",)
    assert one.cell.in_words(OWN) == "size is at least 3 mm and at most 30 mm"
    assert len(one.edge_case_ids) == 3
    assert one.case_ids == ("rc_b", "rc_a")
    assert one.record_ids == ("rc_a", "rc_b")
    assert one.contested_ids == ("rc_a",)


def test_another_cell_and_another_rule_are_other_topics():
    found = topics(question(1), question(2, "rc_c"), question(3, rule="inc.mass"))
    assert sorted((t.rule_id, t.record_ids) for t in found) == [
        ("inc.mass", ("rc_a", "rc_b")),
        ("inc.small", ("rc_a", "rc_b")),
        ("inc.small", ("rc_c",)),
    ]


def test_that_comes_first_on_which_the_most_records_hang():
    sizes = SIZES | {"rc_d": [1.0, 1.0], "rc_e": [2.0, 2.0]}
    found = topics(question(1, "rc_c"), question(2, "rc_c"), question(3, "rc_b"), sizes=sizes)
    assert [len(topic.contested_ids) for topic in found] == [1, 0]
    assert [len(topic.record_ids) for topic in found] == [2, 3]
    assert [len(topic.edge_case_ids) for topic in found] == [1, 2]


def test_a_question_that_names_no_record_is_about_what_the_rule_decides():
    (one,) = topics(question(1, None, item="it_rc_b"))
    assert one.cell is None
    assert one.record_ids == ("rc_c",)


def test_a_question_that_names_neither_is_about_the_records_of_the_item():
    (one,) = topics(question(1, None, None, item="it_rc_b"))
    assert (one.rule_id, one.decisions) == ("", ("class", "include"))
    assert one.record_ids == ("rc_b",)


def test_a_rule_that_the_guideline_does_not_have_leads_to_all_decisions():
    (one,) = topics(question(1, rule="inc.gone"))
    assert one.rule_id == "inc.gone"
    assert one.decisions == ("class", "include")
    assert "size is at least 3 mm" in one.cell.in_words(OWN)


def test_the_name_of_a_decision_leads_to_it():
    (one,) = topics(question(1, rule="class"))
    assert one.decisions == ("class",)
    assert one.cell.in_words(OWN) == "kind is car"


def test_a_record_is_found_under_an_id_that_it_had_before():
    (one,) = topics(question(1, "rc_old"), aliases={"rc_old": "rc_c"})
    assert one.case_ids == ("rc_c",)


def test_a_record_that_is_not_there_is_no_record():
    (one,) = topics(question(1, "rc_none"))
    assert (one.cell, one.case_ids) == (None, ())


def test_without_questions_and_disagreement_there_is_no_topic():
    assert topics() == ()


def test_the_order_of_the_questions_decides_nothing():
    several = [question(n, record) for n, record in enumerate(["rc_a", "rc_b", "rc_c"] * 2)]
    assert topics(*several) == topics(*several[::-1])


@pytest.mark.parametrize(
    ("asked_about", "expected"),
    [
        ([], 1),
        ([{"rule": "inc.mass"}], 0),
        ([{"rule": None}], 0),
        ([{"rule": "class"}], 1),
    ],
)
def test_disagreement_is_a_topic_of_its_own_where_nobody_asked_about_the_decision(
    asked_about, expected
):
    standing, observed = spread(60, hot=1)
    searched = found_in(standing, observed)
    sizes = {name: [2.0, 2.0, 4.0] for name in searched.found[0].record_ids}
    asking = [question(n, "rc_000", **more) for n, more in enumerate(asked_about)]
    found = topics(*asking, sizes=sizes, searched=searched)
    alone = [topic for topic in found if topic.concentration]
    assert len(alone) == expected
    assert all(topic.edge_case_ids == () and topic.cell for topic in alone)
