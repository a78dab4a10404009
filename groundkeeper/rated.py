"""How far the annotators of a file agree: every coefficient that can be had of it, and why the others cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

import numpy as np
import pandas as pd

from groundkeeper.core.agreement.by_class import one_against_rest, specific_agreement_sums
from groundkeeper.core.agreement.chance_corrected import (
    Chance,
    Finite,
    agreement_sums,
    chance_corrected,
    coefficient_of_sums,
)
from groundkeeper.core.agreement.coefficient import NO_PAIR, Coefficient, undefined_coefficient
from groundkeeper.core.agreement.cohen import cohen_kappa
from groundkeeper.core.agreement.conger import conger_kappa
from groundkeeper.core.agreement.distances import differences_of_kind
from groundkeeper.core.agreement.icc import Form, intraclass_correlation
from groundkeeper.core.agreement.krippendorff import Difference, Level, alpha_of_sums, alpha_sums
from groundkeeper.core.agreement.krippendorff_error import krippendorff
from groundkeeper.core.agreement.rater_pairs import pairwise_kappa
from groundkeeper.core.agreement.ratings import counts_of_labels, places_of_labels, table_of_two
from groundkeeper.core.agreement.vitality import alpha_without_each
from groundkeeper.core.agreement.weights import Weighting, agreement_weights
from groundkeeper.core.distinct import distinct_rows
from groundkeeper.core.estimates import Estimate, Floats, Resampling, estimate, ratio
from groundkeeper.core.kinds.classes import CLASSES, CLASSES_BY_MASI
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.truth.labels import Labels, code_labels
from groundkeeper.errors import RefusedError, listing
from groundkeeper.rating_files import MEASURED, Ratings, Shape
from groundkeeper.rating_sets import members

PAIR: Final = 2
MOST_CELLS: Final = 200_000_000
"""Of a table of units by classes, or of annotators by units: 1.6 GB of counts."""
UNKNOWN: Final = "who gave which rating is not known"
ANONYMOUS: Final = "annotators are anonymous: a name means the same person only within one unit"
"""Why what rests on single annotators is undefined."""
WEIGHTS_OF_LEVEL: Final[dict[Level, Weighting]] = {
    "nominal": "identity",
    "ordinal": "ordinal",
    "interval": "quadratic",
    "ratio": "ratio",
}
"""By which weights ratings that differ agree in part, unless others are asked for."""
CHANCES: Final[tuple[Chance, ...]] = (
    "percent_agreement",
    "brennan_prediger",
    "gwet_ac",
    "fleiss_kappa",
)
FORMS: Final[tuple[Form, ...]] = (
    "icc_1_1",
    "icc_2_1",
    "icc_3_1",
    "icc_1_k",
    "icc_2_k",
    "icc_3_k",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One coefficient: its name, how ratings that differ agree in part, itself, and its interval by group."""

    name: str
    weighting: str
    found: Coefficient
    by_group: Estimate | None = None


@dataclass(frozen=True)
class Rated:
    """The ratings of a file, ready to be counted.

    Attributes
    ----------
    ratings : Ratings
    level : {"nominal", "ordinal", "interval", "ratio"}
    shape : Shape
    how : Resampling
        Of intervals by group.
    weighting : str, optional
        Other weights than those of the level; alpha is then there by ``1 - weights``, too.
    is_anonymous : bool
        Whether a name means the same person only within one unit.
    are_sets : bool
        Whether ratings are sets, as ``rating_sets.as_sets`` writes them: alpha is then there by their distances, too.
    """

    ratings: Ratings
    level: Level
    shape: Shape
    how: Resampling
    weighting: Weighting | None = None
    is_anonymous: bool = False
    are_sets: bool = False

    def __post_init__(self) -> None:
        """Refuse tables that would not fit into memory."""
        units, classes = len(self.ratings.tasks), len(self.ratings.classes)
        if units * classes > MOST_CELLS:
            message = (
                f"{self.ratings.path}: found {units:,} units and {classes:,} different ratings, which take "
                f"{units * classes * 8 / 1e9:.1f} GB to count; allowed are {MOST_CELLS:,} cells; "
                "put rare classes together, round numbers, or take a sample of the units"
            )
            raise RefusedError(message)
        if self.weighting not in {None, "identity"} and not self.ratings.are_ordered:
            message = (
                f"{self.ratings.path}: found the ratings {listing(self.ratings.classes)}; with {self.weighting} "
                "weights their order has to be known; name them in order: --scale A,B,C"
            )
            raise RefusedError(message)

    @cached_property
    def labels(self) -> Labels:
        """Who said what; a rating of nobody known is one of nobody else's."""
        rows = self.ratings.rows
        if not self.ratings.are_named:
            rows = rows.assign(annotator="")
        return code_labels(rows, classes=self.ratings.classes, tasks=list(self.ratings.tasks))

    @cached_property
    def counts(self) -> np.ndarray:
        """``[n_units, k]``: ratings of each class of the vocabulary, also of those that nobody gave."""
        if self.ratings.fractions is not None:
            return self.ratings.fractions
        labels = self.labels
        counts = np.zeros((labels.n_tasks, len(self.ratings.classes)), dtype=np.int64)
        place = pd.Index(self.ratings.classes).get_indexer(labels.classes)
        counts[:, place] = counts_of_labels(labels)
        return counts

    @cached_property
    def groups(self) -> np.ndarray | None:
        """The group of each unit, where there are groups."""
        if self.ratings.groups is None:
            return None
        return np.asarray(self.ratings.groups.reindex(self.labels.tasks))

    @property
    def points(self) -> Floats | None:
        """The classes as numbers, where they are measured."""
        return self.ratings.numbers

    @property
    def unknown(self) -> str:
        """Why what rests on single annotators is undefined; empty if it is not."""
        if not self.ratings.are_named:
            return UNKNOWN
        return ANONYMOUS if self.is_anonymous else ""

    @property
    def _less(self) -> Finite:
        """What is taken off the number of units in a variance: nothing for a table of two annotators, as is usual."""
        return 0 if self.shape is Shape.CONTINGENCY else 1

    def weights(self, weighting: Weighting) -> Floats:
        """Return how much any two classes agree ``[k, k]``."""
        classes = self.ratings.classes if self.points is None else self.points
        if not len(classes):
            return np.ones((0, 0))
        return agreement_weights(weighting, np.asarray(classes))

    def lines(self) -> list[Line]:
        """Return every coefficient: unweighted, and weighted where ratings can agree in part."""
        weighted = self.weighting or WEIGHTS_OF_LEVEL[self.level]
        weightings = list(dict.fromkeys(("identity", weighted)))
        found = [line for weighting in weightings for line in self._of_counts(weighting)]
        found.append(self._alpha(self.level))
        if self.weighting:
            found.append(self._alpha(self.weighting, 1 - self.weights(self.weighting)))
        if self.are_sets:
            found += self._alpha_of_sets()
        for weighting in weightings:
            found += self._of_raters(weighting)
        return [*found, *self._icc()]

    def by_class(self) -> pd.DataFrame:
        """Return agreement on each class: ``class, ratings``, the chance that another rater of the unit says it too."""
        if not self.ratings.classes:
            return pd.DataFrame()
        specific = specific_agreement_sums(self.counts)
        rows = []
        for place, name in enumerate(self.ratings.classes):
            found = self._resampled(specific[:, place], ratio, "specific", name)
            kappa = chance_corrected("fleiss_kappa", one_against_rest(self.counts, place))
            rows.append(
                {
                    "class": name,
                    "ratings": self.counts[:, place].sum().item(),
                    "specific_agreement": found.value,
                    "low": found.low,
                    "high": found.high,
                    "units": found.n,
                    "groups": found.groups,
                    "fleiss_kappa": kappa.value,
                    "kappa_low": kappa.low,
                    "kappa_high": kappa.high,
                    "note": "; ".join(dict.fromkeys(n for n in (found.note, kappa.note) if n)),
                }
            )
        return pd.DataFrame(rows)

    def by_annotator(self) -> pd.DataFrame:
        """Return alpha without each annotator: ``annotator, units, alpha, without, change``."""
        self._refuse_unknown("by annotator")
        return alpha_without_each(self.labels, self.level, self._named_values())

    def by_pair(self, fewest: int) -> pd.DataFrame:
        """Return Cohen's kappa of every two annotators with at least *fewest* units in common."""
        self._refuse_unknown("by pair")
        place = pd.Index(self.ratings.classes).get_indexer(self.labels.classes)
        weights = self.weights(self.weighting or WEIGHTS_OF_LEVEL[self.level])
        return pairwise_kappa(self.labels, weights[np.ix_(place, place)], fewest=fewest)

    def _of_counts(self, weighting: Weighting) -> Iterator[Line]:
        weights = self.weights(weighting)
        rows, often = distinct_rows(self.counts)
        sums = agreement_sums(self.counts, weights) if self.groups is not None else None
        for chance in CHANCES:
            found = chance_corrected(chance, rows, weights, multiplicity=often, less=self._less)
            by_group = None
            if sums is not None:
                statistic = partial(coefficient_of_sums, chance=chance, weights=weights)
                by_group = self._resampled(sums, statistic, chance, weighting)
            yield Line(self._name(chance, weighting), weighting, found, by_group)

    def _name(self, chance: Chance, weighting: Weighting) -> str:
        """Return what a coefficient is called: by whether it is weighted, and of two annotators."""
        if chance == "gwet_ac":
            return "gwet_ac1" if weighting == "identity" else "gwet_ac2"
        is_of_two = not self.unknown and self.labels.n_annotators == PAIR
        return "scott_pi" if chance == "fleiss_kappa" and is_of_two else chance

    def _alpha(self, name: str, apart: Floats | None = None) -> Line:
        """Return alpha by how far ratings are *apart*, or by the differences of the level."""
        difference: Difference = self.level if apart is None else apart
        rows, often = distinct_rows(self.counts)
        found = krippendorff(
            rows,
            difference,
            self.points,
            multiplicity=often,
            less=self._less,
            linearised="counts" if self.shape is Shape.COUNTS else "ratings",
        )
        by_group = None
        if self.groups is not None:
            sums = alpha_sums(self.counts, difference, self.points)
            statistic = partial(alpha_of_sums, difference=difference, values=self.points)
            by_group = self._resampled(sums, statistic, "krippendorff_alpha", name)
        return Line("krippendorff_alpha", name, found, by_group)

    def _alpha_of_sets(self) -> Iterator[Line]:
        sets = pd.Series([members(name) for name in self.ratings.classes], dtype=object)
        yield self._alpha("jaccard", differences_of_kind(sets, CLASSES, Scale()))
        yield self._alpha("masi", differences_of_kind(sets, CLASSES_BY_MASI, Scale()))

    def _of_raters(self, weighting: Weighting) -> Iterator[Line]:
        weights = self.weights(weighting)
        places, reason = self._places()
        if places is None:
            none = undefined_coefficient(reason, float(self.labels.n_tasks), np.nan)
            yield Line("conger_kappa", weighting, none)
            return
        yield Line("conger_kappa", weighting, conger_kappa(places, weights))
        if len(places) == PAIR:
            table = table_of_two(places[0], places[1], len(weights))
            yield Line("cohen_kappa", weighting, cohen_kappa(table, weights))

    def _icc(self) -> Iterator[Line]:
        if self.level not in MEASURED or self.points is None:
            return
        places, reason = self._places()
        for form in FORMS:
            if places is None:
                none = undefined_coefficient(reason, float(self.labels.n_tasks), np.nan)
                yield Line(form, self.level, none)
            else:
                measured = np.where(places >= 0, self.points[places], np.nan)
                yield Line(form, self.level, intraclass_correlation(form, measured))

    def _places(self) -> tuple[np.ndarray | None, str]:
        """Return the place in the vocabulary of what each annotator said of each unit, or why there is none."""
        labels = self.labels
        if self.unknown:
            return None, self.unknown
        if labels.n_annotators * labels.n_tasks > MOST_CELLS:
            return None, f"more than {MOST_CELLS:,} cells of annotators by units"
        if not len(labels.label):
            return None, NO_PAIR
        try:
            places = places_of_labels(labels)
        except RefusedError as error:
            return None, str(error)
        place = pd.Index(self.ratings.classes).get_indexer(labels.classes)
        return np.append(place, -1)[places], ""

    def _resampled(self, sums: Floats, statistic: Any, *name: str) -> Estimate:  # noqa: ANN401 - a Statistic
        counted = sums.any(axis=1)
        groups = None if self.groups is None else self.groups[counted]
        return estimate(sums[counted], groups, statistic, self.how, self.how.generator(*name))

    def _named_values(self) -> Floats | None:
        if self.points is None:
            return None
        place = pd.Index(self.ratings.classes).get_indexer(self.labels.classes)
        return np.asarray(self.points[place])

    def _refuse_unknown(self, what: str) -> None:
        if self.unknown:
            message = (
                f"{self.ratings.path}: agreement {what} needs to know who is who: {self.unknown}; "
                "leave it out"
            )
            raise RefusedError(message)
