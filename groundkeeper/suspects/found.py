"""What speaks against labels, as one table, whatever it was found in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from groundkeeper.core.estimates import Estimate
from groundkeeper.core.label_errors.calibrated import Calibration

COLUMNS: Final = (
    "item",
    "record",
    "prediction",
    "kind",
    "label",
    "instead",
    "quality",
    "disagreement",
    "probability",
    "likely",
    "where",
)
NUMBERS: Final = ("quality", "disagreement", "probability")
KEY: Final = ["item", "record", "kind", "prediction"]
CLASS: Final = "class"
"""The kind of a label of a whole item; the others are those of ``core.label_errors.objects.ObjectError``."""
LOOK: Final = "look"
"""The column of a written table that says why an item is looked at, if it is."""
AT_RANDOM: Final = "random"
"""What stands there of an item that is drawn at random."""
LIKELY: Final = 0.5
"""From this disagreement on an object is called likely wrong."""
UNCALIBRATED: Final = (
    "disagreement, uncalibrated: not a probability that the label is wrong; errors of the model count in it as those "
    "of labels do"
)
"""What the order is by before anybody has looked at random."""


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """Claims that something is wrong, that with the most disagreement first.

    Attributes
    ----------
    rows : DataFrame
        ``item``; ``record`` and ``prediction``, of objects, missing where there is none on that side; ``kind``;
        ``label`` and what it is ``instead``; ``quality``, 0 to 1; ``disagreement`` of the models with it, 0 to 1, by
        which looks are ordered and which is no probability; ``probability`` that it is wrong, nan before calibration;
        ``likely``; ``where``, the box around it in px.
    items : list of str
        Everything that was held against predictions, ascending: what there is to look at.
    groups : Series, optional
        The group of each item, by item.
    counts : mapping
        What was read, and what was left out and why.
    warnings : tuple of str
    details : mapping
        What else there is to say, as JSON has it.
    pace : Estimate, optional
        Seconds that people take to look at an item, where times are recorded.
    calibrations : mapping
        By kind of a claim, how probable it is at each disagreement; empty before enough was looked at at random. Kinds
        may share one.
    is_of_labels : bool
        Whether what is suspected are labels of items, and no objects: then each label is a claim.
    """

    rows: pd.DataFrame
    items: list[str]
    groups: pd.Series | None
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
    details: Mapping[str, Any] = field(default_factory=dict)
    pace: Estimate | None = None
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    is_of_labels: bool = False

    @property
    def is_calibrated(self) -> bool:
        """Whether it is known how probable errors are."""
        return bool(self.calibrations)


def ranked(rows: pd.DataFrame, *, by_quality: bool = False) -> pd.DataFrame:
    """Return *rows* with all columns, the most disagreement first, then the lowest quality, then by name.

    With *by_quality* the lowest quality is first: of grades, where an error counts by how far it is off.
    """
    table = rows.reindex(columns=list(COLUMNS))
    texts = [name for name in COLUMNS if name not in {*NUMBERS, "likely"}]
    table = table.astype(
        dict.fromkeys(texts, "str") | dict.fromkeys(NUMBERS, "float64") | {"likely": "bool"}
    )
    first = [("disagreement", False), ("quality", True)]
    order = [*(first[::-1] if by_quality else first), *((name, True) for name in KEY)]
    return table.sort_values(
        [name for name, _ in order],
        ascending=[rises for _, rises in order],
        na_position="last",
        ignore_index=True,
    )
