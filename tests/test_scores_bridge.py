"""Which items two ground truths share, what those that fall out could change, and what the truth itself may be."""

import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.scoring.certainty.effects import FACTORS, split
from groundkeeper.core.scoring.certainty.paired import beats
from groundkeeper.errors import UnknownNameError
from groundkeeper.scores.bridge import bridge_of
from groundkeeper.scores.cells import Cell, each
from groundkeeper.scores.contributions import Measured, contributions
from groundkeeper.scores.doubts import doubts_of, possible
from groundkeeper.scores.extremes import extremes

COLUMNS = [
    "item_id",
    "record_id",
    "annotation_id",
    "outcome",
    "truth",
    "said",
    "similarity",
    "dice",
]
ITEMS = [f"i{n:02}" for n in range(12)]
NAMES = ("one", "other")
NOTHING_SOFT = pd.DataFrame(
    {"record_id": [], "field": [], "value": [], "probability": []}, dtype=object
)


def row(item, outcome="correct", truth="a", said="a"):
    return (item, f"r-{item}", f"a-{item}", outcome, truth, said, 1.0, 1.0)


def rows(*told):
    return pd.DataFrame(list(told), columns=COLUMNS)


def cell(one, other, still=()):
    items = pd.DataFrame({"item_id": ITEMS, "group_id": ITEMS})
    open_ = pd.DataFrame(
        {"record_id": [f"r-{i}" for i in still], "item_id": list(still)}, dtype=object
    )
    return Cell((one, other), items, open_, NOTHING_SOFT)


def square(hybrid):
    """Three alike cells, and one hybrid."""
    right = rows(*map(row, ITEMS))
    same = cell(right, right)
    return {(0, 0): same, (0, 1): hybrid, (1, 0): same, (1, 1): same}


def opened(*still):
    """A hybrid in which what everybody said of some items touches only what is open."""
    told = rows(*(row(i, "excluded", None) if i in still else row(i) for i in ITEMS))
    return cell(told, told, still)


def test_items_that_are_scored_everywhere_are_the_bridge():
    found = bridge_of(square(opened()), NAMES)
    assert (list(found.item_ids), found.groups, sum(found.left_out.values())) == (ITEMS, 12, 0)


def test_what_one_did_not_predict_falls_out_under_its_name():
    right = rows(*map(row, ITEMS))
    fewer = cell(right, rows(*map(row, ITEMS[2:])))
    found = bridge_of(dict.fromkeys([(0, 0), (0, 1), (1, 0), (1, 1)], fewer), NAMES)
    assert found.item_ids == tuple(ITEMS[2:])
    assert found.left_out["not settled, or nothing predicted: other"] == 2


def test_what_is_open_in_one_of_the_two_ground_truths_falls_out():
    cells = square(opened()) | {(1, 1): opened("i03")}
    found = bridge_of(cells, NAMES)
    assert found.left_out["open in one of the two ground truths"] == 1
    assert "i03" not in found.item_ids


def test_what_is_open_everywhere_counts_for_nobody_and_its_item_stays():
    same = opened("i03")
    found = bridge_of(dict.fromkeys([(0, 0), (0, 1), (1, 0), (1, 1)], same), NAMES)
    assert found.item_ids == tuple(ITEMS)


def test_what_is_open_in_a_hybrid_alone_falls_out_and_is_counted_apart():
    found = bridge_of(square(opened("i03", "i07")), NAMES)
    assert found.hybrid == ("i03", "i07")
    assert found.left_out["open in a hybrid alone"] == 2


def test_the_order_of_rows_moves_nothing():
    cells = square(opened("i03"))
    turned = {
        place: Cell(
            tuple(one.iloc[::-1] for one in each_.outcomes),
            each_.items.iloc[::-1],
            each_.open_records,
            each_.soft_labels,
        )
        for place, each_ in cells.items()
    }
    assert bridge_of(cells, NAMES).item_ids == bridge_of(turned, NAMES).item_ids


@pytest.mark.parametrize("measure", ["accuracy", "precision", "recall", "f1"])
@pytest.mark.parametrize("turns_out", ["right", "wrong", "missed"])
def test_effects_are_between_the_extremes_however_the_open_items_turn_out(measure, turns_out):
    cells = square(opened("i03", "i07"))
    bridge = bridge_of(cells, NAMES)
    ends = extremes(cells, bridge, Measured(measure))
    assert (ends.items, ends.unbounded) == (2, 0)
    settled = {
        "right": [row],
        "wrong": [lambda i: row(i, "extra", None), lambda i: row(i, "missing", "a", None)],
        "missed": [lambda i: row(i, "extra", None)],
    }[turns_out]
    told = rows(*(r(i) for i in ITEMS for r in (settled if i in bridge.hybrid else [row])))
    cells[0, 1] = cell(told, told)
    sums = contributions([t for _, t in each(cells)], ITEMS, Measured(measure))
    table = np.moveaxis(sums.sums.reshape(2, 2, 2, len(ITEMS), -1), 3, 0)
    effects = split(table, ITEMS, sums.statistic, 0.95).effects
    for factor in FACTORS:
        low, high = ends.effect(factor)
        assert low - 1e-12 <= effects[factor].value <= high + 1e-12
    assert ends.effect("guideline")[0] < ends.effect("guideline")[1]


def test_at_worst_an_item_that_was_empty_is_missed_and_no_more_empty():
    told = rows(*(row(i) if i != "i03" else row(i, "empty", None, None) for i in ITEMS))
    cells = square(cell(told, told, ["i03"]))
    ends = extremes(cells, bridge_of(cells, NAMES), Measured("accuracy"))
    assert ends.low[0, 0, 1] == 11 / 12
    assert ends.high[0, 0, 1] == 1


def test_no_class_is_invented_for_what_is_missed_over_all_classes(monkeypatch):
    seen = []

    def spied(tables, *rest):
        seen.extend(set(pd.concat(tables)["truth"].dropna()))
        return contributions(tables, *rest)

    monkeypatch.setattr("groundkeeper.scores.extremes.contributions", spied)
    cells = square(opened("i03"))
    extremes(cells, bridge_of(cells, NAMES), Measured("f1"))
    assert set(seen) == {"a"}


def test_where_nothing_bounds_a_measure_nothing_is_said():
    cells = square(opened("i03"))
    bridge = bridge_of(cells, NAMES)
    assert extremes(cells, bridge, Measured("iou_mean")) is None
    settled = square(opened())
    assert extremes(settled, bridge_of(settled, NAMES), Measured("f1")) is None


def test_a_class_that_nobody_has_is_refused():
    with pytest.raises(UnknownNameError, match=r"no class 'c'; there are: a$"):
        contributions([rows(row("i00"))], ["i00"], Measured("f1", "c"))


def soft(record, **shares):
    return pd.DataFrame(
        {
            "record_id": record,
            "field": "kind",
            "value": [f'"{v}"' for v in shares],
            "probability": shares.values(),
        }
    )


def test_a_class_that_was_inferred_is_drawn_anew_with_the_groups():
    one = rows(*map(row, ITEMS))
    other = rows(*(row(i) if i != "i00" else row(i, "mismatch", "a", "b") for i in ITEMS))
    items = pd.DataFrame({"item_id": ITEMS, "group_id": ITEMS})
    doubts = doubts_of(soft("r-i00", a=0.7, b=0.3), [one, other])
    may_be, found = possible((one, other), items, doubts, Measured("f1"))
    how = Resampling(rounds=4000, seed=1, confidence=0.95)
    told = beats(may_be, found.statistic, how, how.generator("x"))
    assert told.truth.probability == pytest.approx(0.7, abs=0.03)
    assert (told.n, told.groups) == (12, 12)


def test_soft_labels_of_what_is_not_the_class_are_no_doubts():
    one = rows(*map(row, ITEMS))
    assert not len(doubts_of(soft("r-i00", x=0.7, y=0.3), [one]))
    assert not len(doubts_of(soft("r-i00", a=1.0), [one])), "nobody doubts it"
    assert not len(doubts_of(NOTHING_SOFT, [one]))
