"""Shapes of every kind in a file of answers: what they become, tracks between key frames, and what is refused."""

import json

import numpy as np
import pytest
import shapely

from groundkeeper.core.shapes.areas.rotated import box_parameters
from groundkeeper.errors import FormatError
from groundkeeper.formats import answers

HOLLOW = [[0, 0], [6, 0], [6, 6], [0, 6]]
BOW_TIE = [[0, 0], [4, 4], [4, 0], [0, 4]]


def read(tmp_path, *annotations):
    path = tmp_path / "answers.jsonl"
    told = {"item": "a", "annotator": "ada", "annotations": list(annotations)}
    path.write_text(json.dumps(told) + "\n", encoding="utf-8")
    return answers.read(path, {}, ())


def drawn(tmp_path, shape, **annotation):
    """The kind of an annotation with one shape, and its part."""
    found = read(tmp_path, {"parts": [{"frame": 0, **shape}], **annotation})
    (part,) = found.parts.to_dict("records")
    return found.annotations["kind"].iloc[0], part


@pytest.mark.parametrize(
    ("shape", "kind", "wkt"),
    [
        ({"bbox": [1, 2, 3, 4]}, "bbox", "POLYGON ((1 2, 4 2, 4 6, 1 6, 1 2))"),
        ({"polyline": [[4, 4], [0, 0]]}, "polyline", "LINESTRING (4 4, 0 0)"),
        ({"points": [[4, 4], [0, 0]]}, "points", "MULTIPOINT ((4 4), (0 0))"),
        ({"skeleton": [[4, 4, 2], [0, 0, 0]]}, "skeleton", "MULTIPOINT Z ((4 4 2), (0 0 0))"),
        ({"wkt": "LINESTRING (4 4, 0 0)"}, "polyline", "LINESTRING (4 4, 0 0)"),
        ({"wkt": "MULTIPOINT Z ((4 4 1))"}, "skeleton", "MULTIPOINT Z ((4 4 1))"),
    ],
)
def test_the_corners_of_boxes_lines_and_points_stay_in_their_order(shape, kind, wkt, tmp_path):
    found, part = drawn(tmp_path, shape)
    assert (found, part["geometry"].wkt, part["repaired"]) == (kind, wkt, False)


def test_a_box_turns_clockwise_about_its_centre(tmp_path):
    _, part = drawn(tmp_path, {"bbox": [40, 40, 40, 20], "rotation": 30})
    found = box_parameters(np.array([part["geometry"]]))
    np.testing.assert_allclose(found, [[60, 50, 40, 20, 30]], atol=1e-9)


def test_an_ellipse_has_the_area_of_an_ellipse(tmp_path):
    kind, part = drawn(tmp_path, {"ellipse": [60, 50, 30, 20], "rotation": 10})
    assert (kind, part["geometry"].area) == ("ellipse", pytest.approx(np.pi * 600))


def test_a_polygon_has_holes_and_is_repaired_where_it_crosses_itself(tmp_path):
    holes = [[[1, 1], [2, 1], [2, 2], [1, 2]]]
    kind, part = drawn(tmp_path, {"polygon": HOLLOW, "holes": holes})
    assert (kind, part["geometry"].area, part["repaired"]) == ("polygon", 35, False)
    _, part = drawn(tmp_path, {"polygon": BOW_TIE})
    assert (part["geometry"].area, part["repaired"]) == (8, True)


@pytest.mark.parametrize("counts", [[0, 3, 2, 1], "032N"])
def test_a_mask_is_the_union_of_its_pixels(counts, tmp_path):
    kind, part = drawn(tmp_path, {"rle": {"size": [3, 2], "counts": counts}})
    assert kind == "mask"
    assert part["geometry"].equals(shapely.union(shapely.box(0, 0, 1, 3), shapely.box(1, 2, 2, 3)))


def test_the_kind_is_stated_where_wkt_does_not_say_it(tmp_path):
    box = {"wkt": "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"}
    assert drawn(tmp_path, box)[0] == "polygon"
    assert drawn(tmp_path, box, kind="bbox")[0] == "bbox"


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        ({"parts": [{"frame": 0}]}, "found no shape; allowed is one of bbox, ellipse"),
        (
            {"parts": [{"frame": 0, "bbox": [0, 0, 1, 1], "points": [[0, 0]]}]},
            "found bbox and points",
        ),
        ({"parts": [{"frame": 0, "points": [[0, 0]], "rotation": 3}]}, "rotation with points"),
        ({"parts": [{"frame": 0, "points": [[0, 0]], "holes": [HOLLOW]}]}, "holes with points"),
        ({"parts": [{"frame": 0, "bbox": [0, 0, 0, 1]}]}, "a number above 0"),
        ({"parts": [{"frame": 0, "polyline": [[0, 0]]}]}, "a list of length 2 or more"),
        ({"parts": [{"frame": 0, "points": []}]}, "a list of length 1 or more"),
        (
            {"parts": [{"frame": 0, "skeleton": [[0, 0, 3]]}]},
            "skeleton[0][2]: found 3; allowed is 0, 1",
        ),
        ({"parts": [{"frame": 0, "skeleton": [[0, 0, 0]]}]}, "without a labelled joint"),
        ({"parts": [{"frame": 0, "points": [[0, 1e10]]}]}, "a number of 1000000000 or less"),
        ({"parts": [{"frame": 2, "rle": {"size": [2, 2], "counts": [3]}}]}, "frame 2: rle: "),
        ({"parts": [{"frame": 0, "wkt": "MULTIPOINT Z ((1 1 7))"}]}, "other z than 0"),
        (
            {"kind": "bbox", "parts": [{"frame": 0, "polygon": HOLLOW}]},
            "annotation 1: frame 0: found polygon of kind bbox; allowed is polygon, mask",
        ),
        (
            {"kind": "bbox", "parts": [{"frame": 0, "wkt": "POLYGON ((0 0, 1 0, 1 1, 0 0))"}]},
            "has not four corners",
        ),
        (
            {"parts": [{"frame": 0, "bbox": [0, 0, 1, 1]}, {"frame": 1, "points": [[0, 0]]}]},
            "found bbox, points in one annotation",
        ),
        ({"kind": "bbox"}, "found kind bbox with 0 shapes"),
        (
            {"parts": [{"frame": 2, "rle": {"size": [2, 2], "counts": [4]}}]},
            "annotation 1: frame 2: found a mask that covers nothing",
        ),
        (
            {"parts": [{"frame": 0, "polygon": [[0, 0], [5, 0], [9, 0]]}]},
            "found a polygon that covers nothing",
        ),
        (
            {"kind": "bbox", "parts": [{"frame": 0, "wkt": "POLYGON ((0 0, 4 0, 9 0, 3 0, 0 0))"}]},
            "found a bbox that covers nothing",
        ),
        (
            {
                "parts": [{"frame": 0, "points": [[0, 0]]}],
                "track": [{"frame": 0, "points": [[0, 0]]}],
            },
            "found parts and track",
        ),
        (
            {"track": [{"frame": 0, "points": [[0, 0]]}, {"frame": 0, "points": [[1, 0]]}]},
            "two key frames of one frame",
        ),
    ],
)
def test_what_is_no_shape_is_refused_with_its_place(annotation, said, tmp_path):
    with pytest.raises(FormatError, match="line 1: ") as caught:
        read(tmp_path, annotation)
    assert said in str(caught.value)


def test_between_key_frames_an_object_moves_and_after_the_last_it_is_gone(tmp_path):
    track = [
        {"frame": 4, "bbox": [4, 0, 2, 2], "outside": True},
        {"frame": 6, "bbox": [4, 0, 2, 2]},
        {"frame": 0, "bbox": [0, 0, 2, 2]},
    ]
    found = read(tmp_path, {"label": "car", "track": track})
    assert found.annotations["kind"].tolist() == ["bbox"]
    bounds = found.parts.set_index("frame")["geometry"].map(lambda box: box.bounds[0]).to_dict()
    assert bounds == {0: 0.0, 1: 1.0, 2: 2.0, 3: 3.0, 6: 4.0}
