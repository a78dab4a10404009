"""docs/guidelines.md says what the code says, and its examples are guidelines."""

import importlib.util
import re

import pytest
from project import ROOT, Document

from groundkeeper import guideline_checks
from groundkeeper.core.lint import CHECKS
from groundkeeper.guideline_files import load

PAGE = Document.at("docs/guidelines.md")
CHECKED = (
    *(ROOT / "groundkeeper/core/lint").glob("*.py"),
    ROOT / "groundkeeper/guideline_checks.py",
)


@pytest.fixture(scope="module")
def script():
    path = ROOT / "scripts" / "guideline_docs.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_what_the_script_writes(script):
    assert script.with_tables(PAGE.text) == PAGE.text, "run: python scripts/guideline_docs.py"


def test_the_script_notices_a_table_that_was_edited(script):
    edited = PAGE.text.replace("| `set` |", "| `sett` |")
    assert script.with_tables(edited) == PAGE.text != edited


def test_every_block_of_the_language_has_a_table(script):
    named = re.findall(r"<!-- table: ([a-z-]+) -->", PAGE.text)
    assert len(named) == len(set(named))
    assert set(script.BLOCKS) < set(named)


@pytest.mark.parametrize("place", range(len(PAGE.blocks("yaml"))))
def test_an_example_is_a_guideline_in_which_lint_finds_no_mistake(place, tmp_path):
    path = tmp_path / "example.yaml"
    path.write_text(PAGE.blocks("yaml")[place], encoding="utf-8")
    found = guideline_checks.check(path)
    assert [one.as_line() for one in found if one.finding.severity != "note"] == []


def test_the_second_example_has_a_judged_decision(tmp_path):
    path = tmp_path / "example.yaml"
    path.write_text(PAGE.blocks("yaml")[1], encoding="utf-8")
    assert [decision.by for decision in load(path).decisions.values()] == ["judged"]


def test_every_check_is_described():
    text = "\n".join(path.read_text(encoding="utf-8") for path in CHECKED)
    used = set(re.findall(r'Finding\(\s*(?:"[a-z]+"|severity),\s*"([a-z-]+)"', text))
    assert used == set(CHECKS)
