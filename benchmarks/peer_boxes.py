"""What Datumaro is asked to do with boxes, with the Python of its environment."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from answering import answer
from datumaro_sources import merger, sources

Timed = Callable[[], Mapping[str, Any]]


def merge(file: str, at_least: float) -> Timed:
    """Prepare to merge the boxes in *file* with IntersectMerge, one dataset for each annotator."""
    annotation = import_module("datumaro.components.annotation")
    with np.load(file) as columns:
        image, annotator, label = (columns[name] for name in ("image", "annotator", "label"))
        corners = columns["corners"]
    names = [str(code) for code in range(label.max() + 1)]
    drawn: dict[int, dict[int, list[Any]]] = {who: {} for who in range(annotator.max() + 1)}
    sized = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]).tolist()
    for who, where, what, box in zip(annotator, image, label, sized, strict=True):
        drawn[int(who)].setdefault(int(where), []).append(annotation.Bbox(*box, label=int(what)))
    merged = merger(sources(drawn, range(image.max() + 1), names), at_least)

    def timed() -> Mapping[str, Any]:
        return {"records": sum(len(each.annotations) for each in merged())}

    return timed


if __name__ == "__main__":
    answer({"merge": merge})
