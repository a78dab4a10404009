"""What work for people costs, from the times that were recorded, and what labelling everything anew would cost."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.voices import of_scope, spoken
from groundkeeper.core.estimates import Estimate, Resampling, estimate, ratio, undefined
from schemas.enums import Scope

NO_TIMES = "no times recorded"
SECONDS_PER_HOUR = 3600.0

OF_ITEMS = (Scope.ITEM, Scope.SEARCH)
"""Scopes of answers whose time is that of a whole item."""
OF_RECORDS = (Scope.RECORD, Scope.FIELDS)
"""Scopes of answers whose time is that of one look at one record."""


@dataclass(frozen=True)
class Rates:
    """Seconds that one person spends on a whole item, and on one record of it."""

    item: Estimate
    record: Estimate


@dataclass(frozen=True)
class Workload:
    """How many looks of one person a change asks for: at records, and at whole items."""

    records: int
    items: int


def timed(answers: pd.DataFrame, annotations: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return the answers of a set as ``rates`` reads them: those of people who looked, and that count for it.

    Refused answers are left out, as are audits and quizzes, which no plan asks for.

    Parameters
    ----------
    answers, annotations, items : DataFrame
        ``answer_id, item_id, lead_time_s, origin, state, scope, refusal``; ``answer_id``; ``item_id, group_id``.
    """
    counted = annotations.groupby("answer_id").size()
    counting = of_scope(spoken(answers), *OF_ITEMS, *OF_RECORDS)
    found = counting[["answer_id", "item_id", "lead_time_s", "scope"]].merge(
        items[["item_id", "group_id"]], on="item_id"
    )
    return found.assign(annotations=found["answer_id"].map(counted).fillna(0))


def rates(answers: pd.DataFrame, how: Resampling) -> Rates:
    """Return how long people took, per whole item and per record.

    An item takes as long as its answers and searches took. A record takes as long as the answers about one record, or
    about fields of it, each of which is one look, took. As long as none of these was timed, the times of answers about
    whole items are shared evenly by their annotations, so that a single question about a record is reckoned as dear as
    drawing it: an upper bound. A search tells nothing of a record, as most of its time finds none.

    Parameters
    ----------
    answers : DataFrame
        One row an answer: ``lead_time_s``, seconds, missing where none was recorded; ``annotations``, how many it
        has; ``group_id``; ``scope``, what it speaks of, and without this column all speak of whole items.
    how : Resampling
        Of the intervals, which resample groups.
    """
    known = answers[answers["lead_time_s"].notna()]
    known = known if "scope" in known else known.assign(scope=Scope.ITEM.value)
    items, looks = of_scope(known, *OF_ITEMS), of_scope(known, *OF_RECORDS)
    whole = of_scope(known, Scope.ITEM)
    drawn = whole[whole["annotations"] > 0]
    return Rates(
        _seconds_each(items.assign(count=1), how, "item"),
        _seconds_each(
            looks.assign(count=1) if len(looks) else drawn.assign(count=drawn["annotations"]),
            how,
            "record",
        ),
    )


def _seconds_each(timed: pd.DataFrame, how: Resampling, thing: str) -> Estimate:
    """Return how many seconds one *thing* takes, of which each answer is about ``count``."""
    if timed.empty:
        return undefined(NO_TIMES)
    spent = timed[["lead_time_s", "count"]].to_numpy(dtype=np.float64)
    groups = timed["group_id"].to_numpy()
    return estimate(spent, groups, ratio, how, how.generator(f"seconds per {thing}"))


def hours(work: Workload, pace: Rates) -> Estimate:
    """Return how many hours *work* takes.

    The ends of the interval add up those of its parts, which is wider than it need be.

    Examples
    --------
    >>> pace = Rates(undefined("no times recorded"), Estimate(36.0, 18.0, 72.0, 50, 20, 45.0))
    >>> found = hours(Workload(records=100, items=0), pace)
    >>> found.value, found.low, found.high
    (1.0, 0.5, 2.0)
    >>> hours(Workload(records=0, items=3), pace).note
    'no times recorded'
    """
    parts = [
        (count, rate)
        for count, rate in ((work.records, pace.record), (work.items, pace.item))
        if count
    ]
    if not parts:
        return Estimate(0.0, 0.0, 0.0, 0, 0, float("nan"), "nobody is needed")
    value, low, high = (
        sum(count * getattr(rate, end) for count, rate in parts) / SECONDS_PER_HOUR
        for end in ("value", "low", "high")
    )
    rests_on = min((rate for _, rate in parts), key=lambda rate: rate.n)
    return Estimate(
        value, low, high, rests_on.n, rests_on.groups, rests_on.effective_n, rests_on.note
    )
