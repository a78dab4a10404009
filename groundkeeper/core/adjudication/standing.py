"""Which verdict on a record stands: the first, until one comes that names it and replaces it."""

from typing import Final, NamedTuple

import pandas as pd

from groundkeeper.core.adjudication.verdicts import ARRIVED
from groundkeeper.core.consensus.statements import now_called
from schemas.enums import Verdict

CASE: Final = ["record_id", "era"]
"""What is decided once."""


class Chain(NamedTuple):
    """The verdicts on all records, held against those before them.

    Attributes
    ----------
    standing
        By record and era the id of the verdict that decides it.
    refused
        The ids of the verdicts that decide what was decided, and do not name what they would replace.
    """

    standing: dict[tuple[str, str], str]
    refused: frozenset[str]


def chain(verdicts: pd.DataFrame) -> Chain:
    """Return which of *verdicts* stand, and which come too late, taking them in the order of arrival.

    A verdict of ``guideline_gap`` decides nothing, and may always be given; one that names what it reverses opens the
    case again.

    Parameters
    ----------
    verdicts : DataFrame
        ``verdict_id, record_id, era, verdict, reverses, sequence, decided_at``; the order of rows decides nothing.

    Examples
    --------
    >>> said = pd.DataFrame(
    ...     {
    ...         "verdict_id": ["ao_1", "ao_2", "ao_3"],
    ...         "record_id": "rc_1",
    ...         "era": "1.0.0",
    ...         "verdict": ["position", "absent", "absent"],
    ...         "reverses": [None, None, "ao_1"],
    ...         "sequence": [1, 2, 3],
    ...         "decided_at": pd.Timestamp("2026-03-02", tz="UTC"),
    ...     }
    ... )
    >>> found = chain(said)
    >>> found.standing, sorted(found.refused)
    ({('rc_1', '1.0.0'): 'ao_3'}, ['ao_2'])
    """
    standing: dict[tuple[str, str], str] = {}
    refused = set()
    columns = ["verdict_id", *CASE, "verdict", "reverses"]
    rows = verdicts.sort_values(ARRIVED)[columns].itertuples(index=False, name=None)
    for verdict_id, record_id, era, verdict, reverses in rows:
        case = (record_id, era)
        decides = verdict != Verdict.GUIDELINE_GAP
        replaces = None if pd.isna(reverses) else reverses
        before = standing.get(case)
        if before is not None and replaces != before and (decides or replaces is not None):
            refused.add(verdict_id)
        elif decides:
            standing[case] = verdict_id
        elif replaces is not None:
            standing.pop(case, None)
    return Chain(standing, frozenset(refused))


def standing_verdicts(verdicts: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts that decide a record, at most one for each record and era.

    Parameters
    ----------
    verdicts : DataFrame
        The table ``verdicts``. Refused ones decide nothing. Where records that were decided apart turned out to be
        one, the verdict that arrived last decides it.
    clusters : DataFrame
        One row per annotation: ``annotation_id, record_id``.

    Returns
    -------
    DataFrame
        The columns of *verdicts*, ``record_id`` being what the record is called now. Sorted by record and era.
    """
    admitted = verdicts[verdicts["refusal"].isna()]
    anchor = now_called(admitted["record_id"], clusters["annotation_id"])
    record = anchor.map(clusters.set_index("annotation_id")["record_id"]).astype("str")
    known = admitted.assign(record_id=record)[record.notna()].sort_values(ARRIVED)
    decides = known["verdict"] != Verdict.GUIDELINE_GAP
    taken_back = known["reverses"].dropna()
    last = known[decides].drop_duplicates(CASE, keep="last")
    standing = last[~last["verdict_id"].isin(taken_back)]
    return standing.sort_values(CASE, ignore_index=True)
