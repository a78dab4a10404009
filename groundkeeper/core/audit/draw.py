"""Which records are read again, by whom, and under which version: everything by permanent random numbers.

What a number belongs to is named with the change that is audited, so another change draws other records, and records
that join the pool drop nobody from the audit of this one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.sampling import permanent_random_numbers
from groundkeeper.errors import RefusedError, listing
from schemas.enums import Action, Arm, Identity

AUDITED: Final = (Action.UNTOUCHED, Action.AUTO)
"""What nobody would be asked about, and so is audited."""
NEAR, FAR = "near", "far"
"""Levels of a stratum: next to a boundary that moved, or not."""
READERS: Final = 2
"""How many people read a drawn record again: one under each version."""

_PURPOSE: Final = "audit"


def strata(pool: pd.DataFrame) -> pd.Series:
    """Return the stratum of each record of the pool, such as ``auto/near``, from its ``action`` and ``near``."""
    level = pd.Series(np.where(pool["near"], NEAR, FAR), pool.index, dtype="str")
    return pool["action"].astype("str").str.cat(level, sep="/")


def action_of(stratum: pd.Series) -> pd.Series:
    """Return the action of each stratum.

    Examples
    --------
    >>> action_of(pd.Series(["auto/near", "untouched/far"])).tolist()
    ['auto', 'untouched']
    """
    return stratum.astype("str").str.replace(r"/.*", "", regex=True)


def draw(pool: pd.DataFrame, share: Mapping[str, float], change: str, seed: int) -> pd.DataFrame:
    """Return the records that are drawn, each with the share of its stratum as the chance that it was.

    Parameters
    ----------
    pool : DataFrame
        One row per record that nobody is asked about: ``record_id, item_id, group_id, action, near``.
    share : mapping
        Of each stratum, in [0, 1].
    change : str
        What is audited, such as ``1.1.0..2.0.0``.
    seed : int
        Of the permanent random numbers.

    Returns
    -------
    DataFrame
        The drawn rows of *pool* with ``stratum, inclusion_probability, prn``, sorted by ``record_id``.
    """
    ordered = pool.sort_values("record_id").reset_index(drop=True)
    stratum = strata(ordered)
    probability = stratum.map(dict(share)).astype("float64")
    prn = _numbers(change, ordered["record_id"], seed)
    found = ordered.assign(stratum=stratum, inclusion_probability=probability, prn=prn)
    return found[prn < probability.to_numpy()].reset_index(drop=True)


def experts_of(drawn: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return who answered the items of the drawn records: one row per item and person, sorted.

    Parameters
    ----------
    drawn : DataFrame
        ``item_id``.
    answers : DataFrame
        The answers that made the records: ``item_id, annotator, identity``.

    Raises
    ------
    RefusedError
        If names do not say who somebody is, or nobody answered an item.
    """
    said = answers[answers["item_id"].isin(drawn["item_id"])]
    anonymous = said.loc[said["identity"] != Identity.KNOWN, "item_id"].nunique()
    without = sorted(set(drawn["item_id"]) - set(said["item_id"]))
    if anonymous or without:
        found = (
            f"{anonymous} of {drawn['item_id'].nunique()} items were answered by annotators of unknown identity"
            if anonymous
            else f"nobody answered the items {listing(without)}"
        )
        message = (
            f"audit: {found}, so the same people cannot be asked again; allowed is known identity, or a panel "
            "that reads all records; name its members with --annotator"
        )
        raise RefusedError(message)
    pairs = said[["item_id", "annotator"]].drop_duplicates()
    return pairs.sort_values(["item_id", "annotator"]).reset_index(drop=True)


def panel(drawn: pd.DataFrame, annotators: Sequence[str]) -> pd.DataFrame:
    """Return every item of the drawn records with every one of the *annotators*, sorted.

    Raises
    ------
    RefusedError
        If they are fewer than ``READERS``.
    """
    named = sorted({name.strip() for name in annotators} - {""})
    if len(named) < READERS:
        message = (
            f"audit: the panel is {listing(named)}; allowed are {READERS} people or more, for each record is read by "
            f"{READERS}, one under each version; name another with --annotator"
        )
        raise RefusedError(message)
    items = drawn[["item_id"]].drop_duplicates()
    who = pd.DataFrame({"annotator": named})
    return (
        items.merge(who, how="cross").sort_values(["item_id", "annotator"]).reset_index(drop=True)
    )


def assign(drawn: pd.DataFrame, experts: pd.DataFrame, change: str, seed: int) -> pd.DataFrame:
    """Return who reads which drawn record under which version; nobody reads one twice.

    Of the people of a record ``READERS`` are taken, those of the lowest numbers; where there is one alone, the record
    is read in one arm. Records of a stratum in the order of
    their numbers, and their readers in that of theirs, take turns between the arms: so in each record and in each
    stratum one arm has at most one reading more than the other, and which is by chance.

    Parameters
    ----------
    drawn : DataFrame
        What ``draw`` returned.
    experts : DataFrame
        Who may read each item: ``item_id, annotator``.
    change, seed
        As of ``draw``.

    Returns
    -------
    DataFrame
        One row per reading: the columns of *drawn*, ``annotator, arm``; sorted by record and annotator.
    """
    pairs = drawn.merge(experts, on="item_id")
    keys = pairs["record_id"] + "/" + pairs["annotator"]
    pairs = pairs.assign(turn=_numbers(change, keys, seed))
    pairs = pairs.sort_values(["stratum", "prn", "record_id", "turn", "annotator"])
    pairs = pairs[pairs.groupby("record_id").cumcount() < READERS]
    starts = dict(
        zip(
            sorted(set(pairs["stratum"])),
            _numbers(change, sorted(set(pairs["stratum"])), seed),
            strict=True,
        )
    )
    first = pairs["stratum"].map(starts).to_numpy(dtype=np.float64) < 1 / 2
    is_odd = (pairs.groupby("stratum").cumcount() % 2 == 1).to_numpy()
    arm = np.where(first == is_odd, str(Arm.NEW), str(Arm.OLD))
    found = pairs.assign(arm=arm).drop(columns="turn").sort_values(["record_id", "annotator"])
    return found.reset_index(drop=True)


def _numbers(
    change: str, names: Iterable[str], seed: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return permanent_random_numbers([f"{change}/{name}" for name in names], seed, _PURPOSE)
