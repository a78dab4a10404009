"""What compiled functions read and write, as tuples of arrays."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from groundkeeper.core.truth.labels import Floats, Labels, Starts

Places: TypeAlias = npt.NDArray[np.uint32]
"""Without a sign, so that compiled functions need not ask whether a place is counted from the end."""
Table: TypeAlias = npt.NDArray[np.float64]


class Said(NamedTuple):
    """Labels as a model of confusions reads them.

    Attributes
    ----------
    starts, multiplicity
        As in ``Labels``.
    row : uint32[n]
        ``annotator * k + label``: which row of the confusions each label is about.
    """

    starts: Starts
    row: Places
    multiplicity: Floats


class Sums(NamedTuple):
    """What one round of a model of confusions writes.

    Attributes
    ----------
    posterior : float64[n_tasks, k]
        Of tasks with labels.
    counts : float64[n_annotators * k, k]
        In row ``annotator * k + label``: how many such labels the annotator gave to tasks of each class.
    totals : float64[k]
        How many tasks are of each class.
    """

    posterior: Table
    counts: Table
    totals: Floats


class Given(NamedTuple):
    """Labels as a model with one skill an annotator reads them; as in ``Labels``."""

    starts: Starts
    annotator: Places
    label: Places
    multiplicity: Floats


class Agreed(NamedTuple):
    """What one round of a model with one skill an annotator writes.

    Attributes
    ----------
    posterior : float64[n_tasks, k]
        Of tasks with labels.
    right : float64[n_annotators]
        How many labels of each annotator are right.
    totals : float64[k]
        How many tasks are of each class.
    """

    posterior: Table
    right: Floats
    totals: Floats


def said_in(labels: Labels) -> Said:
    """Return what a model of confusions reads."""
    row = labels.annotator * np.int32(labels.n_classes) + labels.label
    return Said(labels.starts, row.view(np.uint32), labels.multiplicity)


def given_in(labels: Labels) -> Given:
    """Return what a model with one skill an annotator reads."""
    annotator, label = labels.annotator.view(np.uint32), labels.label.view(np.uint32)
    return Given(labels.starts, annotator, label, labels.multiplicity)
