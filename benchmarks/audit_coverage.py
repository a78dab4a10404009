"""How often the bounds of an audit hold: simulated audits of records in groups, whose readers are noisy.

    python benchmarks/audit_coverage.py          two thousand audits of each design
    python benchmarks/audit_coverage.py 200      as many as are named

Every audit is of another pool: patients with one to eight records, a fifth of which lie near a boundary that moved.
Missed changes are concentrated there, and so is noise; both are alike within patients. A bound of 95 % holds if at
most 5 % of the audits have one below the rate at which changes were missed.
"""

import argparse
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.audit import bounds
from groundkeeper.core.audit.arms import Arms, arms
from groundkeeper.core.binomial import lower_limit, upper_limit
from schemas.enums import Arm

CONFIDENCE = 0.95
HEADS = (
    "patients share missed noise | readings  missed traced difference | undimmed one-arm |"
    "    bias  bound traced"
)
NEAR_SHARE = 0.2
NEAR, FAR = "untouched/near", "untouched/far"
MORE_NEAR = {NEAR: 4.0, FAR: 0.25}
"""How much more often than on average changes are missed; 0.2 x 4 + 0.8 x 0.25 is 1."""
NOISIER_NEAR = {NEAR: 1.5, FAR: 0.875}
"""How much more often than on average a reading differs by noise; 0.2 x 1.5 + 0.8 x 0.875 is 1."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """What is simulated.

    Attributes
    ----------
    missed, noise
        Rate at which a change is missed, and at which a reading differs for no reason.
    groups
        Patients in the pool.
    share
        Of the records far from a boundary, the share that is drawn; of those near one it is four times as large.
    alike
        How alike the records of one patient are, as the correlation of what is missed and of the noise.
    """

    missed: float
    noise: float
    groups: int = 300
    share: float = 0.15
    alike: float = 0.3


DESIGNS = tuple(
    Design(missed, noise, groups, share)
    for groups, share in ((300, 0.15), (1000, 0.15), (60, 0.5))
    for noise in (0.0, 0.1, 0.2)
    for missed in (0.0, 0.01, 0.05)
)


def simulate(
    design: Design, audits: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tasks and the readings of so many audits, the number of the audit as their round."""
    sizes = rng.integers(1, 9, size=(audits, design.groups))
    group = np.repeat(np.arange(sizes.size), sizes.ravel())
    near = rng.random(len(group)) < NEAR_SHARE
    stratum = np.where(near, NEAR, FAR)
    chance = np.where(near, min(1.0, 4 * design.share), design.share)
    drawn = rng.random(len(group)) < chance
    group, stratum, chance = group[drawn], stratum[drawn], chance[drawn]
    is_missed = _alike(group, design.alike, rng) < design.missed * _of(stratum, MORE_NEAR)
    tasks = pd.DataFrame(
        {
            "round": group // design.groups,
            "stratum": stratum,
            "record_id": np.arange(len(group)),
            "group_id": group,
            "inclusion_probability": chance,
        }
    )
    noise = design.noise * _of(stratum, NOISIER_NEAR)
    latent = _alike(group, design.alike, rng)
    readings = []
    for arm in Arm:
        # A reading is noisy by what its record is like, and by chance.
        own = np.where(
            rng.random(len(group)) < np.sqrt(design.alike), latent, rng.random(len(group))
        )
        is_noise = own < noise
        truly = is_missed & (arm == Arm.NEW)
        told = tasks.assign(arm=str(arm), differs=truly ^ is_noise)
        readings.append(told.assign(traced=truly & ~is_noise))
    return tasks, pd.concat(readings, ignore_index=True)


def _of(stratum: npt.NDArray[np.str_], named: dict[str, float]) -> Floats:
    return np.where(stratum == NEAR, named[NEAR], named[FAR])


def _alike(group: npt.NDArray[np.intp], alike: float, rng: np.random.Generator) -> Floats:
    """Return uniform numbers of which two of one group are the same with probability *alike*."""
    names, place = np.unique(group, return_inverse=True)
    shared = rng.random(len(names))[place]
    return np.where(rng.random(len(group)) < np.sqrt(alike), shared, rng.random(len(group)))


@dataclass(frozen=True)
class Coverage:
    """What the bounds of simulated audits did.

    Attributes
    ----------
    missed, traced
        How often the bounds of these are not below the rate at which changes were missed.
    difference
        How often the interval of the difference has the difference that is there.
    not_undimmed
        How often the one-sided bound of the difference alone is not below that rate.
    one_arm
        How often the interval of the NEW arm alone has that rate.
    bias
        Mean of the difference less the difference that is there.
    bound, traced_bound
        Medians.
    readings
        Mean number.
    """

    missed: float
    traced: float
    difference: float
    not_undimmed: float
    one_arm: float
    bias: float
    bound: float
    traced_bound: float
    readings: float


def coverage(design: Design, audits: int, rng: np.random.Generator) -> Coverage:
    """Return what the bounds of so many simulated audits of a design did."""
    tasks, readings = simulate(design, audits, rng)
    found: Arms = arms(tasks, readings)
    two_sided = (1 + CONFIDENCE) / 2
    within = bounds.difference(found.new, found.old, found.weight, two_sided)
    at_most = bounds.difference(found.new, found.old, found.weight, CONFIDENCE).high
    missed = bounds.missed(found.new, found.old, found.weight, CONFIDENCE).high
    traced = bounds.traced(found.traced, found.old, found.weight, CONFIDENCE).high
    there = true_difference(design)
    naive = _one_arm(readings, two_sided)
    return Coverage(
        float((missed >= design.missed).mean()),
        float((traced >= design.missed).mean()),
        float(((within.low <= there) & (there <= within.high)).mean()),
        float((at_most >= design.missed).mean()),
        float(((naive[0] <= design.missed) & (design.missed <= naive[1])).mean()),
        float(np.nanmean(within.value)) - there,
        float(np.median(missed)),
        float(np.median(traced)),
        len(readings) / audits,
    )


def true_difference(design: Design) -> float:
    """Return the difference between the arms that noise leaves of what was missed."""
    return sum(
        share * design.missed * MORE_NEAR[name] * (1 - 2 * design.noise * NOISIER_NEAR[name])
        for name, share in ((NEAR, NEAR_SHARE), (FAR, 1 - NEAR_SHARE))
    )


def _one_arm(readings: pd.DataFrame, confidence: float) -> tuple[Floats, Floats]:
    """Return the exact limits of what differs in NEW, as if readings were records drawn alike and without noise."""
    alone = readings[readings["arm"] == Arm.NEW].groupby("round")["differs"].agg(["sum", "size"])
    events, trials = alone["sum"].to_numpy(), alone["size"].to_numpy()
    return lower_limit(events, trials, confidence), upper_limit(events, trials, confidence)


def main() -> int:
    """Print the table; 1 if a bound held in fewer audits than it should."""
    parser = argparse.ArgumentParser(description="How often the bounds of an audit hold.")
    parser.add_argument("audits", nargs="?", type=int, default=2000)
    audits = parser.parse_args().audits
    print(HEADS)
    least = 1.0
    for number, design in enumerate(DESIGNS):
        found = coverage(design, audits, np.random.default_rng(number))
        least = min(least, found.missed, found.traced, found.difference)
        print(
            f"{design.groups:8} {design.share:5} {design.missed:6} {design.noise:5} | {found.readings:8.0f} "
            f"{found.missed:7.3f} {found.traced:6.3f} {found.difference:10.3f} | {found.not_undimmed:8.3f} "
            f"{found.one_arm:7.3f} | {found.bias:+7.4f} {found.bound:6.3f} {found.traced_bound:6.3f}"
        )
    error = 3 * np.sqrt(CONFIDENCE * (1 - CONFIDENCE) / audits)
    return int(least < CONFIDENCE - error)


if __name__ == "__main__":
    sys.exit(main())
