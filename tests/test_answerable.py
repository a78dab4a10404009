"""Answers come in under the fields of the version that they were given under, and under no other name."""

import json

import pytest
from builders import labelled_messages as messages

from groundkeeper import inbox
from groundkeeper.errors import GuidelineError, InboxError
from groundkeeper.formats import answers
from groundkeeper.inbox.answerable import require_answerable

DECLARED = {"round": "r1", "era": "1.0.0", "source": "support", "licence": "internal"}


@pytest.fixture
def root(tmp_path):
    return messages.settings(tmp_path)


def add(root, text, name="answers.csv"):
    file = root / name
    file.write_text(text, encoding="utf-8")
    return inbox.add(root, messages.SET, file, format="answers", **DECLARED)


def test_a_misspelt_column_is_refused_and_nothing_is_taken_in(root):
    with pytest.raises(InboxError) as refused:
        add(root, "item,annotator,topik,stars\nmessage-001,ada,billing,4\n")
    message = str(refused.value)
    assert "answers.csv: found answers to topik, which messages@1.0.0 does not ask for" in message
    assert "allowed are stars, topic, urgent; correct the names" in message
    assert not list((root / "data" / "inbox" / messages.SET).glob("*"))


def test_a_misspelt_attribute_of_a_json_line_is_refused(root):
    line = {"item": "a", "annotator": "ada", "annotations": [{"attributes": {"Topic": "bug"}}]}
    with pytest.raises(InboxError, match="found answers to Topic, which"):
        add(root, json.dumps(line), "answers.jsonl")


def test_a_version_that_cannot_be_read_is_named(root):
    (root / messages.GUIDELINE).write_text("guideline: 3\n", encoding="utf-8")
    with pytest.raises(GuidelineError, match=r"1\.0\.0\.yaml:1"):
        add(root, "item,annotator,topic\nmessage-001,ada,billing\n")


def require(tmp_path, declaration, text):
    """Hold answers against the guideline of the page with *declaration* for the field ``stars``."""
    lines = messages.shown(messages.GUIDELINE).splitlines()
    changed = [f"  {declaration}" if one.startswith("  stars:") else one for one in lines]
    guideline, file = tmp_path / "1.0.0.yaml", tmp_path / "answers.csv"
    guideline.write_text("\n".join(changed), encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    require_answerable(file, answers.read(file, {}, ()).annotations, guideline)


STARS = "type: ordinal, values: [1, 2, 3, 4, 5], level: item"


def test_columns_with_names_of_their_own_are_no_fields(tmp_path):
    told = "item,annotator,state,tool,label,confirmed,task_question,topic\na,ada,,x,message,true,?,bug\n"
    require(tmp_path, f"stars: {{{STARS}, from: attribute, fuse: median}}", told)


def test_a_field_is_answered_by_the_name_of_its_source(tmp_path):
    renamed = f"stars: {{{STARS}, from: attribute, fuse: median, attribute: rating}}"
    require(tmp_path, renamed, "item,annotator,rating\na,ada,4\n")
    with pytest.raises(InboxError, match="found answers to stars"):
        require(tmp_path, renamed, "item,annotator,stars\na,ada,4\n")


def test_a_field_from_metadata_is_not_answered(tmp_path):
    stars = f"stars: {{{STARS}, from: attribute, fuse: median}}"
    beside = f"{stars}\n  words: {{type: integer, from: metadata, level: item}}"
    with pytest.raises(InboxError, match="found answers to words"):
        require(tmp_path, beside, "item,annotator,stars,words\na,ada,4,7\n")
