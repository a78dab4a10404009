"""What the experts of a record observed, fused field by field into one row."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.fuse import counted, extent, fuse
from groundkeeper.core.consensus.statements import KEY, Statements, looked_at
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.derived_fields import from_geometry, from_record
from groundkeeper.core.era_rows import by_fields
from groundkeeper.core.guideline.allowed import fits
from groundkeeper.core.guideline.eras import (
    ALIKE,
    Eras,
    column_type,
    columns_of,
    read_as,
)
from groundkeeper.core.guideline.fields import ANSWERED, LISTED, ORDERED, Field
from groundkeeper.core.guideline.lists import members
from groundkeeper.core.ids import canonical_json
from schemas.names import OBSERVATIONS, SPREAD_ENDINGS

FACTS = [*OBSERVATIONS.columns]
"""What is known of a record in an era beside its fields; without a shape, what is known of the shape is missing."""


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
        One column per field, indexed by ``annotation_id``, sorted; missing where nothing was said,
        or something that *fields* do not allow, as an answer of another era may.
    """
    annotations, parts, items = evidence.annotations, evidence.parts, evidence.items
    known = annotations.sort_values("annotation_id").set_index("annotation_id")
    said = pd.DataFrame(
        [json.loads(text) for text in known["attributes"]], index=known.index, dtype=object
    )
    columns = {}
    for name, field in fields.items():
        if field.source == "attribute":
            stated = said.get(field.source_name(name), pd.Series(None, known.index, object))
            columns[name] = _allowed(stated, field)
        elif field.source == "label":
            columns[name] = _allowed(known["label"], field)
        elif field.source == "geometry":
            measured = from_geometry(str(field.function), parts, known.reset_index(), items)
            columns[name] = pd.Series(measured, known.index)
    return pd.DataFrame(columns, index=known.index)


def observe(
    evidence: Evidence,
    said: Statements,
    pairs: pd.DataFrame,
    fields: Mapping[str, Field],
    eras: Eras = ALIKE,
) -> pd.DataFrame:
    """Return one fused observation for every record in every era in which its item was looked at.

    Only the last word of each person in the era counts. Where people looked and nobody saw the record, its
    votes are 0 and its fields are missing: that is evidence, too. What was said in an era is read and fused in the
    words of that era, so a value may be one that the field in force does not know.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion, and the items.
    said : Statements
        Which annotations are one record, and the last word of each person on each.
    pairs : DataFrame
        How alike annotations are that have anything in common: ``left, right, iou``.
    fields : mapping
        Field name to its definition, of the version in force.
    eras : Eras
        In what the eras of the answers differ from it.

    Returns
    -------
    DataFrame
        The columns of ``schemas.names.OBSERVATIONS``, one column per field, and
        ``<field>_low``, ``<field>_high`` for ordered fields that experts answer. Fields that only
        another era declares come last, and are missing outside of it; so are values that the
        type of a field in force cannot hold. ``spread_iou`` is the mean similarity over all pairs of
        the record's votes, an IoU of areas, 0 for a pair that has nothing in common, nan with fewer
        than two votes or no geometry. What else is known of shapes is not known here.
    """
    table, members = looked_at(evidence, said), said.members
    place = pd.MultiIndex.from_frame(table[KEY])
    group = pd.Series(place.get_indexer(pd.MultiIndex.from_frame(members[KEY])), members.index)
    table["votes"] = np.bincount(group, minlength=len(table))
    table["spread_iou"] = _mean_overlap(table, members, pairs, drawn=not evidence.parts.empty)
    table = table.reindex(columns=FACTS)
    columns = columns_of(fields, eras)
    observed = []
    for era, rows in by_fields(table["era"], eras):
        here = table[rows]
        heard = evidence.of_annotations(members.index[members["era"].isin(here["era"])])
        observed.append(observed_values(here, heard, group, read_as(era, fields, eras), columns))
    return table.join(pd.concat(observed))


def observed_values(
    table: pd.DataFrame,
    said: Evidence,
    group: pd.Series,
    read: Mapping[str, Field],
    columns: Mapping[str, Field],
) -> pd.DataFrame:
    """Return the *columns* of the rows of *table*, from what was *said* in their eras, on its index.

    Parameters
    ----------
    group : Series
        Label of the row of each annotation, indexed by ``annotation_id``.
    read : mapping
        By which declaration each field is read in these eras; one that is not here is missing.
    columns : mapping
        By which declaration it has its column.
    """
    values = answered_values(said, read)
    rows = group.reindex(values.index)
    metadata = said.items.set_index("item_id").reindex(table["item_id"])
    found: dict[str, pd.Series] = {}
    for name, column in columns.items():
        field = read.get(name)
        if field is None:
            made = {}
        elif field.source in ANSWERED:
            made = _fused(name, field, values[name], rows)
        elif field.source == "derived":
            made = {name: pd.Series(from_record(str(field.function), table), table.index)}
        else:
            facet = metadata.get(field.source_name(name), pd.Series(None, table.index, object))
            made = {name: facet.set_axis(table.index)}
        for of_field in columns_of_field(name, column):
            missing = pd.Series(None, table.index, object)
            found[of_field] = typed(made.get(of_field, missing).reindex(table.index), column)
    return pd.DataFrame(found, index=table.index)


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
    kind = column_type(field)
    return values.astype("float64").astype(kind) if kind == "Int64" else values.astype(kind)


def columns_of_field(name: str, field: Field) -> tuple[str, ...]:
    """Return the columns of a field: its value, and the lowest and highest of an ordered one that is answered."""
    if field.source not in ANSWERED:
        return (name,)
    if field.type == "text":
        return ()
    return (name, *(f"{name}{end}" for end in SPREAD_ENDINGS if field.type in ORDERED))


def _fused(name: str, field: Field, values: pd.Series, group: pd.Series) -> dict[str, pd.Series]:
    """Return the fused values of a field, and the lowest and highest if they have an order, by group."""
    if field.type == "text":
        return {}
    made = {name: _one(fuse(values, group, counted(field), field.type, field.vocabulary), field)}
    if field.type in ORDERED:
        between = extent(values, group, field.type, field.vocabulary)
        made |= {f"{name}_{end}": between[end] for end in ("low", "high")}
    return made


def _allowed(stated: pd.Series, field: Field) -> pd.Series:
    """Return what was *stated* where *field* allows it, else None; a list as its members in canonical order."""
    if field.type in LISTED:
        kept = [members(value, field) for value in stated]
    else:
        kept = [value if fits(value, field) else None for value in stated]
    return pd.Series(kept, stated.index, dtype=object)


def _one(fused: pd.Series, field: Field) -> pd.Series:
    """Return the *fused* values as a column has them: lists as JSON text."""
    if field.type not in LISTED:
        return fused
    return fused.map(lambda named: canonical_json(list(named)), na_action="ignore")


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
