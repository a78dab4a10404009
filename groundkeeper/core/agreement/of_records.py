"""Agreement on the objects of a set, as rows of the table ``measures``, and how complete they are."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from groundkeeper.core.agreement.figures import independence_note
from groundkeeper.core.agreement.located import clusters_of_records, marks_of, on_common_frames
from groundkeeper.core.agreement.matched import boundary_figures
from groundkeeper.core.agreement.object_names import COMPLETENESS, OBJECT
from groundkeeper.core.agreement.objects import (
    Marks,
    by_size,
    by_threshold,
    figures_of,
    sorted_rows,
)
from groundkeeper.core.completeness.found import found_by_how_many
from groundkeeper.core.completeness.missed import missed_of, why_refused
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.estimates import Resampling, undefined
from groundkeeper.core.measures import ALL, Figure, noted, row, tabulate
from groundkeeper.core.scoring.figures import known_annotators
from groundkeeper.core.shapes.areas.boundaries import boundary_distances
from groundkeeper.core.shapes.drawn import Clusters
from groundkeeper.core.shapes.label_votes import label_votes
from schemas.names import MEASURES

AS_PRESENCE = ("localised_f1", OBJECT)
"""Of records this is ``presence_positive_agreement`` by another name."""


def object_measures(
    said: Evidence,
    members: pd.DataFrame,
    items: pd.DataFrame,
    facets: Sequence[str],
    how: Resampling,
) -> pd.DataFrame:
    """Return agreement on objects, of the records by facet, by threshold and by size, and how complete they are.

    Parameters
    ----------
    said : Evidence
        The voices alone: one answer of a person to an item, in the era that decides it.
    members : DataFrame
        What ``figures.members_of_records`` returned of them.
    items : DataFrame
        One row per item: ``item_id, group_id`` and *facets* as text.
    facets : sequence of str
        What the figures of the records are broken down by.
    how : Resampling
        How intervals are made.
    """
    marks, ids = marks_of(said, items)
    clusters = clusters_of_records(members.set_index("annotation_id")["record_id"], ids)
    note = independence_note(said.answers["independence"])
    figures = [*figures_of(marks, clusters), *_boundaries(members, said.parts)]
    figures = [each for each in figures if (each.measure, each.subject) != AS_PRESENCE]
    return sorted_rows(
        tabulate(noted(figures, note), marks.items, facets, how),
        by_threshold(marks, how, note),
        by_size(marks, clusters, how, note),
        _completeness(said.answers, marks, clusters, how.confidence),
    )


def _boundaries(members: pd.DataFrame, parts: pd.DataFrame) -> Iterator[Figure]:
    """Return how far the boundaries of areas and lines are apart; points have none."""
    bounded = shapely.get_dimensions(parts["geometry"].to_numpy(dtype=object)) > 0
    both = on_common_frames(members, parts[bounded])
    ours = both["drawn_left"].to_numpy(dtype=object)
    theirs = both["drawn_right"].to_numpy(dtype=object)
    apart = boundary_distances(ours, theirs)
    return boundary_figures(apart.mean, apart.p95, both["item_id"].to_numpy(dtype=object))


def _completeness(
    answers: pd.DataFrame,
    marks: Marks,
    clusters: Clusters,
    confidence: float,
) -> pd.DataFrame:
    """Return how complete the objects are, and those that most experts gave a label; one row where that is refused."""
    shown = bool(answers["shown_prediction"].any())
    refused = why_refused(answers["independence"], shown_prediction=shown)
    if refused or answers.empty:
        # What dependence means for agreement is said elsewhere.
        dependent, _, _ = independence_note(answers["independence"]).partition(":")
        why = undefined(refused or "nobody has answered").noted(dependent)
        rows = [row(COMPLETENESS, OBJECT, ALL, ALL, why)]
        return pd.DataFrame(rows, columns=list(MEASURES.columns))
    _, unknown = known_annotators(answers)
    found = found_by_how_many(marks.drawn, clusters, known=not unknown)
    said = label_votes(marks.drawn.label, clusters.record, len(clusters)).label
    subjects: list[tuple[str, npt.NDArray[np.bool_]]] = [
        (OBJECT, np.ones(len(said), dtype=np.bool_))
    ]
    if len(marks.labels) > 1:
        subjects += [(f"label={name}", said == place) for place, name in enumerate(marks.labels)]
    groups = marks.items["group_id"].to_numpy(dtype=object)
    rows = [
        row(COMPLETENESS, subject, ALL, ALL, estimate.as_completeness)
        for subject, chosen in subjects
        for estimate in [missed_of(found, groups, chosen, confidence=confidence)]
    ]
    return pd.DataFrame(rows, columns=list(MEASURES.columns))
