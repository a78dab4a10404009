"""A small repository over real git and DVC whose set has published guideline versions, one after the other."""

from collections.abc import Mapping
from pathlib import Path

import repositories
from repositories import git

from groundkeeper import guideline_ledger

HEAD = """\
guideline:
  set: red
  version: VERSION
  released: 2026-03-02
  owners: [Ada]
  status: published
"""


def published(root: Path, files: Mapping[str, str], versions: Mapping[str, str]) -> Path:
    """Return *root* with *files*, and *versions* of the guideline: of each what follows its head, the oldest first."""
    repositories.pipeline(root)
    for name, text in files.items():
        (root / name).write_text(text)
    folder = root / "guidelines" / "red"
    folder.mkdir(parents=True)
    before = None
    for version, rules in versions.items():
        head = f"{version}\n  supersedes: {before}" if before else version
        path = folder / f"{version}.yaml"
        path.write_text(HEAD.replace("VERSION", head) + rules)
        guideline_ledger.add(folder, version, guideline_ledger.digest_of(path))
        before = version
    git(root, "add", "-A")
    git(root, "commit", "-qm", "versions")
    return root
