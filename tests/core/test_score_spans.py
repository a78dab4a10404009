"""Marked spans against the truth: exactly, and by what they have in common."""

import pandas as pd
import pytest

from groundkeeper.core.estimates import ratio
from groundkeeper.core.scoring.spans import span_figures, span_outcomes, spans_of
from groundkeeper.errors import TableError

COLUMNS = ["document", "start", "end", "label"]


def table(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


TRUTH = table(("d", 0, 4, "name"), ("d", 10, 20, "place"), ("d", 30, 31, "name"))
SAID = table(("d", 0, 4, "name"), ("d", 12, 22, "place"), ("d", 40, 44, "name"))


def counts(held, at_least=0.5, truth=TRUTH, said=SAID, documents=("d", "e")):
    spans = spans_of(truth, said, documents, "ada")
    return span_outcomes(spans, held, at_least)["outcome"].value_counts().to_dict()


def test_the_same_characters_are_one_thing_exactly_and_most_of_them_by_overlap():
    assert counts("exact") == {"correct": 1, "missing": 2, "extra": 2, "empty": 1}
    assert counts("overlap") == {"correct": 2, "missing": 1, "extra": 1, "empty": 1}
    # 8 of 12 characters are common.
    assert counts("overlap", 0.67) == {"correct": 1, "missing": 2, "extra": 2, "empty": 1}


def test_figures_say_how_spans_were_held():
    outcomes = span_outcomes(spans_of(TRUTH, SAID, ["d"], "ada"), "overlap")
    found = {
        f.measure: float(ratio(f.contributions.sum(axis=0)[None])[0])
        for f in span_figures(outcomes, "overlap", "ada")
        if f.subject == "ada" and not f.measure.startswith("overlap_macro")
    }
    assert found["overlap_precision"] == pytest.approx(2 / 3)
    assert found["overlap_recall"] == pytest.approx(2 / 3)
    assert found["overlap_f1"] == pytest.approx(2 / 3)
    assert found["overlap_mean"] == pytest.approx((1 + 8 / 12) / 2)
    assert not {"iou_mean", "dice_mean"} & set(found)


def test_characters_decide_first_and_labels_afterwards():
    renamed = TRUTH.assign(label=["place", "place", "name"])
    assert counts("exact", said=renamed) == {"correct": 2, "mismatch": 1, "empty": 1}


def test_a_span_said_twice_is_one():
    twice = pd.concat([TRUTH, TRUTH], ignore_index=True)
    assert counts("exact", said=twice) == {"correct": 3, "empty": 1}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (table(("d", 4, 4, "name")), "starts at 0 or later"),
        (table(("d", -1, 4, "name")), "starts at 0 or later"),
        (table(("f", 0, 4, "name")), "not scored"),
        (table(("d", 0, 4, None)), "missing"),
    ],
)
def test_what_is_no_span_of_these_documents_is_refused(wrong, told):
    with pytest.raises(TableError, match=told):
        spans_of(TRUTH, wrong, ["d"], "ada")
