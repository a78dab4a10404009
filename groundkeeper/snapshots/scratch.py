"""A second work tree, in which releases are built while the user's own stays as it is."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from groundkeeper.errors import SnapshotError
from groundkeeper.snapshots import content
from groundkeeper.snapshots.git import Git
from groundkeeper.snapshots.history import Snapshot

_HOME = "groundkeeper"
"""Folder inside of git's own, which no command of git or DVC in the user's work tree looks into."""

_PREFIX = "scratch-"
_PRODUCTS = (":(exclude)data", f":(exclude){content.LOCK}")
_TAKEN = (*_PRODUCTS, ":(exclude)guidelines", *(f"{p[:2]}exclude,{p[2:]}" for p in content.SHARED))
"""All files but those that a snapshot takes from the work tree, or that belong to other sets."""


@dataclass(frozen=True)
class Scratch:
    """The *root* of a second work tree, and the paths whose edits are neither committed nor in it."""

    root: Path
    left_out: tuple[str, ...] = ()


@contextmanager
def scratch(root: Path, sets: Sequence[str]) -> Iterator[Scratch]:
    """Give a work tree with the last commit and, over it, the files that a snapshot of *sets* would take now.

    It is on no branch, and gone when the block ends. What a process that was killed left behind is
    removed first, so that one replay at a time works in a repository.

    Raises
    ------
    SnapshotError
        If there is another at work, or git refuses.
    """
    git = Git(root)
    home = (root / git.do("rev-parse", "--git-common-dir")).resolve() / _HOME
    with _alone(home):
        _sweep(git, home)
        commit = git.do("rev-parse", "HEAD")
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
        try:
            # The user's hooks are for their own work tree.
            hooks = ("-c", "core.hooksPath=/dev/null")
            git.do(*hooks, "worktree", "add", "--detach", str(folder), commit)
            Git(folder).do("read-tree", "-u", "--reset", content.write_tree(git, commit, sets))
            edited = git.do("diff", "--name-only", "-z", "--relative", "HEAD", "--", ".", *_TAKEN)
            left_out = tuple(path for path in edited.split("\0") if path)
            yield Scratch(folder / git.do("rev-parse", "--show-prefix"), left_out)
        finally:
            _sweep(git, home)


def differs(root: Path, snapshot: Snapshot) -> bool:
    """Return whether anything but products differs between the work tree at *root* and *snapshot*.

    Compared are code, parameters, guidelines and the inbox of the set: what its release is made from.
    """
    inputs = ((".", *_PRODUCTS), (f"data/inbox/{snapshot.set}",))
    asked = (Git(root).ask("diff", "--quiet", snapshot.tag, "--", *paths) for paths in inputs)
    return any(done.returncode for done in asked)


def put_back(root: Path, snapshot: Snapshot) -> None:
    """Put the small files of the release of *snapshot* into the work tree at *root*, and all of its dvc.lock."""
    source = f"--source={snapshot.tag}"
    Git(root).do("restore", source, "--worktree", "--", content.LOCK, f"data/gt/{snapshot.set}")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Refuse to be the second; the system frees the lock of a dead process."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = (
                "another replay works in this repository; nothing was done. Wait until it ends, then "
                "run the same command again."
            )
            raise SnapshotError(message) from error
        yield


def _sweep(git: Git, home: Path) -> None:
    """Remove every scratch work tree in *home*, whole or half made, from git's list and from the disk."""
    for line in git.do("worktree", "list", "--porcelain").splitlines():
        path = Path(line.removeprefix("worktree "))
        if path.parent == home:
            # Given twice, it removes one as well that was killed while it was made.
            git.ask("worktree", "remove", "--force", "--force", str(path))
    for left in home.glob(f"{_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
