"""Average precision and recall of predictions with a confidence, as the COCO API computes them.

The matching and the accumulation are those of hotcoco, whose figures are the COCO API's to the last bit. What that
writes as -1, nothing to compute from, is nan here. Intervals come from drawing groups of images anew
(``average_precision_resampled``).

References
----------
Lin et al. (2014), Microsoft COCO: Common Objects in Context, https://doi.org/10.1007/978-3-319-10602-1_48.
COCO API, https://github.com/cocodataset/cocoapi, ``cocoeval.py``.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import Estimate, Floats, Resampling, undefined
from groundkeeper.core.measures import ALL, row, table_of
from groundkeeper.core.scoring.detection.average_precision_resampled import (
    IGNORED,
    Matches,
    Metric,
    Rounds,
    resampled,
    rounds_of,
)
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.errors import RefusedError

if TYPE_CHECKING:
    from hotcoco import COCOeval

By: TypeAlias = Literal["bbox", "segm", "keypoints"]
"""What two objects are held together by: the IoU of their boxes or of their areas, or the similarity of key points."""
Box: TypeAlias = Mapping[str, Any]
"""An image, a category, an annotation or a result, as COCO writes it."""

NOTHING_THERE: Final = "the ground truth has no such object"
SIZES: Final = ("small", "medium", "large")
HALF, THREE_QUARTERS = 0.5, 0.75


def average_precision(  # noqa: PLR0913 - two sides, how they are compared, who it is, and how sure it is
    truth: Mapping[str, Any],
    said: Sequence[Box],
    by: By,
    subject: str,
    *,
    how: Resampling | None = None,
    groups: Mapping[int, str] | None = None,
) -> pd.DataFrame:
    """Return AP and AR over all classes, by size, and AP and AR of each class, as the table ``measures``.

    ``n`` counts objects, ``groups`` the groups that have one. Names are such as ``bbox_ap``, ``bbox_ap50``,
    ``bbox_ap_small`` and ``bbox_ar100``.

    Parameters
    ----------
    truth : mapping
        A COCO dataset: ``images, annotations, categories``.
    said : sequence of mapping
        COCO results, of images and categories that *truth* has, with a finite ``score``.
    by : {"bbox", "segm", "keypoints"}
        How alike two objects are.
    subject : str
        The subject of the figures; that of a class is ``subject/class``.
    how : Resampling, optional
        How intervals are made; without it there are none.
    groups : mapping, optional
        The group of each image, by id; without it every image is its own.

    Raises
    ------
    RefusedError
        If hotcoco is not installed.

    Examples
    --------
    One of two cats is found, with a box of which three quarters are right:

    >>> def box(name, x):
    ...     return {"id": name, "image_id": 1, "category_id": 1, "bbox": [x, 0, 10, 10], "area": 100, "iscrowd": 0}
    >>> truth = {
    ...     "images": [{"id": 1, "width": 99, "height": 99}],
    ...     "categories": [{"id": 1, "name": "cat"}],
    ...     "annotations": [box(1, 0), box(2, 50)],
    ... }
    >>> said = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 7.5, 10], "score": 0.9}]
    >>> table = average_precision(truth, said, "bbox", "model").set_index(["subject", "measure"])["value"]
    >>> table["model"][["bbox_ap", "bbox_ap50", "bbox_ap_large", "bbox_ar100"]].round(3).tolist()
    [0.303, 0.505, nan, 0.3]
    """
    evaluated = _evaluated(truth, said, by)
    params, found = evaluated.params, evaluated.eval or {}
    tables = np.asarray(found["precision"]), np.asarray(found["recall"])[:, None]
    names = {one["id"]: str(one["name"]) for one in truth["categories"]}
    sizes = list(params.area_rng_lbl)
    group_of = [str(one) if groups is None else groups[one] for one in params.img_ids]
    cells = _cells(evaluated)
    rounds = rounds_of(group_of, how, cells.values(), len(params.iou_thrs))
    rows: list[dict[str, object]] = []
    for metric in metrics_of(by):
        size = sizes.index(metric.size)
        of_classes = [cells.get((one, size)) for one in params.cat_ids]
        shown = _shown(metric, params.iou_thrs)
        most = params.max_dets.index(metric.most)
        table = tables[0 if metric.is_precision else 1][shown, :, :, size, most]
        drawn = resampled(metric, of_classes, shown, np.asarray(params.rec_thrs), rounds)
        there = _there(of_classes, len(params.img_ids))
        name = f"{by}_{metric.name}"
        whole = _estimate(_mean(table), drawn.over_all, there.sum(axis=0), rounds)
        rows.append(row(name, subject, ALL, ALL, whole))
        for place, category in enumerate(params.cat_ids):
            one = _estimate(_mean(table[:, :, place]), drawn.of_class(place), there[place], rounds)
            rows.append(row(name, f"{subject}/{names[category]}", ALL, ALL, one))
    return table_of(rows)


def metrics_of(by: By) -> list[Metric]:
    """Return the figures that the COCO API prints of *by*.

    Examples
    --------
    >>> [metric.name for metric in metrics_of("keypoints")]
    ['ap', 'ap50', 'ap75', 'ap_medium', 'ap_large', 'ar', 'ar50', 'ar75', 'ar_medium', 'ar_large']
    """
    points = by == "keypoints"
    most, sizes = (20, SIZES[1:]) if points else (100, SIZES)
    thresholds = (("", None), ("50", HALF), ("75", THREE_QUARTERS))
    found = [Metric(f"ap{name}", True, at, "all", most) for name, at in thresholds]  # noqa: FBT003 - a field of a record
    found += [Metric(f"ap_{size}", True, None, size, most) for size in sizes]  # noqa: FBT003 - as above
    if points:
        found += [Metric(f"ar{name}", False, at, "all", most) for name, at in thresholds]  # noqa: FBT003 - as above
    else:
        found += [Metric(f"ar{few}", False, None, "all", few) for few in (1, 10, 100)]  # noqa: FBT003 - as above
    return found + [Metric(f"ar_{size}", False, None, size, most) for size in sizes]  # noqa: FBT003 - as above


def _evaluated(truth: Mapping[str, Any], said: Sequence[Box], by: By) -> "COCOeval":
    try:
        from hotcoco import COCO, COCOeval  # noqa: PLC0415 - an extra, which only this needs
    except ImportError as error:
        message = "hotcoco is not installed, which average precision needs; install groundkeeper[detection]"
        raise RefusedError(message) from error
    there = COCO(dict(truth))
    evaluated = COCOeval(there, there.load_res([dict(one) for one in said]), by)
    evaluated.evaluate()
    evaluated.accumulate()
    return evaluated


def _cells(evaluated: "COCOeval") -> dict[tuple[int, int], Matches]:
    """Return the matches of each category and place of a size."""
    params = evaluated.params
    sizes = {tuple(bounds): place for place, bounds in enumerate(params.area_rng)}
    images = {name: place for place, name in enumerate(params.img_ids)}
    of_cell: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for one in evaluated.eval_imgs:
        if one is not None:
            key = int(one["category_id"]), sizes[tuple(one["aRng"])]
            of_cell.setdefault(key, []).append(one)
    return {key: _matches(found, images, len(params.iou_thrs)) for key, found in of_cell.items()}


def _matches(
    found: Sequence[Mapping[str, Any]], images: Mapping[int, int], thresholds: int
) -> Matches:
    in_order = sorted(found, key=lambda one: images[one["image_id"]])
    lengths = [len(one["dtScores"]) for one in in_order]
    places = [images[one["image_id"]] for one in in_order]
    score = np.array([each for one in in_order for each in one["dtScores"]], dtype=np.float64)
    # As the COCO API: a stable sort, so that of equal scores the earlier image comes first.
    order = np.argsort(-score, kind="stable")
    there = np.zeros(len(images), dtype=np.int64)
    for place, one in zip(places, in_order, strict=True):
        there[place] = sum(one["gtInDenominator"])
    rank = np.concatenate([np.zeros(0), *(np.arange(n) for n in lengths)]).astype(np.int64)
    nothing = np.zeros((thresholds, 0), dtype=np.bool_)
    right, ignored = (
        np.concatenate([nothing, *(_flags(one[name], thresholds) for one in in_order)], axis=1)
        for name in ("dtMatched", "dtIgnore")
    )
    verdict = np.where(ignored, IGNORED, right).astype(np.int8)
    image = np.repeat(np.array(places, dtype=np.int64), lengths)[order]
    return Matches(image, rank[order], verdict[:, order], there)


def _flags(rows: Sequence[Sequence[bool]], thresholds: int) -> npt.NDArray[np.bool_]:
    return np.array(rows, dtype=np.bool_).reshape(thresholds, -1)


def _shown(metric: Metric, thresholds: Sequence[float]) -> npt.NDArray[np.bool_]:
    if metric.threshold is None:
        return np.ones(len(thresholds), dtype=np.bool_)
    return np.isclose(thresholds, metric.threshold)


def _there(of_classes: Sequence[Matches | None], images: int) -> Integers:
    nothing = np.zeros(images, dtype=np.int64)
    found = [nothing if one is None else one.there for one in of_classes]
    return np.stack(found) if found else nothing[None]


def _mean(table: Floats) -> float:
    defined = table[table > -1]
    return float(defined.mean()) if defined.size else float("nan")


def _estimate(value: float, drawn: Floats, there: Integers, rounds: Rounds) -> Estimate:
    n = int(there.sum())
    groups = len({one for one, count in zip(rounds.groups, there, strict=True) if count})
    if np.isnan(value):
        return undefined(NOTHING_THERE, n, groups)
    low, high, note = rounds.interval(value, drawn, groups)
    return Estimate(value, low, high, n, groups, float("nan"), note)
