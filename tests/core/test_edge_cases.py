"""In which cell of a guideline a record lies, and what each of its experts would decide."""

import itertools

import numpy as np
import pytest
from builders.asked_records import BOTH, CLASS, INCLUDE, OWN, asked, standing_of
from hypothesis import given
from hypothesis import strategies as st
from strategies.guidelines import FIELDS, columns_of, decisions, rows, slow_truth

from groundkeeper.core.edge_cases.cells import axes_of, fields_read, locate
from groundkeeper.core.edge_cases.positions import contested, positions
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.expression import parse, render


@st.composite
def located(draw):
    decision, table = draw(decisions()), draw(rows())
    axes = axes_of([decision], FIELDS, fields_read(decision))
    return decision, table, locate(axes, [decision], columns_of(table))


@given(located())
def test_a_record_is_as_its_cell_says(case):
    decision, table, found = case
    read = fields_read(decision)
    for row, place in zip(table, found.of_row, strict=True):
        cell = found.cells[place]
        assert cell.expression is None or slow_truth(cell.expression, row) is True
        assert set(cell.unknown) == {name for name in read if row[name] is None}


@given(located())
def test_no_record_is_as_another_cell_says(case):
    _, table, found = case
    whole = [
        (row, found.cells[place])
        for row, place in zip(table, found.of_row, strict=True)
        if not found.cells[place].unknown
    ]
    for (row, own), (_, other) in itertools.permutations(whole, 2):
        if own != other:
            assert slow_truth(other.expression, row) is False


@given(located())
def test_a_cell_can_be_written_as_the_condition_of_a_rule(case):
    for cell in case[2].cells:
        if cell.expression is not None:
            assert parse(render(cell.expression)) == cell.expression


def cell_of(decision, rule_id, **row):
    axes = axes_of([decision], OWN, fields_read(decision, rule_id))
    return locate(axes, [decision], {name: [value] for name, value in row.items()}).cells[0]


@pytest.mark.parametrize(
    ("rule", "row", "expected"),
    [
        ("inc.small", {"size_mm": 2.9}, "size is less than 3 mm"),
        ("inc.small", {"size_mm": 3.0}, "size is at least 3 mm and at most 30 mm"),
        ("inc.small", {"size_mm": None}, "size is not known"),
        (
            "inc.mass",
            {"size_mm": 30.1, "night": True},
            "night is true, and size is more than 30 mm",
        ),
        (
            "",
            {"size_mm": 30.0, "night": False},
            "night is false, and size is at least 3 mm and at most 30 mm",
        ),
    ],
)
def test_a_cell_is_told_in_the_words_of_the_guideline(rule, row, expected):
    assert cell_of(INCLUDE, rule, **row).in_words(OWN) == expected


def test_the_cells_of_a_judged_decision_are_its_outcomes():
    assert cell_of(CLASS, "", kind="van").in_words(OWN) == "kind is van"


def test_without_rules_there_is_one_cell():
    alone = Decision.model_validate({"by": "derived", "outcomes": ["a"], "default": "a"})
    assert cell_of(alone, "", size_mm=1.0).in_words(OWN) == "everywhere"


def test_each_expert_decides_by_their_own_values():
    held, _, _ = standing_of({"rc_a": [2.0, 4.0, 31.0]})
    assert held.stated["size_mm"].tolist() == [2.0, 4.0, 31.0]
    assert held.outcomes["include"].tolist() == ["skip", "keep", "ignore"]
    assert held.who["annotator"].tolist() == ["e0", "e1", "e2"]


def test_only_what_was_said_in_the_era_that_decides_the_record_counts():
    said, last, observed = asked({"rc_a": [2.0, 4.0, 31.0]})
    newer = last.assign(era=["1.0.0", "2.0.0", "2.0.0"])
    held = positions(said, newer, observed.assign(era="2.0.0"), BOTH, OWN)
    assert held.outcomes["include"].tolist() == ["keep", "ignore"]


def test_who_said_that_it_is_not_there_has_no_position():
    said, last, observed = asked({"rc_a": [2.0, 4.0]})
    denied = last.assign(annotation_id=[None, "an_rc_a_1"])
    assert positions(said, denied, observed, BOTH, OWN).who["annotator"].tolist() == ["e1"]


def test_what_is_known_of_the_item_holds_for_every_expert():
    held, _, _ = standing_of({"rc_a": [31.0, 32.0]})
    assert held.stated["night"].tolist() == [True, True]


def test_who_decides_otherwise_than_the_record_is_counted():
    _, standing, _ = standing_of({"rc_a": [2.0, 4.0, 5.0], "rc_b": [4.0, 5.0, 6.0]})
    include = standing[standing["decision"] == "include"].set_index("record_id")
    assert include["outcome"].to_dict() == {"rc_a": "keep", "rc_b": "keep"}
    assert include["experts"].to_dict() == {"rc_a": 3, "rc_b": 3}
    assert include["otherwise"].to_dict() == {"rc_a": 1, "rc_b": 0}
    assert include["borderline"].to_dict() == {"rc_a": True, "rc_b": False}


def test_a_judgement_differs_where_the_experts_chose_otherwise():
    _, standing, _ = standing_of({"rc_a": [4.0, 4.0, 4.0]}, kinds={("rc_a", 2): "van"})
    (row,) = standing[standing["decision"] == "class"].to_dict("records")
    assert (row["otherwise"], row["experts"], row["borderline"]) == (1, 3, False)


def test_what_is_open_is_counted_on_neither_side():
    said, last, observed = asked({"rc_a": [2.0, 4.0]})
    open_record = observed.assign(size_mm=np.nan, size_mm_low=np.nan, size_mm_high=np.nan)
    held = positions(said, last, open_record, BOTH, OWN)
    (row,) = contested(held, open_record, {"include": INCLUDE}, OWN).to_dict("records")
    assert (row["outcome"], row["experts"], row["otherwise"]) == (None, 0, 0)
