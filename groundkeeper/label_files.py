"""Labels and true answers in files of anybody's: Parquet or CSV, one row a label.

Nothing but the file is needed to read them: no repository, no guideline. Tasks, annotators and labels are read as
texts, so that 1 and "1" are the same, whatever wrote them; labels that are all numbers in one spelling of each, so that
"1.0" is the same, too (``label_words``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd

from groundkeeper import column_files
from groundkeeper.column_files import ColumnFile
from groundkeeper.errors import TableError, listing
from groundkeeper.label_words import (
    Understood,
    refuse_two_spellings,
    spelled_as,
    spelling,
    understood,
)
from groundkeeper.typed_columns import names, numbers

Role: TypeAlias = Literal["task", "annotator", "label", "group"]

CALLED: Final[Mapping[Role, tuple[str, ...]]] = {
    "task": ("task", "task_id", "unit", "unit_id", "item", "item_id", "record_id"),
    "annotator": ("annotator", "annotator_id", "worker", "worker_id", "rater", "coder"),
    "label": ("label", "rating", "value", "answer", "truth"),
}
"""What the column of each role is called, unless a name is given."""

NEEDED: Final[tuple[Role, ...]] = ("task", "annotator", "label")
IN_GOLD: Final[tuple[Role, ...]] = ("task", "label")


@dataclass(frozen=True, slots=True)
class Named:
    """The names of the columns that were given; for the others, those of ``CALLED`` are looked for."""

    task: str | None = None
    annotator: str | None = None
    label: str | None = None
    group: str | None = None


AS_CALLED: Final = Named()


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """The labels of a file.

    Attributes
    ----------
    path : Path
    rows : DataFrame
        One row per label, in the order of the file: ``task, annotator``, texts; ``label``, a text, or a number where
        numbers were asked for; missing where nothing was said.
    columns : mapping
        Role to the name of its column.
    groups : Series, optional
        The group of each task, by task; where a column of groups was named.
    warnings : tuple of str
        What somebody has to know of how labels were read.
    """

    path: Path
    rows: pd.DataFrame
    columns: Mapping[Role, str]
    groups: pd.Series | None = None
    warnings: tuple[str, ...] = ()

    def classes(self, scale: Sequence[str] | None = None) -> list[str]:
        """Return the vocabulary: *scale*, or the labels found, as numbers ascending if all are, else as texts.

        Raises
        ------
        TableError
            If a label is none of *scale*.
        """
        found = [str(label) for label in self.rows["label"].dropna().unique()]
        if scale is None:
            return ascending(found)
        scale = spelled_scale(self.path, scale, found)
        foreign = sorted(set(found) - set(scale))
        if foreign:
            message = (
                f"{self.path}: {self.columns['label']}: found {listing(foreign)}; "
                f"allowed is the scale {listing(scale)}; correct the labels, or name them in the scale"
            )
            raise TableError(message)
        return list(scale)


def ascending(labels: Iterable[str]) -> list[str]:
    """Return *labels*, each once, as numbers ascending if all are numbers, else as texts.

    Examples
    --------
    >>> ascending(["10", "9", "1"]), ascending(["10", "9", "a"])
    (['1', '9', '10'], ['10', '9', 'a'])
    """
    texts = sorted(set(labels))
    places = pd.to_numeric(pd.Series(texts, dtype="str"), errors="coerce")
    if places.isna().any():
        return texts
    return [texts[place] for place in np.argsort(places.to_numpy(), kind="stable")]


def spelled_scale(path: Path, scale: Sequence[str], found: Iterable[str]) -> list[str]:
    """Return *scale* with its numbers spelled as those that are *found*.

    Raises
    ------
    TableError
        If a number of one is spelled otherwise in the other, or a class of the scale is named twice.

    Examples
    --------
    >>> spelled_scale(Path("a.csv"), ["1.0", "2.0", "3.0"], ["1", "2"])
    ['1', '2', '3']
    """
    refuse_two_spellings(path, found, scale)
    spelled = list(spelling(scale).values()) if len(set(scale)) == len(scale) else list(scale)
    twice = sorted({name for name in spelled if spelled.count(name) > 1})
    if twice:
        message = f"{path}: found {listing(twice)} twice in --scale; allowed is each class once; leave one out"
        raise TableError(message)
    return spelled


def read_labels(
    path: Path,
    named: Named = AS_CALLED,
    scale: Sequence[str] | None = None,
    *,
    as_numbers: bool = False,
    any_spelling: bool = False,
) -> LabelTable:
    """Return the labels in the file *path*.

    Parameters
    ----------
    path : Path
        One row per label.
    named : Named
        What its columns are called, where they are not called as in ``CALLED``.
    scale : sequence of str, optional
        Classes that were named: they are meant, even where one is a word for nothing.
    as_numbers : bool
        Whether labels are measurements.
    any_spelling : bool
        Whether labels are texts of measurements, which may be spelled in any way.

    Raises
    ------
    TableError
        If the file cannot be read, a column is missing or might be one of several, a row names no task or no
        annotator, a task is in two groups, or one number is spelled in two ways; with *as_numbers* also if a label is
        no number.
    """
    file = column_files.find(path)
    columns: dict[Role, str] = {role: column(file, role, getattr(named, role)) for role in NEEDED}
    if named.group is not None:
        columns["group"] = column(file, "group", named.group)
    _refuse_shared(file, columns)
    raw = file.read(columns.values())
    rows = pd.DataFrame({role: names(raw[columns[role]]) for role in ("task", "annotator")})
    for role in ("task", "annotator"):
        _require_all(file, rows[role].rename(columns[role]), role)
    stands, meant = raw[columns["label"]], scale or ()
    require_one_line(file, stands)
    if as_numbers:
        said = _numbers_said(file, stands)
    else:
        said = understood(path, names(stands), meant, as_numbers=any_spelling)
    rows["label"] = said.labels
    groups = _groups(file, rows["task"], raw[columns["group"]]) if "group" in columns else None
    return LabelTable(path, rows, columns, groups, said.warnings)


def read_gold(
    path: Path,
    named: Named = AS_CALLED,
    classes: Iterable[str] = (),
    *,
    as_numbers: bool = False,
) -> pd.DataFrame:
    """Return the true labels in the file *path*: ``task, label``; labels are texts, or numbers if *as_numbers*.

    Columns are looked for under the names given for the labels, and then under those of ``CALLED``. Labels are held
    against the *classes* of the file of labels: a number that is spelled otherwise there would never be right.

    Raises
    ------
    TableError
        If the file cannot be read, does not have one label for every task, or spells a number otherwise than *classes*.
    """
    classes = [str(name) for name in classes]
    file = column_files.find(path)
    columns: dict[Role, str] = {
        role: column(file, role, _if_there(file, getattr(named, role))) for role in IN_GOLD
    }
    _refuse_shared(file, columns)
    raw = file.read(columns.values())
    task = names(raw[columns["task"]])
    stands = raw[columns["label"]]
    read = _numbers_said(file, stands) if as_numbers else understood(path, names(stands), classes)
    said = read.labels
    _require_all(file, task, "task")
    file.refuse(task, task.duplicated(), "every task once", "remove the others")
    file.refuse(said, said.isna(), "a label of every task", "add it, or leave out the row")
    if not as_numbers:
        refuse_two_spellings(path, [str(label) for label in said.unique()], classes)
        said = spelled_as(said, classes)
    return pd.DataFrame({"task": task, "label": said})


def column(file: ColumnFile, role: Role, name: str | None = None) -> str:
    """Return which column of *file* has *role*: *name* if given, else the only one called as in ``CALLED``.

    Raises
    ------
    TableError
        If there is none, or if there are several.
    """
    if name is not None:
        if name in file.names:
            return name
        message = (
            f"{file.path}: found no column {name!r} for --{role}; "
            f"there are: {listing(file.names)}; name one of them"
        )
        raise TableError(message)
    found = [name for name in CALLED[role] if name in file.names]
    if len(found) == 1:
        return found[0]
    seen = listing(found or file.names)
    message = (
        f"{file.path}: found the columns {seen}; needed is one {role}, called "
        f"{listing(CALLED[role])}; say which it is with --{role} COLUMN"
    )
    raise TableError(message)


def _if_there(file: ColumnFile, name: str | None) -> str | None:
    return name if name in file.names else None


def _refuse_shared(file: ColumnFile, columns: Mapping[Role, str]) -> None:
    """Make sure that no column has two roles."""
    for role, name in columns.items():
        others = [other for other in columns if columns[other] == name and other != role]
        if others:
            message = (
                f"{file.path}: the column {name} was named as {role} and as {listing(others)}; "
                "allowed is one use of a column; name another"
            )
            raise TableError(message)


def require_one_line(file: ColumnFile, values: pd.Series) -> None:
    """Refuse texts of several lines: a quote that is never closed swallows what comes after it.

    Raises
    ------
    TableError
        If there are any.
    """
    if values.dtype == "str":
        allowed = "a text of one line"
        file.refuse(
            values, values.str.contains("\n"), allowed, "close the quote that is open there"
        )


def _require_all(file: ColumnFile, values: pd.Series, role: str) -> None:
    require_one_line(file, values)
    advice = "add it, or leave out the row"
    file.refuse(values, values.isna(), f"the {role} of every label", advice)


def _numbers_said(file: ColumnFile, raw: pd.Series) -> Understood:
    """Return a column of measurements as numbers; words for nothing are nothing."""
    if pd.api.types.is_float_dtype(raw.dtype):
        return Understood(numbers(file, raw))
    found = understood(file.path, names(raw), as_numbers=True)
    return replace(found, labels=numbers(file, found.labels))


def _groups(file: ColumnFile, task: pd.Series, raw: pd.Series) -> pd.Series:
    """Return the group of each task."""
    group = names(raw)
    _require_all(file, group, "group")
    first = group.groupby(task.to_numpy()).transform("first")
    file.refuse(group, group != first, "one group for all labels of a task")
    return pd.Series(group.to_numpy(), pd.Index(task), name="group").groupby(level=0).first()
