"""Every best matching of a few objects: where several are equally good, nobody can know which one will be chosen."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

TIE: Final = 1e-7
"""Sums of similarity that are nearer are the same: an engine that rounds each to a part in 2^30 may choose either."""

Pairs: TypeAlias = tuple[tuple[int, int], ...]


def best_matchings(alike: Mapping[int, Sequence[tuple[int, float]]]) -> list[Pairs]:
    """Return every one-to-one matching whose summed similarity is the largest there is, as (left, right) pairs.

    Parameters
    ----------
    alike : mapping
        Of each object on the left, those on the right it can be matched with and how alike they are, above 0.

    Examples
    --------
    Matching 0 with 7 first would leave 1 alone; of two that are equally near, either may be chosen:

    >>> best_matchings({0: [(7, 0.8), (8, 0.7)], 1: [(7, 0.6)]})
    [((0, 8), (1, 7))]
    >>> best_matchings({0: [(7, 0.5), (8, 0.5)]})
    [((0, 7),), ((0, 8),)]
    """
    left = sorted(place for place, others in alike.items() if others)
    reach = [0.0]
    for place in reversed(left):
        reach.append(reach[-1] + max(similarity for _, similarity in alike[place]))
    reach.reverse()
    found: list[tuple[float, Pairs]] = []
    best = 0.0

    def walk(depth: int, used: frozenset[int], total: float, pairs: Pairs) -> None:
        nonlocal best
        if total + reach[depth] < best - TIE:
            return
        if depth == len(left):
            best = max(best, total)
            found.append((total, pairs))
            return
        place = left[depth]
        for other, similarity in sorted(alike[place]):
            if other not in used:
                walk(depth + 1, used | {other}, total + similarity, (*pairs, (place, other)))
        walk(depth + 1, used, total, pairs)

    walk(0, frozenset(), 0.0, ())
    return sorted({pairs for total, pairs in found if total >= best - TIE})
