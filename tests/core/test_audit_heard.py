"""What is heard of the people of an audit: measured, or else as written, in one row an answer."""

from dataclasses import replace

import pandas as pd
import pytest
import shapely
from strategies.evidence import FIELDS, evidence_from

from groundkeeper.core.audit.heard import heard
from groundkeeper.core.guideline.eras import ALIKE, Eras
from groundkeeper.core.guideline.fields import Field

SQUARE = {0: shapely.box(0, 0, 4, 4)}


def audit(*answers, **changed):
    """Evidence of answers to tasks t0, t1, ...: each a list of marks."""
    made = evidence_from({("it_a", f"r{n}", "1.0.0"): drawn for n, drawn in enumerate(answers)})
    ordered = made.answers.sort_values("annotator", ignore_index=True)
    tasks = {"task_id": [f"t{n}" for n in range(len(answers))], "scope": "audit"}
    return replace(made, answers=ordered.assign(**tasks | changed))


def mark(parts=SQUARE, **attributes):
    return {"parts": parts, "attributes": attributes}


def test_an_answer_is_a_row_with_what_was_measured_and_said():
    found = heard(audit([mark(rating=4, kind="solid")], []), FIELDS, ALIKE)
    assert found["task_id"].tolist() == ["t0", "t1"]
    assert found["state"].tolist() == ["submitted", "empty"]
    assert found.loc[0, ["area_px2", "rating", "kind"]].tolist() == [16.0, 4, "solid"]
    assert found.loc[1, ["area_px2", "rating", "kind"]].isna().all()
    assert {"contrast", "support"}.isdisjoint(found.columns)


@pytest.mark.parametrize("first", [1, 2, 3, 4])
def test_the_first_mark_of_an_answer_is_about_the_record(first):
    others = [mark(rating=rating) for rating in (1, 2, 3, 4) if rating != first]
    evidence = audit([mark(rating=first), *others])
    turned = replace(evidence, annotations=evidence.annotations.iloc[::-1])
    for told in (evidence, turned):
        assert heard(told, FIELDS, ALIKE)["rating"].tolist() == [first]


def test_an_answer_that_replaces_the_first_one_later_is_not_heard():
    given = audit(
        [mark(rating=4)],
        [mark(rating=1)],
        task_id="t0",
        sequence=[3, 5],
        refusal=["answered_again", None],
    )
    assert heard(given, FIELDS, ALIKE)["rating"].tolist() == [4]
    refused = replace(given, answers=given.answers.assign(refusal=["not_acknowledged", None]))
    assert heard(refused, FIELDS, ALIKE)["rating"].tolist() == [1]


def test_a_size_without_a_shape_is_taken_as_written_and_never_against_a_shape():
    found = heard(audit([mark({}, area_px2=9.5)], [mark(area_px2=9.5)]), FIELDS, ALIKE)
    assert found["area_px2"].tolist() == [9.5, 16.0]


@pytest.mark.parametrize(
    "changed",
    [{"scope": "item"}, {"refusal": "another_era"}, {"state": "draft"}, {"state": "skipped"}],
)
def test_only_admitted_answers_to_audits_are_heard(changed):
    assert heard(audit([mark(rating=4)], **changed), FIELDS, ALIKE).empty


def test_what_was_said_is_read_in_the_words_of_its_era():
    older = {"type": "ordinal", "values": [1, 2, 3, 4, 5, 6], "from": "attribute", "fuse": "median"}
    eras = Eras({"1.0.0": {**FIELDS, "rating": Field.model_validate(older)}}, {})
    evidence = audit([mark(rating=6)], [mark(rating=6)], era=["1.0.0", "2.0.0"])
    found = heard(evidence, FIELDS, eras)
    assert found["rating"].tolist()[0] == 6
    assert pd.isna(found["rating"].tolist()[1])
