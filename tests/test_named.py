"""Names by which figures would have two owners are refused when they come in, not when everybody is scored."""

import json

import pytest
from builders import drawn_shapes
from builders import labelled_messages as messages
from builders.declared_batch import declared
from builders.predicted import predict

from groundkeeper import batches
from groundkeeper.errors import InboxError
from groundkeeper.formats import answers
from groundkeeper.inbox.named import require_own_names
from groundkeeper.layout import Layout
from stages.runner import STAGES, execute

TO_INGEST = STAGES[: STAGES.index("ingest") + 1]


@pytest.fixture
def root(tmp_path):
    return messages.settings(tmp_path)


def said(name, item=0, **values):
    told = {"topic": "bug"} | values
    return {"item": messages.key(item), "annotator": name, "annotations": [{"attributes": told}]}


def marked(name, label="bbox"):
    mark = {"label": label, "parts": [{"frame": 0, "bbox": [1, 1, 9, 9]}]}
    return {"item": "street-0", "annotator": name, "annotations": [mark]}


def add(root, *rows, set_name=messages.SET, **changed):
    """Whether *rows* may come in beside what lies in the inbox; nothing is taken in."""
    file = root / "told.jsonl"
    lines = [json.dumps(row) for row in rows]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    facts = {"format": "answers", "origin": "model", "identity": "known"} | changed
    batch = declared(file.name, batches.sha256_of(file), **facts)
    layout = Layout(root, set_name)
    told = answers.read(file, {}, ())
    require_own_names(file, told, batch, batches.load_all(layout.inbox), layout)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("  ", "allowed is a name that can be read"),
        ("x" * 101, "has 101 characters"),
        ("readers", "which is all annotators together"),
        ("Readers", "which is all annotators together"),
        ("net ", "allowed is a name without blanks at its ends"),
    ],
)
def test_a_model_needs_a_name_of_its_own(root, name, why):
    with pytest.raises(InboxError, match=f"{why}.*; correct `annotator` in the file"):
        add(root, said(name))


def test_nor_is_a_known_annotator_called_as_all_of_them_are(root):
    with pytest.raises(InboxError, match="an annotator called 'readers', which is all annotators"):
        add(root, said("readers"), origin="human")
    add(root, said("readers"), origin="human", identity="anonymous")


def test_a_model_and_an_annotator_are_not_called_the_same_whichever_comes_first(root):
    predict(root, messages.SET, [said("ada")], origin="human")
    predict(root, messages.SET, [said("net")], 8)
    with pytest.raises(
        InboxError, match="a model called 'ada', as an annotator is; allowed is another"
    ):
        add(root, said("ada", 1))
    with pytest.raises(
        InboxError, match="annotators called net, as models are; allowed is another"
    ):
        add(root, said("net", 1), origin="human", identity="anonymous")
    add(root, said("net", 1))
    add(root, said("ada", 1), origin="human")


@pytest.mark.parametrize(
    ("there", "name", "of"),
    [
        ("net", "net/topic", "net"),
        ("net/topic", "net/topic", "net"),
        ("net", "net/4", "net"),
        ("ada", "ada/urgent", "ada"),
        ("net", "readers/stars", "readers"),
        ("net", "topic", "readers"),
    ],
)
def test_a_name_that_could_be_a_class_or_field_of_another_is_refused(root, there, name, of):
    predict(root, messages.SET, [said(there)], origin="human" if there == "ada" else "model")
    come = "net" if there == name else name
    with pytest.raises(
        InboxError, match=rf": {name} \(which could be a part of {of}\); allowed is a name"
    ):
        add(root, said(come, 1))
    add(root, said("net-topic", 1))
    add(root, said("net/other", 1))


def test_who_has_no_figures_of_their_own_is_no_part_of_anybody(root):
    predict(root, messages.SET, [said("net")])
    add(root, said("net/topic"), origin="human", identity="anonymous")
    with pytest.raises(InboxError, match=r"net/topic \(which could be a part of net\)"):
        add(root, said("net/topic"), origin="human")


def test_what_was_there_before_stops_nobody(root):
    predict(root, messages.SET, [said("net"), said("net/topic", 1)])
    add(root, said("another"))


def test_classes_that_a_guideline_does_not_know_make_names_ambiguous_as_well(tmp_path):
    root = drawn_shapes.repository(tmp_path / "one")
    predict(root, drawn_shapes.SET, [marked("net"), marked("net/zebra")])
    add(root, marked("net/horse"), set_name=drawn_shapes.SET)
    with pytest.raises(
        InboxError,
        match=r"net/zebra \(which could be a part of net\).*; correct the classes in the file that",
    ):
        add(root, marked("another", "zebra"), set_name=drawn_shapes.SET)


def knows_who_is_there(root):
    for name in ("net/zebra", "lost/bbox"):
        of = name.split("/")[0]
        with pytest.raises(InboxError, match=rf"{name} \(which could be a part of {of}\)"):
            add(root, marked(name), set_name=drawn_shapes.SET)
    with pytest.raises(InboxError, match="a model called 'cleo', as an annotator is"):
        add(root, marked("cleo"), set_name=drawn_shapes.SET)


@pytest.fixture
def street(tmp_path):
    root = drawn_shapes.repository(tmp_path / "one")
    nowhere = {"item": "street-99", "annotator": "lost", "state": "empty"}
    predict(root, drawn_shapes.SET, [marked("net", "zebra"), nowhere])
    return root


def test_what_no_refresh_has_read_is_known_from_the_files(street):
    knows_who_is_there(street)


@pytest.mark.slow
def test_what_a_refresh_has_read_is_known_from_its_tables_as_long_as_it_is_there(street):
    for name in TO_INGEST:
        execute(name, drawn_shapes.SET, street)
    knows_who_is_there(street)
    (folder,) = {path.parent for path in street.glob("data/inbox/*/*/predictions.jsonl")}
    folder.rename(street / "gone")
    add(street, marked("net/zebra"), set_name=drawn_shapes.SET)
