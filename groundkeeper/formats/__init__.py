"""Readers of input files, one module each: a file in, the tables it holds out.

A reader knows nothing of sets, rounds or ids. It names things by the *keys* of its source; ingestion turns keys into
ids and adds what the batch says of all its answers (round, era, independence, identity).
"""

import importlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from groundkeeper.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

FORMATS = {"lidc": "groundkeeper.formats.lidc"}
"""Format name to the module that reads it; imported when it is first asked for."""


@dataclass(frozen=True)
class Reading:
    """What a reader found in one file; every table is sorted by its key columns.

    Attributes
    ----------
    items : DataFrame
        One row per item: ``item_key, uri, sha256, width_px, height_px, frames, group_id, captured_at`` and one
        column per facet known before labelling.
    answers : DataFrame
        One row per answer: ``answer_key, item_key, annotator, state, submitted_at, lead_time_s, tool,
        shown_prediction``.
    annotations : DataFrame
        One row per annotation: ``annotation_key, answer_key, kind, label, value, start, end, attributes``
        (``attributes`` is canonical JSON text).
    parts : DataFrame
        One row per annotation and frame: ``annotation_key, frame, geometry`` (shapely, image pixels), ``repaired``.
    rejects : DataFrame
        One row per refused row: ``path, rule, value, allowed``, as ``core.ingestion.tables.refuse`` makes them.
    """

    items: "pd.DataFrame"
    answers: "pd.DataFrame"
    annotations: "pd.DataFrame"
    parts: "pd.DataFrame"
    rejects: "pd.DataFrame"


class Reader(Protocol):
    """What a module in this package provides."""

    @staticmethod
    def items(path: Path, options: Mapping[str, str], /) -> "pd.DataFrame":
        """Return the items of the file alone, which is cheaper than reading it whole."""
        ...

    @staticmethod
    def read(path: Path, options: Mapping[str, str], wanted: Collection[str], /) -> Reading:
        """Return what the file says of the items whose keys are *wanted*.

        Answers to items that the file itself does not list are returned too: another batch may, and if none does
        they are refused by name instead of being passed over.
        """
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
