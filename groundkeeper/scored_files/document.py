"""How two files are held against one another, and what they make together."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.reports import undefined

HOW: Final = Resampling(rounds=1000, seed=0, confidence=0.95, interval=covering)


@dataclass(frozen=True)
class Asked:
    """How two files are held against one another.

    Attributes
    ----------
    settings : Settings
        Of objects; of spans, ``match_iou`` is the share of characters in common.
    image : (int, int), optional
        Width and height of every item of which nothing else is said, px.
    items : DataFrame, optional
        What ``items.read`` returned.
    labels : tuple of str, optional
        All classes that there are.
    grades : tuple of str, optional
        Values in their order.
    confidence : float, optional
        From which on what is said counts as said.
    absent : {"empty", "unanswered"}, optional
        What it means that there is nothing of an item in what is scored.
    how : Resampling
        How intervals are made.
    given : tuple of str
        The options by which somebody said any of it.
    """

    settings: Settings = field(default_factory=Settings)
    image: tuple[int, int] | None = None
    items: pd.DataFrame | None = None
    labels: tuple[str, ...] | None = None
    grades: tuple[str, ...] | None = None
    confidence: float | None = None
    absent: Literal["empty", "unanswered"] | None = None
    how: Resampling = HOW
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """What two files make together.

    Attributes
    ----------
    head : dict
        What was compared, how, on how much, and what was left out.
    measures, outcomes, confusion, conflicts : DataFrame
        The tables of these names.
    reports : dict
        In profile ``cvat``, the report of each subject as CVAT has it.
    """

    head: Mapping[str, Any]
    measures: pd.DataFrame
    outcomes: pd.DataFrame
    confusion: pd.DataFrame
    conflicts: pd.DataFrame
    reports: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return everything as one document of JSON's types."""
        tables = {
            "figures": self.measures,
            "confusion": self.confusion,
            "conflicts": self.conflicts,
            "outcomes": self.outcomes,
        }
        listed = {name: undefined.rows(table) for name, table in tables.items()}
        document = {**undefined.plain(self.head), **listed}
        return {**document, "cvat": undefined.plain(self.reports)} if self.reports else document


def head_of(  # noqa: PLR0913, PLR0917 - what a document begins with, each by its name
    truth: Path,
    said: Path,
    kind: str,
    asked: Asked,
    items: pd.DataFrame,
    excluded: Mapping[str, int],
    warnings: Sequence[str],
) -> dict[str, Any]:
    """Return what a document begins with: what was compared, how, on how much, and what was left out."""
    settings = {
        **asdict(asked.settings),
        "ignored_attributes": list(asked.settings.ignored_attributes),
    }
    digest = hashlib.sha256(canonical_json(settings).encode()).hexdigest()
    return {
        "truth": str(truth),
        "said": str(said),
        "kind": kind,
        "profile": asked.settings.profile,
        "settings": settings,
        "settings_digest": digest,
        "items": len(items),
        "groups": int(items["group_id"].nunique()),
        "excluded": dict(excluded),
        "warnings": list(warnings),
    }
