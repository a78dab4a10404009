"""Turn fused observations into ground-truth records under the guideline in force.

reads   items, answers, annotations, parts, tasks, sample, clusters, carried, observation_parts, posteriors, disputes,
        states, item_states, decisions, fields, consensus
writes  records, record_parts, gt_items, soft_labels, adjudication_queue, metrics
"""

from dataclasses import replace

import pandas as pd

from groundkeeper import concerns, evidence, files, tables
from groundkeeper.core.adjudication.queue import Doubts, adjudication_queue, reasons_of
from groundkeeper.core.consensus.statements import statements
from groundkeeper.core.consensus.voices import Evidence, decided_in, experts_of, seen_by_then
from groundkeeper.core.deciding import Rules, decide_items, decide_records
from groundkeeper.core.edge_cases.positions import contested, positions
from groundkeeper.core.guideline.normative import Decisions, Fields
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.soft_labels import soft_labels
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from schemas.adjudication import ADJUDICATION_QUEUE
from schemas.enums import RecordStatus
from schemas.inference import DISPUTES, POSTERIORS, SOFT_LABELS
from schemas.names import (
    CARRIED,
    CLUSTERS,
    GT_ITEMS,
    ITEM_STATES,
    OBSERVATION_PARTS,
    RECORD_PARTS,
    RECORDS,
    SAMPLE,
    STATES,
    TASKS,
)


class Params(StageParams):
    """Nothing can be set: what a record is, is the guideline's to say."""


def run(layout: Layout, _p: Params) -> dict[str, float]:
    """Write the records, their shapes, the items and what waits for an adjudicator."""
    tasks = tables.read(layout.table("ingest", TASKS), TASKS)
    everything = replace(evidence.read(layout), tasks=tasks)
    items, answers = everything.items, everything.answers
    sample = tables.read(layout.table("sample", SAMPLE), SAMPLE)
    observations = tables.read(layout.table("impact", CARRIED), CARRIED)
    regions = tables.read(layout.table("consensus", OBSERVATION_PARTS), OBSERVATION_PARTS)
    states = tables.read(layout.table("impact", STATES), STATES)
    rules = Rules(
        concerns.read(layout, Decisions).decisions,
        concerns.read(layout, Fields).fields,
        concerns.read(layout, Consensus),
    )
    quorum = rules.consensus.quorum

    chosen = seen_by_then(decided_in(observations, quorum, "record_id"), observations)
    records = decide_records(chosen, states, regions, rules)
    looked = decided_in(experts_of(answers), quorum, "item_id")
    named = sample.merge(items[["item_id", "item_key", "uri"]], on="item_id")
    searching = tables.read(layout.table("impact", ITEM_STATES), ITEM_STATES)
    to_search = frozenset(searching.loc[searching["to_search"], "item_id"])
    gt_items = decide_items(named, looked, (chosen, records), to_search, quorum)
    disputes = tables.read(layout.table("consensus", DISPUTES), DISPUTES)
    posteriors = tables.read(layout.table("consensus", POSTERIORS), POSTERIORS)
    reasons = reasons_of(records, states, regions, rules, disputes)
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    hot = _contested(everything, clusters, chosen, records[reasons != ""], rules)
    queue = adjudication_queue(records, reasons, hot, rules, Doubts(disputes, posteriors))
    keys = ["record_id", "era"]
    visible = pd.MultiIndex.from_frame(records.loc[records["status"] != RecordStatus.RETIRED, keys])
    parts = regions[pd.MultiIndex.from_frame(regions[keys]).isin(visible)].drop(columns="era")

    for table, frame in (
        (RECORDS, records),
        (RECORD_PARTS, parts),
        (GT_ITEMS, gt_items),
        (SOFT_LABELS, soft_labels(posteriors, records, rules.fields, sample)),
        (ADJUDICATION_QUEUE, queue),
    ):
        tables.write(frame, layout.table("decide", table), table)
    figures = metrics(records, gt_items, len(chosen))
    files.write_json(layout.metrics("decide"), figures)
    return figures


def _contested(
    everything: Evidence,
    clusters: pd.DataFrame,
    chosen: pd.DataFrame,
    records: pd.DataFrame,
    rules: Rules,
) -> pd.DataFrame:
    """Return how far the decisions of some *records* rest on whom one asks."""
    observed = chosen[chosen["record_id"].isin(records["record_id"])]
    of_items = everything.answers["item_id"].isin(observed["item_id"])
    here = everything.of(everything.answers[of_items])
    marks = clusters[clusters["annotation_id"].isin(here.annotations["annotation_id"])]
    last = statements(here, marks).last
    held = positions(here, last, observed, rules.decisions, rules.fields)
    return contested(held, observed, rules.decisions, rules.fields)


def metrics(records: pd.DataFrame, items: pd.DataFrame, observed: int) -> dict[str, float]:
    """Return how many records and items there are, by status."""
    status = records["status"].value_counts()
    counts = {str(name): float(status.get(name, 0)) for name in RecordStatus}
    return {
        "records": float(len(records)),
        **counts,
        "invisible": float(observed - len(records)),
        "borderline": float(records["borderline"].sum()),
        "items": float(len(items)),
        "empty_items": float(items["empty"].sum()),
        "pending_items": float((items["status"] == RecordStatus.PENDING).sum()),
    }
