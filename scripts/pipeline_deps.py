"""Write into dvc.yaml which code each stage depends on: every module it imports, or the package around it.

``python scripts/pipeline_deps.py`` in the root, after a change of imports. Deps on data are left as they are. A test
holds dvc.yaml against the imports by other means, and says when this must be run.
"""

import re
from pathlib import Path

from groundkeeper.provenance import closure
from stages.release import UPSTREAM

PIPELINE = Path("dvc.yaml")
RUNNING = ("stages.runner", "stages.__main__")
ROOMS = ("groundkeeper", "groundkeeper/core", "stages")
"""Packages of which a stage needs some modules and not others."""

CODE = re.compile(r" +- (?:groundkeeper|schemas|stages)(?:/\S*)?\n")


def main() -> None:
    """Rewrite the code among the deps of every stage."""
    blocks = re.split(r"(?m)^(?=  \w+:$)", PIPELINE.read_text(encoding="utf-8"))
    written = "".join([blocks[0], *(rewritten(block) for block in blocks[1:])])
    PIPELINE.write_text(written, encoding="utf-8")


def rewritten(block: str) -> str:
    """Return the *block* of one stage with its code deps, sorted, before its other deps."""
    stage = block.split(":", 1)[0].strip()
    head, deps, rest = CODE.sub("", block).partition("      deps:\n")
    lines = (f"        - {path.as_posix()}\n" for path in sorted(code_of(stage)))
    return "".join([head, deps, *lines, rest])


def code_of(stage: str) -> set[Path]:
    """Return the files and folders of the code that runs when *stage* runs."""
    # The manifest holds a digest of the code of every stage before it.
    stages = UPSTREAM if stage == "release" else (stage,)
    starts = [*RUNNING, *(f"stages.{name}" for name in stages)]
    modules = set().union(*(closure(start) for start in starts))
    return {dep_of(module) for module in modules}


def dep_of(module: str) -> Path:
    """Return what a stage that imports *module* depends on: its file, or the package it is a part of.

    A package of one subject is one dep, with the data it carries: a dep for each of its files would make
    dvc.lock so long that reading it takes longer than all checks.
    """
    path = Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file if file.parent.as_posix() in ROOMS else file.parent


if __name__ == "__main__":
    main()
