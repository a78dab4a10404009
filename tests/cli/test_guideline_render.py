import json
import subprocess
import sys

import pytest
from project import ROOT
from typer.testing import CliRunner

from groundkeeper.cli import app

FILES = [
    "cvat-guide.md",
    "cvat-labels.json",
    "guideline.html",
    "guideline.md",
    "label-studio-instructions.html",
    "label-studio-project.json",
    "label-studio.xml",
]
NODULES = ROOT / "guidelines/lung-nodules/1.0.0.yaml"
TEXTS = """\
guideline: {set: tickets, version: 1.0.0, released: 2026-03-02, owners: [Ada], status: draft}
fields:
  topic: {type: enum, values: [bill, other], from: label, level: item, fuse: mode}
decisions:
  topic_kept: {by: judged, field: topic, outcomes: [bill, other]}
consensus: {experts: 3, quorum: 2, match: {by: item}, shape: none}
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Outside any repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tickets.yaml").write_text(TEXTS)
    return tmp_path


def gk(*words):
    return CliRunner().invoke(app, [*map(str, words)])


def test_outside_a_repository_a_path_is_rendered_for_everything(elsewhere):
    done = gk("guideline", "render", NODULES)
    folder = elsewhere / "guideline-lung-nodules-1.0.0"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert done.stdout.splitlines()[0] == "wrote guideline-lung-nodules-1.0.0/guideline.html"
    project = json.loads((folder / "label-studio-project.json").read_text())
    assert project["label_config"] == (folder / "label-studio.xml").read_text()
    assert project["expert_instruction"] == (folder / "label-studio-instructions.html").read_text()


def test_in_a_repository_a_version_is_named_by_its_set(elsewhere):
    done = gk("-C", ROOT, "guideline", "render", "lung-nodules@1.0.0", "--to", "cvat", "--json")
    assert json.loads(done.stdout) == [
        {"target": "cvat", "file": f"guideline-lung-nodules-1.0.0/{name}", "left_out": None}
        for name in ("cvat-labels.json", "cvat-guide.md")
    ]
    assert [path.name for path in elsewhere.glob("guideline*/*.html")] == []


def test_again_gives_the_same_bytes_and_leaves_other_files(elsewhere):
    words = ("guideline", "render", NODULES, "--out", "here")
    gk(*words)
    first = {path.name: path.read_bytes() for path in (elsewhere / "here").iterdir()}
    (elsewhere / "here" / "notes.txt").write_text("mine")
    assert gk(*words).exit_code == 0
    second = {path.name: path.read_bytes() for path in (elsewhere / "here").iterdir()}
    assert second == first | {"notes.txt": b"mine"}


def test_the_values_of_a_ranking_are_written_for_the_data_of_the_tasks(elsewhere):
    field = "  best: {type: ranking, values: [a, b], from: attribute, level: item, fuse: borda}\n"
    text = TEXTS.replace("decisions:", f"{field}decisions:")
    (elsewhere / "tickets.yaml").write_text(text)
    assert gk("guideline", "render", "tickets.yaml", "--out", "here").exit_code == 0
    data = json.loads((elsewhere / "here" / "label-studio-task-data.json").read_text())
    assert data == {"values_1": [{"id": "a", "title": "a"}, {"id": "b", "title": "b"}]}
    assert 'value="$values_1"' in (elsewhere / "here" / "label-studio.xml").read_text()
    assert not list((elsewhere / "here").glob("cvat*")), "CVAT cannot ask for an order"


def test_of_everything_what_a_tool_cannot_do_is_left_out_and_said(elsewhere):
    done = gk("guideline", "render", "tickets.yaml", "--media", "text", "--json")
    rows = json.loads(done.stdout)
    assert done.exit_code == 0
    (left_out,) = (row for row in rows if row["file"] is None)
    assert left_out["target"] == "cvat"
    assert "CVAT shows: image;" in left_out["left_out"]
    assert 'value="$text"' in (elsewhere / "guideline-tickets-1.0.0/label-studio.xml").read_text()
    assert not list(elsewhere.glob("guideline-tickets-1.0.0/cvat*"))


def test_of_one_tool_it_is_an_error_and_nothing_is_written(elsewhere):
    done = gk("guideline", "render", "tickets.yaml", "--media", "text", "--to", "cvat")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: tickets@1.0.0: found items that are shown as text")
    assert not list(elsewhere.glob("guideline-*"))


def test_a_path_needs_neither_frames_nor_an_orchestrator(elsewhere):
    code = (
        "import sys\nfrom groundkeeper.cli import app\n"
        "sys.argv = ['gk', 'guideline', 'render', 'tickets.yaml']\n"
        "try:\n    app()\nexcept SystemExit as done:\n    assert not done.code\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'dvc', 'prefect', 'great_expectations'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=elsewhere, check=True, capture_output=True, text=True
    )
    assert done.stderr.splitlines()[-1] == "[]"
