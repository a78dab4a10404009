"""``gk score show`` and ``history``: what a score rests on stands first, and one document is printed when asked for."""

import json
import shutil

import pandas as pd
import pytest
from builders import scored_repository as red
from typer.testing import CliRunner

from groundkeeper.cli import score
from groundkeeper.cli.application import application
from groundkeeper.scores.history import Entry, told_apart

APP = application()
score.register(APP)


def gk(root, *words):
    return CliRunner().invoke(APP, ["-C", str(root), "score", *map(str, words)])


@pytest.fixture
def root(two_snapshots):
    return two_snapshots


def test_what_the_scores_rest_on_stands_before_them(root):
    lines = gk(root, "show", "red").stdout.splitlines()
    assert lines[0] == f"red against {red.SECOND}, guideline 2.0.0"
    assert lines[1].startswith("ground truth ")
    assert lines[2].startswith("ada (human): 40 of 40 items scored (100% of the settled)")
    assert next(line for line in lines if "f1" in line) in lines[5:]


def test_figures_are_told_with_bounds_and_what_they_stand_on(root):
    table = gk(root, "show", "red", "first", "--at", red.FIRST).stdout
    (line,) = (line for line in table.splitlines() if " f1 " in line)
    assert [cell.strip() for cell in line.split("│")[1:-1]] == [
        "first", "f1", "-", "0.800", "0.800, 0.800", "40", "40", "40.0"
    ]  # fmt: skip


def test_one_document_has_the_basis_and_the_figures(root):
    document = json.loads(gk(root, "show", "red", "second", "--json").stdout)
    assert list(document) == [
        "set",
        "snapshot",
        "guideline",
        "content_digest",
        "subjects",
        "figures",
    ]
    assert [one["subject"] for one in document["subjects"]] == ["second"]
    assert {one["measure"]: one["value"] for one in document["figures"]} == {
        "f1": 0.75,
        "accuracy": 0.75,
    }


def test_figures_can_be_written_as_a_table(root, tmp_path):
    file = tmp_path / "scores.csv"
    shown = gk(root, "show", "red", "--csv", file)
    assert shown.stdout.splitlines()[-1] == f"wrote {file}"
    table = pd.read_csv(file)
    assert set(table["subject"]) == {"ada", "first", "second"}
    assert {"value", "low", "high", "n", "groups", "effective_n", "min", "max", "note"} <= set(
        table.columns
    )


def test_what_is_in_no_score_is_counted_with_the_reason(root, tmp_path):
    copy = shutil.copytree(root, tmp_path / "repository")
    red.take_in(copy, 5, "ada", {0: "1.5"}, origin="human")
    red.take_in(copy, 6, "first", {99: "long"}, origin="model")
    from groundkeeper import pipeline  # noqa: PLC0415 - DVC, which no other test here asks

    pipeline.reproduce(copy, ["decide@red", "score@red"])
    shown = gk(copy, "show", "red", "first").stdout
    assert "red against working tree, not released" in shown
    assert "1 items_open: not settled" in shown
    assert "1 items_not_in_gt: answered, and not in the ground truth" in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["show", "red", "thrid"],
            "no subject scored at the work tree 'thrid'; there are: ada, first, second",
        ),
        (["show", "red", "--at", "9"], f"no snapshot '9'; there are: {red.FIRST}, {red.SECOND}"),
        (
            ["history", "red", "first", "--measure", "f2"],
            "no measure of first 'f2'; there are: accuracy, f1",
        ),
    ],
)
def test_what_is_unknown_is_one_message(root, words, message):
    failed = gk(root, *words)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == f"error: {message}\n"


def test_an_unknown_set_is_refused_with_the_known_ones(root):
    assert gk(root, "show", "blue").stderr == "error: no set 'blue'; there are: red\n"
    assert gk(root, "history", "blue", "first").stderr == "error: no set 'blue'; there are: red\n"


def test_history_draws_a_line_where_scores_may_not_be_compared(root):
    lines = gk(root, "history", "red", "first").stdout.splitlines()
    places = [n for n, line in enumerate(lines) if "gt/red/" in line]
    between = lines[places[0] + 1 : places[1]]
    assert "not comparable" in " ".join(between)
    assert "0.800" in lines[places[0]]
    assert "0.550" in lines[places[1]]


def test_history_says_where_it_does_not_know_whether_scores_may_be_compared(root, monkeypatch):
    told = [Entry(f"gt/red/1.0.0/{n}", "", "1.0.0", "c", s) for n, s in enumerate(("s", None, "t"))]
    monkeypatch.setattr("groundkeeper.scores.history.history", lambda *_: told_apart(told))
    shown = gk(root, "history", "red", "first").stdout
    assert "unknown settings digest" in shown
    assert shown.index("unknown settings digest") < shown.index("another settings digest")


def test_history_is_a_list_when_asked_for(root):
    entries = json.loads(gk(root, "history", "red", "first", "--json").stdout)
    assert [(one["tag"], one["value"]) for one in entries] == [(red.FIRST, 0.8), (red.SECOND, 0.55)]
    assert entries[1]["apart"] == ["content_digest", "guideline"]


@pytest.mark.slow
def test_scores_taken_afresh_are_those_that_were_kept(root):
    kept = json.loads(gk(root, "show", "red", "--at", red.FIRST, "--json").stdout)
    afresh = gk(root, "show", "red", "--at", red.FIRST, "--afresh", "--json")
    assert json.loads(afresh.stdout) == kept
    assert "1.0.0/1 under 1.0.0: score@red" in afresh.stderr
