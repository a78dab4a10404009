"""What Datumaro is asked to do with boxes, with the Python of its environment."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from answering import answer

Timed = Callable[[], Mapping[str, Any]]


def merge(file: str, at_least: float) -> Timed:
    """Prepare to merge the boxes in *file* with IntersectMerge, one dataset for each annotator."""
    annotation = import_module("datumaro.components.annotation")
    dataset = import_module("datumaro.components.dataset").Dataset
    item = import_module("datumaro.components.dataset_base").DatasetItem
    merging = import_module("datumaro.components.merge.intersect_merge").IntersectMerge
    with np.load(file) as columns:
        image, annotator, label = (columns[name] for name in ("image", "annotator", "label"))
        corners = columns["corners"]
    names = [str(code) for code in range(label.max() + 1)]
    categories = {annotation.AnnotationType.label: annotation.LabelCategories.from_iterable(names)}
    drawn: dict[tuple[int, int], list[Any]] = {}
    sized = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]).tolist()
    for who, where, what, box in zip(annotator, image, label, sized, strict=True):
        drawn.setdefault((int(who), int(where)), []).append(annotation.Bbox(*box, label=int(what)))
    sources = [
        dataset.from_iterable(
            [
                item(id=str(where), annotations=drawn.get((who, where), []))
                for where in range(image.max() + 1)
            ],
            categories=categories,
        )
        for who in range(annotator.max() + 1)
    ]

    def timed() -> Mapping[str, Any]:
        merged = merging(conf=merging.Conf(pairwise_dist=at_least))(*sources)
        return {"records": sum(len(each.annotations) for each in merged)}

    return timed


if __name__ == "__main__":
    answer({"merge": merge})
