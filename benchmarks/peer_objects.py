"""What CVAT does with boxes, with Datumaro, SciPy and pycocotools in the environment of the peer.

CVAT itself cannot be installed by itself, so its way is retyped here: pair by pair in Python, an assignment of a square
matrix for each frame, and for whatever has no partner a look at all pairs of the frame. It is the least that CVAT does:
nothing is read from a database, and no report is written.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from answering import answer

Timed = Callable[[], Mapping[str, Any]]
LEAST, LOW, VISIBLE, COMMON = 0.4, 0.8, 0.05, 0.5
NAMES = ("attributes", "unit", "label", "group", "layer")


def boxes(file: str) -> Timed:
    """Prepare to compare the boxes in *file*, one dataset item a frame."""
    annotation = import_module("datumaro.components.annotation")
    with np.load(file) as stored:
        columns = dict(stored)
    size = int(columns["size"])
    frames: list[tuple[list[Any], list[Any]]] = [
        ([], []) for _ in range(int(columns["t_unit"].max()) + 1)
    ]
    for which, side in enumerate("ts"):
        corners = columns[f"{side}_corners"]
        sized = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]).tolist()
        said = (columns[f"{side}_{name}"].tolist() for name in NAMES)
        for box, (occluded, colour), unit, label, group, layer in zip(sized, *said, strict=True):
            frames[unit][which].append(
                annotation.Bbox(
                    *box,
                    label=label,
                    attributes={"occluded": occluded, "colour": colour},
                    group=group + 1,
                    z_order=layer,
                )
            )

    def timed() -> Mapping[str, Any]:
        found = [_frame(truth, said, size) for truth, said in frames]
        return {
            "pairs": sum(pairs for pairs, _ in found),
            "conflicts": sum(conflicts for _, conflicts in found),
        }

    return timed


def _frame(truth: list[Any], said: list[Any], size: int) -> tuple[int, int]:
    """Return how many pairs and conflicts there are in a frame."""
    bbox_iou = import_module("datumaro.util.annotation_util").bbox_iou
    assign = import_module("scipy.optimize").linear_sum_assignment
    n = max(len(truth), len(said))
    distance = np.ones((n, n))
    similarity = {}
    for row, one in enumerate(truth):
        for column, other in enumerate(said):
            similarity[id(one), id(other)] = iou = bbox_iou(one, other)
            distance[row, column] = 1 - iou
    distance[distance > 1 - LEAST] = 1
    pairs, left = [], []
    for row, column in zip(*assign(distance), strict=True):
        if distance[row, column] < 1:
            pairs.append((truth[row], said[column]))
        else:
            left += truth[row : row + 1] + said[column : column + 1]
    conflicts = len(left) + _covered(said, size) + _other_groups(truth, said, pairs)
    for one, other in pairs:
        conflicts += similarity[id(one), id(other)] < LOW
        conflicts += one.label != other.label
        conflicts += one.label == other.label and one.attributes != other.attributes
    for one in left:
        # The nearest of what has no partner, for the mean IoU.
        max((iou for ends, iou in similarity.items() if id(one) in ends), default=0)
    return len(pairs), int(conflicts)


def _other_groups(truth: list[Any], said: list[Any], pairs: list[tuple[Any, Any]]) -> int:
    """Return how many pairs of a frame are in groups that are not the same one."""
    assign = import_module("scipy.optimize").linear_sum_assignment
    home: dict[int, int] = {}
    groups = []
    for side in (truth, said):
        gathered: dict[object, set[int]] = {}
        for one in side:
            gathered.setdefault(one.group or -id(one), set()).add(id(one))
        groups.append(list(gathered.values()))
        home |= {one: place for place, group in enumerate(groups[-1]) for one in group}
    partner = {id(other): id(one) for one, other in pairs}
    alike = np.zeros((len(groups[0]), len(groups[1])))
    for row, group in enumerate(groups[0]):
        for column, members in enumerate(groups[1]):
            common = len({partner.get(one) for one in members} & group)
            alike[row, column] = common / (len(group) + len(members) - common)
    matched = {
        row: column
        for row, column in zip(*assign(alike, maximize=True), strict=True)
        if alike[row, column] >= COMMON
    }
    found = 0
    for one, other in pairs:
        ours, theirs = home[id(one)], home[id(other)]
        is_alone = len(groups[0][ours]) == 1 < len(groups[1][theirs])
        found += is_alone or matched.get(ours) != theirs
    return found


def _covered(said: list[Any], size: int) -> int:
    """Return how many of the boxes of a frame are covered by those above them."""
    mask = import_module("pycocotools.mask")
    said = sorted(said, key=lambda one: one.z_order)
    drawn = [mask.frPyObjects([one.as_polygon()], size, size) for one in said]
    found = 0
    for place, below in enumerate(drawn):
        above = [mask.merge([one for each in drawn[place + 1 :] for one in each])]
        both = mask.merge(above + below, intersect=True)
        area, shared = mask.area([*below, both])
        found += shared > 0 and 1 - shared / (area or 1) < VISIBLE
    return found


if __name__ == "__main__":
    answer({"boxes": boxes})
