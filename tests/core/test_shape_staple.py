"""STAPLE and its one-coin relative: what is inside, and how well each annotator finds it."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some_arrays

from groundkeeper.core.shapes.masks import vote_patterns as patterns_module
from groundkeeper.core.shapes.masks.dense_votes import dense_inferred
from groundkeeper.core.shapes.masks.masks import Masks
from groundkeeper.core.shapes.masks.one_coin_masks import one_coin
from groundkeeper.core.shapes.masks.staple import staple, staple_masks
from groundkeeper.core.shapes.masks.vote_patterns import NOT_ASKED, vote_patterns
from groundkeeper.errors import RefusedError, TableError

THREE = (
    (".####.....", ".#####....", ".####.....", "..........", ".........."),
    ("..####....", ".#####....", ".####.....", "..##......", ".........."),
    (".###......", ".####.##..", ".####.##..", ".......#..", ".........."),
)
"""What three people drew, below an empty row."""

STACKS = some_arrays.arrays(
    np.bool_, some_arrays.array_shapes(min_dims=3, max_dims=3, min_side=2, max_side=7)
)
WHOLE = 99
"""A margin beyond every picture."""


def pictures():
    rows = [("." * 10, *drawn) for drawn in THREE]
    return np.array([[[pixel == "#" for pixel in row] for row in drawn] for drawn in rows])


def of_one(stack, **options):
    """The fit of one record, drawn by as many as there are pictures."""
    n = len(stack)
    seats = np.arange(n)
    return staple_masks(
        Masks.of_dense(stack), np.zeros(n, np.int64), seats, np.ones((1, n), bool), **options
    )


def pixel_by_pixel(stack, prior, rounds):
    """STAPLE as it is written down, on pixels."""
    votes = stack.reshape(len(stack), -1).T
    p = q = np.full(len(stack), 0.99999)
    for _ in range(rounds):
        inside = prior * np.where(votes, p, 1 - p).prod(axis=1)
        outside = (1 - prior) * np.where(votes, 1 - q, q).prod(axis=1)
        weight = inside / (inside + outside)
        p = (votes * weight[:, None]).sum(axis=0) / weight.sum()
        q = (~votes * (1 - weight)[:, None]).sum(axis=0) / (1 - weight).sum()
    return p, q


def test_the_shares_are_those_of_itk():
    # SimpleITK 2.5, STAPLEImageFilter with foreground 1, on the same three whole pictures.
    mask, found = of_one(pictures(), margin=WHOLE)
    assert found.sensitivity[0] == pytest.approx([1.0, 0.923077, 0.846154], abs=1e-6)
    assert found.specificity[0] == pytest.approx([1.0, 0.936170, 0.893617], abs=1e-6)
    assert found.converged.all()
    assert (mask.dense(0) == pictures()[0]).all()


def test_the_skills_are_those_of_crowd_kit():
    # crowd-kit 1.4.2, SegmentationEM with n_iter=2 and no tolerance, its skills after the last round.
    stack = pictures()
    found = vote_patterns(
        Masks.of_dense(stack), np.zeros(3, np.int64), np.arange(3), np.ones((1, 3), bool)
    )
    fit = one_coin(found.votes, found.weight, iterations=2, tolerance=-np.inf)
    assert fit.skill[0] == pytest.approx([1.0, 0.809524, 0.666667], abs=1e-6)
    assert (found.masks(fit.inside).dense(0) == stack[0]).all()


def test_patterns_give_what_pixels_give():
    stack = pictures()
    p, q = pixel_by_pixel(stack, stack.mean(), rounds=7)
    found = vote_patterns(
        Masks.of_dense(stack), np.zeros(3, np.int64), np.arange(3), np.ones((1, 3), bool), WHOLE
    )
    fit = staple(found.votes, found.weight, iterations=7, tolerance=0.0)
    assert fit.sensitivity[0] == pytest.approx(p, abs=1e-12)
    assert fit.specificity[0] == pytest.approx(q, abs=1e-12)
    assert fit.iterations.tolist() == [7]
    assert not fit.converged.any()


@settings(max_examples=25)
@given(STACKS, st.randoms())
def test_neither_the_order_of_masks_nor_that_of_records_matters(stack, random):
    n = len(stack)
    order = np.array(random.sample(range(2 * n), 2 * n))
    both = np.concatenate([stack, stack[::-1]])
    group, seat = np.repeat([0, 1], n), np.concatenate([np.arange(n), np.arange(n)])
    asked = np.ones((2, n), bool)
    one, fit = staple_masks(Masks.of_dense(both), group, seat, asked)
    other, again = staple_masks(Masks.of_dense(both[order]), group[order], seat[order], asked)
    assert (fit.sensitivity == again.sensitivity)[~np.isnan(fit.sensitivity)].all()
    assert (one.start.tolist(), one.end.tolist()) == (other.start.tolist(), other.end.tolist())


@settings(max_examples=20)
@given(some_arrays.arrays(np.bool_, (5, 6)), st.integers(1, 5))
def test_what_all_drew_alike_is_what_comes_out(picture, n):
    found, _ = of_one(np.repeat(picture[None], n, axis=0))
    assert (found.dense(0) == picture).all()


@settings(max_examples=25)
@given(STACKS)
def test_what_nobody_drew_is_never_inside(stack):
    found, _ = of_one(stack)
    assert not (found.dense(0) & ~stack.any(axis=0)).any()


@given(STACKS)
def test_the_domain_is_the_box_of_what_was_drawn_and_its_margin(stack):
    n, height, width = stack.shape
    found = vote_patterns(
        Masks.of_dense(stack), np.zeros(n, np.int64), np.arange(n), np.ones((1, n), bool)
    )
    rows, columns = np.nonzero(stack.any(axis=0))
    if len(rows):
        tall = min(rows.max() + 2, height) - max(rows.min() - 1, 0)
        wide = min(columns.max() + 2, width) - max(columns.min() - 1, 0)
        assert found.weight.sum() == tall * wide
    drawn = (found.votes == 1) * found.weight[:, None]
    assert drawn.sum(axis=0).tolist() == stack.sum(axis=(1, 2)).tolist()


def simulated(rng, truths, shares):
    """What annotators with these shares draw of each truth, bool [records, annotators, ...]."""
    sensitivity, specificity = (one[:, None, None] for one in np.transpose(shares))
    chance = rng.random((len(truths), len(shares), *truths[0].shape))
    return np.where(truths[:, None], chance < sensitivity, chance > specificity)


def test_the_better_annotators_are_found_and_what_they_drew_is_nearer_to_the_truth():
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:40, :40]
    truths = np.stack([np.hypot(rows - 20, columns - 20) < radius for radius in (8, 11, 14)])
    shares = [(0.98, 0.99), (0.95, 0.97), (0.6, 0.8), (0.65, 0.75), (0.55, 0.85)]
    drawn = simulated(rng, truths, shares)
    group, annotator = np.divmod(np.arange(15), 5)
    found, fit = staple_masks(
        Masks.of_dense(drawn.reshape(-1, 40, 40)),
        group,
        annotator,
        np.ones((3, 5), bool),
        margin=WHOLE,
        jointly=True,
    )
    assert np.transpose([fit.sensitivity[0], fit.specificity[0]]) == pytest.approx(
        np.array(shares), abs=0.04
    )
    wrong = sum((found.dense(i) ^ truths[i]).sum() for i in range(3))
    most = (drawn.sum(axis=1) >= 3) ^ truths
    assert wrong < most.sum() / 2


def test_who_was_not_asked_says_nothing():
    stack = pictures()
    votes = vote_patterns(
        Masks.of_dense(stack),
        np.zeros(3, np.int64),
        np.array([0, 1, 3]),
        np.array([[True, True, False, True]]),
    )
    assert (votes.votes[:, 2] == NOT_ASKED).all()
    fit = staple(votes.votes, votes.weight)
    without = staple(votes.votes[:, [0, 1, 3]], votes.weight)
    assert np.isnan(fit.sensitivity[0, 2])
    assert fit.sensitivity[0, [0, 1, 3]] == pytest.approx(without.sensitivity[0])
    assert fit.posterior == pytest.approx(without.posterior)


def test_faces_of_polygons_weigh_by_their_area():
    one, other = shapely.box(0, 0, 4, 4), shapely.box(1, 0, 5, 4)
    faces = [one.difference(other), other.difference(one), one.intersection(other)]
    outside = 7 * 6 - one.union(other).area
    votes = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=np.int8)
    weight = np.array([*(face.area for face in faces), outside])
    pixels = np.zeros((2, 6, 7), dtype=bool)
    pixels[0, 1:5, 1:5] = pixels[1, 1:5, 2:6] = True
    drawn = staple(votes, weight)
    _, fit = of_one(pixels)
    assert drawn.sensitivity == pytest.approx(fit.sensitivity)
    assert drawn.specificity == pytest.approx(fit.specificity)


def test_a_domain_of_one_class_is_told():
    full = np.ones((2, 4, 4), dtype=bool)
    found, fit = of_one(full)
    assert fit.one_class.tolist() == [True]
    assert np.isnan(fit.specificity).all()
    assert found.areas.tolist() == [16]
    _, empty = of_one(~full)
    assert empty.one_class.tolist() == [True]


def test_who_all_drew_nothing_made_an_empty_mask():
    found, fit = of_one(np.zeros((2, 3, 4), dtype=bool), margin=0)
    assert found.areas.tolist() == [0]
    assert np.isnan(fit.sensitivity).all()
    assert fit.specificity.tolist() == [[1.0, 1.0]]


def test_nothing_makes_nothing():
    none = np.zeros(0, np.int64)
    found, fit = staple_masks(Masks.of_dense([]), none, none, np.ones((0, 3), bool))
    assert (len(found), fit.sensitivity.shape) == (0, (0, 3))


def test_more_drawers_than_a_word_has_bits_are_told_apart():
    rng = np.random.default_rng(3)
    stack = rng.random((70, 3, 3)) < 0.5
    found = vote_patterns(
        Masks.of_dense(stack), np.zeros(70, np.int64), np.arange(70), np.ones((1, 70), bool), 0
    )
    expected = {tuple(column) for column in stack.reshape(70, -1).T.astype(int).tolist()}
    assert {tuple(row) for row in found.votes[found.weight > 0].tolist()} == expected


@given(STACKS)
def test_patterns_are_the_same_however_they_are_told_apart(stack):
    n = len(stack)
    columns = Masks.of_dense(stack), np.zeros(n, np.int64), np.arange(n), np.ones((1, n), bool)
    one = vote_patterns(*columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns_module, "MOST_KEYS", 0)
        other = vote_patterns(*columns)
    assert (one.votes.tolist(), one.weight.tolist()) == (
        other.votes.tolist(),
        other.weight.tolist(),
    )
    assert one.pattern.tolist() == other.pattern.tolist()


@settings(max_examples=25)
@given(STACKS)
def test_pictures_give_what_runs_give(stack):
    n = len(stack)
    found = vote_patterns(
        Masks.of_dense(stack), np.zeros(n, np.int64), np.arange(n), np.ones((1, n), bool), WHOLE
    )
    # A few rounds: where two answers are equally good, many would make the last digit decide.
    for infer in (staple, one_coin):
        of_runs = found.masks(infer(found.votes, found.weight, iterations=5).inside).dense(0)
        of_pictures = dense_inferred(
            [stack], lambda *columns, infer=infer: infer(*columns, iterations=5).inside
        )
        assert (of_pictures[0] == of_runs).all()


@pytest.mark.parametrize(
    ("votes", "weight", "group", "said"),
    [
        ([[1, 2]], [1.0], [0], "found a vote of 2"),
        ([[1, 0]], [1.0, 2.0], [0, 0], "found 1 patterns, 2 weights"),
        ([[1, 0]], [-1.0], [0], "found 1 patterns"),
        ([[1, 0]], [1.0], [1], "none without weight"),
    ],
)
def test_patterns_that_do_not_belong_together_are_refused(votes, weight, group, said):
    with pytest.raises(TableError, match=said):
        staple(np.array(votes, dtype=np.int8), np.array(weight), np.array(group))


@pytest.mark.parametrize("options", [{"prior": 1.0}, {"iterations": 0}, {"tolerance": -1.0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(RefusedError, match="allowed are a prior between 0 and 1"):
        staple(np.array([[1, 0]], dtype=np.int8), np.ones(1), **options)


def test_two_masks_of_one_annotator_and_masks_of_strangers_are_refused():
    two = Masks.of_dense(np.ones((2, 1, 1), dtype=bool))
    with pytest.raises(TableError, match="groups 0: found two masks of one annotator"):
        vote_patterns(two, np.zeros(2, np.int64), np.zeros(2, np.int64), np.ones((1, 2), bool))
    with pytest.raises(TableError, match="groups 0: found masks of annotators who were not asked"):
        vote_patterns(two, np.zeros(2, np.int64), np.arange(2), np.array([[True, False]]))
