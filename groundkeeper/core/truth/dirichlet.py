"""Dirichlet distributions: beliefs about shares that sum to 1.

References
----------
Bishop (2006), Pattern Recognition and Machine Learning, appendix B and section 10.2.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln

Shares: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is believed of shares, one distribution in each row.

    Attributes
    ----------
    prior : float64[k] or float64[..., k]
        How often each is thought to have been met beforehand, above 0.
    parameters : float64[..., k]
        The same afterwards.
    expected_log : float64[..., k]
        Expected logarithms of the shares.

    Examples
    --------
    Of the uniform distribution, after the first of two was met once:

    >>> belief = believe(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    >>> belief.mean().round(3).tolist(), belief.expected_log.round(3).tolist()
    ([0.667, 0.333], [-0.5, -1.5])

    The density has become 2 x, and the divergence is log 2 - 1/2:

    >>> round(belief.divergence(), 6)
    0.193147
    """

    prior: Shares
    parameters: Shares
    expected_log: Shares

    def mean(self) -> Shares:
        """Return the expected shares ``[..., k]``."""
        mean: Shares = self.parameters / self.parameters.sum(axis=-1, keepdims=True)
        return mean

    def divergence(self) -> float:
        """Return the Kullback-Leibler divergence from the prior, in nats, summed over all; 0 of no shares."""
        if self.parameters.shape[-1] == 0:
            return 0.0
        met = ((self.parameters - self.prior) * self.expected_log).sum(axis=-1)
        return float((met + _log_constant(self.parameters) - _log_constant(self.prior)).sum())


def believe(prior: Shares, counts: Shares) -> Belief:
    """Return what is believed once each share was met as often as *counts* ``[..., k]`` say."""
    parameters: Shares = counts + prior
    expected_log = digamma(parameters) - digamma(parameters.sum(axis=-1, keepdims=True))
    return Belief(prior, parameters, expected_log)


def _log_constant(parameters: Shares) -> Shares:
    """Return the logarithm of what each density ``[..., k]`` is multiplied by."""
    constant: Shares = gammaln(parameters.sum(axis=-1)) - gammaln(parameters).sum(axis=-1)
    return constant
