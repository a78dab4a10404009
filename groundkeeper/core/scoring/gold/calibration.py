"""Whether what a model infers is as certain as it says: its probabilities, held against gold.

The figures are sums over items, so that their intervals come from drawing groups anew, as those of all measures do.
``core.truth.calibration`` has the same of one fit, with bins of equal size and limits in closed form; here the bins
have the width 0.1, so that reports of several releases can be laid side by side.

References
----------
Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78:1-3,
doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import Floats, Resampling, divide, ratio
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Inference
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.measures import ALL, Figure, because, tabulate
from groundkeeper.core.runs import offsets_of
from groundkeeper.core.scoring.gold.names import PROBABILITY
from groundkeeper.core.truth.against_gold import probability_of
from groundkeeper.core.truth.calibration import least_certain_part
from groundkeeper.core.truth.inferred import TIE, Posterior

BINS: Final = 10
LEAST_CERTAIN: Final = 0.2
"""The part of the records that would be looked at again."""
KEY: Final = ["record_id", "era"]
NOTHING: Final = "no item with gold has a record with inferred probabilities"


@dataclass(frozen=True)
class Inferences:
    """What is inferred of one field: its rows of ``posteriors`` and ``disputes``, the field, and how it is inferred."""

    posteriors: pd.DataFrame
    disputes: pd.DataFrame
    field: Field
    how: Inference


@dataclass(frozen=True, eq=False)
class _Judged:
    """Items with gold of which something was inferred, n of them, sorted.

    Attributes
    ----------
    rows : DataFrame
        ``item_id, record_id, era, gold, said``: JSON texts; ``said`` is missing where several values are as probable.
    probability : float64[n]
        Of the most probable value.
    right : float64[n]
        1 where it is right; where values tie and gold is among them, one over their number.
    brier : float64[n]
        Squared distance of the probabilities from gold, over all values.
    """

    rows: pd.DataFrame
    probability: Floats
    right: Floats
    brier: Floats


def posterior_figures(name: str, held: pd.DataFrame, found: Inferences) -> list[Figure]:
    """Return how right the methods are, and how well the probabilities of the chosen one hold.

    * ``gold_accuracy_of_method``, of ``field/method``: how often it is right, of the items with gold of which something
      was inferred. Where several values are as probable it says nothing, which is not right.
    * ``gold_brier_score``: the squared distance of the probabilities from gold, over all values, 0 to 2.
    * ``gold_expected_calibration_error``: how far the mean probability of a bin is from the share that is right, on
      average; ``gold_calibration_error_by_chance``: about how much that would be if all probabilities held.
    * ``gold_error``, and ``gold_error_least_certain``, that of the least certain fifth.

    Parameters
    ----------
    name : str
        The field.
    held : DataFrame
        One row per item with gold: ``item_id, gold`` (JSON), ``record_id, era, value``.
    found : Inferences
        What was inferred.
    """
    judged = _judged(held, found)
    one = np.ones(len(judged.rows))
    uncertain = least_certain_part(judged.probability, one, LEAST_CERTAIN) if len(one) else one
    wrong = 1 - judged.right
    sums = {
        "gold_brier_score": (judged.brier, one),
        "gold_error": (wrong, one),
        "gold_error_least_certain": (wrong * uncertain, uncertain),
    }
    figures = [
        _figure(measure, name, judged, np.column_stack(parts)) for measure, parts in sums.items()
    ]
    return [*figures, *_methods(name, judged, found), *_distances(name, judged)]


def reliability(
    name: str, held: pd.DataFrame, found: Inferences, items: pd.DataFrame, how: Resampling
) -> pd.DataFrame:
    """Return the reliability curve as the table ``measures``: rows of the facet ``probability``, one a bin.

    ``reliability`` is the share that is right of the items whose most probable value has a probability in the bin, and
    ``reliability_said`` the mean of these probabilities. A bin holds its lower end, and the last one 1.
    """
    judged = _judged(held, found)
    levels = np.array([f"{low / BINS:g} to {(low + 1) / BINS:g}" for low in range(BINS)])
    level = pd.Series(levels[_bins(judged.probability)], judged.rows["item_id"], dtype="str")
    known = items.loc[items["item_id"].isin(level.index), ["item_id", "group_id"]]
    binned = known.assign(**{PROBABILITY: known["item_id"].map(level)})
    one = np.ones(len(level))
    figures = [
        _figure(measure, name, judged, np.column_stack([part, one]))
        for measure, part in (
            ("reliability", judged.right),
            ("reliability_said", judged.probability),
        )
    ]
    table = tabulate(figures, binned, (PROBABILITY,), how)
    return table[table["facet"] != ALL]


def _figure(measure: str, subject: str, judged: _Judged, sums: Floats, note: str = "") -> Figure:
    item_ids = judged.rows["item_id"].to_numpy(dtype=object)
    return Figure(measure, subject, item_ids, sums, ratio, because(NOTHING), note)


def _methods(name: str, judged: _Judged, found: Inferences) -> list[Figure]:
    """Return how often each method is right; one that is not in dispute says what the chosen one says.

    All are resampled as ``gold_accuracy`` is: the same items and values have the same interval.
    """
    figures = []
    keys = pd.MultiIndex.from_frame(judged.rows[KEY])
    for method in (found.how.method, *found.how.compare):
        disputed = found.disputes[found.disputes["method"] == method]
        other = disputed.set_index(KEY)["value"].reindex(keys)
        said = judged.rows["said"].mask(other.notna().to_numpy(), other.set_axis(judged.rows.index))
        right = (said == judged.rows["gold"]).to_numpy(dtype=np.float64)
        silent = int((said.isna() | (said == "null")).sum())
        note = f"{silent} without one most probable value are not right" if silent else ""
        sums = np.column_stack([right, np.ones(len(right))]).astype(np.float64)
        figure = _figure("gold_accuracy_of_method", f"{name}/{method}", judged, sums, note)
        figures.append(replace(figure, drawn_with=("gold_accuracy", name)))
    return figures


def _distances(name: str, judged: _Judged) -> list[Figure]:
    """Return how far probabilities and shares are apart, and how far they would be by chance."""
    inside = np.eye(BINS)[_bins(judged.probability)]
    columns = [inside, inside * judged.probability[:, None], inside * judged.right[:, None]]
    item_ids = judged.rows["item_id"].to_numpy(dtype=object)
    sums = np.hstack(columns)
    note = (
        "chance alone keeps it, and its interval, above 0; compare gold_calibration_error_by_chance"
    )
    return [
        Figure(
            "gold_expected_calibration_error", name, item_ids, sums, _apart, because(NOTHING), note
        ),
        Figure(
            "gold_calibration_error_by_chance", name, item_ids, sums, _by_chance, because(NOTHING)
        ),
    ]


def _apart(sums: Floats) -> Floats:
    """Return the mean distance of what was said and what held, by bin; *sums* are ``[rounds, 3 * BINS]``."""
    counts, said, right = (sums[:, part * BINS : (part + 1) * BINS] for part in range(3))
    return divide(np.abs(said - right).sum(axis=1), counts.sum(axis=1))


def _by_chance(sums: Floats) -> Floats:
    """Return about what ``_apart`` is where every probability holds: the mean distance of a share from its chance."""
    counts, said = sums[:, :BINS], sums[:, BINS : 2 * BINS]
    mean = np.nan_to_num(divide(said, counts)).clip(0, 1)
    off = np.sqrt(2 / np.pi * mean * (1 - mean) * counts)
    return divide(off.sum(axis=1), counts.sum(axis=1))


def _bins(probability: Floats) -> npt.NDArray[np.intp]:
    return np.minimum((probability * BINS + TIE).astype(np.intp), BINS - 1)


def _judged(held: pd.DataFrame, found: Inferences) -> _Judged:
    """Return what was inferred of each item with gold, and how right it is.

    A record whose value is no longer the most probable one, because newer answers to the field stand, is left out.
    """
    texts = _texts(found)
    rows = held.dropna(subset="record_id").sort_values("item_id", ignore_index=True)
    keys = pd.MultiIndex.from_frame(rows[KEY])
    listed = found.posteriors.assign(
        unit=keys.get_indexer(pd.MultiIndex.from_frame(found.posteriors[KEY])),
        code=texts.get_indexer(pd.Index(found.posteriors["value"])),
    )
    listed = listed[listed["unit"] >= 0].sort_values(["unit", "code"])
    count = np.bincount(listed["unit"], minlength=len(rows))
    posterior = Posterior(
        offsets_of(count),
        listed["code"].to_numpy(np.int32),
        listed["probability"].to_numpy(np.float64),
    )
    best = posterior.best()
    alone = best.ties == 1
    said = pd.Series(texts.to_numpy(dtype=object)[best.label], rows.index).where(alone, None)
    stands = (count > 0) & (rows["value"].isna() | (_json(rows["value"]) == said)).to_numpy()
    gold = texts.get_indexer(pd.Index(rows["gold"])).astype(np.int32)
    of_gold = probability_of(posterior, np.arange(len(rows)), gold)
    among_best = of_gold >= best.probability - TIE
    right = np.where(among_best, 1 / np.maximum(best.ties, 1), 0.0)
    squares = np.bincount(listed["unit"], np.square(listed["probability"]), len(rows))
    return _Judged(
        rows.assign(said=said)[stands].reset_index(drop=True),
        best.probability[stands],
        right[stands],
        (squares - 2 * of_gold + 1)[stands],
    )


def _texts(found: Inferences) -> pd.Index:
    """Return every value of the field as JSON: those of its vocabulary, then those that older versions had."""
    declared = [canonical_json(value) for value in found.field.choices or (False, True)]
    others = sorted(set(found.posteriors["value"]) - set(declared))
    return pd.Index([*declared, *others], dtype="str")


def _json(values: pd.Series) -> pd.Series:
    """Return *values* of a column as JSON, missing ones as they are."""
    known = values.astype(object)
    return known.map(lambda value: canonical_json(_plain(value)), na_action="ignore")


def _plain(value: object) -> object:
    """Return a cell as JSON has it, without the types of numpy."""
    return value.item() if isinstance(value, np.generic) else value
