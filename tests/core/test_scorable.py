"""The block ``scoring`` of a guideline speaks of what is there, and its targets of what is measured."""

import pandas as pd
import pytest
from pydantic import ValidationError
from strategies.guideline_documents import document, guideline

from groundkeeper.core.diff.compare import compare
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.normative import normative
from groundkeeper.core.guideline.scorable import OF_OBJECTS, OF_VALUES
from groundkeeper.core.lint import lint
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.values import (
    classification_figures,
    number_figures,
    ordinal_figures,
    paired,
)

READERS = {"rating_exact", "rating_within_one"}
"""What readers are measured by where records are items."""


@pytest.mark.parametrize(
    ("scoring", "place", "said"),
    [
        (
            {"class_by": "size_px"},
            "scoring.class_by",
            r"a decision \(include and class\)|a decision",
        ),
        ({"class_by": "colour"}, "scoring.class_by", "found colour; allowed is a decision"),
        ({"ignored_attributes": ["text", "size_px"]}, "ignored_attributes.1", "found size_px"),
        ({"target": {"beauty": 0.5}}, "scoring.target.beauty", "measures of objects"),
        ({"target": {"recall": 1.5}}, "scoring.target.recall", "less than or equal to 1"),
        ({"ignore": {"exclude": ["skip"]}}, "scoring.ignore.exclude", "found exclude"),
        ({"ignore": {"include": ["gone"]}}, "scoring.ignore.include.0", "found gone"),
        ({"low_overlap": 0}, "scoring.low_overlap", "greater than 0"),
    ],
)
def test_what_scoring_speaks_of_must_be_there(scoring, place, said):
    with pytest.raises(ValidationError, match=said) as caught:
        Guideline.model_validate(document({"scoring": {"match_iou": 0.5} | scoring}))
    assert place in str(caught.value)


@pytest.mark.parametrize(
    "scoring",
    [
        {"class_by": "include"},
        {"class_by": "kind", "ignored_attributes": ["text"], "attributes": True},
        {"target": dict.fromkeys(OF_OBJECTS, 0.9), "line_orientation": False, "groups": 0.4},
    ],
)
def test_what_is_there_may_be_spoken_of(scoring):
    assert guideline({"scoring": {"match_iou": 0.5} | scoring}).scoring.match_iou == 0.5


def test_every_target_is_a_measure_and_none_is_missing():
    rows = [("i", "correct", "a", "a", 0.9, 0.9)]
    columns = ["item_id", "outcome", "truth", "said", "similarity", "dice"]
    objects = object_figures(pd.DataFrame(rows, columns=columns), "m")
    measured = {figure.measure for figure in objects if figure.subject == "m"}
    assert measured - {"unscored_share"} == set(OF_OBJECTS)
    grades, numbers = pd.Series({"a": 1, "b": 2}), pd.Series({"a": 1.0, "b": 2.0})
    values = [
        *classification_figures(paired(grades, grades), "m"),
        *ordinal_figures(paired(grades, grades), [1, 2], "m"),
        *number_figures(paired(numbers, numbers, numbers=True), "m"),
    ]
    of_values = {figure.measure for figure in values if figure.subject == "m"} | READERS
    assert set(OF_VALUES) <= of_values


def test_the_profile_of_files_is_an_error_in_a_set():
    found = lint(guideline({"scoring": {"match_iou": 0.5, "profile": "cvat"}}))
    (one,) = [finding for finding in found if finding.check == "profile-of-files"]
    assert one.severity == "error"
    assert "gk score files --profile cvat" in one.message


def test_a_field_by_which_records_are_scored_is_used():
    field = {"type": "enum", "values": ["wet", "dry"], "from": "attribute", "fuse": "mode"}
    more = {"fields/road": field}
    for scoring, unused in (({}, True), ({"class_by": "road"}, False)):
        found = lint(guideline(more | {"scoring": {"match_iou": 0.5} | scoring}))
        named = {finding.path for finding in found if finding.check == "field-unused"}
        assert (("fields", "road") in named) == unused


def test_a_key_of_scoring_changes_scores_alone():
    old, new = guideline(), guideline({"scoring": {"match_iou": 0.5, "class_by": "include"}})
    before, after = normative(old), normative(new)
    assert [name for name in before if before[name] != after[name]] == ["scoring"]
    assert {str(change.kind) for change in compare(old, new).changes} == {"scoring changed"}


def test_keys_that_are_not_stated_leave_the_digest_of_older_guidelines_alone():
    assert guideline().scoring.model_dump(exclude_none=True) == {"match_iou": 0.5, "ignore": {}}


@pytest.mark.parametrize(
    ("scoring", "name", "classes"),
    [
        ({}, "kind", ("car", "van")),
        ({"class_by": "text"}, "text", ("1", "2")),
        ({"class_by": "include"}, "include", ("annotate",)),
    ],
)
def test_a_record_has_the_class_that_the_guideline_says(scoring, name, classes):
    said = guideline({"scoring": {"match_iou": 0.5} | scoring})
    guide = Guide(said.decisions, said.fields, said.consensus, said.scoring)
    assert (guide.class_by, guide.class_names) == (name, classes)


def test_attributes_are_compared_but_for_the_class_and_those_that_are_ignored():
    said = guideline()
    guide = Guide(said.decisions, said.fields, said.consensus, said.scoring)
    assert guide.attributes == ("text",)
    without = guideline({"scoring": {"match_iou": 0.5, "ignored_attributes": ["text"]}})
    assert Guide({}, without.fields, without.consensus, without.scoring).attributes == ()
