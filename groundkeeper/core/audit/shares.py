"""Which share of the readings differs, arm by arm, and on how many independent readings that rests."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import FEWEST_GROUPS, Floats, divide


def shares(readings: pd.DataFrame, by: Sequence[str], event: str) -> pd.DataFrame:
    """Return the weighted share of the readings with an *event*, for each combination of the columns *by*.

    Parameters
    ----------
    readings : DataFrame
        One row per reading: the columns *by*, ``group_id``, ``inclusion_probability`` and *event*, a boolean.
        Readings of which the event is missing are not counted.
    by : sequence of str
        Such as stratum and arm.
    event : str
        Name of the column.

    Returns
    -------
    DataFrame
        Indexed by *by*, sorted: ``share``, in [0, 1]; ``n`` readings; ``groups``; ``effective_n``, the number of
        independent readings that say as much. That is n over the design effect of the linearised variance between
        groups; at most n, and at least what it would be if the readings of one group were always alike. Where there
        are fewer than ``estimates.FEWEST_GROUPS`` groups, or where all readings are the same, nothing tells how much
        those of a group are alike, and it is the least.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.7: the weighted mean.
    Kish (1965), Survey Sampling, section 8.2: the design effect.

    Examples
    --------
    Two readings of each of twenty patients, alike within every patient:

    >>> rows = pd.DataFrame({"arm": "new", "group_id": np.repeat(np.arange(20), 2)})
    >>> rows = rows.assign(inclusion_probability=0.5, differs=rows["group_id"] < 5)
    >>> shares(rows, ["arm"], "differs").reset_index().to_dict("records")
    [{'arm': 'new', 'share': 0.25, 'n': 40, 'groups': 20, 'effective_n': 20.0}]
    """
    known = readings[readings[event].notna()]
    cells = known.groupby(list(by), sort=True)
    cell: npt.NDArray[np.intp] = np.asarray(cells.ngroup(), dtype=np.intp)
    weight = 1 / known["inclusion_probability"].to_numpy(dtype=np.float64)
    happened = known[event].to_numpy(dtype=np.float64)
    count = cells.ngroups
    total = np.bincount(cell, weight, count)
    share: Floats = np.bincount(cell, weight * happened, count) / total
    group, cell_of_group = _groups(cell, known["group_id"])
    influence = weight * (happened - share[cell]) / total[cell]
    moved: Floats = np.square(np.bincount(group, influence, len(cell_of_group)))
    weighed = np.square(np.bincount(group, weight, len(cell_of_group)))
    groups: Floats = np.bincount(cell_of_group, minlength=count).astype(np.float64)
    variance: Floats = np.bincount(cell_of_group, moved, count) * divide(groups, groups - 1)
    least: Floats = total**2 / np.bincount(cell_of_group, weighed, count)
    found = cells.size().to_frame("n").astype("int64")
    most = np.maximum(found["n"].to_numpy(dtype=np.float64), least)
    by_variance = divide(share * (1 - share), variance)
    tells = (groups >= FEWEST_GROUPS) & (by_variance > 0)
    effective = np.where(tells, np.clip(by_variance, least, most), least)
    found = found.assign(share=share, groups=groups.astype(np.int64), effective_n=effective)
    return found[["share", "n", "groups", "effective_n"]]


def _groups(
    cell: npt.NDArray[np.intp], group_id: pd.Series
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the number of each reading's group within its cell, and the cell of each of these groups."""
    names, known = pd.factorize(group_id, sort=True)
    keys, group = np.unique(cell * max(1, len(known)) + names, return_inverse=True)
    return group, keys // max(1, len(known))
