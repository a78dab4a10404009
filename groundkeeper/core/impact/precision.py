"""How far the experts of a record stood apart, and how far a guideline lets them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.sections import GeometryKind, Tolerance
from groundkeeper.core.impact.path import Form, Stop
from groundkeeper.core.impact.since import unconfirmed
from groundkeeper.core.impact.verdicts import Flags
from schemas.enums import Shape

SPREADS: Final = ("spread_{measure}_px", "spread_px")
"""Columns that say how far the experts of a record stood apart in a measure of precision, in px."""

DRAWN_AS: Final = "drawn_as"
"""Column with the shape that a record was drawn with."""

KIND_OF_SHAPE: Final[Mapping[str, GeometryKind]] = MappingProxyType(
    {
        Shape.BBOX: "box",
        Shape.ELLIPSE: "polygon",
        Shape.POLYGON: "polygon",
        Shape.MASK: "mask",
        Shape.POLYLINE: "line",
        Shape.POINTS: "point",
        Shape.SKELETON: "keypoints",
    }
)
"""The kind of geometry that a guideline says how precisely to draw, by the shape; an ellipse has an outline, too."""


def is_tighter(old: Tolerance, new: Tolerance) -> bool:
    """Say whether what *old* allows can be more than *new* does.

    Examples
    --------
    >>> loose, tight = (Tolerance(tol_px=px, measure="boundary_p95") for px in (3, 2))
    >>> is_tighter(loose, tight), is_tighter(tight, loose)
    (True, False)
    """
    return new.measure != old.measure or new.tol_px < old.tol_px


def unconfirmed_tolerances(
    table: pd.DataFrame, way: Sequence[Stop], now: Form
) -> dict[GeometryKind, Flags]:
    """Return the kinds of geometry that came on the way, or have to be drawn more precisely since some step of it.

    Each with the records of which nobody has said since that they are right, bool [n].
    """
    tolerances = [stop.form.precision.precision for stop in way] + [now.precision.precision]
    left: dict[GeometryKind, int] = {}
    for number, (before, after) in enumerate(pairwise(tolerances)):
        for kind, tolerance in after.items():
            if kind not in before or is_tighter(before[kind], tolerance):
                left[kind] = len(way) - number
    return {kind: unconfirmed(table, steps) for kind, steps in left.items()}


def drawn_with(table: pd.DataFrame, kind: GeometryKind) -> Flags:
    """Return which records were drawn with a geometry of *kind*, or with nobody knows what, bool [n].

    Examples
    --------
    >>> drawn_with(pd.DataFrame({"drawn_as": ["bbox", "ellipse", None]}), "polygon").tolist()
    [False, True, True]
    """
    if DRAWN_AS not in table:
        return np.ones(len(table), dtype=np.bool_)
    kinds = table[DRAWN_AS].map(KIND_OF_SHAPE)
    found: Flags = (kinds.isna() | kinds.eq(kind)).to_numpy(dtype=np.bool_)
    return found


def spread(table: pd.DataFrame, tolerance: Tolerance) -> npt.NDArray[np.float64]:
    """Return how far the experts of each record stood apart in the measure of *tolerance*, px [n]; nan if unknown.

    Examples
    --------
    >>> observed = pd.DataFrame({"spread_edge_max_px": [0.5, None], "spread_boundary_max_px": [3.0, 4.0]})
    >>> spread(observed, Tolerance(tol_px=1, measure="edge_max"))
    array([0.5, nan])
    """
    names = [name.format(measure=tolerance.measure) for name in SPREADS]
    column = next((name for name in names if name in table), None)
    if column is None:
        return np.full(len(table), np.nan)
    return table[column].to_numpy(dtype=np.float64, na_value=np.nan)
