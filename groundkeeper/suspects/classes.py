"""Labels of items that are likely wrong, by confident learning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.core.label_errors import confident as learning
from groundkeeper.core.label_errors.distances import expected_distance
from groundkeeper.core.label_errors.predicted import Predicted, is_too_perfect
from groundkeeper.core.label_errors.pruning import Pruning, suspected
from groundkeeper.core.label_errors.quality import Quality, quality
from groundkeeper.errors import listing
from groundkeeper.reports.undefined import plain
from groundkeeper.suspects.found import CLASS, Suspects, ranked

UNDECLARED: Final = (
    "whether the model was trained on these labels is not said; a model that has seen a wrong label has learned to "
    "repeat it: predict out of sample, as by cross-validation, and say so with --out-of-sample"
)
IN_SAMPLE: Final = (
    "the model was trained on these labels: wrong ones that it has learned are not found, and the disagreement is "
    "too low"
)
TOO_PERFECT: Final = (
    "the model repeats every single label: was it trained on them? Such predictions find nothing"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """How labels are found to be likely wrong, and what is known of the predictions.

    Attributes
    ----------
    pruning : Pruning
        Where the line is drawn.
    how : Quality
        What the quality of a label is taken from.
    is_ordinal : bool
        Whether the classes have an order: then the quality is one less the expected distance.
    out_of_sample : bool, optional
        Whether the model was kept from these labels; None: nobody says.
    fewest : int
        So many labels of a class are needed to know what is usual for it.
    scale : tuple of str, optional
        The classes in their order, where it was named.
    """

    pruning: Pruning = Pruning.BOTH
    how: Quality = Quality.SELF_CONFIDENCE
    is_ordinal: bool = False
    out_of_sample: bool | None = None
    fewest: int = learning.FEWEST
    scale: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """n items with their labels, names for the codes, and what was left out before.

    ``records`` are what the labels are of, where an item is not its own record.
    """

    items: list[str]
    classes: Sequence[str]
    predicted: Predicted
    counts: dict[str, int]
    groups: pd.Series | None = None
    records: list[str] | None = None
    warnings: tuple[str, ...] = ()


def suspects(labelled: Labelled, asked: Asked) -> Suspects:
    """Return every label with its quality and how far the model disagrees with it, the farthest first."""
    predicted = labelled.predicted
    sure = learning.confident(predicted, asked.fewest)
    found = suspected(predicted, sure, asked.pruning)
    names = np.array([*labelled.classes], dtype=object)
    rows = pd.DataFrame(
        {
            "item": labelled.items,
            "record": labelled.records,
            "kind": CLASS,
            "label": names[predicted.label],
            "instead": names[found.instead],
            "quality": 1 - expected_distance(predicted)
            if asked.is_ordinal
            else quality(predicted, asked.how),
            "disagreement": learning.disagreement(predicted, sure),
            "likely": found.wrong,
        }
    )
    return Suspects(
        ranked(rows, by_quality=asked.is_ordinal),
        sorted(set(labelled.items)),
        labelled.groups,
        labelled.counts | {"likely_wrong": int(found.wrong.sum())},
        (*labelled.warnings, *_warnings(labelled, asked, sure)),
        _details(labelled, sure, asked),
        is_of_labels=True,
    )


def _warnings(labelled: Labelled, asked: Asked, sure: learning.Confident) -> list[str]:
    told = []
    if asked.out_of_sample is None:
        told.append(UNDECLARED)
    elif not asked.out_of_sample:
        told.append(IN_SAMPLE)
    if is_too_perfect(labelled.predicted):
        told.append(TOO_PERFECT)
    few = [
        f"{name} ({count})"
        for name, count in zip(labelled.classes, sure.label_counts.tolist(), strict=True)
        if count < asked.fewest
    ]
    if few:
        told.append(
            f"classes with fewer than {asked.fewest} labels, of which no threshold is known, so that no item is "
            f"confidently of them: {listing(few)}"
        )
    return told


def _details(labelled: Labelled, sure: learning.Confident, asked: Asked) -> dict[str, Any]:
    return {
        "classes": list(labelled.classes),
        "labels_of_class": sure.label_counts.tolist(),
        "thresholds": plain(sure.threshold),
        "confident_joint": sure.counts.tolist(),
        "noise_matrix": plain(learning.noise_matrix(sure)),
        "joint_disagreement": plain(learning.off_diagonal(sure)),
        "pruning": str(asked.pruning),
        "quality": "expected_distance" if asked.is_ordinal else str(asked.how),
        "out_of_sample": asked.out_of_sample,
    }
