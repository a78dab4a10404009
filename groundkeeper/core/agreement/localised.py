"""How far experts agree on objects that they had to find first: on where something is, then on whether and what.

Shapes that were put together are one unit. Everybody who looked at its item rates the unit: with the class that they
gave their shape, or with ``absent``, if they drew none there. Krippendorff's nominal alpha of these ratings is
agreement after localisation. Read it with care:

* It depends on the similarity from which on two shapes are put together. At a higher one a pair that is drawn less
  alike falls apart into two units, each with an ``absent``: alpha falls although nobody says anything else. So it is
  shown over several thresholds, beside F1, which falls too, and beside how alike the shapes are that still match. Of
  three experts or more two may be put together that are less alike than that, where the others stand between them.
* Nobody can say ``absent`` of what nobody marked: there is no unit without a vote. Two experts who rightly mark nothing
  agree on nothing that is counted here; on items that all find empty they do in ``presence``. So ``absent`` is only
  ever said against somebody, and chance is worked out from an odd mixture: where of one class every object is marked
  by three of four experts, F1 is 0.67 and alpha -0.33. F1 has no chance in it.
* Alpha of the classes alone, among those who found the object, is beside it: it falls if people differ on what they
  see, not on whether they see it.

F1 is that of one expert's shapes against another's, over all pairs of experts: ``2 m / (a + b)`` with m matches of a
and b shapes, numerators and denominators summed. With v of m votes a unit adds ``v (v - 1)`` and ``v (m - 1)``, which
is positive-specific agreement.

References
----------
Nassar, Pavon-Harr, Bosch and McCulloh (2019), Assessing Data Quality of Annotations with Krippendorff Alpha for
Applications in Computer Vision, https://arxiv.org/abs/1912.10107.
Tschirschwitz, Klemstein, Stein and Rodehorst (2022), A Dataset for Analysing Complex Document Layouts in the Digital
Humanities and its Evaluation with Krippendorff's Alpha, https://doi.org/10.1007/978-3-031-16788-1_22.
Tschirschwitz et al. (2023), Drawing the Same Bounding Box Twice? Coping Noisy Annotations in Object Detection with
Repeated Labels, https://doi.org/10.1007/978-3-031-54605-1_39: localisation first, then classes.
Hripcsak and Rothschild (2005), Agreement, the F-measure, and reliability in information retrieval,
https://doi.org/10.1197/jamia.M1733: mean F1 of pairs is positive-specific agreement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from groundkeeper.core.agreement.by_class import one_against_rest
from groundkeeper.core.agreement.krippendorff import (
    Counts,
    alpha_of_sums,
    alpha_sums,
    reason_undefined,
)
from groundkeeper.core.agreement.object_names import OBJECT
from groundkeeper.core.agreement.presence import specific_agreement_pairs
from groundkeeper.core.estimates import Floats, ratio
from groundkeeper.core.measures import Figure, because
from groundkeeper.core.shapes.drawn import Clusters, Drawn, Integers
from groundkeeper.core.shapes.merge import looked_at

UNLABELLED, ABSENT = 0, -1
"""Columns of the ratings: shapes that nobody named, and experts who drew nothing there; the labels are between."""
NO_PAIR_OF_EXPERTS = "nothing was marked in items that two experts looked at"


@dataclass(frozen=True, slots=True, eq=False)
class Rated:
    """What everybody who looked says of each object.

    Attributes
    ----------
    item : int64[objects]
        The item of each object.
    ratings : int64[objects, 2 + labels]
        How many drew it without a label, with each label, and not at all.
    """

    item: Integers
    ratings: Counts

    @property
    def votes(self) -> Counts:
        """How many drew each object, int64 [objects]."""
        return np.asarray(self.ratings[:, :ABSENT].sum(axis=1))

    @property
    def experts(self) -> Counts:
        """How many looked at the item of each object, int64 [objects]."""
        return np.asarray(self.ratings.sum(axis=1))

    def of(self, chosen: npt.NDArray[np.bool_]) -> "Rated":
        """Return some of the objects."""
        return Rated(self.item[chosen], self.ratings[chosen])


def rate(drawn: Drawn, clusters: Clusters, n_labels: int) -> Rated:
    """Return what everybody who looked says of each object.

    Parameters
    ----------
    drawn : Drawn
        Who drew what, with labels below *n_labels*, and who looked and drew nothing.
    clusters : Clusters
        Which shapes are one object.
    n_labels : int
        How many labels there are.

    Examples
    --------
    Three experts look at an item. Two mark the same thing, and call it 0 and 1; one of them marks another.

    >>> drawn = Drawn(*np.array([[0, 0, 0], [0, 1, 1], [0, 1, 1]]), np.array([0]), np.array([2]))
    >>> rate(drawn, Clusters(np.array([0, 0, 1]), np.ones(2, bool)), 2).ratings.tolist()
    [[0, 1, 1, 1], [0, 0, 1, 2]]
    """
    width = n_labels + 2
    cells = clusters.record * width + drawn.label + 1
    ratings = np.bincount(cells, minlength=len(clusters) * width).reshape(-1, width)
    item = clusters.items(drawn)
    ratings[:, ABSENT] = looked_at(drawn)[item] - ratings.sum(axis=1)
    return Rated(item, ratings)


def object_figures(
    rated: Rated, item_ids: npt.NDArray[np.object_], subject: str = OBJECT
) -> Iterator[Figure]:
    """Yield alpha after localisation, alpha of the classes alone, and F1, of objects of all classes together.

    Parameters
    ----------
    rated : Rated
        What ``rate`` returned.
    item_ids : object[items]
        The id of each item.
    subject : str
        What the objects are called.
    """
    of_unit = item_ids[rated.item]
    yield _alpha("localised_alpha", subject, of_unit, rated.ratings)
    yield _alpha("localised_class_alpha", subject, of_unit, rated.ratings[:, :ABSENT])
    pairs = specific_agreement_pairs(rated.votes, rated.experts)
    yield _f1(subject, of_unit, pairs)


def label_figures(
    rated: Rated, item_ids: npt.NDArray[np.object_], labels: Sequence[str]
) -> Iterator[Figure]:
    """Yield alpha and F1 of each label against all else that is said of an object, ``absent`` among it.

    Alpha of everything is a weighted mean of these, of that of ``absent`` and of that of shapes without a label. F1 is
    on the label alone: two experts agree on it if both found the object and both gave it this label.

    Parameters
    ----------
    rated : Rated
        What ``rate`` returned.
    item_ids : object[items]
        The id of each item.
    labels : sequence of str
        The name of each label.
    """
    of_unit = item_ids[rated.item]
    for place, label in enumerate(labels, start=UNLABELLED + 1):
        subject = f"label={label}"
        rest = one_against_rest(rated.ratings, place)
        yield _alpha("localised_alpha", subject, of_unit, rest)
        pairs = specific_agreement_pairs(rated.ratings[:, place], rated.experts)
        yield _f1(subject, of_unit, pairs)


def _alpha(
    measure: str, subject: str, item_ids: npt.NDArray[np.object_], counts: npt.NDArray[np.number]
) -> Figure:
    k = counts.shape[1]
    return Figure(
        measure,
        subject,
        item_ids,
        alpha_sums(counts, "nominal"),
        partial(alpha_of_sums, difference="nominal"),
        lambda sums: reason_undefined(sums[:k]),
    )


def _f1(subject: str, item_ids: npt.NDArray[np.object_], pairs: Floats) -> Figure:
    return Figure("localised_f1", subject, item_ids, pairs, ratio, because(NO_PAIR_OF_EXPERTS))
