"""How far labels with an order are from what is predicted: a wrong label by one step is not one by four."""

import numpy as np

from groundkeeper.core.label_errors.predicted import Predicted
from groundkeeper.core.shapes.drawn import Floats


def expected_distance(predicted: Predicted) -> Floats:
    """Return how far each label is expected to be from the true one, over the length of the scale, float64 [n].

    From 0 to 1. One less it is a quality.

    Parameters
    ----------
    predicted
        Its classes, two at least, in the order of the scale, one step apart.

    Examples
    --------
    >>> one = Predicted(np.array([0, 0]), np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]))
    >>> expected_distance(one).tolist()
    [0.25, 0.5]
    """
    place = np.arange(predicted.classes)
    apart = np.abs(place[:, None] - place) / (predicted.classes - 1)
    found: Floats = (predicted.probability * apart[predicted.label]).sum(axis=1)
    return found
