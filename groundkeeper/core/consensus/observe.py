"""What the experts of a record observed, fused field by field into one row."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.fuse import extent, fuse
from groundkeeper.core.consensus.voices import Evidence, experts_of, voices
from groundkeeper.core.derived_fields import from_geometry, from_record
from groundkeeper.core.guideline.fields import ANSWERED, ORDERED, Field

KEY = ["record_id", "era"]
FACTS = ["record_id", "item_id", "era", "votes", "experts", "spread_iou"]


def answered_values(evidence: Evidence, fields: Mapping[str, Field]) -> pd.DataFrame:
    """Return what each annotation says of every field that experts answer.

    Parameters
    ----------
    evidence : Evidence
        Annotations with their attributes, parts, and items with facets such as
        ``pixel_spacing_mm``.
    fields : mapping
        Field name to its definition; fields from metadata and derived ones are left out.

    Returns
    -------
    DataFrame
        One column per field, indexed by ``annotation_id``, sorted; missing where nothing was said.
    """
    annotations, parts, items = evidence.annotations, evidence.parts, evidence.items
    known = annotations.sort_values("annotation_id").set_index("annotation_id")
    said = pd.DataFrame(
        [json.loads(text) for text in known["attributes"]], index=known.index, dtype=object
    )
    columns = {}
    for name, field in fields.items():
        if field.source == "attribute":
            columns[name] = said.get(field.source_name(name), pd.Series(None, known.index, object))
        elif field.source == "label":
            columns[name] = known["label"]
        elif field.source == "geometry":
            measured = from_geometry(str(field.function), parts, known.reset_index(), items)
            columns[name] = pd.Series(measured, known.index)
    return pd.DataFrame(columns, index=known.index)


def observe(
    evidence: Evidence, clusters: pd.DataFrame, pairs: pd.DataFrame, fields: Mapping[str, Field]
) -> pd.DataFrame:
    """Return one fused observation for every record in every era in which its item was looked at.

    Only voices count: each person's latest answer in the era. Where people looked and nobody saw the record, its
    votes are 0 and its fields are missing: that is evidence, too.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion, and the items.
    clusters : DataFrame
        One row per annotation: ``annotation_id, record_id, item_id``.
    pairs : DataFrame
        Overlapping pairs of annotations: ``left, right, iou``.
    fields : mapping
        Field name to its definition.

    Returns
    -------
    DataFrame
        ``record_id, item_id, era, votes, experts, spread_iou``, one column per field, and
        ``<field>_low``, ``<field>_high`` for ordered fields that experts answer. ``spread_iou`` is
        the mean IoU over all pairs of the record's votes, 0 for a pair without common area, nan
        with fewer than two votes or no geometry.
    """
    standing = evidence.of(voices(evidence.answers))
    members = members_of(standing, clusters)
    looked = experts_of(evidence.answers)[["item_id", "era", "experts"]]
    records = clusters[["record_id", "item_id"]].drop_duplicates()
    table = records.merge(looked, on="item_id").sort_values(KEY).reset_index(drop=True)
    place = pd.MultiIndex.from_frame(table[KEY])
    group = pd.Series(place.get_indexer(pd.MultiIndex.from_frame(members[KEY])), members.index)
    table["votes"] = np.bincount(group, minlength=len(table))
    table["spread_iou"] = _mean_overlap(table, members, pairs, drawn=not evidence.parts.empty)
    values = answered_values(standing, fields).reindex(members.index)
    metadata = evidence.items.set_index("item_id").reindex(table["item_id"])
    for name, field in fields.items():
        if field.source in ANSWERED:
            columns = _fused(name, field, values[name], group)
            table = table.assign(**{c: v.reindex(table.index) for c, v in columns.items()})
        elif field.source == "derived":
            computed = from_record(str(field.function), table)
            table[name] = typed(pd.Series(computed, table.index), field)
        else:
            facet = metadata.get(field.source_name(name), pd.Series(None, table.index, object))
            table[name] = typed(facet.reset_index(drop=True), field)
    ordered = [*FACTS, *(column for column in table.columns if column not in FACTS)]
    return table[ordered]


def members_of(evidence: Evidence, clusters: pd.DataFrame) -> pd.DataFrame:
    """Return which annotation speaks of which record, and under which guideline version.

    Returns
    -------
    DataFrame
        ``record_id, era, annotator``, indexed by ``annotation_id``, sorted.
    """
    who = evidence.answers[["answer_id", "annotator", "era"]]
    said = evidence.annotations[["annotation_id", "answer_id"]].merge(who, on="answer_id")
    found = said.merge(clusters, on="annotation_id", validate="one_to_one")
    return found.set_index("annotation_id")[[*KEY, "annotator"]].sort_index()


def typed(values: pd.Series, field: Field) -> pd.Series:
    """Return *values* in the one column type of *field*, so that a column never changes type with its content."""
    allowed = tuple(field.vocabulary)
    whole = field.type == "integer" or (
        bool(allowed) and all(isinstance(value, int) for value in allowed)
    )
    if field.type == "bool":
        return values.astype("boolean")
    if whole:
        return values.astype("float64").astype("Int64")
    if field.type == "number" or (allowed and not isinstance(allowed[0], str)):
        return values.astype("float64")
    return values.astype("str")


def _fused(name: str, field: Field, values: pd.Series, group: pd.Series) -> dict[str, pd.Series]:
    """Return the fused column of a field, and its lowest and highest if its values have an order."""
    how = str(field.fuse)
    if field.type == "text":
        return {}
    columns = {name: typed(fuse(values, group, how, field.type, field.vocabulary), field)}
    if field.type in ORDERED:
        between = extent(values, group, field.type, field.vocabulary)
        columns[f"{name}_low"] = typed(between["low"], field)
        columns[f"{name}_high"] = typed(between["high"], field)
    return columns


def _mean_overlap(
    table: pd.DataFrame, members: pd.DataFrame, pairs: pd.DataFrame, *, drawn: bool
) -> pd.Series:
    if not drawn:
        return pd.Series(np.nan, table.index)
    ends = pairs[["left", "right", "iou"]]
    for side in ("left", "right"):
        found = members[KEY].add_suffix(f"_{side}")
        ends = ends.merge(found, left_on=side, right_index=True)
    same = (ends["record_id_left"] == ends["record_id_right"]) & (
        ends["era_left"] == ends["era_right"]
    )
    total = ends[same].groupby(["record_id_left", "era_left"])["iou"].sum()
    summed = total.reindex(pd.MultiIndex.from_frame(table[KEY]), fill_value=0.0).to_numpy()
    possible = table["votes"] * (table["votes"] - 1) / 2
    overlap: pd.Series = summed / possible.where(possible > 0)
    return overlap
