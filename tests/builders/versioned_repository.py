"""A small repository whose set has five guideline versions; its stages are shell lines, its git and DVC real."""

from pathlib import Path

from builders.published_versions import published
from repositories import git

from groundkeeper import pipeline
from groundkeeper.core.release_changes import Moved

VERSIONS = ("1.0.0", "1.1.0", "2.0.0", "3.0.0")
IN_FORCE = "2.0.0"
WAY = ("1.0.0", "1.1.0", "2.0.0")
TAGS = [f"gt/red/{version}/1" for version in WAY]
MOVED = [
    None,
    Moved(added=0, removed=1, changed=0),
    Moved(added=0, removed=0, changed=1, columns={"decided_by": 1}),
]
"""What a replay of it says moved."""

KEY = "0123456789abcdef"
WORDS = "ox cat bear horse refused-0"

PARAMS = f"""\
sets:
  red:
    guideline:
      version: {IN_FORCE}   # and this stays
    sample: {{share: 0.1}}
  blue:
    guideline: {{version: 1.0.0}}
"""

RULES = """\
fields:
  letters: {type: number, from: attribute, fuse: median}
decisions:
  include:
    by: derived
    outcomes: [keep, drop]
    default: keep
    rules: [{id: inc.short, when: "letters < 2", then: drop}]
consensus: {experts: 3, quorum: 2, match: {by: item}, shape: none}
"""

MAKE = """\
import hashlib, json, os, pathlib, re, sys, time
import pyarrow as pa
import pyarrow.parquet as pq
key = sys.argv[1]
text = pathlib.Path("params.yaml").read_text()
version = re.search(key + r":\\s+guideline:\\s+version: (\\S+)", text)[1]
pause = pathlib.Path(os.environ.get("PAUSE_AT_" + version.replace(".", "_"), "nowhere"))
if pause.is_file():
    pause.with_suffix(".reached").touch()
    while pause.is_file():
        time.sleep(0.02)
batches = sorted(pathlib.Path("data/inbox", key).glob("*/words.txt"))
words = [word for path in batches for word in path.read_text().split()]
if f"refused-{version}" in words:
    sys.exit(f"error: words.txt: refuses {version}")
# 1.1.0 drops words of two letters, 2.0.0 calls them retired and shouts the others.
kept = [w for w in words if version != "1.1.0" or len(w) > 2]
status = ["retired" if version >= "2" and len(w) == 2 else "agreed" for w in kept]
said = ["loud" if version >= "2" and len(w) == 4 else "plain" for w in kept]
n = len(kept)
folder = pathlib.Path("data/gt", key)
folder.mkdir(parents=True, exist_ok=True)
records = {"record_id": kept, "status": status, "decided_by": said}
pq.write_table(pa.table(records), folder / "records.parquet")
point = bytes.fromhex("0101000000" + "00" * 16)
parts = {"record_id": kept, "frame": [0] * n, "geometry": [point] * n}
pq.write_table(pa.table(parts), folder / "record_parts.parquet")
manifest = {
    "set": key,
    "guideline": {"version": version, "digest": "d" * 64},
    "content_digest": hashlib.sha256(json.dumps(records).encode()).hexdigest(),
    "counts": {"records": n},
}
(folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True) + chr(10))
"""

DVC_YAML = """\
stages:
  ingest:
    cmd: mkdir -p data/ingest/red && cat data/inbox/red/*/words.txt > data/ingest/red/words.txt
    deps: [data/inbox/red]
    outs: [data/ingest/red/words.txt]
  release:
    foreach: {red: 1}
    do:
      cmd: python make.py ${key}
      params: ["sets.${key}.guideline"]
      deps: [make.py, data/inbox/red, data/ingest/red/words.txt, "guidelines/${key}"]
      outs:
        - data/gt/red/records.parquet
        - data/gt/red/record_parts.parquet
        - data/gt/red/manifest.json: {cache: false}
"""


def take_in(root: Path, words: str, key: str = KEY) -> None:
    """Put a batch into the inbox of ``red``, as ``gk inbox add`` would, committed or not."""
    folder = root / "data" / "inbox" / "red" / key
    folder.mkdir(parents=True)
    (folder / "words.txt").write_text(f"{words}\n")
    pipeline.add(root, folder)


def versioned(root: Path, words: str = WORDS) -> Path:
    """Return *root* as a repository with four published versions, the third in force, and a batch not committed."""
    files = {"params.yaml": PARAMS, "make.py": MAKE, "dvc.yaml": DVC_YAML}
    published(root, files, dict.fromkeys(VERSIONS, RULES))
    take_in(root, words)
    return root


def under(root: Path, version: str) -> Path:
    """Return *root* with another version in force, which is not committed."""
    (root / "params.yaml").write_text(PARAMS.replace(IN_FORCE, version))
    return root


def tags(root: Path) -> dict[str, str]:
    """Return tag to the tree that it names: what was built, whenever it was."""
    names = git(root, "tag", "--list", "gt/*").splitlines()
    return {name: git(root, "rev-parse", f"{name}^{{tree}}") for name in names}


def of_the_user(root: Path) -> tuple[object, ...]:
    """Return branches, HEAD, the index and every file but what git and DVC keep for themselves."""
    inside = [p for p in sorted(root.rglob("*")) if p.is_file()]
    kept = [p for p in inside if not {".git", "tmp", "cache", "remote"} & {*p.parts}]
    index = root / ".git/index"
    return (
        git(root, "for-each-ref", "refs/heads"),
        (root / ".git/HEAD").read_text(),
        git(root, "ls-files", "--stage") if index.exists() else "",
        {path.relative_to(root).as_posix(): path.read_bytes() for path in kept},
    )


def left_behind(root: Path) -> list[str]:
    """Return work trees beside the user's own, and what lies where they were."""
    listed = git(root, "worktree", "list", "--porcelain").splitlines()
    trees = [line for line in listed if line.startswith("worktree ")][1:]
    home = root / ".git/groundkeeper"
    return [*trees, *(path.name for path in home.glob("*") if path.name != "lock")]
