"""A whole repository in small: the project's own stages, first guideline and pipeline over forty made-up scans."""

import shutil
import subprocess
from pathlib import Path

import lidc_database as lidc
import numpy as np
from builders.declared_batch import put
from ruamel.yaml import YAML

from groundkeeper import batches, files, guideline_ledger, pipeline

PROJECT = Path(__file__).resolve().parents[2]
CODE = ("flows", "groundkeeper", "schemas", "stages")
SETTINGS = (
    ".dvc/config",
    ".dvc/.gitignore",
    ".dvcignore",
    ".gitignore",
    "data/.gitignore",
    "dvc.yaml",
)
SET = "lung-nodules"
VERSION = "1.0.0"
"""The one version of its guideline; tests that need a next one write it."""
SCANS = 40


def scans(count: int = SCANS, seed: int = 7) -> dict[int, lidc.Scan]:
    """Return scans of half as many patients; four readers draw up to two nodules each, a little apart."""
    rng = np.random.default_rng(seed)
    found = {}
    for number in range(1, count + 1):
        marks = []
        for reader in range(4):
            for nodule in range(number % 3):
                if rng.random() < 0.75:
                    x = 60 + 200 * nodule + int(rng.integers(0, 4))
                    rating = int(rng.integers(1, 6))
                    zs = (-7.5, -5.0) if nodule else (-5.0, -2.5, 0.0)
                    marks.append(lidc.squares(f"{reader}-{nodule}", x, *zs, rating=rating))
        found[number] = lidc.Scan(
            patient=f"LIDC-IDRI-{(number + 1) // 2:04}",
            series=f"1.2.{number}",
            marks=marks,
            thickness=(1.25, 2.5, 5.0)[number % 3],
            contrast=number % 4 == 0,
        )
    return found


def write_guideline(root: Path) -> None:
    """Write the project's first version of the guideline, and a ledger that knows no other."""
    there, here = (folder / "guidelines" / SET for folder in (PROJECT, root))
    here.mkdir(parents=True)
    shutil.copyfile(there / f"{VERSION}.yaml", here / f"{VERSION}.yaml")
    published = guideline_ledger.read(there)[VERSION]
    files.write_json(here / guideline_ledger.LEDGER, {VERSION: published})


def write_params(root: Path) -> None:
    """Write the project's parameters for the one set, as a census with few bootstrap rounds."""
    yaml = YAML()
    document = yaml.load((PROJECT / "params.yaml").read_text(encoding="utf-8"))
    section = document["sets"][SET]
    section["guideline"]["version"] = VERSION
    section["sample"] = {"seed": 1, "share": 1, "sealed_share": 0.3}
    for stage in ("agreement", "score"):
        section[stage]["rounds"] = 100
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump({"sets": {SET: section}}, file)


def declare(root: Path, database: Path, **changed: object) -> None:
    """Put the file into the inbox without DVC, with what is *changed* in its declaration."""
    put(root, SET, database, options={"unit": "scan"}, **changed)


def without_history(
    root: Path, *, backwards: bool = False, readings: dict[int, lidc.Scan] | None = None
) -> Path:
    """Return *root* with guidelines, parameters and one batch of *readings*, for stages to run in; no git, no DVC."""
    root.mkdir(parents=True)
    write_guideline(root)
    write_params(root)
    database = lidc.write(root / "readings.sqlite", readings or scans(), backwards=backwards)
    declare(root, database)
    database.unlink()
    return root


def with_history(root: Path) -> Path:
    """Return *root* as a repository of its own: code, pipeline, DVC settings, one batch, one commit."""
    without_history(root)
    for name in SETTINGS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, root / name)
    for name in CODE:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, root / name, ignore=ignored)
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "main"], cwd=root, check=True)
    for key in batches.keys(root / "data" / "inbox" / SET):
        pipeline.add(root, root / "data" / "inbox" / SET / key)
    for command in (
        ["git", "add", "--all"],
        [
            "git",
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.org",
            "commit",
            "-qm",
            "start",
        ],
    ):
        subprocess.run(command, cwd=root, check=True)
    return root


def products(root: Path) -> dict[str, bytes]:
    """Return the bytes of everything that stages wrote."""
    found = sorted(path for path in (root / "data").rglob("*") if path.is_file())
    kept = [path for path in found if "inbox" not in path.parts and path.name != ".gitignore"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in kept}
