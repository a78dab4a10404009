"""Whether a file of predictions can be scored: of which items it speaks, and in which classes."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from groundkeeper import tables
from groundkeeper.core.guideline.allowed import fits
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.errors import InboxError, listing
from groundkeeper.guideline_files import load
from groundkeeper.inbox.decidable import foreign_values
from groundkeeper.layout import Layout
from schemas.names import ITEMS

if TYPE_CHECKING:
    import pandas as pd

    from groundkeeper.formats import Reading


def require_predictable(
    file: Path, told: "Reading", layout: Layout, guideline: Path
) -> tuple[str, ...]:
    """Return what whoever adds the predictions *told* should look at; refuse those that could never be scored.

    Items are known as far as the set was refreshed.

    Raises
    ------
    InboxError
        If an item is predicted twice, or a class with a probability is none.
    """
    declared = load(guideline)
    _require_one_each(file, told.answers)
    _require_classes(file, told.annotations["probabilities"].dropna(), declared)
    return tuple(_warnings(file, told, layout, declared))


def _require_one_each(file: Path, answers: "pd.DataFrame") -> None:
    """Refuse two predictions of one item that nothing tells apart: with dates the last one stands."""
    of = ["annotator", "item_key"]
    again = answers[answers.duplicated([*of, "submitted_at"], keep=False)]
    undated = answers[answers["submitted_at"].isna() & answers.duplicated(of, keep=False)]
    items = sorted({*again["item_key"], *undated["item_key"]})
    if items:
        message = (
            f"{file}: found several predictions of one item by one model ({listing(items)}); allowed is one, with all "
            "its annotations, or a `submitted_at` of its own for each, of which the last stands; correct the file"
        )
        raise InboxError(message)


def _require_classes(file: Path, probabilities: Iterable[str], declared: Guideline) -> None:
    said = {name for text in set(probabilities) for name in json.loads(text)}
    foreign, allowed = _foreign(said, declared)
    if foreign:
        message = (
            f"{file}: found probabilities of {listing(foreign)}, which {_version(declared)} does not know; allowed are "
            f"{listing(allowed)}, as without the others they do not add up; correct the names"
        )
        raise InboxError(message)


def _foreign(said: Iterable[str], declared: Guideline) -> tuple[list[str], list[str]]:
    """Return which of the labels that were *said* are of no class, and which are; nothing where labels say nothing."""
    labels = [field for field in declared.fields.values() if field.source == "label"]
    if labels:
        foreign = {name for name in said if not all(fits(name, field) for field in labels)}
        return sorted(foreign), [str(value) for value in labels[0].choices]
    if declared.classes and declared.consensus.match.by != "item":
        return sorted(set(said) - set(declared.classes)), list(declared.classes)
    return [], []


def _warnings(file: Path, told: "Reading", layout: Layout, declared: Guideline) -> Iterator[str]:
    """Yield what will not be scored, and why."""
    path = layout.table("items", ITEMS)
    if path.is_file():
        named = set(told.answers["item_key"])
        known = set(tables.read(path, ITEMS)["item_key"])
        unknown = sorted(named - known)
        if unknown:
            yield (
                f"{file}: {len(unknown):,} of {len(named):,} items are none of {declared.set_name} as it was last "
                f"refreshed ({listing(unknown)}); nothing said of them is scored: check how they are written"
            )
    labels = told.annotations["label"].dropna()
    foreign, allowed = _foreign(labels.unique(), declared)
    if foreign:
        yield (
            f"{file}: found {int(labels.isin(foreign).sum()):,} labels that {_version(declared)} does not know "
            f"({listing(foreign)}); allowed are {listing(allowed)}; of items they count as wrong answers, and objects "
            "with them are not scored: correct those that are misspelt"
        )
    refused = foreign_values(told.annotations.assign(label=None), declared)
    if refused:
        yield (
            f"{file}: found {len(refused):,} values that {_version(declared)} does not know, such as {refused[0]}; of "
            "items they count as wrong answers: correct those that are misspelt"
        )


def _version(declared: Guideline) -> str:
    return f"{declared.set_name}@{declared.version}"
