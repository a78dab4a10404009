"""The assignment of rows to columns with the largest gain, and the prices that prove it: plain Python, or compiled.

References
----------
H. W. Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 83 (1955),
doi:10.1002/nav.3800020109.
R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
Computing 38, 325 (1987), doi:10.1007/BF02278710.
"""

from groundkeeper.core.compiled import inner
from groundkeeper.core.shapes.clustering.partition_rows import NOBODY, Room


@inner
def assign(room: Room, rows: int, columns: int) -> None:
    """Give each row the column, or none, so that the gain of all is largest; write mates and dual prices.

    ``price[row] + worth[column]`` is never below the gain, and equal to it for mates; who has no mate has 0.
    """
    for column in range(columns):
        room.taken[column] = room.through[column] = NOBODY
        room.worth[column] = 0
    for row in range(rows):
        room.mate[row] = NOBODY
        price = 0
        for choice in range(room.row[row], room.row[row + 1]):
            price = max(price, room.gain[choice] - room.worth[room.column[choice]])
        room.price[row] = price
        _place(room, row)


@inner
def _place(room: Room, row: int) -> None:
    """Go from *row* to the nearest column that is free, or row that may go without, and shift mates along the way."""
    price, taken, far, reached = room.price, room.taken, room.far, room.reached
    at, way, settled, seen = row, 0, 0, 0
    least, alone, chosen = price[row], row, NOBODY
    while True:
        seen = _reach(room, at, way, seen)
        if settled == seen:
            break
        nearest = settled
        for place in range(settled + 1, seen):
            if far[reached[place]] < far[reached[nearest]]:
                nearest = place
        column = reached[nearest]
        if far[column] > least:
            break
        if taken[column] == NOBODY:
            chosen, least = column, far[column]
            break
        reached[nearest], reached[settled] = reached[settled], column
        settled += 1
        at, way = taken[column], far[column]
        if way + price[at] < least:
            least, alone = way + price[at], at
    price[row] -= least
    for place in range(settled):
        column = reached[place]
        room.worth[column] += least - far[column]
        price[taken[column]] -= least - far[column]
    _shift(room, alone, chosen)
    for place in range(seen):
        room.through[reached[place]] = NOBODY


@inner
def _reach(room: Room, row: int, way: int, seen: int) -> int:
    """Look from *row*, which is *way* far, at its columns; return how many were reached so far."""
    far, through = room.far, room.through
    for choice in range(room.row[row], room.row[row + 1]):
        column = room.column[choice]
        here = way + room.price[row] + room.worth[column] - room.gain[choice]
        if through[column] == NOBODY:
            room.reached[seen] = column
            seen += 1
            far[column] = here
            through[column] = row
        elif here < far[column]:
            far[column] = here
            through[column] = row
    return seen


@inner
def _shift(room: Room, alone: int, column: int) -> None:
    """Give *column*, or that of the row that goes without, to whom the way comes from, theirs to the one before ..."""
    mate = room.mate
    if column == NOBODY:
        column = mate[alone]
        mate[alone] = NOBODY
    while column != NOBODY:
        row = room.through[column]
        room.taken[column] = row
        mate[row], column = column, mate[row]
