"""Laws of comparing two sides: the best of all assignments, whatever the order of rows, everything counted once."""

from itertools import permutations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.scoring.objects.areas import Areas, area_near
from groundkeeper.core.scoring.objects.assignment import assigned, near_enough
from groundkeeper.core.scoring.objects.boxes import box_near
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.covered import covered
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Near, Side
from groundkeeper.errors import TableError
from schemas.enums import Conflict

MOST = 4
KINDS = list(Conflict)


@st.composite
def scenes(draw, *, ignoring=True):
    """Two sides in two units, and how alike their objects are, on a coarse grid so that there are ties."""
    sides = []
    for _ in range(2):
        units = sorted(draw(st.lists(st.integers(0, 1), max_size=2 * MOST)))
        n = len(units)
        flags = st.lists(st.booleans(), min_size=n, max_size=n)
        ignored = draw(flags) if ignoring else [False] * n
        group = draw(st.lists(st.integers(NONE, 1), min_size=n, max_size=n))
        label = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
        sides.append(
            Side(
                np.array(units, dtype=np.int64),
                np.array(label, dtype=np.int64),
                np.array(draw(st.lists(st.integers(NONE, 1), min_size=n, max_size=n)), dtype=int)[
                    :, np.newaxis
                ],
                np.array(group, dtype=np.int64),
                np.array(ignored, dtype=np.bool_),
                np.array(draw(flags), dtype=np.bool_),
            )
        )
    truth, said = sides
    pairs = [
        (one, other)
        for one in range(len(truth))
        for other in range(len(said))
        if truth.unit[one] == said.unit[other]
    ]
    alike = [draw(st.integers(0, 10)) / 10 for _ in pairs]
    kept = [(*pair, value) for pair, value in zip(pairs, alike, strict=True) if value > 0]
    ours, theirs, similarity = np.array(kept).reshape(-1, 3).T
    turned = np.zeros(len(kept), dtype=np.bool_)
    return truth, said, Near(ours.astype(np.int64), theirs.astype(np.int64), similarity, turned)


def best_sum(n_truth, n_said, near, at_least):
    """The largest sum of similarity of all one-to-one assignments, by trying them all."""
    table = np.zeros((n_truth, n_said))
    enough = near_enough(near.similarity, at_least)
    table[near.truth[enough], near.said[enough]] = near.similarity[enough]
    if n_truth > n_said:
        table = table.T
    return max(
        sum(table[row, column] for row, column in enumerate(columns))
        for columns in permutations(range(table.shape[1]), table.shape[0])
    )


@given(scenes(ignoring=False))
def test_what_is_matched_is_the_best_of_all_assignments_one_to_one(some):
    truth, said, near = some
    pairs = assigned(truth, said, near, 0.4)
    assert len(set(near.truth[pairs])) == len(set(near.said[pairs])) == len(pairs)
    assert near_enough(near.similarity[pairs], 0.4).all()
    for unit in range(2):
        there = np.flatnonzero(truth.unit == unit), np.flatnonzero(said.unit == unit)
        within = truth.unit[near.truth] == unit
        inner = Near(
            np.searchsorted(there[0], near.truth[within]),
            np.searchsorted(there[1], near.said[within]),
            near.similarity[within],
            near.turned[within],
        )
        total = near.similarity[pairs[truth.unit[near.truth[pairs]] == unit]].sum()
        assert total == pytest.approx(best_sum(len(there[0]), len(there[1]), inner, 0.4))


@given(scenes())
def test_every_object_is_counted_once(some):
    truth, said, near = some
    found = compare(truth, said, near, Settings())
    ours = np.concatenate([found.truth, found.missing])
    assert sorted(
        [*ours, *np.flatnonzero(truth.ignored & ~np.isin(np.arange(len(truth)), ours))]
    ) == list(range(len(truth)))
    counts = ~truth.ignored[found.truth]
    theirs = np.concatenate([found.said[counts], found.extra, found.excluded])
    assert sorted(theirs) == list(range(len(said)))
    assert not truth.ignored[found.missing].any()
    assert not said.ignored[found.extra].any()


@given(scenes())
def test_what_is_ignored_takes_no_partner_from_what_counts(some):
    truth, said, near = some
    found = compare(truth, said, near, Settings())
    kept = np.flatnonzero(~truth.ignored)
    number = np.full(len(truth), NONE)
    number[kept] = np.arange(len(kept))
    among = ~truth.ignored[near.truth]
    alone = Side(
        truth.unit[kept],
        truth.label[kept],
        truth.attributes[kept],
        truth.group[kept],
        truth.ignored[kept],
        truth.covered[kept],
    )
    without = Near(
        number[near.truth[among]], near.said[among], near.similarity[among], near.turned[among]
    )
    expected = compare(alone, said, without, Settings())
    counts = ~truth.ignored[found.truth]
    assert number[found.truth[counts]].tolist() == expected.truth.tolist()
    assert found.said[counts].tolist() == expected.said.tolist()
    assert set(found.extra) <= set(expected.extra)


@given(scenes())
def test_conflicts_say_of_every_pair_and_every_object_left_over_what_differs(some):
    truth, said, near = some
    found = compare(truth, said, near, Settings(low_overlap=0.8))
    told = found.conflicts
    rows = list(zip(told.unit, told.kind, told.truth, told.said, strict=True))
    assert rows == sorted(rows)
    assert (told.unit[told.truth != NONE] == truth.unit[told.truth[told.truth != NONE]]).all()
    counts = ~truth.ignored[found.truth]
    for kind, expected in (
        (Conflict.MISSING, len(found.missing)),
        (Conflict.EXTRA, len(found.extra)),
        (Conflict.MISMATCH, (counts & ~found.same_label).sum()),
        (Conflict.LOW_OVERLAP, (counts & (found.similarity < 0.8)).sum()),
        (
            Conflict.COVERED,
            np.isin(np.flatnonzero(said.covered), found.excluded, invert=True).sum(),
        ),
    ):
        assert (told.kind == KINDS.index(kind)).sum() == expected


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter_where_nothing_is_tied(seed):
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 20, (2, 8, 2))
    boxes = [np.hstack([xy, xy + random.uniform(2, 9, (8, 2))]) for xy in corners]
    unit = np.zeros(8, dtype=np.int64)

    def pairs(order, other):
        near = box_near(unit, boxes[0][order], unit, boxes[1][other])
        found = compare(Side.of(unit, order), Side.of(unit, other), near, Settings(match_iou=0.1))
        return sorted(zip(order[found.truth], other[found.said], strict=True))

    straight = np.arange(8)
    assert pairs(straight, straight) == pairs(random.permutation(8), random.permutation(8))


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3]), st.booleans())
def test_boxes_that_share_an_area_are_near_however_wide_some_are(seed, units, wide):
    random = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        n = int(random.integers(0, 30))
        xy = random.integers(0, 40, (n, 2))
        size = random.integers(0, 12, (n, 2)) + 1000 * (wide & (random.uniform(size=(n, 2)) < 0.1))
        sides.append(
            (np.sort(random.integers(0, units, n)), np.hstack([xy, xy + size]).astype(float))
        )
    (unit, ours), (other, theirs) = sides
    near = box_near(unit, ours, other, theirs)
    told = dict(zip(zip(near.truth, near.said, strict=True), near.similarity, strict=True))
    for one in range(len(ours)):
        for two in range(len(theirs)):
            a, b = shapely.box(*ours[one]), shapely.box(*theirs[two])
            union = a.union(b).area
            if unit[one] != other[two] or union == 0:
                continue
            iou = a.intersection(b).area / union
            assert told.get((one, two), 0.0) == pytest.approx(iou)


@given(st.integers(0, 2**32 - 1))
def test_areas_of_whole_pixels_are_the_same_by_pixels_and_exactly(seed):
    random = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        n = int(random.integers(1, 7))
        xy = random.integers(0, 12, (n, 2))
        drawn = np.hstack([xy, xy + random.integers(1, 8, (n, 2))]).astype(float)
        geometry = shapely.box(*drawn.T)
        frame = np.sort(random.integers(0, 2, n))
        owner = np.arange(n)
        # Whole pixels either way: as outlines, pixels of COCO lie half a pixel aside.
        masks = np.ones(n, dtype=np.bool_)
        sides.append(Areas(frame, geometry, masks, owner, random.permutation(n)))
    sizes = np.full((2, 2), 20)
    for panoptic in (False, True):
        found = area_near(*sides, sizes, panoptic=panoptic)
        exact = area_near(*sides, None, panoptic=panoptic)
        assert found.truth.tolist() == exact.truth.tolist()
        assert found.said.tolist() == exact.said.tolist()
        assert found.similarity == pytest.approx(exact.similarity)
    assert covered(sides[0], sizes, 0.3).tolist() == covered(sides[0], None, 0.3).tolist()


def test_boxes_without_an_area_are_alike_only_where_they_are_the_same():
    unit, points = np.zeros(2, dtype=np.int64), np.array([[3.0, 3, 3, 3], [4, 4, 4, 4]])
    near = box_near(unit, points, unit, points)
    assert near.truth.tolist() == near.said.tolist() == [0, 1]


def test_chains_that_favourites_do_not_settle_are_settled_exactly():
    # The favourites 0.9 leave two without a partner; 0.8 and 0.7 together are more.
    truth = Side.of(np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64))
    near = Near(
        np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.8, 0.7]), np.zeros(3, bool)
    )
    found = compare(truth, truth, near, Settings())
    assert found.said.tolist() == [1, 0]


def test_columns_that_do_not_belong_together_are_refused():
    two, one = np.zeros(2, dtype=np.int64), np.zeros(1, dtype=np.int64)
    with pytest.raises(TableError, match="several lengths"):
        Side.of(two, one)
    with pytest.raises(TableError, match="out of order"):
        Side.of(np.array([1, 0]), two)


def test_an_edge_that_is_no_number_is_refused_by_place():
    unit, corners = np.zeros(2, dtype=np.int64), np.array([[0.0, 0, 4, 4], [0, np.nan, 4, 4]])
    with pytest.raises(TableError, match="scored: boxes 1: found an edge that is no number"):
        box_near(unit, corners[[0, 0]], unit, corners)


def test_two_empty_sides_have_nothing():
    none = np.zeros(0, dtype=np.int64)
    near = box_near(none, np.zeros((0, 4)), none, np.zeros((0, 4)))
    found = compare(Side.of(none, none), Side.of(none, none), near, Settings())
    assert (
        len(found.truth) == len(found.missing) == len(found.extra) == len(found.conflicts.unit) == 0
    )
