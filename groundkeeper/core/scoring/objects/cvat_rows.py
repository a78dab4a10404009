"""The order in which CVAT has shapes, and objects, in the matrices that it solves.

References
----------
CVAT, dataset_manager/bindings.py, ``group_by_frame``: shapes by layer; quality_control/quality_reports.py,
``match_segmentations``: polygons and then masks, those that belong together after all others, by group and label.
"""

import numpy as np

from groundkeeper.core.runs import ranks_of
from groundkeeper.core.scoring.objects.drawings import SEGMENTS, Drawings
from groundkeeper.core.scoring.objects.kinds import KINDS
from groundkeeper.core.scoring.objects.sides import NONE, Rows
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import Shape


def shape_rows(drawings: Drawings) -> Rows:
    """Return the rows of shapes, all of one kind but statements: those by which groups are ordered."""
    kind = np.where(drawings.of(Shape.STATEMENT), NONE, 0)
    return Rows(kind, ranks_of(np.argsort(drawings.layer, kind="stable")))


def object_rows(drawings: Drawings, objects: Integers) -> Rows:
    """Return the rows of the objects that shapes are part of.

    Parameters
    ----------
    drawings
        The shapes.
    objects : int64[n]
        The object of each, ``NONE`` if it is part of none.
    """
    kind = np.full(len(drawings), NONE, dtype=np.int64)
    for code, (shapes, _) in enumerate(KINDS):
        if Shape.STATEMENT not in shapes:
            kind[drawings.of(*shapes)] = code
    segment = drawings.of(*SEGMENTS)
    group = np.where(segment, drawings.group, NONE)
    label = np.where(group != NONE, drawings.label, 0)
    is_mask = drawings.of(Shape.MASK)
    place = np.arange(len(drawings))
    rank = ranks_of(np.lexsort((place, drawings.layer, is_mask, label, group)))
    number, first = np.unique(objects, return_index=True)
    first = first[number != NONE]
    return Rows(kind[first], rank[first])
