import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.completeness.found import found_by_how_many
from groundkeeper.core.completeness.missed import (
    NO_SINGLE,
    NOT_TOLD_APART,
    NOTHING_FOUND,
    READ_ONCE,
    missed,
    missed_of,
    why_refused,
)
from groundkeeper.core.completeness.unseen import (
    Stratum,
    log_normal_interval,
    unseen,
    variance,
)
from groundkeeper.core.set_facts import completeness_of_exhaustive
from groundkeeper.core.shapes.drawn import NO_LABEL, Clusters, Drawn
from groundkeeper.errors import RefusedError

BLIND = ["blind"]

SEED_BANK = (34, 121, 3, 2, 34.99, 34.09, 44.61, 1.81)
"""Species, samples, uniques, duplicates; in all, its bounds and its standard error as EstimateS 9.1 has them as Chao 2.

Butler and Chazdon's seedlings of 121 soil samples, in the last row of EstimateS/resultado estimates seedbank.txt of
https://github.com/marcosvital/scriptsR.
"""


def objects_of(count, alone, twice):
    """What each of *count* objects adds, *alone* of them found once and *twice* twice, by experts not told apart."""
    rows = [[1, 1, 0]] * alone + [[1, 0, 1]] * twice + [[1, 0, 0]] * (count - alone - twice)
    return np.array(rows, dtype=np.float64)


def test_a_published_total_its_interval_and_error_come_out():
    found, experts, alone, twice, total, low, high, deviation = SEED_BANK
    strata = [Stratum(experts, told_apart=False, alone=slice(1, 2), twice=2)]
    objects = objects_of(found, alone, twice)
    more = float(unseen(objects.sum(axis=0)[None], strata)[0])
    spread = variance(objects, strata)
    bounds = log_normal_interval(more, spread, 0.95)
    assert round(found + more, 2) == total
    assert round(math.sqrt(spread), 2) == deviation
    assert [round(found + bound, 2) for bound in bounds] == [low, high]


def drawn_from(found, panel=None, item=None):
    """Who marked what, by *found* ``[objects, experts]``, one object an item unless *item* says where it is."""
    found = np.asarray(found, dtype=bool)
    item = np.arange(len(found)) if item is None else np.asarray(item)
    panel = np.ones_like(found) if panel is None else np.asarray(panel, dtype=bool)
    seen = found.any(axis=1)
    record, who = np.nonzero(found[seen])
    where = item[seen][record]
    order = np.lexsort((record, who, where))
    looked = {(i, w) for place, i in enumerate(item) for w in np.flatnonzero(panel[place])}
    nothing = sorted(looked - set(zip(where.tolist(), who.tolist(), strict=True)))
    empty = np.array(nothing, dtype=np.int64).reshape(-1, 2).T
    names = {one: place for place, one in enumerate(dict.fromkeys(record[order].tolist()))}
    numbered = np.array([names[one] for one in record[order].tolist()], dtype=np.int64)
    label = np.full(len(record), NO_LABEL)
    clusters = Clusters(numbered, np.ones(len(names), dtype=bool))
    return Drawn(where[order], who[order], label, *empty), clusters


def histories(*counted):
    """The rows ``[objects, experts]`` of capture histories such as ``("110", 3)``."""
    return np.array([[int(c) for c in history] for history, n in counted for _ in range(n)])


def test_two_experts_told_apart_give_chapmans_number():
    shown = missed(*drawn_from(histories(("10", 30), ("01", 6), ("11", 59))), BLIND, known=True)
    chapman = (89 + 1) * (65 + 1) / (59 + 1) - 1
    assert shown.found + shown.missed == pytest.approx(chapman)
    assert shown.note == ""


def test_two_experts_who_are_not_told_apart_are_taken_for_equal():
    drawn = drawn_from(histories(("10", 30), ("01", 6), ("11", 59)))
    shown = missed(*drawn, BLIND, known=False)
    assert shown.missed == pytest.approx(36 * 35 / 4 / 60)
    assert shown.note == NOT_TOLD_APART


def test_experts_are_told_apart_only_where_the_same_read_every_item():
    found = histories(("110", 5), ("011", 5), ("100", 2), ("001", 2))
    panel = histories(("110", 5), ("011", 5), ("110", 2), ("011", 2))
    counted = found_by_how_many(*drawn_from(found, panel), known=True)
    assert [(s.experts, s.told_apart) for s in counted.strata] == [(2, False)]


def test_items_are_put_together_by_how_many_read_them():
    two = histories(("100", 4), ("010", 4), ("110", 3))
    three = histories(("100", 2), ("001", 2), ("110", 5), ("111", 6))
    panel = np.vstack([np.tile([1, 1, 0], (len(two), 1)), np.ones((len(three), 3))])
    shown = missed(*drawn_from(np.vstack([two, three]), panel), BLIND, known=False)
    assert shown.missed == pytest.approx(8 * 7 / 4 / (3 + 1) + 2 / 3 * 4 * 3 / 2 / (5 + 1))


def test_objects_in_items_that_one_expert_read_are_left_out_and_said():
    found = histories(("11", 8), ("10", 2), ("01", 2), ("10", 3))
    panel = np.vstack([np.ones((12, 2)), np.tile([1, 0], (3, 1))])
    shown = missed(*drawn_from(found, panel), BLIND, known=True)
    assert (shown.found, shown.read_once) == (12, 3)
    assert shown.missed == pytest.approx(4 / 9)
    assert "without 3 objects in items that one expert read" in shown.note


def test_where_all_find_everything_nothing_is_missing_and_no_interval_is_claimed():
    shown = missed(*drawn_from(histories(("111", 12))), BLIND, known=True)
    assert (shown.missed, shown.completeness) == (0.0, 1.0)
    assert math.isnan(shown.high)
    assert shown.note == NO_SINGLE


@pytest.mark.parametrize(
    ("found", "reason"), [(histories(("1", 5)), READ_ONCE), (np.zeros((3, 2)), NOTHING_FOUND)]
)
def test_what_cannot_be_estimated_is_nan_and_says_why(found, reason):
    shown = missed(*drawn_from(found), BLIND, known=True)
    assert math.isnan(shown.missed)
    assert math.isnan(shown.completeness)
    assert math.isnan(shown.as_completeness.low)
    assert math.isnan(shown.as_completeness.high)
    assert reason in shown.note


@pytest.mark.parametrize("independence", [["unblinded"], ["unknown"], ["blind", "unknown"]])
def test_reads_that_may_not_be_blind_are_refused(independence):
    assert why_refused(independence)
    with pytest.raises(RefusedError, match="allowed is blind alone"):
        missed(*drawn_from(histories(("11", 9))), independence, known=True)


def test_reads_where_a_prediction_was_shown_are_refused():
    drawn = drawn_from(histories(("10", 9), ("01", 9), ("11", 30)))
    with pytest.raises(RefusedError, match="a prediction was shown; allowed is none"):
        missed(*drawn, BLIND, known=True, shown_prediction=True)


def test_the_bounds_are_whole_objects_and_turn_into_shares():
    shown = missed(*drawn_from(histories(("10", 9), ("01", 9), ("11", 30))), BLIND, known=True)
    assert shown.low == int(shown.low) < shown.missed < shown.high == int(shown.high)
    share = shown.as_completeness
    assert share.low == 48 / (48 + shown.high) < share.value < share.high == 48 / (48 + shown.low)


def test_objects_of_one_group_are_less_evidence_than_objects_apart():
    found = histories(("10", 20), ("01", 20), ("11", 60))
    drawn = drawn_from(found)
    apart = missed(*drawn, BLIND, known=True)
    grouped = missed(*drawn, BLIND, known=True, groups=np.arange(100) // 10)
    assert grouped.missed == apart.missed
    assert grouped.high - grouped.low > apart.high - apart.low
    assert grouped.effective_n < apart.effective_n == 100


def test_objects_of_one_label_are_counted_alone():
    drawn, clusters = drawn_from(histories(("10", 4), ("01", 4), ("11", 12)))
    found = found_by_how_many(drawn, clusters, known=True)
    assert missed_of(found).missed == pytest.approx(16 / 13)
    # Nobody found one of the last ten alone, and so nobody can be said to have missed one.
    last = missed_of(found, chosen=np.arange(20) >= 10)
    assert (last.found, last.missed, last.note) == (10, 0.0, NO_SINGLE)


def test_of_few_groups_there_is_an_estimate_and_no_interval():
    found = found_by_how_many(*drawn_from(histories(("10", 4), ("01", 4), ("11", 12))), known=True)
    shown = missed_of(found, groups=np.arange(20) // 4)
    assert shown.missed == pytest.approx(16 / 13)
    assert math.isnan(shown.high)
    assert shown.note == "no interval: 5 groups, fewer than 10"


@pytest.mark.parametrize(
    ("coverage", "subjects_of", "expected"),
    [
        (
            {"cat": "exhaustive", "dog": "sampled"},
            ["label=cat", "label=dog", "object"],
            ["label=cat"],
        ),
        ({"cat": "exhaustive"}, ["object"], ["object"]),
        ({"dog": "sampled"}, ["label=dog", "object"], []),
        ({}, ["object"], []),
        ({"cat": "exhaustive"}, [], []),
    ],
)
def test_completeness_is_that_of_exhaustive_labels_or_else_of_all(coverage, subjects_of, expected):
    rows = {"measure": "completeness", "subject": subjects_of, "facet": "all", "value": 0.5}
    found = completeness_of_exhaustive(pd.DataFrame(rows), coverage)
    assert found["subject"].tolist() == expected


one_history = st.lists(st.booleans(), min_size=3, max_size=3)


@given(st.lists(one_history, min_size=1, max_size=12), st.permutations(range(3)))
def test_names_of_experts_and_items_do_not_matter(found, names):
    table = np.array(found)
    known = missed(*drawn_from(table), BLIND, known=True)
    renamed = missed(*drawn_from(table[::-1][:, list(names)]), BLIND, known=True)
    np.testing.assert_allclose(known.missed, renamed.missed)
    np.testing.assert_equal([known.low, known.high], [renamed.low, renamed.high])


@given(st.lists(one_history, min_size=1, max_size=12), st.booleans())
def test_completeness_is_a_share(found, known):
    shown = missed(*drawn_from(np.array(found)), BLIND, known=known)
    if shown.found:
        assert shown.missed >= 0
        assert 0 < shown.completeness <= 1


def simulate(probabilities, count, rng):
    """Return the estimate, and whether its interval holds the number that was missed."""
    found = rng.random((count, len(probabilities.T))) < probabilities
    shown = missed(*drawn_from(found[found.any(axis=1)]), BLIND, known=True)
    truly = count - shown.found
    return shown.missed, truly, shown.low <= truly <= shown.high


def simulated(draw, count, rounds=250):
    rng = np.random.default_rng(20260122)
    runs = np.array([simulate(draw(rng), count, rng) for _ in range(rounds)])
    return runs.mean(axis=0)


@pytest.mark.parametrize("chances", [[0.6, 0.6], [0.9, 0.5], [0.8, 0.7, 0.5], [0.5] * 4])
def test_of_objects_that_are_equally_hard_the_number_missed_is_right_and_its_interval_holds(
    chances,
):
    estimated, truly, covered = simulated(lambda _: np.array([chances]), count=120)
    assert estimated == pytest.approx(truly, rel=0.1)
    assert covered >= 0.93


def test_of_objects_that_are_unequally_hard_the_number_missed_is_a_lower_bound():
    def uneven(rng):
        return np.repeat(rng.beta(2, 1, (120, 1)), 4, axis=1)

    estimated, truly, _ = simulated(uneven, count=120)
    assert 0.3 * truly < estimated < 0.8 * truly
