"""How long agreement takes beside krippendorff, statsmodels and irrCAC: same ratings, same answers, one core, in turn.

    python benchmarks/agreement_speed.py                      a thousand to a million units
    python benchmarks/agreement_speed.py --sizes 1000 100000 --rounds 5

`make peers` installs the peers first. Alpha is of reliability data, a row a rater and a column a unit, in which every
unit has two to six ratings; `counted` is the same when it is known already how many ratings of each class a unit has.
Fleiss' kappa, here with its standard error, is of counts of five ratings a unit and statsmodels. AC1 and Conger's kappa
are irrCAC's, with their standard errors. All are warm. Medians and their ratio are told. At the end: what an interval
takes, a thousand bootstrap rounds over all units.

Exit status 1: a target was missed, or answers differ by more than 1e-9.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from generated_labels import write_ratings
from paired_runs import PEERS, peer_python, print_rows, side_by_side, worker

HEADS = (
    "coefficient",
    "units",
    "ours s",
    "peer s",
    "times",
    "target",
    "ours MB",
    "peer MB",
    "differ",
)
WORKS = {
    "alpha nominal": {"work": "alpha", "level": "nominal"},
    "alpha ordinal": {"work": "alpha", "level": "ordinal"},
    "alpha interval": {"work": "alpha", "level": "interval"},
    "alpha nominal, counted": {"work": "alpha_counted", "level": "nominal"},
    "Fleiss' kappa": {"work": "fleiss"},
    "Gwet's AC1": {"work": "gwet"},
    "Conger's kappa": {"work": "conger"},
}
OF_IRRCAC = frozenset({"Gwet's AC1", "Conger's kappa"})
MOST_OF_IRRCAC = 100_000
"""Units."""
TARGETS = {"alpha nominal": 30.0, "alpha ordinal": 30.0, "alpha interval": 30.0}
TARGET_SIZE = 1_000_000
"""From this many units on the targets hold; few units take microseconds of calls."""
ALLOWED = 1e-9
SIZES = (1_000, 10_000, 100_000, 1_000_000)
SMALL = 10_000
"""Units of the run before the first: enough for what is compiled to be called."""
ROUNDS_S = 0.5
"""Seconds that an interval of a million units may take."""


def main() -> int:
    """Print the comparison; return 1 if a target was missed or answers differ."""
    asked = _asked()
    peers = {name: peer_python(name, asked.peers) for name in ("crowdkit", "irrcac")}
    rows: list[tuple[str, ...]] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for units in asked.sizes:
            for name in WORKS:
                if name in OF_IRRCAC and units > MOST_OF_IRRCAC:
                    continue
                python = peers["irrcac" if name in OF_IRRCAC else "crowdkit"]
                row, wrong = compare(name, units, asked.rounds, python, Path(folder))
                rows.append(row)
                failed += wrong
        print_rows(HEADS, rows)
        failed += intervals(asked.sizes, Path(folder))
    for reason in failed:
        print(f"failed: {reason}")
    return int(bool(failed))


def compare(
    name: str, units: int, rounds: int, python: Path, folder: Path
) -> tuple[tuple[str, ...], list[str]]:
    """Return the row of one coefficient at one size, and what of it failed."""
    gaps = name != "Fleiss' kappa"
    file, small = (_ratings(folder, size, gaps=gaps) for size in (units, SMALL))
    request = WORKS[name] | {"file": str(file)}
    with worker("own_worker.py") as own, worker("peer_worker.py", python) as peer:
        one, other = side_by_side(own, peer, rounds, str(small), **request)
    times = other.seconds / one.seconds
    told = [word for word in ("value", "se") if word in other.answer]
    differ = max(abs(one.answer[word] - other.answer[word]) for word in told)
    target = TARGETS.get(name) if units >= TARGET_SIZE else None
    failed = []
    if target and times < target:
        failed.append(f"{name} {units:,}: {times:.0f} times, the target is {target:g}")
    if not differ <= ALLOWED:
        failed.append(f"{name} {units:,}: answers differ by {differ:.3g}, allowed is {ALLOWED:g}")
    row = (
        name,
        f"{units:,}",
        f"{one.seconds:.5f}",
        f"{other.seconds:.4f}",
        f"{times:.0f}",
        f"{target:g}" if target else "-",
        f"{one.added_mb:.0f}",
        f"{other.added_mb:.0f}",
        f"{differ:.1e}",
    )
    return row, failed


def intervals(sizes: list[int], folder: Path) -> list[str]:
    """Print what a bootstrap interval of alpha takes, and return what took too long."""
    failed = []
    with worker("own_worker.py") as own:
        for units in sizes:
            request = {"work": "interval", "file": str(_ratings(folder, units, gaps=True))}
            own.ask(**request)
            found = own.ask(**request)
            seconds = found["seconds"]
            print(
                f"1,000 bootstrap rounds of alpha over {units:,} units: {seconds:.3f} s, "
                f"{found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]; "
                f"{found['added_mb']:.0f} MB; at most {ROUNDS_S:g} s for {TARGET_SIZE:,}"
            )
            if units >= TARGET_SIZE and seconds > ROUNDS_S:
                failed.append(f"interval {units:,}: {seconds:.2f} s, the target is {ROUNDS_S:g}")
    return failed


def _ratings(folder: Path, units: int, *, gaps: bool) -> Path:
    path = folder / f"{units}-{'gaps' if gaps else 'all'}.npz"
    if not path.exists():
        write_ratings(path, units, gaps=gaps)
    return path


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", metavar="UNITS", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=PEERS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
