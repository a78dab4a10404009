"""``gk adjudicate``: what a case shows, what a ruling is refused for, and what else counts or shows verdicts."""

import json
import shutil
from unittest.mock import patch

import pytest
from builders import small_repository
from builders.open_cases import (
    AGAIN,
    SET,
    WHY,
    batches_of,
    case_with,
    gk,
    refused,
    stating,
    table,
    told,
)

from groundkeeper import pipeline
from groundkeeper.cli import output
from groundkeeper.errors import PipelineError
from groundkeeper.standing import Standing
from schemas.names import ANSWERS, CHECKS, ITEMS
from stages.runner import execute


@pytest.fixture
def root(open_ones, tmp_path):
    return shutil.copytree(open_ones, tmp_path / "repository", symlinks=True)


def checked(root):
    """Return the check of the answers, once all stages up to ``validate`` ran."""
    for stage in (*AGAIN, "agreement"):
        execute(stage, SET, root)
    execute("validate", SET, root)
    checks = table(root, "validate", CHECKS).set_index("check")
    return checks.loc["answers: one per item, annotator, round and era"]


@pytest.mark.slow
def test_verdicts_on_one_item_and_a_reversal_do_not_stop_the_release(root):
    case = case_with(root)
    first = told(root, "decide", SET, case["record"], "--verdict", "A", *WHY)
    assert first["verdict"] == "A"
    (one,) = [row for row in told(root, "list", SET) if row["state"] == "decided"]
    again = ("--reverses", one["verdict_id"], *WHY)
    told(root, "decide", SET, case["record"], "--verdict", "B", *again)
    assert checked(root)["passed"]


def test_a_decided_case_shows_who_said_what_and_how_it_is_reversed(root):
    case = case_with(root)
    told(root, "decide", SET, case["record"], "--verdict", "B", *WHY)
    shown = told(root, "next", SET, case["record"], "--picture", root / "case.svg")
    (said,) = shown["verdicts"]
    assert (said["letter"], said["adjudicator"], said["rationale"]) == ("B", *WHY[1::2])
    words = gk(root, "next", SET, case["record"], "--picture", root / "case.svg").stdout
    assert f"verdict {said['verdict_id']}: B by eve at {said['decided_at']}" in words
    assert f"--rationale TEXT --reverses {said['verdict_id']}" in words


def test_a_case_shows_what_is_measured_what_each_position_leads_to_and_what_is_released(root):
    (name,) = (
        one["record"]
        for one in told(root, "list", SET)
        if one["item"].endswith("41") or one["reason"] == "borderline"
    )
    case = told(root, "next", SET, name, "--picture", root / "case.svg")
    low, high = sorted(one["measured"]["diameter_mm"] for one in case["positions"])
    assert low < 30 <= high
    (name,) = case["now"]["disputed"]
    assert len({one["decisions"][name] for one in case["positions"]}) == 2
    assert case["guideline"] == small_repository.VERSION
    words = gk(root, "next", SET, case["record"], "--picture", root / "case.svg").stdout
    assert f"now {case['now']['status']}: " in words
    assert f"-> {name}" in words


def test_a_picture_overwrites_nothing_but_pictures(root):
    kept = root / "params.yaml"
    before = kept.read_bytes()
    done = gk(root, "next", SET, "--picture", kept)
    assert done.exit_code == 2
    assert "allowed is .svg" in done.stderr
    assert kept.read_bytes() == before


def written(root, text):
    path = root / "own.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_messages_about_a_ruling_name_what_was_typed(root):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    start = ("decide", SET, case["record"], "--verdict")
    part = {"frame": 1, "bbox": [10, 10, 20, 1000]}
    expected = {
        (*start, "A", "--by", " ", "--rationale", "Why."): "--by says nothing",
        (*start, "A", "--by", "eve", "--rationale", ""): "--rationale says nothing",
    }
    for text, message in {
        "{": "own.json: not JSON",
        '{"parts": [], "colour": 1}': "own.json: ",
        '{"parts": [{"frame": 1, "circle": [1]}]}': "one of bbox, ellipse, polygon, rle, polyline",
        json.dumps({"parts": [part]}): "found y from 10 to 1010; allowed is 0 to 512 px of item",
    }.items():
        words = (*start, "neither", "--shape", str(written(root, text)), *WHY)
        assert message in refused(root, *words), text
    words = (*start, "neither", "--shape", str(root / "no.json"), *WHY)
    said = refused(root, *words)
    assert "no.json: no such file" in said
    assert "dvc" not in said
    for words, message in expected.items():
        said = refused(root, *words)
        assert message in said
        assert "verdict-" not in said


def test_a_box_of_ones_own_holds_as_it_is_stated(root):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    file = written(root, '{"parts": [{"frame": 1, "bbox": [10, 10, 20, 30]}]}')
    words = ("--verdict", "neither", "--shape", file, *stating(case, malignancy=5), *WHY)
    said = told(root, "decide", SET, case["record"], *words)
    assert said["kind"] == "bbox"


def test_an_expert_is_known_in_any_spelling(root):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    items = table(root, "items", ITEMS)
    item_id = items.set_index("item_key")["item_id"][case["item"]]
    answers = table(root, "ingest", ANSWERS)
    expert = answers.loc[answers["item_id"] == item_id, "annotator"].iloc[0]
    own = ("--by", f" {expert.upper()} ", "--rationale", "Mine was right.")
    message = refused(root, "decide", SET, case["record"], "--verdict", "A", *own)
    assert f"spelled {expert}, among the experts" in message


def test_where_another_process_holds_the_repository_nothing_stands_in_the_inbox(root, monkeypatch):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    before = batches_of(root)

    def busy(*_):
        message = "another process works in this repository; nothing was done"
        raise PipelineError(message)

    monkeypatch.setattr(pipeline, "add", busy)
    done = gk(root, "decide", SET, case["record"], "--verdict", "A", *WHY)
    assert done.exit_code == 1
    assert batches_of(root) == before
    (one,) = [one for one in told(root, "list", SET) if one["record"] == case["record"]]
    assert one["state"] == "open"


def test_the_status_adds_up_and_counts_the_retired_apart():
    counts = {"agreed": 3, "pending": 2, "retired": 1}
    with patch.object(Standing, "by_status", counts):
        shown = output._lines(Standing(SET, "1.0.0", None, None, None))
    assert shown["records by status"] == "3 agreed, 2 pending; apart from these 1 retired"
