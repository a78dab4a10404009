"""The short ways that boxes, visible pixels, attributes and clear matches take end where the long ways do."""

import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from project import ROOT

from groundkeeper.core.scoring.objects.areas import Areas
from groundkeeper.core.scoring.objects.assignment import Places, best_pairs
from groundkeeper.core.scoring.objects.attributes import Stated, attribute_codes
from groundkeeper.core.scoring.objects.coco_pixels import coco_columns, pixel_rectangles
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.covered import covered
from groundkeeper.core.scoring.objects.covered_boxes import covered_boxes
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.favourites import stars
from groundkeeper.core.scoring.objects.frames import scene
from groundkeeper.core.scoring.objects.group_conflicts import other_groups
from groundkeeper.core.scoring.objects.pixels import Runs, shared_pixels, shared_visible, visible
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Near, Side
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.drawn import Drawn, Pairs
from groundkeeper.errors import TableError
from schemas.enums import Shape

LIGHT = """
import sys
import numpy as np
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.drawings import Drawings
from groundkeeper.core.scoring.objects.frames import scene
from groundkeeper.core.scoring.objects.settings import Settings
from schemas.enums import Shape

zero, edges = np.zeros(2, dtype=np.int64), np.array([[0.0, 0, 4, 4], [1, 0, 5, 4]])
side = Drawings(zero, zero, Shape.BBOX, np.full(2, None), [{}, {}], zero, zero, np.zeros(2), edges)
found = scene(side, side, np.array([[9, 9]]), Settings())
compare(found.truth, found.said, found.near, Settings())
print([name for name in ("numba", "scipy", "pandas") if name in sys.modules])
"""

seeds = st.integers(0, 2**32 - 1)


def drawn(random, n, frames=3, size=40.0):
    """Boxes on a grid of quarters of a px, some outside the picture, some without an area."""
    frame = np.sort(random.integers(0, frames, n))
    corner, extent = random.uniform(-8, size, (n, 2)), random.uniform(0, size / 2, (n, 2))
    edges = np.around(np.hstack([corner, corner + extent]) * 4) / 4
    return frame, edges


def drawings(random, n):
    """The same as shapes with attributes, groups and layers."""
    frame, edges = drawn(random, n)
    attributes = [
        {name: value for name, value in (("a", bool(one)), ("b", int(two))) if value != 1}
        for one, two in random.integers(0, 3, (n, 2)).tolist()
    ]
    return Drawings(
        frame,
        random.integers(0, 2, n),
        Shape.BBOX,
        shapely.box(*edges.T),
        attributes,
        np.where(random.uniform(size=n) < 0.5, NONE, random.integers(0, 4, n)),
        random.integers(0, 3, n),
        np.zeros(n),
    ), edges


def same(one, other):
    """Whether all columns of two tables are the same."""
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(one)
        if isinstance(getattr(one, field.name), np.ndarray)
    )


@given(seeds, st.integers(0, 40))
def test_the_pixels_of_a_box_are_those_of_its_outline(seed, n):
    _, edges = drawn(np.random.default_rng(seed), n)
    size = np.full((n, 2), [30, 35])
    outline = edges[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    masks = coco_columns(
        outline, np.arange(n + 1) * 4, np.arange(n), size[:, 0], size[:, 1]
    ).transposed()
    for place, (left, top, right, bottom) in enumerate(pixel_rectangles(edges, size).tolist()):
        expected = np.zeros((30, 35), dtype=bool)
        expected[top:bottom, left:right] = True
        assert np.array_equal(masks.dense(place), expected)


@given(seeds, st.integers(0, 60), st.sampled_from([0.05, 0.3, 0.9]))
def test_boxes_are_covered_as_their_outlines_are(seed, n, visible_from):
    random = np.random.default_rng(seed)
    frame, edges = drawn(random, n)
    rank, sizes = random.permutation(n), np.array([[30, 35], [60, 60], [44, 20]])
    outlines = Areas(frame, shapely.box(*edges.T), np.zeros(n, bool), np.arange(n), rank)
    found = covered_boxes(frame, edges, rank, sizes, visible_from)
    assert np.array_equal(found, covered(outlines, sizes, visible_from))


def test_a_box_is_covered_by_several_that_hide_it_together_and_not_by_as_much_of_one_part():
    zero, size = np.zeros(3, dtype=np.int64), np.array([[20, 20]])
    halves = np.array([[0.0, 0, 10, 10], [0, 0, 10, 5], [0, 5, 10, 10]])
    twice = np.array([[0.0, 0, 10, 10], [0, 0, 10, 5], [0, 0, 10, 5]])
    assert covered_boxes(zero, halves, np.arange(3), size, 0.05).tolist() == [True, False, False]
    assert not covered_boxes(zero, twice, np.arange(3), size, 0.05)[0]
    assert not covered_boxes(zero, halves, np.array([2, 0, 1]), size, 0.05)[0]


@given(seeds, st.integers(0, 30))
def test_visible_runs_share_what_any_runs_share(seed, n):
    random = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        start = random.integers(0, 60, n)
        runs = Runs(np.arange(n), start, start + random.integers(1, 20, n))
        seen = visible(runs, random.permutation(n))
        sides.append(Runs(random.integers(0, 5, n)[seen.owner], seen.start, seen.end))
    found, expected = (way(*sides, 5) for way in (shared_visible, shared_pixels))
    assert all(np.array_equal(*columns) for columns in zip(found, expected, strict=True))


@given(seeds, st.integers(1, 8), st.integers(1, 8))
def test_matches_are_those_of_looking_at_all_ways(seed, n_truth, n_said):
    random = np.random.default_rng(seed)
    alike = np.where(
        random.uniform(size=(n_truth, n_said)) < 0.4, random.integers(4, 10, (n_truth, n_said)), 0
    )
    ours, theirs = np.nonzero(alike)
    near = Near(ours, theirs, alike[ours, theirs] / 10, np.zeros(len(ours), bool))
    labels = [random.integers(0, 2, n) for n in (n_truth, n_said)]
    truth, said = (Places(np.zeros(len(label), dtype=np.int64), label) for label in labels)
    found = best_pairs(truth, said, near, np.arange(len(ours)))
    whole = Drawn(
        np.zeros(n_truth + n_said, dtype=np.int64),
        np.repeat([0, 1], [n_truth, n_said]),
        np.concatenate(labels),
    )
    record = cluster_pairs(whole, Pairs(ours, n_truth + theirs, near.similarity), 0.4).record
    assert found.tolist() == np.flatnonzero(record[ours] == record[n_truth + theirs]).tolist()


def test_of_partners_that_are_hardly_less_alike_nothing_is_said():
    left, right, no = np.zeros(2, dtype=np.int64), np.arange(2), np.zeros(2, dtype=np.bool_)
    best, known = stars(left, right, np.array([0.5, 0.5 + 1e-12]), no)
    assert not best.any()
    assert not known.any()
    best, known = stars(right, left, np.array([0.5, 0.5]), np.array([False, True]))
    assert best.tolist() == [False, True]
    assert known.all()


@given(seeds, st.integers(0, 12))
def test_groups_of_some_objects_are_compared_as_if_all_belonged_with_somebody(seed, n):
    random = np.random.default_rng(seed)
    unit, no = np.sort(random.integers(0, 2, n)), np.zeros(n, dtype=np.bool_)
    sides = []
    for _ in range(2):
        group = np.where(random.uniform(size=n) < 0.5, NONE, random.integers(0, 3, n))
        sides.append(Side(unit, unit, np.zeros((n, 0), dtype=np.int64), group, no, no))
    ours = np.flatnonzero(random.uniform(size=n) < 0.8)
    found = other_groups(*sides, ours, ours, 0.5)
    # Who is alone is given a group of its own, in the order that those alone have.
    named = [
        replace(side, group=np.where(side.group == NONE, np.arange(n), 100 + side.group))
        for side in sides
    ]
    assert np.array_equal(found, other_groups(*named, ours, ours, 0.5))


@given(seeds, st.booleans())
def test_columns_of_edges_and_codes_say_what_polygons_and_dictionaries_say(seed, is_sized):
    random = np.random.default_rng(seed)
    sides = [drawings(random, int(n)) for n in random.integers(0, 40, 2)]
    polygons = [side for side, _ in sides]
    codes = attribute_codes([side.attributes for side in polygons], ())
    names = [str(place) for place in range(codes[0].shape[1])]
    columns = [
        replace(
            side,
            geometry=np.full(len(side), None),
            attributes=Stated(names, codes[place]),
            edges=edges,
        )
        for place, (side, edges) in enumerate(sides)
    ]
    sizes = np.array([[30, 35], [60, 60], [44, 20]]) if is_sized else None
    results = []
    for one, other in (polygons, columns):
        made = scene(one, other, sizes, Settings())
        found = compare(made.truth, made.said, made.near, Settings())
        results.append((made.truth, made.said, made.near, found, found.conflicts))
    assert all(same(*both) for both in zip(*results, strict=True))


def test_what_many_say_in_one_dictionary_is_what_they_say_one_by_one():
    shared = {"side": "left", "sure": 1}
    told = [
        shared,
        {"sure": True, "side": "left"},
        shared,
        {"side": ["left"]},
        {"side": ["left"]},
        {},
    ]
    together = attribute_codes([told, told[:2]], ())
    apart = attribute_codes([[dict(said) for said in side] for side in (told, told[:2])], ())
    assert [table.tolist() for table in together] == [table.tolist() for table in apart]
    assert together[0].tolist() == [[0, 0], [0, 0], [0, 0], [1, NONE], [1, NONE], [NONE, NONE]]


def test_codes_are_compared_with_codes_of_the_same_attributes_alone():
    coded = Stated(["side"], np.zeros((1, 1), dtype=np.int64))
    other = Stated(["view"], coded.codes)
    assert attribute_codes([coded, coded], ["side"])[0].shape == (1, 0)
    for wrong in ([coded, [{}]], [coded, other]):
        with pytest.raises(TableError, match="allowed are codes of the same ones"):
            attribute_codes(wrong, ())
    with pytest.raises(TableError, match="allowed is \\(n, 2\\)"):
        Stated(["side", "view"], coded.codes)


def test_a_few_boxes_need_none_of_what_takes_long_to_import():
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
