"""Two scores over one ground truth are subtracted; over two, what moved the score is told apart on a bridge."""

import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
import repositories
from builders import scored_repository as red
from builders.versioned_repository import left_behind, of_the_user
from repositories import git

from groundkeeper import refresh
from groundkeeper.core.estimates import Resampling
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.pipeline import State
from groundkeeper.scores.cells import contender_of
from groundkeeper.scores.comparing import compare
from groundkeeper.scores.grounds import WITHOUT_THEM, ground, resampling
from groundkeeper.scores.measuring import measured_at
from groundkeeper.scores.place import place
from groundkeeper.scores.rebuilding import again

HOW = Resampling(rounds=200, seed=1, confidence=0.95)
pytestmark = pytest.mark.slow  # ground truths are built in a second work tree


@pytest.fixture
def root(two_snapshots, tmp_path):
    return shutil.copytree(two_snapshots, tmp_path / "repository")


def compared(
    root,
    first,
    second,
    at=(red.FIRST, red.SECOND),
    measure="f1",
    label=None,
    on_stage=lambda _: None,
):
    one, other = (
        contender_of(root, "red", subject, tag)
        for subject, tag in zip((first, second), at, strict=True)
    )
    found = ground(one, other, on_stage)
    return compare(found, "red", measured_at([one.place, other.place], measure, label), HOW)


@pytest.fixture(scope="module")
def split(two_snapshots):
    """The repository before and after, what was built, and the comparison of two models at two snapshots."""
    before, events = of_the_user(two_snapshots), []
    found = compared(two_snapshots, "first", "second", on_stage=events.append)
    return before, events, found


def values(estimates):
    return {name: round(one.value, 9) for name, one in estimates.items()}


def test_effects_are_those_that_were_made_and_add_up_to_the_difference(split):
    parts = split[2].moves.split
    n = red.ITEMS
    assert values(parts.effects) == {
        "model": len(red.IMPROVED) / n,
        "gt": -len(red.CORRECTED) / n,
        "guideline": -len(red.MOVED) / n,
    }
    assert sum(values(parts.effects).values()) == pytest.approx(parts.total.value)
    assert parts.total.value == pytest.approx(30 / 40 - 32 / 40)
    assert set(values(parts.interactions).values()) == {0.0}
    assert [one.value for one in split[2].scores] == [32 / 40, 30 / 40]


def test_every_effect_has_an_interval_of_the_same_groups(split):
    parts = split[2].moves.split
    for one in (parts.total, *parts.effects.values()):
        assert one.low < one.value < one.high
        assert one.groups == red.ITEMS


def test_two_scores_over_two_ground_truths_are_not_subtracted(split):
    document = split[2].as_json()
    assert (document["comparable"], document["difference"]) == (False, None)
    assert document["apart"] == ["content_digest", "guideline"]
    assert document["bridge"]["items"] == red.ITEMS
    assert [one["at"] for one in document["scores"]] == [red.FIRST, red.SECOND]
    scores = {tuple(one.values())[:3]: round(one["score"], 9) for one in document["moves"]["cells"]}
    assert scores["old", "old", "old"] == 0.8
    assert scores["new", "new", "new"] == 0.75
    assert scores["old", "old", "new"] == 0.65
    assert scores["new", "new", "old"] == 0.9


def test_nothing_of_the_user_is_touched_and_nothing_left_behind(split, two_snapshots):
    assert of_the_user(two_snapshots) == split[0]
    assert left_behind(two_snapshots) == []


def test_what_is_built_is_told(split):
    told = [event.stage for event in split[1] if event.state is State.STARTED]
    assert {stage.partition(":")[0] for stage in told} == {
        f"{answers} under {guideline}"
        for answers in ("1.0.0/1", "2.0.0/1")
        for guideline in ("1.0.0", "2.0.0")
    }


def test_the_same_is_not_built_twice(two_snapshots, split):
    events = []
    again_ = compared(two_snapshots, "first", "second", on_stage=events.append)
    assert not [event for event in events if event.state is State.RAN]
    assert again_.as_json() == split[2].as_json()


def test_over_one_ground_truth_two_are_subtracted_and_nothing_is_built(two_snapshots):
    events = []
    found = compared(
        two_snapshots, "first", "second", (red.SECOND, red.SECOND), on_stage=events.append
    )
    assert (found.moves, events) == (None, [])
    assert found.pair.difference.value == pytest.approx(-8 / 40)
    assert found.pair.difference.high < 0
    assert found.pair.beats.both.probability < 0.01


def test_whoever_is_compared_with_themselves_is_not_apart(two_snapshots):
    found = compared(two_snapshots, "first", "first", ("now", red.SECOND))
    assert (found.pair.difference.value, found.pair.difference.note) == (0, "the same")
    assert np.isnan([found.pair.difference.low, found.pair.beats.both.probability]).all()


def test_a_model_at_two_snapshots_has_no_effect_of_its_own(two_snapshots):
    parts = compared(two_snapshots, "first", "first").moves.split
    assert values(parts.effects) == {"model": 0, "gt": -0.1, "guideline": -0.15}
    of_it = [parts.effects["model"], *(e for n, e in parts.interactions.items() if "model" in n)]
    assert [(one.value, one.note, np.isnan(one.low)) for one in of_it] == [
        (0, "the same", True)
    ] * 4
    assert parts.effects["gt"].low < -0.1 < parts.effects["gt"].high


def test_predictions_are_those_of_the_snapshot_they_are_named_with(root):
    red.take_in(root, 5, "first", red.words(), origin="model")
    red.take_in(root, 6, "ada", {20: 9}, origin="human")
    refresh.run(root).require_success()
    parts = compared(root, "first", "first", (red.SECOND, "2.0.0/2")).moves.split
    assert parts.effects["model"].value == pytest.approx(len(red.IMPROVED) / red.ITEMS)
    assert (parts.effects["guideline"].value, parts.same) == (0, ("guideline",))


def test_an_annotator_and_a_model_are_not_compared(two_snapshots):
    said = "ada is an annotator and first a model: an annotator is scored against the ground truth that the others make"
    for two in (("ada", "first"), ("first", "ada")):
        with pytest.raises(RefusedError, match=said):
            compared(two_snapshots, *two, (red.FIRST, red.FIRST))


def test_annotators_are_compared_over_one_ground_truth_alone_and_it_is_said_what_each_is_held_against(
    root,
):
    red.take_in(root, 5, "bob", red.lengths(), origin="human")
    refresh.run(root).require_success()
    assert WITHOUT_THEM in compared(root, "ada", "bob", ("now", "now")).ground.notes
    assert not compared(root, "ada", "ada", ("now", "now")).ground.notes
    with pytest.raises(
        RefusedError, match="ada is an annotator, whose answers are part of the ground truth"
    ):
        compared(root, "ada", "second", (red.FIRST, red.SECOND))


def test_a_model_that_was_not_scored_at_a_snapshot_is_refused_before_anything_is_built(
    two_snapshots,
):
    events = []
    with pytest.raises(
        UnknownNameError, match=rf"no subject scored at {red.FIRST} 'third'; there are: ada, first"
    ):
        compared(two_snapshots, "third", "first", on_stage=events.append)
    assert events == []


def test_a_model_that_came_after_a_snapshot_is_held_against_it_by_what_it_predicts_now(
    two_snapshots,
):
    found = compared(two_snapshots, "second", "second")
    assert found.moves.split.same == ("model",)
    assert any(
        "second at gt/red/1.0.0/1: nothing of it was there yet" in n for n in found.ground.notes
    )


def test_an_unknown_measure_and_an_unknown_class_are_refused(two_snapshots):
    with pytest.raises(
        UnknownNameError, match=r"no measure that adds up over items 'f2'; there are: .*\bf1\b"
    ):
        compared(two_snapshots, "first", "second", (red.SECOND, red.SECOND), measure="f2")
    with pytest.raises(UnknownNameError, match=r"no class 'lung'; there are: long, short"):
        compared(two_snapshots, "first", "second", (red.SECOND, red.SECOND), label="lung")


def test_without_an_item_in_common_nothing_is_compared(root):
    red.take_in(root, 5, "third", {90: "long"}, origin="model")
    red.take_in(root, 6, "ada", {90: "9"}, origin="human")
    refresh.run(root).require_success()
    with pytest.raises(
        RefusedError, match=r"no item is left by which they could be compared \(.*third"
    ):
        compared(root, "first", "third", ("now", "now"))


def test_items_that_are_open_in_a_hybrid_alone_fall_out_and_bound_the_effects(root):
    # 6.25 is settled under the first guideline and pending under the second, until somebody says 9.
    red.put_in_force(root, "1.0.0")
    red.take_in(root, 5, "ada", {30: "6.25"}, origin="human")
    refresh.run(root).require_success()
    red.put_in_force(root, "2.0.0")
    red.take_in(root, 6, "ada", {30: "9"}, origin="human")
    refresh.run(root).require_success()
    found = compared(root, "first", "second", ("1.0.0/2", "2.0.0/2"))
    assert found.ground.bridge.left_out["open in a hybrid alone"] == 1
    assert len(found.ground.bridge.items) == red.ITEMS - 1


def test_a_hybrid_that_cannot_be_built_is_missing_and_what_it_would_tell_apart_is_said(root):
    text = (root / "make.py").read_text()
    refused = 'if long_from == 5 and "11" in people.values():\n    sys.exit("error: refused")\n'
    (root / "make.py").write_text(
        text.replace("# A half is pending", f"{refused}\n# A half is pending")
    )
    git(root, "commit", "-qam", "refuses")
    red.take_in(root, 5, "ada", {38: "11"}, origin="human")
    refresh.run(root).require_success()
    found = compared(root, "first", "second", (red.FIRST, "2.0.0/2"))
    assert any("cannot be decided under 1.0.0" in note for note in found.ground.notes)
    parts = found.moves.split
    assert parts.joint
    assert sum(one.value for one in parts.joint.values()) == pytest.approx(parts.total.value)


def test_a_ground_truth_that_other_code_makes_otherwise_is_noted(root):
    text = (root / "make.py").read_text()
    (root / "make.py").write_text(text.replace('endswith(".5")', 'endswith("9")'))
    git(root, "commit", "-qam", "another status")
    with again(place(root, "red", red.FIRST), lambda _: None) as built:
        (note,) = built.notes
    assert note.startswith(f"{red.FIRST}: built again it is not what was released")


def test_scores_are_taken_afresh_where_older_code_kept_none(tmp_path):
    root = red.scored(tmp_path / "repository", tables=("measures",))
    red.take_in(root, 1, "ada", red.lengths(), origin="human")
    red.take_in(root, 2, "first", red.words(red.IMPROVED), origin="model")
    red.take_in(root, 3, "second", red.words(), origin="model")
    refresh.run(root).require_success()
    text = (root / "dvc.yaml").read_text()
    outs = ", ".join(f"data/score/red/{table}.parquet" for table in red.SCORED)
    (root / "dvc.yaml").write_text(text.replace("data/score/red/measures.parquet", outs))
    found = compared(root, "first", "second", (red.FIRST, red.FIRST))
    assert found.pair.difference.value == pytest.approx(-0.2)


def test_killed_at_work_it_leaves_nothing_that_the_next_one_does_not_remove(root, tmp_path):
    (root / "make.py").write_text((root / "make.py").read_text() + "# so that it is built again\n")
    git(root, "commit", "-qam", "a remark")
    pause = tmp_path / "pause"
    pause.touch()
    words = [
        "score",
        "compare",
        "red",
        "first",
        "second",
        "--at",
        red.FIRST,
        "--against",
        red.SECOND,
    ]
    program = (
        "from groundkeeper.cli import score; from groundkeeper.cli.application import application; "
        "app = application(); score.register(app); app()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "-C", str(root), *words],
        env={**os.environ, "PAUSE_SCORING": str(pause)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not pause.with_suffix(".reached").exists() and process.poll() is None:
            time.sleep(0.05)
        assert process.poll() is None
        process.kill()
    pause.unlink()
    assert left_behind(root) != []
    before = repositories.refs(root)
    compared(root, "first", "second")
    assert (left_behind(root), repositories.refs(root)) == ([], before)


def test_intervals_are_made_as_the_stage_that_scores_makes_them(two_snapshots):
    assert resampling(two_snapshots, "red") == Resampling(rounds=1000, seed=0, confidence=0.95)
