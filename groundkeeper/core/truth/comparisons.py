"""Many objects compared two at a time: what was said of them, and how strong each of them is.

``bradley_terry`` and ``crowd_bradley_terry`` make the strengths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import expit

from groundkeeper.core.kinds.preference import FIRST, OUTCOMES, TIE
from groundkeeper.core.truth.coding import code_names
from groundkeeper.core.truth.inferred import Fit
from groundkeeper.core.truth.labels import Codes, Floats
from groundkeeper.errors import RefusedError, TableError, UnknownNameError, listing

COLUMNS: Final = ("annotator", "first", "second", "said")
"""What ``code_comparisons`` reads of a table."""
NEEDS: Final = "every comparison needs an annotator and two objects"


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Comparisons of two objects each, sorted, so that no result depends on the order of rows or of the two.

    Attributes
    ----------
    objects, annotators : Index
        The names behind the codes, ascending; objects that nobody compared may be among them.
    first, second : int32[n]
        Codes of the objects compared; the first is the smaller.
    annotator : int32[n]
        Code of who compared them.
    won : float64[n]
        1 where the first was preferred, 0 where the second, 0.5 at a tie.
    unsaid : int
        How many rows had no answer.
    """

    objects: pd.Index
    annotators: pd.Index
    first: Codes
    second: Codes
    annotator: Codes
    won: Floats
    unsaid: int

    @property
    def n_objects(self) -> int:
        """How many objects there are, compared or not."""
        return len(self.objects)


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """How strong each object is.

    Attributes
    ----------
    method : str
        Its name.
    compared : Comparisons
        What it was inferred from.
    strength : float64[n_objects]
        In logits, with the mean 0; nan where there is no one solution, and ``fit.note`` says why.
    deviation : float64[n_objects]
        Standard error of the strength, from the observed information; nan for more than ``MOST_OBJECTS``.
    covariance : float64[n_objects, n_objects], optional
        Of the strengths; None where ``deviation`` is nan.
    fit : Fit
    reliability : float64[n_annotators], optional
        The probability that the annotator says what they see and not the opposite, where the model has it.
    """

    method: str
    compared: Comparisons
    strength: Floats
    deviation: Floats
    covariance: Floats | None
    fit: Fit
    reliability: Floats | None = None

    def order(self) -> pd.Index:
        """Return the objects, the strongest first; of equally strong ones the first by name."""
        return self.compared.objects[np.argsort(-self.strength.round(9), kind="stable")]

    def difference(self, left: object, right: object) -> tuple[float, float]:
        """Return by how much *left* is stronger than *right*, in logits, and the standard error of that.

        Raises
        ------
        UnknownNameError
            If one of both is not among the objects.
        """
        i, j = (self._place(name) for name in (left, right))
        apart = float(self.strength[i] - self.strength[j])
        if self.covariance is None:
            return apart, np.nan
        of_pair = self.covariance[np.ix_([i, j], [i, j])]
        return apart, float(np.sqrt(of_pair[0, 0] + of_pair[1, 1] - 2 * of_pair[0, 1]))

    def probability(self, left: object, right: object) -> float:
        """Return how probable it is that *left* is preferred to *right*.

        Raises
        ------
        UnknownNameError
            If one of both is not among the objects.
        """
        return float(expit(self.difference(left, right)[0]))

    def _place(self, name: object) -> int:
        if name not in self.compared.objects:
            kind = "object"
            raise UnknownNameError(kind, str(name), map(str, self.compared.objects))
        return int(self.compared.objects.get_indexer(pd.Index([name]))[0])


def code_comparisons(
    table: pd.DataFrame, *, objects: Sequence[object] | None = None
) -> Comparisons:
    """Return the comparisons of *table* as codes.

    Parameters
    ----------
    table : DataFrame
        One row per comparison: ``annotator, first, second, said``, the last being ``a`` for the first object, ``b`` for
        the second, ``tie``, or missing.
    objects : sequence, optional
        Further objects, which nobody may have compared.

    Raises
    ------
    TableError
        If *table* lacks a column.
    RefusedError
        If a name is missing, an object is compared with itself, or something else was said.
    """
    lacking = [column for column in COLUMNS if column not in table.columns]
    if lacking:
        message = f"a table of comparisons lacks the columns {listing(lacking)}; it needs {listing(COLUMNS)}; add them"
        raise TableError(message)
    foreign = set(table["said"].dropna().unique()) - set(OUTCOMES)
    if foreign:
        message = f"comparisons say {listing(sorted(map(str, foreign)))}; allowed are {listing(OUTCOMES)}; correct them"
        raise RefusedError(message)
    annotator, annotators = code_names(table["annotator"], "annotator", "comparisons", NEEDS)
    both = pd.concat([table["first"], table["second"]], ignore_index=True).infer_objects()
    codes, names = code_names(both, "object", "sides of comparisons", NEEDS, objects)
    first, second = np.split(codes, 2)
    if (first == second).any():
        itself = listing(names[np.unique(first[first == second])])
        message = (
            f"{itself}: compared with itself; a comparison is of two objects; leave out the rows"
        )
        raise RefusedError(message)
    said = table["said"].notna().to_numpy()
    won = np.where(table["said"] == FIRST, 1.0, np.where(table["said"] == TIE, 0.5, 0.0))
    won = np.where(first < second, won, 1 - won)
    first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((won, annotator, second, first))
    order = order[said[order]]
    return Comparisons(
        objects=names,
        annotators=annotators,
        first=first[order].astype(np.int32),
        second=second[order].astype(np.int32),
        annotator=annotator[order].astype(np.int32),
        won=won[order],
        unsaid=int((~said).sum()),
    )
