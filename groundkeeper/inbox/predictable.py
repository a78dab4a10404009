"""Whether a file of predictions can be scored: by whom it is, of which items it speaks, in which classes."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from groundkeeper import batches, tables
from groundkeeper.core.guideline.allowed import fits
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.errors import InboxError, listing
from groundkeeper.formats import reader
from groundkeeper.guideline_files import load
from groundkeeper.inbox.decidable import foreign_values
from groundkeeper.layout import Layout
from schemas.names import ANSWERS, ITEMS

if TYPE_CHECKING:
    import pandas as pd

    from groundkeeper.formats import Reading

LONGEST: Final = 100
"""Characters of the name of a model: it heads columns and pages."""
ANSWERS_FORMAT: Final = "answers"


def require_predictable(
    file: Path, told: "Reading", layout: Layout, guideline: Path
) -> tuple[str, ...]:
    """Return what whoever adds the predictions *told* should look at; refuse those that could never be scored.

    Items and annotators are known as far as the set was refreshed, or answers to it lie in the inbox.

    Raises
    ------
    InboxError
        If a model has no name of its own, an item is predicted twice, or a class with a probability is none.
    """
    declared = load(guideline)
    _require_names(file, set(told.answers["annotator"]), layout)
    _require_one_each(file, told.answers)
    _require_classes(file, told.annotations["probabilities"].dropna(), declared)
    return tuple(_warnings(file, told, layout, declared))


def _require_names(file: Path, names: Iterable[str], layout: Layout) -> None:
    people = _people(layout)
    for name in sorted(names):
        if not name.strip():
            why = f"found a model called {name!r}; allowed is a name that can be read"
        elif len(name) > LONGEST:
            why = (
                f"found a model whose name has {len(name):,} characters ({name[:LONGEST]!r} ...); allowed are at most "
                f"{LONGEST}"
            )
        elif name == POOLED:
            why = f"found a model called {name!r}, which stands for all annotators together; allowed is another name"
        elif name in people:
            why = f"found a model called {name!r}, as an annotator is; allowed is another name, to tell them by"
        else:
            continue
        message = f"{file}: {why}; correct `annotator` in the file"
        raise InboxError(message)


def _people(layout: Layout) -> set[str]:
    """Return the annotators of the last refresh, and those of answers that came in since."""
    found: set[str] = set()
    read: set[str] = set()
    path = layout.table("ingest", ANSWERS)
    if path.is_file():
        answers = tables.read(path, ANSWERS)
        found, read = set(answers["annotator"]), set(answers["batch"])
    for batch in batches.load_all(layout.inbox):
        if batch.format == ANSWERS_FORMAT and not batch.is_predicted and batch.key not in read:
            told = reader(batch.format).read(batch.path(layout.inbox), batch.options, ())
            found |= set(told.answers["annotator"])
    return found


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
    labels = [field for field in declared.fields.values() if field.source == "label"]
    said = sorted({name for text in set(probabilities) for name in json.loads(text)})
    if labels:
        foreign = [name for name in said if not all(fits(name, field) for field in labels)]
        allowed = [str(value) for value in labels[0].choices]
    elif declared.classes and declared.consensus.match.by != "item":
        foreign = [name for name in said if name not in declared.classes]
        allowed = list(declared.classes)
    else:
        return
    if foreign:
        version = f"{declared.set_name}@{declared.version}"
        message = (
            f"{file}: found probabilities of {listing(foreign)}, which {version} does not know; allowed are "
            f"{listing(allowed)}, as without the others they do not add up; correct the names"
        )
        raise InboxError(message)


def _warnings(file: Path, told: "Reading", layout: Layout, declared: Guideline) -> Iterator[str]:
    """Yield what will not be scored, and why."""
    path = layout.table("items", ITEMS)
    if path.is_file():
        named = sorted(set(told.answers["item_key"]))
        known = set(tables.read(path, ITEMS)["item_key"])
        unknown = [name for name in named if name not in known]
        if unknown:
            yield (
                f"{file}: {len(unknown):,} of {len(named):,} items are none of {declared.set_name} as it was last "
                f"refreshed ({listing(unknown)}); nothing said of them is scored: check how they are written"
            )
    refused = foreign_values(told.annotations.assign(label=None), declared)
    if refused:
        yield (
            f"{file}: {len(refused):,} values are none that {declared.set_name}@{declared.version} knows, such as "
            f"{refused[0]}; of items they count as wrong answers"
        )
