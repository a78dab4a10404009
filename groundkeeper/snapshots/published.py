"""What snapshots and commits hold that must never change again, compared with the work tree.

Files are compared as git stores them, byte for byte, so nothing is parsed and no table is read.
"""

from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

from groundkeeper.errors import GuidelineError, SnapshotError
from groundkeeper.layout import Layout
from groundkeeper.snapshots import content
from groundkeeper.snapshots.git import Git
from groundkeeper.snapshots.history import Snapshot, of_release, snapshots
from groundkeeper.snapshots.manifest import parse, read

HEAD = "HEAD"
SHOWN_LENGTH = 60
"""How much of a line a message shows."""


def references(root: Path, set_name: str) -> tuple[str, ...]:
    """Return the states that the next snapshot of *set_name* continues, as git names them.

    These are ``HEAD``, the newest snapshot in its history, and the one whose release lies in the work
    tree, which is elsewhere if it was made on no branch.
    """
    reached = _reached(root, set_name)
    past = sorted(snapshots(root, set_name), key=lambda s: s.tag not in reached)
    newest = [s.tag for s in past if s.tag in reached][:1]
    manifest = read(Layout(root, set_name).manifest)
    here = of_release(past, manifest) if manifest else None
    return tuple(dict.fromkeys([HEAD, *newest, *([here.tag] if here else [])]))


def stored(root: Path, reference: str, folder: Path) -> dict[str, str]:
    """Return path to blob id of the files that *reference* has directly in *folder*, below *root*."""
    inside = f"{folder.relative_to(root).as_posix()}/"
    lines = Git(root).do("ls-tree", "-z", reference, "--", inside).split("\0")
    entries = [line.partition("\t") for line in lines if line]
    kinds = [(path, *about.split()) for about, _, path in entries]
    return {path: blob for path, _, kind, blob in kinds if kind == "blob"}


def present(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return path to blob id of those *paths* that are files now."""
    files = [path for path in paths if (root / path).is_file()]
    if not files:
        return {}
    git = Git(root)
    # This one call of git takes paths from the top of its work tree, wherever it is made.
    above = git.do("rev-parse", "--show-prefix")
    feed = "\n".join(f"{above}{path}" for path in files)
    found = git.do("hash-object", "--stdin-paths", feed=feed).splitlines()
    return dict(zip(files, found, strict=True))


def text(root: Path, reference: str, path: str) -> str:
    """Return the text of the file that *reference* has at *path*."""
    return Git(root).do("cat-file", "blob", f"{reference}:./{path}")


def holder(root: Path, snapshot: Snapshot) -> str:
    """Return the newest commit in the history of ``HEAD`` that holds the release of *snapshot*, or else its own.

    What changes no ground truth, such as what a model predicted, is committed without another snapshot.
    """
    git = Git(root)
    path = Layout(root, snapshot.set).manifest.relative_to(root).as_posix()
    commits = git.do("rev-list", HEAD, "--", path, content.LOCK).splitlines()
    asked = "\n".join(f"{commit}:./{path}" for commit in commits)
    told = git.do("cat-file", "--batch-check=%(objectname)", feed=asked).splitlines()
    holds: dict[str, bool] = {}
    for commit, blob in zip(commits, told, strict=True):
        if blob not in holds:
            holds[blob] = _is_release(git, blob, snapshot)
        if holds[blob]:
            return commit
    return snapshot.commit


def _is_release(git: Git, blob: str, snapshot: Snapshot) -> bool:
    """Return whether *blob* is the manifest of the release of *snapshot*; git says of none that it is missing."""
    if blob.endswith(" missing"):
        return False
    try:
        found = parse(git.do("cat-file", "blob", blob), blob)
    except SnapshotError:
        return False
    release = (found.set, found.guideline.version, found.content_digest)
    return release == (snapshot.set, snapshot.guideline, snapshot.content_digest)


def require_guidelines(root: Path, set_name: str) -> None:
    """Make sure that every guideline version that has a snapshot is as it was in the first of them.

    Raises
    ------
    GuidelineError
        If the file of such a version was edited, or is gone from the branch that published it.
    """
    layout, reached = Layout(root, set_name), _reached(root, set_name)
    for first in _first_of_each_version(snapshots(root, set_name)):
        path = (layout.guidelines / f"{first.guideline}.yaml").relative_to(root).as_posix()
        then = stored(root, first.tag, layout.guidelines).get(path)
        now = present(root, [path]).get(path)
        if then is None or then == now or (now is None and first.tag not in reached):
            continue
        where, how = (path, "is gone") if now is None else _edit(root, path, first.tag)
        message = (
            f"{where}: {how}, but snapshot {first.tag} was made under it and a published version "
            f"never changes; restore it (`git restore --source={first.tag} -- {path}`) and write "
            "what is new as a new version"
        )
        raise GuidelineError(message)


def _edit(root: Path, path: str, tag: str) -> tuple[str, str]:
    """Return the first line that differs from *tag*, as ``file:line``, and how."""
    old = text(root, tag, path).splitlines()
    new = (root / path).read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = enumerate(zip_longest(old, new, fillvalue=""), start=1)
    for number, (was, now) in pairs:
        if was != now:
            shown = [repr(line.strip()[:SHOWN_LENGTH]) for line in (was, now)]
            return f"{path}:{number}", f"was edited: {shown[0]} became {shown[1]}"
    return path, "was edited"


def _first_of_each_version(past: Iterable[Snapshot]) -> Iterable[Snapshot]:
    by_number = sorted(past, key=lambda s: s.n, reverse=True)
    return {s.guideline: s for s in by_number}.values()


def _reached(root: Path, set_name: str) -> frozenset[str]:
    """Return the tags of *set_name* in the history of ``HEAD``."""
    listing = ("for-each-ref", "--merged", HEAD, "--format=%(refname:strip=2)")
    return frozenset(Git(root).do(*listing, f"refs/tags/gt/{set_name}").splitlines())
