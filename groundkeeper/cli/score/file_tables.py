"""What ``gk score files`` shows people: a table of figures, why some have no interval, what was left out."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import typer

from groundkeeper.cli import output
from groundkeeper.core.scoring.conflicts import KINDS
from groundkeeper.reports.undefined import number
from groundkeeper.scored_files.document import Document

_LONG = 1e9
"""From it on a figure is printed as a power of ten."""
_SHOWN = 40
"""How many cells of confusion a table shows."""
_ELSEWHERE = "--csv FILE, --json"


def show(found: Document, *, with_confusion: bool) -> None:
    """Print what two files make together.

    Figures of single classes, by month, and of kinds of conflicts that there are none of are counted alone.
    """
    output.warn(found.head["warnings"])
    measures = found.measures
    over_all = measures[measures["facet"] == "all"]
    of_subjects = over_all[over_all["subject"].isin(found.head["subjects"])]
    idle = _of_no_conflict(of_subjects, found.conflicts)
    _show_figures(of_subjects[~idle])
    counts = {
        "of kinds of conflicts that there are none of": int(idle.sum()),
        "of single classes": len(over_all) - len(of_subjects),
        "by month": len(measures) - len(over_all),
    }
    for what, count in counts.items():
        if count:
            typer.echo(f"and {count:,} {what}: {_ELSEWHERE}")
    if with_confusion:
        cells = found.confusion.head(_SHOWN).to_dict("records")
        heads = ("subject", "said", "truth", "n")
        rows = [tuple(cell.values()) for cell in cells]
        output.print_table(heads, rows, numbers={3}, ids={0, 1, 2})
    for why, count in found.head["excluded"].items():
        typer.echo(f"left out: {why}: {count:,}")
    if len(found.conflicts):
        kinds = found.conflicts["conflict"].value_counts().sort_index()
        told = ", ".join(f"{kind} {count:,}" for kind, count in kinds.items())
        typer.echo(f"to look at: {told}")


def _of_no_conflict(measures: pd.DataFrame, conflicts: pd.DataFrame) -> pd.Series:
    """Return which of *measures* are about a kind of conflict that there is none of, bool on their index."""
    there = set(conflicts["conflict"])
    names = [kind.value for kind in KINDS if kind.value not in there]
    about = measures["measure"].map(lambda measure: any(name in measure for name in names))
    return about.astype(bool) & ~(measures["value"] > 0)


def _show_figures(measures: pd.DataFrame) -> None:
    """Print figures, and below them once what is to be known of them: why one is undefined, or has no interval."""
    numbers: dict[str, int] = {}
    rows = []
    for row in measures.to_dict("records"):
        value = _number(row)
        if row["note"]:
            value += f" ({numbers.setdefault(row['note'], len(numbers) + 1)})"
        rows.append((row["subject"], row["measure"], value, f"{row['n']:,}", f"{row['groups']:,}"))
    heads = ("subject", "measure", "value", "n", "groups")
    output.print_table(heads, rows, numbers={3, 4}, ids={0, 1})
    for note, place in numbers.items():
        typer.echo(f"({place}) {note}")


def _number(row: Mapping[Hashable, Any]) -> str:
    """Return a figure with its interval; one with many digits before the point as a power of ten."""
    value, low, high = row["value"], row["low"], row["high"]
    if not any(abs(one) >= _LONG for one in (value, low, high)):
        return number(value, low, high)
    reach = "" if math.isnan(low) or math.isnan(high) else f" [{low:.3g}, {high:.3g}]"
    return f"{value:.3g}{reach}"
