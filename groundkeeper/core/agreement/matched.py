"""How alike the shapes of two experts are that were put together: their similarity, and how far their boundaries lie.

References
----------
Dice (1945), Measures of the Amount of Ecologic Association Between Species, https://doi.org/10.2307/1932409.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.object_names import BOUNDARIES, OBJECT
from groundkeeper.core.estimates import Floats, ratio
from groundkeeper.core.measures import Figure, because
from groundkeeper.core.shapes.drawn import Clusters, Drawn, Pairs

NO_MATCH = "no two experts marked the same thing"
NO_AREAS = "no two experts drew an area around the same thing"


def dice_of_iou(iou: npt.ArrayLike) -> Floats:
    """Return Dice of pairs of areas: ``2 J / (1 + J)``, with J their intersection over union.

    Examples
    --------
    >>> dice_of_iou([0.0, 1 / 3, 1.0])
    array([0. , 0.5, 1. ])
    """
    overlap = np.asarray(iou, dtype=np.float64)
    return np.asarray(2 * overlap / (1 + overlap))


def matched_figures(
    drawn: Drawn,
    pairs: Pairs,
    clusters: Clusters,
    are_areas: npt.NDArray[np.bool_],
    item_ids: npt.NDArray[np.object_],
) -> Iterator[Figure]:
    """Yield the mean similarity of shapes that were put together, and of areas the mean Dice, over pairs of experts.

    Parameters
    ----------
    drawn : Drawn
        Who drew what, and where.
    pairs : Pairs
        How alike shapes are; two that are not here have nothing in common.
    clusters : Clusters
        Which shapes were put together.
    are_areas : bool[n]
        Whether each shape has an area. The similarity of two of these is IoU.
    item_ids : object[items]
        The id of each item.

    Examples
    --------
    >>> drawn = Drawn(*np.array([[0, 0, 0], [0, 1, 2], [0, 0, 0]]))
    >>> pairs = Pairs(np.array([0, 1]), np.array([1, 2]), np.array([0.5, 1.0]))
    >>> together = Clusters(np.zeros(3, int), np.ones(1, bool))
    >>> iou, dice = matched_figures(drawn, pairs, together, np.ones(3, bool), np.array(["it"]))
    >>> iou.contributions, dice.contributions.round(3)
    (array([[1.5, 3. ]]), array([[1.667, 3.   ]]))
    """
    record, count = clusters.record, len(clusters)
    item, areas = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_)
    item[record], areas[record] = drawn.item, are_areas
    size = np.bincount(record, minlength=count)
    of_pair = record[pairs.left]
    together = of_pair == record[pairs.right]
    for measure, similarity, counted, reason in (
        ("matched_iou_mean", pairs.similarity, size > 1, NO_MATCH),
        ("matched_dice_mean", dice_of_iou(pairs.similarity), (size > 1) & areas, NO_AREAS),
    ):
        total = np.bincount(of_pair[together], similarity[together], count)
        sums = np.column_stack([total, size * (size - 1) / 2])[counted]
        yield Figure(measure, OBJECT, item_ids[item[counted]], sums, ratio, because(reason))


def boundary_figures(
    mean_px: Floats, p95_px: Floats, item_ids: npt.NDArray[np.object_], subject: str = "frame"
) -> Iterator[Figure]:
    """Yield the mean over pairs of two boundary distances, px: of their mean, and of their 95th percentile.

    Parameters
    ----------
    mean_px, p95_px : float[pairs]
        Distances of the boundaries of each pair of shapes that both drew on a frame; nan where one has no boundary.
    item_ids : object[pairs]
        The item of each pair.
    """
    for measure, distance in zip(BOUNDARIES, (mean_px, p95_px), strict=True):
        known = ~np.isnan(distance)
        yield _mean(measure, subject, item_ids[known], distance[known], NO_AREAS)


def _mean(
    measure: str, subject: str, item_ids: npt.NDArray[np.object_], values: Floats, reason: str
) -> Figure:
    trials = np.column_stack([values, np.ones(len(values))])
    return Figure(measure, subject, item_ids, trials, ratio, because(reason))
