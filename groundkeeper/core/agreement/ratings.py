"""Ratings as others write them down: by rater and unit with gaps, as triples, as the table of two raters.

Three forms are computed on: ``Labels``, sorted codes of who said what; places, one row a rater, -1 a gap; and counts of
ratings by unit and value.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.krippendorff import count_ratings
from groundkeeper.core.agreement.patterns import RatingTable, places_among, rating_table
from groundkeeper.core.truth.labels import Labels
from groundkeeper.errors import RefusedError

Places = npt.NDArray[np.integer]
Counts = npt.NDArray[np.integer]


def places_of_ratings(
    ratings: RatingTable, values: npt.ArrayLike | None = None
) -> tuple[Places, npt.NDArray[np.generic]]:
    """Return the place of every rating among the values, -1 for a gap, and the values.

    Parameters
    ----------
    ratings : float or object[n_raters, n_units]
        nan or None where a rater did not rate.
    values : array, optional
        All values in their order; those that occur, ascending, if left out.

    Raises
    ------
    RefusedError
        If a rating is none of *values*.

    Examples
    --------
    >>> places, values = places_of_ratings([["no", "yes", None], ["no", "no", "yes"]])
    >>> places.tolist(), values.tolist()
    ([[0, 1, -1], [0, 0, 1]], ['no', 'yes'])
    """
    table = rating_table(ratings)
    found, names = pd.factorize(table.ravel(), sort=True)
    domain = np.asarray(names) if values is None else np.asarray(values)
    place = places_among(domain, np.asarray(names))
    return np.append(place, -1)[found].reshape(table.shape), domain


def places_of_labels(labels: Labels) -> Places:
    """Return ``[n_annotators, n_tasks]``: the place of what each said of each, -1 for nothing.

    Raises
    ------
    RefusedError
        If an annotator labelled a task more than once.
    """
    if labels.repeated:
        message = (
            f"found {labels.repeated} labels of annotators who had labelled the task before; "
            "allowed is one; keep the one that stands"
        )
        raise RefusedError(message)
    places = np.full((labels.n_annotators, labels.n_tasks), -1, dtype=np.int32)
    places[labels.annotator, labels.task] = labels.label
    return places


def counts_of_labels(labels: Labels) -> Counts:
    """Return ``[n_tasks, n_classes]``: how many labels of each class each task has."""
    return count_ratings(labels.task, labels.label, labels.n_tasks, labels.n_classes)


def table_of_two(first: Places, second: Places, k: int) -> Counts:
    """Return ``[k, k]``: how many units both raters rated, by what the first and the second said.

    Examples
    --------
    >>> table_of_two(np.array([0, 1, -1, 1]), np.array([0, 0, 1, 1]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    both = (first >= 0) & (second >= 0)
    return count_ratings(first[both], second[both], k, k)
