"""What was taken in and what was published stays as it was, or leaves with a reason; else nothing runs."""

import json
import os
import shutil
from pathlib import Path

import lidc_database as lidc
import pytest
import repositories
from repositories import git, refs

from groundkeeper import batches, inbox, pipeline, refresh, standing
from groundkeeper.errors import GuidelineError, InboxError, UnknownNameError
from groundkeeper.inbox import withdrawal
from groundkeeper.snapshots import snapshots

DECLARED = {
    "format": "lidc",
    "round": "r1",
    "era": "1.0.0",
    "source": "somewhere",
    "licence": "CC0-1.0",
    "options": {"unit": "scan"},
}
GUIDELINE = Path("guidelines/red/1.0.0.yaml")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A repository with one snapshot of a set that has a guideline and one batch."""
    folder = tmp_path_factory.mktemp("integrity")
    root = repositories.pipeline(folder / "template")
    (root / GUIDELINE).parent.mkdir(parents=True)
    shutil.copyfile(
        repositories.PROJECT / "guidelines/lung-nodules/1.0.0.yaml",
        root / GUIDELINE,
    )
    inbox.add(root, "red", readings(folder / "a"), **DECLARED)
    assert len(refresh.run(root).new) == 2
    return root


@pytest.fixture
def root(template, tmp_path):
    return shutil.copytree(template, tmp_path / "repository")


@pytest.fixture
def key(root):
    (found,) = batches.keys(root / "data/inbox/red")
    return found


def readings(path):
    return lidc.write(path, {1: lidc.Scan(patient=path.name, series="1.2.1")})


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def commit(root, *paths):
    git(root, "add", "-A", *paths)
    git(root, "commit", "-qm", "by hand")


def refused(root, error, match):
    """Assert that a refresh is refused before anything runs or moves."""
    before = refs(root)
    with pytest.raises(error, match=match) as raised:
        refresh.run(root)
    assert refs(root) == before
    return str(raised.value)


def test_what_was_taken_in_passes(root):
    assert refresh.run(root).new == ()


def test_an_edited_declaration_is_refused(root, key):
    edit(root / f"data/inbox/red/{key}/batch.json", '"unknown"', '"blind"')
    said = refused(root, InboxError, f"data/inbox/red/{key}: batch.json was edited")
    assert f"dvc checkout --force data/inbox/red/{key}.dvc" in said


def test_an_edited_file_is_refused_with_both_digests(root, key):
    (root / f"data/inbox/red/{key}/a").write_text("b")
    refused(root, InboxError, "sha256 is .* taken in with")


@pytest.mark.parametrize("committed", [False, True])
def test_an_edit_that_dvc_was_told_of_is_refused_too(root, key, committed):
    edit(root / f"data/inbox/red/{key}/batch.json", '"unknown"', '"blind"')
    pipeline.add(root, root / f"data/inbox/red/{key}")
    if committed:
        commit(root, "data")
    reference = "gt/red/1.0.0/1" if committed else "HEAD"
    said = refused(root, InboxError, rf"{key}\.dvc: differs from {reference}")
    assert f"git restore --source={reference} -- data/inbox/red/{key}.dvc" in said


@pytest.mark.parametrize("committed", [False, True])
def test_a_batch_that_was_deleted_is_refused_and_told_how_to_leave(root, key, committed):
    shutil.rmtree(root / f"data/inbox/red/{key}")
    (root / f"data/inbox/red/{key}.dvc").unlink()
    if committed:
        commit(root, "data")
    said = refused(root, InboxError, rf"{key}\.dvc: is gone, but is in")
    assert f"gk inbox remove red {key} --reason" in said


def test_a_folder_that_is_missing_is_refused(root, key):
    shutil.rmtree(root / f"data/inbox/red/{key}")
    refused(root, InboxError, "not here: fetch it.*gk inbox add")


def test_a_batch_of_a_snapshot_on_no_branch_is_missed_too(root, tmp_path):
    added = inbox.add(root, "red", readings(tmp_path / "b"), **DECLARED).batch
    (root / "source-red.txt").write_text("red new\n")
    assert refresh.run(root, no_branch=True).new
    shutil.rmtree(added.path(root / "data/inbox/red").parent)
    (root / f"data/inbox/red/{added.key}.dvc").unlink()
    with pytest.raises(InboxError, match=rf"{added.key}\.dvc: is gone, but is in gt/red/1\.0\.0/2"):
        refresh.run(root, no_branch=True)


def test_a_branch_at_an_older_snapshot_misses_nothing_of_a_newer_one(root, tmp_path):
    added = inbox.add(root, "red", readings(tmp_path / "b"), **DECLARED).batch
    (root / "source-red.txt").write_text("red new\n")
    refresh.run(root)
    git(root, "add", "source-red.txt")
    git(root, "checkout", "-q", "-f", "-b", "older", "gt/red/1.0.0/1")
    said = refused(root, InboxError, f"{added.key}: has no .dvc file")
    assert "came from another branch" in said
    shutil.rmtree(root / "data/inbox/red" / added.key)
    refresh.prepare(root)


def test_a_batch_that_was_never_recorded_is_refused(root, tmp_path):
    added = inbox.add(root, "red", readings(tmp_path / "b"), **DECLARED).batch
    (root / f"data/inbox/red/{added.key}.dvc").unlink()
    refused(root, InboxError, f"{added.key}: has no .dvc file beside it.*gk inbox add")


def test_a_batch_leaves_with_its_reason_and_the_snapshot_has_the_evidence(root, key):
    declared = batches.load_one(root / f"data/inbox/red/{key}")
    pointer = (root / f"data/inbox/red/{key}.dvc").read_text()
    done = inbox.remove(root, "red", key, reason=" the reader asked ")
    assert (done.batch, done.reason) == (declared, "the reader asked")
    assert done.data in pointer
    (root / "source-red.txt").write_text("red new\n")
    assert [s.tag for s in refresh.run(root).new] == ["gt/red/1.0.0/2"]
    held = git(root, "ls-tree", "-r", "--name-only", "HEAD", "data/inbox").splitlines()
    assert held == ["data/inbox/red/withdrawn.json"]
    (entry,) = json.loads(git(root, "show", "HEAD:data/inbox/red/withdrawn.json"))
    assert entry["batch"] == declared.model_dump(mode="json")
    assert set(entry) == {"batch", "data", "reason"}
    assert git(root, "status", "--short") == "M source-red.txt"


def test_what_left_may_come_back_says_so_and_cannot_vanish_after_that(root, key, tmp_path):
    inbox.remove(root, "red", key, reason="the reader asked")
    refresh.run(root)
    back = inbox.add(root, "red", readings(tmp_path / "a"), **DECLARED)
    assert (back.new, back.batch.key, back.batch.sequence) == (True, key, 2)
    assert back.withdrawn_before == "the reader asked"
    refresh.run(root)
    shutil.rmtree(root / f"data/inbox/red/{key}")
    (root / f"data/inbox/red/{key}.dvc").unlink()
    refused(root, InboxError, rf"{key}\.dvc: is gone")


def test_a_withdrawal_cannot_be_taken_back_in_silence(root, key):
    inbox.remove(root, "red", key, reason="the reader asked")
    refresh.run(root)
    (root / "data/inbox/red/withdrawn.json").write_text("[]")
    refused(root, InboxError, "lost a withdrawal that HEAD has")
    (root / "data/inbox/red/withdrawn.json").write_text("{")
    refused(root, InboxError, r"withdrawn\.json: not JSON .*git restore")


@pytest.mark.parametrize(
    ("name", "reason", "error", "said"),
    [
        (None, "  ", InboxError, "for a reason"),
        ("0123456789abcdef", "why", UnknownNameError, "no batch of red '0123456789abcdef'"),
    ],
)
def test_a_removal_without_a_reason_or_a_batch_is_refused(root, key, name, reason, error, said):
    with pytest.raises(error, match=said):
        inbox.remove(root, "red", name or key, reason=reason)
    assert batches.keys(root / "data/inbox/red") == (key,)


def test_a_batch_that_was_edited_does_not_become_evidence(root, key):
    edit(root / f"data/inbox/red/{key}/batch.json", '"unknown"', '"blind"')
    with pytest.raises(InboxError, match="restore it first"):
        inbox.remove(root, "red", key, reason="why")
    assert not (root / "data/inbox/red/withdrawn.json").exists()


def test_a_removal_that_was_killed_is_finished_by_the_same_call(root, key):
    child = os.fork()
    if child == 0:
        withdrawal.shutil.rmtree = lambda *_, **__: os.kill(os.getpid(), 9)
        inbox.remove(root, "red", key, reason="why")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    refused(root, InboxError, "withdrawn, but still here.*gk inbox remove")
    inbox.remove(root, "red", key, reason="why")
    assert sorted(path.name for path in (root / "data/inbox/red").iterdir()) == ["withdrawn.json"]
    refresh.run(root)


@pytest.mark.parametrize("committed", [False, True])
def test_an_edited_guideline_is_refused_with_line_and_snapshot(root, committed):
    edit(root / GUIDELINE, "set: lung-nodules", "set: lung-nodes")
    if committed:
        commit(root, "guidelines")
    number = (root / GUIDELINE).read_text().splitlines().index("  set: lung-nodes") + 1
    said = refused(root, GuidelineError, rf"red/1\.0\.0\.yaml:{number}: was edited: .*lung-nodes'")
    assert "git restore --source=gt/red/1.0.0/1 -- guidelines/red/1.0.0.yaml" in said


def test_a_guideline_that_is_gone_is_refused(root):
    (root / GUIDELINE).unlink()
    refused(root, GuidelineError, r"1\.0\.0\.yaml: is gone, but snapshot gt/red/1\.0\.0/1")


def test_a_version_without_a_snapshot_may_be_edited(root):
    draft = root / GUIDELINE.with_name("1.0.1.yaml")
    shutil.copyfile(root / GUIDELINE, draft)
    commit(root, "guidelines")
    edit(draft, "set: lung-nodules", "set: lung-nodes")
    refresh.prepare(root)


def test_a_draft_in_force_is_refused(root):
    draft = root / GUIDELINE.with_name("1.0.1.yaml")
    shutil.copyfile(root / GUIDELINE, draft)
    edit(draft, "status: published", "status: draft")
    edit(root / "params.yaml", "version: 1.0.0", "version: 1.0.1")
    refused(root, GuidelineError, r"1\.0\.1\.yaml: guideline\.status: found draft")


def test_a_set_stands_where_its_work_tree_is_and_not_at_the_newest_snapshot(root):
    (root / "source-red.txt").write_text("red new\n")
    refresh.run(root)
    past = snapshots(root)
    assert standing.standing(root, "red", past).snapshot.tag == "gt/red/1.0.0/2"
    git(root, "checkout", "-q", "-f", "gt/red/1.0.0/1")
    assert standing.standing(root, "red", past).snapshot.tag == "gt/red/1.0.0/1"
    manifest = root / "data/gt/red/manifest.json"
    manifest.write_text(manifest.read_text().replace('"content_digest": "', '"content_digest": "x'))
    assert standing.standing(root, "red", past).snapshot is None
