"""The agreement figures of one field, by what kind of answer it has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.by_class import specific_agreement_sums
from groundkeeper.core.agreement.chance_corrected import (
    PAIRED,
    Chance,
    agreement_sums,
    coefficient_of_sums,
)
from groundkeeper.core.agreement.coefficient import ALL_THE_SAME, NO_PAIR, ONE_VALUE
from groundkeeper.core.agreement.distances import MOST_DIFFERENT, differences_of_kind
from groundkeeper.core.agreement.krippendorff import (
    Counts,
    Difference,
    Level,
    alpha_of_sums,
    alpha_sums,
    count_ratings,
    interval_alpha_of_sums,
    interval_coincidences,
    reason_undefined,
)
from groundkeeper.core.agreement.presence import rating_pairs, specific_agreement_pairs
from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.estimates import Floats, ratio
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.kinds.protocol import Kind, Scale
from groundkeeper.core.measures import Figure, because

UNIT = ["record_id", "era"]
"""Experts are compared on one record, under one version of the guideline."""
NO_EXPERT = "no two experts answered where one of them gave this class"
TOO_MANY = f"more than {MOST_DIFFERENT} different answers, too many to compare every two of them"


@dataclass(frozen=True, slots=True)
class Rated:
    """The answers to one field by unit: how many of each value, and what the values are.

    Attributes
    ----------
    name : str
        The field.
    item_ids : object[n_units]
        The item of each unit.
    units : int[n]
        The unit of each answer.
    places : int[n]
        The place of each answer among the values.
    annotators : object[n]
        Who gave each answer.
    values : tuple
        The vocabulary in its order, or the different answers.
    """

    name: str
    item_ids: npt.NDArray[np.object_]
    units: npt.NDArray[np.intp]
    places: npt.NDArray[np.intp]
    annotators: npt.NDArray[np.object_]
    values: tuple[object, ...]

    @property
    def counts(self) -> Counts:
        """How many answers of each value each unit has, ``[n_units, k]``."""
        return count_ratings(self.units, self.places, len(self.item_ids), len(self.values))


def level_of(field: Field) -> Level:
    """Return the scale on which closed answers to *field* are compared."""
    return "ordinal" if field.type == "ordinal" else "nominal"


def closed_answers(name: str, said: pd.DataFrame, field: Field) -> Rated:
    """Return the answers to a field with a vocabulary, or of type bool.

    Parameters
    ----------
    said : DataFrame
        One row per answer: ``record_id, era, item_id, annotator, value``.
    """
    return _rated(name, said, field.vocabulary or {False: 0, True: 1})


def closed_figures(rated: Rated, level: Level) -> Iterator[Figure]:
    """Yield alpha, the coefficients beside it, pairs of answers that are alike, and agreement on each value.

    Of an ordinal field Gwet's coefficient has quadratic weights, and is AC2; the others look at equal answers alone.
    """
    counts, k = rated.counts, len(rated.values)
    yield Figure(
        f"krippendorff_alpha_{level}",
        rated.name,
        rated.item_ids,
        alpha_sums(counts, level),
        partial(alpha_of_sums, difference=level),
        lambda sums: reason_undefined(sums[:k]),
    )
    for step in (0, 1) if level == "ordinal" else (0,):
        measure = "pairs_within_one" if step else "pairs_exact"
        pairs = rating_pairs(counts, step)
        yield Figure(measure, rated.name, rated.item_ids, pairs, ratio, because(NO_PAIR))
    yield from _chance_corrected(rated, counts, level)
    of_class = specific_agreement_sums(counts)
    for place, value in enumerate(rated.values):
        yield _specific(rated, value, of_class[:, place])


def number_figures(name: str, said: pd.DataFrame) -> Iterator[Figure]:
    """Yield alpha on the interval scale of answers that are numbers."""
    units, item_ids = _units(said)
    yield Figure(
        "krippendorff_alpha_interval",
        name,
        item_ids,
        interval_coincidences(said["value"].to_numpy(dtype=np.float64), units),
        interval_alpha_of_sums,
        because("no unit has two measurements, or all are the same"),
    )


def other_figures(name: str, said: pd.DataFrame, field: Field, kind: Kind) -> Iterator[Figure]:
    """Yield alpha of answers that are no value of a vocabulary, by how alike they are to their *kind*.

    Of sets also agreement on each member.
    """
    answers = sorted(set(said["value"]), key=repr)
    rated = _rated(name, said, {answer: place for place, answer in enumerate(answers)})
    yield _alpha_by_distance(rated, kind, Scale(tuple(field.vocabulary)))
    if field.type == "set":
        answered = rated.counts.sum(axis=1)
        for member in field.vocabulary:
            naming = np.array([member in answer for answer in answers], dtype=np.float64)
            votes = rated.counts @ naming
            yield _specific(rated, member, specific_agreement_pairs(votes, answered))


def _alpha_by_distance(rated: Rated, kind: Kind, scale: Scale) -> Figure:
    measure = f"krippendorff_alpha_{kind.name}"
    k = len(rated.values)
    if k > MOST_DIFFERENT:
        none = np.empty((0, 2))
        return Figure(measure, rated.name, rated.item_ids[:0], none, ratio, because(TOO_MANY))
    answers = pd.Series(list(rated.values), dtype=object)
    apart: Difference = differences_of_kind(answers, kind, scale)
    return Figure(
        measure,
        rated.name,
        rated.item_ids,
        alpha_sums(rated.counts, apart),
        partial(alpha_of_sums, difference=apart),
        lambda sums: reason_undefined(sums[:k]) or ALL_THE_SAME,
    )


def _chance_corrected(rated: Rated, counts: Counts, level: Level) -> Iterator[Figure]:
    same = np.eye(len(rated.values))
    alike = agreement_weights("quadratic", range(len(rated.values)))
    gwet = ("gwet_ac2", alike) if level == "ordinal" else ("gwet_ac1", same)
    plan: tuple[tuple[str, Chance, Floats], ...] = (
        ("percent_agreement", "percent_agreement", same),
        ("fleiss_kappa", "fleiss_kappa", same),
        (gwet[0], "gwet_ac", gwet[1]),
        ("brennan_prediger", "brennan_prediger", same),
    )
    for measure, chance, weights in plan:
        sums = agreement_sums(counts, weights)
        by_shares = chance in {"fleiss_kappa", "gwet_ac"}
        yield Figure(
            measure,
            rated.name,
            rated.item_ids,
            # Units with a single answer tell of the shares of the values alone.
            sums if by_shares else sums[:, :PAIRED],
            partial(coefficient_of_sums, chance=chance, weights=weights),
            _why_undefined(len(rated.values)),
        )


def _why_undefined(k: int) -> Callable[[Floats], str]:
    def reason(sums: Floats) -> str:
        if not sums[1:2].any():
            return NO_PAIR
        return ALL_THE_SAME if k > 1 else ONE_VALUE

    return reason


def _specific(rated: Rated, value: object, pairs: Floats) -> Figure:
    written = str(value).lower() if isinstance(value, bool) else str(value)
    return Figure(
        "specific_agreement",
        f"{rated.name}={written}",
        rated.item_ids,
        pairs,
        ratio,
        because(NO_EXPERT),
    )


def _rated(name: str, said: pd.DataFrame, places: Mapping[Any, int]) -> Rated:
    units, item_ids = _units(said)
    given = np.fromiter((places[value] for value in said["value"]), np.intp, len(said))
    who = said["annotator"].to_numpy(dtype=object)
    return Rated(name, item_ids, units, given, who, tuple(places))


def _units(said: pd.DataFrame) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]:
    """Return the code of each row's unit, and the item of each unit in the order of the codes."""
    codes = np.asarray(said.groupby(UNIT, sort=True).ngroup(), dtype=np.intp)
    items = np.asarray(said.groupby(UNIT)["item_id"].first(), dtype=object)
    return codes, items
