"""What was asked of people, what they have read and what they ask: readings in the columns of the tables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from groundkeeper.core.ids import make_id
from groundkeeper.core.ingestion.tables import Source, refuse
from schemas.names import ACKNOWLEDGEMENTS, EDGE_CASES, REJECTS, TASKS
from schemas.table import Table


@dataclass(frozen=True)
class Events:
    """Tasks, acknowledgements and edge cases, and what was refused of them; columns as in ``schemas.names``."""

    tasks: pd.DataFrame
    acknowledgements: pd.DataFrame
    edge_cases: pd.DataFrame
    rejects: pd.DataFrame


def events_of(
    source: Source,
    told: Events,
    item_ids: Mapping[str, str],
    known: Collection[str],
) -> Events:
    """Return the events of one batch, with the ids of items instead of their keys.

    Tasks and questions about items that are known but not sampled wait in the inbox; about others they are refused
    (``item_is_known``).

    Parameters
    ----------
    source : Source
        The batch.
    told : Events
        In the words of a reader: ``formats.frames.TASK_TYPES`` and its neighbours, and no rejects.
    item_ids : mapping
        Item key to item id of the sampled items.
    known : collection of str
        Keys of all items of the pool.
    """
    tasks, no_tasks = _of_items(told.tasks, "task_id", item_ids, known)
    asked, no_questions = _of_items(
        told.edge_cases.assign(row=told.edge_cases.index + 1), "row", item_ids, known
    )
    keys = asked[["item_key", "record_id", "annotator", "rule_id", "text"]]
    rows = keys.astype(object).where(keys.notna(), None).itertuples(index=False, name=None)
    edge_cases = asked.assign(
        edge_case_id=pd.Series(
            [make_id("ec", source.round, source.era, *row) for row in rows],
            asked.index,
            dtype="str",
        ),
        era=source.era,
        batch=source.name,
    )
    refused = pd.concat([no_tasks, no_questions]).assign(source=source.name)
    return Events(
        tasks.assign(round=source.round, sequence=source.sequence, batch=source.name)[
            list(TASKS.columns)
        ],
        told.acknowledgements.assign(batch=source.name)[list(ACKNOWLEDGEMENTS.columns)],
        edge_cases[list(EDGE_CASES.columns)],
        refused[list(REJECTS.columns)],
    )


def together(found: Sequence[Events]) -> Events:
    """Return the events of all batches: each once, the earliest that tells it."""
    return Events(
        _once([one.tasks for one in found], TASKS, ["sequence", "task_id"]),
        _once(
            [one.acknowledgements for one in found],
            ACKNOWLEDGEMENTS,
            ["acknowledged_at", "annotator", "version", "batch"],
        ),
        _once([one.edge_cases for one in found], EDGE_CASES, ["asked_at", "edge_case_id", "batch"]),
        pd.concat([one.rejects for one in found], ignore_index=True),
    )


def _once(frames: Sequence[pd.DataFrame], table: Table, order: list[str]) -> pd.DataFrame:
    key = list(table.key)
    rows = pd.concat(frames, ignore_index=True).sort_values(order, na_position="first")
    return rows.drop_duplicates(key).sort_values(key, ignore_index=True)


def _of_items(
    rows: pd.DataFrame, key: str, item_ids: Mapping[str, str], known: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows about sampled items with their ``item_id``, and those about unknown items as rejects."""
    ids = rows["item_key"].map(item_ids).astype("str")
    nowhere = rows[~rows["item_key"].isin(known)]
    refused = refuse(
        nowhere[key].astype("str"),
        "item_is_known",
        nowhere["item_key"],
        "the key of an item that a batch of this set describes",
    )
    return rows.assign(item_id=ids)[ids.notna()], refused
