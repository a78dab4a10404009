import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.lidc.linking import least_distances, link_marks

COORDINATES = st.integers(0, 40).map(float)
POINTS = st.tuples(COORDINATES, COORDINATES, st.sampled_from([0.0, 2.5, 5.0, 7.5]))
MARKS = st.lists(st.lists(POINTS, min_size=1, max_size=6).map(np.array), max_size=9)


def partition(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


def slow_distance(left, right):
    return min(float(np.linalg.norm(a - b)) for a in left for b in right)


def slow_groups(marks, tolerance, most):
    """The rule said plainly: components of "within tolerance", again with less while one has too many."""
    while True:
        groups = [{index} for index in range(len(marks))]
        for i in range(len(marks)):
            for j in range(i):
                if slow_distance(marks[i], marks[j]) <= tolerance:
                    one, other = (next(g for g in groups if k in g) for k in (i, j))
                    if one is not other:
                        groups.remove(other)
                        one |= other
        if max(map(len, groups), default=0) <= most or tolerance * 0.9 < 0.1:
            return {frozenset(group) for group in groups}
        tolerance *= 0.9


def at(*xs):
    return [np.array([[x, 0.0, 0.0]]) for x in xs]


def test_marks_exactly_one_slice_apart_are_one_nodule():
    marks = [np.array([[1.0, 1.0, -2.5]]), np.array([[1.0, 1.0, 0.0]])]
    assert link_marks(marks, 2.5).tolist() == [0, 0]


def test_links_chain():
    assert link_marks(at(0, 2, 4, 6), 2.0).tolist() == [0, 0, 0, 0]


def test_a_fifth_mark_shrinks_the_tolerance_until_it_falls_off():
    assert link_marks(at(0, 0, 0, 0, 2), 2.0).tolist() == [0, 0, 0, 0, 1]


def test_the_tolerance_shrinks_for_the_whole_scan():
    far = at(0, 0, 0, 0, 2, 100, 101.9)
    assert link_marks(far, 2.0).tolist() == [0, 0, 0, 0, 1, 2, 3]


def test_outlines_that_touch_stay_one_nodule_however_many_they_are():
    assert link_marks(at(0, 0, 0, 0, 0), 2.0).tolist() == [0] * 5


def test_no_marks_are_no_nodules():
    assert link_marks([], 2.0).tolist() == []


def test_the_boxes_of_marks_may_meet_where_the_marks_do_not():
    corner = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0]])
    assert link_marks([corner, np.array([[9.0, 9.0, 0.0]])], 2.0).tolist() == [0, 1]


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="tolerance"):
        link_marks(at(0), -1.0)


def test_a_mark_without_points_is_refused():
    with pytest.raises(ValueError, match="no points"):
        link_marks([np.empty((0, 3))], 2.0)


@given(MARKS, st.sampled_from([0.5, 1.25, 2.5, 5.0]), st.integers(1, 5))
def test_linking_agrees_with_the_rule_said_plainly(marks, tolerance, most):
    assert partition(link_marks(marks, tolerance, most=most)) == slow_groups(marks, tolerance, most)


@given(MARKS, st.randoms(use_true_random=False))
def test_linking_does_not_depend_on_the_order_of_marks_or_points(marks, random):
    order = list(range(len(marks)))
    random.shuffle(order)
    shuffled = link_marks([marks[index][::-1] for index in order], 2.5)
    back = np.empty(len(marks), dtype=np.int64)
    back[order] = shuffled
    assert partition(back) == partition(link_marks(marks, 2.5))


@given(MARKS)
def test_nodules_are_numbered_in_the_order_of_their_first_marks(marks):
    labels = link_marks(marks, 2.5).tolist()
    assert list(dict.fromkeys(labels)) == list(range(len(set(labels))))


@given(MARKS, st.sampled_from([1.0, 2.5, 10.0]))
def test_distances_are_exact_within_reach_and_infinite_beyond(marks, within):
    before = [points.copy() for points in marks]
    found = least_distances(marks, within)
    assert all(np.array_equal(a, b) for a, b in zip(before, marks, strict=True))
    for i in range(len(marks)):
        for j in range(i):
            true = slow_distance(marks[i], marks[j])
            assert found[i, j] == found[j, i]
            assert found[i, j] == (pytest.approx(true) if true <= within else np.inf)
