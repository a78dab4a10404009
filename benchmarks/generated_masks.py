"""Masks that several people draw of one round thing: smooth outlines, a little larger, smaller or beside it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

SEED = 5
VOTERS = 5
SIDE = 512
"""Rows and columns of a picture, px."""
LEAST, MOST = 20, 120
"""Radius of what is drawn, px."""
ASIDE = 3
"""Standard deviation of its centre and of its radius, px."""


def write_masks(path: Path, tasks: int) -> None:
    """Write ``dense``, bool [tasks, VOTERS, SIDE, SIDE], to *path*."""
    np.savez(path, dense=generated(tasks))


def generated(tasks: int) -> npt.NDArray[np.bool_]:
    """Return masks, bool [tasks, VOTERS, SIDE, SIDE]; the same for the same number of tasks."""
    rng = np.random.default_rng(SEED)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    found = np.empty((tasks, VOTERS, SIDE, SIDE), np.bool_)
    for task in range(tasks):
        centre, radius = rng.uniform(MOST, SIDE - MOST, 2), rng.uniform(LEAST, MOST)
        for voter in range(VOTERS):
            row, column = centre + rng.normal(0, ASIDE, 2)
            drawn = radius + rng.normal(0, ASIDE)
            # An outline that a hand draws: it goes in and out a few times on its way around.
            angle = np.arctan2(rows - row, columns - column)
            wave = ASIDE * np.sin(rng.integers(3, 9) * angle + rng.uniform(0, 2 * np.pi))
            found[task, voter] = np.hypot(rows - row, columns - column) < drawn + wave
    return found
