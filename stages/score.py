"""Score every reader against the ground truth that the others make without them, and that ground truth against gold.

reads   answers, annotations, parts, gold, clusters, posteriors, disputes, items, records, gt_items, scoring, consensus,
        fields
writes  measures, conflicts, metrics
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from groundkeeper import concerns, evidence, files, tables
from groundkeeper.core.agreement.figures import independence_note
from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.reconcile import candidate_pairs
from groundkeeper.core.consensus.statements import in_order
from groundkeeper.core.consensus.voices import deciding
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.facets import facet_names, levels
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.core.guideline.sections import Consensus, Scoring
from groundkeeper.core.measures import Figure, defined, metrics, noted, tabulate
from groundkeeper.core.scoring import gold as against_gold
from groundkeeper.core.scoring.figures import known_annotators, rating_figures, shape_figures
from groundkeeper.core.scoring.leave_one_out import Scope, leave_one_out
from groundkeeper.core.scoring.ratings import rating_conflicts, rating_errors
from groundkeeper.core.scoring.shapes import conflicts, shape_outcomes
from groundkeeper.errors import GuidelineError
from groundkeeper.layout import Layout
from groundkeeper.params import ResamplingParams
from schemas.enums import AREAS, SETTLED
from schemas.inference import DISPUTES, GOLD, POSTERIORS
from schemas.names import CLUSTERS, GT_ITEMS, MEASURES, RECORDS
from schemas.scoring import CONFLICTS


class Params(ResamplingParams):
    """How intervals are made."""


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the scores, over everything and by facet, and the conflicts to look at.

    Raises
    ------
    GuidelineError
        If shapes are matched and the guideline does not say at which IoU a shape scores.
    """
    everything = evidence.read(layout)
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    records = tables.read(layout.table("decide", RECORDS), RECORDS)
    gt_items = tables.read(layout.table("decide", GT_ITEMS), GT_ITEMS)
    consensus = concerns.read(layout, Consensus)
    scoring = concerns.read(layout, Scoring)
    fields = concerns.read(layout, Fields).fields

    said = deciding(everything, consensus.quorum)
    marks = in_order(said).merge(clusters[["annotation_id", "record_id"]], on="annotation_id")
    if consensus.match.by != "item":
        # Of lines and points nothing is scored: an IoU is of areas.
        drawn = said.annotations.loc[said.annotations["kind"].isin(AREAS), "annotation_id"]
        marks = marks[marks["annotation_id"].isin(drawn)]
    pairs = candidate_pairs(said, marks, consensus.match)
    left_out = leave_one_out(
        marks,
        said.answers,
        pairs,
        at_least=consensus.match.at_least or 1.0,
        quorum=consensus.quorum,
        scope=scope(records, scoring),
    )
    if consensus.match.by != "item":
        scores = shape_outcomes(
            left_out,
            said.annotations,
            said.parts,
            pairs,
            _match_iou(layout.set_name, scoring, consensus.match.by),
        )
        found, figures = conflicts(scores), shape_figures
    else:
        scores = rating_errors(left_out, answered_values(said, fields), fields)
        found, figures = rating_conflicts(scores), partial(rating_figures, fields=fields)

    faceted = _with_facets(gt_items, everything.items)
    judged = against_gold.Records(
        records,
        tables.read(layout.table("consensus", POSTERIORS), POSTERIORS),
        tables.read(layout.table("consensus", DISPUTES), DISPUTES),
        fields,
        consensus,
    )
    gold = tables.read(layout.table("ingest", GOLD), GOLD)
    right = against_gold.gold_measures(
        gold, judged, faceted, Resampling(p.rounds, p.seed, p.confidence)
    )
    table = _together([_measures(figures, scores, said.answers, faceted, p), right])
    figures_by_name = metrics(table) | {
        "readings": float(len(left_out.folds)),
        "readings_without_quorum": float(left_out.skipped),
        "conflicts": float(len(found)),
    }
    tables.write(table, layout.table("score", MEASURES), MEASURES)
    tables.write(found, layout.table("score", CONFLICTS), CONFLICTS)
    files.write_json(layout.metrics("score"), figures_by_name)
    return defined(figures_by_name)


def scope(records: pd.DataFrame, scoring: Scoring) -> Scope:
    """Return which records are scored against, the settled ones, and which count for nobody.

    Parameters
    ----------
    records : DataFrame
        One row per record: ``record_id, status`` and one column per decision.
    scoring : Scoring
        Whose ``ignore`` names the outcomes that are neither asked for nor blamed.
    """
    ignored = np.zeros(len(records), dtype=np.bool_)
    for decision, outcomes in scoring.ignore.items():
        ignored |= records[decision].isin(outcomes).to_numpy()
    settled = records["status"].isin(SETTLED).to_numpy()
    ids = records["record_id"]
    return Scope(frozenset(ids[settled & ~ignored]), frozenset(ids[ignored]))


def _measures(
    figures: Callable[..., list[Figure]],
    scores: pd.DataFrame,
    answers: pd.DataFrame,
    items: pd.DataFrame,
    p: Params,
) -> pd.DataFrame:
    """Return the figures of all readers by facet, and of each reader whose name means one person."""
    known, anonymous = known_annotators(answers)
    dependence = independence_note(answers["independence"], "the score")
    facets = [name for name in items.columns if name not in {"item_id", "group_id"}]
    how = Resampling(p.rounds, p.seed, p.confidence)
    pooled = noted(figures(scores), dependence, anonymous)
    single = [
        figure
        for annotator in known
        for figure in figures(scores[scores["annotator"] == annotator], annotator=annotator)
    ]
    return _together(
        [
            tabulate(pooled, items, facets, how),
            tabulate(noted(single, dependence), items, (), how),
        ]
    )


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _with_facets(gt_items: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return one row per item of the ground truth: ``item_id, group_id, stratum`` and its facets as levels."""
    facets = [name for name in facet_names(items) if name not in gt_items.columns]
    table = gt_items[["item_id", "group_id", "stratum"]].merge(
        items[["item_id", *facets]], on="item_id", validate="one_to_one"
    )
    return table.assign(**{name: levels(table[name]) for name in facets})


def _match_iou(set_name: str, scoring: Scoring, by: str) -> float:
    if scoring.match_iou is None:
        message = (
            f"set {set_name}: the guideline matches records by {by} and its block `scoring` has no "
            "match_iou; add one in (0, 1], such as 0.5"
        )
        raise GuidelineError(message)
    return scoring.match_iou
