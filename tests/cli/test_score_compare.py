"""``gk score compare``: a difference over one ground truth, and what moved a score over two."""

import json

import pytest
from builders import scored_repository as red
from typer.testing import CliRunner

from groundkeeper.cli import score
from groundkeeper.cli.application import application

APP = application()
score.register(APP)


def gk(root, *words):
    return CliRunner().invoke(APP, ["-C", str(root), "score", "compare", "red", *words])


@pytest.fixture
def root(two_snapshots):
    return two_snapshots


def test_over_one_ground_truth_the_difference_and_the_probability_are_told(root):
    shown = gk(root, "second", "first")
    lines = shown.stdout.splitlines()
    assert lines[0] == "red: f1 on 40 items, 40 groups"
    assert any(line.startswith("second less first: 0.200 [") for line in lines)
    (chance,) = (line for line in lines if line.startswith("probability that second beats first"))
    assert chance.endswith(": > 0.999"), "1,000 draws cannot tell it from 1"
    assert shown.stderr == ""


def test_nothing_differs_where_both_are_the_same(root):
    shown = gk(root, "first", "first", "--against", red.SECOND).stdout
    assert "first less first: 0.000\n" in shown
    assert "the same on both sides: the difference is 0, and there is no better one" in shown
    assert "probability" not in shown


def test_an_annotator_and_a_model_are_refused(root):
    refused = gk(root, "ada", "second")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: ada is an annotator and second a model")


def test_what_is_the_figure_of_items_that_are_one_thing_is_compared_too(root):
    document = json.loads(gk(root, "second", "first", "--measure", "cohen_kappa", "--json").stdout)
    assert document["difference"]["value"] > 0
    refused = gk(root, "second", "first", "--measure", "bbox_ap")
    assert "no measure that adds up over items 'bbox_ap'; there are: " in refused.stderr


def test_one_document_says_what_was_subtracted(root):
    document = json.loads(gk(root, "second", "first", "--json").stdout)
    assert (document["comparable"], document["apart"], document["moves"]) == (True, [], None)
    assert document["difference"]["value"] == pytest.approx(0.2)
    assert [one["value"] for one in document["scores"]] == [0.75, 0.55]


def test_an_annotator_over_two_ground_truths_is_refused(root):
    refused = gk(root, "ada", "second", "--at", red.FIRST, "--against", red.SECOND)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(
        "error: ada is an annotator, whose answers are part of the ground truth"
    )


@pytest.mark.slow
def test_over_two_ground_truths_the_effects_are_told(root):
    words = ("first", "second", "--at", red.FIRST, "--against", "now")
    shown = gk(root, *words)
    assert "not comparable: another content digest, guideline." in shown.stdout
    told = {cells[1].strip(): cells[2].split()[0] for cells in rows(shown.stdout)}
    assert told["the model"] == "0.200"
    assert told["the answers behind the ground truth"] == "-0.100"
    assert told["the guideline"] == "-0.150"
    assert told["together"] == "-0.050"
    assert "beyond what each does alone" not in shown.stdout, "nothing interacts"
    assert "now under 1.0.0: score@red" in shown.stderr
    document = json.loads(gk(root, *words, "--json").stdout)
    effects = {name: one["value"] for name, one in document["moves"]["effects"].items()}
    assert sum(effects.values()) == pytest.approx(document["moves"]["total"]["value"])


def rows(text):
    return [
        line.split("│")
        for line in text.splitlines()
        if line.startswith("│ ") and line.count("│") > 3
    ]
