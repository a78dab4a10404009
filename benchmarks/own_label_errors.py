"""What Groundkeeper is asked to do with labels and predictions; the counterpart of ``peer_label_errors``."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from answering import answer

from groundkeeper.core.label_errors.confident import confident
from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.core.label_errors.pruning import Pruning, suspected

Timed = Callable[[], Mapping[str, Any]]


def find(file: str, method: str) -> Timed:
    """Prepare to find the labels in *file* that are likely wrong."""
    with np.load(file) as columns:
        label, probability = columns["label"], columns["probability"]

    def timed() -> Mapping[str, Any]:
        predicted = Predicted(label, probability)
        found = suspected(predicted, confident(predicted), Pruning(method))
        return {"found": int(found.wrong.sum()), "wrong": lambda: found.wrong}

    return timed


if __name__ == "__main__":
    answer({"find": find})
