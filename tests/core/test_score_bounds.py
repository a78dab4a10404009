"""The final score is within its bounds, whatever open records turn out to be; tried against a matcher of its own."""

import itertools
import math

import numpy as np
import pytest
from builders.open_world import CLASSES, LEAST, SETTINGS, World, near, outcomes, side
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.scoring.bounds.label_sets import LabelSets
from groundkeeper.core.scoring.bounds.object_bounds import bounds_table, object_bounds
from groundkeeper.core.scoring.bounds.still_open import still_open
from groundkeeper.core.scoring.bounds.unsettled import Scene, Sides, Unsettled
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.errors import TableError

SLACK = 1e-12
EXACT = ("accuracy", "precision", "recall", "f1", "items_without_error")


def by_engine(world, unit, labels, ignored, alike):
    """The final figures, as the product computes them."""
    rows = outcomes(world, unit, labels, ignored, alike)
    figures = {}
    for each in object_figures(rows, "ada"):
        if each.statistic is not None:
            value = each.statistic(each.contributions.sum(axis=0)[None])[0]
            figures[each.measure, each.subject.removeprefix("ada").removeprefix("/")] = value
    return figures


def best(alike, rows, columns):
    """The matching of the largest sum, by trying all."""
    found = [(0.0, ())]
    for row in rows:
        grown = []
        for total, pairs in found:
            used = {column for _, column in pairs}
            grown.append((total, pairs))
            grown += [
                (total + alike[row, column], (*pairs, (row, column)))
                for column in columns
                if column not in used and alike[row, column] >= LEAST
            ]
        found = grown
    return max(found)[1]


def by_hand(world, unit, labels, ignored, alike):
    """The final accuracy, precision, recall and F1, counted one by one."""
    correct = mismatch = missing = extra = empty = right_units = units = 0
    for one in range(world.units):
        rows = [r for r, u in enumerate(unit) if u == one and not ignored[r]]
        lost = [r for r, u in enumerate(unit) if u == one and ignored[r]]
        columns = [c for c, u in enumerate(world.said) if u == one]
        pairs = best(alike, rows, columns)
        left = [c for c in columns if c not in {column for _, column in pairs}]
        gone = {column for _, column in best(alike, lost, left)}
        before, wrong = correct, mismatch + missing + extra
        for row, column in pairs:
            right = labels[row] == world.said_labels[column]
            correct, mismatch = correct + right, mismatch + (not right)
        missing += len(rows) - len(pairs)
        for column in left:
            only = any(alike[r, column] > 0 for r in lost) and not any(
                alike[r, column] > 0 for r in rows
            )
            extra += not (world.said_ignored[column] or column in gone or only)
        is_wrong = mismatch + missing + extra > wrong
        is_empty = not rows and not columns
        empty += is_empty
        right_units += not is_wrong and (correct > before or is_empty)
        units += is_wrong or correct > before or is_empty
    every = correct + mismatch + missing + extra + empty
    sums = {
        "accuracy": (correct + empty, every),
        "precision": (correct, correct + mismatch + extra),
        "recall": (correct, correct + mismatch + missing),
        "f1": (2 * correct, 2 * (correct + mismatch) + extra + missing),
        "items_without_error": (right_units, units),
    }
    return {(name, ""): part / whole if whole else np.nan for name, (part, whole) in sums.items()}


def require_within(bounds, figures):
    for name, value in figures.items():
        if math.isnan(value):
            continue
        bound = bounds[name]
        assert bound.low - SLACK <= value <= bound.high + SLACK, (name, value, bound)


def named(world):
    return {(bound.measure, bound.label): bound for bound in world.bounds()}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.booleans())
def test_whatever_comes_out_the_final_score_is_within_its_bounds(seed, ignorable, redrawn, ties):
    rng = np.random.default_rng(seed)
    world = World(rng, ignorable=ignorable, redrawn=redrawn, ties=ties)
    bounds = named(world)
    for _ in range(3):
        choice = [
            what[rng.integers(len(what))] for what in map(world.options, range(len(world.truth)))
        ]
        came_out = world.settled(choice, rng)
        require_within(bounds, by_engine(world, *came_out))
        if not ties:
            require_within(bounds, by_hand(world, *came_out))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_exact_bounds_are_the_smallest_and_the_largest_of_all_that_can_come_out(seed, ignorable):
    rng = np.random.default_rng(seed)
    world = World(rng, units=2, most=2, ignorable=ignorable, ties=False)
    every = [
        by_hand(world, *world.settled(choice, rng))
        for choice in itertools.product(*map(world.options, range(len(world.truth))))
    ]
    for bound in world.bounds():
        if bound.exact and not bound.label and bound.measure in EXACT:
            values = [figures[bound.measure, ""] for figures in every]
            defined = [value for value in values if not math.isnan(value)]
            if not defined:
                assert math.isnan(bound.low)
                continue
            assert bound.low == min(defined)
            assert bound.high == max(defined)


def test_where_nothing_is_open_the_bounds_are_the_score():
    world = World(np.random.default_rng(5), share=0)
    figures = by_engine(world, world.truth, world.labels, world.ignored, world.alike)
    for bound in world.bounds():
        assert bound.exact
        assert bound.note == ("undefined" if math.isnan(bound.low) else "")
        if (bound.measure, bound.label) in figures:
            value = figures[bound.measure, bound.label]
            ends = [bound.low, bound.high, bound.score]
            np.testing.assert_allclose(ends, [value] * 3, rtol=1e-12)


def test_an_object_that_is_open_can_change_who_its_neighbours_are_matched_with():
    # Without the second record the first one takes 1; with it, 0 and 1 are taken by both, labels swapped.
    truth = side([0, 0], [0, 1], [False, False])
    said = side([0, 0], [0, 1], [False, False])
    alike = np.array([[0.6, 0.7], [0.0, 0.9]])
    scene = Scene(1, CLASSES, np.ones(2, bool), np.zeros(1, np.int64))
    unsettled = Unsettled.anything(np.array([False, True]), 3)
    found = object_bounds(truth, said, near(alike), SETTINGS, unsettled, scene)
    bounds = {bound.measure: bound for bound in found if not bound.label}
    assert (bounds["f1"].low, bounds["f1"].high) == (0, 1)
    assert (bounds["precision"].low, bounds["recall"].low) == (0, 0)
    assert bounds["f1"].exact
    assert bounds["f1"].components == 1


def test_what_may_come_to_light_can_be_anything_up_to_the_number_that_is_stated():
    one = side([0], [0], [False])
    alike = np.array([[0.9]])
    settled = Unsettled.anything(np.zeros(1, bool), 3)
    widths = []
    for most in (0, 1, 2):
        scene = Scene(2, CLASSES, np.ones(1, bool), np.array([0, most]))
        found = object_bounds(one, one, near(alike), SETTINGS, settled, scene)
        bounds = {bound.measure: bound for bound in found if not bound.label}
        widths.append((bounds["recall"].low, bounds["recall"].high, bounds["accuracy"].high))
    assert widths == [(1, 1, 1), (1 / 2, 1, 1), (1 / 3, 1, 1)]


def test_a_crowd_of_open_objects_has_bounds_that_are_wide_and_hold():
    rng = np.random.default_rng(11)
    world = World(rng, units=1, most=3, share=1.0, redrawn=True)
    world.truth, world.said = [0] * 9, [0] * 9
    world.labels, world.said_labels = rng.integers(0, 3, 9), rng.integers(0, 3, 9)
    world.ignored = world.said_ignored = np.zeros(9, bool)
    world.open = world.vanish = np.ones(9, bool)
    world.may_be, world.may_be_ignored = np.ones((9, 3), bool), np.zeros(9, bool)
    world.redrawn = np.arange(9) < 4
    world.alike = rng.uniform(0.3, 1.0, (9, 9))
    bounds = named(world)
    assert not bounds["f1", ""].exact
    for _ in range(12):
        choice = [
            what[rng.integers(len(what))] for what in map(world.options, range(len(world.truth)))
        ]
        require_within(bounds, by_engine(world, *world.settled(choice, rng)))


def test_the_table_has_one_row_for_each_measure_and_class():
    table = bounds_table("ada", World(np.random.default_rng(3)).bounds(), items_open=2)
    assert not table.duplicated(["measure", "subject"]).any()
    assert {"ada", "ada/cat"} <= set(table["subject"])
    assert set(table["items_open"]) == {2}


def test_an_open_object_that_can_be_nothing_at_all_is_refused():
    no, yes = np.zeros(1, bool), np.ones(1, bool)
    with pytest.raises(TableError, match="can turn out to be nothing at all"):
        Unsettled(yes, no, no, np.zeros((1, 3), bool), no)


def in_full(sets, number, _):
    """Every class of a set by itself."""
    return tuple(np.flatnonzero(sets.among[number]).tolist())


@pytest.mark.parametrize("seed", range(40))
def test_classes_taken_together_have_the_bounds_that_each_by_itself_has(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    flags = {name: bool(rng.random() < 0.5) for name in ("ignorable", "redrawn", "ties")}
    world = World(rng, classes=7, share=0.7, **flags)
    together = world.bounds()
    monkeypatch.setattr(LabelSets, "codes", in_full)
    apart = world.bounds()
    assert [(one.measure, one.label) for one in together] == [(o.measure, o.label) for o in apart]
    for one, other in zip(together, apart, strict=True):
        assert (one.exact, one.note) == (other.exact, other.note)
        ends = [(each.low, each.high, each.score) for each in (one, other)]
        np.testing.assert_allclose(*ends, rtol=0, atol=1e-12)


def test_what_an_open_object_may_be_takes_as_many_rows_however_many_classes_there_are():
    rows = set()
    for classes in (10, 1000):
        one = side([0], [0], [False])
        near_by = near(np.array([[0.9]]))
        scene = Scene(1, tuple(map(str, range(classes))), np.ones(1, bool), np.zeros(1, np.int64))
        unsettled = Unsettled.anything(np.ones(1, bool), classes)
        rows.add(len(still_open(Sides(one, one, near_by), SETTINGS, unsettled, scene).rows))
    assert len(rows) == 1


def test_a_class_that_is_only_among_what_is_excluded_has_bounds_of_its_accuracy():
    truth, said = side([0, 0], [0, 1], [False, True]), side([0, 0], [0, 2], [False, False])
    alike = np.array([[0.9, 0.0], [0.0, 0.9]])
    scene = Scene(1, CLASSES, np.ones(2, bool), np.zeros(1, np.int64))
    unsettled = Unsettled.anything(np.zeros(2, bool), 3)
    found = object_bounds(truth, said, near(alike), SETTINGS, unsettled, scene)
    of_class = {one.label: one for one in found if one.measure == "accuracy" and one.label}
    assert {name: (one.low, one.high) for name, one in of_class.items()} == dict.fromkeys(
        CLASSES, (1, 1)
    )


def test_how_much_nobody_can_judge_has_bounds():
    one = side([0], [0], [False])
    scene = Scene(1, CLASSES, np.ones(1, bool), np.zeros(1, np.int64), ignorable=True)
    unsettled = Unsettled.anything(np.ones(1, bool), 3, ignorable=True)
    found = object_bounds(one, one, near(np.array([[0.9]])), SETTINGS, unsettled, scene)
    (share,) = [each for each in found if each.measure == "unscored_share"]
    assert (share.low, share.high, share.score) == (0, 1, 1)


def test_a_unit_in_which_only_what_takes_no_part_was_said_is_never_an_agreement():
    nothing = side([], [], [])
    unsettled = Unsettled.anything(np.zeros(0, bool), len(CLASSES))
    for left_out, value in ((False, 1.0), (True, math.nan)):
        scene = Scene(
            1, CLASSES, np.ones(0, bool), np.zeros(1, np.int64), left_out=np.array([left_out])
        )
        found = object_bounds(nothing, nothing, near(np.zeros((0, 0))), SETTINGS, unsettled, scene)
        ends = {each.measure: each.low for each in found if not each.label}
        for measure in ("accuracy", "items_without_error"):
            assert ends[measure] == pytest.approx(value, nan_ok=True)


def test_a_class_that_is_said_and_may_not_be_there_counts_in_the_mean_of_precisions():
    truth, said = side([0], [0], [False]), side([0, 0], [0, 1], [False, False])
    scene = Scene(1, CLASSES, np.ones(1, bool), np.zeros(1, np.int64))
    unsettled = Unsettled.anything(np.zeros(1, bool), len(CLASSES))
    found = object_bounds(truth, said, near(np.array([[0.9, 0.0]])), SETTINGS, unsettled, scene)
    ends = {each.measure: (each.low, each.high, each.score) for each in found if not each.label}
    assert ends["macro_precision"] == ends["macro_f1"] == (0.5, 0.5, 0.5)
    assert ends["macro_recall"] == (1.0, 1.0, 1.0)
