"""Optimal one-to-one matching of what was drawn with what is there."""

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Floats


def match(candidates: pd.DataFrame, at_least: float) -> pd.DataFrame:
    """Return the candidates that match: each side used once, the total IoU as large as it can be.

    Parameters
    ----------
    candidates : DataFrame
        One row per pair that overlaps: ``left, right, iou`` and any other columns.
    at_least : float
        Smallest IoU of a match, itself included.

    Returns
    -------
    DataFrame
        The rows that were chosen, sorted by ``left``. Among equally good choices the one that the ids'
        order leads to, whatever the order of the rows.

    Examples
    --------
    Matching a with x first would leave b alone:

    >>> pairs = pd.DataFrame({"left": ["a", "a", "b"], "right": ["x", "y", "x"]})
    >>> pairs["iou"] = [0.8, 0.7, 0.6]
    >>> match(pairs, 0.5)[["left", "right"]].to_numpy().tolist()
    [['a', 'y'], ['b', 'x']]
    """
    near = candidates[candidates["iou"] >= at_least].sort_values(["left", "right"])
    near = near.reset_index(drop=True)
    chosen = [row for rows in _components(near) for row in _best(near, rows)]
    return near.loc[sorted(chosen)].reset_index(drop=True)


def assign(worth: Floats) -> list[int]:
    """Return for each row the column it is given, -1 for none, so that the summed worth is largest.

    The Hungarian method with potentials: O(rows^2 columns). A worth of 0 is no match.

    Parameters
    ----------
    worth : float[rows, columns]
        Non-negative.

    References
    ----------
    Kuhn (1955), The Hungarian method for the assignment problem,
    https://doi.org/10.1002/nav.3800020109; in the form of Jonker and Volgenant (1987),
    https://doi.org/10.1007/BF02278710: shortest augmenting paths.

    Examples
    --------
    >>> assign(np.array([[0.8, 0.7], [0.6, 0.0]]))
    [1, 0]
    """
    rows, columns = worth.shape
    if rows > columns:
        columns_given = assign(worth.T)
        given = {row: column for column, row in enumerate(columns_given) if row >= 0}
        return [given.get(row, -1) for row in range(rows)]
    of_row, of_column = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)
    for row in range(rows):
        _augment(row, -worth, of_row, of_column, owner)
    given = {row: c for c, row in enumerate(owner.tolist()) if row >= 0 and worth[row, c] > 0}
    return [given.get(row, -1) for row in range(rows)]


def _augment(
    start: int,
    cost: Floats,
    of_row: Floats,
    of_column: Floats,
    owner: np.ndarray[tuple[int], np.dtype[np.intp]],
) -> None:
    """Give row *start* a column along the cheapest augmenting path; potentials and owners are updated."""
    columns = cost.shape[1]
    distance, before = np.full(columns, np.inf), np.full(columns, -1)
    done = np.zeros(columns, dtype=np.bool_)
    row, column, reached = start, -1, 0.0
    while True:
        through = reached + cost[row] - of_row[row] - of_column
        closer = ~done & (through < distance)
        distance[closer], before[closer] = through[closer], column
        column = int(np.argmin(np.where(done, np.inf, distance)))
        reached, done[column] = float(distance[column]), True
        if owner[column] < 0:
            break
        row = int(owner[column])
    settled = done & (owner >= 0)
    of_row[owner[settled]] += reached - distance[settled]
    of_row[start] += reached
    of_column[done] -= reached - distance[done]
    while before[column] >= 0:
        owner[column] = owner[before[column]]
        column = int(before[column])
    owner[column] = start


def _components(near: pd.DataFrame) -> list[list[int]]:
    """Return the rows of *near* in groups that share neither a left nor a right with one another."""
    lefts = pd.factorize(near["left"])[0]
    rights = pd.factorize(near["right"])[0] + (lefts.max(initial=-1) + 1)
    root = list(range(int(rights.max(initial=-1)) + 1))

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for left, right in zip(lefts.tolist(), rights.tolist(), strict=True):
        root[find(right)] = find(left)
    groups: dict[int, list[int]] = {}
    for row, left in enumerate(lefts.tolist()):
        groups.setdefault(find(left), []).append(row)
    return list(groups.values())


def _best(near: pd.DataFrame, rows: list[int]) -> list[int]:
    """Return those of the *rows*, one component of *near*, that match."""
    if len(rows) == 1:
        return rows
    part = near.loc[rows]
    lefts, left_ids = pd.factorize(part["left"], sort=True)
    rights, right_ids = pd.factorize(part["right"], sort=True)
    worth = np.zeros((len(left_ids), len(right_ids)))
    worth[lefts, rights] = part["iou"]
    given = assign(worth)
    return [
        row
        for row, left, right in zip(rows, lefts.tolist(), rights.tolist(), strict=True)
        if given[left] == right
    ]
