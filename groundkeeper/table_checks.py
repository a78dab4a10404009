"""Check tables row by row against ``schemas.models``; the only module that imports them, and with them pandera.

Nothing is raised for a broken table: what was found is data, ``core.checks.Outcome``, bounded in size.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely
from numpy.typing import NDArray
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from groundkeeper.core.checks import EXAMPLES, Example, Outcome, failed_gates, summary
from groundkeeper.errors import TableError, listing
from schemas import models
from schemas.models import NOTHING, Surroundings
from schemas.table import Table

__all__ = ["Report", "Surroundings", "check", "require"]


@dataclass(frozen=True)
class Report:
    """What the checks of one table came to.

    Attributes
    ----------
    outcomes : tuple of Outcome
        Every check that was made, passed or failed, in the order of the table's columns.
    causes : tuple of SchemaErrors
        pandera's own, full reports; none if every check passed.
    sound : bool
        Whether the table has its declared columns, types, nulls and key, so that one can compute with it.
    """

    outcomes: tuple[Outcome, ...]
    causes: tuple[SchemaErrors, ...] = ()
    sound: bool = True


def check(frame: pd.DataFrame, table: Table, known: Surroundings = NOTHING) -> Report:
    """Return what is right and wrong with the rows of *frame*, a table as ``tables.read`` gives it.

    Parameters
    ----------
    frame : DataFrame
        One row per what *table* says; the index does not matter, and the order only for the examples
        of rows with equal keys.
    table : Table
        Its declaration.
    known : Surroundings
        The guideline's fields and decisions, and the tables that this one refers to.

    Examples
    --------
    >>> from schemas.names import CLUSTERS
    >>> row = {"annotation_id": "an_1", "record_id": "rc_" + "0" * 20, "item_id": "it_" + "0" * 20}
    >>> report = check(pd.DataFrame([row]), CLUSTERS)
    >>> [outcome.check for outcome in report.outcomes if not outcome.passed]
    ['clusters.annotation_id: a well-formed id']
    """
    rows = frame.reset_index(drop=True)
    first = _look(models.declared(table, rows.columns, known), rows, table)
    stated = _declared_outcomes(table, first)
    unsound = {broken.column for broken in first.broken}
    sound = [name for name in rows.columns if name not in unsound]
    second = _look(models.ruled(table, sound, known), rows[sound], table)
    causes = tuple(look.cause for look in (first, second) if look.cause is not None)
    outcomes = (*stated, *_outcomes(_checks_of(second.model), second))
    return Report(outcomes, causes, not first.broken)


def require(frame: pd.DataFrame, table: Table, known: Surroundings = NOTHING) -> None:
    """Return if every check of *frame* passes.

    Raises
    ------
    TableError
        With at most ten failed checks and five rows of each; pandera's full report is its cause.
    """
    report = check(frame, table, known)
    failed = failed_gates(report.outcomes)
    if failed:
        message = f"table {table.name}: {len(failed)} checks failed\n{summary(failed)}"
        raise TableError(message) from (report.causes[0] if report.causes else None)


@dataclass(frozen=True)
class _Broken:
    """One check that failed: its name, what was found, and where it applies."""

    check: str
    column: str | None
    found: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class _Look:
    """One validation with one model."""

    model: pa.DataFrameSchema
    broken: tuple[_Broken, ...]
    cause: SchemaErrors | None


def _look(model: pa.DataFrameSchema, rows: pd.DataFrame, table: Table) -> _Look:
    try:
        model.validate(rows, lazy=True)
    except SchemaErrors as error:
        return _Look(
            model, tuple(_broken(each, rows, table) for each in error.schema_errors), error
        )
    return _Look(model, (), None)


def _broken(error: SchemaError, rows: pd.DataFrame, table: Table) -> _Broken:
    reason, column = error.reason_code, error.column_name
    if reason in {
        SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME,
        SchemaErrorReason.COLUMN_NOT_IN_SCHEMA,
    }:
        missing = reason is SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME
        name = str(error.failure_cases if isinstance(error.failure_cases, str) else column)
        return _Broken(
            _COLUMNS.format(table.name), name, f"{'no' if missing else 'undeclared'} {name}"
        )
    if reason is SchemaErrorReason.SERIES_CONTAINS_NULLS:
        failing = rows[column].isna().to_numpy()
        return _counted(_NULLS.format(table.name, column), column, failing, [column], rows, table)
    name = error.check.name
    if reason is SchemaErrorReason.CHECK_ERROR:
        return _Broken(name, column, f"cannot be checked: {_first_line(error.failure_cases)}")
    if not isinstance(error.check_output, pd.Series):
        return _Broken(name, column, f"{rows[column].dtype} in {len(rows)} rows")
    failing = np.zeros(len(rows), dtype=np.bool_)
    failing[error.check_output.index[~error.check_output]] = True
    is_column = column in rows.columns and error.schema.name != table.name
    shown = [column] if is_column else _mentioned(name, rows.columns)
    return _counted(name, column if is_column else None, failing, shown, rows, table)


_COLUMNS = "{}: the declared columns"
_NULLS = "{}.{}: never null"


def _mentioned(name: str, columns: Iterable[str]) -> list[str]:
    words = set(name.replace("<", " ").replace("=", " ").split())
    return [column for column in columns if column in words]


def _first_line(text: object) -> str:
    return str(text).splitlines()[0]


def _counted(  # noqa: PLR0913, PLR0917 - one row of the report, each part named by its caller
    name: str,
    column: str | None,
    failing: NDArray[np.bool_],
    shown: list[str],
    rows: pd.DataFrame,
    table: Table,
) -> _Broken:
    """Return the broken check *name* with the first of its *failing* rows, by key; bool, shape (rows,)."""
    key = [part for part in table.key if part in rows.columns]
    columns = list(dict.fromkeys([*key, *shown]))
    bad = rows.loc[failing, columns]
    first = bad.sort_values(key, kind="stable") if key else bad
    examples = tuple(
        {name: _plain(value) for name, value in zip(columns, row, strict=True)}
        for row in first.head(EXAMPLES).itertuples(index=False)
    )
    count = int(failing.sum())
    found = f"{count} of {len(rows)} rows {'fails' if count == 1 else 'fail'}"
    return _Broken(name, column, found, examples)


def _plain(value: object) -> str | float | bool | None:
    """Return *value* as JSON can say it; a geometry by its kind, bounds and fault."""
    if isinstance(value, shapely.Geometry):
        bounds = ", ".join(f"{edge:g}" for edge in value.bounds)
        return f"{value.geom_type} in ({bounds}): {shapely.is_valid_reason(value)}"
    if isinstance(value, str | bool | np.bool_):
        return value if isinstance(value, str) else bool(value)
    if value is None or pd.isna(value):  # type: ignore[call-overload] # scalars of any table type
        return None
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating) and np.isfinite(value):
        return float(value)
    return str(value)


def _declared_outcomes(table: Table, look: _Look) -> tuple[Outcome, ...]:
    """Return the outcomes of what ``schemas.names`` declares, one per thing that it declares."""
    allowed = {_COLUMNS.format(table.name): listing(look.model.columns)}
    allowed |= {
        _NULLS.format(table.name, name): "no null"
        for name, kind in table.columns.items()
        if not kind.endswith("?")
    }
    allowed |= dict(_checks_of(look.model))
    return tuple(_outcomes(allowed.items(), look))


def _checks_of(model: pa.DataFrameSchema) -> Iterator[tuple[str, str]]:
    for column in model.columns.values():
        yield from ((each.name, each.description) for each in column.checks)
    yield from ((each.name, each.description) for each in model.checks)


def _outcomes(checks: Iterable[tuple[str, str]], look: _Look) -> Iterator[Outcome]:
    for name, allowed in checks:
        broken = [each for each in look.broken if each.check == name]
        found = listing(each.found for each in broken) if broken else ""
        examples = tuple(row for each in broken for row in each.examples)[:EXAMPLES]
        yield Outcome(
            name,
            "pandera",
            gate=True,
            passed=not broken,
            found=found,
            allowed=allowed,
            examples=examples,
        )
