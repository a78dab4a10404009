"""Snapshots of the GT: a commit and a tag per set, made together or not at all. Alone speaks to git.

A snapshot holds the small files that name everything else: parameters, guidelines, DVC's files,
metrics, manifests and cards, *as they are in the work tree*, so edits of these that are not committed
yet become part of it. Of a set that was not released nothing is taken: its files, and its entries in
dvc.lock, stay as they were committed last. Everything else, staged or not, is left as it is. Hooks
for commits do not run, and nothing is signed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundkeeper.errors import SnapshotConflictError, SnapshotError
from groundkeeper.snapshots import content, history
from groundkeeper.snapshots.git import Git, Position, position
from groundkeeper.snapshots.history import Snapshot, snapshots
from groundkeeper.snapshots.manifest import Manifest, parse

__all__ = ["Manifest", "Position", "Snapshot", "Taken", "position", "restore", "snapshots", "take"]


@dataclass(frozen=True)
class Taken:
    """What a call made: *commit* is None if no file had changed, *new* has one snapshot per tag."""

    commit: str | None
    new: tuple[Snapshot, ...]
    notes: tuple[str, ...] = ()


def take(
    root: Path, sets: Sequence[str], *, no_branch: bool = False, only_new: bool = False
) -> Taken:
    """Return the snapshots made of *sets*: one commit, one tag per set whose content is new.

    A set gets no tag if its content digest is that of the latest tag of its guideline version; if
    the files did not change either there is no commit. Killed at any moment, either everything is
    there or nothing has moved.

    Parameters
    ----------
    root
        Root of the repository.
    sets
        Names of the sets that were released.
    no_branch
        Make tags alone; the commit is on no branch.
    only_new
        Make no commit unless the content of a set is new: for when something else went wrong, so that what
        is being mended is not committed.

    Raises
    ------
    SnapshotConflictError
        If the branch moved or the tag appeared meanwhile. Nothing was changed.
    SnapshotError
        If no snapshot can be made in this repository (see ``position``), a set has no release, or git
        refuses. Nothing was changed.
    """
    git = Git(root)
    where = position(root, no_branch=no_branch)
    tree = content.write_tree(git, where.commit, sets)
    changed = tree != git.do("rev-parse", f"{where.commit}^{{tree}}")
    tags = _new_tags(git, tree, sets)
    commit = None
    if changed and (tags or (where.branch and not only_new)):
        subject = f"Snapshot {', '.join(tags)}" if tags else "Refresh without new content"
        arguments = ("--no-gpg-sign", tree, "-p", where.commit, "-m", subject)
        commit = git.do("commit-tree", *arguments, env=where.identity)
    _move(git, where, commit, tags)
    if where.branch and not (only_new and commit is None):
        _catch_up(git, sets)
    made = [s for s in snapshots(root) if s.tag in tags] if tags else []
    return Taken(commit, tuple(sorted(made, key=lambda s: s.set)), where.notes if made else ())


def restore(root: Path, set_name: str, digests: Mapping[str, str]) -> None:
    """Put small files of the release of *set_name* back as the branch has them.

    Parameters
    ----------
    root
        Root of the repository.
    set_name
        Name of the set.
    digests
        Path below the root to the md5 of its content. Where ``HEAD`` has other content, the newest
        snapshot is asked: it may have been made on no branch.
    """
    git = Git(root)
    sources = ["HEAD", *(s.commit for s in snapshots(root, set_name)[:1])]
    for path, digest in digests.items():
        holders = [c for c in sources if git.ask("cat-file", "-e", f"{c}:./{path}").returncode == 0]
        for commit in (*holders, *holders[:1]):
            git.do("restore", f"--source={commit}", "--worktree", "--", path)
            found = hashlib.md5((root / path).read_bytes(), usedforsecurity=False)
            if found.hexdigest() == digest:
                break


def _new_tags(git: Git, tree: str, sets: Sequence[str]) -> dict[str, Mapping[str, object]]:
    """Return tag name to body for every set whose content differs from its latest snapshot."""
    past, numbers = snapshots(git.root), history.highest_numbers(git.root)
    tags: dict[str, Mapping[str, object]] = {}
    for manifest in _manifests(git, tree, sets):
        version = manifest.guideline.version
        last = history.latest(past, manifest.set, version)
        if last and last.content_digest == manifest.content_digest:
            continue
        n = numbers.get((manifest.set, version), 0) + 1
        tags[f"gt/{manifest.set}/{version}/{n}"] = {
            "content_digest": manifest.content_digest,
            "counts": manifest.counts.model_dump(),
            "guideline": manifest.guideline.model_dump(exclude_none=True),
            "n": n,
            "records": manifest.counts.records,
            "set": manifest.set,
        }
    return tags


def _manifests(git: Git, tree: str, sets: Sequence[str]) -> Iterator[Manifest]:
    """Give the manifests as *tree* has them, not as the disk may have them a moment later."""
    for name in sets:
        path = f"data/gt/{name}/manifest.json"
        found = git.ask("cat-file", "blob", f"{tree}:./{path}")
        if found.returncode:
            message = f"{path}: missing, so the set {name} has no release; run `gk refresh` first"
            raise SnapshotError(message)
        manifest = parse(found.stdout, path)
        if manifest.set != name:
            message = f"{path}: is the manifest of the set {manifest.set}; run `gk refresh` again"
            raise SnapshotError(message)
        yield manifest


def _move(
    git: Git, where: Position, commit: str | None, tags: Mapping[str, Mapping[str, object]]
) -> None:
    """Move the branch and make the tags in one transaction."""
    target = commit or where.commit
    tagger = git.do("var", "GIT_COMMITTER_IDENT", env=where.identity) if tags else ""
    lines = ["start"]
    if commit and where.branch:
        lines.append(f"update {where.branch} {commit} {where.commit}")
    for tag, body in tags.items():
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        head = f"object {target}\ntype commit\ntag {tag}\ntagger {tagger}"
        made = git.do("mktag", feed=f"{head}\n\n{text}\n")
        lines.append(f"create refs/tags/{tag} {made}")
    if len(lines) == 1:
        return
    feed = "\n".join([*lines, "prepare", "commit", ""])
    done = git.ask("update-ref", "-m", "gk refresh", "--stdin", feed=feed, env=where.identity)
    if done.returncode:
        _refused(done.stderr.strip())


def _refused(said: str) -> None:
    """Raise what git's refusal of a transaction means."""
    conflict = ("but expected", "reference already exists", "reference is missing")
    if any(words in said for words in conflict):
        message = (
            f"somebody else moved the branch or made the tag meanwhile ({said}); nothing was "
            "changed. Run the same command again."
        )
        raise SnapshotConflictError(message)
    if "File exists" in said:
        message = (
            f"another git process holds the lock of a branch or tag ({said}); nothing was changed. "
            "When no git is at work, remove the .lock file it names, then run this again."
        )
        raise SnapshotConflictError(message)
    message = f"git refused the snapshot ({said}); nothing was changed"
    raise SnapshotError(message)


def _catch_up(git: Git, sets: Sequence[str]) -> None:
    """Let the user's index follow the branch for the files of a snapshot, and for no other.

    It would otherwise show the snapshot as a staged change back. Comes last and may fail (another
    git may hold the index): the snapshot is whole without it, and the next call does it again.
    """
    listing = ("diff-index", "-z", "--cached", "--name-only", "--relative", "HEAD", "--")
    behind = git.ask(*listing, f":(glob){content.LOCK}", *content.patterns(sets)).stdout
    if behind:
        from_input = ("--pathspec-from-file=-", "--pathspec-file-nul")
        git.ask("--literal-pathspecs", "reset", "--quiet", "HEAD", *from_input, feed=behind)
