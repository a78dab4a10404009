"""Ratings in files of anybody's, Parquet or CSV, in the four shapes in which they are published.

* ``long``: one row a rating: unit, annotator, rating;
* ``units-by-raters``: one row a unit, one column an annotator; empty where one did not rate;
* ``counts``: one row a unit, one column a class: how many annotators chose it, also in part, nobody knows who;
* ``contingency``: one row a class of the first annotator, one column a class of the second: how many units.

All are read into one table, so that every coefficient is computed from the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper import column_files, label_files
from groundkeeper.column_files import ColumnFile
from groundkeeper.core.agreement.krippendorff import Level
from groundkeeper.errors import TableError, listing
from groundkeeper.label_files import AS_CALLED, CALLED, Named, ascending, spelled_scale
from groundkeeper.label_words import refuse_alike, refuse_two_spellings, spelling, understood
from groundkeeper.typed_columns import names, numbers

MEASURED: Final[tuple[Level, ...]] = ("interval", "ratio")
"""Levels on which ratings are numbers."""
ROLES: Final = ("task", "annotator", "label", "group")
MOST_COUNTED: Final = 100_000_000
"""More ratings are taken for an error in a table of counts."""


class Shape(StrEnum):
    """How ratings lie in a file."""

    LONG = "long"
    UNITS_BY_RATERS = "units-by-raters"
    COUNTS = "counts"
    CONTINGENCY = "contingency"


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """The ratings of a file.

    Attributes
    ----------
    path : Path
    rows : DataFrame
        One row per rating given: ``task, annotator, label``, texts; ``annotator`` is missing where it is not known.
    tasks : Index
        Every unit, with or without ratings, ascending.
    classes : sequence of str
        The vocabulary in its order: that of the scale, of the columns of a table, or ascending.
    numbers : float[k], optional
        What the classes are as numbers, on the levels interval and ratio.
    unsaid : int
        How many ratings are missing: rows, or cells of a table, in which nothing stands.
    groups : Series, optional
        The group of each unit, by unit.
    fractions : float[n_units, k], optional
        How many ratings of each class each unit has, where these are no whole numbers; there are no rows then.
    warnings : tuple of str
        What somebody has to know of how ratings were read.
    are_ordered : bool
        Whether the order of the classes was said, or is that of numbers.
    """

    path: Path
    rows: pd.DataFrame
    tasks: pd.Index
    classes: tuple[str, ...]
    numbers: np.ndarray | None = None
    unsaid: int = 0
    groups: pd.Series | None = None
    fractions: np.ndarray | None = None
    warnings: tuple[str, ...] = ()
    are_ordered: bool = True

    @property
    def are_named(self) -> bool:
        """Whether it is known who gave each rating."""
        return self.fractions is None and bool(self.rows["annotator"].notna().all())


def read_ratings(
    path: Path,
    shape: Shape = Shape.LONG,
    level: Level = "nominal",
    scale: Sequence[str] | None = None,
    named: Named = AS_CALLED,
) -> Ratings:
    """Return the ratings in the file *path*.

    Parameters
    ----------
    path : Path
    shape : Shape
        How they lie in it.
    level : {"nominal", "ordinal", "interval", "ratio"}
        On which scale they are; on interval and ratio they have to be numbers.
    scale : sequence of str, optional
        The vocabulary in its order. Without it the order is that of the columns of a table of counts; else classes
        ascend, on the level ordinal only if they are numbers.
    named : Named
        What the columns are called, where they are not called as in ``label_files.CALLED``.

    Raises
    ------
    TableError
        If the file cannot be read in this shape, or holds a rating that the level or the scale does not allow.
    """
    words = _Words(tuple(scale or ()), as_numbers=level in MEASURED)
    if shape is Shape.LONG:
        found, headed = _long(path, named, words), None
    else:
        file = column_files.find(path)
        if shape is Shape.CONTINGENCY:
            _refuse_roles(file, named, ROLES)
            found, headed = _contingency(file)
        elif shape is Shape.COUNTS:
            found, headed = _counts(file, named)
        else:
            found, headed = _by_rater(file, named, words), None
    return _on_level(found, level, scale, headed)


@dataclass(frozen=True, slots=True)
class _Words:
    """How texts of ratings are meant: which classes were named, and whether all are measurements."""

    meant: tuple[str, ...]
    as_numbers: bool


def _long(path: Path, named: Named, words: _Words) -> Ratings:
    table = label_files.read_labels(path, named, words.meant, any_spelling=words.as_numbers)
    said = table.rows["label"].notna()
    tasks = pd.Index(table.rows["task"].unique()).sort_values()
    rows = table.rows[said].reset_index(drop=True)
    unsaid = int((~said).sum())
    return Ratings(path, rows, tasks, (), None, unsaid, table.groups, warnings=table.warnings)


def _by_rater(file: ColumnFile, named: Named, words: _Words) -> Ratings:
    tasks, groups, raters = _units(file, named)
    table = file.read(raters)
    stand = np.column_stack([names(table[rater]).to_numpy(dtype=object) for rater in raters])
    texts = pd.Series(stand.ravel(), dtype="str")
    meant = understood(file.path, texts, words.meant, as_numbers=words.as_numbers)
    said = meant.labels
    rows = pd.DataFrame(
        {
            "task": np.repeat(tasks.to_numpy(), len(raters)),
            "annotator": np.tile(np.array(raters, dtype=object), len(tasks)),
            "label": said,
        }
    ).astype("str")
    given = said.notna()
    kept = rows[given].reset_index(drop=True)
    unsaid = int((~given).sum())
    return Ratings(
        file.path, kept, tasks.sort_values(), (), None, unsaid, groups, warnings=meant.warnings
    )


def _counts(file: ColumnFile, named: Named) -> tuple[Ratings, list[str]]:
    tasks, groups, headed = _units(file, named)
    counts = _counted(file, headed)
    refuse_two_spellings(file.path, headed)
    spelled = spelling(headed)
    refuse_alike(file.path, headed, spelled)
    classes = [spelled[name] for name in headed]
    if (counts % 1).any():
        order = tasks.argsort()
        none = pd.DataFrame({"task": [], "annotator": [], "label": []}, dtype="str")
        return Ratings(
            file.path, none, tasks[order], (), groups=groups, fractions=counts[order]
        ), classes
    counts = counts.astype(np.int64)
    chosen = np.tile(np.array(classes, dtype=object), len(tasks))
    rows = pd.DataFrame(
        {
            "task": np.repeat(np.repeat(tasks.to_numpy(), len(classes)), counts.ravel()),
            "annotator": None,
            "label": np.repeat(chosen, counts.ravel()),
        }
    ).astype({"task": "str", "annotator": "str", "label": "str"})
    rows["annotator"] = pd.Series(pd.NA, rows.index, dtype="str")
    return Ratings(file.path, rows, tasks.sort_values(), (), groups=groups), classes


def _contingency(file: ColumnFile) -> tuple[Ratings, list[str]]:
    first, *headed = file.names
    if not headed:
        message = (
            f"{file.path}: found the column {first!r} alone; needed is a column for each class of the "
            "second annotator, after the one that names the class of the first; add them"
        )
        raise TableError(message)
    mine = names(file.read([first])[first])
    both = [*headed, *mine.dropna()]
    refuse_two_spellings(file.path, both)
    spelled = spelling(both)
    refuse_alike(file.path, headed, spelled)
    classes, mine = [spelled[name] for name in headed], mine.map(spelled).astype("str")
    file.refuse(mine, mine.isna() | mine.duplicated(), "every class once", "name it, or add it up")
    counts = _whole(file, headed).ravel()
    units = np.arange(1, counts.sum() + 1).astype(str).astype(object)
    by_first = np.repeat(np.repeat(mine.to_numpy(), len(classes)), counts)
    by_second = np.repeat(np.tile(np.array(classes, dtype=object), len(mine)), counts)
    rows = pd.DataFrame(
        {
            "task": np.concatenate([units, units]),
            "annotator": np.repeat(np.array(["rows", "columns"], dtype=object), len(units)),
            "label": np.concatenate([by_first, by_second]),
        }
    ).astype("str")
    ordered = [*classes, *(name for name in mine if name not in classes)]
    return Ratings(file.path, rows, pd.Index(units, dtype="str").sort_values(), ()), ordered


def _units(file: ColumnFile, named: Named) -> tuple[pd.Index, pd.Series | None, list[str]]:
    """Return the units of a table, one a row, their groups, and the columns that are neither."""
    _refuse_roles(file, named, ("annotator", "label"))
    called = [name for name in CALLED["task"] if name in file.names]
    unit = label_files.column(file, "task", named.task) if named.task or called else None
    group = label_files.column(file, "group", named.group) if named.group else None
    rest = [name for name in file.names if name not in {unit, group}]
    if not rest:
        message = (
            f"{file.path}: found the columns {listing(file.names)}; "
            "needed is one more, with ratings; add it"
        )
        raise TableError(message)
    if unit is None:
        rows = file.read(rest[:1]).index
        tasks = pd.Series([str(row + 1) for row in rows], rows, dtype="str")
    else:
        tasks = names(file.read([unit])[unit])
        wrong = tasks.isna() | tasks.duplicated()
        file.refuse(tasks, wrong, "every unit once", "name it, or put its ratings into one row")
    groups = None
    if group is not None:
        groups = names(file.read([group])[group])
        file.refuse(groups, groups.isna(), "the group of every unit", "add it")
        groups = pd.Series(groups.to_numpy(), pd.Index(tasks), name="group")
    return pd.Index(tasks), groups, rest


def _whole(file: ColumnFile, columns: list[str]) -> np.ndarray:
    """Return the counts in *columns* as int64[n, k]; empty cells are 0."""
    return _counted(file, columns, is_whole=True).astype(np.int64)


def _counted(file: ColumnFile, columns: list[str], *, is_whole: bool = False) -> np.ndarray:
    """Return the counts in *columns* as float64[n, k]; empty cells are 0."""
    table = file.read(columns)
    counts = [numbers(file, table[name], 0, is_whole=is_whole).fillna(0) for name in columns]
    found = np.column_stack([count.to_numpy() for count in counts])
    if found.sum() > MOST_COUNTED:
        message = (
            f"{file.path}: found {found.sum():,.0f} ratings; allowed are {MOST_COUNTED:,}; "
            "are these counts?"
        )
        raise TableError(message)
    return found


def _refuse_roles(file: ColumnFile, named: Named, roles: Sequence[str]) -> None:
    """Make sure that no column was *named* for any of *roles*."""
    for role in roles:
        if getattr(named, role) is not None:
            message = f"{file.path}: found --{role}; a table of this shape has no such column; leave it out"
            raise TableError(message)


def _on_level(
    found: Ratings, level: Level, scale: Sequence[str] | None, headed: list[str] | None
) -> Ratings:
    """Return *found* with its vocabulary in order, and with what that is as numbers."""
    seen = [str(label) for label in found.rows["label"].unique()]
    if found.fractions is not None and headed:
        totals = found.fractions.sum(axis=0).tolist()
        seen = [name for name, total in zip(headed, totals, strict=True) if total]
    if scale and level not in MEASURED:
        scale = spelled_scale(found.path, scale, seen)
    classes = list(scale or headed or ascending(seen))
    foreign = sorted(set(seen) - set(classes))
    if foreign:
        message = (
            f"{found.path}: found the ratings {listing(foreign)}; allowed is the scale "
            f"{listing(classes)}; correct the ratings, or name them in --scale"
        )
        raise TableError(message)
    if found.fractions is not None and headed:
        kept = pd.Index(headed).get_indexer(pd.Index(classes))
        fractions = np.where(kept >= 0, found.fractions[:, kept], 0.0)
        found = replace(found, fractions=fractions)
    places = pd.to_numeric(pd.Series(classes, dtype="str"), errors="coerce").to_numpy(np.float64)
    if level in MEASURED:
        return _measured(found, level, classes, places)
    are_ordered = scale is not None or headed is not None or not np.isnan(places).any()
    if level == "ordinal" and not are_ordered:
        message = (
            f"{found.path}: found the ratings {listing(classes)}; on the level ordinal their order "
            "has to be known; name them in order: --scale A,B,C"
        )
        raise TableError(message)
    return replace(found, classes=tuple(classes), are_ordered=are_ordered)


def _measured(found: Ratings, level: Level, classes: list[str], places: np.ndarray) -> Ratings:
    """Return *found* with its ratings as numbers: those that are equal as numbers are one class."""
    wrong = [name for name, place in zip(classes, places, strict=True) if not np.isfinite(place)]
    if wrong:
        message = (
            f"{found.path}: found the ratings {listing(wrong)}; on the level {level} allowed are "
            "numbers; correct them, or choose --level nominal"
        )
        raise TableError(message)
    values, first, which = np.unique(places, return_index=True, return_inverse=True)
    ranked = tuple(classes[place] for place in first)
    same = {name: ranked[place] for name, place in zip(classes, which, strict=True)}
    rows = found.rows.assign(label=found.rows["label"].map(same).astype("str"))
    fractions = found.fractions
    if fractions is not None:
        fractions = fractions @ np.eye(len(values))[which]
    return replace(found, rows=rows, classes=ranked, numbers=values, fractions=fractions)
