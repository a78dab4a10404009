"""How good a label looks beside the predictions: from 0, surely wrong, to 1, nothing speaks against it.

References
----------
Northcutt, Jiang and Chuang (2021), JAIR 70:1373-1411, doi:10.1613/jair.1.12125: self-confidence and margin.
Kuan and Mueller (2022), Model-agnostic label quality scoring to detect real-world label errors, ICML DataPerf workshop:
confidence-weighted entropy.
"""

from enum import StrEnum

import numpy as np

from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.core.shapes.drawn import Floats


class Quality(StrEnum):
    """What the quality of a label is taken from."""

    SELF_CONFIDENCE = "self_confidence"
    MARGIN = "margin"
    ENTROPY = "entropy"


def quality(predicted: Predicted, how: Quality = Quality.SELF_CONFIDENCE) -> Floats:
    """Return the quality of each label, float64 [n].

    * ``self_confidence``: how probable the label is.
    * ``margin``: the same less the most probable other class, brought from [-1, 1] to [0, 1].
    * ``entropy``: with e, the entropy of the prediction over its largest, over s, the self-confidence, 1 / (1 + e / s):
      a doubtful prediction makes a label worse, and the more so the less probable it is.

    Examples
    --------
    >>> one = Predicted(np.array([0, 0]), np.array([[0.75, 0.25], [0.0, 1.0]]))
    >>> [quality(one, how).round(4).tolist() for how in Quality]
    [[0.75, 0.0], [0.75, 0.0], [0.4804, 0.0]]
    """
    own = predicted.of_label
    match how:
        case Quality.SELF_CONFIDENCE:
            return own
        case Quality.MARGIN:
            rows = np.arange(len(predicted))
            other: Floats = predicted.probability[rows, predicted.best_other]
            return (1 + own - other) / 2
        case Quality.ENTROPY:
            total = own + relative_entropy(predicted.probability)
            return np.divide(own, total, out=np.zeros(len(own)), where=total > 0)


def relative_entropy(probability: Floats) -> Floats:
    """Return the entropy of each row over that of all classes alike, from 0 to 1, float64 [n].

    Examples
    --------
    >>> relative_entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    logs = np.log(probability, out=np.zeros_like(probability), where=probability > 0)
    nats: Floats = np.abs((probability * logs).sum(axis=1))
    share: Floats = np.minimum(nats / np.log(max(probability.shape[1], 2)), 1.0)
    return share
