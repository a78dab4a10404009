"""Small repositories to work on: real git, real DVC, stages of one shell line."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

CLEAN_GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}
"""A machine on which nobody has told git who they are."""

PARAMS = """\
sets:
  red:
    guideline: {version: 1.0.0}
    sample: {share: 0.1}
  blue:
    guideline: {version: 1.0.0}
    sample: {share: 0.1}
"""

MAKE = """\
import hashlib, json, pathlib, sys
key = sys.argv[1]
answers = pathlib.Path(f"source-{key}.txt").read_text()
folder = pathlib.Path("data/gt", key)
folder.mkdir(parents=True, exist_ok=True)
(folder / "records.parquet").write_text(answers)
if "break" in answers:
    sys.exit(f"error: source-{key}.txt: holds the word break; take it out")
manifest = {
    "set": key,
    "guideline": {"version": "1.0.0", "digest": "d" * 64},
    "content_digest": hashlib.sha256(answers.encode()).hexdigest(),
    "counts": {"pool_items": 10, "items": 2, "answers": 8, "records": len(answers.split()), "agreed": 1},
    "headline": [{"measure": "dice", "value": 0.8, "low": 0.7, "high": 0.9, "n": 4, "groups": 2, "note": ""}],
}
(folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True) + chr(10))
(folder / "card.md").write_text(f"# {key}" + chr(10))
"""

DVC_YAML = """\
stages:
  items:
    foreach: ${sets}
    do:
      cmd: mkdir -p data/items/${key} && wc -w < source-${key}.txt > data/items/${key}/items.parquet
      deps: ["source-KEY.txt"]
      outs: ["data/items/KEY/items.parquet"]
  release:
    foreach: ${sets}
    do:
      cmd: python make.py ${key}
      params: ["sets.KEY"]
      deps: ["make.py", "source-KEY.txt", "data/items/KEY/items.parquet"]
      outs:
        - data/gt/KEY/records.parquet
        - data/gt/KEY/manifest.json: {cache: false}
        - data/gt/KEY/card.md: {cache: false}
  report:
    foreach: ${sets}
    do:
      cmd: mkdir -p data/report/${key} && cp data/gt/${key}/card.md data/report/${key}/index.html
      deps: ["data/gt/KEY/records.parquet", "data/gt/KEY/card.md"]
      outs: ["data/report/KEY/index.html"]
"""


def git(root: Path, *arguments: str) -> str:
    """Return what git prints; fails the test if git fails."""
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def plain(root: Path) -> Path:
    """Return *root* as a git repository with one commit and a user."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    (root / "params.yaml").write_text(PARAMS)
    (root / "dvc.yaml").write_text("stages: {}\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")
    return root


def release(root: Path, set_name: str, content: str, version: str = "1.0.0") -> None:
    """Write the small files of a release whose content digest is that of *content*."""
    folder = root / "data" / "gt" / set_name
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "set": set_name,
        "guideline": {"version": version, "digest": "d" * 64},
        "content_digest": hashlib.sha256(content.encode()).hexdigest(),
        "counts": {"records": len(content.split())},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "card.md").write_text(f"# {set_name}\n")


def refs(root: Path) -> str:
    """Return every branch and tag with what it points to."""
    return git(root, "for-each-ref")


def no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make git forget who uses this machine; repositories made by ``plain`` still know."""
    for name, value in CLEAN_GIT.items():
        monkeypatch.setenv(name, value)
    for role in ("AUTHOR", "COMMITTER"):
        for part in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{role}_{part}", raising=False)
    monkeypatch.delenv("EMAIL", raising=False)


def pipeline(root: Path) -> Path:
    """Return *root* as a repository with the project's own DVC settings and three stages per set."""
    for name in (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore", "data/.gitignore"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, root / name)
    plain(root)
    (root / "dvc.yaml").write_text(DVC_YAML.replace("KEY", "${key}"))
    (root / "make.py").write_text(MAKE)
    for name in ("red", "blue"):
        (root / f"source-{name}.txt").write_text(f"{name} one two\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "stages")
    return root
