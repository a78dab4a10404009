"""Agreement on objects as rows of the table ``measures``: by threshold, by label, by size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.localised import label_figures, object_figures, rate
from groundkeeper.core.agreement.matched import matched_figures
from groundkeeper.core.agreement.object_names import AT_LEAST, SIZE
from groundkeeper.core.agreement.sizes import SIZES, size_of_objects
from groundkeeper.core.estimates import Floats, Resampling
from groundkeeper.core.measures import Figure, noted, tabulate
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.drawn import Clusters, Drawn, Pairs
from schemas.names import MEASURES

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Similarities from which on two shapes are put together, at which agreement is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What experts marked in some items, and how alike it is.

    Attributes
    ----------
    drawn : Drawn
        Who drew each of n shapes, with labels that are places in *labels*, and who looked and drew nothing.
    pairs : Pairs
        How alike any two shapes of one item by two annotators are, as far as they have anything in common.
    labels : sequence of str
        The name of each label.
    area_px2 : float[n]
        The area of each shape, over several frames that of its largest; nan of what has none.
    items : DataFrame
        One row per item, in the order of the codes of *drawn*: ``item_id, group_id``, and facets as text.
    shown_prediction : bool
        Whether somebody was shown a prediction before drawing.
    """

    drawn: Drawn
    pairs: Pairs
    labels: Sequence[str]
    area_px2: Floats
    items: pd.DataFrame
    shown_prediction: bool = False

    @property
    def item_ids(self) -> npt.NDArray[np.object_]:
        """The id of each item, object [items]."""
        return self.items["item_id"].to_numpy(dtype=object)


def object_agreement(marks: Marks, how: Resampling, at_least: float = 0.5) -> pd.DataFrame:
    """Return how far experts agree on what they marked, as the table ``measures``.

    Parameters
    ----------
    marks : Marks
        What was marked.
    how : Resampling
        How intervals are made.
    at_least : float
        The similarity from which on shapes are put together where agreement is not shown by threshold.

    Returns
    -------
    DataFrame
        Rows of ``schemas.names.MEASURES``: over all objects, and with the subject ``label=...`` of each label; with the
        facet ``match_at_least`` at each of ``THRESHOLDS``; with the facet ``size`` of each size that occurs.
    """
    clusters = cluster_pairs(marks.drawn, marks.pairs, at_least)
    figures = [*figures_of(marks, clusters), *_matched(marks, clusters)]
    return sorted_rows(
        tabulate(figures, marks.items, (), how),
        by_threshold(marks, how),
        by_size(marks, clusters, how),
    )


def figures_of(marks: Marks, clusters: Clusters) -> list[Figure]:
    """Return agreement on what was put together, of all objects and of each label, if there are several."""
    rated = rate(marks.drawn, clusters, len(marks.labels))
    figures = [*object_figures(rated, marks.item_ids)]
    if len(marks.labels) > 1:
        figures += label_figures(rated, marks.item_ids, marks.labels)
    return figures


def by_threshold(marks: Marks, how: Resampling, note: str = "") -> pd.DataFrame:
    """Return agreement on objects with shapes put together at each of ``THRESHOLDS``; *note* comes with every row.

    At every threshold the same groups are drawn in a resample, so that the rows can be compared.
    """
    tables = []
    for threshold in THRESHOLDS:
        clusters = cluster_pairs(marks.drawn, marks.pairs, threshold)
        rated = rate(marks.drawn, clusters, len(marks.labels))
        figures = [*object_figures(rated, marks.item_ids), *_matched(marks, clusters)]
        rows = tabulate(noted(figures, note), marks.items, (), how)
        tables.append(rows.assign(facet=AT_LEAST, level=f"{threshold:g}"))
    return sorted_rows(*tables)


def by_size(marks: Marks, clusters: Clusters, how: Resampling, note: str = "") -> pd.DataFrame:
    """Return agreement on the objects of each size that occurs; *note* comes with every row."""
    sizes = size_of_objects(marks.area_px2, clusters)
    rated = rate(marks.drawn, clusters, len(marks.labels))
    tables = []
    for size in SIZES:
        chosen = np.asarray(sizes == size, dtype=np.bool_)
        if chosen.any():
            figures = [*object_figures(rated.of(chosen), marks.item_ids)]
            rows = tabulate(noted(figures, note), marks.items, (), how)
            tables.append(rows.assign(facet=SIZE, level=size))
    return sorted_rows(*tables)


def sorted_rows(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of all *tables* as one table ``measures``."""
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=list(MEASURES.columns))
    return pd.concat(filled).sort_values(list(MEASURES.key)).reset_index(drop=True)


def _matched(marks: Marks, clusters: Clusters) -> Iterable[Figure]:
    are_areas = ~np.isnan(marks.area_px2)
    return matched_figures(marks.drawn, marks.pairs, clusters, are_areas, marks.item_ids)
