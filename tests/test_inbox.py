"""The inbox: a file comes in once, whole, in a stated order, under one declaration."""

import fcntl
import multiprocessing
import os
import shutil

import lidc_database as lidc
import pytest
import repositories
from repositories import git

from groundkeeper import batches, inbox, pipeline
from groundkeeper.errors import FormatError, InboxError, StorageError, UnknownNameError
from groundkeeper.inbox.exclusive import alone

DECLARED = {
    "format": "lidc",
    "round": "r1",
    "era": "1.0.0",
    "source": "somewhere",
    "licence": "CC0-1.0",
    "options": {"unit": "scan"},
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    root = repositories.pipeline(tmp_path_factory.mktemp("inbox") / "template")
    for set_name in ("red", "blue"):
        guideline = root / "guidelines" / set_name / "1.0.0.yaml"
        guideline.parent.mkdir(parents=True)
        guideline.touch()
    git(root, "add", "guidelines")
    git(root, "commit", "-qm", "guidelines")
    return root


@pytest.fixture
def root(template, tmp_path):
    return shutil.copytree(template, tmp_path / "repository")


@pytest.fixture
def file(tmp_path):
    return readings(tmp_path / "answers.sqlite")


def readings(path):
    """A file that the reader of ``lidc`` takes; another name is another content."""
    return lidc.write(path, {1: lidc.Scan(patient=path.name, series="1.2.1")})


def taken_in(root):
    return batches.load_all(root / "data" / "inbox" / "red")


def test_a_file_becomes_a_batch_under_dvcs_care(root, file):
    added = inbox.add(root, "red", file, **DECLARED)
    folder = root / "data" / "inbox" / "red" / added.batch.key
    assert added.new
    assert taken_in(root) == (added.batch,)
    assert added.batch.sequence == 1
    assert (folder / "answers.sqlite").read_bytes() == file.read_bytes()
    expected = f"?? data/inbox/red/{added.batch.key}.dvc"
    assert git(root, "status", "--short", "--untracked-files=all") == expected
    assert pipeline.push(root) > 0


def test_the_same_file_twice_changes_nothing(root, file):
    first = inbox.add(root, "red", file, **DECLARED)
    before = snapshot_of(root)
    again = inbox.add(root, "red", file, **DECLARED)
    assert (again.batch, again.new) == (first.batch, False)
    assert snapshot_of(root) == before


def test_the_same_content_under_another_declaration_is_refused(root, file):
    inbox.add(root, "red", file, **DECLARED)
    before = snapshot_of(root)
    with pytest.raises(InboxError, match="round: was 'r1', is 'r2'"):
        inbox.add(root, "red", file, **{**DECLARED, "round": "r2"})
    assert snapshot_of(root) == before


def test_sequences_count_up_per_set(root, tmp_path):
    for content in "abc":
        readings(tmp_path / content)
        inbox.add(root, "red", tmp_path / content, **DECLARED)
    assert [(b.sequence, b.file) for b in taken_in(root)] == [(1, "a"), (2, "b"), (3, "c")]
    assert inbox.add(root, "blue", tmp_path / "c", **DECLARED).batch.sequence == 1


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"set_name": "green"}, UnknownNameError, "no set 'green'; there are: blue, red"),
        ({"format": "docx"}, UnknownNameError, "no format 'docx'; there are: .*lidc"),
        ({"expected_sha256": "0" * 64}, InboxError, "was expected"),
        ({"era": "one"}, InboxError, "era: .*found 'one'"),
        (
            {"era": "1.1.0"},
            UnknownNameError,
            r"no guideline version of red '1\.1\.0'; there are: 1\.0\.0",
        ),
        ({"options": {}}, FormatError, "the option `unit` is nothing"),
        ({"options": {"unit": "page"}}, FormatError, "the option `unit` is 'page'"),
        ({"file": "missing.txt"}, InboxError, r"missing\.txt: cannot be read"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_and_leaves_nothing(root, file, change, error, said):
    arguments = {"set_name": "red", "file": file, **DECLARED, **change}
    if change.get("file"):
        arguments["file"] = file.with_name("missing.txt")
    with pytest.raises(error, match=said):
        inbox.add(root, arguments.pop("set_name"), arguments.pop("file"), **arguments)
    assert not list((root / "data").glob("inbox/*/*"))


def test_junk_is_refused_before_anything_is_stored(root, tmp_path):
    junk = tmp_path / "answers.sqlite"
    junk.write_text("words")
    with pytest.raises(FormatError, match=r"answers\.sqlite: not a SQLite file"):
        inbox.add(root, "red", junk, **DECLARED)
    assert not list((root / "data").glob("inbox/*/*"))


def test_a_file_without_an_item_is_refused(root, file, monkeypatch):
    nothing = inbox.items_of("lidc", file, DECLARED["options"]).iloc[:0]
    monkeypatch.setattr("groundkeeper.formats.lidc.items", lambda *_: nothing)
    with pytest.raises(InboxError, match="holds no item"):
        inbox.add(root, "red", file, **DECLARED)
    assert not list((root / "data").glob("inbox/*/*"))


def test_a_pinned_digest_may_be_in_capitals(root, file):
    digest = batches.sha256_of(file).upper()
    assert inbox.add(root, "red", file, **DECLARED, expected_sha256=digest).new


@pytest.mark.parametrize("step", ["copyfile", "write_json", "add"])
def test_killed_at_any_step_the_same_call_finishes(root, file, step):
    child = os.fork()
    if child == 0:
        module = {"copyfile": inbox.shutil, "write_json": inbox.files, "add": pipeline}[step]
        setattr(module, step, lambda *_: os.kill(os.getpid(), 9))
        try:
            inbox.add(root, "red", file, **DECLARED)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    assert len(taken_in(root)) == (1 if step == "add" else 0), "whole or not there"
    added = inbox.add(root, "red", file, **DECLARED)
    assert taken_in(root) == (added.batch,)
    folder = root / "data" / "inbox" / "red"
    assert sorted(path.name for path in folder.iterdir()) == [
        added.batch.key,
        f"{added.batch.key}.dvc",
    ]


@pytest.fixture
def half(root, file):
    """A batch whose taking in was killed before the last step."""
    batch = inbox.add(root, "red", file, **DECLARED).batch
    (root / "data" / "inbox" / "red" / f"{batch.key}.dvc").unlink()
    return batch


def test_a_batch_that_is_half_taken_can_be_finished_without_its_file(root, file, half):
    file.unlink()
    with pytest.raises(InboxError, match=f"gk inbox remove red {half.key}"):
        inbox.verify(root, "red")
    assert inbox.finish(root, "red", half)
    inbox.verify(root, "red")
    assert not inbox.finish(root, "red", half)


def test_a_batch_that_is_half_taken_can_leave_and_its_evidence_is_kept(root, half):
    done = inbox.remove(root, "red", half.key, reason="nobody finished it")
    assert (done.batch, done.reason) == (half, "nobody finished it")
    folder = root / "data" / "inbox" / "red"
    assert [path.name for path in folder.iterdir()] == ["withdrawn.json"]
    digest = done.data.removesuffix(".dir")
    assert list((root / ".dvc" / "cache").rglob(f"{digest[2:]}.dir"))
    inbox.verify(root, "red")


def test_a_half_taken_batch_that_was_edited_is_not_finished(root, half):
    (root / "data" / "inbox" / "red" / half.key / half.file).write_bytes(b"")
    for call in (inbox.finish, lambda *a: inbox.remove(*a[:2], half.key, reason="why")):
        with pytest.raises(InboxError, match="Batches are never edited"):
            call(root, "red", half)
    assert not (root / "data" / "inbox" / "red" / "withdrawn.json").exists()


def test_who_is_alone_may_add_and_stays_alone_after_it(root, file):
    folder = root / "data" / "inbox" / "red"
    with alone(folder):
        assert inbox.add(root, "red", file, **DECLARED).new
        with (folder.parent / ".lock").open("a") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (folder.parent / ".lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_full_disk_leaves_nothing_and_is_one_message(root, file, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(inbox.shutil, "copyfile", full)
    with pytest.raises(StorageError, match="nothing was taken in"):
        inbox.add(root, "red", file, **DECLARED)
    assert not list((root / "data" / "inbox" / "red").iterdir())


def test_adds_at_the_same_time_get_sequences_of_their_own(root, tmp_path):
    files = [tmp_path / name for name in "abc"]
    for file in files:
        readings(file)
    fork = multiprocessing.get_context("fork")
    workers = [
        fork.Process(target=inbox.add, args=(root, "red", file), kwargs=DECLARED) for file in files
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert [b.sequence for b in taken_in(root)] == [1, 2, 3]


def snapshot_of(root):
    """Every file of the inbox and its bytes."""
    files = (path for path in (root / "data").rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
