"""The positions on a record: the same whoever says it, and named by how many do."""

import json
from dataclasses import replace
from itertools import islice

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies.evidence import BY_IOU, FIELDS, evidence_from, few, mark_id, marks, shuffled

from groundkeeper.core.adjudication.positions import case_of, differing, letters, positions
from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.consensus.statements import statements

WIDE, NARROW = shapely.box(0, 0, 4, 4), shapely.box(0, 0, 4, 3)
EXPERTS = ("r1", "r2", "r3")


def mark(shape=WIDE, **attributes):
    return {"parts": {0: shape}, "attributes": attributes}


def by(*said):
    """Evidence of one item on which each expert says one thing, or nothing where it is None."""
    return evidence_from(
        {
            ("it_a", who, "1.0.0"): [] if one is None else [one]
            for who, one in zip(EXPERTS, said, strict=False)
        }
    )


def test_equal_statements_are_one_position_and_the_one_with_the_most_supporters_is_a():
    found = positions(by(mark(NARROW, rating=2), mark(rating=4), mark(NARROW, rating=2)), FIELDS)
    assert [(one.letter, one.supporters) for one in found] == [("A", 2), ("B", 1)]
    assert found[0].statement.attributes == {"rating": 2}
    assert set(found[0].annotation_ids) == {
        mark_id("it_a", who, "1.0.0", 1, 0) for who in ("r1", "r3")
    }


@pytest.mark.parametrize("other", [mark(NARROW, rating=2), mark(rating=3), mark()])
def test_another_shape_or_another_value_is_another_position(other):
    assert len(positions(by(mark(rating=2), other), FIELDS)) == 2


def test_what_no_field_speaks_of_makes_no_position():
    (one,) = positions(by(mark(rating=2, mark_number=7), mark(rating=2, mark_number=9)), FIELDS)
    assert one.statement.attributes == {"rating": 2}


def test_positions_with_as_many_supporters_are_told_apart_by_their_lowest_annotation():
    found = positions(by(mark(rating=1), mark(rating=2), mark(rating=3)), FIELDS)
    firsts = [one.annotation_ids[0] for one in found]
    assert firsts == sorted(firsts)


@few
@given(st.lists(marks, min_size=1, max_size=3), st.randoms())
def test_positions_share_out_the_annotations_and_do_not_depend_on_the_order_of_rows(drawn, random):
    found = by(*drawn)
    told = positions(found, FIELDS)
    members = [name for one in told for name in one.annotation_ids]
    assert sorted(members) == sorted(found.annotations["annotation_id"])
    sizes = [one.supporters for one in told]
    assert sizes == sorted(sizes, reverse=True)
    assert positions(shuffled(found, random), FIELDS) == told
    for one in told:
        rows = found.annotations[found.annotations["annotation_id"].isin(one.annotation_ids)]
        assert len(set(rows["attributes"])) == 1
        assert json.loads(rows["attributes"].iloc[0]) == one.statement.attributes


def test_the_case_counts_those_who_marked_nothing_and_names_nobody():
    evidence = by(mark(rating=2), mark(NARROW, rating=2), None)
    result = reconcile(evidence, BY_IOU, FIELDS)
    (row,) = result.observations.to_dict("records")
    case = case_of(row, evidence, statements(evidence, result.clusters), FIELDS)
    assert (case.looked, case.silent, len(case.positions)) == (3, 1, 2)
    assert not any(who in repr(case) for who in EXPERTS)


def test_where_nobody_saw_it_in_the_era_that_decides_the_newest_that_did_is_told():
    evidence = evidence_from(
        {
            ("it_a", "r1", "1.0.0"): [mark(rating=1)],
            ("it_a", "r1", "2.0.0"): [mark(rating=2)],
            ("it_a", "r1", "10.0.0"): [],
        }
    )
    result = reconcile(evidence, BY_IOU, FIELDS)
    rows = result.observations.set_index("era")
    row = {"era": "10.0.0", **rows.loc["10.0.0"].to_dict()}
    case = case_of(row, evidence, statements(evidence, result.clusters), FIELDS)
    assert (case.era, case.positions[0].statement.attributes) == ("10.0.0", {"rating": 2})


def test_what_positions_differ_on_is_named():
    found = positions(by(mark(rating=2, kind="solid"), mark(rating=3, kind="solid")), FIELDS)
    assert differing(found) == {"rating"}
    assert differing(found[:1]) == frozenset()


def test_after_z_come_two_letters():
    assert list(islice(letters(), 25, 28)) == ["Z", "AA", "AB"]


def test_a_record_without_shapes_has_positions_by_its_values():
    flat = [one | {"parts": {}} for one in (mark(rating=2), mark(rating=2), mark(rating=5))]
    evidence = by(*flat)
    evidence = replace(evidence, annotations=evidence.annotations.assign(kind="statement"))
    found = positions(evidence, FIELDS)
    assert [(one.supporters, one.statement.parts) for one in found] == [(2, {}), (1, {})]
    assert pd.Series([one.statement.kind for one in found]).unique().tolist() == ["statement"]
