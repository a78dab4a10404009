"""Which verdict on a record stands: the first, until one comes that names it and replaces it."""

from typing import Final, NamedTuple

import numpy as np
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
        The ids of the verdicts that decide what was decided, and do not name what they would replace, and of those
        that say a second time that the guideline does not say.
    """

    standing: dict[tuple[str, str], str]
    refused: frozenset[str]


def chain(verdicts: pd.DataFrame) -> Chain:
    """Return which of *verdicts* stand, and which come too late, taking them in the order of arrival.

    A verdict of ``guideline_gap`` decides nothing, and may be given once by each person; one that names what it
    reverses opens the case again. Only a verdict on the same record is reversed, and that under an older version, too.

    Parameters
    ----------
    verdicts : DataFrame
        ``verdict_id, record_id, era, adjudicator, verdict, reverses, sequence, decided_at``; the order of rows decides
        nothing.

    Examples
    --------
    >>> said = pd.DataFrame(
    ...     {
    ...         "verdict_id": ["ao_1", "ao_2", "ao_3"],
    ...         "record_id": "rc_1",
    ...         "era": "1.0.0",
    ...         "adjudicator": "eve",
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
    decided: dict[str, tuple[str, str]] = {}
    asked: set[tuple[str, str, str]] = set()
    columns = ["verdict_id", *CASE, "adjudicator", "verdict", "reverses"]
    rows = verdicts.sort_values(ARRIVED)[columns].itertuples(index=False, name=None)
    for verdict_id, record_id, era, adjudicator, verdict, reverses in rows:
        case = (record_id, era)
        decides = verdict != Verdict.GUIDELINE_GAP
        replaces = None if pd.isna(reverses) else reverses
        before = standing.get(case)
        too_late = before is not None and replaces != before and (decides or replaces is not None)
        again = not decides and replaces is None and (*case, adjudicator) in asked
        if too_late or again:
            refused.add(verdict_id)
            continue
        older = decided.get(replaces) if replaces is not None else None
        if older is not None and older[0] == record_id and standing.get(older) == replaces:
            del standing[older]
        if decides:
            standing[case] = verdict_id
            decided[verdict_id] = case
        else:
            asked.add((*case, adjudicator))
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
    last = known[decides].drop_duplicates(CASE, keep="last")
    standing = last[~last["verdict_id"].isin(_taken_back(known))]
    return standing.sort_values(CASE, ignore_index=True)


def _taken_back(known: pd.DataFrame) -> set[str]:
    """Return the verdicts that a later one on the same record reverses; *known* are in the order of arrival."""
    place = pd.Index(known["verdict_id"]).get_indexer(known["reverses"])
    record = known["record_id"].to_numpy()
    earlier = (place >= 0) & (place < np.arange(len(known)))
    counts = earlier & (record[place] == record) if len(known) else earlier
    return set(known["reverses"][counts])
