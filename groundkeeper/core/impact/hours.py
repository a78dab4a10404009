"""What work for people costs, from the times that were recorded, and what labelling everything anew would cost."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Estimate, Resampling, estimate, ratio, undefined

NO_TIMES = "no times recorded"
SECONDS_PER_HOUR = 3600.0


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
    """Return the answers of a set as ``rates`` reads them.

    Parameters
    ----------
    answers, annotations, items : DataFrame
        ``answer_id, item_id, lead_time_s``; ``answer_id``; ``item_id, group_id``.
    """
    counted = annotations.groupby("answer_id").size()
    found = answers[["answer_id", "item_id", "lead_time_s"]].merge(
        items[["item_id", "group_id"]], on="item_id"
    )
    return found.assign(annotations=found["answer_id"].map(counted).fillna(0))


def rates(answers: pd.DataFrame, how: Resampling) -> Rates:
    """Return how long people took, per item and per annotation.

    The time of an answer is shared evenly by its annotations, so a single question about a record is reckoned as
    dear as drawing it: an upper bound.

    Parameters
    ----------
    answers : DataFrame
        One row an answer: ``lead_time_s``, seconds, missing where none was recorded; ``annotations``, how many it
        has; ``group_id``.
    how : Resampling
        Of the intervals, which resample groups.
    """
    known = answers[answers["lead_time_s"].notna()]
    if known.empty:
        return Rates(undefined(NO_TIMES), undefined(NO_TIMES))
    seconds = known["lead_time_s"].to_numpy(dtype=np.float64)
    groups = known["group_id"].to_numpy()
    per_item = np.column_stack([seconds, np.ones(len(known))])
    counted = known["annotations"].to_numpy(dtype=np.float64)
    marked = counted > 0
    per_record = np.column_stack([seconds, counted])[marked]
    return Rates(
        estimate(per_item, groups, ratio, how, how.generator("seconds per item")),
        estimate(per_record, groups[marked], ratio, how, how.generator("seconds per record"))
        if marked.any()
        else undefined(NO_TIMES),
    )


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
