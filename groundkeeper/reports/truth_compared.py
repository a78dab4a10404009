"""Several methods of truth inference side by side, in words and as tables for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundkeeper.methods_compared import Compared
from groundkeeper.reports.truth import Table, count, coverage, read
from groundkeeper.reports.undefined import figure, number, rows


def lines(found: Compared) -> Iterator[str]:
    """Give what was read, what gold covers, and which methods were left out."""
    yield read(found.head())
    for gold in list(found.against.values())[:1]:
        yield coverage(gold.gold_tasks, gold.labelled)
    for name, reason in found.left_out.items():
        yield f"left out {name}: {reason}"


def methods(found: Compared) -> Table:
    """Return how each method fitted."""
    heads = ["method", "iterations", "converged", "objective", "ties"]
    return heads, [[*_fit(row)] for row in rows(found.comparison.methods)], ""


def by_gold(found: Compared) -> Table:
    """Return what gold says of each method; no row without gold."""
    cells = [
        [
            row["method"],
            number(row["accuracy"], row["low"], row["high"]),
            figure(found.held[row["method"]].summary["error_least_certain"]),
            figure(found.held[row["method"]].summary["expected_calibration_error"]),
        ]
        for row in rows(found.comparison.methods)
        if row["method"] in found.held
    ]
    heads = ["method", "accuracy", "error in the least certain 20 %", "mean |said - held|"]
    return heads, cells, ""


def pairs(found: Compared) -> Table:
    """Return one row per two methods."""
    heads = ["left", "right", "differ"]
    table = []
    for row in rows(found.comparison.pairs):
        cells = [
            row["left"],
            row["right"],
            number(row["differ"], row["differ_low"], row["differ_high"], 4),
        ]
        if found.held:
            cells.append(number(row["difference"], row["low"], row["high"], 4))
        table.append(cells)
    if found.held:
        heads.append("left is more often right by")
    return heads, table, ""


def disputed(found: Compared) -> str:
    """Return on how many tasks somebody has to look."""
    tasks = count(found.disputed_tasks, "task")
    return f"{tasks} on which methods differ or one is undecided; --disputed FILE writes them, the most doubtful first"


def _fit(row: Mapping[str, Any]) -> Iterator[object]:
    value, iterated = row["objective_value"], row["iterations"] > 0
    yield row["method"]
    yield row["iterations"] if iterated else ""
    yield ("yes" if row["converged"] else "no") if iterated else ""
    yield "" if value is None else f"{row['objective']} {value:,.1f}"
    yield row["tied"]
