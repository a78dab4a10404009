"""One region out of several by how well each annotator finds it: STAPLE.

Annotators who miss less and add less weigh more; how well each does and what is inside are inferred from each other.
Pixels with the same votes have the same posterior, so a picture of any size costs as much as its patterns of votes.

Three annotators or more are needed: two leave three numbers, how much one drew, the other and both, and their four
shares can be chosen in many ways that fit them equally well. What comes out then depends on where the search begins.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.core.shapes.masks.masks import Masks
from groundkeeper.core.shapes.masks.pattern_table import PatternTable, pattern_table
from groundkeeper.core.shapes.masks.vote_patterns import Votes, vote_patterns
from groundkeeper.errors import RefusedError

SURE = 0.99999
"""Sensitivity and specificity of everybody at the start, as Warfield, Zou and Wells have it."""
LEAST = 1e-12
"""No share is taken to be nearer to 0 or 1 than this where its logarithm is asked for."""
ROUNDING = 1e-9
"""A posterior that misses a half by no more than this is a half, which is inside."""


@dataclass(frozen=True, slots=True, eq=False)
class Staple:
    """What was inferred of p patterns of votes in g groups by a annotators.

    Attributes
    ----------
    posterior
        How probable the pixels of each pattern are inside, float64 [p].
    sensitivity, specificity
        Which share of what is inside an annotator drew, and of what is outside left out; nan of who was not asked, and
        where nothing is inside, or nothing outside, float64 [g, a].
    prior
        Which share of the domain is inside before anybody is heard, float64 [g].
    iterations
        Rounds, int64 [g].
    converged
        Whether no share changed by more than the tolerance in the last of them, bool [g].
    one_class
        Whether all of the domain ended up on one side, so that one of the shares of everybody means nothing, bool [g].
    """

    posterior: Floats
    sensitivity: Floats
    specificity: Floats
    prior: Floats
    iterations: Integers
    converged: npt.NDArray[np.bool_]
    one_class: npt.NDArray[np.bool_]

    @property
    def inside(self) -> npt.NDArray[np.bool_]:
        """Whether the pixels of each pattern are inside: at least as probably as not, bool [p]."""
        found: npt.NDArray[np.bool_] = self.posterior >= 0.5 - ROUNDING
        return found


def staple(  # noqa: PLR0913 - the options of the model
    votes: Votes,
    weight: Floats,
    group: Integers | None = None,
    *,
    prior: float | None = None,
    iterations: int = 1000,
    tolerance: float = 1e-10,
) -> Staple:
    """Return what is inside, and how well each annotator found it, by expectation and maximisation.

    Parameters
    ----------
    votes : int8[p, a]
        Who drew the pixels, or the face of an overlay of polygons, of each pattern: ``INSIDE``, ``OUTSIDE`` or
        ``NOT_ASKED``.
    weight : float64[p]
        How many pixels, or how much area, each pattern has; what nobody drew belongs to it, as far as the domain goes:
        the larger the domain, the higher is every specificity, and the more what a few drew is believed.
    group : int64[p], optional
        Patterns of one group are one fit, with sensitivities and specificities of its own, numbered from 0; default:
        all are one. A fit for each record needs nobody's name; one for all records needs the same people.
    prior : float, optional
        Which share of the domain is inside, between 0 and 1; default: the mean share of it that annotators drew.
    iterations : int
        At most so many rounds.
    tolerance : float
        A group is done when none of its shares changes by more than this.

    Raises
    ------
    RefusedError
        If an option is out of range.
    TableError
        If columns do not belong together, or a group has no weight.

    References
    ----------
    Warfield, Zou & Wells 2004, "Simultaneous truth and performance level estimation (STAPLE)", IEEE Transactions on
    Medical Imaging 23:903, doi:10.1109/TMI.2004.828354: the binary model with one prior for all pixels.

    Examples
    --------
    Two see the same, and a third draws a part of it and as much beside it:

    >>> votes = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]], dtype=np.int8)
    >>> found = staple(votes, np.array([80.0, 5.0, 5.0, 10.0]))
    >>> found.inside.tolist(), found.sensitivity.round(3).tolist(), found.specificity.round(3).tolist()
    ([False, False, True, True], [[1.0, 1.0, 0.667]], [[1.0, 1.0, 0.941]])
    """
    _refuse_options(prior, iterations, tolerance)
    table, code = pattern_table(
        votes, weight, np.zeros(len(weight), np.int64) if group is None else group
    )
    shares = _prior(table) if prior is None else np.full(len(table.first), prior)
    return _fitted(table, shares, iterations, tolerance, code)


def staple_masks(  # noqa: PLR0913 - the options of the domain and the model
    masks: Masks,
    group: Integers,
    annotator: Integers,
    asked: npt.NDArray[np.bool_],
    *,
    margin: int = 1,
    jointly: bool = False,
    prior: float | None = None,
) -> tuple[Masks, Staple]:
    """Return one mask for each group, and how well each annotator found it.

    The domain of a group is the smallest box around all its masks, *margin* pixels wider on each side; see
    ``vote_patterns`` for the other columns. A pixel that nobody drew is outside whatever the model says.

    Parameters
    ----------
    jointly : bool
        Whether an annotator has one sensitivity and one specificity over all groups; the columns of *asked* are people
        then, and seats otherwise.

    Examples
    --------
    >>> drawn = Masks.of_dense(np.array([[[1, 1, 0]], [[1, 1, 0]], [[0, 1, 1]]], dtype=bool))
    >>> mask, found = staple_masks(drawn, np.zeros(3, np.int64), np.arange(3), np.ones((1, 3), dtype=bool))
    >>> mask.dense(0).astype(int).tolist(), found.sensitivity.round(2).tolist()
    ([[1, 1, 0]], [[1.0, 1.0, 0.5]])
    """
    patterns = vote_patterns(masks, group, annotator, asked, margin)
    fits = np.zeros_like(patterns.group) if jointly else patterns.group
    found = staple(patterns.votes, patterns.weight, fits, prior=prior)
    return patterns.masks(found.inside), found


def _fitted(
    table: PatternTable,
    prior: Floats,
    iterations: int,
    tolerance: float,
    code: npt.NDArray[np.intp],
) -> Staple:
    n_groups, n_annotators = len(table.first), table.drew.shape[1]
    sensitivity = np.full((n_groups, n_annotators), SURE)
    specificity = sensitivity.copy()
    rounds = np.zeros(n_groups, np.int64)
    converged = np.zeros(n_groups, np.bool_)
    going, part = np.arange(n_groups), table
    while len(going) and int(rounds[going[0]]) < iterations:
        posterior = _posterior(part, prior[going], sensitivity[going], specificity[going])
        inside, outside = _maximised(part, posterior)
        # nan is a share of nothing: as long as it stays so, it has not changed.
        moved = np.fmax(
            np.abs(inside - sensitivity[going]).max(axis=1, initial=0, where=~np.isnan(inside)),
            np.abs(outside - specificity[going]).max(axis=1, initial=0, where=~np.isnan(outside)),
        )
        sensitivity[going], specificity[going] = inside, outside
        rounds[going] += 1
        done = moved <= tolerance
        converged[going[done]] = True
        if done.any():
            going, part = going[~done], part.keep(~done)
    posterior = _posterior(table, prior, sensitivity, specificity)
    mass = table.weight * (posterior >= 0.5 - ROUNDING)
    share = table.summed(mass) / table.summed(table.weight)
    sensitivity[share <= 0], specificity[share >= 1] = np.nan, np.nan
    return Staple(
        posterior=posterior[code],
        sensitivity=sensitivity,
        specificity=specificity,
        prior=prior,
        iterations=rounds,
        converged=converged,
        one_class=(share <= 0) | (share >= 1),
    )


def _posterior(
    table: PatternTable, prior: Floats, sensitivity: Floats, specificity: Floats
) -> Floats:
    """Return how probable each pattern is inside, given the shares of its group, float64 [p]."""
    drawn = _log(sensitivity) - _log(1 - specificity)
    left = _log(1 - sensitivity) - _log(specificity)
    heard = table.drew * table.of_pattern(drawn) + table.left * table.of_pattern(left)
    log_odds = heard.sum(axis=1) + table.of_pattern(_log(prior) - _log(1 - prior))
    found: Floats = 0.5 + 0.5 * np.tanh(0.5 * log_odds)
    return found


def _maximised(table: PatternTable, posterior: Floats) -> tuple[Floats, Floats]:
    """Return sensitivity and specificity, given how probable each pattern is inside, float64 [g, a] each."""
    inside = (table.weight * posterior)[:, np.newaxis]
    outside = (table.weight * (1 - posterior))[:, np.newaxis]
    found = table.summed(inside * table.drew)
    missed = table.summed(inside * table.left)
    spared = table.summed(outside * table.left)
    added = table.summed(outside * table.drew)
    return _share(found, missed), _share(spared, added)


def _share(part: Floats, rest: Floats) -> Floats:
    """Return which share *part* is of both, nan of nothing."""
    total = part + rest
    found: Floats = np.divide(part, total, out=np.full_like(total, np.nan), where=total > 0)
    return found


def _prior(table: PatternTable) -> Floats:
    """Return the mean share of the domain that annotators drew, float64 [g]."""
    drawn = table.summed(table.weight * table.drew.sum(axis=1))
    return _share(drawn, table.summed(table.weight * table.left.sum(axis=1)))


def _log(share: Floats) -> Floats:
    """Return the logarithm, of nan as if it were as likely as its opposite: it says nothing."""
    said = np.where(np.isnan(share), 0.5, share)
    found: Floats = np.log(np.clip(said, LEAST, 1 - LEAST))
    return found


def _refuse_options(prior: float | None, iterations: int, tolerance: float) -> None:
    if not (prior is None or 0 < prior < 1) or iterations < 1 or not tolerance >= 0:
        msg = (
            f"found a prior of {prior}, {iterations} iterations and a tolerance of {tolerance}; allowed are a prior "
            "between 0 and 1, one iteration or more and a tolerance from 0"
        )
        raise RefusedError(msg)
