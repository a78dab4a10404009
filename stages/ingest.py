"""Take what was said and asked about sampled items out of the inbox and into the canonical tables.

A pure function of the whole inbox: nothing is carried over from an earlier run.

What models say goes into tables of its own, which nothing reads that makes ground truth, and stops nothing.

reads   data/inbox/<set>/, items, sample, fields, fields_by_era, later_eras
writes  answers, annotations, parts, verdicts, tasks, acknowledgements, edge_cases, gold, rejects, metrics;
        predictions, predicted, predicted_parts, predicted_rejects
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd
from pydantic import Field

from groundkeeper import batches, concerns, files, tables
from groundkeeper.batch_contents import contents
from groundkeeper.batches import Batch
from groundkeeper.core.adjudication import verdicts
from groundkeeper.core.adjudication.admission import admit_verdicts
from groundkeeper.core.guideline.eras import Eras
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.core.ingestion.admission import Asked, Said, admit, sources_of
from groundkeeper.core.ingestion.events import Events, events_of, together
from groundkeeper.core.ingestion.gold import Gold, Subjects, gold_of, gold_of_all
from groundkeeper.core.ingestion.keys import with_ids
from groundkeeper.core.ingestion.predicted import (
    REPLACED,
    models_of,
    settle_predictions,
    with_models,
)
from groundkeeper.core.ingestion.settling import COMES_AGAIN, settle
from groundkeeper.core.ingestion.tables import Tables
from groundkeeper.errors import GateError, listing
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from groundkeeper.withdrawn import withdrawals
from schemas.adjudication import VERDICTS
from schemas.enums import Refusal, Verdict
from schemas.inference import GOLD
from schemas.names import (
    ACKNOWLEDGEMENTS,
    ANNOTATIONS,
    ANSWERS,
    EDGE_CASES,
    ITEMS,
    PARTS,
    PREDICTED,
    PREDICTED_PARTS,
    PREDICTED_REJECTS,
    PREDICTIONS,
    REJECTS,
    SAMPLE,
    TASKS,
)


class Params(StageParams):
    """How much may be refused before somebody has to look."""

    max_reject_share: float = Field(
        default=0.05, ge=0, le=1, description="largest share of refused rows among all rows read"
    )


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the canonical tables of the sampled items.

    Raises
    ------
    GateError
        If more rows were refused than ``max_reject_share`` allows; the rejects are written and say why.
    """
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    sample = tables.read(layout.table("sample", SAMPLE), SAMPLE)
    sampled = items[items["item_id"].isin(sample["item_id"])]
    wanted = dict(zip(sampled["item_key"], sampled["item_id"], strict=True))
    fields = concerns.read(layout, Fields).fields
    eras = Eras(concerns.fields_by_era(layout))
    subjects = Subjects(wanted, frozenset(items["item_key"]), fields, eras)
    pool = dict(zip(items["item_key"], items["item_id"], strict=True))
    everything = batches.taken_in(layout.inbox)
    predicted = _predicted(layout, everything, replace(subjects, item_ids=pool))
    readings = [_read(layout, one, subjects) for one in everything if not one.is_predicted]
    events = together([one.events for one in readings])
    gold = gold_of_all([one.gold for one in readings])
    settled = settle([one.told for one in readings], fields, eras)
    asked = Asked(
        events.tasks,
        events.acknowledgements,
        frozenset(
            one.batch.round for one in withdrawals(layout.inbox) if one.batch.format == "tasks"
        ),
        frozenset(concerns.later_eras(layout)),
    )
    stated = sources_of(fields, *eras.fields.values())
    said = Said(settled.annotations, settled.parts, stated)
    admitted = admit(settled.answers, said, asked)
    judged = verdicts.together([one.verdicts for one in readings], admitted)
    answers, judged = admit_verdicts(admitted, judged, settled.annotations)
    edge_cases = pd.concat([events.edge_cases, verdicts.gaps(judged)], ignore_index=True)
    found = replace(
        settled,
        answers=answers,
        rejects=pd.concat([settled.rejects, events.rejects, gold.rejects])
        .sort_values(list(REJECTS.columns))
        .drop_duplicates(list(REJECTS.key), ignore_index=True),
    )
    for table, frame in (
        (ANSWERS, found.answers),
        (ANNOTATIONS, found.annotations),
        (PARTS, found.parts),
        (TASKS, events.tasks),
        (ACKNOWLEDGEMENTS, events.acknowledgements),
        (EDGE_CASES, edge_cases),
        (VERDICTS, judged),
        (GOLD, gold.rows),
        (REJECTS, found.rejects),
        (PREDICTIONS, predicted.answers),
        (PREDICTED, predicted.annotations),
        (PREDICTED_PARTS, predicted.parts),
        (PREDICTED_REJECTS, predicted.rejects),
    ):
        tables.write(frame, layout.table("ingest", table), table)
    events = replace(events, edge_cases=edge_cases)
    figures = (
        metrics(found, gold.rows)
        | counts(found.answers, events)
        | decisions(judged)
        | of_models(predicted)
    )
    files.write_json(layout.metrics("ingest"), figures)
    _gate(layout, found, figures["reject_share"], p.max_reject_share)
    return figures


def metrics(found: Tables, gold: pd.DataFrame) -> dict[str, float]:
    """Return the sizes of the tables, and the share of refused rows among all rows read."""
    refused = int((found.rejects["rule"] != COMES_AGAIN).sum())
    read = sum(map(len, (found.answers, found.annotations, found.parts, gold))) + refused
    return {
        "answers": float(len(found.answers)),
        "annotations": float(len(found.annotations)),
        "parts": float(len(found.parts)),
        "repaired_parts": float(found.parts["repaired"].sum()),
        "gold": float(len(gold)),
        "rejects": float(refused),
        "reject_share": refused / read if read else 0.0,
    }


def counts(answers: pd.DataFrame, events: Events) -> dict[str, float]:
    """Return how much was asked and came back, and how many answers count for no record, by reason."""
    refused = answers["refusal"].value_counts()
    return {
        "tasks": float(len(events.tasks)),
        "acknowledgements": float(len(events.acknowledgements)),
        "edge_cases": float(len(events.edge_cases)),
        "task_answers": float(answers["task_id"].notna().sum()),
        **{f"refused_{reason}": float(refused.get(reason, 0)) for reason in Refusal},
    }


def decisions(judged: pd.DataFrame) -> dict[str, float]:
    """Return how many verdicts came, how many of them count, and what these say."""
    counting = judged[judged["refusal"].isna()]
    said = counting["verdict"].value_counts()
    return {
        "verdicts": float(len(judged)),
        "verdicts_admitted": float(len(counting)),
        **{f"verdicts_{verdict}": float(said.get(verdict, 0)) for verdict in Verdict},
    }


def of_models(predicted: Tables) -> dict[str, float]:
    """Return how much models say, how much of it they replaced later, and how many rows were refused."""
    replaced = int((predicted.rejects["rule"] == REPLACED).sum())
    return {
        "models": float(predicted.answers["annotator"].nunique()),
        "predictions": float(len(predicted.answers)),
        "predictions_replaced": float(replaced),
        "predicted_rejects": float(len(predicted.rejects) - replaced),
    }


def _predicted(layout: Layout, everything: Sequence[Batch], subjects: Subjects) -> Tables:
    """Return what models say of all items of the pool."""
    readings = [_read(layout, one, subjects) for one in everything if one.is_predicted]
    if readings:
        settled = settle_predictions([one.told for one in readings], subjects.fields)
        who = pd.concat([one.models for one in readings], ignore_index=True)
        return replace(settled, rejects=with_models(settled.rejects, who))
    return Tables(
        *(tables.empty(of) for of in (PREDICTIONS, PREDICTED, PREDICTED_PARTS, PREDICTED_REJECTS))
    )


class _Reading(NamedTuple):
    """What one batch holds, with ids."""

    told: Tables
    events: Events
    gold: Gold
    verdicts: pd.DataFrame
    models: pd.DataFrame


def _read(layout: Layout, batch: Batch, subjects: Subjects) -> _Reading:
    source, reading = contents(layout.inbox, batch, subjects.item_ids)
    rows = Tables(reading.answers, reading.annotations, reading.parts, reading.rejects)
    said = Events(reading.tasks, reading.acknowledgements, reading.questions, reading.rejects[:0])
    told = with_ids(source, rows, subjects.item_ids, subjects.known)
    return _Reading(
        told,
        events_of(source, said, subjects.item_ids, subjects.known),
        gold_of(source, reading.gold, subjects),
        verdicts.verdicts_of(source, reading.verdicts, subjects.item_ids),
        models_of(source, reading.answers, told),
    )


def _gate(layout: Layout, found: Tables, share: float, allowed: float) -> None:
    if share > allowed:
        rules = listing(f"{rule} {n}" for rule, n in Counter(found.rejects["rule"]).most_common())
        message = (
            f"{layout.table('ingest', REJECTS)}: {share:.1%} of the rows were refused, "
            f"sets.{layout.set_name}.ingest.max_reject_share allows {allowed:.1%} (by rule: {rules}). "
            "Look at the table, then correct the source and add it as a new batch, or raise the share."
        )
        raise GateError(message)
