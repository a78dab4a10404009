"""What a snapshot holds: the files of the sets it releases and of no other; and how they come back."""

import hashlib
import shutil

import pytest
import repositories
from repositories import git, release

from groundkeeper import snapshots

SETS = ["red", "blue"]


@pytest.fixture
def root(tmp_path):
    repository = repositories.plain(tmp_path / "repository")
    for name in SETS:
        release(repository, name, "one two three")
    return repository


def digests(root):
    """Path to md5 of the small files of the release of red, as they are."""
    folder = root / "data" / "gt" / "red"
    return {
        path.relative_to(root).as_posix(): hashlib.md5(
            path.read_bytes(), usedforsecurity=False
        ).hexdigest()
        for path in (folder / "manifest.json", folder / "card.md")
    }


def test_restore_brings_the_small_files_back(root):
    snapshots.take(root, SETS)
    folder, found = root / "data" / "gt" / "red", digests(root)
    manifest = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").unlink()
    (folder / "card.md").write_text("half")
    snapshots.restore(root, "red", found)
    assert (folder / "manifest.json").read_bytes() == manifest
    assert (folder / "card.md").read_text() == "# red\n"
    assert git(root, "status", "--short") == ""


def test_restore_takes_the_release_of_the_branch_and_not_the_newest(root):
    snapshots.take(root, SETS)
    found = digests(root)
    release(root, "red", "newer")
    snapshots.take(root, SETS)
    git(root, "reset", "-q", "--hard", "gt/red/1.0.0/1")
    (root / "data" / "gt" / "red" / "manifest.json").unlink()
    for wanted in (found, dict.fromkeys(found, "0" * 32)):
        snapshots.restore(root, "red", wanted)
        assert digests(root) == found


def test_restore_finds_a_release_that_is_on_no_branch(root):
    snapshots.take(root, SETS)
    release(root, "red", "newer")
    found = digests(root)
    snapshots.take(root, SETS, no_branch=True)
    shutil.rmtree(root / "data" / "gt" / "red")
    snapshots.restore(root, "red", found)
    assert digests(root) == found


def test_a_set_that_was_not_released_stays_as_it_was_committed(root):
    lock = "schema: '2.0'\nstages:\n  a@{0}:\n    md5: {2}\n  a@{1}:\n    md5: {2}\n"
    (root / "dvc.lock").write_text(lock.format("red", "blue", "old"))
    for name in SETS:
        for path in (f"guidelines/{name}/1.0.0.yaml", f"data/decide/{name}/metrics.json"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text("old")
    snapshots.take(root, SETS)
    (root / "dvc.lock").write_text(lock.format("red", "blue", "new"))
    for name in SETS:
        release(root, name, "new content")
        for path in (f"guidelines/{name}/1.0.0.yaml", f"data/decide/{name}/metrics.json"):
            (root / path).write_text("new")
    snapshots.take(root, ["blue"])
    held = git(root, "diff", "--name-only", "HEAD~", "HEAD").splitlines()
    assert held == [
        *("data/decide/blue/metrics.json", "data/gt/blue/manifest.json", "dvc.lock"),
        "guidelines/blue/1.0.0.yaml",
    ]
    said = git(root, "show", "HEAD:dvc.lock")
    assert "a@red:\n    md5: old\n  a@blue:\n    md5: new" in said
    dirty = git(root, "status", "--short").splitlines()
    assert [line.split()[-1] for line in dirty] == [
        *("data/decide/red/metrics.json", "data/gt/red/manifest.json", "dvc.lock"),
        "guidelines/red/1.0.0.yaml",
    ]
    snapshots.take(root, SETS)
    assert git(root, "status", "--short") == ""
    assert git(root, "show", "HEAD:dvc.lock") == (root / "dvc.lock").read_text().strip()


def test_below_the_top_of_a_git_tree_the_lock_is_divided_too(tmp_path):
    top = repositories.plain(tmp_path / "top")
    below = top / "nested"
    below.mkdir()
    (below / "params.yaml").write_text(repositories.PARAMS)
    release(below, "red", "content")
    (below / "dvc.lock").write_text("stages:\n  a@red:\n    md5: 1\n  a@blue:\n    md5: 1\n")
    snapshots.take(below, ["red"])
    assert git(top, "show", "HEAD:nested/dvc.lock") == "stages:\n  a@red:\n    md5: 1"
