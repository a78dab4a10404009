"""From shapes that were put together to how many experts found each object, alone or with one other."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundkeeper.core.completeness.unseen import Stratum
from groundkeeper.core.estimates import Floats
from groundkeeper.core.shapes.drawn import Clusters, Drawn, Integers
from groundkeeper.core.shapes.merge import lookers

PAIR = 2
"""The fewest experts of whom one can find what the other missed."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the experts found, object by object, with the items put together that equally many experts read.

    Attributes
    ----------
    item : int64[objects]
        The item of each object.
    contributions : float64[objects, k]
        What each object adds to the sums of ``unseen``; nothing where one expert alone read its item, of whom nobody
        knows what she missed.
    strata : tuple of Stratum
        By the number of experts, ascending.
    """

    item: Integers
    contributions: Floats
    strata: tuple[Stratum, ...]


def found_by_how_many(drawn: Drawn, clusters: Clusters, *, known: bool) -> Found:
    """Return how many experts found each object.

    Parameters
    ----------
    drawn : Drawn
        Who drew what, and who read an item and drew nothing.
    clusters : Clusters
        Which shapes are one object.
    known : bool
        Whether an annotator is the same person on every item. Experts are told apart in the items that equally many
        read, if these were the same ones on all of them.

    Examples
    --------
    Two experts read two items; both find the first object, the second expert alone finds another.

    >>> drawn = Drawn(*np.array([[0, 0, 1], [0, 1, 1], [0, 0, 0]]), np.array([1]), np.array([0]))
    >>> found = found_by_how_many(drawn, Clusters(np.array([0, 0, 1]), np.ones(2, bool)), known=True)
    >>> found.contributions.tolist()
    [[1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]]
    >>> found.strata
    (Stratum(experts=2, told_apart=True, alone=slice(1, 3, None), twice=3),)
    """
    reader_of, reader = lookers(drawn)
    readers = np.bincount(reader_of)
    item = clusters.items(drawn)
    votes = np.bincount(clusters.record, minlength=len(clusters))
    first = np.zeros(len(clusters), dtype=np.int64)
    first[clusters.record] = drawn.annotator
    experts = readers[item] if len(readers) else item
    columns: list[npt.NDArray[np.bool_]] = [experts >= PAIR]
    strata = []
    for count in np.unique(readers[readers >= PAIR]).tolist():
        panel = np.unique(reader[readers[reader_of] == count])
        told_apart = known and len(panel) == count
        here = experts == count
        alone = here & (votes == 1)
        of_each = [alone & (first == who) for who in panel] if told_apart else [alone]
        start = len(columns)
        columns += [*of_each, here & (votes == PAIR)]
        twice = start + len(of_each)
        strata.append(Stratum(count, told_apart, slice(start, twice), twice))
    return Found(item, np.column_stack(columns).astype(np.float64), tuple(strata))
