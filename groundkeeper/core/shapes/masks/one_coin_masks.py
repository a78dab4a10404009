"""One region out of several by how often each annotator is right, as crowd-kit's ``SegmentationEM`` infers it.

It differs from STAPLE in three ways. An annotator has one skill, the share of pixels on which they are right, and not
one for what is inside and one for what is outside. Only pixels that somebody drew count, so the domain does not matter.
And the prior of a pixel is its posterior of the round before, its share of the votes at first, so that what was more
probable than not becomes ever more so: the skills decide early, and the posterior is no measure of doubt.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.pattern_table import PatternTable, pattern_table
from groundkeeper.core.shapes.masks.vote_patterns import Votes
from groundkeeper.errors import RefusedError

LEAST = 1e-15
"""A posterior below this is 0, and no skill is taken to be nearer to 0 or 1."""
HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class OneCoin:
    """What was inferred of p patterns of votes in g groups by a annotators.

    Attributes
    ----------
    posterior
        What the last round holds of the pixels of each pattern, float64 [p].
    skill
        On which share of what anybody drew each annotator is right; nan of who was not asked, float64 [g, a].
    iterations
        Rounds, int64 [g].
    """

    posterior: Floats
    skill: Floats
    iterations: Integers

    @property
    def inside(self) -> npt.NDArray[np.bool_]:
        """Whether the pixels of each pattern are more probably inside than not, bool [p]."""
        return np.asarray(self.posterior > HALF)


def one_coin(
    votes: Votes,
    weight: Floats,
    group: Integers | None = None,
    *,
    iterations: int = 10,
    tolerance: float = 1e-5,
) -> OneCoin:
    """Return what is inside and how skilled each annotator is.

    Parameters
    ----------
    votes, weight, group
        See ``staple.staple``; the pattern of nobody is needed for the tolerance only.
    iterations : int
        At most so many rounds.
    tolerance : float
        A group is done when its bound of the log-likelihood, over annotators and weight, grows by less.

    Raises
    ------
    RefusedError
        If there is to be no iteration.
    TableError
        If columns do not belong together, or a group has no weight.

    References
    ----------
    Jung-Lin Lee, Das Sarma & Parameswaran 2018, "Aggregating Crowdsourced Image Segmentations", CEUR Workshop
    Proceedings 2173, https://ceur-ws.org/Vol-2173/paper10.pdf, as crowd-kit 1.4.2 computes it.

    Examples
    --------
    >>> votes = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]], dtype=np.int8)
    >>> found = one_coin(votes, np.array([80.0, 5.0, 5.0, 10.0]))
    >>> found.inside.tolist(), found.skill.round(2).tolist()
    ([False, False, True, True], [[1.0, 1.0, 0.5]])
    """
    if iterations < 1:
        msg = f"found {iterations} iterations; allowed is one or more"
        raise RefusedError(msg)
    table, code = pattern_table(
        votes, weight, np.zeros(len(weight), np.int64) if group is None else group
    )
    share = table.drew.sum(axis=1) / np.maximum((table.drew + table.left).sum(axis=1), 1)
    skill = _skills(table, (share > HALF).astype(np.float64))
    posterior = share.copy()
    rounds = np.zeros(len(skill), np.int64)
    going, patterns, part = np.arange(len(skill)), np.arange(len(share)), table
    bound = np.full(len(skill), -np.inf)
    for _ in range(iterations):
        prior = posterior[patterns]
        found = _posterior(part, prior, skill[going])
        better = _skills(part, found)
        grown = _bound(part, prior, found, better)
        posterior[patterns], skill[going] = found, better
        rounds[going] += 1
        with np.errstate(invalid="ignore"):
            open_ended = ~(grown - bound[going] < tolerance)
        bound[going] = grown
        if not open_ended.any():
            break
        if not open_ended.all():
            patterns = patterns[part.of_pattern(open_ended)]
            going, part = going[open_ended], part.keep(open_ended)
    return OneCoin(posterior[code], skill, rounds)


def _posterior(table: PatternTable, prior: Floats, skill: Floats) -> Floats:
    """Return how probable each pattern is inside, from what it was held to be before, float64 [p]."""
    known = np.clip(np.nan_to_num(skill, nan=HALF), LEAST, 1 - LEAST)
    odds = table.of_pattern(np.log(known) - np.log(1 - known))
    heard = ((table.drew - table.left) * odds).sum(axis=1)
    with np.errstate(divide="ignore"):
        found = 0.5 + 0.5 * np.tanh(0.5 * (np.log(prior) - np.log(1 - prior) + heard))
    return np.where(found < LEAST, 0.0, found)


def _skills(table: PatternTable, posterior: Floats) -> Floats:
    """Return on which share of what anybody drew each annotator is right, float64 [g, a]."""
    weight = (table.weight * table.drew.any(axis=1))[:, np.newaxis]
    inside = posterior[:, np.newaxis]
    right = table.summed(weight * (table.drew * inside + table.left * (1 - inside)))
    asked = table.summed(weight * (table.drew + table.left))
    return np.divide(right, asked, out=np.full_like(right, np.nan), where=asked > 0)


def _bound(table: PatternTable, prior: Floats, posterior: Floats, skill: Floats) -> Floats:
    """Return crowd-kit's bound of the log-likelihood over annotators and weight, float64 [g].

    It adds the prior once for each annotator, and of the entropy only what is inside: of interest is when it stays.
    """
    asked = table.drew + table.left
    spread = table.of_pattern(np.nan_to_num(skill, nan=HALF))
    right = table.drew * spread + table.left * (1 - spread)
    inside, outside = posterior[:, np.newaxis], 1 - posterior[:, np.newaxis]
    with np.errstate(divide="ignore", over="ignore"):
        of_inside = _times(np.log(right) + np.log(prior)[:, np.newaxis], inside * asked)
        of_outside = _times(np.log(1 - right) + np.log(1 - prior)[:, np.newaxis], outside * asked)
        entropy = _times(np.log(posterior), posterior)
        total = (of_inside + of_outside).sum(axis=1) - entropy
        found = table.summed(table.weight * total)
    size = table.summed(table.weight * asked.sum(axis=1))
    return np.divide(found, size, out=np.full_like(found, np.nan), where=size > 0)


def _times(logarithm: Floats, probability: Floats) -> Floats:
    """Return the product, 0 where the probability is 0, and of the logarithm of 0 the lowest number there is."""
    found: Floats = np.maximum(logarithm, -np.finfo(np.float64).max)
    return np.multiply(found, probability, out=np.zeros_like(probability), where=probability > 0)
