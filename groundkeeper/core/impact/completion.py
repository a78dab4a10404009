"""Newer answers to single fields, beside what was stored of a record before.

A record of which one field was asked keeps everything else that is known of it. The answers stand beside its older
observation in columns that end in ``@newer``, in the words of the version in force, and impact takes them for what is
known now.
"""

import json
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.correspondence import renamed
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.impact.affected import Course
from groundkeeper.core.impact.assess import assess
from groundkeeper.core.impact.meaning import CONFIRMED, NEWER, Stored
from schemas.names import SPREAD_ENDINGS

COMPLETED: Final = "completed_in"
"""Column with the era of the newest answer to a single field of a record, or that confirmed it."""
FACTS: Final = frozenset({"record_id", "item_id", "era"})
"""What a row says beside its field."""


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
        The rows of *observations* with ``<column>@newer`` for each column of a field that was answered;
        ``completed_in``, the newest era of such answers; and ``@confirmed``, how many steps of the guideline came after
        people said that what is stored is still right. Missing where nobody answered.
    """
    enough = revalidations[revalidations["experts"] >= quorum]
    told = observations.assign(
        **{
            COMPLETED: pd.Series(None, observations.index, dtype="str"),
            CONFIRMED: pd.Series(np.nan, observations.index),
        }
    )
    ages = {era: age for age, era in enumerate(_eras(observations, enough))}
    age = observations["era"].map(ages)
    for era in sorted(set(enough["era"]), key=version_key):
        for asks, rows in enough[enough["era"] == era].groupby("asks"):
            names = json.loads(str(asks))
            older = age < ages[era]
            if names:
                told = _beside(told, _in_force(rows, names[0], course), older)
            else:
                told = _confirmed(told, rows, older, len(course.ways.get(era, ())))
    return told


def _confirmed(told: pd.DataFrame, rows: pd.DataFrame, older: pd.Series, left: int) -> pd.DataFrame:
    """Return *told* with how many steps were *left* when the records of *rows* were said to be right still."""
    said = told["record_id"].isin(rows["record_id"]) & older
    era = str(rows["era"].iloc[0])
    return told.assign(
        **{
            COMPLETED: told[COMPLETED].mask(said, era),
            CONFIRMED: told[CONFIRMED].mask(said, float(left)),
        }
    )


def _eras(*tables: pd.DataFrame) -> list[str]:
    return sorted({era for table in tables for era in table["era"]}, key=version_key)


def _in_force(answers: pd.DataFrame, name: str, course: Course) -> tuple[pd.DataFrame, str]:
    """Return answers of one era to the field *name* as the version in force reads them, and what it calls the field."""
    era = str(answers["era"].iloc[0])
    way = course.ways.get(era, ())
    then = way[0].form if way else course.now
    # A column of the new name, in which nothing stands, would be read instead of that of the old one.
    own = [
        *answers.columns[answers.columns.isin(FACTS)],
        name,
        *(f"{name}{end}" for end in SPREAD_ENDINGS),
    ]
    told = answers[[column for column in own if column in answers]]
    called = renamed(then.fields.fields, course.now.fields.fields).get(name, name)
    return assess(told, way, course.now, Stored.REBUILT).carried, called


def _beside(told: pd.DataFrame, read: tuple[pd.DataFrame, str], older: pd.Series) -> pd.DataFrame:
    """Return *told* with the answers to one field beside the rows of their records that are *older*."""
    answers, name = read
    if name not in answers:
        return told
    place = pd.Index(answers["record_id"]).get_indexer(told["record_id"])
    known = answers[name].notna().to_numpy(dtype=np.bool_)
    given = (place >= 0) & older.to_numpy(dtype=np.bool_)
    given[given] = known[place[given]]
    found: dict[str, pd.Series] = {}
    for column in (name, *(f"{name}{end}" for end in SPREAD_ENDINGS)):
        if column in answers:
            said = answers[column].iloc[np.where(given, place, 0)].set_axis(told.index)
            before = told.get(f"{column}{NEWER}", said.where(np.zeros(len(told), dtype=bool)))
            found[f"{column}{NEWER}"] = said.where(given, before)
    era = str(answers["era"].iloc[0])
    return told.assign(**found, **{COMPLETED: told[COMPLETED].mask(given, era)})
