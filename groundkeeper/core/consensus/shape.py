"""One region out of several experts' regions."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from groundkeeper.core.geometry import Geometries, polygonal


def majority_region(parts: pd.DataFrame, voters: pd.Series) -> pd.DataFrame:
    """Return, frame by frame, the region that at least half of a record's voters drew.

    A voter who drew nothing in a frame votes against every point of it. With an even number of voters a tie
    counts as inside: the 50 % consensus that is common for LIDC.

    Parameters
    ----------
    parts : DataFrame
        One row per record, voter and frame: ``record_id, frame, geometry`` (valid shapely polygons, px).
    voters : Series
        Number of voters of each record, indexed by ``record_id``.

    Returns
    -------
    DataFrame
        One row per record and frame in which such a region exists: ``record_id, frame, geometry``, in that
        order. A record may be left without any row: its voters then drew no common point.

    Examples
    --------
    >>> drawn = pd.DataFrame({"record_id": ["n"] * 3, "frame": [0] * 3})
    >>> drawn["geometry"] = [shapely.box(0, 0, 4, 1), shapely.box(2, 0, 6, 1), shapely.box(3, 0, 9, 1)]
    >>> majority_region(drawn, pd.Series({"n": 3}))["geometry"].map(lambda g: g.bounds).tolist()
    [(2.0, 0.0, 6.0, 1.0)]
    """
    columns = ["record_id", "frame", "geometry"]
    keys = ["record_id", "frame"]
    needed = np.ceil(parts["record_id"].map(voters) / 2).astype("int64")
    drawn = parts.groupby(keys)["geometry"].transform("size")
    enough = parts[columns].assign(needed=needed)[(drawn >= needed).to_numpy()]
    if enough.empty:
        return parts[columns].iloc[:0].reset_index(drop=True)
    order = np.argsort(shapely.to_wkb(enough["geometry"].to_numpy(dtype=object)), kind="stable")
    enough = enough.iloc[order].sort_values(keys, kind="stable")
    frames = enough.drop_duplicates(keys)[[*keys, "needed"]].reset_index(drop=True)
    group = np.asarray(enough.groupby(keys, sort=True).ngroup())
    rank = np.asarray(enough.groupby(keys).cumcount())
    shapes = enough["geometry"].to_numpy(dtype=object)
    frames["geometry"] = _covered_at_least(shapes, group, rank, frames["needed"].to_numpy())
    found: pd.DataFrame = frames[~shapely.is_empty(frames["geometry"].to_numpy(dtype=object))]
    return found[columns].reset_index(drop=True)


def _covered_at_least(
    shapes: Geometries,
    group: npt.NDArray[np.int64],
    rank: npt.NDArray[np.int64],
    needed: npt.NDArray[np.int64],
) -> Geometries:
    """Return the region of each group that at least ``needed[group]`` of its shapes cover, shape (groups,).

    ``depth[j]`` is the region that at least j + 1 of the shapes seen so far cover. A further shape lifts what it
    shares with ``depth[j - 1]`` into ``depth[j]``; all groups take their next shape together.
    """
    size, deepest = len(needed), int(needed.max())
    depth = [np.full(size, shapely.Polygon(), dtype=object) for _ in range(deepest)]
    for turn in range(int(rank.max()) + 1):
        now = rank == turn
        at, shape = group[now], shapes[now]
        for level in range(min(turn, deepest - 1), -1, -1):
            lifted = (
                polygonal(shapely.intersection(depth[level - 1][at], shape)) if level else shape
            )
            depth[level][at] = shapely.union(depth[level][at], lifted)
    return polygonal(np.stack(depth)[needed - 1, np.arange(size)])
