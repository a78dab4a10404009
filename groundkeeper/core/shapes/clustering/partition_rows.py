"""What is known of components of alike shapes, and the room to work in, as rows of whole numbers.

A row is a list where Python runs a kernel and an array where it is compiled.
"""

from collections.abc import MutableSequence
from typing import NamedTuple, TypeAlias

Row: TypeAlias = MutableSequence[int]

NOBODY = -1


class Graph(NamedTuple):
    """Components of alike shapes, shapes numbered through all components in the order of their ranks.

    Attributes
    ----------
    begin
        First shape of each component, and the end [components + 1].
    annotator
        Who drew each shape, numbered from 0 in its component [shapes].
    turn
        Its number among the shapes of its annotator in its component [shapes].
    cell
        Where its row in tables of shapes by annotators begins, and the end [shapes + 1].
    by_annotator
        Shapes of each component, annotator by annotator [shapes].
    share, share_at
        Where each annotator's part of ``by_annotator`` begins, and its end; and where these numbers begin for each
        component [components + annotators of all components], [components + 1].
    start, other, weight
        Where the neighbours of a shape begin [shapes + 1], who they are, ascending, and what it is worth to have them
        in one record, which may be below 0 [2 * pairs]. Two shapes that are no neighbours cost ``WHOLE``.
    pair_begin, left, right
        Where those pairs of each component begin that are worth something [components + 1], and their shapes, most
        worth first [such pairs].
    """

    begin: Row
    annotator: Row
    turn: Row
    cell: Row
    by_annotator: Row
    share: Row
    share_at: Row
    start: Row
    other: Row
    weight: Row
    pair_begin: Row
    left: Row
    right: Row


class Room(NamedTuple):
    """Rows to work in, of zeros at first.

    Attributes
    ----------
    group, size, free
        The group of each shape, how many shapes each has, and numbers of groups that are free.
    head, tail, follower
        The first and the last shape of each group, and the next after each shape.
    met, sum, touched, slot, known
        Of groups, while shapes look at their neighbours.
    row, column, gain
        An assignment: where the choices of each row begin, which columns they are, and their gain.
    price, worth, mate, taken
        Its dual prices of rows and of columns, the column of each row and the row of each column.
    far, through, reached
        Of columns, while a row looks for its own.
    dual, last, has
        Tables of shapes by annotators: what it costs at least to go without that annotator, the last neighbour by it
        with whom it is worth something to be, and whether a group has a shape of it.
    option, loss, options, tried, given
        The search: the groups that a shape may join and what each gives away, how many there are and how many were
        tried, and what was given away before.
    best
        The best partition so far.
    """

    group: Row
    size: Row
    free: Row
    head: Row
    tail: Row
    follower: Row
    met: Row
    sum: Row
    touched: Row
    slot: Row
    known: Row
    row: Row
    column: Row
    gain: Row
    price: Row
    worth: Row
    mate: Row
    taken: Row
    far: Row
    through: Row
    reached: Row
    dual: Row
    last: Row
    has: Row
    option: Row
    loss: Row
    options: Row
    tried: Row
    given: Row
    best: Row
