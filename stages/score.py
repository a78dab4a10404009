"""Score every reader against the ground truth that the others make without them, every model against the ground truth.

And the ground truth against gold, where somebody knows what is right.

reads   answers, annotations, parts, predictions, predicted, predicted_parts, predicted_rejects, gold, clusters,
        posteriors, disputes, items, records, record_parts, gt_items, soft_labels, scoring, consensus, fields,
        decisions, coverage
writes  measures, conflicts, outcomes, confusion, scored, bounds, metrics
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from groundkeeper import concerns, evidence, files, tables
from groundkeeper.core.agreement.figures import independence_note
from groundkeeper.core.agreement.months import MONTH, month_of_items
from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.consensus.voices import Evidence, deciding
from groundkeeper.core.digest import released_digest
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.facets import facet_names, levels
from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields, digest
from groundkeeper.core.guideline.sections import Consensus, Scoring
from groundkeeper.core.measures import defined, metrics, noted, tabulate
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.confusion import confusion_of
from groundkeeper.core.scoring.figures import POOLED, known_annotators
from groundkeeper.core.scoring.gold import figures as against_gold
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.known import Known, known, with_frames_of
from groundkeeper.core.scoring.subjects.of_pool import figures_of_pool
from groundkeeper.core.scoring.subjects.own_names import (
    batches_of,
    refuse_meant_twice,
    refuse_namesakes,
)
from groundkeeper.core.scoring.subjects.precision_of import average_precision_of
from groundkeeper.core.scoring.subjects.readers import readings
from groundkeeper.core.scoring.subjects.said import (
    Said,
    decided,
    refused_values,
    unknown_items,
)
from groundkeeper.core.scoring.subjects.scores import rests_on, scores_of
from groundkeeper.errors import GuidelineError
from groundkeeper.layout import Layout
from groundkeeper.params import ResamplingParams
from schemas.enums import Origin
from schemas.inference import DISPUTES, GOLD, POSTERIORS
from schemas.names import (
    CLUSTERS,
    GT_ITEMS,
    MEASURES,
    PREDICTED_REJECTS,
    RECORD_PARTS,
    RECORDS,
    RELEASED,
)
from schemas.scoring import BOUNDS, CONFLICTS, CONFUSION, OUTCOMES, SCORED


class Params(ResamplingParams):
    """How intervals are made."""


OF_ITEM: Final = ("item_id", "group_id", "inclusion_probability")
"""Columns of an item that nothing is broken down by."""


@dataclass(frozen=True)
class Scene:
    """What all who are scored are held against, and what is known of the items.

    Attributes
    ----------
    guide : Guide
        The guideline in force.
    known : Known
        The ground truth.
    items : DataFrame
        One row per item of the ground truth: ``item_id, group_id, inclusion_probability, stratum`` and its facets as
        levels.
    pool : DataFrame
        All items.
    """

    guide: Guide
    known: Known
    items: pd.DataFrame
    pool: pd.DataFrame

    @property
    def facets(self) -> list[str]:
        """The columns of *items* that figures are broken down by."""
        return [name for name in self.items.columns if name not in OF_ITEM]

    @property
    def probability(self) -> pd.Series:
        """The inclusion probability of each item."""
        return self.items.set_index("item_id")["inclusion_probability"]

    def dated(self, answers: pd.DataFrame, captured: pd.DataFrame) -> "Scene":
        """Return this scene with the month as a facet, where there are several.

        It is that in which the items were captured, or that of the last of the *answers* where nobody knows that.
        """
        known = captured.dropna()
        month = month_of_items(known if len(known) else answers, self.items["item_id"])
        if month is None or MONTH in self.items.columns:
            return self
        return replace(self, items=self.items.assign(**{MONTH: month}))


@dataclass(frozen=True)
class Found:
    """Rows of the tables that are written, of some who are scored."""

    measures: pd.DataFrame
    conflicts: pd.DataFrame
    outcomes: pd.DataFrame
    bounds: pd.DataFrame
    scored: pd.DataFrame


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the scores, over everything and by facet, what they come from, and what they rest on.

    Raises
    ------
    GuidelineError
        If shapes are matched and the guideline does not say at which IoU a shape scores, or wants what the pipeline
        does not compute.
    RefusedError
        If a model is called as a person is, or a name could as well be a class or a field of somebody else.
    """
    everything, by_models = evidence.read(layout), evidence.predictions(layout)
    released = {table.name: tables.read(layout.table("decide", table), table) for table in RELEASED}
    records, gt_items = released[RECORDS.name], released[GT_ITEMS.name]
    guide = _guide(layout)
    known_here = known(records, released[RECORD_PARTS.name], gt_items, guide)
    scene = Scene(guide, known_here, _with_facets(gt_items, everything.items), everything.items)
    rejects = tables.read(layout.table("ingest", PREDICTED_REJECTS), PREDICTED_REJECTS)
    refused = rejects.rename(columns={"source": "batch"})
    models = sorted({*by_models.answers["annotator"], *rejects["annotator"].dropna()})
    batches = batches_of(everything.answers, by_models.answers, refused)
    with_figures, _ = known_annotators(everything.answers)
    people = set(everything.answers["annotator"])
    refuse_namesakes(layout.set_name, people, with_figures, models, batches)
    how = Resampling(p.rounds, p.seed, p.confidence)
    covers = replace(how, interval=covering)
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    of_readers, counts = _readers(everything, clusters, records, scene, covers)
    of_models = _models(models, by_models, rejects, scene, how)
    both = zip(vars(of_readers).values(), vars(of_models).values(), strict=True)
    found = Found(*map(_together, both))
    fields = set(guide.rated) if guide.by_item else set()
    parts = _parts(found.outcomes, fields, guide)
    refuse_meant_twice(layout.set_name, found.scored["subject"], parts, fields, batches)
    measures = _together([found.measures, _of_gold(layout, records, scene, how)])
    scored = found.scored.assign(
        content_digest=released_digest(released),
        settings_digest=digest(files.read_json(layout.concern("scoring"))),
    )
    for table, frame in (
        (MEASURES, measures),
        (CONFLICTS, found.conflicts),
        (OUTCOMES, found.outcomes),
        (CONFUSION, confusion_of(found.outcomes)),
        (SCORED, scored),
        (BOUNDS, found.bounds),
    ):
        tables.write(frame, layout.table("score", table), table)
    figures = metrics(measures) | counts | {"conflicts": float(len(found.conflicts))}
    files.write_json(layout.metrics("score"), figures)
    return defined(figures)


def _guide(layout: Layout) -> Guide:
    guide = Guide(
        concerns.read(layout, Decisions).decisions,
        concerns.read(layout, Fields).fields,
        concerns.read(layout, Consensus),
        concerns.read(layout, Scoring),
        concerns.read(layout, Coverage).classes,
    )
    if guide.settings.profile == "cvat":
        message = (
            f"set {layout.set_name}: found scoring.profile cvat; that is computed of frames that somebody drew, and "
            "the records of a set are things over all frames; allowed is native here. Hold files against one another "
            "with `gk score files --profile cvat`"
        )
        raise GuidelineError(message)
    if not guide.by_item and guide.scoring.match_iou is None:
        message = (
            f"set {layout.set_name}: the guideline matches records by {guide.consensus.match.by} and its block "
            "`scoring` has no match_iou; add one in (0, 1], such as 0.5"
        )
        raise GuidelineError(message)
    return guide


def _readers(
    everything: Evidence,
    clusters: pd.DataFrame,
    records: pd.DataFrame,
    scene: Scene,
    how: Resampling,
) -> tuple[Found, dict[str, float]]:
    """Return what becomes of the readers, pooled by facet, and of each whose name means one person; and counts."""
    said = deciding(everything, scene.guide.consensus.quorum)
    names, anonymous = known_annotators(said.answers)
    sizes = image_areas(said.items, said.annotations, said.parts)
    made = readings(said, clusters, records, sizes, scene.guide, names)
    dependence = independence_note(said.answers["independence"], "the score")
    chance = scene.probability
    pooled = [*made.pooled, *figures_of_pool(made.pooled, {POOLED}, chance)]
    single = [*made.single, *figures_of_pool(made.single, names, chance)]
    dated = scene.dated(said.answers, said.answers.iloc[:0])
    measured = _together(
        [
            tabulate(noted(pooled, dependence, anonymous), dated.items, dated.facets, how),
            tabulate(noted(single, dependence), scene.items, (), how),
        ]
    )
    counts = {
        "readings": float(len(made.left_out.folds)),
        "readings_without_quorum": float(made.left_out.skipped),
    }
    own = _left_out_of(said, names, made.left_out.folds, scene.guide)
    origins = dict(zip(own.answers["annotator"], own.answers["origin"], strict=True))
    scored = _rests_on(own, origins, scene)
    return (
        Found(measured, made.conflicts, made.outcomes, tables.empty(BOUNDS), scored),
        counts,
    )


def _left_out_of(said: Evidence, names: Sequence[str], folds: pd.DataFrame, guide: Guide) -> Said:
    """Return what the annotators with *names* said of the items that they were left out of."""
    read = said.answers.merge(folds[["item_id", "annotator"]], on=["item_id", "annotator"])
    return decided(said.of(read[read["annotator"].isin(names)]), guide)


def _models(
    names: Sequence[str],
    by_models: Evidence,
    rejects: pd.DataFrame,
    scene: Scene,
    how: Resampling,
) -> Found:
    """Return what becomes of each model, by facet; average precision over everything.

    One of which all was refused is scored as well, on nothing.
    """
    covers = replace(how, interval=covering)
    seen = replace(by_models, items=with_frames_of(by_models.items, scene.known))
    refused, unknown = refused_values(rejects, scene.guide), unknown_items(rejects)
    said = replace(decided(seen, scene.guide), refused=refused, unknown=unknown)
    sizes = image_areas(by_models.items, by_models.annotations, by_models.parts)
    captured = scene.pool[["item_id", "captured_at"]].set_axis(["item_id", "submitted_at"], axis=1)
    answers, found = by_models.answers, []
    for model in names:
        own = said.of(model)
        made = scores_of(own, scene.known, sizes, scene.guide, model)
        headed = {model, *(f"{model}/{name}" for name in scene.guide.rated if scene.guide.by_item)}
        figures = [*made.figures, *figures_of_pool(made.figures, headed, scene.probability)]
        dated = scene.dated(answers[answers["annotator"] == model], captured)
        measured = tabulate(figures, dated.items, dated.facets, covers)
        ranked = average_precision_of(
            own, scene.known, made.outcomes, scene.pool, scene.guide, subject=model, how=how
        )
        found.append((_together([measured, ranked]), made.conflicts, made.outcomes, made.bounds))
    nothing = tuple(tables.empty(table) for table in (MEASURES, CONFLICTS, OUTCOMES, BOUNDS))
    measures, conflicts, outcomes, bounds = (
        _together(of_table) for of_table in zip(nothing, *found, strict=True)
    )
    origins = dict.fromkeys(names, Origin.MODEL.value)
    return Found(measures, conflicts, outcomes, bounds, _rests_on(said, origins, scene))


def _of_gold(layout: Layout, records: pd.DataFrame, scene: Scene, how: Resampling) -> pd.DataFrame:
    """Return how right the *records* are where somebody knows what is right, as the table ``measures``."""
    judged = against_gold.Records(
        records,
        tables.read(layout.table("consensus", POSTERIORS), POSTERIORS),
        tables.read(layout.table("consensus", DISPUTES), DISPUTES),
        scene.guide.fields,
        scene.guide.consensus,
    )
    gold = tables.read(layout.table("ingest", GOLD), GOLD)
    return against_gold.gold_measures(gold, judged, scene.items, how)


def _rests_on(said: Said, origins: Mapping[str, str], scene: Scene) -> pd.DataFrame:
    """Return the table ``scored`` of all with an origin; its digests are the same for all."""
    rows = [
        {"subject": name, "origin": origin}
        | rests_on(said.of(name), scene.known, by_item=scene.guide.by_item)
        for name, origin in sorted(origins.items())
    ]
    return pd.DataFrame(rows, columns=[name for name in SCORED.columns if "digest" not in name])


def _parts(outcomes: pd.DataFrame, fields: Collection[str], guide: Guide) -> set[str]:
    """Return the classes and *fields* that figures are about."""
    classes = {*outcomes["truth"].dropna(), *outcomes["said"].dropna()}
    # The classes of a field stand behind it.
    return {*guide.class_names, *classes, *fields, *guide.classes_behind(fields)}


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _with_facets(gt_items: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return one row per item of the ground truth: ``OF_ITEM``, ``stratum`` and its facets as levels."""
    facets = [name for name in facet_names(items) if name not in gt_items.columns]
    table = gt_items[[*OF_ITEM, "stratum"]].merge(
        items[["item_id", *facets]], on="item_id", validate="one_to_one"
    )
    return table.assign(**{name: levels(table[name]) for name in facets})
