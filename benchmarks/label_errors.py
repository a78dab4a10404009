"""Whether labels that are likely wrong are found: beside cleanlab, on labels of real crowds, and where errors are made.

    python benchmarks/label_errors.py [--peers FOLDER]
    GROUNDKEEPER_REFERENCE=FOLDER python benchmarks/label_errors.py --only crowds

Four parts. ``peer``: which labels both sides find on the same predictions, and how long they take. ``crowds``: FOLDER
has ``truth_inference/<set>``, as for truth_published.py; one label of each task is taken for its label, the posterior
of the others by Dawid and Skene is the prediction, gold is the truth. ``classes`` and ``objects``: simulated. An area
is that under the share of errors found over the share of labels looked at: 0.5 is chance. Intervals are by the worker
who gave a label, or the item.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from paired_runs import PEERS, peer_python, print_rows, side_by_side, worker
from simulated_errors import Flags, class_conditional, spoilt_boxes

from groundkeeper import label_files
from groundkeeper.core.estimates import Estimate, Resampling
from groundkeeper.core.label_errors.calibrated import calibrate, random_part, stands_for
from groundkeeper.core.label_errors.confident import confident, disagreement
from groundkeeper.core.label_errors.found import area, share_wrong_of_first
from groundkeeper.core.label_errors.objects import ObjectError, Thresholds, object_errors
from groundkeeper.core.label_errors.pooled import softmin
from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.core.label_errors.pruning import Pruning
from groundkeeper.core.label_errors.quality import Quality, quality
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.truth.dawid_skene import dawid_skene
from groundkeeper.core.truth.labels import code_labels

REFERENCE = "GROUNDKEEPER_REFERENCE"
SETS = ("D_Product", "D_PosSent", "S_Adult", "snow_rte")
HOW = Resampling(rounds=1000, seed=0, confidence=0.95)
PARTS = ("peer", "classes", "crowds", "objects")
SIZES = ((2_000, 5), (50_000, 10), (500_000, 20))
LOOKED, AT_RANDOM = 0.2, 0.2
"""Which part of the labels is looked at, and which part of that at random."""


def main() -> int:
    """Print the parts that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--peers", type=Path, default=PEERS)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for part in asked.only or PARTS:
        print(f"\n{part}")
        match part:
            case "peer":
                beside_peer(asked.peers, asked.rounds)
            case "classes":
                of_classes()
            case "crowds":
                of_crowds()
            case _:
                of_objects()
    return 0


def beside_peer(peers: Path, rounds: int) -> None:
    """Print which labels both sides find, and how long they take."""
    rows: list[tuple[str, ...]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        worker("own_label_errors.py") as ours,
        worker("peer_label_errors.py", peer_python("cleanlab", peers)) as theirs,
    ):
        for n, classes in SIZES:
            predicted, wrong = class_conditional(n, classes, 0.1, 2.5, seed=n)
            file = Path(folder) / f"{n}.npz"
            np.savez(file, label=predicted.label, probability=predicted.probability)
            small = Path(folder) / f"{SIZES[0][0]}.npz"
            for method in Pruning:
                out = Path(folder) / "found.npz"
                request = {
                    "work": "find",
                    "file": str(file),
                    "method": method.value,
                    "out": str(out),
                }
                ours.ask(**request)
                own = np.load(out)["wrong"]
                theirs.ask(**request)
                peer = np.load(out)["wrong"]
                request.pop("out")
                here, there = side_by_side(ours, theirs, rounds, str(small), **request)
                rows.append(
                    (
                        f"{n:,} x {classes} {method.value}",
                        f"{own.sum():,}",
                        f"{peer.sum():,}",
                        f"{(own & peer).sum() / max((own | peer).sum(), 1):.4f}",
                        f"{wrong[own].mean():.3f}",
                        f"{wrong[peer].mean():.3f}",
                        f"{own[wrong].mean():.3f}",
                        f"{peer[wrong].mean():.3f}",
                        f"{1000 * here.seconds:.1f}",
                        f"{1000 * there.seconds:.1f}",
                        f"{there.seconds / here.seconds:.1f}",
                    )
                )
    heads = (
        *("labels", "found", "peer", "shared", "right", "peer", "of all", "peer", "ms", "peer"),
        "times",
    )
    print_rows(heads, rows)


def of_classes() -> None:
    """Print how good the orders are where the noise of classes is simulated, sure models and doubtful ones."""
    rows: list[tuple[str, ...]] = []
    for share in (0.05, 0.2):
        for sharpness in (1.5, 2.5):
            predicted, wrong = class_conditional(5_000, 10, share, sharpness, seed=1)
            name = f"{share:.0%} wrong, classes {sharpness} apart"
            rows += list(_orders(name, predicted, wrong, None))
    print_rows(_HEADS, rows)


def of_crowds() -> None:
    """Print how good the orders are on labels of crowds with gold."""
    folder = os.environ.get(REFERENCE)
    if folder is None:
        print(f"{REFERENCE} names no folder; it has to have truth_inference/<set>: left out")
        return
    rows: list[tuple[str, ...]] = []
    for name in SETS:
        rows += _orders(name, *_one_label_each(Path(folder) / "truth_inference" / name))
    print_rows(_HEADS, rows)


_HEADS = (
    *("labels", "n", "wrong", "order", "area", "interval", "right of first", "sum of budget"),
    *("calibrated", "found"),
)


def _orders(
    name: str, predicted: Predicted, wrong: Flags, groups: Integers | None
) -> Iterator[tuple[str, ...]]:
    """Yield a row for each order: by each quality, by disagreement, by how unsure the model is, and at random."""
    chance = disagreement(predicted, confident(predicted))
    orders = {how.value: quality(predicted, how) for how in Quality}
    orders["disagreement"] = 1 - chance
    orders["confidence alone"] = predicted.probability.max(axis=1)
    orders["random"] = np.random.default_rng(0).random(len(wrong))
    for order, value in orders.items():
        whole = area(value, wrong, groups, HOW)
        first = share_wrong_of_first(value, wrong, int(wrong.sum()), groups, HOW)
        told = ["-", "-", "-"]
        if order == "disagreement":
            told = [f"{one:.0f}" for one in _of_budget(value, chance, wrong)]
        yield (
            name,
            f"{len(wrong):,}",
            f"{wrong.mean():.3f}",
            order,
            f"{whole.value:.3f}",
            _interval(whole),
            f"{first.value:.3f}",
            *told,
        )


def _of_budget(value: Floats, chance: Floats, wrong: Flags) -> tuple[float, float, float]:
    """Return what a budget has of disagreement, errors expected of it as calibrated by half of it, and those found.

    Of the whole budget a fifth is spent at random. What the first half finds, drawn in the same way, calibrates what is
    expected of the second.
    """
    n, budget = len(wrong), int(LOOKED * len(wrong))
    order = np.argsort(value, kind="stable")
    drawn = random_part(np.random.default_rng(1).random(n), order, budget // 2, AT_RANDOM)
    ranked = order[~drawn[order]]
    first = np.concatenate([ranked[: budget // 2 - drawn.sum()], np.flatnonzero(drawn)])
    second = ranked[budget // 2 - int(drawn.sum()) : budget - int(drawn.sum())]
    looked = np.zeros(n, dtype=np.bool_)
    looked[first] = True
    weights = stands_for(value, looked, drawn)[first]
    known = calibrate(value[first], wrong[first], None, weights).probability(value[second])
    return float(chance[second].sum()), float(known.sum()), float(wrong[second].sum())


def _one_label_each(folder: Path) -> tuple[Predicted, Flags, Integers]:
    """Return one label of each gold task, the prediction of the others, whether it is wrong, and who gave it."""
    table = label_files.read_labels(folder / "labels.csv")
    gold = label_files.read_gold(folder / "gold.csv", classes=table.classes())
    true = gold.set_index("task")["label"]
    rows = table.rows.dropna(subset=["label"]).sort_values(["task", "annotator"], ignore_index=True)
    rng = np.random.default_rng(0)
    rows = rows.iloc[rng.permutation(len(rows))]
    taken = rows.drop_duplicates("task").set_index("task")
    others = rows[rows.duplicated("task")].sort_index()
    classes = table.classes()
    inferred = dawid_skene(code_labels(others, classes=classes))
    dense = inferred.posterior.dense(len(classes))
    place = {str(task): row for row, task in enumerate(inferred.labels.tasks)}
    tasks = sorted(set(true.index) & set(place))
    codes = {name: code for code, name in enumerate(classes)}
    tasks = [task for task in tasks if true[task] in codes]
    given = np.array([codes[taken["label"][task]] for task in tasks])
    probability = dense[[place[task] for task in tasks]]
    known = ~np.isnan(probability).any(axis=1)
    wrong = given != np.array([codes[true[task]] for task in tasks])
    who = np.unique(taken["annotator"][tasks].to_numpy(dtype=str), return_inverse=True)[1]
    return Predicted(given[known], probability[known]), wrong[known], who[known]


def of_objects() -> None:
    """Print how good the orders of objects and items are where boxes are dropped, swapped and shifted."""
    made = spoilt_boxes(3_000, 5, seed=0)
    found = object_errors(made.truth, made.said, made.near, made.confidence, Thresholds())
    rows: list[tuple[str, ...]] = []
    for place, kind in enumerate(ObjectError):
        here = found.kind == place
        if kind is ObjectError.UNSEEN:
            continue
        wrong = (
            made.dropped[found.said[here]]
            if kind is ObjectError.OVERLOOKED
            else made.error[found.truth[here]] == place
        )
        total = int(
            made.dropped.sum() if kind is ObjectError.OVERLOOKED else (made.error == place).sum()
        )
        unit, value = found.unit[here], found.quality[here]
        first = min(100, int(here.sum()))
        rows.append(
            (
                kind.value,
                f"{here.sum():,}",
                f"{wrong.mean():.3f}",
                f"{wrong.sum() / total:.3f}",
                _figure(area(value, wrong, unit, HOW)),
                _figure(share_wrong_of_first(value, wrong, first, unit, HOW)),
            )
        )
    print_rows(("claims", "n", "right", "of all errors", "area", "right of first 100"), rows)
    told = found.kind != list(ObjectError).index(ObjectError.UNSEEN)
    pooled = np.nan_to_num(softmin(found.quality[told], found.unit[told], made.items), nan=1.0)
    n = np.bincount(made.said.unit, minlength=made.items)
    mean = np.bincount(made.said.unit, made.confidence, minlength=made.items) / np.maximum(n, 1)
    orders = {
        "pooled quality": pooled,
        "confidence alone": np.where(n > 0, mean, 1.0),
        "most objects first": -np.bincount(made.truth.unit, minlength=made.items).astype(float),
        "random": np.random.default_rng(0).random(made.items),
    }
    wrong = made.wrong_items
    rows = [
        (
            name,
            f"{made.items:,}",
            f"{wrong.mean():.3f}",
            _figure(area(value, wrong, None, HOW)),
            _figure(share_wrong_of_first(value, wrong, 300, None, HOW)),
        )
        for name, value in orders.items()
    ]
    print_rows(("items by", "n", "wrong", "area", "right of first 300"), rows)


def _figure(found: Estimate) -> str:
    return f"{found.value:.3f} {_interval(found)}"


def _interval(found: Estimate) -> str:
    return "-" if np.isnan(found.low) else f"{found.low:.3f} to {found.high:.3f}"


if __name__ == "__main__":
    sys.exit(main())
