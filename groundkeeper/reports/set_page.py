"""The report of one set: everything its stages found, on one page."""

from groundkeeper.reports import (
    figures,
    gold,
    inference,
    measure_rows,
    objects,
    outlines,
    overview,
    score_overview,
    score_tables,
)
from groundkeeper.reports.found import Found
from groundkeeper.reports.page import render
from groundkeeper.reports.scored_subjects import models_of


def html(found: Found, max_pictures: int) -> str:
    """Return the page of a set, with the outlines of at most *max_pictures* records.

    Nothing on it depends on the order of the rows, and nothing is loaded from elsewhere.
    """
    agreement = objects.without_objects(found.agreement)
    scores = score_overview.owned_scores(found)
    of_readers, of_parts = score_overview.of_readers(scores)
    of_models = found.conflicts["annotator"].isin(models_of(found.scored))
    return render(
        "set.html.j2",
        version=found.version,
        facts=overview.facts(found.items, found.sample, found.told, found.gt_items),
        statuses=overview.statuses(found.records),
        said_absent=overview.said_absent(found.records),
        item_statuses=overview.statuses(found.gt_items),
        nature=overview.nature(found.told),
        batches=overview.sources(found.batches),
        predicted_batches=overview.predicted_batches(found.batches),
        verdict_batches=overview.verdict_batches(found.batches),
        limits=overview.limits(found.told, found.alive, found.sample),
        headline=measure_rows.headline(found.agreement),
        agreement=measure_rows.measures(agreement),
        agreement_in_detail=measure_rows.measures_in_detail(agreement),
        objects=objects.of_objects(found.agreement),
        standings=score_overview.side_by_side(found),
        scores=of_readers,
        score_parts=of_parts,
        score_facets=score_overview.readers_by_facet(scores),
        of_gold=gold.of_gold(found.scores),
        agreement_facets=measure_rows.measures_by_facet(agreement),
        inferences=inference.inferences(found.fits, found.skills),
        distributions=figures.distributions(found.alive, found.fields),
        votes=figures.votes(found.alive),
        coverage=figures.coverage(found.coverage),
        coverage_axis=figures.coverage_axis(),
        rated=figures.rated(found),
        rated_shown=figures.RATED_SHOWN,
        slices=figures.slices(found, max_pictures),
        consensus_key=outlines.consensus_key(),
        conflicts=score_tables.conflict_counts(found.conflicts[~of_models]),
        work=overview.counted(found.plan, ["action", "unit"]),
        actions=overview.counted(found.states, ["era", "action"]),
        refused=overview.counted(found.answers.dropna(subset="refusal"), ["refusal"]),
        rounds=measure_rows.of_rounds(found.rounds),
        edge_cases=len(found.edge_cases),
        rejects=overview.counted(found.rejects, ["rule", "allowed"]),
        predicted_rejects=overview.counted(found.predicted_rejects, ["rule", "allowed"]),
        queue=overview.queue(found.queue, found.items),
        queued=len(found.queue),
        checks=overview.checks(found.checks),
        provenance=overview.provenance(found.manifest, overview.RESTS_ON),
        made_with=overview.provenance(found.manifest, overview.MADE_WITH),
    )
