"""Pixels of outlines as COCO's tools have them, and pixels that can be seen and are shared."""

import subprocess
import sys

import numpy as np
import pytest
from project import ROOT

from groundkeeper.core.scoring.objects.coco_pixels import coco_columns
from groundkeeper.core.scoring.objects.pixels import Runs, pixel_counts, shared_pixels, visible

# By pycocotools 2.0.11: `mask.decode(mask.frPyObjects([outline], height, width))`.
OUTLINES = {
    "a triangle between the pixels": (
        [1.2, 0.7, 6.9, 2.1, 3.3, 5.8],
        [
            "00000000",
            "00110000",
            "00111110",
            "00111100",
            "00011000",
            "00010000",
            "00000000",
        ],
    ),
    "an outline that leaves the picture": (
        [-2, 1, 4, -3, 9, 3, 2, 6],
        ["111111", "111111", "111111", "111111", "011110"],
    ),
    "a box on the lines between pixels": (
        [0, 0, 4, 0, 4, 3, 0, 3],
        ["11110", "11110", "11110", "00000"],
    ),
}

LIGHT = """
import sys
import numpy as np
from groundkeeper.core.scoring.objects.boxes import box_near
from groundkeeper.core.scoring.objects.compare import compare
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Side

unit = np.zeros(2, dtype=np.int64)
corners = np.array([[0.0, 0, 4, 4], [1, 0, 5, 4]])
compare(Side.of(unit, unit), Side.of(unit, unit), box_near(unit, corners, unit, corners), Settings())
print([name for name in ("numba", "scipy", "pandas") if name in sys.modules])
"""


def picture(rows):
    return np.array([[pixel == "1" for pixel in row] for row in rows])


@pytest.mark.parametrize("name", OUTLINES)
def test_outlines_have_the_pixels_that_pycocotools_gives_them(name):
    xy, rows = OUTLINES[name]
    height, width = picture(rows).shape
    corners = np.array(xy, dtype=np.float64).reshape(-1, 2)
    one = np.zeros(1, dtype=np.int64)
    masks = coco_columns(
        corners, np.array([0, len(corners)]), one, np.array([height]), np.array([width])
    ).transposed()
    assert np.array_equal(masks.dense(0), picture(rows))


def test_several_outlines_at_once_are_what_each_is_alone_and_holes_are_left_out():
    outer = np.array([[0.0, 0], [8, 0], [8, 8], [0, 8]])
    inner = np.array([[2.0, 2], [6, 2], [6, 6], [2, 6]])
    xy = np.concatenate([outer, inner, inner])
    size = np.array([10, 10])
    masks = coco_columns(xy, np.array([0, 4, 8, 12]), np.array([0, 0, 1]), size, size).transposed()
    assert masks.areas.tolist() == [64 - 16, 16]
    assert not (masks.dense(0) & masks.dense(1)).any()


def test_an_outline_along_the_last_column_does_not_run_into_the_next_picture():
    wall = np.array([[3.0, -1], [9, -1], [9, 9], [3, 9]])
    far = np.array([[50.0, 50], [60, 50], [60, 60]])
    size = np.array([5, 5])
    masks = coco_columns(
        np.concatenate([wall, far]), np.array([0, 4, 7]), np.array([0, 1]), size, size
    ).transposed()
    assert masks.areas.tolist() == [10, 0]


def test_the_highest_is_seen_whole_and_the_others_where_it_is_not():
    runs = Runs(np.array([0, 1, 2]), np.array([0, 2, 4]), np.array([10, 6, 8]))
    seen = visible(runs, np.array([1, 2, 0]))
    assert pixel_counts(seen, 3).tolist() == [6, 4, 0]


def test_pixels_that_two_parts_of_an_object_share_count_once():
    ours = Runs(np.array([0, 0]), np.array([0, 3]), np.array([5, 8]))
    theirs = Runs(np.array([0]), np.array([4]), np.array([20]))
    assert pixel_counts(ours, 1).tolist() == [8]
    assert shared_pixels(ours, theirs, 1)[2].tolist() == [4]


def test_few_boxes_are_compared_without_what_takes_a_second_to_load():
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
