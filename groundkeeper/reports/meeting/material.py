"""What the pack for a consensus meeting is made from."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.edge_cases.agenda import Topic
from groundkeeper.core.edge_cases.concentration import Searched
from groundkeeper.core.edge_cases.positions import Positions
from groundkeeper.core.guideline.document import Guideline


@dataclass(frozen=True)
class Material:
    """What is known of a set that people meet about.

    Attributes
    ----------
    guideline
        The version that the tables were built under.
    in_force
        The version that is in force; another one until the next refresh.
    questions
        The table ``edge_cases``, and ``item_key``.
    topics
        What to talk about, in order.
    searched
        Where disagreement was looked for.
    held, standing
        What each expert said, and how far the decisions rest on it.
    observed
        One row per record: ``record_id, item_id, era`` and the fused fields, also of records out of the GT.
    aliases
        By an id that a record once had, the id that it has.
    status
        By id, the status of each record of the GT.
    parts
        The consensus regions: ``record_id, era, frame, geometry``.
    clusters, last
        Which annotation speaks of which record, and the last word of each person on each record in each era.
    evidence
        Everything that was said.
    sealed
        Ids of the items of which nothing is shown.
    """

    guideline: Guideline
    in_force: str
    questions: pd.DataFrame
    topics: tuple[Topic, ...]
    searched: Searched
    held: Positions
    standing: pd.DataFrame
    observed: pd.DataFrame
    aliases: Mapping[str, str]
    status: Mapping[str, str]
    parts: pd.DataFrame
    clusters: pd.DataFrame
    last: pd.DataFrame
    evidence: Evidence
    sealed: frozenset[str]
