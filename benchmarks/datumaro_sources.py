"""What was drawn as Datumaro has it, a dataset for each annotator, and how it merges them; for its environment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

Drawn = Mapping[Any, Mapping[Any, Sequence[Any]]]
"""Annotations by annotator and item."""


def sources(drawn: Drawn, items: Iterable[Any], labels: Sequence[str]) -> list[Any]:
    """Return a dataset for each annotator in *drawn*, in order, each with all *items*."""
    annotation = import_module("datumaro.components.annotation")
    dataset = import_module("datumaro.components.dataset").Dataset
    item = import_module("datumaro.components.dataset_base").DatasetItem
    categories = {annotation.AnnotationType.label: annotation.LabelCategories.from_iterable(labels)}
    names = list(items)
    return [
        dataset.from_iterable(
            [item(id=str(name), annotations=drawn[who].get(name, [])) for name in names],
            categories=categories,
        )
        for who in sorted(drawn)
    ]


def merger(given: Sequence[Any], at_least: float) -> Callable[[], list[Any]]:
    """Return what merges datasets with IntersectMerge, all that takes to import being there: a list of items."""
    intersect = import_module("datumaro.components.merge.intersect_merge").IntersectMerge
    return lambda: list(intersect(conf=intersect.Conf(pairwise_dist=at_least))(*given))
