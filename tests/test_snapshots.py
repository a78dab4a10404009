"""Snapshots: all of it or nothing of it, and never what is not ours."""

import json
import os
import shutil
import threading
from pathlib import Path

import pytest
import repositories
from repositories import git, refs, release

from groundkeeper import snapshots
from groundkeeper.errors import SnapshotConflictError, SnapshotError

SETS = ["red", "blue"]

FAKE_GIT = """\
#!/bin/sh
n=$(($(cat "$COUNTER") + 1)); echo $n > "$COUNTER"
if [ "$n" = "$KILL_BEFORE" ]; then kill -9 $PPID; exit 1; fi
exec {git} "$@"
"""


@pytest.fixture(autouse=True)
def _no_identity(monkeypatch):
    repositories.no_identity(monkeypatch)


@pytest.fixture
def root(tmp_path):
    repository = repositories.plain(tmp_path / "repository")
    for name in SETS:
        release(repository, name, "one two three")
    return repository


def test_one_commit_and_one_tag_per_set(root):
    taken = snapshots.take(root, SETS)
    assert [s.tag for s in taken.new] == ["gt/blue/1.0.0/1", "gt/red/1.0.0/1"]
    assert {s.commit for s in taken.new} == {taken.commit} == {git(root, "rev-parse", "main")}
    assert git(root, "rev-list", "--count", "main") == "2"
    assert git(root, "status", "--short") == ""


def test_the_tag_is_annotated_with_json(root):
    snapshots.take(root, ["red"])
    body = json.loads(git(root, "cat-file", "tag", "gt/red/1.0.0/1").partition("\n\n")[2])
    assert (body["set"], body["n"], body["records"]) == ("red", 1, 3)
    assert body["guideline"] == {"version": "1.0.0", "digest": "d" * 64}


def test_a_snapshot_of_the_same_files_makes_nothing(root):
    snapshots.take(root, SETS)
    before = refs(root)
    taken = snapshots.take(root, SETS)
    assert (taken.commit, taken.new) == (None, ())
    assert refs(root) == before


def test_new_content_gets_the_next_number_and_only_there(root):
    snapshots.take(root, SETS)
    release(root, "red", "another")
    assert [s.tag for s in snapshots.take(root, SETS).new] == ["gt/red/1.0.0/2"]


def test_old_content_under_a_new_guideline_starts_at_one(root):
    snapshots.take(root, SETS)
    release(root, "red", "one two three", version="1.0.1")
    assert [s.tag for s in snapshots.take(root, SETS).new] == ["gt/red/1.0.1/1"]


def test_content_that_returns_after_another_is_new_again(root):
    for content in ("a", "b", "a"):
        release(root, "red", content)
        snapshots.take(root, ["red"])
    assert [s.n for s in snapshots.snapshots(root, "red")] == [3, 2, 1]


def test_changed_files_with_old_content_are_committed_without_a_tag(root):
    snapshots.take(root, SETS)
    (root / "params.yaml").write_text(repositories.PARAMS + "# a remark\n")
    taken = snapshots.take(root, SETS)
    assert taken.commit == git(root, "rev-parse", "main")
    assert taken.new == ()


def test_files_that_were_committed_by_hand_are_tagged_where_they_are(root):
    git(root, "add", "data")
    git(root, "commit", "-qm", "by hand")
    head = git(root, "rev-parse", "HEAD")
    taken = snapshots.take(root, ["red"])
    assert taken.commit is None
    assert taken.new[0].commit == head


def test_edits_of_allowed_files_are_part_and_all_others_stay_as_they_are(root):
    (root / "params.yaml").write_text(repositories.PARAMS + "# edited\n")
    (root / "staged.txt").write_text("staged")
    git(root, "add", "staged.txt")
    (root / "staged.txt").write_text("staged, then edited")
    (root / "loose.txt").write_text("loose")
    snapshots.take(root, SETS)
    assert git(root, "show", "HEAD:params.yaml").endswith("# edited")
    assert git(root, "status", "--short").splitlines() == ["AM staged.txt", "?? loose.txt"]
    assert git(root, "show", ":staged.txt") == "staged"
    assert "staged.txt" not in git(root, "ls-tree", "-r", "--name-only", "HEAD")


def test_a_removed_guideline_leaves_the_snapshot_too(root):
    folder = root / "guidelines" / "red"
    folder.mkdir(parents=True)
    (folder / "1.0.0.yaml").write_text("a")
    snapshots.take(root, SETS)
    shutil.rmtree(folder)
    snapshots.take(root, SETS)
    assert "guidelines" not in git(root, "ls-tree", "--name-only", "HEAD")


def test_a_repository_below_the_top_of_its_git_tree_works(tmp_path):
    top = repositories.plain(tmp_path / "top")
    below = top / "nested"
    below.mkdir()
    (below / "params.yaml").write_text(repositories.PARAMS)
    release(below, "red", "content")
    taken = snapshots.take(below, ["red"])
    assert "nested/data/gt/red/manifest.json" in git(top, "ls-tree", "-r", "--name-only", "HEAD")
    assert git(top, "status", "--short") == ""
    assert len(taken.new) == 1


def test_killed_before_any_call_of_git_all_has_moved_or_nothing(root, tmp_path, monkeypatch):
    before = refs(root)
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(FAKE_GIT.format(git=shutil.which("git")))
    fake.chmod(0o755)
    monkeypatch.setenv("COUNTER", str(tmp_path / "counter"))
    killed, whole = 0, False
    while not whole:
        (tmp_path / "counter").write_text("0")
        killed += 1
        whole = _dies_not(root, fake.parent, killed)
        after = refs(root)
        if after != before:
            break
    assert killed > 10, "the snapshot takes more calls of git than this"
    assert len(snapshots.snapshots(root)) == 2, "branch and both tags have moved together"
    assert git(root, "rev-parse", "main") == snapshots.snapshots(root)[0].commit
    assert snapshots.take(root, SETS).new == ()
    assert git(root, "status", "--short") == "", "the next call lets the index follow"


def _dies_not(root: Path, folder: Path, call: int) -> bool:
    """Return whether a snapshot that is killed at the *call*-th call of git comes to its end."""
    child = os.fork()
    if child == 0:
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
        os.environ["KILL_BEFORE"] = str(call)
        try:
            snapshots.take(root, SETS)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_of_two_at_once_one_wins_and_the_other_is_told(root, monkeypatch):
    barrier, move = threading.Barrier(2, timeout=20), snapshots._move
    results: list[object] = []

    def together(*arguments):
        barrier.wait()
        move(*arguments)

    def one():
        try:
            results.append(snapshots.take(root, SETS))
        except SnapshotConflictError as error:
            results.append(error)

    monkeypatch.setattr(snapshots, "_move", together)
    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    errors = [r for r in results if isinstance(r, SnapshotConflictError)]
    assert len(errors) == 1
    assert "Run the same command again" in str(errors[0])
    assert len(snapshots.snapshots(root)) == 2


def test_a_branch_that_moved_meanwhile_is_not_overwritten(root, monkeypatch):
    move = snapshots._move

    def late(*arguments):
        git(root, "commit", "-q", "--allow-empty", "-m", "somebody else")
        move(*arguments)

    monkeypatch.setattr(snapshots, "_move", late)
    with pytest.raises(SnapshotConflictError, match="nothing was changed"):
        snapshots.take(root, SETS)
    assert git(root, "log", "-1", "--format=%s") == "somebody else"
    assert snapshots.snapshots(root) == []


def test_a_detached_head_is_refused_and_told_what_to_do(root):
    git(root, "checkout", "-q", "--detach")
    before = refs(root)
    with pytest.raises(SnapshotError, match="--no-branch"):
        snapshots.take(root, SETS)
    assert refs(root) == before


@pytest.mark.parametrize("detached", [True, False])
def test_no_branch_makes_tags_and_leaves_branches_and_index(root, detached):
    if detached:
        git(root, "checkout", "-q", "--detach")
    head, status = git(root, "rev-parse", "main"), git(root, "status", "--short")
    taken = snapshots.take(root, SETS, no_branch=True)
    assert len(taken.new) == 2
    assert git(root, "rev-parse", "main") == git(root, "rev-parse", "HEAD") == head
    assert git(root, "status", "--short") == status
    assert snapshots.take(root, SETS, no_branch=True).new == ()


def test_without_a_user_the_snapshot_is_by_groundkeeper_and_says_so(root):
    _forget_user(root)
    taken = snapshots.take(root, SETS)
    author = "Groundkeeper <groundkeeper@localhost>"
    assert git(root, "log", "-1", "--format=%an <%ae>|%cn <%ce>") == f"{author}|{author}"
    assert author in git(root, "cat-file", "tag", "gt/red/1.0.0/1")
    assert len(taken.notes) == 1
    assert author in taken.notes[0]


def test_a_user_in_the_environment_is_used(root, monkeypatch):
    _forget_user(root)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Grace")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "grace@example.org")
    taken = snapshots.take(root, SETS)
    assert taken.notes == ()
    assert git(root, "log", "-1", "--format=%an") == "Grace"


def test_where_git_is_told_to_insist_on_a_user_we_do_too(root):
    _forget_user(root)
    git(root, "config", "user.useConfigOnly", "true")
    before = refs(root)
    with pytest.raises(SnapshotError, match=r"user\.name"):
        snapshots.take(root, SETS)
    assert refs(root) == before


def test_a_folder_outside_git_and_one_without_a_commit_are_refused(tmp_path):
    with pytest.raises(SnapshotError, match="not a git repository"):
        snapshots.take(tmp_path, SETS)
    git(tmp_path, "init", "-q")
    with pytest.raises(SnapshotError, match="no commit yet"):
        snapshots.take(tmp_path, SETS)


def test_a_merge_that_is_not_finished_is_refused(root):
    git(root, "checkout", "-qb", "other")
    (root / "dvc.yaml").write_text("stages: {a: {cmd: a}}\n")
    git(root, "commit", "-qam", "other")
    git(root, "checkout", "-q", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "main")
    git(root, "merge", "-q", "--no-commit", "--no-ff", "other")
    with pytest.raises(SnapshotError, match="merge is not finished"):
        snapshots.take(root, SETS)


def test_a_set_without_a_release_is_refused(root):
    with pytest.raises(SnapshotError, match="the set green has no release"):
        snapshots.take(root, ["red", "green"])
    assert snapshots.snapshots(root) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ('{"set": "red"}', "guideline: found nothing, and it is needed"),
        ("[]", r"json: found \[\]; allowed is a block of keys with their values; release the"),
    ],
)
def test_a_broken_manifest_is_refused(root, text, said):
    (root / "data" / "gt" / "red" / "manifest.json").write_text(text)
    with pytest.raises(SnapshotError, match=said):
        snapshots.take(root, ["red"])


def test_a_hook_that_refuses_is_quoted_and_nothing_moves(root):
    hook = root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != prepared ]\n')
    hook.chmod(0o755)
    before = refs(root)
    with pytest.raises(SnapshotError, match="hook"):
        snapshots.take(root, SETS)
    assert refs(root) == before


def test_a_lock_that_a_dead_git_left_is_named(root):
    (root / ".git" / "refs" / "heads" / "main.lock").write_text("")
    with pytest.raises(SnapshotError, match=r"main\.lock"):
        snapshots.take(root, SETS)
    assert snapshots.snapshots(root) == []


def test_a_tag_that_somebody_else_made_keeps_its_number(root, caplog):
    git(root, "tag", "gt/red/1.0.0/7")
    assert snapshots.take(root, ["red"]).new[0].tag == "gt/red/1.0.0/8"
    assert [s.n for s in snapshots.snapshots(root)] == [8]
    assert "gt/red/1.0.0/7" in caplog.text


def test_the_log_is_newest_first_and_can_be_narrowed(root, monkeypatch):
    for day, content in enumerate(("a", "b"), start=1):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-01-0{day}T00:00:00Z")
        release(root, "red", content)
        snapshots.take(root, SETS)
    tags = [s.tag for s in snapshots.snapshots(root)]
    assert tags == ["gt/red/1.0.0/2", "gt/red/1.0.0/1", "gt/blue/1.0.0/1"]
    assert [s.tag for s in snapshots.snapshots(root, "blue")] == ["gt/blue/1.0.0/1"]
    assert snapshots.snapshots(root, "red", "2.0.0") == []
    assert list(snapshots.snapshots(root)[0].as_json()) == [
        *("tag", "set", "guideline", "n", "commit", "created", "records", "content_digest")
    ]


def _forget_user(root: Path) -> None:
    git(root, "config", "--unset", "user.name")
    git(root, "config", "--unset", "user.email")
