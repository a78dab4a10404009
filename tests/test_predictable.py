"""Predictions come in if they can be scored; what cannot be is refused or warned of when they are added."""

import json

import pandas as pd
import pytest
from builders import drawn_shapes
from builders import labelled_messages as messages
from project import ROOT

from groundkeeper import inbox, tables
from groundkeeper.errors import InboxError
from groundkeeper.formats import answers
from groundkeeper.inbox.predictable import require_predictable
from groundkeeper.layout import Layout
from schemas.names import ITEMS

DECLARED = {"round": "r1", "era": "1.0.0", "source": "somewhere", "licence": "internal"}


@pytest.fixture
def root(tmp_path):
    return messages.settings(tmp_path)


def add(root, *rows, of=(messages.SET, messages.GUIDELINE)):
    """What is to be looked at when predictions are added, but that nothing is taken in: that takes a repository."""
    file = root / "told.jsonl"
    lines = [json.dumps({"annotator": "m"} | row) for row in rows]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = answers.read(file, {}, ())
    return require_predictable(file, told, Layout(root, of[0]), root / of[1])


def said(item=0, **more):
    return {"item": messages.key(item), "annotations": [{"attributes": {"topic": "bug"}}]} | more


def test_a_model_predicts_an_item_once_or_says_when(root):
    with pytest.raises(InboxError, match="several predictions of one item by one model"):
        add(root, said(), said(task="t"))
    with pytest.raises(InboxError, match="message-001"):
        add(root, said(submitted_at="2026-01-01T00:00:00Z"), said())
    dated = (said(submitted_at=f"2026-01-0{day}T00:00:00Z") for day in (1, 2))
    assert add(root, *dated) == ()
    assert add(root, said(1), said(1, annotator="m2")) == ()


def test_items_that_the_set_does_not_have_are_warned_of_where_they_are_known(root):
    assert add(root, said(item=0), {**said(), "item": "elsewhere"}) == ()
    layout = Layout(root, messages.SET)
    known = pd.DataFrame({"item_id": ["it_1"], "item_key": [messages.key(0)]})
    more = {"uri": "", "group_id": "g", "width_px": None, "height_px": None, "frames": 1}
    table = known.assign(**more, captured_at=pd.NaT).reindex(columns=list(ITEMS.columns))
    tables.write(table, layout.table("items", ITEMS), ITEMS)
    (warning,) = add(root, said(), {**said(), "item": "Message-001"})
    assert "1 of 2 items are none of messages" in warning
    assert "(Message-001)" in warning


def test_values_that_the_guideline_does_not_know_are_warned_of(root):
    (warning,) = add(root, said(annotations=[{"attributes": {"stars": 9}}]))
    assert (
        "found 1 values that messages@1.0.0 does not know, such as stars 9; allowed is" in warning
    )


def test_a_class_with_a_probability_is_one_of_the_guideline(root):
    source = ROOT / "guidelines/lung-nodules/1.0.0.yaml"
    text = source.read_text(encoding="utf-8").replace("lung-nodules", messages.SET)
    (root / messages.GUIDELINE).write_text(text, encoding="utf-8")
    drawn = {"parts": [{"frame": 0, "bbox": [0, 0, 9, 9]}]}
    with pytest.raises(InboxError, match="found probabilities of unicorn, which"):
        add(root, said(annotations=[drawn | {"probabilities": {"nodule": 0.5, "unicorn": 0.5}}]))
    assert add(root, said(annotations=[drawn | {"probabilities": {"nodule": 1.0}}])) == ()


def test_labels_that_the_guideline_does_not_know_are_warned_of(tmp_path):
    root = drawn_shapes.repository(tmp_path / "one")
    drawn = {"parts": [{"frame": 0, "bbox": [0, 0, 9, 9]}]}
    marks = [drawn | {"label": label} for label in ("zebra", "bbox", "zebra", "horse")]
    told = {"item": "street-0", "annotator": "m", "annotations": marks}
    (warning,) = add(root, told, of=(drawn_shapes.SET, f"guidelines/{drawn_shapes.SET}/1.0.0.yaml"))
    assert (
        "found 3 labels that street@1.0.0 does not know (horse, zebra); allowed are bbox, "
        in warning
    )
    assert "objects with them are not scored: correct those that are misspelt" in warning


def test_what_cannot_be_scored_is_refused_before_anything_is_taken_in(root):
    file = root / "told.jsonl"
    file.write_text(json.dumps(said(annotator="readers")) + "\n", encoding="utf-8")
    with pytest.raises(InboxError, match="all annotators together"):
        inbox.add(root, messages.SET, file, format="answers", origin="model", **DECLARED)
    assert not list((root / "data" / "inbox" / messages.SET).glob("*"))
