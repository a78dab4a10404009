"""Newer answers to single fields, beside what was stored of a record before.

A record of which one field was asked keeps everything else that is known of it. The answers stand beside its older
observation in columns that end in ``@newer``, in the words of the version in force, and impact takes them for what is
known now.
"""

import json
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.impact.affected import Course
from groundkeeper.core.impact.assess import assess
from groundkeeper.core.impact.meaning import NEWER, Stored
from schemas.names import SPREAD_ENDINGS

COMPLETED: Final = "completed_in"
"""Column with the era of the newest answer to a single field of a record."""


def completed(
    observations: pd.DataFrame, revalidations: pd.DataFrame, course: Course, quorum: int
) -> pd.DataFrame:
    """Return *observations* with the answers to single fields that were given under later versions.

    Only answers count that enough people gave, and whose question the version in force still means: a field that was
    redefined after they were given has to be asked again. Of several answers to one field, those of the newest era do.

    Parameters
    ----------
    observations : DataFrame
        One row per record and era, as ``core.consensus.observe`` returns them.
    revalidations : DataFrame
        One row per record, era and what was asked, as ``core.consensus.revalidate`` returns them.
    course : Course
        The guideline in force, and the ways to it.
    quorum : int
        Fewest people whose answers settle anything.

    Returns
    -------
    DataFrame
        The rows of *observations* with ``<column>@newer`` for each column of a field that was answered, and
        ``completed_in``, the newest era of such answers; both missing where there are none.
    """
    enough = revalidations[revalidations["experts"] >= quorum]
    told = observations.assign(**{COMPLETED: pd.Series(None, observations.index, dtype="str")})
    ages = {era: age for age, era in enumerate(_eras(observations, enough))}
    age = observations["era"].map(ages)
    for era in sorted(set(enough["era"]), key=version_key):
        answers = _in_force(enough[enough["era"] == era], course)
        for asks, rows in answers.groupby("asks"):
            told = _beside(told, rows, json.loads(str(asks)), older=age < ages[era])
    return told


def _eras(*tables: pd.DataFrame) -> list[str]:
    return sorted({era for table in tables for era in table["era"]}, key=version_key)


def _in_force(answers: pd.DataFrame, course: Course) -> pd.DataFrame:
    """Return answers of one era as the version in force reads them."""
    era = str(answers["era"].iloc[0])
    return assess(answers, course.ways.get(era, ()), course.now, Stored.REBUILT).carried


def _beside(
    told: pd.DataFrame, answers: pd.DataFrame, names: list[str], older: pd.Series
) -> pd.DataFrame:
    """Return *told* with the *answers* to the fields *names* beside the rows of their records that are *older*."""
    place = pd.Index(answers["record_id"]).get_indexer(told["record_id"])
    found: dict[str, pd.Series] = {}
    any_given = np.zeros(len(told), dtype=np.bool_)
    for name in names:
        if name not in answers:
            continue
        known = answers[name].notna().to_numpy(dtype=np.bool_)
        given = (place >= 0) & older.to_numpy(dtype=np.bool_)
        given[given] = known[place[given]]
        any_given |= given
        for column in (name, *(f"{name}{end}" for end in SPREAD_ENDINGS)):
            if column in answers:
                said = answers[column].iloc[np.where(given, place, 0)].set_axis(told.index)
                before = told.get(f"{column}{NEWER}", said.where(np.zeros(len(told), dtype=bool)))
                found[f"{column}{NEWER}"] = said.where(given, before)
    era = str(answers["era"].iloc[0])
    return told.assign(**found, **{COMPLETED: told[COMPLETED].mask(any_given, era)})
