"""The picture of a case: every position drawn and named by its letter, whatever it was drawn with."""

from xml.etree import ElementTree as ET

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.adjudication.positions import Case, Position, Statement, letters
from groundkeeper.reports.cases import About, picture, stated

SVG = "{http://www.w3.org/2000/svg}"
ABOUT = About("scan <1> & more", ("borderline; 2 of 3 marked it",), 0.5)
BOX = shapely.box(0, 0, 8, 8)
DRAWN = {
    "polygon": shapely.Polygon(BOX.exterior, [shapely.box(2, 2, 4, 4).exterior.coords]),
    "bbox": BOX,
    "mask": shapely.MultiPolygon([BOX, shapely.box(20, 0, 24, 4)]),
    "polyline": shapely.LineString([(0, 0), (5, 2), (9, 9)]),
    "points": shapely.MultiPoint([(1, 1), (7, 3)]),
    "skeleton": shapely.MultiPoint([(1, 1, 2), (7, 3, 1), (0, 0, 0)]),
}


def position(letter, kind="polygon", shape=BOX, frames=(3,), **attributes):
    parts = dict.fromkeys(frames, shape) if shape is not None else {}
    return Position(letter, (f"an_{letter}",), Statement(None, attributes, kind, parts))


def case(*positions, silent=0):
    return Case("rc_1", "it_1", "1.0.0", len(positions) + silent, silent, positions)


def drawn(found, about=ABOUT):
    return ET.fromstring(str(picture(found, about)))  # noqa: S314 - made by this test


def texts(root):
    return [one.text for one in root.iter(f"{SVG}text")]


def paths(root, class_):
    return [one for one in root.iter(f"{SVG}path") if class_ in one.get("class", "").split()]


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_every_kind_of_shape_is_drawn_with_the_letter_of_its_position(kind):
    found = drawn(case(position("A", kind, DRAWN[kind]), position("B", kind, DRAWN[kind])))
    assert len(paths(found, "drawn")) >= 4, "over one another, and each by itself"
    assert len(paths(found, "other")) == 2
    assert {"A", "B"} <= set(texts(found))
    assert all(one.get("d") for one in paths(found, "drawn"))


def test_a_joint_that_is_not_labelled_is_not_drawn():
    (one,) = {
        path.get("d")
        for path in paths(drawn(case(position("A", "skeleton", DRAWN["skeleton"]))), "drawn")
    }
    assert one.count("M") == 2


def test_who_marked_nothing_has_a_panel_of_their_own():
    found = texts(drawn(case(position("A"), silent=2)))
    assert "absent" in found
    assert "2 of 3 marked nothing" in found


def test_a_case_without_shapes_is_a_table_of_its_values():
    found = drawn(case(position("A", shape=None, rating=2), position("B", shape=None, rating=5)))
    assert not paths(found, "other")
    assert {"rating", "2", "5", "A", "B"} <= set(texts(found))
    assert len(list(found.iter(f"{SVG}circle"))) == 1, "what they differ on is marked"


def test_values_are_side_by_side_and_missing_ones_are_told():
    rows = dict(stated([position("A", rating=2, signs=["fat"]), position("B", rating=3)]))
    assert rows == {"rating": ("2", "3"), "signs": ('["fat"]', "-")}


def test_a_long_value_is_cut_and_there_for_the_pointer():
    word = "x" * 40
    found = drawn(case(position("A", shape=None, note=word)))
    assert not any(word in text for text in texts(found))
    assert word in [one.text for one in found.iter(f"{SVG}title")]


@given(st.integers(1, 9), st.lists(st.integers(0, 30), min_size=1, max_size=9, unique=True))
def test_any_number_of_positions_and_frames_fits_into_the_picture_and_is_drawn_alike_twice(
    count, frames
):
    shapes = [shapely.box(k, 0, k + 8, 8) for k in range(count)]
    found = case(
        *(
            position(letter, shape=shape, frames=frames, rating=k)
            for k, (letter, shape) in enumerate(zip(letters(), shapes, strict=False))
        )
    )
    assert picture(found, ABOUT) == picture(found, ABOUT)
    root = drawn(found)
    width, height = float(root.get("width")), float(root.get("height"))
    for panel in root.iter(f"{SVG}g"):
        moved = panel.get("transform")
        if moved:
            x, y = map(float, moved.removeprefix("translate(").removesuffix(")").split())
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_the_scale_is_told_in_mm_where_it_is_known_and_else_in_px():
    known = texts(drawn(case(position("A"))))
    unknown = texts(drawn(case(position("A")), About("scan", ("why",))))
    assert any(text.endswith(" mm") for text in known)
    assert any(text.endswith(" px") for text in unknown)
