"""Lines: similarity along the length, direction, mean, and the same figures as CVAT and Datumaro."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.strokes import Strokes, line_pairs
from groundkeeper.core.shapes.points.line_pieces import Line
from groundkeeper.core.shapes.points.lines import (
    line_distances,
    line_similarity,
    mean_line,
)
from groundkeeper.core.shapes.points.peer_similarities import (
    cvat_line_similarity,
    datumaro_line_similarity,
    datumaro_point_similarity,
)

IMAGE = 200 * 100

coordinates = st.integers(0, 200).map(float)
vertices = st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=5, unique=True)


def lines(*of_vertices):
    return np.array([shapely.LineString(v) for v in of_vertices], dtype=object)


def alike(left, right, **options):
    return line_similarity(lines(left), lines(right), options.pop("image", IMAGE), **options)[0]


def slowly(left, right, width, steps=4001):
    """The mean of the Gaussian at many shares of the length."""
    shares = (np.arange(steps) + 0.5) / steps
    here, there = Line(np.array(left)).at(shares), Line(np.array(right)).at(shares)
    return np.exp(-np.square(here - there).sum(axis=1) / (2 * width**2)).mean()


@pytest.mark.parametrize("similarity", [line_similarity, cvat_line_similarity])
@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # quality/polyline_same, quality/polyline_offset: executed by CVAT v2.64.
        ([(10, 10), (50, 10), (50, 50)], [(10, 10), (50, 10), (50, 50)], 1.0),
        ([(10, 10), (50, 10)], [(10, 12), (50, 12)], 0.7788007830714049),
    ],
)
def test_cvat_has_the_same_similarity(similarity, left, right, expected):
    assert similarity(lines(left), lines(right), IMAGE)[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # CVAT's LineMatcher with 0.01 in an image of 20,000 px2, where vertices count and not the length.
        (
            [(67.73, 61.48), (78.38, 74.36), (66.38, 78.11), (65.15, 68.71)],
            [(66.41, 67.17), (65.9, 78.87), (81.15, 78.02), (67.69, 64.47)],
            0.6046114371023666,
        ),
        ([(0, 0), (10, 0), (10, 10)], [(0, 1), (11, 1), (11, 12)], 0.859005624232327),
        ([(0, 0), (10, 0)], [(60, 0), (70, 0)], 0.0),
    ],
)
def test_cvats_own_mean_over_the_vertices_is_there_for_comparison(left, right, expected):
    assert cvat_line_similarity(lines(left), lines(right), IMAGE)[0] == pytest.approx(
        expected, abs=1e-12
    )


def test_datumaro_has_the_same_similarity_of_lines():
    # LineMatcher of Datumaro 1.13.12, of what test_can_match_shapes merges.
    left, right = [(1, 1), (2, 1), (3, 1)], [(1, 1.5), (2, 1.5)]
    assert datumaro_line_similarity(lines(left), lines(right))[0] == pytest.approx(
        0.7236342064368695
    )
    # What could be less than a square px counts as one.
    tiny = lines([(0, 0), (0.5, 0.25)]), lines([(0, 0.5), (0.5, 0.25)])
    assert datumaro_line_similarity(*tiny)[0] == pytest.approx(0.8602457514062631)
    # test_can_match_lines_when_line_not_approximated asks for 0.1.
    bent = [(1, 1), (2, 1), (3, 5), (5, 5), (8, 3)]
    assert datumaro_line_similarity(lines(bent), lines([(1, 1), (8, 3)]))[0] >= 0.1
    assert datumaro_line_similarity(lines([(0, 0), (9, 0)]), lines([(50, 0), (90, 0)]))[0] == 1


def test_datumaro_has_the_same_similarity_of_points():
    # PointsMatcher of Datumaro 1.13.12: the sum, so two points that are the same have 2.
    boxes = np.array([[4.0, 5, 6, 9]]), np.array([[4.0, 4, 6, 9]])
    one, other = (
        np.array([shapely.MultiPoint([(5, 6)])]),
        np.array([shapely.MultiPoint([(5.5, 6.5)])]),
    )
    found = datumaro_point_similarity(one, other, *boxes)
    assert found[0] == pytest.approx(0.4993517885992762)
    two = np.array([shapely.MultiPoint([(5, 6), (4, 4)])])
    assert datumaro_point_similarity(two, two, *boxes)[0] == 2
    assert datumaro_point_similarity(one, two, *boxes)[0] == 0
    assert datumaro_point_similarity(one, other, boxes[0], boxes[1] + 50)[0] == 0


@given(vertices, vertices)
def test_similarity_is_the_mean_over_the_length(left, right):
    width = 0.02 * np.sqrt(IMAGE)
    slow = max(slowly(left, right, width), slowly(left, right[::-1], width))
    assert alike(left, right) == pytest.approx(slow, abs=2e-4)


@given(vertices, vertices)
def test_similarity_is_symmetric_to_the_last_digit_and_between_0_and_1(left, right):
    found = alike(left, right)
    assert 0 <= found <= 1
    assert alike(right, left) == found


@given(vertices)
def test_a_line_is_fully_like_itself_and_its_reverse(drawn):
    assert alike(drawn, drawn) == 1
    assert alike(drawn, drawn[::-1]) == pytest.approx(1, abs=1e-12)


@given(vertices, vertices, st.integers(1, 4))
def test_vertices_along_a_line_change_nothing(left, right, more):
    finer = shapely.get_coordinates(shapely.segmentize(lines(right), 250 / (more * 7))[0])
    assert alike(left, finer) == pytest.approx(alike(left, right), abs=1e-9)


def test_to_cvat_vertices_along_a_line_do_change_something():
    left, right = [(0, 0), (40, 0)], [(0, 0), (40, 8)]
    finer = [(0, 0), (1, 0.2), (2, 0.4), (3, 0.6), (40, 8)]
    coarse, fine = (cvat_line_similarity(lines(left), lines(r), IMAGE)[0] for r in (right, finer))
    assert fine - coarse > 0.2
    assert alike(left, finer) == pytest.approx(alike(left, right), abs=1e-12)


@given(vertices, vertices, coordinates, st.sampled_from([0.5, 2.0, 16.0]))
def test_similarity_does_not_change_when_the_whole_image_moves_or_grows(left, right, by, times):
    def changed(drawn):
        return [(times * (x + by), times * (y - by)) for x, y in drawn]

    found = alike(changed(left), changed(right), image=IMAGE * times**2)
    assert found == pytest.approx(alike(left, right), abs=1e-9)


@given(st.lists(st.tuples(vertices, vertices), min_size=2, max_size=5))
def test_a_pair_is_as_alike_whatever_else_is_compared(pairs):
    left, right = (lines(*side) for side in zip(*pairs, strict=True))
    together = line_similarity(left, right, IMAGE)
    assert together.tolist() == [alike(*pair) for pair in pairs]


def test_direction_counts_where_it_is_said():
    there = [(0, 0), (40, 0)]
    assert alike(there, there[::-1], directed=True) < 0.3
    area = np.full(2, float(IMAGE))
    sides = [Strokes(drawn, area) for drawn in (lines(there, there), lines(there, there[::-1]))]
    assert line_pairs(*sides, area, Settings())[1].tolist() == [False, True]


def test_a_line_against_a_much_shorter_one_lies_on_it_only_in_part():
    whole, half = [(0, 0), (100, 0)], [(0, 0), (50, 0)]
    width = 0.02 * np.sqrt(IMAGE)
    assert alike(whole, half, directed=True) == pytest.approx(slowly(whole, half, width), abs=1e-5)


def test_without_an_image_lines_are_compared_at_their_own_length():
    left, right = lines([(0, 0), (100, 0)]), lines([(0, 2), (100, 2)])
    expected = np.exp(-4 / (2 * 100**2 * 0.02**2))
    assert line_similarity(left, right)[0] == pytest.approx(expected)
    mixed = line_similarity(np.r_[left, left], np.r_[right, right], np.array([np.nan, IMAGE]))
    assert mixed == pytest.approx([expected, 0.7788007830714049])


def test_what_has_no_length_is_a_point_and_nothing_is_like_an_empty_line():
    still = lines([(5, 5), (5, 5)])
    assert line_similarity(still, still, IMAGE)[0] == 1
    assert np.isnan(line_similarity(still, still)[0])
    assert np.isnan(line_similarity(np.array([shapely.LineString()]), still, IMAGE)[0])


@given(vertices, vertices)
def test_no_line_is_nearer_by_frechet_than_by_hausdorff(left, right):
    hausdorff, frechet = line_distances(lines(left), lines(right))
    assert frechet[0] >= hausdorff[0] - 1e-9
    assert line_distances(lines(left), lines(left[::-1]))[1][0] == 0


@given(vertices)
def test_the_mean_of_a_line_and_its_reverse_is_the_line(drawn):
    assume(len(drawn) > 1)
    mean = mean_line(lines(drawn, drawn[::-1]), 0)
    assert mean.hausdorff_distance(shapely.LineString(drawn)) < 1e-9


def test_the_mean_runs_between_lines_with_other_vertices():
    mean = mean_line(lines([(0, 0), (10, 0)], [(0, 4), (2, 4), (10, 4)]), 0)
    assert mean.equals_exact(shapely.LineString([(0, 2), (2, 2), (10, 2)]), 1e-12)
