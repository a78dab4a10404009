"""What became of single shapes, as CVAT counts them: objects are compared, and then all their shapes pair up."""

from typing import NamedTuple

import numpy as np

from groundkeeper.core.runs import numbered, offsets_of
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.compared import Compared, Conflicts
from groundkeeper.core.scoring.objects.cvat_counts import Counts
from groundkeeper.core.scoring.objects.differences import Paired, differences
from groundkeeper.core.scoring.objects.frames import Scene
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Near
from groundkeeper.core.shapes.drawn import Floats, Integers


class ShapesCompared(NamedTuple):
    """What became of the shapes themselves, an object being as many as it has shapes."""

    paired: Paired
    missing: Integers
    extra: Integers
    conflicts: Conflicts


def shapes_compared(found: Scene, settings: Settings) -> ShapesCompared:
    """Return what became of the shapes of two sides, and what to look at."""
    became = compare(found.truth, found.said, found.near, settings)
    paired = _of_shapes(found, became)
    missing = np.flatnonzero(np.isin(found.truth_object, became.missing))
    extra = np.flatnonzero(np.isin(found.said_object, became.extra))
    everything = np.ones(len(found.said_drawn), dtype=np.bool_)
    sides = found.truth_drawn, found.said_drawn
    conflicts = differences(*sides, paired, missing, extra, everything, settings)
    return ShapesCompared(paired, missing, extra, conflicts)


def _of_shapes(found: Scene, became: Compared) -> Paired:
    """Return the pairs of shapes of matched objects, every one of the one object with every one of the other."""
    members, begins = zip(
        *(
            _members(of, len(side))
            for of, side in ((found.truth_object, found.truth), (found.said_object, found.said))
        ),
        strict=True,
    )
    many = [np.diff(begin) for begin in begins]
    n_said = many[1][became.said]
    counts = many[0][became.truth] * n_said
    pair = np.repeat(np.arange(len(counts)), counts)
    nth, which = np.divmod(numbered(counts), n_said[pair])
    ours = members[0][begins[0][became.truth][pair] + nth]
    theirs = members[1][begins[1][became.said][pair] + which]
    turned = _turned(found.near, became, len(found.said))
    return Paired.of(
        found.truth_drawn, found.said_drawn, ours, theirs, became.similarity[pair], turned[pair]
    )


def _members(objects: Integers, n_objects: int) -> tuple[Integers, Integers]:
    """Return the shapes of each object one after the other, and where those of each begin, int64 [n_objects + 1]."""
    order = np.argsort(objects, kind="stable")
    there = order[objects[order] != NONE]
    return there, offsets_of(np.bincount(objects[there], minlength=n_objects))


def _turned(near: Near, became: Compared, n_said: int) -> Booleans:
    """Return whether the partners of each matched pair run in opposite directions, bool [m]."""
    keys = near.truth * n_said + near.said
    at = np.searchsorted(keys, became.truth * n_said + became.said)
    return near.turned[at]


def confusions(found: Scene, drawn: ShapesCompared, n_labels: int, n_frames: int) -> Integers:
    """Return the confusion matrix of each frame, int64 [f, l + 1, l + 1]."""
    table = np.zeros((n_frames, n_labels + 1, n_labels + 1), dtype=np.int64)
    none = np.array([n_labels])
    truth, said, paired = found.truth_drawn, found.said_drawn, drawn.paired
    for unit, row, column in (
        (truth.unit[paired.truth], said.label[paired.said], truth.label[paired.truth]),
        (truth.unit[drawn.missing], none, truth.label[drawn.missing]),
        (said.unit[drawn.extra], said.label[drawn.extra], none),
    ):
        np.add.at(table, (unit, *np.broadcast_arrays(row, column)), 1)
    return table


def shape_counts(
    found: Scene, drawn: ShapesCompared, is_statement: tuple[Booleans, Booleans], n_frames: int
) -> list[Counts]:
    """Return the counts of each frame of all that is no statement."""
    truth, said = found.truth_drawn.unit, found.said_drawn.unit
    fit, missing, extra = (
        np.bincount(unit[places[~is_one[places]]], minlength=n_frames).tolist()
        for unit, places, is_one in (
            (truth, drawn.paired.truth, is_statement[0]),
            (truth, drawn.missing, is_statement[0]),
            (said, drawn.extra, is_statement[1]),
        )
    )
    return [
        Counts(m, lost, more, m + lost + more, m + more, m + lost)
        for m, lost, more in zip(fit, missing, extra, strict=True)
    ]


def means_of(
    found: Scene, drawn: ShapesCompared, is_statement: tuple[Booleans, Booleans], n_frames: int
) -> Floats:
    """Return the mean IoU of each frame, 0 where there is none, float64 [f]."""
    nearest = []
    for ends, n in ((found.near.truth, len(found.truth)), (found.near.said, len(found.said))):
        best = np.zeros(n)
        np.maximum.at(best, ends, found.near.similarity)
        nearest.append(best)
    paired, missing, extra = drawn.paired, drawn.missing, drawn.extra
    unit = np.concatenate(
        [
            found.truth_drawn.unit[paired.truth],
            found.truth_drawn.unit[missing],
            found.said_drawn.unit[extra],
        ]
    )
    similarity = np.concatenate(
        [
            paired.similarity,
            nearest[0][found.truth_object[missing]],
            nearest[1][found.said_object[extra]],
        ]
    )
    counts = ~np.concatenate(
        [is_statement[0][paired.truth], is_statement[0][missing], is_statement[1][extra]]
    )
    total = np.bincount(unit[counts], similarity[counts], minlength=n_frames)
    many = np.bincount(unit[counts], minlength=n_frames)
    return np.asarray(total / np.maximum(many, 1))
