"""``gk guideline diff``: the contract of its JSON, what people see, and where it works."""

import json
import subprocess
import sys

import pytest
from builders.change_examples import NEXT
from ruamel.yaml import YAML
from strategies.guideline_documents import document
from typer.testing import CliRunner

from groundkeeper.cli import app

SMALL = "decisions/include/rules/0"


@pytest.fixture
def compared(tmp_path, monkeypatch):
    """Compare the document with itself changed, as two files outside of any repository."""
    monkeypatch.chdir(tmp_path)

    def run(new, *options, version="1.2.0"):
        for name, changes in (
            ("old.yaml", {}),
            ("new.yaml", {**NEXT, "guideline/version": version, **new}),
        ):
            with (tmp_path / name).open("w", encoding="utf-8") as file:
                YAML(typ="safe").dump(document(changes), file)
        done = CliRunner().invoke(app, ["guideline", "diff", "old.yaml", "new.yaml", *options])
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_json_has_the_fields_of_its_contract(compared):
    found = json.loads(compared({f"{SMALL}/when": "size_px < 10 and night"}, "--json"))
    assert (found["set"], found["old"], found["new"]) == ("street", "1.1.0", "1.2.0")
    assert (found["level"], found["declared"], found["sufficient"]) == ("major", "minor", False)
    (change,) = found["changes"]
    assert change["decision"] == "include"
    assert change["rule_ids"] == ["inc.small"]
    assert (change["old"], change["new"]) == ("annotate", "skip")
    assert change["witness"]["fields"] == {"night": True, "size_px": 9}
    assert (
        change["witness"]["text"]
        == "a vehicle with a size of 9 px and night: annotate becomes skip"
    )
    assert [other["where"] for other in found["other_changes"]] == [
        "decisions.include.rules.inc.small"
    ]
    assert found["prose"] == []
    assert found["rules"] == {"total": 2, "evaluated": 1, "share": 0.5}


def test_the_first_line_says_that_the_declared_level_is_too_low(compared):
    first, *rest = compared({f"{SMALL}/when": "size_px < 10 and night"}).splitlines()
    assert first == (
        "street 1.1.0 to 1.2.0: COMPUTED LEVEL MAJOR, DECLARED ONLY MINOR. Call it 2.0.0, or more."
    )
    assert any("a vehicle with a size of 9 px and night" in line for line in rest)


def test_the_first_line_says_that_the_declared_level_is_enough(compared):
    shown = compared({"scoring/match_iou": 0.6}, version="2.0.0").splitlines()
    assert shown[0] == "street 1.1.0 to 2.0.0: computed level major, declared major: enough."
    assert "No outcome moves." in shown
    assert shown[-1].startswith("A machine can evaluate 1 of the 2 rules")


def test_a_long_list_of_moves_is_cut_and_the_rest_counted(compared):
    anew = [{"id": f"n{n}", "when": f"agreeing == {n}", "then": "skip"} for n in range(25)]
    moving = json.loads(compared({"decisions/include/rules": anew}, "--json"))["changes"]
    shown = compared({"decisions/include/rules": anew})
    assert f"and {len(moving) - 20} more; --json has all" in shown


def test_what_people_wrote_is_shown_as_it_is(compared):
    values = ["[red]car", "van|<b>*x*</b>"]
    judged = {"decisions/class/outcomes": ["a", "b"], "decisions/class/field": "chosen"}
    chosen = {"type": "enum", "values": ["a", "b"], "from": "label", "fuse": "mode"}
    new = {"fields/chosen": chosen, "fields/kind/values": values, **judged}
    assert "[red]car" in compared(new)
    assert r"\[red\]car" in compared(new, "--markdown")
    assert "<b>" not in compared(new, "--markdown")


def test_markdown_of_one_comparison_is_the_same_twice(compared):
    new = {f"{SMALL}/when": "size_px < 10 and night", "prose/0/text": "Find wheels."}
    first, second = compared(new, "--markdown"), compared(new, "--markdown")
    assert first == second
    assert "> [!CAUTION]" in first
    assert (
        "| inc.small | a vehicle with a size of 9 px and night: annotate becomes skip | major |"
        in first
    )
    assert "| purpose | nothing is claimed |" in first


def test_a_file_that_is_not_there_is_one_message(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["guideline", "diff", "a.yaml", "b.yaml"])
    assert done.exit_code == 1
    assert "a.yaml" in done.stderr


def test_two_files_are_compared_without_what_runs_pipelines(compared, tmp_path):
    compared({"scoring/match_iou": 0.6})
    probe = (
        "import sys; sys.argv = ['gk', 'guideline', 'diff', 'old.yaml', 'new.yaml', '--json']\n"
        "from groundkeeper.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        "heavy = {'dvc', 'prefect', 'great_expectations', 'pandera', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, check=True, capture_output=True)
