"""The blocks of a guideline other than fields and decisions."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field as Key
from pydantic import model_validator

from groundkeeper.core.guideline.values import (
    Count,
    Day,
    Identifier,
    Name,
    Number,
    SetName,
    Share,
    Strictly,
    Text,
    Version,
    When,
    version_key,
)

GeometryKind: TypeAlias = Literal["box", "keypoints", "line", "mask", "point", "polygon", "span"]
CoverageKind: TypeAlias = Literal["exhaustive", "sampled"]
Measure: TypeAlias = Literal["boundary_p95", "boundary_max", "edge_max", "iou", "point_distance"]


class Header(Strictly):
    """Which guideline this is."""

    set: SetName
    version: Version
    supersedes: Version | None = None
    released: Day
    owners: Annotated[tuple[Text, ...], Key(min_length=1)]
    status: Literal["draft", "published"]

    @model_validator(mode="after")
    def _supersedes_an_older_one(self) -> Self:
        if self.supersedes and version_key(self.supersedes) >= version_key(self.version):
            msg = f"found supersedes {self.supersedes}; allowed is a version below {self.version}"
            raise ValueError(msg)
        return self


class ClassText(Strictly):
    """What a class is, for people."""

    text: Text = ""
    positive: tuple[Text, ...] = ()
    negative: tuple[Text, ...] = ()
    confused_with: tuple[Text, ...] = ()


class Tolerance(Strictly):
    """How precisely a geometry is to be drawn."""

    tol_px: Annotated[Number, Key(ge=0)]
    measure: Measure


class Match(Strictly):
    """Which annotations of several experts are about the same thing.

    ``iou``: those that overlap by *at_least*, a share in (0, 1]; ``item``: all on one item.
    """

    by: Literal["iou", "item"]
    at_least: Share | None = None

    @model_validator(mode="after")
    def _iou_has_a_threshold(self) -> Self:
        if (self.by == "iou") != (self.at_least is not None):
            found = "no at_least" if self.at_least is None else "at_least"
            msg = f"found {found} with by: {self.by}; allowed is at_least with by: iou, and only so"
            raise ValueError(msg)
        return self


class Consensus(Strictly):
    """How the answers of several experts become one record."""

    experts: Count
    quorum: Count
    match: Match
    shape: Literal["majority_region", "none"]

    @model_validator(mode="after")
    def _quorum_can_be_reached(self) -> Self:
        if self.quorum > self.experts:
            msg = f"found quorum {self.quorum} with {self.experts} experts; allowed is at most all"
            raise ValueError(msg)
        return self


class Scoring(Strictly):
    """How predictions are matched with records, and which records count for nobody.

    Attributes
    ----------
    match_iou
        Smallest IoU of a match; nothing for records matched by item.
    ignore
        By decision, the outcomes whose records are neither asked for nor blamed.
    """

    match_iou: Share | None = None
    ignore: dict[Name, tuple[Identifier, ...]] = Key(default_factory=dict)


class Change(Strictly):
    """One entry of the changelog; *meaning* is claimed for prose, which nothing computes."""

    id: Identifier
    kind: Identifier
    target: Identifier
    meaning: Literal["same", "clarified", "changed"] | None = None
    rationale: Text
    evidence: tuple[Text, ...] = ()
    decided_by: Text


class Prose(Strictly):
    """A block of text for people and the records it is about; all of them without a scope."""

    id: Identifier
    scope: When | None = None
    text: Text
