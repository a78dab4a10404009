"""How far two scores are apart, how surely one is better, and what moved the one to the other."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Estimate, Floats, Resampling
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.certainty.effects import AGES, FACTORS, Split, split
from groundkeeper.core.scoring.certainty.paired import Beats, beats, difference, of_itself
from groundkeeper.reports import undefined
from groundkeeper.scores.cells import Cell, conflicts_of_each, each
from groundkeeper.scores.contributions import Measured, contributions
from groundkeeper.scores.doubts import doubts_of, possible
from groundkeeper.scores.extremes import ASSUMED, COUNTED, Extremes, extremes
from groundkeeper.scores.following import Followed, followed
from groundkeeper.scores.grounds import Ground


@dataclass(frozen=True)
class Pair:
    """Two scores over one ground truth: the first less the second, and how surely the first is better.

    *doubted* records have a class that was inferred with less than certainty, which is drawn anew, too. *still_open*
    ones are pending or stale: what they may be is neither in the difference nor in how surely the first is better, but
    in what *followed* every ending of them, None where nothing is open.
    """

    difference: Estimate
    beats: Beats
    doubted: int
    still_open: int
    followed: Followed | None = None


@dataclass(frozen=True)
class Moves:
    """What moved the first score to the second, and what items that are open in a hybrid alone could change."""

    split: Split
    extremes: Extremes | None

    def with_open(self, factor: str) -> tuple[float, float] | None:
        """Return between what the effect of *factor* is with what is open in a hybrid alone, as ``ASSUMED``."""
        if self.extremes is None or factor in self.split.same:
            return None
        return self.extremes.effect(factor)


@dataclass(frozen=True)
class Comparison:
    """Two scores on the items of a bridge; a pair over one ground truth, moves over two."""

    set: str
    measured: Measured
    ground: Ground
    scores: tuple[Estimate, Estimate]
    pair: Pair | None = None
    moves: Moves | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object; what is undefined is null."""
        bridge = self.ground.bridge
        return {
            "set": self.set,
            "measure": self.measured.measure,
            "class": self.measured.label,
            "scores": [
                {**asdict(rests), **undefined.estimate(score)}
                for rests, score in zip(self.ground.rests, self.scores, strict=True)
            ],
            "comparable": self.pair is not None,
            "apart": list(self.ground.apart),
            "bridge": {
                "items": len(bridge.items),
                "groups": bridge.groups,
                "left_out": dict(bridge.left_out),
            },
            "difference": None if self.pair is None else _pair_json(self.pair),
            "moves": None if self.moves is None else _moves_json(self.moves),
            "notes": list(self.ground.notes),
        }


def compare(ground: Ground, set_name: str, measured: Measured, how: Resampling) -> Comparison:
    """Return the comparison of the contenders of *ground* by what is *measured*.

    Raises
    ------
    UnknownNameError
        If there is no such measure or class.
    """
    groups = ground.bridge.items["group_id"].to_numpy(dtype=object)
    places = [place for place, _ in each(ground.cells)]
    found = contributions(
        [rows for _, rows in each(ground.cells)],
        ground.bridge.item_ids,
        measured,
        conflicts_of_each(ground.cells),
    )
    sums = dict(zip(places, found.sums, strict=True))
    first, second = sums[0, 0, 0], sums[1, 1, 1]
    scores = tuple(
        covering(one, groups, found.statistic, how.confidence) for one in (first, second)
    )
    if ground.apart:
        table, same = _table(sums), ground.same
        split_up = split(table, groups, found.statistic, how.confidence, same=same)
        ends = extremes(ground.cells, ground.bridge, measured)
        moves = Moves(split_up, ends)
        return Comparison(set_name, measured, ground, (scores[0], scores[1]), moves=moves)
    pair = _pair(ground, measured, how)
    return Comparison(set_name, measured, ground, (scores[0], scores[1]), pair)


def _pair(ground: Ground, measured: Measured, how: Resampling) -> Pair:
    cell, items = ground.cells[0, 0], ground.bridge.items
    here = set(items["item_id"])
    still_open = int(cell.open_records["item_id"].isin(here).sum())
    sure = contributions(cell.outcomes, tuple(items["item_id"]), measured, cell.conflicts)
    groups = items["group_id"].to_numpy(dtype=object)
    if "model" in ground.same:
        nothing = of_itself(sure.sums[0], groups, sure.statistic)
        return Pair(nothing, Beats.undefined(nothing, nothing.note), 0, still_open)
    apart = difference(sure.sums[0], sure.sums[1], groups, sure.statistic, how.confidence)
    if measured.higher_is_better is None:
        note = f"neither more nor less of {measured.measure} is better"
        return Pair(apart, Beats.undefined(apart, note), 0, still_open)
    doubts = _doubts(cell, measured)
    may_be, found = possible(cell.outcomes, items, doubts, measured, cell.conflicts)
    rng = how.generator("compare", measured.measure, measured.label or "")
    better = measured.higher_is_better
    chance = beats(may_be, found.statistic, how, rng, higher_is_better=better)
    told = pd.concat(cell.outcomes)
    known = told.loc[told["item_id"].isin(here), "record_id"]
    doubted = doubts.loc[doubts["record_id"].isin(set(known)), "record_id"].nunique()
    # Where records are items, those that are open are on no bridge.
    is_open = len(cell.open_records) if measured.by_item else still_open
    ends = followed(ground, measured, sure.sums, how) if is_open else None
    return Pair(apart, chance, doubted, is_open, ends)


def _doubts(cell: Cell, measured: Measured) -> pd.DataFrame:
    """Return what else the settled records of *cell* may be, as far as that is known of what is *measured*."""
    doubts = doubts_of(cell.soft_labels, cell.outcomes)
    # What an annotator is held against is not the ground truth of which there are soft labels.
    return doubts[:0] if cell.of_people or measured.measure not in COUNTED else doubts


def _table(sums: Mapping[tuple[int, int, int], Floats]) -> Floats:
    """Return the *sums* of each cell as float64 [items, model, ground truth, guideline, k]; nan of what is missing."""
    shape = next(iter(sums.values())).shape
    table = np.full((shape[0], 2, 2, 2, shape[1]), np.nan)
    for (model, gt, guideline), of_cell in sums.items():
        table[:, model, gt, guideline] = of_cell
    return table


def _pair_json(pair: Pair) -> dict[str, Any]:
    return {
        **undefined.estimate(pair.difference),
        "first_beats_second": {
            name: undefined.plain(getattr(pair.beats, name).probability)
            for name in ("both", "sampling", "truth")
        }
        | {"draws": pair.beats.draws, "note": pair.beats.note},
        "records_in_doubt": pair.doubted,
        "records_open": pair.still_open,
        "with_open": None if pair.followed is None else pair.followed.as_json(),
    }


def _moves_json(moves: Moves) -> dict[str, Any]:
    parts = moves.split
    return {
        "total": undefined.estimate(parts.total),
        "effects": {
            name: undefined.estimate(effect) | _ends(moves, name)
            for name, effect in parts.effects.items()
        },
        "alone": {name: undefined.estimate(one) for name, one in parts.alone.items()},
        "interactions": {name: undefined.estimate(one) for name, one in parts.interactions.items()},
        "joint": {name: undefined.estimate(one) for name, one in parts.joint.items()},
        "cells": [
            {
                **{f: AGES[age] for f, age in zip(FACTORS, place, strict=True)},
                "score": undefined.plain(parts.cells[place]),
            }
            for place in np.ndindex(2, 2, 2)
        ],
        "same": list(parts.same),
        "with_open": None
        if moves.extremes is None
        else {
            "items": moves.extremes.items,
            "unbounded_items": moves.extremes.unbounded,
            "assumed": ASSUMED,
        },
        "notes": list(parts.notes),
    }


def _ends(moves: Moves, factor: str) -> dict[str, float | None]:
    low, high = moves.with_open(factor) or (None, None)
    return {"low_with_open": low, "high_with_open": high}
