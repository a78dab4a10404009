"""pandera models of every table, built from ``schemas.names`` so that the two cannot disagree.

Two models a table: *declared* has what the declaration says (columns, types, nulls, key), *ruled* what it
cannot say. The second is asked only about columns that passed the first, so that one fault is one failed check.
No dtype is declared to pandera: Arrow texts, empty object columns and integers with nulls have several. Types
are a check of our own.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pandera.pandas as pa

from schemas import rules
from schemas.columns import (
    Rows,
    are_unique,
    id_pattern,
    is_a_shape,
    is_among,
    is_between,
    is_canonical_json,
    is_key_of,
    is_of_type,
    matches,
)
from schemas.names import SPREAD_ENDINGS
from schemas.table import Table

EXAMPLES = 5
"""How many failing rows pandera copies out of a table; the rest is only counted."""


@dataclass(frozen=True)
class Surroundings:
    """What else must be known to check a table.

    Attributes
    ----------
    fields, decisions : mapping
        Normative form of the guideline, by name.
    others : mapping
        The other tables, by name; a reference to a table that is not here is not checked.
    """

    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    decisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    others: Mapping[str, pd.DataFrame] = field(default_factory=dict)


NOTHING = Surroundings()


def declared(
    table: Table, present: Collection[str], known: Surroundings = NOTHING
) -> pa.DataFrameSchema:
    """Return the model of what ``schemas.names`` declares, for a frame with the columns *present*.

    Records also have a column for every decision of the guideline.

    Examples
    --------
    >>> from schemas.names import SAMPLE
    >>> model = declared(SAMPLE, SAMPLE.columns)
    >>> model.columns["prn"].nullable, model.checks[0].description
    (False, '(item_id) once')
    """
    columns = {
        name: pa.Column(
            nullable=kind.endswith("?"),
            checks=[_of_type(table, name, kind)],
        )
        for name, kind in table.columns.items()
    }
    if table.name == "records":
        columns |= {name: pa.Column(nullable=True) for name in known.decisions}
    keys = [_key_check(table)] if set(table.key) <= set(present) else []
    return pa.DataFrameSchema(columns, checks=keys, strict=not table.open, name=table.name)


def ruled(table: Table, present: Collection[str], known: Surroundings) -> pa.DataFrameSchema:
    """Return the model of what a declaration cannot say, for the columns *present*."""
    columns = {
        name: pa.Column(nullable=True, checks=checks)
        for name in present
        if (checks := list(_column_checks(table, name, known)))
    }
    return pa.DataFrameSchema(
        columns, checks=list(_row_checks(table, present, known)), name=table.name
    )


def _of_type(table: Table, name: str, kind: str) -> pa.Check:
    return pa.Check(
        lambda values: is_of_type(values, kind),
        name=f"{table.name}.{name}: of its type",
        description=f"the type {kind.rstrip('?')}",
        ignore_na=False,
    )


def _key_check(table: Table) -> pa.Check:
    """Return the check of the key; pandera's own ``unique`` copies every repeated row, cell by cell."""
    allowed = f"({', '.join(table.key)}) once"
    return _row_check(table, "a unique key", allowed, lambda rows: are_unique(rows, table.key))


def _column_checks(table: Table, name: str, known: Surroundings) -> Iterator[pa.Check]:
    place = f"{table.name}.{name}"
    kind = table.columns.get(name, "").rstrip("?")
    if kind and name in rules.PREFIXES:
        pattern = id_pattern(rules.PREFIXES[name])
        yield _check(place, "a well-formed id", pattern, lambda column: matches(column, pattern))
    if kind and name in rules.PATTERNS:
        text = rules.PATTERNS[name]
        yield _check(place, "well-formed", text, lambda column: matches(column, text))
    if (table.name, name) in rules.VOCABULARIES:
        words = [str(word) for word in rules.VOCABULARIES[table.name, name]]
        yield _among(place, "in its vocabulary", words)
    if kind and name in rules.RANGES:
        yield _between(place, *rules.RANGES[name])
    if kind == "json":
        allowed = "JSON with sorted keys, no spaces, no NaN"
        yield _check(place, "canonical JSON", allowed, is_canonical_json)
    if kind == "geometry":
        allowed = "a valid polygon or multipolygon with an area, a line, or points"
        yield _check(place, "a valid shape", allowed, is_a_shape)
    if table.open and not kind:
        yield from _guideline_checks(table, name, known)
    for reference in rules.REFERENCES:
        if (reference.table, reference.column) == (table.name, name):
            yield from _reference_check(place, reference, known)


def _guideline_checks(table: Table, name: str, known: Surroundings) -> Iterator[pa.Check]:
    place = f"{table.name}.{name}"
    if name in known.decisions:
        yield _among(place, "an outcome of its decision", known.decisions[name]["outcomes"])
    specification = _fields_by_column(table, known).get(name)
    if specification is None:
        return
    match specification["type"]:
        case "enum" | "ordinal":
            yield _among(place, "in the field's vocabulary", specification["values"])
        case "bool":
            yield _among(place, "in the field's vocabulary", [True, False])
        case "number" | "integer":
            yield _number(place, specification)
        case "set" | "ranking":
            allowed = "JSON with sorted keys, no spaces, no NaN"
            yield _check(place, "canonical JSON", allowed, is_canonical_json)
        case _:
            yield _check(place, "text", "text", lambda column: is_of_type(column, "str"))


def _fields_by_column(table: Table, known: Surroundings) -> dict[str, Mapping[str, Any]]:
    """Return the guideline's fields by their columns: the fused value, and the experts' lowest and highest.

    A facet of an item has the name of its source.
    """
    if table.name != "items":
        ends = ("", *SPREAD_ENDINGS)
        return {f"{name}{end}": known.fields[name] for end in ends for name in known.fields}
    return {
        specification.get("attribute") or name: specification
        for name, specification in known.fields.items()
        if specification["from"] == "metadata"
    }


def _number(place: str, specification: Mapping[str, Any]) -> pa.Check:
    low, high = specification.get("min"), specification.get("max")
    kind = "int?" if specification["type"] == "integer" else "float"

    def holds(column: pd.Series) -> Rows | bool:
        numeric = is_of_type(column, "float") and (kind == "float" or bool((column % 1 == 0).all()))
        return is_between(column, low, high) if numeric else False

    return _check(
        place, "in the field's range", f"{specification['type']} {_span(low, high)}", holds
    )


def _reference_check(
    place: str, reference: rules.Reference, known: Surroundings
) -> Iterator[pa.Check]:
    if reference.other in known.others:
        keys = known.others[reference.other][reference.other_column]
        where = f"{reference.other}.{reference.other_column}"
        allowed = f"a value of {where} ({len(keys)} rows)"
        yield _check(place, f"occurs in {where}", allowed, lambda column: is_key_of(column, keys))


def _row_checks(table: Table, present: Collection[str], known: Surroundings) -> Iterator[pa.Check]:
    for rule in rules.ROW_RULES.get(table.name, ()):
        if set(rule.needs) <= set(present):
            yield _row_check(table, rule.title, rule.allowed, rule.holds)
    for copy in rules.COPIES:
        if copy.table == table.name and copy.other in known.others and "item_id" in present:
            for column in copy.columns:
                if column in present:
                    yield _copy_check(table, column, copy, known)
    if table.name == "record_parts" and {"items", "records"} <= known.others.keys():
        yield from _canvas_checks(table, present, known)
    if table.name == "gt_items" and "records" in known.others:
        yield from _item_checks(table, present, known.others["records"])


def _item_checks(
    table: Table, present: Collection[str], records: pd.DataFrame
) -> Iterator[pa.Check]:
    if {"item_id", "status", "empty"} <= set(present):
        yield _row_check(
            table,
            "status no better than that of the worst record",
            "a status as unsettled as that of the item's worst record, or more; agreed if it is empty",
            lambda rows: rules.is_no_better(rows, records),
        )
    if {"item_id", "records"} <= set(present):
        yield _row_check(
            table,
            "records counted",
            "the number of rows of the item in records that are not retired",
            lambda rows: rules.are_counted(rows, records),
        )


def _copy_check(table: Table, column: str, copy: rules.Copy, known: Surroundings) -> pa.Check:
    others = known.others[copy.other]
    allowed = f"the value of {copy.other}.{column} for the same item_id"
    return _row_check(
        table,
        f"{column} as in {copy.other}",
        allowed,
        lambda rows: rules.repeats(rows, others, column),
    )


def _canvas_checks(
    table: Table, present: Collection[str], known: Surroundings
) -> Iterator[pa.Check]:
    records, items = known.others["records"], known.others["items"]
    if {"record_id", "geometry"} <= set(present):
        yield _row_check(
            table,
            "geometry inside the canvas",
            "0 <= x <= width_px and 0 <= y <= height_px of the item",
            lambda rows: rules.lie_inside(rows, records, items),
        )
    if {"record_id", "frame"} <= set(present):
        yield _row_check(
            table,
            "frame of the item",
            "0 <= frame < frames of the item",
            lambda rows: rules.are_on_a_frame(rows, records, items),
        )


def _among(place: str, title: str, words: Collection[object]) -> pa.Check:
    allowed = ", ".join(map(str, words))
    return _check(place, title, allowed, lambda column: is_among(column, words))


def _between(place: str, low: float | None, high: float | None) -> pa.Check:
    title = "in its range"
    return _check(place, title, _span(low, high), lambda column: is_between(column, low, high))


def _span(low: float | None, high: float | None) -> str:
    lower = "above 0" if low == rules.SMALLEST else None if low is None else f"at least {low:g}"
    upper = "below 1" if high == rules.BELOW_ONE else None if high is None else f"at most {high:g}"
    return " and ".join(bound for bound in (lower, upper) if bound) or "finite"


def _check(
    place: str, title: str, allowed: str, holds: Callable[[pd.Series], Rows | bool]
) -> pa.Check:
    """Return a check of one column; its nulls are another check's concern and are left out."""

    def on_column(column: pd.Series) -> pd.Series | bool:
        rows = holds(column)
        return rows if isinstance(rows, bool) else pd.Series(rows, index=column.index, dtype=bool)

    return pa.Check(
        on_column, name=f"{place}: {title}", description=allowed, n_failure_cases=EXAMPLES
    )


def _row_check(
    table: Table, title: str, allowed: str, holds: Callable[[pd.DataFrame], Rows]
) -> pa.Check:
    return pa.Check(
        lambda rows: pd.Series(holds(rows), index=rows.index, dtype=bool),
        name=f"{table.name}: {title}",
        description=allowed,
        n_failure_cases=EXAMPLES,
        ignore_na=False,
    )
