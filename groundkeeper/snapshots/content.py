"""Which files a snapshot holds: those that all sets share, and those of the sets it releases."""

import re
import tempfile
from collections.abc import Collection
from pathlib import Path

from groundkeeper.snapshots.git import Git

LOCK = "dvc.lock"

SHARED = (
    ":(glob)dvc.yaml",
    ":(glob)params.yaml",
    ":(glob)**/.gitignore",
    ":(glob).dvc/config",
    ":(glob).dvcignore",
)
"""Patterns of the files that belong to no set, below the root; dvc.lock is taken stage by stage."""

OF_A_SET = (
    ":(glob)guidelines/{name}/*.yaml",
    ":(glob)guidelines/{name}/published.json",
    ":(glob)data/*/{name}/**/*.dvc",
    ":(glob)data/inbox/{name}/withdrawn.json",
    ":(glob)data/*/{name}/metrics.json",
    ":(glob)data/gt/{name}/manifest.json",
    ":(glob)data/gt/{name}/card.md",
)
"""Patterns of the files of one set."""

_STAGE = re.compile(r"^(?=  \S)", flags=re.MULTILINE)


def patterns(sets: Collection[str]) -> tuple[str, ...]:
    """Return the patterns of the files that a snapshot of *sets* takes from the work tree whole."""
    return (*SHARED, *(pattern.format(name=name) for name in sets for pattern in OF_A_SET))


def write_tree(git: Git, commit: str, sets: Collection[str]) -> str:
    """Return the tree of *commit* with the files of *sets* as they are now; made in a private index."""
    with tempfile.TemporaryDirectory(prefix="groundkeeper-") as folder:
        index = Path(folder) / "index"
        env = {"GIT_INDEX_FILE": str(index)}
        git.do("read-tree", commit, env=env)
        listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--")
        paths = git.do(*listing, *patterns(sets), env=env)
        git.do("update-index", "-z", "--add", "--remove", "--stdin", feed=paths, env=env)
        _stage_lock(git, commit, sets, index)
        return git.do("write-tree", env=env)


def _stage_lock(git: Git, commit: str, sets: Collection[str], index: Path) -> None:
    """Put dvc.lock into the *index*: of *sets* as it is now, of the other sets as in *commit*."""
    env = {"GIT_INDEX_FILE": str(index)}
    path = git.root / LOCK
    if not path.is_file():
        git.do("update-index", "--remove", "--", LOCK, env=env)
        return
    now = path.read_text(encoding="utf-8")
    merged = merged_lock(git.ask("cat-file", "blob", f"{commit}:./{LOCK}").stdout, now, sets)
    if merged == now:
        git.do("update-index", "--add", "--", LOCK, env=env)
        return
    blob = git.do("hash-object", "-w", "--stdin", feed=merged)
    entry = f"100644,{blob},{git.do('rev-parse', '--show-prefix')}{LOCK}"
    git.do("update-index", "--add", "--cacheinfo", entry, env=env)


def merged_lock(then: str, now: str, sets: Collection[str]) -> str:
    r"""Return the lock file *now* with the stages of sets other than *sets* as *then* has them.

    Examples
    --------
    >>> now = "stages:\n  a@red:\n    md5: 2\n  a@blue:\n    md5: 2\n  b@blue:\n    md5: 2\n"
    >>> print(merged_lock("stages:\n  a@blue:\n    md5: 1\n", now, ["red"]), end="")
    stages:
      a@red:
        md5: 2
      a@blue:
        md5: 1
    """
    before = {_name(block): block for block in _STAGE.split(then)[1:]}
    head, *blocks = _STAGE.split(now)
    kept = [b if _set_of(b) in {*sets, ""} else before.get(_name(b), "") for b in blocks]
    return "".join([head, *kept])


def _name(block: str) -> str:
    return block.split(":", 1)[0].strip()


def _set_of(block: str) -> str:
    return _name(block).partition("@")[2]
