"""All figures about people as one table."""

import math

import pandas as pd

from groundkeeper.core.estimates import Estimate, Resampling, undefined
from groundkeeper.core.measures import row
from groundkeeper.core.people.acknowledged import reading
from groundkeeper.core.people.old_rule import EVERYBODY, old_rule_measures
from groundkeeper.core.people.results import quiz_measures
from groundkeeper.core.people.said import PeopleEvidence
from groundkeeper.core.people.versions import Versions
from schemas.names import MEASURES

ACKNOWLEDGED, UNREAD = "acknowledged_share", "unread_answers_share"
"""Share of those who should have acknowledged a version that have; and of the answers given without."""


def people_measures(evidence: PeopleEvidence, versions: Versions, how: Resampling) -> pd.DataFrame:
    """Return how annotators are carried along: the rows of ``schemas.names.MEASURES``, sorted by key.

    Parameters
    ----------
    evidence : PeopleEvidence
        ``answers, annotations, tasks, acknowledgements`` of the stage ``ingest``; ``clusters`` of ``consensus``;
        ``observations``, the table ``carried`` of ``impact``; ``items`` of ``items``.
    versions : Versions
        All versions of the guideline, so that a quiz can be about one that nobody answered under. An annotator is held
        against the newest before theirs that somebody did.
    how : Resampling
        How intervals are made, and at which confidence somebody is said to keep the old rule.

    Returns
    -------
    DataFrame
        ``quiz_right`` and ``quiz_wrong_by_old_rule`` (``results``), ``old_rule_share``, ``old_rule_p`` and
        ``keeps_old_rule`` (``old_rule``), by annotator; ``acknowledged_share`` and ``unread_answers_share`` of all
        annotators by version.
    """
    found = [
        quiz_measures(evidence, versions, how),
        old_rule_measures(evidence, versions, how),
        _reading_measures(evidence, versions),
    ]
    filled = [table for table in found if len(table)]
    if not filled:
        return found[0]
    return pd.concat(filled).sort_values(list(MEASURES.key), ignore_index=True)


def _reading_measures(evidence: PeopleEvidence, versions: Versions) -> pd.DataFrame:
    table = reading(evidence.answers, evidence.tasks, evidence.acknowledgements, versions.in_force)
    rows = []
    for version, of_version in table.groupby("version"):
        due = of_version["pending"] | of_version["acknowledged"]
        counts = {
            ACKNOWLEDGED: (of_version["acknowledged"].sum(), due.sum()),
            UNREAD: (of_version["unread_answers"].sum(), of_version["answers"].sum()),
        }
        rows += [
            row(name, EVERYBODY, "version", str(version), _counted(int(part), int(whole), len(due)))
            for name, (part, whole) in counts.items()
        ]
    return pd.DataFrame(rows, columns=list(MEASURES.columns))


def _counted(part: int, whole: int, people: int) -> Estimate:
    """Return the share of all that there are, which has no interval: nothing was sampled."""
    if whole == 0:
        return undefined("there are none", 0, people)
    return Estimate(part / whole, math.nan, math.nan, whole, people, math.nan, "counted")
