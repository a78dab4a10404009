"""How far the drawings of a record's experts stand from the shape that they made together, in px."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.alike import AREA, LINE, POINTS, SKELETON, comparable
from groundkeeper.core.consensus.drawings import Drawings, all_boxes
from groundkeeper.core.kinds import shape_kind
from groundkeeper.core.kinds.areas import boundaries_apart
from groundkeeper.core.kinds.bbox import BBOX
from groundkeeper.core.kinds.points import POINTS as SETS_OF_POINTS
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.shape_kind import Apart
from groundkeeper.core.kinds.skeleton import SKELETON as SKELETONS
from groundkeeper.core.shapes.areas.rotated import box_parameters
from groundkeeper.core.shapes.drawn import Floats, Integers
from schemas.drawn import SPREADS


def frame_spreads(drawings: Drawings, made: pd.DataFrame) -> pd.DataFrame:
    """Return how far the drawings in each frame of each record stand from its one shape: the largest over the experts.

    Of areas and lines that is the 95th percentile and the largest distance of the outlines, both ways
    (``core.shapes.areas.boundaries``); of boxes also that of the edges, in the frame of the one that they make; of
    points and joints the largest distance to where the one shape has them.

    Parameters
    ----------
    drawings : Drawings
        As ``core.consensus.drawings.fitting`` returns them.
    made : DataFrame
        The one shapes: ``record, frame, geometry``.

    Returns
    -------
    DataFrame
        *made* with the columns of ``schemas.drawn.SPREADS``, px. Missing where a shape has no such thing, and where
        fewer than two people drew it in the frame: who is alone agrees with nobody.
    """
    place = pd.MultiIndex.from_frame(made[["record", "frame"]])
    parts = drawings.parts
    unit = place.get_indexer(pd.MultiIndex.from_frame(parts[["record", "frame"]]))
    one = made["geometry"].to_numpy(dtype=object)
    family = comparable(one)
    boxes = all_boxes(drawings)[made["record"].to_numpy(dtype=np.int64)]
    boxes[boxes] = ~np.isnan(box_parameters(one[boxes])[:, 0])
    found = {name: np.full(len(made), np.nan) for name in SPREADS}
    for apart, shapes in (
        (boundaries_apart, (family == AREA) | (family == LINE)),
        (BBOX.apart, boxes),
        (SETS_OF_POINTS.apart, family == POINTS),
        (SKELETONS.apart, family == SKELETON),
    ):
        for area, here in _by_size(shapes, drawings, made):
            scale = Scale(sigma=(drawings.sigma,), image_area_px2=area)
            told = _apart(apart, parts["geometry"], (unit, here), made["geometry"], scale)
            for name in found.keys() & told.keys():
                found[name][here] = told[name]
    return made.assign(**found)


def record_spreads(made: pd.DataFrame) -> pd.DataFrame:
    """Return the largest spread of each record over its frames, indexed by ``record``.

    Parameters
    ----------
    made : DataFrame
        What ``frame_spreads`` returned.
    """
    return made.groupby("record")[list(SPREADS)].max()


def _by_size(
    shapes: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], drawings: Drawings, made: pd.DataFrame
) -> list[tuple[float, Integers]]:
    """Return the places of the *shapes*, those in images of one size together, with that size, px2."""
    image = drawings.image_area_px2[made["record"].to_numpy(dtype=np.int64)]
    size = np.where(np.isnan(image), np.inf, image)
    return [
        (area, np.flatnonzero(shapes & (size == area))) for area in np.unique(size[shapes]).tolist()
    ]


def _apart(
    apart: Apart,
    drawn: pd.Series,
    where: tuple[Integers, Integers],
    made: pd.Series,
    scale: Scale,
) -> Mapping[str, Floats]:
    """Return what a kind says of how far apart the drawings of some of the shapes are, under the names of columns."""
    unit, here = where
    rows = np.flatnonzero(np.isin(unit, here))
    told = shape_kind.Drawings.of(drawn.iloc[rows], pd.Series(unit[rows]))
    fused = made.to_numpy(dtype=object)[told.units.to_numpy()]
    return {f"spread_{name}": values for name, values in apart(told, fused, scale).items()}
