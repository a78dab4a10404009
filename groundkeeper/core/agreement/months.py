"""When answers were given, as a facet of their items."""

import pandas as pd

MONTH = "month"
UNKNOWN = "unknown"


def month_of_items(answers: pd.DataFrame, item_ids: pd.Series) -> pd.Series | None:
    """Return the month in which the last answer to each item was given, as ``2026-03``; None with fewer than two.

    Experts can be compared on an item once the last of them has answered.

    Parameters
    ----------
    answers : DataFrame
        One row per answer: ``item_id, submitted_at`` (UTC, or missing).
    item_ids : Series
        The items, on whose index the months come back; ``unknown`` of those without a dated answer.

    Examples
    --------
    >>> given = pd.to_datetime(pd.Series(["2026-03-31", "2026-04-01", "2026-03-02"]), utc=True)
    >>> answers = pd.DataFrame({"item_id": ["a", "a", "b"], "submitted_at": given})
    >>> month_of_items(answers, pd.Series(["a", "b", "c"])).tolist()
    ['2026-04', '2026-03', 'unknown']
    """
    last = answers.groupby("item_id")["submitted_at"].max().dropna()
    months = last.dt.strftime("%Y-%m").astype(object)
    if len(set(months)) <= 1:
        return None
    return item_ids.map(months).fillna(UNKNOWN)
