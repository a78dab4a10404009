"""Readers scored against what the others make without them: all together, and each whose name means one person."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.reconcile import candidate_pairs
from groundkeeper.core.consensus.statements import in_order
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.measures import Figure
from groundkeeper.core.scoring.conflicts import conflicts_of
from groundkeeper.core.scoring.figures import POOLED, rating_figures
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.core.scoring.outcomes import outcomes_of
from groundkeeper.core.scoring.ratings import rating_conflicts, rating_errors
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.leave_one_out import LeftOut, Scope, leave_one_out
from groundkeeper.core.scoring.subjects.left_out_objects import left_out_sides
from groundkeeper.core.scoring.subjects.scores import of_classes
from schemas.enums import SETTLED, RecordStatus, Shape
from schemas.scoring import OUTCOMES


@dataclass(frozen=True)
class Readings:
    """What all readers come to.

    Attributes
    ----------
    left_out : LeftOut
        The readers left out, and what the others make.
    outcomes : DataFrame
        The table ``outcomes`` of those whose name means one person.
    conflicts : DataFrame
        The table ``conflicts`` of all.
    pooled, single : list of Figure
        Of all readers together, and of each whose name means one person.
    """

    left_out: LeftOut
    outcomes: pd.DataFrame
    conflicts: pd.DataFrame
    pooled: list[Figure]
    single: list[Figure]


def readings(  # noqa: PLR0913, PLR0917 - what was said, what is known, and by which rules
    said: Evidence,
    clusters: pd.DataFrame,
    records: pd.DataFrame,
    image_area_px2: pd.Series,
    guide: Guide,
    names: Collection[str],
) -> Readings:
    """Return what the readers of *said* come to.

    Parameters
    ----------
    said : Evidence
        The voices of the era that decides each item.
    clusters, records : DataFrame
        ``annotation_id, record_id``; the table ``records``.
    image_area_px2 : Series
        Of each item, indexed by ``item_id``.
    guide : Guide
        The guideline.
    names : collection of str
        The annotators whose name means one person everywhere.
    """
    marks = in_order(said).merge(clusters[["annotation_id", "record_id"]], on="annotation_id")
    if not guide.by_item:
        marks = marks[_are_scored(marks["annotation_id"], said.annotations, guide)]
    pairs = candidate_pairs(said, marks, guide.consensus.match)
    left_out = leave_one_out(
        marks,
        said.answers,
        pairs,
        at_least=guide.consensus.match.at_least or 1.0,
        quorum=guide.consensus.quorum,
        scope=scope(records, guide),
    )
    sides = left_out_sides(left_out, said, pairs, image_area_px2, guide)
    compared = sides.compared(guide)
    open_records = records.loc[_are_open(records), "record_id"]
    named = replace(sides.named, is_open=np.isin(sides.named.record_id, list(open_records)))
    outcomes = outcomes_of(compared, sides.truth, sides.said, named)
    own = {name: outcomes[outcomes["subject"] == name] for name in sorted(names)}
    if guide.by_item:
        errors = rating_errors(left_out, answered_values(said, guide.fields), guide.fields)
        conflicts = rating_conflicts(errors)
        pooled = rating_figures(errors, fields=guide.fields)
        single = [
            figure
            for name in own
            for figure in rating_figures(
                errors[errors["annotator"] == name], fields=guide.fields, annotator=name
            )
        ]
    else:
        conflicts = conflicts_of(compared, sides.truth, sides.said, sides.named)
        pooled = of_classes(object_figures(outcomes, POOLED), guide)
        single = [
            figure
            for name, rows in own.items()
            for figure in of_classes(object_figures(rows, name), guide)
        ]
    # Where the others alone make two records of one ground-truth record, it is missed once.
    known = outcomes[outcomes["subject"].isin(list(names))].drop_duplicates(list(OUTCOMES.key))
    return Readings(left_out, known.reset_index(drop=True), conflicts, pooled, single)


def scope(records: pd.DataFrame, guide: Guide) -> Scope:
    """Return which records are scored against, the settled ones, and which count for nobody.

    Parameters
    ----------
    records : DataFrame
        One row per record: ``record_id, status`` and one column per decision.
    guide : Guide
        The guideline.
    """
    ignored = guide.counts_for_nobody(records)
    settled = records["status"].isin(SETTLED).to_numpy()
    ids = records["record_id"]
    return Scope(frozenset(ids[settled & ~ignored]), frozenset(ids[ignored]))


def _are_open(records: pd.DataFrame) -> pd.Series:
    """Return which records are there and not settled: nobody can say that an item with one of them is empty."""
    return ~records["status"].isin([*SETTLED, RecordStatus.RETIRED])


def _are_scored(ids: pd.Series, annotations: pd.DataFrame, guide: Guide) -> pd.Series:
    """Return which annotations are drawn, and can become records."""
    kinds = ids.map(annotations.set_index("annotation_id")["kind"])
    return kinds.ne(Shape.STATEMENT) & ~guide.makes_no_records(kinds)
