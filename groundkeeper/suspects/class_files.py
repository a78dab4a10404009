"""Labels of items, and the probabilities that models give them, in files of anybody's: Parquet or CSV.

Labels: one row an item, ``item, label``. Probabilities: one row an item with a column for each class, ``p_<class>`` or
``probability_<class>``; or one row an item and class, ``item, class, probability``, where a class without a row has
probability 0. Each file of probabilities is one model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper import column_files
from groundkeeper.column_files import ColumnFile
from groundkeeper.core.label_errors.predicted import Predicted, mean_probability
from groundkeeper.errors import TableError, listing
from groundkeeper.label_files import AS_CALLED, Named, ascending, column
from groundkeeper.label_words import spelled_as, spelling, understood
from groundkeeper.typed_columns import names, numbers

PREFIXES: Final = ("p_", "probability_")
CLASS: Final = ("class", "label")
PROBABILITY: Final = ("probability", "p")
SUM_OFF: Final = 0.01
"""How far from 1 the sum of probabilities may be, which are written with few digits."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassFiles:
    """Items that have a label and a prediction, ascending.

    Attributes
    ----------
    items : list of str
    groups : Series, optional
        The group of each item, by item, where a column of groups was named.
    classes : list of str
    predicted : Predicted
        With the mean of the models' probabilities.
    counts : dict
        How many items there are, and how many were left out and why.
    warnings : tuple of str
    """

    items: list[str]
    groups: pd.Series | None
    classes: list[str]
    predicted: Predicted
    counts: dict[str, int]
    warnings: tuple[str, ...]


def read(
    labels: Path,
    predictions: Sequence[Path],
    named: Named = AS_CALLED,
    scale: Sequence[str] | None = None,
) -> ClassFiles:
    """Return the items that have both a label and a prediction.

    Parameters
    ----------
    labels : Path
    predictions : sequence of Path
        One for each model, at least one.
    named : Named
        What the columns of the labels are called, where they are not called as usual.
    scale : sequence of str, optional
        The classes in their order. Then predictions may have classes that no label has.

    Raises
    ------
    TableError
        If a file cannot be read; an item has several labels, or several predictions by one model; a probability is
        none, or those of an item do not add up to 1; or the classes of labels and predictions are not the same.
    """
    given, groups, warnings = _labels(labels, named, scale or ())
    told = [_probabilities(path, given["label"].dropna().unique().tolist()) for path in predictions]
    classes = _classes(labels, predictions, given["label"], told, scale)
    labelled = given.set_index("item")["label"].dropna()
    known = sorted(set().union(*(table.index for table in told)))
    items = sorted(set(labelled.index) & set(known))
    if not items:
        message = f"{labels}: none of its {len(labelled)} items has a prediction; name items alike in all files"
        raise TableError(message)
    stacked = np.array([_aligned(table, items, classes) for table in told])
    code = pd.Index(classes).get_indexer(pd.Index(labelled[items]))
    counts = {
        "items": len(items),
        "without_label": int(given["label"].isna().sum()),
        "without_prediction": len(labelled) - len(items),
        "predictions_without_label": len(set(known) - set(labelled.index)),
        "models": len(told),
    }
    predicted = Predicted(code.astype(np.int64), mean_probability(stacked))
    return ClassFiles(
        items, None if groups is None else groups[items], classes, predicted, counts, warnings
    )


def _labels(
    path: Path, named: Named, meant: Sequence[str]
) -> tuple[pd.DataFrame, pd.Series | None, tuple[str, ...]]:
    """Return ``item, label`` of every row, the group of each item if one was named, and warnings."""
    file = column_files.find(path)
    item_name, label_name = (
        column(file, "task", named.task),
        column(file, "label", named.label),
    )
    wanted = [item_name, label_name, *([named.group] if named.group else [])]
    if named.group:
        column(file, "group", named.group)
    raw = file.read(dict.fromkeys(wanted))
    item = _items(file, raw[item_name])
    said = understood(path, names(raw[label_name]), meant)
    given = pd.DataFrame({"item": item, "label": said.labels})
    if not named.group:
        return given, None, said.warnings
    group = names(raw[named.group])
    file.refuse(group, group.isna(), "the group of every item", "add it, or leave out the row")
    return given, pd.Series(group.to_numpy(), pd.Index(item), name="group"), said.warnings


def _items(file: ColumnFile, raw: pd.Series) -> pd.Series:
    item = names(raw)
    file.refuse(item, item.isna(), "the item of every row", "add it, or leave out the row")
    file.refuse(item, item.duplicated(), "every item once", "remove the others")
    return item


def _probabilities(path: Path, classes: Sequence[str]) -> pd.DataFrame:
    """Return the probabilities of a model, a column a class, indexed by item; those of a row add up to 1."""
    file = column_files.find(path)
    item_name = column(file, "task", None)
    wide = [name for name in file.names if name.startswith(PREFIXES)]
    if wide:
        raw = file.read([item_name, *wide])
        item = _items(file, raw[item_name])
        called = [
            name.removeprefix(next(p for p in PREFIXES if name.startswith(p))) for name in wide
        ]
        columns = {name: _probability(file, raw[name]) for name in wide}
        table = pd.DataFrame(columns, index=raw.index)
        table.columns = pd.Index(_called(called, classes))
        twice = table.columns[table.columns.duplicated()]
        if len(twice):
            message = f"{path}: found {listing(twice)} in two columns; allowed is one column a class; leave one out"
            raise TableError(message)
    else:
        item, table = _pivoted(file, item_name, classes)
    total = table.sum(axis=1)
    off = total.rename("sum of the probabilities of an item")
    file.refuse(off, (total - 1).abs() > SUM_OFF, f"1, within {SUM_OFF}", "state all classes")
    return table.div(total, axis=0).set_axis(pd.Index(item), axis=0)


def _pivoted(
    file: ColumnFile, item_name: str, classes: Sequence[str]
) -> tuple[pd.Series, pd.DataFrame]:
    """Return the items and probabilities of a file with one row an item and class, on the first row of each item."""
    class_name, p_name = _one_of(file, CLASS), _one_of(file, PROBABILITY)
    raw = file.read([item_name, class_name, p_name])
    item = names(raw[item_name])
    file.refuse(item, item.isna(), "the item of every row", "add it, or leave out the row")
    said = names(raw[class_name])
    file.refuse(said, said.isna(), "the class of every row", "add it, or leave out the row")
    chance = _probability(file, raw[p_name])
    said = pd.Series(_called(said.tolist(), classes), said.index, name=class_name)
    again = pd.DataFrame({"item": item, "class": said}).duplicated()
    file.refuse(said, again, "every class of an item once", "remove the others")
    first = item.drop_duplicates()
    table = pd.DataFrame({"item": item, "class": said, "p": chance}).pivot_table(
        index="item", columns="class", values="p", aggfunc="first", fill_value=0.0
    )
    return first, table.reindex(first).set_axis(first.index, axis=0)


def _probability(file: ColumnFile, raw: pd.Series) -> pd.Series:
    values = numbers(file, raw, 0.0, 1.0)
    file.refuse(raw, values.isna(), "a probability from 0 to 1")
    return values


def _called(found: Sequence[str], classes: Sequence[str]) -> list[str]:
    """Return classes spelled as those of the labels are."""
    spelled = spelling(found)
    own = pd.Series([spelled[name] for name in found], dtype="str")
    return [str(name) for name in spelled_as(own, [str(one) for one in classes])]


def _one_of(file: ColumnFile, wanted: Sequence[str]) -> str:
    found = [name for name in wanted if name in file.names]
    if not found:
        message = (
            f"{file.path}: found the columns {listing(file.names)}; needed is a column p_<class> for each class, or "
            f"the columns class and probability; rename them"
        )
        raise TableError(message)
    return found[0]


def _classes(
    path: Path,
    predictions: Sequence[Path],
    label: pd.Series,
    told: Sequence[pd.DataFrame],
    scale: Sequence[str] | None,
) -> list[str]:
    """Return the classes, which labels and the predictions of every model have to have in common."""
    given = ascending(str(one) for one in label.dropna().unique())
    wanted = list(_called(scale, given)) if scale is not None else given
    if unknown := sorted(set(given) - set(wanted)):
        message = f"{path}: found labels {listing(unknown)}; allowed are {listing(wanted)}; add them to --scale"
        raise TableError(message)
    for file, table in zip(predictions, told, strict=True):
        if foreign := sorted(set(table.columns) - set(wanted)):
            message = (
                f"{file}: found predictions of {listing(foreign)}, which no label is; allowed are {listing(wanted)}; "
                "rename the classes, or name all that there are with --scale A,B,C"
            )
            raise TableError(message)
        if lacking := sorted(set(given) - set(table.columns)):
            message = (
                f"{file}: found labels {listing(lacking)}, which nothing is predicted for; needed is a probability "
                "of every class that is given; add them, or leave out these items"
            )
            raise TableError(message)
    return wanted


def _aligned(table: pd.DataFrame, items: list[str], classes: list[str]) -> np.ndarray:
    whole = table.reindex(columns=classes).fillna(0.0).reindex(items)
    return whole.to_numpy(dtype=np.float64)
