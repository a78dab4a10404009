"""Bring together what a consensus meeting is about: questions, positions and disagreement, from the tables of a set."""

from groundkeeper import evidence, files, guideline_versions, tables
from groundkeeper.core.consensus.statements import statements
from groundkeeper.core.consensus.voices import decided_in, seen_by_then
from groundkeeper.core.edge_cases.agenda import Known, agenda
from groundkeeper.core.edge_cases.concentration import search
from groundkeeper.core.edge_cases.positions import contested, positions
from groundkeeper.core.estimates import Resampling
from groundkeeper.guideline_files import load_in_place
from groundkeeper.layout import Layout
from groundkeeper.reports.meeting import Material
from schemas.enums import Split
from schemas.names import (
    CARRIED,
    CLUSTERS,
    EDGE_CASES,
    OBSERVATION_PARTS,
    RECORD_ALIASES,
    RECORDS,
    SAMPLE,
)

INTERVALS = Resampling(rounds=4000, seed=1, confidence=0.95)
"""How the intervals of disagreement are made; all of them together have this confidence."""


def material(layout: Layout) -> Material:
    """Return what there is to talk about in a set, under the guideline version that its tables were built under.

    Raises
    ------
    TableError
        If a stage has not run yet.
    GuidelineError
        If the guideline that the tables were built under is not there any more.
    """
    built = files.read_json(layout.concern("version"))["version"]
    guideline = load_in_place(layout.guidelines / f"{built}.yaml")
    decisions, fields, quorum = guideline.decisions, guideline.fields, guideline.consensus.quorum
    everything = evidence.read(layout)
    items = everything.items[["item_id", "item_key", "group_id"]]
    sample = tables.read(layout.table("sample", SAMPLE), SAMPLE)
    carried = tables.read(layout.table("impact", CARRIED), CARRIED)
    decided = seen_by_then(decided_in(carried, quorum, "record_id"), carried)
    observed = decided.merge(items[["item_id", "group_id"]], on="item_id")
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    aliases = tables.read(layout.table("consensus", RECORD_ALIASES), RECORD_ALIASES)
    records = tables.read(layout.table("decide", RECORDS), RECORDS)
    asked = tables.read(layout.table("ingest", EDGE_CASES), EDGE_CASES)
    questions = asked.merge(items[["item_id", "item_key"]], on="item_id")
    last = statements(everything, clusters).last

    held = positions(everything, last, observed, decisions, fields)
    standing = contested(held, observed, decisions, fields)
    known = Known(
        observed, standing, dict(zip(aliases["alias_id"], aliases["record_id"], strict=True))
    )
    searched = search(standing, observed, decisions, fields, INTERVALS)
    return Material(
        guideline=guideline,
        in_force=guideline_versions.in_force(layout.root, layout.set_name),
        questions=questions,
        topics=agenda(questions, searched, known, decisions, fields),
        searched=searched,
        held=held,
        standing=standing,
        observed=observed,
        aliases=known.aliases,
        status=dict(zip(records["record_id"], records["status"], strict=True)),
        parts=tables.read(layout.table("consensus", OBSERVATION_PARTS), OBSERVATION_PARTS),
        clusters=clusters,
        last=last,
        evidence=everything,
        sealed=frozenset(sample.loc[sample["split"] == Split.SEALED, "item_id"]),
    )
