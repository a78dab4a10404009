"""What the labels of a file come to: truth inferred, annotators judged, methods held against each other and gold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from groundkeeper import label_files, written_tables
from groundkeeper.core.truth import methods, number_methods
from groundkeeper.core.truth.against_gold import AgainstGold, against_gold
from groundkeeper.core.truth.calibration import Calibration, calibration
from groundkeeper.core.truth.inferred import Inferred
from groundkeeper.core.truth.labels import Labels, code_labels
from groundkeeper.core.truth.number_gold import NumbersAgainstGold, numbers_against_gold
from groundkeeper.core.truth.numbers import InferredNumbers, code_numbers
from groundkeeper.core.truth.quality import quality
from groundkeeper.errors import RefusedError, TableError, listing
from groundkeeper.files import TABLE_ENDINGS
from groundkeeper.label_files import AS_CALLED, LabelTable, Named, spelled_scale
from groundkeeper.method_options import options
from groundkeeper.reports import truth_tables as tables
from groundkeeper.reports.undefined import estimate, rows
from schemas.enums import Identity

DEFAULT: Final = "majority"
"""It takes nothing for granted that the file does not say, which does not make it the best."""
DEFAULT_NUMBER: Final = "median"
ON_SCALES: Final = "ordinal_model"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a file.

    Attributes
    ----------
    path : Path
        The labels.
    gold : Path, optional
        True labels of some of the tasks.
    named : Named
        What columns are called.
    identity : Identity
        Whether one name is one person.
    scale : tuple of str, optional
        The classes in their order.
    """

    path: Path
    gold: Path | None = None
    named: Named = AS_CALLED
    identity: Identity = Identity.KNOWN
    scale: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a method makes of classes, how good the annotators are, and what gold says, where there is any."""

    asked: Asked
    inferred: Inferred
    annotators: pd.DataFrame
    against: AgainstGold | None = None
    held: Calibration | None = None
    warnings: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as one document."""
        return self.summary() | {
            "annotators": rows(self.annotators),
            "answers": tables.answers(self.inferred),
        }

    def summary(self) -> dict[str, Any]:
        """Return all but what is one a task or one an annotator."""
        found = self.inferred
        prevalence = None
        if found.prevalence is not None:
            shares = zip(found.labels.classes, found.prevalence, strict=True)
            prevalence = [{"label": str(name), "share": float(part)} for name, part in shares]
        held = self.against and self.held and tables.gold(self.against, self.held)
        return {
            "file": self.asked.path.name,
            "warnings": list(self.warnings),
            "method": found.method,
            "options": dict(self.options),
            "identity": str(self.asked.identity),
            "counts": tables.counts(found.labels),
            "classes": [str(name) for name in found.labels.classes],
            "tied": int((found.posterior.best().ties > 1).sum()),
            "fit": tables.fit(found.fit),
            "prevalence": prevalence,
            "gold": held,
        }

    def write(self, place: Path) -> tuple[Path, ...]:
        """Write the tables to the folder *place*, or the soft labels to the file *place*; return what was written."""
        return _write(
            self.asked,
            place,
            {
                "soft_labels": tables.soft_labels(self.inferred),
                "truth": tables.truths(self.inferred),
                "annotators": self.annotators,
            },
            self.summary(),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What a method makes of measurements, and how far that is from gold, where there is any."""

    asked: Asked
    inferred: InferredNumbers
    annotators: pd.DataFrame
    against: NumbersAgainstGold | None = None
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return all of it as one document."""
        return self.summary() | {
            "annotators": rows(self.annotators),
            "answers": rows(tables.values(self.inferred)),
        }

    def summary(self) -> dict[str, Any]:
        """Return all but what is one a task or one an annotator."""
        against = self.against
        gold = against and {
            "tasks": against.gold_tasks,
            "labelled": against.measured,
            "mean_error": estimate(against.mean_error),
            "mean_absolute_error": estimate(against.mean_absolute_error),
            "root_mean_square_error": estimate(against.root_mean_square_error),
            "within_interval": estimate(against.within_interval),
        }
        return {
            "file": self.asked.path.name,
            "warnings": list(self.warnings),
            "method": self.inferred.method,
            "identity": str(self.asked.identity),
            "counts": tables.counts(self.inferred.measured),
            "fit": tables.fit(self.inferred.fit),
            "gold": gold,
        }

    def write(self, place: Path) -> tuple[Path, ...]:
        """Write the tables to the folder *place*, or the values to the file *place*; return what was written."""
        found = {"truth": tables.values(self.inferred), "annotators": self.annotators}
        return _write(self.asked, place, found, self.summary())


def infer(
    asked: Asked,
    method: str | None = None,
    written: Sequence[str] = (),
    preset: str | None = None,
) -> Truth:
    """Return what *method*, without a name ``DEFAULT``, makes of the labels of a file.

    Parameters
    ----------
    asked : Asked
    method : str, optional
    written : sequence of str
        Options of the method, each ``NAME=VALUE``.
    preset : str, optional
        A set of options, as in ``method_options.PRESETS``.

    Raises
    ------
    UnknownNameError
        If no method or preset has this name.
    RefusedError
        If the method cannot be used on these labels, or has no such option.
    TableError
        If a file is not what it should be.
    """
    name = method or DEFAULT
    methods.refuse_anonymous(name, asked.identity)
    chosen = options(name, written, preset)
    table, labels = read(asked)
    inferred = infer_labels(asked, name, labels, chosen)
    groups = table.groups
    annotators = tables.annotators(inferred, quality(inferred, groups=groups))
    found = Truth(asked, inferred, annotators, warnings=table.warnings, options=chosen)
    if asked.gold is None:
        return found
    gold = label_files.read_gold(asked.gold, asked.named, labels.classes)
    return replace(
        found,
        against=against_gold(inferred, gold, groups=groups),
        held=calibration(inferred, gold, groups=groups),
    )


def read(asked: Asked) -> tuple[LabelTable, Labels]:
    """Return the labels of a file, as they stand in it and as codes."""
    table = label_files.read_labels(asked.path, asked.named, asked.scale)
    return table, code_labels(table.rows, classes=table.classes(asked.scale))


def infer_labels(
    asked: Asked, name: str, labels: Labels, chosen: Mapping[str, Any] | None = None
) -> Inferred:
    """Return what the method of that *name*, with options, makes of *labels*, on the scale that was asked for."""
    chosen = chosen or {}
    if name != ON_SCALES:
        return methods.infer(name, labels, **chosen)
    is_order_known = pd.to_numeric(pd.Series(labels.classes), errors="coerce").notna().all()
    if asked.scale is None and not is_order_known:
        message = (
            f"{asked.path}: {name} needs the order of the classes, found {listing(labels.classes)}; "
            "allowed without --scale are numbers; name the classes, lowest first: --scale A,B,C"
        )
        raise RefusedError(message)
    scale: Sequence[str] = tuple(labels.classes)
    if asked.scale is not None:
        scale = spelled_scale(asked.path, asked.scale, scale)
    return methods.infer(name, labels, scale=tuple(scale), **chosen)


def refuse_options(written: Sequence[str] | None, preset: str | None) -> None:
    """Refuse options where labels are measurements, whose methods have none.

    Raises
    ------
    RefusedError
        If there are any.
    """
    if written or preset:
        message = "found --option or --preset with --number; methods for measurements have none; leave it out"
        raise RefusedError(message)


def infer_numbers(asked: Asked, method: str | None = None) -> Measured:
    """Return what *method*, without a name ``DEFAULT_NUMBER``, makes of the measurements of a file.

    Raises
    ------
    UnknownNameError
        If no method for measurements has this name.
    RefusedError
        If the method cannot be used on these measurements.
    TableError
        If a file is not what it should be.
    """
    name = method or DEFAULT_NUMBER
    number_methods.refuse_anonymous(name, asked.identity)
    if asked.scale is not None:
        message = f"{asked.path}: found --scale with --number; measurements have no classes; leave out one of both"
        raise TableError(message)
    table = label_files.read_labels(asked.path, asked.named, as_numbers=True)
    measured = code_numbers(table.rows.rename(columns={"label": "value"}))
    inferred = number_methods.infer_numbers(name, measured)
    annotators = tables.instruments(inferred)
    if asked.gold is None:
        return Measured(asked, inferred, annotators, warnings=table.warnings)
    gold = label_files.read_gold(asked.gold, asked.named, as_numbers=True)
    against = numbers_against_gold(inferred, gold, groups=table.groups)
    return Measured(asked, inferred, annotators, against, table.warnings)


def _write(
    asked: Asked, place: Path, found: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]
) -> tuple[Path, ...]:
    """Write the tables *found* and the *summary* to a folder, or the first table to a file."""
    keep = (asked.path, asked.gold)
    if place.suffix.lower() in TABLE_ENDINGS:
        written_tables.write({place: next(iter(found.values()))}, keep=keep)
        return (place,)
    if place.is_file():
        allowed = f"a folder, or a file that ends with {' or '.join(TABLE_ENDINGS)}"
        message = f"{place}: found a file; allowed is {allowed}; name one"
        raise TableError(message)
    ending = asked.path.suffix.lower()
    written = {place / f"{name}{ending}": table for name, table in found.items()}
    told = place / "summary.json"
    written_tables.write(written, {told: summary}, keep=keep)
    return (*written, told)
