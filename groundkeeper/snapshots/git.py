"""Run git, and say in our own words why it refused."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from groundkeeper.errors import SnapshotError

FALLBACK = ("Groundkeeper", "groundkeeper@localhost")
"""Name and address of the author where nobody told git who they are."""

_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}


@dataclass(frozen=True)
class Git:
    """Git in one folder. Its messages are asked for in English, because some are recognised."""

    root: Path

    def ask(
        self, *arguments: str, feed: str | None = None, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Return what git did, whether it succeeded or not."""
        try:
            return subprocess.run(  # noqa: S603 - no shell, and no word of it comes from data
                ["git", *arguments],  # noqa: S607 - the user's own git
                cwd=self.root,
                env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", **(env or {})},
                input=feed or "",
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except FileNotFoundError as error:
            message = "git is not installed or not on PATH; install it, then run this again"
            raise SnapshotError(message) from error

    def do(
        self, *arguments: str, feed: str | None = None, env: Mapping[str, str] | None = None
    ) -> str:
        """Return what git prints.

        Raises
        ------
        SnapshotError
            If git refuses; with git's own words.
        """
        done = self.ask(*arguments, feed=feed, env=env)
        if done.returncode:
            said = done.stderr.strip() or f"exit status {done.returncode}"
            message = f"git {arguments[0]}: {said}\nNothing was changed."
            raise SnapshotError(message)
        return done.stdout.strip("\n")


@dataclass(frozen=True)
class Position:
    """Where a snapshot would go: *branch* is a full ref name, None to leave every branch alone."""

    branch: str | None
    commit: str
    identity: Mapping[str, str]
    notes: tuple[str, ...] = ()


def position(root: Path, *, no_branch: bool = False) -> Position:
    """Return where a snapshot would go, after making sure that one can be made.

    Raises
    ------
    SnapshotError
        If *root* is not in a git repository, has no commit yet, is on no branch (unless *no_branch*),
        something is half merged, or git was told to insist on a name and has none.
    """
    git = Git(root)
    inside = git.ask("rev-parse", "--is-inside-work-tree", "--git-dir")
    if inside.returncode or not inside.stdout.startswith("true"):
        said = inside.stderr.strip().removeprefix("fatal: ") or "not a work tree"
        message = f"{root}: {said}; snapshots are git tags: run `git init` and commit first"
        raise SnapshotError(message)
    head = git.ask("rev-parse", "--quiet", "--verify", "HEAD^{commit}")
    if head.returncode:
        message = f"{root}: the git repository has no commit yet; commit once (`git commit`) first"
        raise SnapshotError(message)
    _require_finished(git, root / inside.stdout.split("\n")[1])
    branch = (
        None if no_branch else git.ask("symbolic-ref", "--quiet", "HEAD").stdout.strip() or None
    )
    if not (branch or no_branch):
        message = (
            "HEAD is detached, so no branch could take the snapshot's commit; switch to a branch "
            "(`git switch NAME`), or give --no-branch to make the tags alone"
        )
        raise SnapshotError(message)
    identity, notes = _identity(git)
    return Position(branch, head.stdout.strip(), identity, notes)


def _require_finished(git: Git, folder: Path) -> None:
    for name, what in _UNFINISHED.items():
        if (folder / name).exists():
            message = (
                f"a {what} is not finished; finish it or give it up "
                f"(`git {what} --continue` or `--abort`), then run this again"
            )
            raise SnapshotError(message)
    unmerged = sorted({line.partition("\t")[2] for line in git.do("ls-files", "-u").splitlines()})
    if unmerged:
        message = f"unresolved conflicts in {', '.join(unmerged)}; resolve and `git add` them first"
        raise SnapshotError(message)


def _identity(git: Git) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the environment that names the author, and a note where a name had to be made up."""
    asked = [
        git.ask("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT")
        for role in ("AUTHOR", "COMMITTER")
    ]
    if all(done.returncode == 0 for done in asked):
        return {}, ()
    insists = git.ask("config", "--type=bool", "--get", "user.useConfigOnly").stdout.strip()
    if insists == "true":
        message = (
            "git has no user.name or user.email here, and user.useConfigOnly tells it to insist; "
            "set both with `git config user.name ...` and `git config user.email ...`"
        )
        raise SnapshotError(message)
    name, address = FALLBACK
    note = f"git does not know who you are, so the snapshot is by {name} <{address}>"
    roles = ("AUTHOR", "COMMITTER")
    names = {f"GIT_{role}_NAME": name for role in roles}
    return names | {f"GIT_{role}_EMAIL": address for role in roles}, (note,)
