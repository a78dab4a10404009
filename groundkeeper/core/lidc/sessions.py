"""Which marks of a scan were made in one reading session, told from their order, their names and their nodules.

The file lists the marks of a scan session by session, without saying where one ends. Three things tell:

* a reader marks a nodule once, with few exceptions, so a session has ended where a nodule comes again;
* every reading software names marks in its own way: ``Nodule 001``, ``IL057_127736``, ``12321``, so a session has
  ended where the way of naming changes;
* a session's numbers run close together, so a wide jump speaks for an end and a narrow one against it.

The ends are chosen together, by dynamic programming, so that all three are satisfied as well as they can be with no
more sessions than the scan had.
"""

import itertools
import math
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

EVEN_JUMP = 10_000
"""Jump between the numbers of two successive marks that speaks neither for nor against an end of session."""

OTHER_NAMING = 10.0
"""Evidence of a change in naming: more than any jump of numbers has (a jump of 10 ** n weighs n - 4)."""

REPEATED_NODULE = 5.0
"""Evidence of a nodule that comes again: more than the narrowest jump has against an end (4)."""

_NAME = re.compile(r"(.*?)(\d*)", re.DOTALL)


def infer_sessions(
    mark_ids: Sequence[int],
    names: Sequence[str],
    nodules: Sequence[int],
    sessions: int,
) -> npt.NDArray[np.int64]:
    """Return the session that each mark of one scan was made in, shape (n,), counted from 1 in the order of ids.

    Which marks share a session is what is inferred. The numbers only tell sessions apart: a session without marks
    leaves no trace, so where there are fewer sessions with marks than *sessions*, the empty ones get the last numbers.

    Parameters
    ----------
    mark_ids : sequence of int
        Ids that run session by session, in any order here.
    names : sequence of str
        What each reader called the mark, such as ``IL057_127736``.
    nodules : sequence of int
        Physical nodule that each mark means, from ``link_marks``.
    sessions : int
        How many sessions the scan had, at least 1.

    Raises
    ------
    ValueError
        If *sessions* is less than 1, or the sequences differ in length.

    Examples
    --------
    The second reader marks both nodules of the first, the third names marks in another way:

    >>> names = ["12321", "12325", "12329", "12330", "Nodule 001"]
    >>> infer_sessions([1, 2, 3, 4, 5], names, [0, 1, 0, 1, 2], sessions=4)
    array([1, 1, 2, 2, 3])

    With one session less, the weakest of the ends is given up:

    >>> infer_sessions([1, 2, 3, 4, 5], names, [0, 1, 0, 1, 2], sessions=2)
    array([1, 1, 1, 1, 2])
    """
    if sessions < 1:
        message = f"sessions is {sessions}; a scan has at least 1"
        raise ValueError(message)
    if not len(mark_ids) == len(names) == len(nodules):
        message = f"{len(mark_ids)} ids, {len(names)} names, {len(nodules)} nodules: need one each per mark"
        raise ValueError(message)
    order = sorted(range(len(mark_ids)), key=mark_ids.__getitem__)
    starts = _best_starts([names[i] for i in order], [nodules[i] for i in order], sessions)
    result = np.zeros(len(order), dtype=np.int64)
    result[order] = np.searchsorted(starts, np.arange(len(order)), side="right")
    return result


def end_evidence(name: str, following: str) -> float:
    """Return how strongly two successive names speak for an end of session between them; negative is against.

    Examples
    --------
    >>> end_evidence("12321", "12329") < 0 < end_evidence("12329", "103")
    True
    >>> end_evidence("IL057_127736", "MI014_18032")
    10.0
    """
    naming, number = _split(name)
    next_naming, next_number = _split(following)
    if naming != next_naming:
        return OTHER_NAMING
    return math.log10(max(abs(number - next_number), 1) / EVEN_JUMP)


def _split(name: str) -> tuple[str, int]:
    """Return the way of naming and the number of a name, such as ``("Nodule ", 1)``; no number counts as 0."""
    match = _NAME.fullmatch(name.strip())
    naming, digits = match.groups() if match else (name, "")
    return naming, int(digits or 0)


def _best_starts(names: Sequence[str], nodules: Sequence[int], sessions: int) -> list[int]:
    """Return the positions at which the sessions of the best division start, ascending; the first is 0.

    Among divisions that are equally good the one with the fewest sessions is taken, and then the earliest ends.
    """
    evidence = [0.0, *(end_evidence(*pair) for pair in itertools.pairwise(names))]
    count = len(names)
    # best[j] is the score of the best division of the first j marks into k sessions, and its starts.
    unreached: tuple[float, list[int]] = (-math.inf, [])
    best: list[tuple[float, list[int]]] = [(0.0, []), *[unreached] * count]
    found = unreached
    for _ in range(min(sessions, count)):
        following = [unreached] * (count + 1)
        for start in range(count):
            score, starts = best[start]
            if score == -math.inf:
                continue
            score += evidence[start]
            seen: set[int] = set()
            for end in range(start + 1, count + 1):
                if nodules[end - 1] in seen:
                    score -= REPEATED_NODULE
                seen.add(nodules[end - 1])
                if score > following[end][0]:
                    following[end] = (score, [*starts, start])
        best = following
        found = max(found, best[count], key=lambda division: division[0])
    return found[1]
