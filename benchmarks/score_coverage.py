"""How often the intervals of scores hold: simulated gold in groups, few or many, unequal, and more or less alike.

    python benchmarks/score_coverage.py          a hundred sets of gold of each design
    python benchmarks/score_coverage.py 400      as many as are named

What is simulated is in ``simulated_scores.py``. The percentile bootstrap of groups is beside each interval, from a
tenth as many sets of gold. An interval of 95 % holds if at most 5 % of the sets have one without the score that is
true: of every score, for each number of groups and for each range of design effects, over all such designs. Two cases
are beyond what a sample can tell, and stand apart: what hardly was drawn, and is unlike the rest; and groups that fail
and are far larger than the others.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from simulated_scores import (
    BEYOND_THE_SAMPLE,
    CONFIDENCE,
    FAILING,
    SIMULATED,
    Design,
    Simulated,
)

from groundkeeper.core.estimates import Floats, Resampling

CHANCE = 3.5
"""By so many standard deviations a row may fall below the nominal rate: one of a hundred runs would by chance."""
BEYOND = 0.8
"""What is asked where a sample cannot tell, which the documentation states."""
RESAMPLES = 400
FEWER = 10
"""Of so many sets of gold one is also resampled, which takes long."""
ROUNDING = 1e-12


class Coverage(NamedTuple):
    """What the intervals of one design did: how often they hold, how wide they are, and what the bootstrap did."""

    holds: float
    width: float
    bootstrap_holds: float
    bootstrap_width: float
    design_effect: float


def coverage(
    simulated: Simulated, design: Design, sets: int, rng: np.random.Generator, every: int = 0
) -> Coverage:
    """Return what the intervals of so many simulated sets of gold did; one of *every* is also resampled, if any."""
    drawn = []
    for number in range(sets):
        how = Resampling(RESAMPLES, number, CONFIDENCE) if every and number % every == 0 else None
        drawn.append(simulated(design, rng, how))
    limits = np.array([(gold.found.low, gold.found.high, gold.truth) for gold in drawn])
    resampled = [(*gold.bootstrap, gold.truth) for gold in drawn if gold.bootstrap is not None]
    units = np.mean([gold.found.n for gold in drawn])
    tells = np.mean([gold.found.effective_n for gold in drawn])
    return Coverage(
        *_held(limits), *_held(np.array(resampled).reshape(-1, 3)), float(units / tells)
    )


def _held(limits: Floats) -> tuple[float, float]:
    """Return how often the truth is within the limits, which it is not where there are none, and their mean width."""
    low, high, truth = limits.T
    is_there = ~np.isnan(low)
    within = (low - ROUNDING <= truth) & (truth <= high + ROUNDING)
    return _mean(within.astype(np.float64)), _mean((high - low)[is_there])


def _mean(values: Floats) -> float:
    """Return the mean of those that are there; nan if none is."""
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else math.nan


DESIGNS = tuple(
    Design(groups, size, alike)
    for groups in (10, 20, 40, 80, 200)
    for size in (1, 5, 20)
    for alike in ((0.0,) if size == 1 else (0.0, 0.1, 0.3, 0.6))
)
FEW = tuple(Design(groups, 5, 0.0) for groups in (10, 15, 20, 30, 50, 80, 200))
"""The designs of groups that fail, whose sizes are their own."""
FEW_TIMES = 5
"""Of each of them there are so many times as many sets of gold: they are few."""
EFFECTS = (1.0, 1.2, 2.0, 4.0, math.inf)
"""Where one row of design effects ends and the next begins."""
HEADS = "designs | holds: mean  least | width | bootstrap holds: mean  width"


def rows(found: dict[Design, Coverage]) -> Iterator[tuple[str, list[Coverage]]]:
    """Yield the designs of each number of groups, and those of each range of design effects, with what to call them."""
    for groups in sorted({design.groups for design in found}):
        name = f"{groups} groups"
        yield name, [of for design, of in found.items() if design.groups == groups]
    for least, most in pairwise(EFFECTS):
        name = f"design effect to {most}" if math.isfinite(most) else f"design effect over {least}"
        within = [of for of in found.values() if least <= max(1.0, of.design_effect) < most]
        if within:
            yield name, within


def printed(name: str, of: Sequence[Coverage]) -> str:
    """Return a row of the table."""
    table = np.array(of)
    holds, width, bootstrap, narrower, _ = (_mean(column) for column in table.T)
    return (
        f"  {name:24} {len(of):7} | {holds:11.3f} {table[:, 0].min():6.3f} | {width:5.3f} |"
        f" {bootstrap:21.3f} {narrower:6.3f}"
    )


def main() -> int:
    """Print the tables; 1 if fewer intervals of a row hold than can be by chance."""
    parser = argparse.ArgumentParser(description="How often the intervals of scores hold.")
    parser.add_argument("sets", nargs="?", type=int, default=100)
    sets = parser.parse_args().sets
    too_few = []
    for name, simulated in (SIMULATED | FAILING | BEYOND_THE_SAMPLE).items():
        designs, of_each = (FEW, FEW_TIMES * sets) if name in FAILING else (DESIGNS, sets)
        found = {
            design: coverage(simulated, design, of_each, np.random.default_rng(number), FEWER)
            for number, design in enumerate(designs)
        }
        print(f"{name:26} {HEADS}", flush=True)
        for row, of in rows(found):
            print(printed(row, of))
            if _mean(np.array([each.holds for each in of])) < least(name, of_each * len(of)):
                too_few.append(f"{name}, {row}")
    print("fewer hold than may by chance:", "; ".join(too_few) or "nowhere")
    return int(bool(too_few))


def least(name: str, intervals: int) -> float:
    """Return how many of so many *intervals* of the score with *name* have to hold, as a share.

    Examples
    --------
    >>> round(least("f1", 900), 3)
    0.925
    """
    if name in BEYOND_THE_SAMPLE:
        return BEYOND
    return CONFIDENCE - CHANCE * math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / intervals)


if __name__ == "__main__":
    sys.exit(main())
