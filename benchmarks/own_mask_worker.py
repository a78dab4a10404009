"""What Groundkeeper is asked to do with masks in a comparison; the counterpart of ``peer_mask_worker``."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from answering import answer

from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.core.shapes.masks.dense_votes import Inference, dense_inferred, dense_majorities
from groundkeeper.core.shapes.masks.mask_pairs import mask_ious
from groundkeeper.core.shapes.masks.mask_votes import majority_masks
from groundkeeper.core.shapes.masks.masks import Masks
from groundkeeper.core.shapes.masks.one_coin_masks import one_coin
from groundkeeper.core.shapes.masks.rle import coco_strings
from groundkeeper.core.shapes.masks.staple import staple
from groundkeeper.core.shapes.masks.vote_patterns import vote_patterns

Timed = Callable[[], Mapping[str, Any]]

MODELS: Mapping[str, Inference] = {
    "one_coin": lambda votes, weight, group: one_coin(votes, weight, group).inside,
    "staple": lambda votes, weight, group: staple(votes, weight, group).inside,
}


def majority(file: str, way: str, **_: object) -> Timed:
    """Prepare the majority of the masks in *file*, from runs, from pictures by way of runs, or from pictures."""
    dense = np.load(file)["dense"]
    group, voters = _columns(dense)[:2]
    return _timed(dense, way, lambda masks: majority_masks(masks, group, voters), dense_majorities)


def em(file: str, way: str, model: str, **_: object) -> Timed:
    """Prepare what a *model* infers of the masks in *file*, in one of the same ways."""
    dense = np.load(file)["dense"]
    group, annotator = _columns(dense)[::2]
    asked = np.ones(dense.shape[:2], np.bool_)

    def of_runs(masks: Masks) -> Masks:
        # crowd-kit's rule of when to stop looks at the whole picture.
        patterns = vote_patterns(masks, group, annotator, asked, margin=dense.shape[-1])
        return patterns.masks(MODELS[model](patterns.votes, patterns.weight, patterns.group))

    return _timed(dense, way, of_runs, lambda records: dense_inferred(records, MODELS[model]))


def ious(file: str, **_: object) -> Timed:
    """Prepare the IoU of every mask in *file* with every one."""
    masks = _masks(np.load(file)["dense"])
    left, right = np.divmod(np.arange(len(masks) ** 2), len(masks))

    def timed() -> Mapping[str, Any]:
        found = mask_ious(masks, left, right)
        return {"inside": lambda: found}

    return timed


def encode(file: str, **_: object) -> Timed:
    """Prepare the strings of COCO of the pictures in *file*."""
    dense = np.load(file)["dense"]
    pictures = dense.reshape(-1, *dense.shape[2:])

    def timed() -> Mapping[str, Any]:
        found = coco_strings(Masks.of_dense(pictures))
        return {"inside": lambda: np.array(found)}

    return timed


def _timed(
    dense: Any,  # noqa: ANN401 - an array, as numpy loads it
    way: str,
    of_runs: Callable[[Masks], Masks],
    of_pictures: Callable[[Any], Any],
) -> Timed:
    masks = _masks(dense)
    records = [list(pictures) for pictures in dense]

    def runs() -> Mapping[str, Any]:
        found = of_runs(masks)
        return {"inside": lambda: _pictures(found)}

    def by_runs() -> Mapping[str, Any]:
        found = _pictures(of_runs(_masks(dense)))
        return {"inside": lambda: found}

    def pictures() -> Mapping[str, Any]:
        found = of_pictures(records)
        return {"inside": lambda: np.stack(found)}

    return {"runs": runs, "pictures by runs": by_runs, "pictures": pictures}[way]


def _columns(dense: Any) -> tuple[Integers, Integers, Integers]:  # noqa: ANN401 - an array, as numpy loads it
    """Return the group of each mask, the voters of each group, and the voter of each mask."""
    tasks, voters = dense.shape[:2]
    every = np.arange(tasks * voters)
    return every // voters, np.full(tasks, voters), every % voters


def _masks(dense: Any) -> Masks:  # noqa: ANN401 - an array, as numpy loads it
    return Masks.of_dense(dense.reshape(-1, *dense.shape[2:]))


def _pictures(masks: Masks) -> Any:  # noqa: ANN401 - an array, as the other ways give it
    return np.stack([masks.dense(place) for place in range(len(masks))])


if __name__ == "__main__":
    answer({"majority": majority, "em": em, "ious": ious, "encode": encode})
