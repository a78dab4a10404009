"""A good partition of a component of alike shapes: groups are joined, then improved annotator by annotator."""

from typing import Final

from groundkeeper.core.compiled import inner
from groundkeeper.core.shapes.clustering.assignment_kernels import assign
from groundkeeper.core.shapes.clustering.partition_rows import NOBODY, Graph, Room
from groundkeeper.core.shapes.drawn import EXACTNESS

SIMILAR: Final = 1 << 12
"""How many pairs of one label are worth as much as the least difference of similarity."""

WHOLE: Final = EXACTNESS * SIMILAR
"""What two shapes that are the same are worth in one record, and what two cost that have nothing in common."""


@inner
def join(graph: Graph, room: Room, component: int) -> bool:
    """Put groups together along their pairs, those with most worth first, where that gains; return whether it did."""
    group, size, has, cell = room.group, room.size, room.has, graph.cell
    _line_up(graph, room, component)
    joined = False
    for pair in range(graph.pair_begin[component], graph.pair_begin[component + 1]):
        one, two = group[graph.left[pair]], group[graph.right[pair]]
        if one == two:
            continue
        if size[two] > size[one]:
            one, two = two, one
        if _together(graph, room, one, two) <= 0:
            continue
        joined = True
        shape = room.head[two]
        while shape != NOBODY:
            group[shape] = one
            has[cell[one] + graph.annotator[shape]] = 1
            shape = room.follower[shape]
        room.follower[room.tail[one]] = room.head[two]
        room.tail[one] = room.tail[two]
        size[one] += size[two]
        size[two] = 0
    return joined


@inner
def _line_up(graph: Graph, room: Room, component: int) -> None:
    """Write the shapes of each group as a chain, how many there are, and of which annotators."""
    low, high = graph.begin[component], graph.begin[component + 1]
    for place in range(graph.cell[low], graph.cell[high]):
        room.has[place] = 0
    for number in range(low, high):
        room.head[number] = room.follower[number] = NOBODY
        room.size[number] = 0
    for shape in range(low, high):
        found = room.group[shape]
        if room.head[found] == NOBODY:
            room.head[found] = shape
        else:
            room.follower[room.tail[found]] = shape
        room.tail[found] = shape
        room.size[found] += 1
        room.has[graph.cell[found] + graph.annotator[shape]] = 1


@inner
def _together(graph: Graph, room: Room, one: int, two: int) -> int:
    """Return what is gained if two groups are put together, 0 where somebody has a shape in both."""
    shape = room.head[two]
    while shape != NOBODY:
        if room.has[graph.cell[one] + graph.annotator[shape]] == 1:
            return 0
        shape = room.follower[shape]
    gained = -WHOLE * room.size[one] * room.size[two]
    shape = room.head[two]
    while shape != NOBODY:
        for near in range(graph.start[shape], graph.start[shape + 1]):
            if room.group[graph.other[near]] == one:
                gained += WHOLE + graph.weight[near]
        shape = room.follower[shape]
    return gained


@inner
def improve(graph: Graph, room: Room, component: int) -> None:
    """Take out one annotator's shapes after the other and put them back in the best way, until nothing is gained."""
    size, free = room.size, room.free
    low, high = graph.begin[component], graph.begin[component + 1]
    spare = low
    for group in range(low, high):
        if size[group] == 0:
            free[spare] = group
            spare += 1
    begin, end = graph.share_at[component], graph.share_at[component + 1] - 1
    share, idle = begin, 0
    while idle < end - begin:
        gained, spare = _put_back(graph, room, share, spare)
        idle = 0 if gained > 0 else idle + 1
        share = share + 1 if share + 1 < end else begin


@inner
def _put_back(graph: Graph, room: Room, share: int, spare: int) -> tuple[int, int]:
    """Put the shapes of one annotator where they are worth most; return what that gained, and where ``free`` ends."""
    group, size, free = room.group, room.size, room.free
    mate = room.mate
    first, last = graph.share[share], graph.share[share + 1]
    for place in range(first, last):
        size[group[graph.by_annotator[place]]] -= 1
    before, columns = _choices(graph, room, first, last)
    assign(room, last - first, columns)
    after = _gained(room, last - first)
    if after > before:
        for place in range(first, last):
            left = group[graph.by_annotator[place]]
            if size[left] == 0:
                free[spare] = left
                spare += 1
        for place in range(first, last):
            shape = graph.by_annotator[place]
            column = mate[place - first]
            if column == NOBODY:
                spare -= 1
                group[shape] = free[spare]
            else:
                group[shape] = room.known[column]
    for place in range(first, last):
        size[group[graph.by_annotator[place]]] += 1
    return after - before, spare


@inner
def _gained(room: Room, rows: int) -> int:
    """Return the gain of all rows with their mates."""
    gained = 0
    for row in range(rows):
        for choice in range(room.row[row], room.row[row + 1]):
            if room.column[choice] == room.mate[row]:
                gained += room.gain[choice]
    return gained


@inner
def _choices(graph: Graph, room: Room, first: int, last: int) -> tuple[int, int]:
    """Write which groups the shapes taken out may join and what it gains; return what they had, and how many groups.

    Groups are numbered as they are met; ``known`` tells which they are.
    """
    slot, known = room.slot, room.known
    before = columns = choice = 0
    room.row[0] = 0
    for place in range(first, last):
        shape = graph.by_annotator[place]
        groups = _gains(graph, room, shape)
        before += room.sum[room.group[shape]]
        for which in range(groups):
            found = room.touched[which]
            room.met[found] = 0
            if room.sum[found] <= 0:
                continue
            if slot[found] == 0:
                known[columns] = found
                columns += 1
                slot[found] = columns
            room.column[choice] = slot[found] - 1
            room.gain[choice] = room.sum[found]
            choice += 1
        room.row[place - first + 1] = choice
    for column in range(columns):
        slot[known[column]] = 0
    return before, columns


@inner
def _gains(graph: Graph, room: Room, shape: int) -> int:
    """Write what *shape*, taken out, gains where it was and in the groups of its neighbours; return how many these are.

    Where it was comes in any case: it may have no neighbour there.
    """
    group, size, met, gained = room.group, room.size, room.met, room.sum
    home = group[shape]
    room.touched[0], groups = home, 1
    met[home], gained[home] = 1, -WHOLE * size[home]
    for near in range(graph.start[shape], graph.start[shape + 1]):
        found = group[graph.other[near]]
        if met[found] == 0:
            room.touched[groups] = found
            groups += 1
            met[found], gained[found] = 1, -WHOLE * size[found]
        gained[found] += WHOLE + graph.weight[near]
    return groups
