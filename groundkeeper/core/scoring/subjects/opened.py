"""What of the records that somebody is held against is open, as bounds and endings take it."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from groundkeeper.core.scoring.bounds.unsettled import Scene, Unsettled
from groundkeeper.core.scoring.bounds.unsettled import Sides as OpenSides
from groundkeeper.core.scoring.subjects.against_records import Sides
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.known import Known


class Opened(NamedTuple):
    """Two sides on which open records stand as any other, which of them are open, and where all of them are."""

    sides: OpenSides
    unsettled: Unsettled
    scene: Scene


def opened(sides: Sides, known: Known, guide: Guide) -> Opened:
    """Return *sides* with open records among the ground truth: each may be nothing or of any class.

    Parameters
    ----------
    sides
        Of somebody who is held against what is *known*.
    known
        Which records are open, and which of them may be drawn anew.
    guide
        Whether anything may come to count for nobody.
    """
    status = known.objects.set_index("record_id")[["open", "redrawn"]]
    is_open, redrawn = (
        status[name].reindex(sides.named.record_id).to_numpy(dtype=np.bool_) for name in status
    )
    closed = replace(sides.truth, ignored=sides.truth.ignored & ~is_open)
    classes, units = tuple(sides.named.classes), len(sides.units)
    ignorable = any(guide.scoring.ignore.values())
    nothing_new = np.zeros(units, dtype=np.int64)
    return Opened(
        OpenSides(closed, sides.said, sides.near),
        Unsettled.anything(is_open, len(classes), ignorable=ignorable, redrawn=redrawn),
        Scene(units, classes, sides.named.is_area, nothing_new, ignorable, sides.left_out),
    )
