"""Clusters as CVAT and Datumaro make them, to compare with what they made; both depend on who comes first.

Every two annotators' shapes are matched, shapes of one label only. Then a cluster starts at the first shape that is in
none, annotator by annotator, and takes in what its members are matched with among annotators who come later, if that is
alike enough to all who are in it already. Whom members of the same step are matched with is not compared: so two may
end up together that are not alike.

References
----------
CVAT 2.64, ``cvat/apps/consensus/intersect_merge.py`` and ``quality_control/annotation_matching.py``; Datumaro 1.13,
``components/annotations/matcher.py``.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.clustering.partition import best_partition
from groundkeeper.core.shapes.clustering.rules import Rule
from groundkeeper.core.shapes.drawn import Drawn, Integers, Pairs

Matched = Mapping[int, list[int]]
"""Of a shape the shapes of later annotators that it is matched with, annotator by annotator."""


def peer_records(drawn: Drawn, pairs: Pairs, rule: Rule) -> Integers:
    """Return the lowest shape of the record of each of n shapes, int64 [n].

    Where a peer lets two shapes of one annotator into a cluster, the one that was met first stays here.

    Parameters
    ----------
    drawn
        Who drew each of n shapes; annotators come in the order of their numbers, and their shapes in that of the rows.
    pairs
        Those that are alike enough.
    rule
        ``CVAT`` or ``DATUMARO``.

    Examples
    --------
    One annotator's second box is most like the other's first, which Datumaro has given away by then.

    >>> drawn = Drawn(np.zeros(3, np.int64), np.array([0, 0, 1]), np.zeros(3, np.int64))
    >>> pairs = Pairs(np.array([0, 1]), np.array([2, 2]), np.array([0.6, 0.9]))
    >>> peer_records(drawn, pairs, Rule.DATUMARO).tolist(), peer_records(drawn, pairs, Rule.CVAT).tolist()
    ([0, 1, 0], [0, 1, 1])
    """
    matched = _MATCHES[rule](drawn, pairs)
    annotator, alike = drawn.annotator.tolist(), _neighbours(pairs)
    lowest = np.arange(len(drawn))
    taken: set[int] = set()
    for seed in np.lexsort((drawn.annotator, drawn.item)).tolist():
        if seed in taken:
            continue
        members = _grown(seed, matched, alike, annotator, taken)
        lowest[members] = min(members)
    return lowest


def _grown(
    seed: int,
    matched: Matched,
    alike: Mapping[int, set[int]],
    annotator: list[int],
    taken: set[int],
) -> list[int]:
    """Return the cluster that starts at *seed*; its members are put among *taken*."""
    members: list[int] = []
    by: set[int] = set()
    waiting = [seed]
    for shape in waiting:
        if annotator[shape] in by:
            continue
        members.append(shape)
        by.add(annotator[shape])
        taken.add(shape)
        for other in matched.get(shape, []):
            if other in taken or other in waiting or annotator[other] in by:
                continue
            if all(member in alike[other] for member in members):
                waiting.append(other)
    return members


def _optimal(drawn: Drawn, pairs: Pairs) -> Matched:
    """Return matches that are best for every two annotators, as CVAT has them."""
    same = drawn.label[pairs.left] == drawn.label[pairs.right]
    left, right = pairs.left[same], pairs.right[same]
    # A shape stands here once for each annotator it has a pair with, so that one partition has all matchings.
    _, whom = np.unique(drawn.annotator, return_inverse=True)
    n_annotators = int(whom.max(initial=0)) + 1
    keys = np.concatenate([left * n_annotators + whom[right], right * n_annotators + whom[left]])
    stands, ends = np.unique(keys, return_inverse=True)
    shape, (left, right) = stands // n_annotators, np.split(ends, 2)
    parts = Drawn(drawn.item[shape], drawn.annotator[shape], drawn.label[shape])
    rest = Pairs(left, right, pairs.similarity[same])
    lowest = best_partition(parts, rest, 0.0, connected(len(shape), left, right)).lowest
    matched = lowest[left] == lowest[right]
    return _followers(drawn, zip(shape[left[matched]], shape[right[matched]], strict=True))


def _greedy(drawn: Drawn, pairs: Pairs) -> Matched:
    """Return matches as Datumaro makes them: each shape in turn takes what is most like it and left, if anything.

    Of what is equally alike it takes what has its own label, or else comes first. A shape of another label is taken as
    well, and then nobody has it.
    """
    forward = drawn.annotator[pairs.left] < drawn.annotator[pairs.right]
    first = np.where(forward, pairs.left, pairs.right)
    second = np.where(forward, pairs.right, pairs.left)
    one, other = drawn.annotator[first], drawn.annotator[second]
    unlike = drawn.label[first] != drawn.label[second]
    order = np.lexsort((second, unlike, first, other, one, drawn.item[first]))
    rows = zip(
        *(row[order].tolist() for row in (first, other, second, pairs.similarity)), strict=True
    )
    gone: set[tuple[int, int]] = set()
    matches = []
    for (shape, _), choices in itertools.groupby(rows, key=lambda row: row[:2]):
        by = int(drawn.annotator[shape])
        left = [
            (row[3], -place, row[2])
            for place, row in enumerate(choices)
            if (by, row[2]) not in gone
        ]
        if left:
            _, _, taken = max(left)
            gone.add((by, taken))
            if drawn.label[shape] == drawn.label[taken]:
                matches.append((shape, taken))
    return _followers(drawn, matches)


def _followers(drawn: Drawn, matches: Iterable[tuple[int, int]]) -> Matched:
    """Return of each shape those of later annotators that it is matched with."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for ends in matches:
        first, second = sorted(map(int, ends), key=lambda shape: drawn.annotator[shape])
        found[first].append(second)
    return {
        shape: sorted(others, key=lambda other: drawn.annotator[other])
        for shape, others in found.items()
    }


def _neighbours(pairs: Pairs) -> Mapping[int, set[int]]:
    alike: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        alike[one].add(other)
        alike[other].add(one)
    return alike


_MATCHES: Mapping[Rule, Callable[[Drawn, Pairs], Matched]] = {
    Rule.CVAT: _optimal,
    Rule.DATUMARO: _greedy,
}
