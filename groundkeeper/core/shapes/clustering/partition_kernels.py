"""The best partition of each component of alike shapes into records: plain Python that may also be compiled.

Nothing here knows arrays: places in flat rows of whole numbers are read and written one at a time, so that the same
lines run on lists without numba and on arrays with it, and both give the same partition bit for bit.

Three steps. First, each two annotators' shapes are assigned by themselves, as if what is unlike cost nothing: the sum
of these assignments is a bound, and their dual prices say of every decision how much of the bound it gives away. Then a
good partition is assembled pair by pair, the most alike first, and improved annotator by annotator: all shapes of one
are taken out and put back in the best way, which is an assignment. Last, shapes are placed one by one in the order of
their ranks, the lowest record first, and whatever gives away more than the partition at hand is left out. What is found
first among the best therefore has the lowest ranks.

References
----------
M. Groetschel, Y. Wakabayashi, "A cutting plane algorithm for a clustering problem", Mathematical Programming 45, 59
(1989), doi:10.1007/BF01589097: the problem of clique partitioning.
N. Bansal, A. Blum, S. Chawla, "Correlation clustering", Machine Learning 56, 89 (2004),
doi:10.1023/B:MACH.0000033116.57574.95: what is alike counts for a cluster, and what is unlike against it.
"""

from typing import Final

from groundkeeper.core.compiled import inner, kernel
from groundkeeper.core.shapes.clustering.assembly_kernels import WHOLE, improve, join
from groundkeeper.core.shapes.clustering.assignment_kernels import assign
from groundkeeper.core.shapes.clustering.partition_rows import NOBODY, Graph, Room, Row

SEARCHED: Final = 256
"""In components with more shapes than this a good partition is not compared with all others."""


@kernel
def partition(  # noqa: PLR0913, PLR0917 - a kernel is handed rows, and asked for a part of the work
    graph: Graph, room: Room, exact: Row, first: int, effort: int, budget: int
) -> int:
    """Write the best partition of each component from *first* on into ``room.best``; return where it stopped.

    Of each shape the lowest shape of its group is told, of each component whether nothing is better. A component takes
    at most *effort* looks at shapes, and it stops after the component with which *budget* is spent.
    """
    components = len(graph.begin) - 1
    component = first
    spent = 0
    while component < components and spent <= budget:
        spent += _solve(graph, room, exact, component, effort)
        component += 1
    return component


@inner
def _solve(graph: Graph, room: Room, exact: Row, component: int, effort: int) -> int:
    """Partition one component; return about how many steps it took."""
    low, high = graph.begin[component], graph.begin[component + 1]
    for shape in range(low, high):
        room.group[shape] = shape
    bound = _bound(graph, room, component)
    gap = bound
    while gap > 0 and join(graph, room, component):
        gap = bound - _value(graph, room, low, high)
        if gap > 0:
            improve(graph, room, component)
            gap = bound - _value(graph, room, low, high)
    _tell(room.group, room.touched, room.best, low, high)
    looks = effort + 1
    if high - low <= SEARCHED:
        looks = _search(graph, room, component, gap, effort)
    # Without a gap nothing can be better, however far the search came.
    exact[component] = 1 if looks <= effort or gap == 0 else 0
    # Every annotator looks at all neighbours, once for each other annotator and a few times more.
    annotators = graph.cell[low + 1] - graph.cell[low]
    return looks + annotators * (graph.start[high] - graph.start[low])


@inner
def _bound(graph: Graph, room: Room, component: int) -> int:
    """Return what each two annotators' shapes are worth, assigned by themselves; write the prices into ``dual``."""
    begin, end = graph.share_at[component], graph.share_at[component + 1] - 1
    by_annotator, dual, cell = graph.by_annotator, room.dual, graph.cell
    bound = 0
    for place in range(cell[graph.begin[component]], cell[graph.begin[component + 1]]):
        dual[place] = 0
    for one in range(end - begin):
        rows = graph.share[begin + one]
        for two in range(one + 1, end - begin):
            columns = graph.share[begin + two]
            of_rows, of_columns = (
                graph.share[begin + one + 1] - rows,
                graph.share[begin + two + 1] - columns,
            )
            choices = 0
            room.row[0] = 0
            for row in range(of_rows):
                shape = by_annotator[rows + row]
                for near in range(graph.start[shape], graph.start[shape + 1]):
                    if graph.annotator[graph.other[near]] == two and graph.weight[near] > 0:
                        room.column[choices] = graph.turn[graph.other[near]]
                        room.gain[choices] = graph.weight[near]
                        choices += 1
                room.row[row + 1] = choices
            assign(room, of_rows, of_columns)
            for row in range(of_rows):
                dual[cell[by_annotator[rows + row]] + two] = room.price[row]
                bound += room.price[row]
            for column in range(of_columns):
                dual[cell[by_annotator[columns + column]] + one] = room.worth[column]
                bound += room.worth[column]
    return bound


@inner
def _value(graph: Graph, room: Room, low: int, high: int) -> int:
    """Return what the pairs within groups are worth together."""
    twice = 0
    for shape in range(low, high):
        found = room.group[shape]
        twice -= WHOLE * (room.size[found] - 1)
        for near in range(graph.start[shape], graph.start[shape + 1]):
            if room.group[graph.other[near]] == found:
                twice += WHOLE + graph.weight[near]
    return twice // 2


@inner
def _tell(group: Row, lowest: Row, best: Row, low: int, high: int) -> None:
    """Write the lowest shape of its group for each shape; *lowest* is a row to work in."""
    for number in range(low, high):
        lowest[number] = NOBODY
    for shape in range(low, high):
        if lowest[group[shape]] == NOBODY:
            lowest[group[shape]] = shape
        best[shape] = lowest[group[shape]]


@inner
def _search(graph: Graph, room: Room, component: int, gap: int, effort: int) -> int:
    """Write the best partition of one component that gives away at most *gap*; return how often it looked at a shape.

    Once it did so more than *effort* times, what was found last stands.
    """
    group, size, has, given = room.group, room.size, room.has, room.given
    low, high = graph.begin[component], graph.begin[component + 1]
    _clear(graph, room, low, high)
    shape, groups, looks = low, low, 1
    given[low] = 0
    _weigh(graph, room, low, shape, groups)
    while shape >= low and gap >= 0 and looks <= effort:
        if room.tried[shape] == room.options[shape]:
            shape -= 1
            if shape >= low:
                groups -= _take_back(graph, room, shape)
            continue
        option = _options_at(shape - low) + room.tried[shape]
        room.tried[shape] += 1
        total = given[shape] + room.loss[option]
        if total > gap:
            continue
        joined = room.option[option]
        group[shape] = joined
        if shape + 1 == high:
            gap = total - 1
            _tell(group, room.touched, room.best, low, high)
            continue
        if joined == groups:
            groups += 1
        size[joined] += 1
        has[graph.cell[joined] + graph.annotator[shape]] = 1
        shape += 1
        given[shape] = total
        _weigh(graph, room, low, shape, groups)
        looks += shape - low + 1
    return looks


@inner
def _clear(graph: Graph, room: Room, low: int, high: int) -> None:
    """Take all shapes out of their groups, and write for each the last that it is worth something to be with."""
    for place in range(graph.cell[low], graph.cell[high]):
        room.has[place] = 0
        room.last[place] = NOBODY
    for shape in range(low, high):
        room.size[shape] = 0
        for near in range(graph.start[shape], graph.start[shape + 1]):
            if graph.weight[near] > 0:
                neighbour = graph.other[near]
                room.last[graph.cell[shape] + graph.annotator[neighbour]] = neighbour


@inner
def _take_back(graph: Graph, room: Room, shape: int) -> int:
    """Take *shape* out of its group; return how many groups are gone by that."""
    left = room.group[shape]
    room.size[left] -= 1
    room.has[graph.cell[left] + graph.annotator[shape]] = 0
    return 1 if room.size[left] == 0 else 0


@inner
def _options_at(place: int) -> int:
    """Return where the options of a shape begin that is so far from the first: each has one more than the last."""
    return place * (place + 1) // 2


@inner
def _weigh(graph: Graph, room: Room, low: int, shape: int, groups: int) -> None:
    """Write which groups *shape* may join, the lowest first, its own at last, and what each gives away.

    The price of a shape for an annotator is given away when the last is placed by that annotator with whom it is worth
    something to be, or when another shape by that annotator comes into the group before. What two in a group are worth
    is won back.
    """
    given_away, has, cell = room.sum, room.has, graph.cell
    mine, first = graph.annotator[shape], _options_at(shape - low)
    for found in range(low, groups + 1):
        given_away[found] = 0
    anyway = _of_members(graph, room, low, shape)
    for place in range(cell[shape], cell[shape + 1]):
        if room.last[place] < shape:
            anyway += room.dual[place]
    options = first
    for found in range(low, groups + 1):
        if has[cell[found] + mine] == 0:
            room.option[options] = found
            room.loss[options] = given_away[found] + anyway
            options += 1
    room.options[shape] = options - first
    room.tried[shape] = 0


@inner
def _of_members(graph: Graph, room: Room, low: int, shape: int) -> int:
    """Write what *shape* gives away with the members of each group; return what it gives away in any."""
    given_away, last, dual = room.sum, room.last, room.dual
    mine, own = graph.annotator[shape], graph.cell[shape]
    anyway = 0
    near = graph.start[shape]
    for member in range(low, shape):
        worth = -WHOLE
        if near < graph.start[shape + 1] and graph.other[near] == member:
            worth = graph.weight[near]
            near += 1
        found = room.group[member]
        if room.has[graph.cell[found] + mine] == 1:
            continue
        given_away[found] -= worth
        theirs, ours = graph.cell[member] + mine, own + graph.annotator[member]
        if last[theirs] == shape:
            anyway += dual[theirs]
        elif last[theirs] > shape:
            given_away[found] += dual[theirs]
        if last[ours] > shape:
            given_away[found] += dual[ours]
    return anyway
