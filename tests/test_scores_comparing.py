"""What can be compared, and how surely one is better, on small tables that were typed in."""

import math

import pandas as pd
import pytest

from groundkeeper.core.estimates import Resampling
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.scores.bridge import bridge_of
from groundkeeper.scores.cells import RELEASED, Cell
from groundkeeper.scores.comparing import compare
from groundkeeper.scores.contributions import Measured, contributions
from groundkeeper.scores.grounds import Ground, Rests
from groundkeeper.scores.history import Entry, Figure, told_apart

ITEMS = [f"i{n:02}" for n in range(20)]
HOW = Resampling(rounds=500, seed=1, confidence=0.95)


def outcomes(wrong=(), excluded=(), off=1):
    """Grades of 1 to 3, all 2 in truth; those *wrong* are said *off* too many."""
    rows = [
        (i, f"r-{i}", "excluded", None, "2")
        if n in excluded
        else (
            i,
            f"r-{i}",
            "mismatch" if n in wrong else "correct",
            "2",
            str(2 + off * (n in wrong)),
        )
        for n, i in enumerate(ITEMS)
    ]
    columns = ["item_id", "record_id", "outcome", "truth", "said"]
    return pd.DataFrame(rows, columns=columns).assign(similarity=1.0, dice=1.0)


def conflicts(wrong=()):
    return pd.DataFrame(
        {"item_id": [ITEMS[n] for n in wrong], "conflict": "mismatching_label"}, dtype=object
    )


def grounded(one, other, names=("one", "other"), still=(), soft=(), **of_cell):
    items = pd.DataFrame({"item_id": ITEMS, "group_id": ITEMS})
    open_ = pd.DataFrame({"record_id": list(still), "item_id": list(still)}, dtype=object)
    columns = ["record_id", "field", "value", "probability"]
    labels = pd.DataFrame(list(soft), columns=columns, dtype=object)
    cell = Cell((one, other), items, open_, labels, **of_cell)
    cells = dict.fromkeys(RELEASED, cell)
    rests = tuple(Rests(name, "now", "1.0.0", "d", "s") for name in names)
    return Ground(rests, (), bridge_of(cells, names), cells)


def pair(ground, measure, **more):
    return compare(ground, "red", Measured(measure, **more), HOW).pair


def test_who_has_more_errors_is_not_the_better_one():
    more = grounded(outcomes(excluded=range(9)), outcomes())
    found = pair(more, "unscored_share")
    assert found.difference.value == 9 / 20
    assert found.beats.both.probability < 0.01
    graded = grounded(outcomes(range(9)), outcomes())
    of_grades = {"by_item": True, "grades": ("1", "2", "3")}
    assert pair(graded, "mean_absolute_error", **of_grades).beats.both.probability < 0.01
    assert pair(graded, "accuracy").beats.both.probability < 0.01


def test_of_bias_neither_more_nor_less_is_better():
    found = pair(
        grounded(outcomes(range(9)), outcomes()), "bias", by_item=True, grades=("1", "2", "3")
    )
    assert found.difference.value == 9 / 20
    assert math.isnan(found.beats.both.probability)
    assert found.beats.note == "neither more nor less of bias is better"


def test_the_same_has_no_interval_and_no_better_one_and_two_that_are_alike_have():
    alike = grounded(outcomes([3]), outcomes([3]))
    assert pair(alike, "f1").difference.low < 0
    assert pair(alike, "f1").beats.both.probability == 0.5
    same = pair(grounded(outcomes([3]), outcomes([3]), ("one", "one")), "f1")
    assert (same.difference.value, same.difference.note) == (0, "the same")
    assert math.isnan(same.difference.low)
    assert math.isnan(same.beats.both.probability)


def test_who_has_other_conflicts_is_not_the_same():
    one = outcomes([3])
    ground = grounded(one, one, ("one", "one"), conflicts=(conflicts([3]), conflicts()))
    assert pair(ground, "items_with_mismatching_label").difference.value == 1 / 20


def test_what_is_open_is_counted_as_it_is_in_neither_figure():
    assert pair(grounded(outcomes([3]), outcomes(), still=ITEMS[:2]), "f1").still_open == 2


def test_what_annotators_are_held_against_has_no_soft_labels():
    soft = [("r-i00", "grade", '"2"', 0.6), ("r-i00", "grade", '"1"', 0.4)]
    one, other = outcomes([3]), outcomes()
    assert pair(grounded(one, other, soft=soft), "f1").doubted == 1
    assert pair(grounded(one, other, soft=soft, of_people=True), "f1").doubted == 0


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("within_one", -2 / 20),
        ("mean_absolute_error", 4 / 20),
        ("items_with_mismatching_label", 2 / 20),
        ("mismatching_label_per_item", 3 / 20),
        ("macro_recall", -2 / 20),
        ("items_without_error", -2 / 20),
    ],
)
def test_everything_that_adds_up_over_items_can_be_compared(measure, value):
    told = {"conflicts": (conflicts([0, 0, 1]), conflicts())}
    ground = grounded(outcomes([0, 1], off=2), outcomes(), **told)
    found = pair(ground, measure, by_item=True, grades=("1", "2", "3", "4"))
    assert found.difference.value == pytest.approx(value)


def test_kappas_are_those_of_the_items():
    rows = outcomes().assign(
        truth=["1", "2"] * 10, said=["1", "2"] * 8 + ["2", "2"] * 2, outcome="correct"
    )
    for measure in ("cohen_kappa", "quadratic_kappa"):
        found = contributions([rows], ITEMS, Measured(measure, by_item=True, grades=("1", "2")))
        assert found.statistic(found.sums[0].sum(axis=0)[None])[0] == pytest.approx(0.8)


def test_what_does_not_add_up_is_refused_with_what_does():
    ground = grounded(outcomes(), outcomes([1]), conflicts=(conflicts(), conflicts()))
    with pytest.raises(UnknownNameError, match=r"adds up over items 'bbox_ap'.*_per_item"):
        pair(ground, "bbox_ap")
    with pytest.raises(UnknownNameError, match="items_with_mismatching_label"):
        pair(ground, "items_with_mismatched_label")
    with pytest.raises(UnknownNameError, match="'cohen_kappa'"):
        pair(ground, "cohen_kappa")


def test_conflicts_that_older_code_did_not_keep_are_said_to_be_missing():
    ground = grounded(outcomes(), outcomes([1]))
    with pytest.raises(RefusedError, match="the table of conflicts is missing"):
        pair(ground, "items_with_mismatching_label")


def test_figures_of_a_class_have_its_shapes():
    rows = outcomes([0]).assign(similarity=[0.6, *[0.9] * 19])
    found = contributions([rows], ITEMS, Measured("iou_mean", "2"))
    assert found.statistic(found.sums[0].sum(axis=0)[None])[0] == pytest.approx(0.9)


def test_to_use_one_figure_those_of_the_classes_are_not_made(monkeypatch):
    made = []
    real = contributions.__globals__["class_figures"]
    for module in ("core.scoring.object_figures", "scores.contributions"):
        monkeypatch.setattr(
            f"groundkeeper.{module}.class_figures",
            lambda rows, name, subject: made.append(name) or real(rows, name, subject),
        )
    contributions([outcomes([0])], ITEMS, Measured("macro_f1"))
    assert made == []
    contributions([outcomes([0])], ITEMS, Measured("f1", "2"))
    assert made == ["2"]


def entry(settings, content="c"):
    return Entry("gt/red/1.0.0/1", "", "1.0.0", content, settings)


def test_a_line_is_drawn_against_what_was_known_last():
    found = told_apart([entry("s"), entry(None), entry("t"), entry(None), entry("t")])
    assert [one.apart for one in found] == [(), (), ("settings_digest",), (), ()]
    assert [one.unknown for one in found] == [
        (),
        ("settings_digest",),
        (),
        ("settings_digest",),
        (),
    ]
    assert [not (one.apart or one.unknown) for one in found] == [True, False, False, False, True]


def test_before_anything_is_known_nothing_is_apart():
    found = told_apart([entry(None), entry("s")])
    assert [(one.apart, one.unknown) for one in found] == [((), ())] * 2


def test_a_class_of_one_is_not_another_with_a_slash_in_the_name():
    told = pd.DataFrame({"measure": "f1", "subject": ["net", "net/a", "net/b"]})
    subjects = ["net", "net/b"]
    assert not len(Figure("net", "f1", "b").of(told, subjects))
    assert Figure("net", "f1", "a").of(told, subjects)["subject"].tolist() == ["net/a"]
    assert Figure("net/b", "f1").of(told, subjects)["subject"].tolist() == ["net/b"]
