"""What every two annotators said of the units that both rated, counted in one pass, compiled."""

import numpy as np
import numpy.typing as npt

from groundkeeper.core.compiled import compiled

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]


@compiled
def pair_margins(
    starts: npt.NDArray[np.int64], annotator: Codes, label: Codes, often: Floats, alike: Floats
) -> tuple[Floats, Floats]:
    """Return how often each annotator said each class on units shared with another, and how much the two agreed.

    Parameters
    ----------
    starts : int64[n_tasks + 1]
        The labels of task t are those from ``starts[t]`` to ``starts[t + 1]``, sorted by annotator.
    annotator, label : int32[n]
        Codes of the annotator and the class of each label.
    often : float64[n_tasks]
        For how many tasks each one stands.
    alike : float64[k, k]
        How much two classes agree.

    Returns
    -------
    said : float64[n_annotators, n_annotators, k]
        Of annotators a and b: units that both rated, by what a said.
    agreed : float64[n_annotators, n_annotators]
        Of a < b: the sum of *alike* over these units.
    """
    k = len(alike)
    annotators = 0
    for code in annotator:
        annotators = max(annotators, code + 1)
    said = np.zeros((annotators, annotators, k))
    agreed = np.zeros((annotators, annotators))
    for task in range(len(starts) - 1):
        weight = often[task]
        for first in range(starts[task], starts[task + 1]):
            one = annotator[first]
            for second in range(first + 1, starts[task + 1]):
                other = annotator[second]
                if one != other:
                    said[one, other, label[first]] += weight
                    said[other, one, label[second]] += weight
                    agreed[one, other] += weight * alike[label[first], label[second]]
    return said, agreed
