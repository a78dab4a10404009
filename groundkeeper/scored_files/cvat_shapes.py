"""What CVAT's converter makes of a job: shapes in px, attributes as they are specified, tracks as shapes of frames.

References
----------
CVAT, dataset_manager/annotation.py, ``TrackManager``, and bindings.py, ``CvatToDmAnnotationConverter``.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import shapely

from groundkeeper.core.shapes.areas.ellipses import ellipses
from groundkeeper.core.shapes.areas.rotated import rotated_boxes
from groundkeeper.core.shapes.cvat_tracks import cvat_between, cvat_turn_between
from groundkeeper.core.shapes.masks.mask_polygons import polygons_of
from groundkeeper.core.shapes.masks.rle import masks_of_cvat
from groundkeeper.core.shapes.points.keypoints import HIDDEN, NOT_LABELLED, VISIBLE
from groundkeeper.errors import FormatError, TableError
from groundkeeper.scored_files.cvat_files import (
    Attribute,
    Drawn,
    Joint,
    Key,
    Label,
    Labelled,
    Part,
    Shape,
    Stated,
    Track,
    Value,
)

EDGES: Final = 4
POINT: Final = 2
"""How many numbers a single point has."""
OUTLINES: Final = frozenset({"polygon", "polyline"})
FEWEST: Final = {"polygon": 6, "polyline": 4, "points": 2, "mask": 5}
"""How many numbers a shape has at least; of rectangles and ellipses there are exactly four."""

Size = tuple[int, int]
"""Width and height of a frame, px."""


def geometry_of(shape: Shape, size: Size, joints: Sequence[Joint], where: str) -> shapely.Geometry:
    """Return a shape in px.

    Parameters
    ----------
    shape : Shape
        Of any form but cuboids and tags.
    size : (int, int)
        Width and height of its frame, px.
    joints : sequence of Joint
        The labels of the joints of a skeleton, in their order.
    where : str
        The place of the shape, for messages.

    Raises
    ------
    FormatError
        If it has too few points, or its run lengths are none.

    Examples
    --------
    >>> drawn = Shape(id=1, frame=0, label="car", type="rectangle", points=[1, 2, 4, 6])
    >>> geometry_of(drawn, (10, 10), [], "shape 1").bounds
    (1.0, 2.0, 4.0, 6.0)
    """
    if shape.type == "skeleton":
        return _skeleton(shape, joints, where)
    _require_points(shape, where)
    if shape.type == "mask":
        try:
            mask = masks_of_cvat([[int(one) for one in shape.points]], [size[1]], [size[0]])
        except (FormatError, TableError) as error:
            message = f"{where}: {str(error).removeprefix('mask 0: ')}; correct it"
            raise FormatError(message) from error
        return polygons_of(mask)[0]
    if shape.type in {"rectangle", "ellipse"}:
        return _turned(shape)
    corners = np.array(shape.points, dtype=np.float64).reshape(-1, 2)
    if shape.type == "polygon":
        return shapely.Polygon(corners)
    return shapely.LineString(corners) if shape.type == "polyline" else shapely.MultiPoint(corners)


def _require_points(shape: Drawn, where: str) -> None:
    n = len(shape.points)
    least = FEWEST.get(shape.type)
    wrong = n != EDGES if least is None else n < least or (shape.type != "mask" and n % 2)
    if wrong:
        allowed = "4" if least is None else f"{least} or more, of points two each"
        message = f"{where}: found {n} numbers of a {shape.type}; allowed are {allowed}; correct it"
        raise FormatError(message)


def _turned(shape: Drawn) -> shapely.Geometry:
    """Return a rectangle, from its corners, or an ellipse, from its centre and two ends of its axes."""
    one, two, three, four = shape.points
    if shape.type == "ellipse":
        drawn = ellipses(*np.array([[one], [two], [three - one], [two - four], [shape.turn]]))
        return drawn[0]
    if not shape.turn:
        return shapely.box(one, two, three, four)
    box = [(one + three) / 2, (two + four) / 2, three - one, four - two, shape.turn]
    return rotated_boxes(*np.array(box)[:, np.newaxis])[0]


def _skeleton(shape: Shape, joints: Sequence[Joint], where: str) -> shapely.MultiPoint:
    """Return the joints in the order of their labels; one that is not there was not labelled."""
    order = [one.name for one in joints]
    told = {}
    for number, element in enumerate(shape.elements):
        name = label_of(element, joints, f"{where}: elements[{number}]")
        _require_points(element, f"{where}: elements[{number}]")
        told[name] = element
    drawn = []
    for name in order or sorted(told):
        one = told.get(name)
        if one is None or one.outside:
            drawn.append((0.0, 0.0, NOT_LABELLED))
        else:
            drawn.append((one.points[0], one.points[1], HIDDEN if one.occluded else VISIBLE))
    return shapely.MultiPoint(drawn)


def label_of(told: Labelled, labels: Sequence[Joint], where: str) -> str:
    """Return the name of the label that something has.

    Raises
    ------
    FormatError
        If it has none, or one that is not among *labels*; where there are none, any name is one.
    """
    name = told.label
    if name is None and told.label_id is not None:
        name = next((one.name for one in labels if one.id == told.label_id), None)
    if name is None or (labels and name not in {one.name for one in labels}):
        by_id = "no label" if told.label_id is None else f"label_id {told.label_id}"
        found = by_id if told.label is None else f"the label {told.label}"
        message = f"{where}: found {found}; allowed are those under labels, by name or id; add it, or correct it"
        raise FormatError(message)
    return name


def attributes_of(told: Labelled, label: Label, where: str) -> dict[str, Value]:
    """Return all attributes of a label, as numbers and truth values where they are some; by default if not stated.

    Raises
    ------
    FormatError
        If a value is of no attribute of the label, or no number where it should be one.

    Examples
    --------
    >>> doors = Attribute(name="doors", input_type="number", default_value="4")
    >>> attributes_of(Labelled(), Label(name="car", attributes=[doors]), "shape 1")
    {'doors': 4.0}
    """
    said = named(told.attributes, label.attributes, where)
    for one in label.attributes:
        value = said.get(one.name, one.default_value)
        said[one.name] = _typed(value, one.input_type, f"{where}: attribute {one.name}")
    return said


def named(
    told: Mapping[str, Value] | Sequence[Stated], specified: Sequence[Attribute], where: str
) -> dict[str, Value]:
    """Return values by the names of their attributes.

    Raises
    ------
    FormatError
        If a value is of none of those that are *specified*; where there are none, any name is one.
    """
    names: dict[int | None, str] = {one.id: one.name for one in specified if one.id is not None}
    known = {one.name for one in specified}
    stated = (
        [Stated(name=name, value=value) for name, value in told.items()]
        if isinstance(told, Mapping)
        else told
    )
    said = {}
    for one in stated:
        name = one.name or names.get(one.spec_id)
        if name is None or (known and name not in known):
            found = one.name or one.spec_id
            message = (
                f"{where}: found a value of the attribute {found}; its label has none of that name or id; add it, or "
                "correct the value"
            )
            raise FormatError(message)
        said[name] = one.value
    return said


def _typed(value: Value, input_type: str, where: str) -> Value:
    if input_type == "checkbox":
        return str(value).lower() == "true"
    if input_type != "number" or not str(value).strip() or value is None:
        return value
    try:
        return float(value)
    except ValueError as error:
        message = f"{where}: found {value!r}; allowed is a number; correct it"
        raise FormatError(message) from error


def tracked(track: Track, label: Label, frames: Iterable[int], where: str) -> Iterator[Shape]:
    """Yield the shapes of a track in those of the *frames* in which it is to be seen, all called as the track is.

    Attributes stay until they are stated anew.
    """
    keys = _in_order(track.shapes, where)
    at = [key.frame for key in keys]
    stated = named(track.attributes, label.attributes, where)
    so_far = []
    for key in keys:
        stated = stated | named(key.attributes, label.attributes, where)
        so_far.append(stated)
    for frame in frames:
        place = bisect_right(at, frame) - 1
        if place < 0 or keys[place].outside:
            continue
        elements = [joint for part in track.elements if (joint := _joint(part, frame, where))]
        told = {"frame": frame, "attributes": so_far[place], "elements": elements}
        told |= {"id": track.id, "group": track.group, "label": label.name}
        yield Shape.model_construct(**{**dict(_between(keys, place, frame)), **told})


def _joint(part: Part, frame: int, where: str) -> Drawn | None:
    """Return what a joint of a track is in a frame, None where it is not to be seen."""
    keys = _in_order(part.shapes, where)
    place = bisect_right([key.frame for key in keys], frame) - 1
    if place < 0 or keys[place].outside:
        return None
    return _between(keys, place, frame).model_copy(
        update={"label": part.label, "label_id": part.label_id}
    )


def _in_order(keys: Sequence[Key], where: str) -> list[Key]:
    for key in keys:
        if key.type in OUTLINES:
            _require_points(key, f"{where}: frame {key.frame}")
    return sorted(keys, key=lambda key: key.frame)


def _between(keys: Sequence[Key], place: int, frame: int) -> Key:
    """Return a shape on its way from one key frame to the next; it stays after the last one."""
    here = keys[place]
    if place + 1 == len(keys) or frame == here.frame:
        return here
    there = keys[place + 1]
    share = (frame - here.frame) / (there.frame - here.frame)
    turn = cvat_turn_between(here.turn, there.turn, share)
    return here.model_copy(update={"points": _moved(here, there, share), "rotation": turn})


def _moved(here: Drawn, there: Drawn, share: float) -> list[float]:
    """Return the points of a shape at a *share* of the way; several points have no order, and stay."""
    if here.type in OUTLINES:
        left, right = (np.array(one.points).reshape(-1, 2) for one in (here, there))
        found: list[float] = (
            cvat_between(left, right, share, closed=here.type == "polygon").ravel().tolist()
        )
        return found
    if len(here.points) != len(there.points) or (
        here.type == "points" and len(here.points) > POINT
    ):
        return here.points
    ends = zip(here.points, there.points, strict=True)
    return [one + share * (other - one) for one, other in ends]
