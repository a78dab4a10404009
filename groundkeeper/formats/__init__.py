"""Readers of input files, one module each: a file in, the tables it holds out.

A reader knows nothing of sets, rounds or ids. It names things by the *keys* of its source; ingestion turns keys into
ids and adds what the batch says of all its answers (round, era, independence, identity).
"""

import importlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from groundkeeper.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

FORMATS = {
    "acknowledgements": "groundkeeper.formats.acknowledgements",
    "answers": "groundkeeper.formats.answers",
    "gold": "groundkeeper.formats.gold",
    "items": "groundkeeper.formats.items",
    "lidc": "groundkeeper.formats.lidc",
    "questions": "groundkeeper.formats.questions",
    "tasks": "groundkeeper.formats.tasks",
    "verdicts": "groundkeeper.formats.verdicts",
}
"""Format name to the module that reads it; imported when it is first asked for."""


DESCRIBE_ITEMS = frozenset({"items", "lidc"})
"""Formats whose files say which items there are; the others speak of items that such a file describes."""

OF_ADJUDICATORS = "verdicts"
"""The format whose answers are those of adjudicators."""

NAME_FIELDS = frozenset({"answers", OF_ADJUDICATORS})
"""Formats whose files name the fields that they answer, as whoever wrote them spelt these."""


@dataclass(frozen=True)
class Reading:
    """What a reader found in one file; every table is sorted by its key columns.

    Attributes
    ----------
    items : DataFrame
        One row per item: ``item_key, uri, sha256, width_px, height_px, frames, group_id, captured_at`` and one
        column per facet known before labelling. What is missing may be stated by another batch.
    answers : DataFrame
        One row per answer: ``answer_key, item_key, annotator, state, submitted_at, lead_time_s, tool,
        shown_prediction, task_id`` (missing where no task was asked).
    annotations : DataFrame
        One row per annotation: ``annotation_key, answer_key, kind, label, value, start, end, attributes, confidence,
        probabilities`` (attributes and probabilities are canonical JSON text); and ``ordinal``, their place in the
        answer from 0, where the file has an order.
    parts : DataFrame
        One row per annotation and frame: ``annotation_key, frame, geometry`` (shapely, image pixels), ``repaired``; and
        ``rotation``, degrees clockwise as it was stated, missing where it was not, of files that can state it.
    rejects : DataFrame
        One row per refused row: ``path, rule, value, allowed``, as ``core.ingestion.tables.refuse`` makes them.
    tasks, acknowledgements, questions : DataFrame
        What was asked of people, what they have read, and what they ask; columns as in ``formats.frames``.
    gold : DataFrame
        One row per answer that is known to be right: ``item_key, field, value`` (canonical JSON), ``source``, ``line``.
    verdicts : DataFrame
        One row per answer of an adjudicator: which record it is about, what it says and why; columns as in
        ``formats.frames``.
    """

    items: "pd.DataFrame" = field(default_factory=lambda: _none("ITEM_TYPES"))
    answers: "pd.DataFrame" = field(default_factory=lambda: _none("ANSWER_TYPES"))
    annotations: "pd.DataFrame" = field(default_factory=lambda: _none("ANNOTATION_TYPES"))
    parts: "pd.DataFrame" = field(default_factory=lambda: _none("PART_TYPES"))
    rejects: "pd.DataFrame" = field(default_factory=lambda: _none("REJECT_TYPES"))
    tasks: "pd.DataFrame" = field(default_factory=lambda: _none("TASK_TYPES"))
    acknowledgements: "pd.DataFrame" = field(default_factory=lambda: _none("ACKNOWLEDGEMENT_TYPES"))
    questions: "pd.DataFrame" = field(default_factory=lambda: _none("QUESTION_TYPES"))
    gold: "pd.DataFrame" = field(default_factory=lambda: _none("GOLD_TYPES"))
    verdicts: "pd.DataFrame" = field(default_factory=lambda: _none("VERDICT_TYPES"))


def _none(types: str) -> "pd.DataFrame":
    """Return a table without rows; what names the formats alone needs no pandas."""
    from groundkeeper.formats import frames  # noqa: PLC0415 - pandas, which naming a format does without

    found: pd.DataFrame = frames.empty(getattr(frames, types))
    return found


class Reader(Protocol):
    """What a module in this package provides."""

    @staticmethod
    def read(path: Path, options: Mapping[str, str], wanted: Collection[str], /) -> Reading:
        """Return what the file says of the items whose keys are *wanted*.

        Answers to items that the file itself does not list are returned too: another batch may, and if none does
        they are refused by name instead of being passed over. Of a file that cannot be read, or holds nothing, it
        raises a ``FormatError``: nothing comes into an inbox that no refresh could use.
        """
        ...


class Describer(Reader, Protocol):
    """What a module provides whose files say which items there are."""

    @staticmethod
    def items(path: Path, options: Mapping[str, str], /) -> "pd.DataFrame":
        """Return the items of the file alone, which is cheaper than reading it whole."""
        ...


def reader(name: str) -> Reader:
    """Return the reader of the format *name*.

    Raises
    ------
    UnknownNameError
        If no format has this name.
    """
    if name not in FORMATS:
        raise UnknownNameError("format", name, FORMATS)
    return cast("Reader", importlib.import_module(FORMATS[name]))


def items_of(name: str, path: Path, options: Mapping[str, str]) -> "pd.DataFrame":
    """Return the items that a file describes; one of a format that describes none is read whole, and so checked.

    Raises
    ------
    UnknownNameError
        If no format has this name.
    FormatError
        If the file is not what its format says.
    """
    if name in DESCRIBE_ITEMS:
        return cast("Describer", reader(name)).items(path, options)
    return reader(name).read(path, options, ()).items
