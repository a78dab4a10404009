"""What a report is made from: the products of every stage of one set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from groundkeeper.batches import Batch
from groundkeeper.core.consensus.voices import Evidence, of_experts
from groundkeeper.core.guideline.fields import Field
from schemas.enums import RecordStatus


@dataclass(frozen=True)
class Found:
    """What the stages of one set wrote; see ``schemas.names`` for the tables.

    Attributes
    ----------
    version
        Set, version and digest of the guideline, with its title and prose.
    fields
        The fields of the guideline.
    manifest
        The manifest of the release.
    batches
        What was taken in, under which licence.
    agreement, scores
        Measures between the experts, and of each reader against the consensus of the others.
    rounds
        Measures of rounds, audits and annotators.
    """

    version: Mapping[str, Any]
    fields: Mapping[str, Field]
    manifest: Mapping[str, Any]
    batches: tuple[Batch, ...]
    items: pd.DataFrame
    sample: pd.DataFrame
    coverage: pd.DataFrame
    answers: pd.DataFrame
    annotations: pd.DataFrame
    parts: pd.DataFrame
    rejects: pd.DataFrame
    clusters: pd.DataFrame
    fits: pd.DataFrame
    skills: pd.DataFrame
    states: pd.DataFrame
    plan: pd.DataFrame
    edge_cases: pd.DataFrame
    rounds: pd.DataFrame
    records: pd.DataFrame
    record_parts: pd.DataFrame
    gt_items: pd.DataFrame
    queue: pd.DataFrame
    checks: pd.DataFrame
    agreement: pd.DataFrame
    scores: pd.DataFrame
    conflicts: pd.DataFrame

    @property
    def told(self) -> pd.DataFrame:
        """The answers of the experts, without the verdicts on what they left open."""
        return of_experts(self.answers)

    @property
    def alive(self) -> pd.DataFrame:
        """The records that are no tombstones."""
        return self.records[self.records["status"] != RecordStatus.RETIRED]

    @property
    def evidence(self) -> Evidence:
        """What the experts said."""
        return Evidence(self.told, self.annotations, self.parts, self.items)
