"""What an install makes importable, what it needs, and what it leaves out."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from shutil import copy, copytree, ignore_patterns

import grimp
import pytest
from project import PACKAGES, ROOT, file_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BEHIND_AN_EXTRA = {
    "groundkeeper.pipeline": "pipeline",
    "flows": "flows",
    "groundkeeper.expectations": "validation",
    "groundkeeper.table_checks": "validation",
    "schemas.models": "validation",
    "groundkeeper.core.scoring.detection.average_precision": "detection",
}


def probe(code):
    """What *code* prints, run where no file of this repository is near."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd="/", capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def names(requirements):
    return {re.split(r"[\[<>=~! ]", text)[0].lower().replace("_", "-") for text in requirements}


@pytest.mark.parametrize("name", PACKAGES)
def test_our_packages_are_importable_from_anywhere(name):
    assert probe(f"import {name}; print({name}.__file__)") == str(ROOT / name / "__init__.py")


@pytest.mark.parametrize("name", ["benchmarks", "data", "docs", "guidelines", "scripts", "tests"])
def test_other_folders_are_not_importable(name):
    assert probe(f"from importlib.util import find_spec; print(find_spec({name!r}))") == "None"


@pytest.mark.parametrize("name", ["gk", "groundkeeper"])
def test_both_commands_start_the_command_line(name):
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name=name)
    assert callable(entry.load())


def test_the_version_is_stated_once():
    assert probe("import groundkeeper; print(groundkeeper.__version__)") == PROJECT["version"]


def test_every_import_is_a_declared_requirement():
    """So that the core installs alone, and each extra brings what its modules import."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None, include_external_packages=True)
    distributions = importlib.metadata.packages_distributions()
    extras = {extra: names(needs) for extra, needs in PROJECT["optional-dependencies"].items()}
    undeclared = []
    for importer in sorted(
        module for module in graph.modules if not graph.is_module_squashed(module)
    ):
        allowed = names(PROJECT["dependencies"])
        for place, extra in BEHIND_AN_EXTRA.items():
            if importer == place or importer.startswith(f"{place}."):
                allowed = allowed | extras[extra]
        for imported in graph.find_modules_directly_imported_by(importer):
            top = imported.split(".")[0]
            if top in PACKAGES or top in sys.stdlib_module_names:
                continue
            if not names(distributions.get(top, [top])) & allowed:
                undeclared.append(f"{importer} imports {imported}")
    assert undeclared == []


def test_a_wheel_holds_the_code_and_its_data_and_nothing_else(tmp_path):
    for name in PACKAGES:
        copytree(ROOT / name, tmp_path / name, ignore=ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        copy(ROOT / name, tmp_path)
    build = "from setuptools.build_meta import build_wheel; build_wheel('.')"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", build], cwd=tmp_path, capture_output=True, check=True
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {
        path.relative_to(tmp_path).as_posix()
        for name in PACKAGES
        for path in (tmp_path / name).rglob("*")
        if path.is_file()
    }
    assert held == wanted


def test_the_probed_packages_are_these():
    assert {file_of(name).parent for name in PACKAGES} == {ROOT / name for name in PACKAGES}
