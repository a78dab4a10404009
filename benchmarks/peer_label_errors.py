"""What cleanlab is asked to do with labels and predictions, with the Python of its environment."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from answering import answer

Timed = Callable[[], Mapping[str, Any]]

CALLED: Final = MappingProxyType(
    {
        "argmax": "predicted_neq_given",
        "confident": "confident_learning",
        "class": "prune_by_class",
        "noise_rate": "prune_by_noise_rate",
        "both": "both",
    }
)
"""What cleanlab calls the ways to find labels."""


def find(file: str, method: str) -> Timed:
    """Prepare to find the labels in *file* that are likely wrong, in one process as the other side does."""
    with np.load(file) as columns:
        label, probability = columns["label"], columns["probability"]
    compute = import_module("cleanlab.filter").find_label_issues

    def timed() -> Mapping[str, Any]:
        wrong = compute(label, probability, filter_by=CALLED[method], n_jobs=1)
        return {"found": int(wrong.sum()), "wrong": lambda: wrong}

    return timed


if __name__ == "__main__":
    answer({"find": find})
