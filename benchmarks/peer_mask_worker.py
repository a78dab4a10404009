"""What crowd-kit and pycocotools are asked to do with masks, each with the Python of its environment."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from answering import answer

Timed = Callable[[], Mapping[str, Any]]


def majority(file: str, **_: object) -> Timed:
    """Prepare crowd-kit's majority of the masks in *file*."""
    return _crowd_kit(file, "SegmentationMajorityVote")


def em(file: str, **_: object) -> Timed:
    """Prepare crowd-kit's EM of the masks in *file*, with its default options."""
    return _crowd_kit(file, "SegmentationEM")


def ious(file: str, **_: object) -> Timed:
    """Prepare pycocotools' IoU of every mask in *file* with every one, encoded already."""
    tools = import_module("pycocotools.mask")
    coded = tools.encode(_columns_first(file))

    def timed() -> Mapping[str, Any]:
        found = tools.iou(coded, coded, [0] * len(coded))
        return {"inside": lambda: found.reshape(-1)}

    return timed


def encode(file: str, **_: object) -> Timed:
    """Prepare pycocotools' strings of the pictures in *file*, which stand column by column as it wants them."""
    tools = import_module("pycocotools.mask")
    pictures = _columns_first(file)

    def timed() -> Mapping[str, Any]:
        found = tools.encode(pictures)
        return {"inside": lambda: np.array([one["counts"].decode("ascii") for one in found])}

    return timed


def _crowd_kit(file: str, name: str) -> Timed:
    pandas, aggregation = import_module("pandas"), import_module("crowdkit.aggregation")
    dense = np.load(file)["dense"]
    rows = [(task, voter, dense[task, voter]) for task, voter in np.ndindex(*dense.shape[:2])]
    table = pandas.DataFrame(rows, columns=["task", "worker", "segmentation"])

    def timed() -> Mapping[str, Any]:
        found = getattr(aggregation, name)().fit_predict(table)
        return {"inside": lambda: np.stack(found.sort_index().to_list())}

    return timed


def _columns_first(file: str) -> Any:  # noqa: ANN401 - an array, as numpy loads it
    dense = np.load(file)["dense"]
    pictures = dense.reshape(-1, *dense.shape[2:]).astype(np.uint8)
    return np.asfortranarray(pictures.transpose(1, 2, 0))


if __name__ == "__main__":
    answer({"majority": majority, "em": em, "ious": ious, "encode": encode})
