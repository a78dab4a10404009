"""What moved a score: the model, the ground truth, or the guideline.

Two scores that were made over different ground truth and guideline are compared on a bridge set, whose predictions,
answers and rules are taken in all eight combinations of old and new. The difference is the sum of what each factor
does alone, the others being old, and of interactions. The effect of a factor is what it does on average over the 3!
orders in which the three can be made new: that is its own part, half of each interaction of two and a third of that
of all three. The effects add up to the difference.

References
----------
Shapley (1953), A value for n-person games, in Contributions to the Theory of Games II, 307-317: the mean over orders.
Harsanyi (1959), A bargaining model for the cooperative n-person game, in Contributions to the Theory of Games IV,
325-355: the parts, there called dividends.
Das Gupta (1993), Standardization and decomposition of rates, Current Population Reports P23-186: the same, of rates.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.estimates import Estimate, Floats, Statistic, undefined
from groundkeeper.core.scoring.certainty.contrast import Scores, contrast, nothing, scores_of
from groundkeeper.errors import TableError

FACTORS: Final = ("model", "gt", "guideline")
"""In the order of the axes of a table of cells."""
AGES: Final = ("old", "new")

Player: TypeAlias = tuple[int, ...]
"""Factors that are made new together."""
_APART: Final[tuple[Player, ...]] = ((0,), (1,), (2,))
_TOGETHER: Final[tuple[tuple[Player, ...], ...]] = (
    ((0,), (1, 2)),
    ((1,), (0, 2)),
    ((2,), (0, 1)),
)
"""In the order in which they are tried: what the model did is what is asked for most."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A difference between two scores, and what it is made of.

    Attributes
    ----------
    cells
        The scores of model, ground truth and guideline, each old (0) or new (1), float[2, 2, 2].
    same
        Factors whose old and new are one thing: what they do is 0, without an interval.
    total
        New less old.
    effects
        By factor: what it does, on average over the orders. They sum to the total.
    alone
        By factor: what it does while the others are old.
    interactions
        By names of factors, such as ``model x gt``: what they do together beyond what each does alone. With *alone*
        they sum to the total.
    joint
        Where cells are missing, so that the three cannot be told apart: the effects of one factor and of the other
        two together, such as ``gt + guideline``; else empty.
    notes
        Which cells are missing, and what cannot be said for that.
    """

    cells: Floats
    same: tuple[str, ...]
    total: Estimate
    effects: dict[str, Estimate]
    alone: dict[str, Estimate]
    interactions: dict[str, Estimate]
    joint: dict[str, Estimate]
    notes: tuple[str, ...]


def split(  # noqa: PLR0913 - the cells, and what is known of units and factors
    cells: Floats,
    groups: npt.ArrayLike | None,
    statistic: Statistic,
    confidence: float,
    weights: Floats | None = None,
    *,
    same: Collection[str] = (),
) -> Split:
    """Return what a difference between two scores is made of, every part with an interval from the same groups.

    Parameters
    ----------
    cells : float[n, 2, 2, 2, k]
        What each of n units of the bridge set, such as its items, adds to k sums; by model, ground truth and
        guideline, each old (0) or new (1). A combination that could not be made is nan throughout.
    groups, statistic, confidence, weights
        As in ``covering.covering``.
    same : collection of str, optional
        Factors whose old and new are one thing. That they do nothing is no finding of these units, and has no interval.

    Raises
    ------
    TableError
        A combination is there for some units and not for others, the table has another shape, or the cells differ by a
        factor that is said to be the same.

    Examples
    --------
    Twelve items with ten objects each. The new model finds one more in every item; the new guideline takes two that
    nobody finds out of each:

    >>> from groundkeeper.core.scoring.certainty.ratios import ratio_of
    >>> found = np.zeros((12, 2, 2, 2, 2))
    >>> found[..., 0] = np.array([6.0, 7.0])[:, None, None]
    >>> found[..., 1] = np.array([10.0, 8.0])
    >>> recall = split(found, None, ratio_of((1, 0), (0, 1)), 0.95)
    >>> {name: round(effect.value, 5) for name, effect in recall.effects.items()}
    {'model': 0.1125, 'gt': 0.0, 'guideline': 0.1625}
    >>> round(recall.total.value, 5), round(recall.interactions["model x guideline"].value, 5)
    (0.275, 0.025)
    """
    _check(cells)
    _check_same(cells, same)
    by_cell = list(np.moveaxis(cells.reshape(len(cells), 2 ** len(FACTORS), -1), 1, 0))
    scores = scores_of(by_cell, groups, statistic, weights)
    fixed = frozenset(place for place, name in enumerate(FACTORS) if name in same)
    effects = _effects(scores, _APART, fixed, confidence)
    parts = _parts(scores, fixed, confidence)
    joint = {} if _is_known(scores, _APART) else _joint(scores, fixed, confidence)
    return Split(
        scores.value.reshape(2, 2, 2),
        tuple(name for name in FACTORS if name in same),
        _total(scores, fixed, confidence),
        effects,
        {name: parts.pop(name) for name in FACTORS},
        parts,
        joint,
        tuple(_notes(scores, effects, joint)),
    )


def _check(cells: Floats) -> None:
    if cells.ndim != len(FACTORS) + 2 or cells.shape[1:-1] != (2,) * len(FACTORS):
        msg = f"found a table of the shape {cells.shape}; allowed is [n, 2, 2, 2, k]: units, model, gt, guideline, sums"
        raise TableError(msg)
    empty = np.isnan(cells)
    partly = empty.any(axis=(0, -1)) & ~empty.all(axis=(0, -1))
    if partly.any():
        places = ", ".join(_named(tuple(place)) for place in np.argwhere(partly)[:1].tolist())
        msg = (
            f"found sums that are nan for some units and not for others, at {places}; allowed is a combination that is"
            " there for every unit, or for none; leave out the units that lack it"
        )
        raise TableError(msg)


def _check_same(cells: Floats, same: Collection[str]) -> None:
    for name in same:
        old, new = (cells.take(age, axis=1 + FACTORS.index(name)) for age in (0, 1))
        if not np.array_equal(old, new, equal_nan=True):
            msg = f"found sums that differ by {name}, which is said to be the same; allowed are equal cells"
            raise TableError(msg)


def _cell(new: "range | Player") -> Floats:
    """Return the factors ``[8]`` that pick the score whose factors in *new* are new and the others old."""
    picked = np.zeros((2,) * len(FACTORS))
    picked[tuple(int(factor in new) for factor in range(len(FACTORS)))] = 1.0
    return picked.ravel()


def _shapley(players: tuple[Player, ...], player: Player) -> Floats:
    """Return the factors ``[8]`` of what making *player* new does, on average over the orders of all *players*."""
    orders = list(permutations(players))
    steps = np.zeros(2 ** len(FACTORS))
    for order in orders:
        before = sum(order[: order.index(player)], ())
        steps += _cell(before + player) - _cell(before)
    return steps / len(orders)


def _dividend(together: Player) -> Floats:
    """Return the factors ``[8]`` of what factors do *together* beyond what fewer of them do."""
    found = np.zeros(2 ** len(FACTORS))
    for size in range(len(together) + 1):
        for new in combinations(together, size):
            found += (-1) ** (len(together) - size) * _cell(new)
    return found


def _total(scores: Scores, fixed: frozenset[int], confidence: float) -> Estimate:
    if len(fixed) == len(FACTORS):
        return nothing(scores)
    return _estimate(scores, _cell(range(len(FACTORS))) - _cell(()), confidence)


def _parts(scores: Scores, fixed: frozenset[int], confidence: float) -> dict[str, Estimate]:
    """Return by names of factors what they do together beyond what fewer of them do, each alone first."""
    found = {}
    for size in range(1, len(FACTORS) + 1):
        for together in combinations(range(len(FACTORS)), size):
            is_fixed = fixed & set(together)
            part = (
                nothing(scores) if is_fixed else _estimate(scores, _dividend(together), confidence)
            )
            found[" x ".join(FACTORS[factor] for factor in together)] = part
    return found


def _effects(
    scores: Scores, players: tuple[Player, ...], fixed: frozenset[int], confidence: float
) -> dict[str, Estimate]:
    return {
        " + ".join(FACTORS[factor] for factor in player): (
            nothing(scores)
            if fixed.issuperset(player)
            else _estimate(scores, _shapley(players, player), confidence)
        )
        for player in players
    }


def _estimate(scores: Scores, factors: Floats, confidence: float) -> Estimate:
    missing = [_named(place) for place in _places(np.isnan(scores.value) & (factors != 0))]
    if missing:
        note = f"undefined: there is no score of {' or of '.join(missing)}"
        return undefined(note, len(scores.codes), scores.count)
    return contrast(scores, factors, confidence)


def _is_known(scores: Scores, players: tuple[Player, ...]) -> bool:
    needed = sum(np.abs(_shapley(players, player)) for player in players) != 0
    return not np.isnan(scores.value[needed]).any()


def _joint(scores: Scores, fixed: frozenset[int], confidence: float) -> dict[str, Estimate]:
    for players in _TOGETHER:
        if _is_known(scores, players):
            return _effects(scores, players, fixed, confidence)
    return {}


def _notes(
    scores: Scores, effects: Mapping[str, Estimate], joint: Mapping[str, Estimate]
) -> Iterator[str]:
    missing = [_named(place) for place in _places(np.isnan(scores.value))]
    if not missing:
        return
    yield f"no score of {'; '.join(missing)}"
    unknown = [name for name, effect in effects.items() if np.isnan(effect.value)]
    if unknown:
        yield f"cannot be split: the effect of {', '.join(unknown)}"
    if joint:
        yield f"can be told apart: {', '.join(joint)}"


def _places(chosen: npt.NDArray[np.bool_]) -> list[Player]:
    return [tuple(place) for place in np.argwhere(chosen.reshape(2, 2, 2)).tolist()]


def _named(place: Player) -> str:
    return ", ".join(f"{AGES[age]} {name}" for age, name in zip(place, FACTORS, strict=True))
