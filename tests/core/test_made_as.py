"""What the one shape of a record counts as drawn with: what it is, not what most of its drawers took."""

import numpy as np
import pandas as pd
import pytest
import shapely

from groundkeeper.core.consensus.drawings import Drawings
from groundkeeper.core.consensus.made_as import are_boxes, made_as
from groundkeeper.core.consensus.one_shape import one_shape
from groundkeeper.core.shapes.areas.ellipses import ellipses
from groundkeeper.core.shapes.areas.rotated import rotated_boxes

SQUARE = shapely.box(0, 0, 10, 10)
MOVED = shapely.box(2, 2, 12, 12)
CORNERED = shapely.Polygon([(0, 0), (9, 0), (9, 5), (10, 5), (10, 10), (0, 10)])
TURNED = rotated_boxes(*np.array([[60.0], [50], [40], [20], [30]]))[0]
ELLIPSE = ellipses(*np.array([[60.0], [50], [30], [20], [10]]))[0]


def made(rule, *drawn):
    """What is made by *rule* of one record, each voter's kind and shape."""
    kinds, shapes = zip(*drawn, strict=True)
    names = [f"an_{number}" for number in range(len(drawn))]
    parts = pd.DataFrame({"record": 0, "annotation_id": names, "frame": 0, "kind": list(kinds)})
    parts["geometry"] = list(shapes)
    alike = pd.DataFrame({"left": ["an_0"], "right": ["an_1"], "iou": [0.5]})
    drawings = Drawings(parts, np.array([len(drawn)]), alike, np.array([np.nan]))
    return made_as(one_shape(drawings, rule), drawings).tolist()


def test_boxes_make_a_polygon_where_what_they_make_has_not_four_corners():
    boxes = ("bbox", SQUARE), ("bbox", MOVED), ("polygon", CORNERED)
    assert made("majority_region", *boxes) == ["polygon"]
    assert made("majority_region", ("bbox", SQUARE), ("bbox", MOVED)) == ["polygon"]
    assert made("majority_region", ("bbox", SQUARE), ("bbox", SQUARE)) == ["bbox"]


def test_a_box_of_boxes_is_a_box_also_if_it_is_turned():
    assert made("by_kind", ("bbox", SQUARE), ("bbox", MOVED)) == ["bbox"]
    assert made("by_kind", ("bbox", TURNED), ("bbox", TURNED)) == ["bbox"]


def test_ellipses_make_an_ellipse_only_where_one_of_them_is_taken():
    moved = shapely.affinity.translate(ELLIPSE, 3)
    drawn = ("ellipse", ELLIPSE), ("ellipse", moved)
    assert made("majority_region", *drawn) == ["polygon"]
    assert made("medoid", *drawn) == ["ellipse"]


@pytest.mark.parametrize(("other", "kind"), [("mask", "mask"), ("polygon", "polygon")])
def test_it_is_a_mask_if_all_are_masks(other, kind):
    drawn = ("mask", SQUARE), (other, MOVED)
    assert made("majority_region", *drawn) == [kind]


def test_the_medoid_is_what_it_was_drawn_with():
    assert made("medoid", ("polygon", CORNERED), ("bbox", MOVED)) == ["polygon"]


def test_where_nothing_is_made_and_of_lines_it_is_what_most_drew():
    assert made("none", ("bbox", SQUARE), ("bbox", MOVED)) == ["bbox"]
    line = shapely.LineString([(0, 0), (9, 0)])
    assert made("by_kind", ("polyline", line), ("polyline", line)) == ["polyline"]


def test_a_box_has_right_angles_wherever_its_ring_starts_and_runs():
    slanted = shapely.Polygon([(0, 0), (4, 0), (5, 2), (1, 2)])
    shapes = [SQUARE, shapely.reverse(SQUARE), TURNED, slanted, CORNERED]
    assert are_boxes(np.array(shapes, dtype=object)).tolist() == [True, True, True, False, False]
