"""Published accuracies of truth inference beside ours, on the same labels and the same gold.

    GROUNDKEEPER_REFERENCE=FOLDER python benchmarks/truth_published.py

FOLDER has ``truth_inference/<set>/labels.csv`` (task, worker, label) and ``gold.csv`` (task, label). Each figure is a
share of the gold tasks that have labels; how many have none stands beside it. Where classes tie, majority is right in
expectation: ties are split evenly.

References
----------
Zheng, Li, Li, Shan and Cheng (2017), Truth inference in crowdsourcing: is the problem solved?, PVLDB 10(5), 541-552,
doi:10.14778/3055540.3055547, table 6: a gold task without labels counts as a random guess.
Ustalov, Pavlichenko and Tseitlin (2021), Learning from crowds with Crowd-Kit, arXiv:2109.08584.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paired_runs import print_rows

from groundkeeper import label_files
from groundkeeper.core.truth import methods
from groundkeeper.core.truth.against_gold import AgainstGold, against_gold
from groundkeeper.core.truth.dawid_skene import CROWD_KIT, PVLDB_2017
from groundkeeper.core.truth.labels import Labels, code_labels

REFERENCE = "GROUNDKEEPER_REFERENCE"
ALLOWED = 0.005
"""By how much an accuracy may differ from a published one."""
HEADS = ("set", "method", "published", "ours", "interval", "gold", "labelled", "as", "differs by")


@dataclass(frozen=True)
class Published:
    """One published accuracy: of which set, by which method with which options, and whether it is over all gold."""

    dataset: str
    method: str
    accuracy: float
    source: str
    options: tuple[tuple[str, object], ...] = ()
    over_all_gold: bool = False


_PVLDB = tuple(PVLDB_2017.items())
_CROWD_KIT = tuple(CROWD_KIT.items())
ZHENG, USTALOV = "PVLDB 2017", "Crowd-Kit"
AGAIN = "PVLDB's rules"
"""Not in the paper: measured by its rules."""
PUBLISHED = (
    Published("D_Product", "majority", 0.8966, ZHENG),
    Published("D_PosSent", "majority", 0.9331, ZHENG),
    Published("S_Adult", "majority", 0.3604, ZHENG, over_all_gold=True),
    Published("snow_rte", "majority", 0.8969, AGAIN),
    Published("D_Product", "dawid_skene", 0.9366, ZHENG, _PVLDB),
    Published("D_PosSent", "dawid_skene", 0.9600, ZHENG, _PVLDB),
    Published("S_Adult", "dawid_skene", 0.3605, ZHENG, _PVLDB, over_all_gold=True),
    Published("snow_rte", "dawid_skene", 0.9275, AGAIN, _PVLDB),
    Published("D_Product", "majority", 0.897, USTALOV),
    Published("D_PosSent", "majority", 0.932, USTALOV),
    Published("S_Adult", "majority", 0.763, USTALOV),
    Published("D_Product", "dawid_skene", 0.940, USTALOV, _CROWD_KIT),
    Published("D_PosSent", "dawid_skene", 0.960, USTALOV, _CROWD_KIT),
    Published("S_Adult", "dawid_skene", 0.748, USTALOV, _CROWD_KIT),
    Published("D_Product", "glad", 0.928, USTALOV),
    Published("D_PosSent", "glad", 0.948, USTALOV),
    Published("S_Adult", "glad", 0.760, USTALOV),
    Published("D_Product", "mace", 0.929, USTALOV),
    Published("D_PosSent", "mace", 0.950, USTALOV),
    Published("S_Adult", "mace", 0.763, USTALOV),
)


def reference() -> Path | None:
    """Return the folder of the sets, or None where none is named."""
    named = os.environ.get(REFERENCE)
    return Path(named) / "truth_inference" if named else None


def read(folder: Path, dataset: str) -> Labels:
    """Return the labels of a set."""
    table = label_files.read_labels(folder / dataset / "labels.csv")
    return code_labels(table.rows, classes=table.classes())


def measure(folder: Path, published: Published) -> AgainstGold:
    """Return what gold says of the method on the set that *published* is of."""
    inferred = methods.infer(
        published.method, read(folder, published.dataset), **dict(published.options)
    )
    return against_gold(inferred, label_files.read_gold(folder / published.dataset / "gold.csv"))


def accuracy(published: Published, found: AgainstGold) -> float:
    """Return the accuracy as the source counts it."""
    return found.if_guessed if published.over_all_gold else found.accuracy.value


def main() -> int:
    """Print published figures beside ours; return 1 if one differs by more than is allowed."""
    folder = reference()
    if folder is None:
        sys.exit(f"error: {REFERENCE} names no folder; it has to have truth_inference/<set>")
    rows = list(_rows(folder))
    print_rows(HEADS, rows)
    far = sum(abs(float(row[-1])) > 100 * ALLOWED for row in rows)
    print(f"{len(rows) - far} of {len(rows)} within {100 * ALLOWED:g} points of what is published")
    return int(far > 0)


def _rows(folder: Path) -> Iterator[tuple[str, ...]]:
    for one in PUBLISHED:
        found = measure(folder, one)
        ours, interval = accuracy(one, found), found.accuracy
        yield (
            one.dataset,
            one.method,
            f"{100 * one.accuracy:.2f}",
            f"{100 * ours:.2f}",
            "-" if one.over_all_gold else f"{100 * interval.low:.1f} to {100 * interval.high:.1f}",
            f"{found.gold_tasks:,}",
            f"{found.labelled:,}",
            f"{one.source}{', all gold' if one.over_all_gold else ''}",
            f"{100 * (ours - one.accuracy):+.2f}",
        )


if __name__ == "__main__":
    sys.exit(main())
