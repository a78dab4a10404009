"""What several methods make of the labels of one file: where they differ, and what gold says of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from groundkeeper import label_files, written_tables
from groundkeeper.core.truth import methods
from groundkeeper.core.truth.against_gold import AgainstGold, against_gold
from groundkeeper.core.truth.calibration import Calibration, calibration
from groundkeeper.core.truth.compare import Comparison, compare
from groundkeeper.core.truth.inferred import Inferred
from groundkeeper.core.truth.labels import Labels
from groundkeeper.errors import RefusedError
from groundkeeper.labelled import Asked, infer_labels, read
from groundkeeper.reports import truth_tables as tables
from groundkeeper.reports.undefined import estimate, plain, rows
from schemas.enums import Identity

KIND: Final = "class"
"""The kind of answers that methods are compared on, unless the classes have an order."""
NEEDS_IDENTITY: Final = "it learns about annotators, who are anonymous"
NEEDS_SCALE: Final = "it needs the order of the classes: --scale"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Several methods on the same labels.

    Attributes
    ----------
    asked : Asked
    labels : Labels
    comparison : Comparison
        Of the methods that could be run.
    left_out : mapping
        Method to why it was not run.
    against : mapping
        Method to what gold says of it; empty without gold.
    held : mapping
        Method to whether its probabilities hold; empty without gold.
    warnings : tuple of str
        What somebody has to know of how labels were read.
    """

    asked: Asked
    labels: Labels
    comparison: Comparison
    left_out: Mapping[str, str]
    against: Mapping[str, AgainstGold]
    held: Mapping[str, Calibration]
    warnings: tuple[str, ...] = ()

    @property
    def disputed_tasks(self) -> int:
        """On how many tasks methods differ, or one is undecided."""
        return int(self.comparison.disputed["task"].nunique())

    def as_json(self) -> dict[str, Any]:
        """Return all of it as one document."""
        gold = next(iter(self.against.values()), None)
        return self.head() | {
            "gold": gold
            and {
                "tasks": gold.gold_tasks,
                "labelled": gold.labelled,
                "coverage": plain(gold.coverage),
            },
            "methods": [
                one | {"calibration": self._calibration(one["method"])}
                for one in rows(self.comparison.methods)
            ],
            "left_out": [{"method": name, "reason": why} for name, why in self.left_out.items()],
            "pairs": rows(self.comparison.pairs),
            "disputed_tasks": self.disputed_tasks,
            "disputed": rows(self.comparison.disputed),
        }

    def head(self) -> dict[str, Any]:
        """Return what was read."""
        return {
            "file": self.asked.path.name,
            "warnings": list(self.warnings),
            "identity": str(self.asked.identity),
            "counts": tables.counts(self.labels),
            "classes": [str(name) for name in self.labels.classes],
        }

    def write_disputed(self, path: Path) -> None:
        """Write the tasks that somebody has to look at to *path*, the most doubtful first."""
        keep = (self.asked.path, self.asked.gold)
        written_tables.write({path: self.comparison.disputed}, keep=keep)

    def _calibration(self, method: str) -> dict[str, Any] | None:
        held = self.held.get(method)
        if held is None:
            return None
        figures = {name: estimate(one) for name, one in held.summary.items()}
        return {"curve": rows(held.curve), "levels": rows(held.levels)} | figures


def compare_methods(asked: Asked, names: Sequence[str] | None = None) -> Compared:
    """Return what the methods *names* make of the labels of a file; without names, all that can be used.

    Raises
    ------
    UnknownNameError
        If no method has one of the names.
    RefusedError
        If a method was named that learns about annotators, who are anonymous; or no method can be used.
    TableError
        If a file is not what it should be.
    """
    chosen, left_out = _chosen(asked, names)
    table, labels = read(asked)
    found: dict[str, Inferred] = {}
    for name in chosen:
        try:
            found[name] = infer_labels(asked, name, labels)
        except RefusedError as error:
            left_out[name] = str(error)
    if not found:
        why = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        message = f"{asked.path}: no method can be used: {why}"
        raise RefusedError(message)
    gold = None
    if asked.gold is not None:
        gold = label_files.read_gold(asked.gold, asked.named, labels.classes)
    return Compared(
        asked,
        labels,
        compare(found, gold=gold, groups=table.groups),
        left_out,
        *_by_gold(found, gold, table.groups),
        table.warnings,
    )


def _chosen(asked: Asked, names: Sequence[str] | None) -> tuple[list[str], dict[str, str]]:
    """Return the methods to run, and why the others are not."""
    if names is not None:
        for name in names:
            methods.refuse_anonymous(name, asked.identity)
            methods.method(name)
        return list(dict.fromkeys(names)), {}
    chosen, left_out = [], {}
    for name, method in methods.METHODS.items():
        if asked.identity is Identity.ANONYMOUS and method.needs_identity:
            left_out[name] = NEEDS_IDENTITY
        elif asked.scale is None and KIND not in method.kinds:
            left_out[name] = NEEDS_SCALE
        else:
            chosen.append(name)
    return chosen, left_out


def _by_gold(
    found: Mapping[str, Inferred], gold: pd.DataFrame | None, groups: pd.Series | None
) -> tuple[dict[str, AgainstGold], dict[str, Calibration]]:
    if gold is None:
        return {}, {}
    return (
        {name: against_gold(one, gold, groups=groups) for name, one in found.items()},
        {name: calibration(one, gold, groups=groups) for name, one in found.items()},
    )
