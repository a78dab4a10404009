"""What a report is made from: the products of every stage of one set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from groundkeeper.batches import Batch
from groundkeeper.core.consensus.voices import Evidence, of_experts
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Scoring
from schemas.enums import RecordStatus, Split


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
    scoring
        How the guideline wants answers and predictions to be scored, and what they should reach.
    agreement, scores
        Measures between the experts, and of everybody and every model that is scored.
    predictions, predicted, predicted_parts
        What models said: as ``answers``, ``annotations`` and ``parts``, apart from what people said.
    predicted_rejects
        What of it was refused, or replaced by a later batch.
    rounds
        Measures of rounds, audits and annotators.
    """

    version: Mapping[str, Any]
    fields: Mapping[str, Field]
    scoring: Scoring
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
    outcomes: pd.DataFrame
    confusion: pd.DataFrame
    scored: pd.DataFrame
    bounds: pd.DataFrame
    predictions: pd.DataFrame
    predicted: pd.DataFrame
    predicted_parts: pd.DataFrame
    predicted_rejects: pd.DataFrame

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

    @property
    def sealed(self) -> pd.Series:
        """The ids of the items that whoever makes models must not see."""
        return self.sample.loc[self.sample["split"] == Split.SEALED, "item_id"]

    @property
    def scored_evidence(self) -> Evidence:
        """What everybody said who can be scored: experts and models."""
        return Evidence(
            pd.concat([self.answers, self.predictions], ignore_index=True),
            pd.concat([self.annotations, self.predicted], ignore_index=True),
            pd.concat([self.parts, self.predicted_parts], ignore_index=True),
            self.items,
        )
