"""What people answered to single fields of records, fused: what completes an older observation."""

import json
from collections.abc import Mapping

import pandas as pd

from groundkeeper.core.consensus.observe import (
    answered_values,
    columns_of_field,
    observed_values,
    typed,
)
from groundkeeper.core.consensus.statements import is_confirming, now_called
from groundkeeper.core.consensus.voices import ARRIVED, Evidence, of_scope, spoken
from groundkeeper.core.era_rows import by_fields
from groundkeeper.core.guideline.eras import SAID, Eras, columns_of, read_as
from groundkeeper.core.guideline.fields import ORDERED, Field
from groundkeeper.core.ids import canonical_json
from schemas.enums import Scope

KEY = ["record_id", "era", "asks"]
COLUMNS = ["record_id", "item_id", "era", "asks", "experts"]


def revalidations(
    evidence: Evidence, clusters: pd.DataFrame, fields: Mapping[str, Field], eras: Eras
) -> pd.DataFrame:
    """Return the answers to tasks about single fields, fused by record, era and field, and what people confirmed.

    The last that each person said of a field counts, whichever task asked for it. Of fields that were not asked nothing
    is read.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion, and the tasks.
    clusters : DataFrame
        One row per annotation: ``annotation_id, record_id, item_id``.
    fields : mapping
        Field name to its definition, of the version in force.
    eras : Eras
        In what the eras of the answers differ from it.

    Returns
    -------
    DataFrame
        ``record_id, item_id, era``; ``asks`` (JSON), the one field, or none where people confirmed the record;
        ``experts``, how many did; and columns of fields as observations have them, missing but for the one. Sorted.
    """
    said = _answered(evidence, clusters)
    columns = columns_of(fields, eras)
    found = [_confirmed(said, columns)]
    for name in sorted({name for names in said["asked"] for name in names}):
        rows = said[[name in names for names in said["asked"]]]
        for era, here in by_fields(rows["era"], eras):
            field = read_as(era, fields, eras).get(name)
            if field is not None and here.any():
                found.append(_fused(rows[here], name, _as_stated(field), columns, evidence))
    filled = [table for table in found if len(table)]
    every = pd.concat(filled or found[:1])
    return every.sort_values(KEY, ignore_index=True)


def _fused(
    said: pd.DataFrame,
    name: str,
    field: Field,
    columns: Mapping[str, Field],
    evidence: Evidence,
) -> pd.DataFrame:
    """Return what people said of one field, by record and era."""
    values = answered_values(
        evidence.of_annotations(pd.Index(said["annotation_id"])), {name: field}
    )
    given = said[said["annotation_id"].map(values[name]).notna()]
    last = given.drop_duplicates(["record_id", "era", "annotator"], keep="last")
    table = last.groupby(["record_id", "item_id", "era"]).size().rename("experts").reset_index()
    place = pd.MultiIndex.from_frame(table[["record_id", "era"]])
    group = pd.Series(
        place.get_indexer(pd.MultiIndex.from_frame(last[["record_id", "era"]])),
        last["annotation_id"],
        dtype="int64",
    )
    heard = evidence.of_annotations(group.index)
    fused = observed_values(table, heard, group, {name: field}, columns)
    return table.assign(asks=canonical_json([name]))[COLUMNS].join(fused)


def _confirmed(said: pd.DataFrame, columns: Mapping[str, Field]) -> pd.DataFrame:
    """Return how many people said of a record, by era, that what is stored is still right."""
    confirming = said[said["confirms"]]
    last = confirming.drop_duplicates(["record_id", "era", "annotator"], keep="last")
    table = last.groupby(["record_id", "item_id", "era"]).size().rename("experts").reset_index()
    nothing = pd.DataFrame(
        {
            of_field: typed(pd.Series(None, table.index, object), field)
            for name, field in columns.items()
            for of_field in columns_of_field(name, field)
        },
        index=table.index,
    )
    return table.assign(asks="[]")[COLUMNS].join(nothing)


def _answered(evidence: Evidence, clusters: pd.DataFrame) -> pd.DataFrame:
    """Return the answers about fields of records, and those that confirm one, in the order of arrival.

    Returns
    -------
    DataFrame
        ``annotation_id, record_id, item_id, era, annotator``; ``asked``, the fields that the task asked for; and
        ``confirms``.
    """
    given = of_scope(spoken(evidence.answers), Scope.FIELDS, Scope.RECORD)
    tasks = evidence.tasks.set_index("task_id")[["record_id", "asks"]]
    told = ["answer_id", "item_id", "annotator", "era", "scope", "task_id", *ARRIVED[:2]]
    asked = given[told].join(tasks, on="task_id")
    anchor = now_called(asked["record_id"].astype("str"), clusters["annotation_id"])
    record = anchor.map(clusters.set_index("annotation_id")["record_id"])
    asked = asked.assign(record_id=record.astype("str"))
    marks = evidence.annotations[["annotation_id", "answer_id", "ordinal"]]
    said = asked[asked["record_id"].notna()].merge(
        marks.assign(confirms=is_confirming(evidence)), on="answer_id"
    )
    said = said[(said["scope"] == Scope.FIELDS) | said["confirms"]]
    names = [
        tuple(json.loads(asks)) if scope == Scope.FIELDS else ()
        for asks, scope in zip(said["asks"], said["scope"], strict=True)
    ]
    return (
        said.assign(asked=pd.Series(names, said.index, dtype=object))
        .sort_values([*ARRIVED, "ordinal"], na_position="first")
        .reset_index(drop=True)
    )


def _as_stated(field: Field) -> Field:
    """Return *field* as people state it: what is known of an item, or was drawn, is an attribute of the answer."""
    if field.source in SAID:
        return field
    how = field.fuse or ("median" if field.type in ORDERED else "mode")
    return field.model_copy(update={"source": "attribute", "fuse": how})
