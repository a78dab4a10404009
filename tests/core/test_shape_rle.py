"""Run lengths as COCO and CVAT write them."""

import json
import os
import re
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some_arrays

from groundkeeper.core.shapes.masks.masks import Masks
from groundkeeper.core.shapes.masks.rle import (
    coco_counts,
    coco_of,
    coco_strings,
    masks_of_coco,
    masks_of_cvat,
)
from groundkeeper.errors import FormatError

REFERENCE = os.environ.get("GROUNDKEEPER_REFERENCE")
PICTURES = st.lists(
    some_arrays.arrays(np.bool_, some_arrays.array_shapes(min_dims=2, max_dims=2, max_side=9)),
    max_size=4,
)

# Written by pycocotools 2.0.11, encode of the same pictures.
WRITTEN = [
    ([[1, 1, 0, 1], [1, 0, 0, 0]], "033NN"),
    ([[0, 0], [0, 0], [0, 0]], "6"),
    ([[1, 1], [1, 1], [1, 1]], "06"),
    ([[0, 0, 1], [0, 1, 0]], "321"),
]
# Written by pycocotools 2.0.11, frPyObjects of these counts.
LONG_COUNTS = [0, 1_000_000, 3, 40, 999, 1, 1_000_000]
LONG_STRING = "0Pb`n03X__QOTo0iNib_n0"


@pytest.mark.parametrize(("picture", "text"), WRITTEN)
def test_strings_are_those_that_pycocotools_writes(picture, text):
    masks = Masks.of_dense([np.array(picture, dtype=bool)])
    assert coco_strings(masks) == [text]
    back = masks_of_coco([text], masks.height, masks.width)
    assert (back.dense(0) == np.array(picture, dtype=bool)).all()


def test_a_long_count_takes_several_characters():
    assert coco_counts([LONG_STRING])[0].tolist() == LONG_COUNTS


def test_uncompressed_counts_go_down_the_columns():
    # An annotation of Datumaro's COCO assets: counts [0, 20, 30] of 10 rows and 5 columns.
    found = masks_of_coco([[0, 20, 30]], [10], [5]).dense(0)
    assert found[:, :2].all()
    assert not found[:, 2:].any()


def test_counts_in_a_box_go_along_its_rows():
    # CVAT's tests of quality reports write a square of 20 px at (10, 10) as [0, 400, 10, 10, 29, 29].
    masks = masks_of_cvat([[0, 400, 10, 10, 29, 29]], [100], [200])
    assert masks.areas.tolist() == [400]
    assert masks.bounds.tolist() == [[10, 10, 30, 30]]


def cvat_points(picture):
    """Write a picture as CVAT does: runs within the smallest box, outside first, and the box, its last pixel in it."""
    rows, columns = np.nonzero(picture)
    top, left, bottom, right = rows.min(), columns.min(), rows.max(), columns.max()
    pixels = picture[top : bottom + 1, left : right + 1].reshape(-1).tolist()
    runs = [(inside, len([*run])) for inside, run in groupby(pixels)]
    return [0] * runs[0][0] + [length for _, length in runs] + [left, top, right, bottom]


@given(PICTURES)
def test_every_form_comes_back(pictures):
    masks = Masks.of_dense(pictures)
    size = masks.height, masks.width
    texts = coco_strings(masks)
    written = [coco_of(masks), texts, [text.encode() for text in texts]]
    for counts in written:
        back = masks_of_coco(counts, *size)
        assert all((back.dense(i) == picture).all() for i, picture in enumerate(pictures))
    some = [picture for picture in pictures if picture.any()]
    sizes = np.array([picture.shape for picture in some]).reshape(-1, 2).T
    back = masks_of_cvat([cvat_points(picture) for picture in some], *sizes)
    assert all((back.dense(i) == picture).all() for i, picture in enumerate(some))


@given(PICTURES)
def test_counts_are_of_as_many_pixels_as_the_picture_has(pictures):
    masks = Masks.of_dense(pictures)
    for counts, picture in zip(coco_of(masks), pictures, strict=True):
        assert sum(counts) == picture.size
        assert all(counts[1:])
        assert sum(counts[1::2]) == picture.sum()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([[0, 6], [0, 5]], "mask 1: found counts of 5 pixels; allowed are 6"),
        (["06", "0~"], "mask 1: found '~' at character 2 of the counts; allowed are '0' to 'o'"),
        (["06", "0é"], "mask 1: found 'é' at character 2"),
        (["06", "0V"], "masks 1: found counts that end within a number"),
        ([[0, 6], [3, -1, 4]], "mask 1: found -1 in run lengths; allowed are whole numbers from 0"),
        ([[0, 6], [2.5, 3.5]], "mask 1: found 2.5 in run lengths"),
        ([[0, 6], ["a"]], "mask 1: found 'a' in run lengths"),
        (["06", "0" + "P" * 13 + "0"], "mask 1: found a number of 14 characters"),
        (["06", "300M"], "mask 1: found -3 in run lengths"),
    ],
)
def test_a_mask_that_is_not_what_its_form_says_is_named(counts, said):
    with pytest.raises(FormatError, match=re.escape(said)):
        masks_of_coco(counts, [2, 2], [3, 3])


@pytest.mark.parametrize(
    "points",
    [[0, 4, 2, 0, 4, 1], [0, 4, 1, 1, 1], [0, 5, 0, 0, 1, 1], [0, 4, 1, 0, 0, 1], [3], []],
)
def test_a_box_is_within_the_picture_and_has_the_pixels_that_were_counted(points):
    with pytest.raises(FormatError, match=r"mask 0: found .* within the 4 x 3 px of the picture"):
        masks_of_cvat([points], [3], [4])


@pytest.mark.skipif(not REFERENCE, reason="GROUNDKEEPER_REFERENCE has the files of COCO")
def test_the_results_that_come_with_pycocotools_come_back_letter_by_letter():
    path = Path(str(REFERENCE)) / "coco100" / "instances_val2014_fakesegm100_results.json"
    found = [row["segmentation"] for row in json.loads(path.read_text(encoding="utf-8"))]
    height, width = np.array([one["size"] for one in found]).T
    masks = masks_of_coco([one["counts"] for one in found], height, width)
    assert coco_strings(masks) == [one["counts"] for one in found]
