"""What a command imports before it works: the heavy libraries come only where they are needed."""

import json
import subprocess
import sys

import pytest
from project import ROOT

from stages.runner import STAGES

HEAVY = ("numpy", "pandas", "pyarrow", "shapely", "matplotlib", "scipy")
ORCHESTRATORS = ("dvc", "prefect")
VALIDATORS = ("great_expectations", "pandera")


def loaded_after(code, candidates, cwd=ROOT):
    """Those of the *candidates* that a fresh interpreter has imported after *code*."""
    probe = f"{code}\nimport json, sys\nprint(json.dumps([m for m in {candidates} if m in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=cwd, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def command(*words):
    """Code that runs ``gk`` with these words and survives its exit."""
    return (
        f"import sys; sys.argv = ['gk', *{list(words)}]\n"
        "from groundkeeper.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code, done.code"
    )


@pytest.mark.parametrize("words", [["--help"], ["refresh", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(words):
    assert loaded_after(command(*words), HEAVY + ORCHESTRATORS + VALIDATORS) == []


@pytest.mark.parametrize("words", [["log"], ["status", "--fast"]], ids=" ".join)
def test_what_is_read_from_git_imports_nothing_heavy(words, built):
    assert loaded_after(command(*words), HEAVY + ORCHESTRATORS + VALIDATORS, built) == []


def test_status_imports_no_frames(built):
    candidates = ("numpy", "pandas", "pyarrow", "prefect", *VALIDATORS)
    assert loaded_after(command("status"), candidates, built) == []


def test_only_validate_pays_for_the_validators():
    others = [name for name in STAGES if name != "validate"]
    code = "\n".join(f"import stages.{name}" for name in others)
    assert loaded_after(code, ORCHESTRATORS + VALIDATORS) == []


def test_no_stage_imports_an_orchestrator():
    assert loaded_after("import stages.validate, stages.__main__", ORCHESTRATORS) == []


def test_the_probe_sees_what_is_imported():
    assert loaded_after("import numpy", HEAVY) == ["numpy"]
