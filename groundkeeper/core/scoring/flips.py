"""Which doubtful records could turn a ranking round: what settling each of them could do to a lead.

A lead of one who is scored over the next is a difference of two ratios of sums, and a record that turns out otherwise
moves both. Who is matched with a record is taken to stay matched with it: what it does to its neighbours, and to what
touches it without being alike enough, is not in its move. So the moves say where to look first, and nothing about what
all records together can do: whether a lead is safe is told by the bounds of both scores (``is_safe``), which follow
every ending that the engine can come to.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import Counts
from groundkeeper.core.scoring.bounds.object_bounds import PERHAPS_UNDEFINED

UNMATCHED: Final = -1
"""The subject says nothing that is this record."""
VANISHED: Final = -3
IGNORED: Final = -4
ANOTHER: Final = -5
"""What a record may turn out to be that is no class of those scored: nothing, nobody's business, any other class."""

WORTH: Final = {
    "f1": {"correct": (2, 2), "mismatch": (0, 2), "missing": (0, 1), "extra": (0, 1)},
    "precision": {"correct": (1, 1), "mismatch": (0, 1), "missing": (0, 0), "extra": (0, 1)},
    "recall": {"correct": (1, 1), "mismatch": (0, 1), "missing": (0, 1), "extra": (0, 0)},
}
"""What every outcome adds above and below the line of each measure."""

ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Doubts:
    """n records that may turn out otherwise, and what each of s subjects makes of them.

    Attributes
    ----------
    said
        The class that each subject says the record is, or ``UNMATCHED``, int64 [n, s]. All of them answered its item.
    stands
        Its class as it stands, ``VANISHED`` if it rather is nothing, int64 [n].
    is_open
        Whether it is pending or stale; if not, it is in the scores as it stands, bool [n].
    """

    said: Counts
    stands: Counts
    is_open: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """How one subject leads over another, and which records could change it.

    Attributes
    ----------
    first, second
        Places of the subjects in the ranking's order of names.
    gap
        The score of the first less that of the second, as they stand.
    lowest
        What the gap is if one record turns out as badly for it as it can, float64 [n].
    move
        How much of the gap that takes, float64 [n].
    order
        Records by *move*, the largest first, int64 [n].
    """

    first: int
    second: int
    gap: float
    lowest: npt.NDArray[np.float64]
    move: npt.NDArray[np.float64]
    order: Counts

    @property
    def is_tie(self) -> bool:
        """Whether both have the same score, so that neither leads."""
        return self.gap <= ROUNDING


def ranking(sums: Counts, names: list[str]) -> list[int]:
    """Return the places of those who have a score, the best first, equal ones by name; *sums* is [s, 2].

    Examples
    --------
    >>> ranking(np.array([[1, 2], [3, 4], [0, 0]]), ["ada", "bob", "eve"])
    [1, 0]
    """
    known = [place for place in range(len(names)) if sums[place, 1]]
    return sorted(known, key=lambda place: (-sums[place, 0] / sums[place, 1], names[place]))


def standing(settled: Counts, doubts: Doubts, measure: str) -> Counts:
    """Return what is above and below the line of everybody as it stands, int64 [s, 2].

    Parameters
    ----------
    settled : int64 [s, 2]
        What is in no doubt.
    doubts : Doubts
        The others: those that are not open are in the scores as they stand.
    measure : str
        One of ``WORTH``.

    Examples
    --------
    One record is settled, and doubted; one is pending:

    >>> doubts = Doubts(np.zeros((2, 1), dtype=np.int64), np.zeros(2, dtype=np.int64), np.array([False, True]))
    >>> standing(np.array([[8, 10]]), doubts, "recall").tolist()
    [[9, 11]]
    """
    counted = ~doubts.is_open[:, None]
    added = [
        (_as_it_stands(doubts, who, measure) * counted).sum(axis=0) for who in range(len(settled))
    ]
    return settled + np.array(added, dtype=np.int64).reshape(settled.shape)


def lead(
    settled: Counts, doubts: Doubts, pair: tuple[int, int], measure: str, priority: Counts
) -> Lead:
    """Return how the first of a *pair* of subjects leads, and which records could change it.

    Parameters
    ----------
    settled : int64 [s, 2]
        What is above and below the line of each subject, of all that is in no doubt.
    doubts : Doubts
        The others.
    pair : (int, int)
        Places of two subjects.
    measure : str
        One of ``WORTH``.
    priority : int64 [n]
        Of records that move the lead alike, the smallest is first.

    Examples
    --------
    Of ten objects one finds eight, the other seven. Three records are pending, and the other alone found them:

    >>> settled = np.array([[8, 10], [7, 10]])
    >>> doubts = Doubts(np.array([[UNMATCHED, 0]] * 3), np.zeros(3, dtype=np.int64), np.ones(3, dtype=bool))
    >>> found = lead(settled, doubts, (0, 1), "recall", np.arange(3))
    >>> round(found.gap, 3), found.move.round(3).tolist()
    (0.1, [0.1, 0.1, 0.1])
    """
    options = np.stack([_options(doubts, pair, who, measure) for who in pair])
    as_it_stands = np.stack([_as_it_stands(doubts, who, measure) for who in pair])
    now = standing(settled, doubts, measure)[list(pair)]
    gap = _gap(now[0], now[1])
    without = now[:, None] - as_it_stands * ~doubts.is_open[None, :, None]
    turned = without[:, :, None] + options
    after = np.stack([_divided(each[..., 0], each[..., 1]) for each in turned])
    lowest = np.fmin.reduce(after[0] - after[1], axis=1) if len(doubts.stands) else np.zeros(0)
    lowest = np.fmin(lowest, gap)
    move = np.where(gap - lowest > ROUNDING, gap - lowest, 0.0)
    order = np.lexsort((priority, -move))
    return Lead(*pair, gap, lowest, move, order.astype(np.int64))


def _options(doubts: Doubts, pair: tuple[int, int], who: int, measure: str) -> Counts:
    """Return what each way in which a record may turn out adds to the sums of *who*, int64 [n, ways, 2]."""
    n = len(doubts.stands)
    kinds = [np.full(n, kind, dtype=np.int64) for kind in (VANISHED, IGNORED, ANOTHER)]
    said = [doubts.said[:, one] for one in pair]
    known = [np.where(each >= 0, each, ANOTHER) for each in (*said, doubts.stands)]
    ways = [_worth(doubts.said[:, who], way, measure) for way in (*kinds, *known)]
    return np.stack(ways, axis=1)


def _as_it_stands(doubts: Doubts, who: int, measure: str) -> Counts:
    return _worth(doubts.said[:, who], doubts.stands, measure)


def _worth(said: Counts, truth: Counts, measure: str) -> Counts:
    """Return what records that are *truth* add to the sums of one who says *said*, int64 [n, 2]."""
    matched, there = said >= 0, (truth >= 0) | (truth == ANOTHER)
    cases = {
        "correct": matched & (said == truth),
        "mismatch": matched & there & (said != truth),
        "missing": (said == UNMATCHED) & there,
        "extra": matched & (truth == VANISHED),
    }
    found = np.zeros((len(said), 2), dtype=np.int64)
    for outcome, chosen in cases.items():
        found[chosen] = WORTH[measure][outcome]
    return found


def _gap(first: Counts, second: Counts) -> float:
    return float(_divided(first[0], first[1]) - _divided(second[0], second[1]))


def _divided(part: Counts, whole: Counts) -> npt.NDArray[np.float64]:
    """Return the ratios, nan where there is nothing below the line."""
    known = np.asarray(whole) > 0
    return np.where(known, part / np.where(known, whole, 1), np.nan)


def is_safe(
    bounds: pd.DataFrame, first: str, second: str, measure: str, whole: Collection[str]
) -> bool:
    """Whether *first* stays before *second* whatever comes of all that is pending or stale in the items of both.

    It does if its smallest possible score is above the largest of the other. What is not shown by that is not safe: the
    two depend on the same records, so a lead can be safe though their bounds overlap.

    Parameters
    ----------
    bounds : DataFrame
        The table of this name.
    first, second : str
        Who leads whom.
    measure : str
        What is ranked by.
    whole : collection of str
        Of whom the bounds are over the same items as the ranking.

    Examples
    --------
    >>> of_both = {"subject": ["a", "b"], "low": [0.8, 0.5], "high": [0.9, 0.7]}
    >>> bounds = pd.DataFrame(of_both).assign(measure="f1", note="")
    >>> is_safe(bounds, "a", "b", "f1", {"a", "b"}), is_safe(bounds, "a", "b", "f1", {"a"})
    (True, False)
    """
    if not {first, second} <= set(whole):
        return False
    of_measure = bounds[bounds["measure"] == measure].set_index("subject")
    if not {first, second} <= set(of_measure.index):
        return False
    both = of_measure.loc[[first, second]]
    if both["note"].str.contains(PERHAPS_UNDEFINED, regex=False).any():
        return False
    return bool(both["low"].iloc[0] > both["high"].iloc[1] + ROUNDING)


def flip_table(leads: list[Lead], names: list[str], records: pd.DataFrame) -> pd.DataFrame:
    """Return one row per lead and record that could shorten it, the largest move first.

    Parameters
    ----------
    leads : list of Lead
        Of neighbours in a ranking.
    names : list of str
        Of the subjects.
    records : DataFrame
        The records in doubt, in their order: ``record_id, item_id, status, doubt`` and what the plan says of them.

    Returns
    -------
    DataFrame
        The columns of *records*, then ``first, second`` (who leads whom), ``gap``, ``lowest`` (what is left of it),
        ``move``, ``of_gap`` (the share of the gap that is, infinite if there is none), ``flips`` (whether this record
        alone can turn it round) and ``place`` among the records of this lead, from 1.
    """
    parts = []
    for each in leads:
        chosen = each.order[each.move[each.order] > 0]
        move = each.move[chosen]
        parts.append(
            records.iloc[chosen].assign(
                first=names[each.first],
                second=names[each.second],
                gap=each.gap,
                lowest=each.lowest[chosen],
                move=move,
                of_gap=move / each.gap if each.gap > 0 else np.inf,
                flips=each.lowest[chosen] < -ROUNDING,
                place=np.arange(1, len(chosen) + 1),
            )
        )
    if not parts:
        return records.iloc[:0]
    return by_share_of_lead(pd.concat(parts, ignore_index=True))


def by_share_of_lead(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one ``flip_table`` or of several, those first that take the largest share of a lead."""
    return table.sort_values(
        ["of_gap", "priority", "record_id", "first"],
        ascending=[False, False, True, True],
        na_position="last",
        ignore_index=True,
    )
