"""Points and lines in images that nobody says the size of are held to all that was drawn there."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.consensus.alike import pointwise
from groundkeeper.core.consensus.image_sizes import LEAST_PX2, image_areas


def alike(*shapes, items=None):
    """How alike shapes are, each of one annotator, and the area that they are held to."""
    names = [f"an_{number}" for number in range(len(shapes))]
    marks = pd.DataFrame({"annotation_id": names, "item_id": "it_a", "round": "r1"})
    marks["annotator"] = names
    parts = pd.DataFrame({"annotation_id": names, "frame": 0})
    parts["geometry"] = pd.Series(list(shapes), dtype=object)
    items = pd.DataFrame({"item_id": ["it_a"]}) if items is None else items
    areas = image_areas(items, marks, parts)
    return pointwise(parts, marks, areas)["iou"].tolist(), areas["it_a"]


def click(x, y):
    return shapely.MultiPoint([(x, y)])


def test_clicks_beside_one_another_are_alike():
    (found,), area = alike(click(500, 500), click(501, 500))
    assert area == LEAST_PX2
    assert found == pytest.approx(np.exp(-1 / (2 * LEAST_PX2 * 0.18**2)))


def test_all_that_was_drawn_counts_also_what_has_an_area():
    assert alike(click(0, 0), shapely.box(100, 100, 300, 200))[1] == 300 * 200


def test_the_size_that_is_stated_comes_first():
    items = pd.DataFrame({"item_id": ["it_a"], "width_px": [20], "height_px": [10]})
    assert alike(click(0, 0), click(900, 900), items=items)[1] == 200


def test_one_side_alone_is_no_size():
    items = pd.DataFrame({"item_id": ["it_a"], "width_px": [900], "height_px": [None]})
    assert alike(click(0, 0), click(1, 0), items=items)[1] == LEAST_PX2


places = st.tuples(st.floats(0, 1e4), st.floats(0, 1e4))


@given(st.sampled_from([click, "line"]), places)
def test_who_draws_the_same_is_alike_also_if_it_has_no_length(kind, place):
    shape = shapely.LineString([place, place]) if kind == "line" else click(*place)
    assert alike(shape, shape)[0] == [pytest.approx(1.0)]
