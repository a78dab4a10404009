"""Who has read which guideline version, who still has to, and who answered without."""

import pandas as pd

from groundkeeper.core.consensus.voices import PEOPLE, of_experts
from groundkeeper.core.guideline.values import version_key
from schemas.enums import Identity

COLUMNS = [
    "annotator",
    "version",
    "acknowledged_at",
    "acknowledged",
    "pending",
    "tasks",
    "answers",
    "unread_answers",
]


def reading(
    answers: pd.DataFrame, tasks: pd.DataFrame, acknowledgements: pd.DataFrame, in_force: str
) -> pd.DataFrame:
    """Return what every annotator has read, and of which versions an acknowledgement is missing.

    Those who are anonymous are left out: one name may be several people. Verdicts are, too: an adjudicator annotates
    nothing.

    Parameters
    ----------
    answers, tasks, acknowledgements : DataFrame
        The tables of ``ingest``.
    in_force : str
        The version that everybody should have read.

    Returns
    -------
    DataFrame
        One row per annotator and version that they acknowledged, were asked under, answered under, or that is in
        force: ``COLUMNS``. ``pending`` where it was not acknowledged, and is in force or asked under; ``tasks``, those
        asked of them by name; ``answers``, those they gave; ``unread_answers``, those of them that were given without,
        or before they acknowledged. Sorted by annotator and version.
    """
    people = answers["origin"].isin(PEOPLE) & (answers["identity"] == Identity.KNOWN)
    given = of_experts(answers[people])
    given = given.rename(columns={"era": "version"})
    asked = tasks[tasks["annotator"].notna()].rename(columns={"era": "version"})
    key = ["annotator", "version"]
    first = acknowledgements.sort_values([*key, "acknowledged_at"], na_position="first")
    first = first.drop_duplicates(key)[[*key, "acknowledged_at"]].assign(acknowledged=True)
    seen = pd.concat([given[key], asked[key], first[key]]).drop_duplicates()
    now = seen[["annotator"]].drop_duplicates().assign(version=in_force)
    table = pd.concat([seen, now]).drop_duplicates().merge(first, on=key, how="left")
    table["acknowledged"] = table["acknowledged"].eq(True)  # noqa: FBT003 - missing is no acknowledgement
    told = given.merge(first, on=key, how="left")
    unread = told["acknowledged"].isna() | (told["submitted_at"] < told["acknowledged_at"])
    place = pd.MultiIndex.from_frame(table[key])
    for name, rows in (("tasks", asked), ("answers", given), ("unread_answers", told[unread])):
        counts = rows.groupby(key).size()
        table[name] = counts.reindex(place, fill_value=0).to_numpy(dtype="int64")
    due = (table["version"] == in_force) | (table["tasks"] > 0)
    table["pending"] = due & ~table["acknowledged"]
    table["_age"] = table["version"].map(version_key)
    return table.sort_values(["annotator", "_age"], ignore_index=True)[COLUMNS]
