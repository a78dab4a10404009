"""What becomes of the annotations of a job of CVAT: attributes as they are specified, tracks as shapes of frames."""

import pytest
import shapely
from builders.eight_conflicts import LABELS

from groundkeeper.errors import FormatError
from groundkeeper.scored_files.cvat_files import Joint, Label, Labelled, Shape, Track
from groundkeeper.scored_files.cvat_shapes import attributes_of, geometry_of, tracked

CAR = Label.model_validate(LABELS[0])


def stated(attributes, label=CAR):
    return attributes_of(Labelled.model_validate({"attributes": attributes}), label, "here")


def seen(track, frames, label=CAR):
    return {one.frame: one for one in tracked(Track.model_validate(track), label, frames, "here")}


def test_attributes_are_those_that_are_specified_as_numbers_and_truth_values_and_by_default():
    assert stated({}) == {"colour": "red", "doors": 4.0, "parked": False}
    said = {"colour": "blue", "doors": "1", "parked": "True"}
    assert stated(said) == {"colour": "blue", "doors": 1.0, "parked": True}
    listed = [{"spec_id": 7, "value": "1.0"}]
    doors = Label.model_validate(
        {"name": "car", "attributes": [{"id": 7, "name": "doors", "input_type": "number"}]}
    )
    assert stated(listed, doors) == {"doors": 1.0}


def test_tracks_move_between_key_frames_turn_the_shorter_way_and_go_outside():
    keys = [
        {
            "frame": 0,
            "type": "rectangle",
            "points": [0, 0, 10, 10],
            "rotation": 350.0,
            "attributes": {"doors": 2},
        },
        {"frame": 4, "type": "rectangle", "points": [8, 0, 18, 10], "rotation": 10.0},
        {"frame": 6, "type": "rectangle", "points": [8, 0, 18, 10], "outside": True},
    ]
    track = {"id": 5, "label": "car", "group": 3, "attributes": {"colour": "red"}, "shapes": keys}
    found = seen(track, [1, 2, 5, 6, 7])
    assert list(found) == [1, 2, 5]
    assert found[1].points == [2, 0, 12, 10]
    assert found[2].turn == 0
    assert found[5].attributes == {"colour": "red", "doors": 2}
    assert {(one.id, one.group, one.label) for one in found.values()} == {(5, 3, "car")}


def test_joints_of_a_skeleton_are_tracks_of_their_own():
    ends = [{"frame": frame, "type": "skeleton"} for frame in (0, 2)]
    joint = {
        "label": "nose",
        "shapes": [
            {"frame": 2 * x, "type": "points", "points": [x, 1], "outside": False} for x in range(2)
        ],
    }
    hidden = {"label": "ear", "shapes": [{"frame": 0, "points": [9, 9], "outside": True}]}
    track = {"id": 5, "label": "car", "shapes": ends, "elements": [joint, hidden]}
    one = seen(track, [1])[1]
    drawn = geometry_of(one, (20, 20), [Joint(name="ear"), Joint(name="nose")], "here")
    assert shapely.get_coordinates(drawn, include_z=True).tolist() == [[0, 0, 0], [0.5, 1, 2]]


def test_what_is_no_shape_is_refused_with_its_place():
    for kind, points in (("polygon", [1, 2, 3, 4, 5]), ("mask", [3, 9, 9, 0]), ("ellipse", [1])):
        wrong = Shape.model_validate({"id": 1, "frame": 0, "type": kind, "points": points})
        with pytest.raises(FormatError, match="here: found"):
            geometry_of(wrong, (20, 20), [], "here")
    elements = [{"label": "tail", "points": [1, 2]}]
    wrong = Shape.model_validate({"id": 1, "frame": 0, "type": "skeleton", "elements": elements})
    with pytest.raises(FormatError, match="found the label tail"):
        geometry_of(wrong, (20, 20), [Joint(name="nose")], "here")
