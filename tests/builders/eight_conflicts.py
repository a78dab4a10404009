"""A task in CVAT's layout in which each of its eight conflicts occurs, and what its algorithm finds there.

What is expected was computed by a second implementation of CVAT's ``DatasetComparator``, with pycocotools and SciPy.
"""

LABELS = [
    {
        "name": "car",
        "attributes": [
            {"name": "colour", "input_type": "select", "default_value": "red"},
            {"name": "doors", "input_type": "number", "default_value": "4"},
            {"name": "parked", "input_type": "checkbox", "default_value": "false"},
        ],
        "sublabels": [],
    },
    {"name": "wheel", "attributes": [], "sublabels": []},
]


def shape(number, frame, kind, points, label="car", **more):
    """One shape as CVAT exports it."""
    return {
        "id": number,
        "frame": frame,
        "type": kind,
        "label": label,
        "points": points,
        "rotation": 0.0,
        "occluded": False,
        "outside": False,
        "z_order": 0,
        "group": 0,
        "attributes": {},
    } | more


def box(number, frame, x, y, width=10, **more):
    """One rectangle, 10 px high."""
    return shape(number, frame, "rectangle", [x, y, x + width, y + 10], **more)


def job(number, kind, frames, shapes, **more):
    """One job."""
    return {"job_id": number, "type": kind, "frames": frames, "shapes": shapes, "tags": []} | more


TRUTH = [
    box(1, 0, 5, 5),
    box(2, 0, 25, 5),
    box(3, 0, 45, 5, label="wheel"),
    box(4, 0, 65, 5, attributes={"colour": "red", "doors": "4.0", "parked": "False"}),
    box(5, 0, 85, 5, attributes={"doors": "2"}),
    shape(6, 0, "polyline", [10, 50, 50, 50, 60, 70]),
    box(7, 1, 5, 5, group=3),
    box(8, 1, 25, 5, group=3),
    box(9, 1, 45, 5, group=3),
    # As alike to two of one frame, of whom the second one has its label.
    box(10, 1, 65, 5),
    shape(11, 1, "polygon", [10, 40, 50, 40, 50, 80, 10, 80], group=5),
    shape(12, 1, "mask", [0, 200, 60, 40, 79, 49], group=5, label="wheel"),
    box(13, 2, 5.5, 5),
    box(14, 2, 45, 45, z_order=1),
]
FIRST = [
    # Half as wide, doors and all stated in other words, another colour by default and other doors.
    box(22, 0, 25, 5, width=5),
    box(23, 0, 45, 5),
    box(24, 0, 65, 5),
    box(25, 0, 85, 5, attributes={"doors": "2.5"}),
    shape(26, 0, "polyline", [60, 70, 50, 50, 10, 50]),
    box(27, 0, 120, 60),
    box(31, 1, 5, 5, group=8),
    box(32, 1, 25, 5, group=8),
    box(33, 1, 45, 5),
    box(34, 1, 65, 5, label="wheel"),
    box(35, 1, 65, 5),
    shape(36, 1, "polygon", [12, 40, 50, 40, 50, 80, 12, 80], group=9),
    shape(37, 1, "mask", [0, 200, 60, 40, 79, 49], group=9, label="wheel"),
]
SECOND = [
    box(43, 1, 65.25, 5),
    box(44, 2, 45, 45),
    shape(45, 2, "polygon", [40, 40, 60, 40, 60, 60, 40, 60], label="wheel", z_order=2),
]
TRACK = {
    "id": 51,
    "label": "car",
    "group": 0,
    "attributes": {"colour": "red"},
    "shapes": [
        {"frame": 1, "type": "rectangle", "points": [1, 5, 11, 15], "outside": False},
        {"frame": 3, "type": "rectangle", "points": [11, 5, 21, 15], "outside": True},
    ],
}

TASK = {
    "size": 4,
    "labels": LABELS,
    "frames": [{"frame": frame, "width": 150, "height": 90} for frame in range(4)],
    "jobs": [
        job(1, "annotation", [0, 1], FIRST),
        job(2, "annotation", [1, 2, 3], SECOND, tracks=[TRACK]),
        job(9, "ground_truth", [0, 1, 2], TRUTH),
    ],
    "task_settings": {},
    "validation_layout": {"mode": "gt", "frames": "0,1,2", "disabled_frames": "[]"},
}

CONFLICTS = {
    (1, 0): [
        ("extra_annotation", (27,)),
        ("low_overlap", (22, 2)),
        ("mismatching_attributes", (25, 5)),
        ("mismatching_direction", (26, 6)),
        ("mismatching_label", (23, 3)),
        ("missing_annotation", (1,)),
    ],
    (1, 1): [
        ("covered_annotation", (34,)),
        ("extra_annotation", (35,)),
        ("mismatching_groups", (33, 9)),
        ("mismatching_label", (34, 10)),
    ],
    (2, 1): [
        ("low_overlap", (51, 7)),
        ("mismatching_groups", (51, 7)),
        ("missing_annotation", (8,)),
        ("missing_annotation", (9,)),
        ("missing_annotation", (11,)),
        ("missing_annotation", (12,)),
    ],
    (2, 2): [("covered_annotation", (44,)), ("extra_annotation", (45,))],
}
"""By job and frame."""

SHAPES = {(1, 0): (5, 1, 1), (1, 1): (6, 0, 1), (2, 1): (2, 4, 0), (2, 2): (2, 0, 1)}
"""How many are valid, missing and extra, whatever their labels."""

MEANS = {
    (1, 0): 0.6428571428571429,
    (1, 1): 0.9928571428571429,
    (2, 1): 0.22996515679442509,
    (2, 2): 0.6349206349206349,
}
"""The mean IoU."""
