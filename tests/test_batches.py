"""Batches: what was taken in is what is read, or nothing is."""

import hashlib
import json
import subprocess
import sys

import pytest

from groundkeeper import batches
from groundkeeper.errors import InboxError


def put(inbox, content, sequence, changes=None):
    """Write one batch as the inbox does; return its folder."""
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    declared = {
        "format": "lidc",
        "file": "answers.txt",
        "sha256": sha256,
        "round": "r1",
        "era": "1.0.0",
        "sequence": sequence,
        "source": "somewhere",
        "licence": "CC0-1.0",
        **(changes or {}),
    }
    folder = inbox / sha256[:16]
    folder.mkdir(parents=True)
    (folder / "answers.txt").write_text(content)
    (folder / "batch.json").write_text(json.dumps(declared))
    return folder


def test_batches_come_in_the_order_of_arrival(tmp_path):
    for sequence, content in ((3, "c"), (1, "a"), (2, "b")):
        put(tmp_path, content, sequence)
    found = batches.load_all(tmp_path)
    assert [b.sequence for b in found] == [1, 2, 3]
    assert [b.path(tmp_path).read_text() for b in found] == ["a", "b", "c"]


def test_a_set_without_an_inbox_has_no_batches(tmp_path):
    assert batches.load_all(tmp_path / "nowhere") == ()


def test_folders_of_a_call_that_died_are_no_batches(tmp_path):
    put(tmp_path, "a", 1)
    (tmp_path / ".0123456789abcdef.partial").mkdir()
    (tmp_path / "README.md").write_text("words")
    assert len(batches.load_all(tmp_path)) == 1


def test_a_changed_file_is_refused_with_both_digests(tmp_path):
    folder = put(tmp_path, "a", 1)
    (folder / "answers.txt").write_text("b")
    with pytest.raises(InboxError, match="never edited") as refused:
        batches.load_all(tmp_path)
    for content in "ab":
        assert hashlib.sha256(content.encode()).hexdigest() in str(refused.value)


def test_a_missing_file_is_refused_and_told_how_to_get_it(tmp_path):
    (put(tmp_path, "a", 1) / "answers.txt").unlink()
    with pytest.raises(InboxError, match=r"answers\.txt: missing.*dvc checkout"):
        batches.load_all(tmp_path)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}"])
def test_a_half_written_declaration_is_refused(tmp_path, text):
    declaration = put(tmp_path, "a", 1) / "batch.json"
    declaration.unlink()
    if text is not None:
        declaration.write_text(text)
    with pytest.raises(InboxError, match=r"batch\.json: .*dvc checkout"):
        batches.load_all(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 0},
        {"era": "1.0"},
        {"file": "../answers.txt"},
        {"file": ".hidden"},
        {"identity": "sometimes"},
        {"options": {"unit": 3}},
        {"colour": "red"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_declaration_out_of_range_is_refused_by_name(tmp_path, change):
    put(tmp_path, "a", 1, change)
    with pytest.raises(InboxError, match=next(iter(change))):
        batches.load_all(tmp_path)


def test_a_declaration_that_was_moved_to_another_folder_is_refused(tmp_path):
    put(tmp_path, "a", 1).rename(tmp_path / "0123456789abcdef")
    with pytest.raises(InboxError, match="but lies in 0123456789abcdef"):
        batches.load_all(tmp_path)


def test_two_batches_with_one_sequence_are_refused(tmp_path):
    put(tmp_path, "a", 2)
    put(tmp_path, "b", 2)
    with pytest.raises(InboxError, match="both have sequence 2"):
        batches.load_all(tmp_path)


def test_a_recorded_batch_that_is_not_here_is_refused(tmp_path):
    folder = put(tmp_path, "a", 1)
    (tmp_path / "0123456789abcdef.dvc").write_text("outs: []")
    folder.with_name(f"{folder.name}.dvc").write_text("outs: []")
    with pytest.raises(InboxError, match=r"0123456789abcdef are recorded.*dvc pull"):
        batches.load_all(tmp_path)


def test_a_batch_cannot_be_changed(tmp_path):
    batch = batches.load_one(put(tmp_path, "a", 1))
    with pytest.raises(ValueError, match="frozen"):
        batch.sequence = 2


def test_reading_batches_needs_neither_frames_nor_dvc():
    probe = "import sys, groundkeeper.batches; print({'pandas', 'dvc'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
