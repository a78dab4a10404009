"""The change table: every kind of change, its level, and what it asks of records."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from groundkeeper.core.diff.levels import Level


class Remedy(StrEnum):
    """What a change asks of records; *search* of items, *rescore* of scores."""

    NONE = "none"
    AUTO = "auto"
    AUDIT = "audit"
    REVALIDATE = "revalidate"
    REANNOTATE = "reannotate"
    SEARCH = "search"
    RECOMPUTE = "recompute"
    RESCORE = "rescore"
    UNKNOWN_NEGATIVES = "negatives become unknown"
    BY_SPREAD = "by stored spread"
    CLAIM = "claim"


class Kind(StrEnum):
    """What can change between two versions."""

    PROSE_SAME = "prose, meaning the same"
    PROSE_CLARIFIED = "prose, clarified"
    PROSE_CHANGED = "prose, meaning changed"
    PROSE_UNCLAIMED = "prose, unclaimed"
    RENAMED = "renamed or merged"
    DERIVED_MOVED = "derived decision moved"
    DERIVED_UNKNOWN = "derived decision moved, field missing"
    JUDGED_MOVED = "judged decision moved"
    JUDGED_MIGRATED = "judged decision migrated"
    WIDENED = "scope widened"
    NARROWED = "scope narrowed"
    RULES_EDITED = "rules edited"
    OUTCOME_ADDED = "outcome added"
    OUTCOME_REMOVED = "outcome removed"
    DECISION_ADDED = "derived decision added"
    QUESTION_ADDED = "judged decision added"
    DECISION_REMOVED = "decision removed"
    DECISION_COMPUTED = "judged decision now derived"
    DECISION_ASKED = "derived decision now judged"
    MIGRATION_IDLE = "migration without effect"
    CLASS_ADDED = "class added"
    CLASS_REMOVED = "class removed"
    FIELD_ADDED = "field added"
    FIELD_REMOVED = "field removed"
    FIELD_REDEFINED = "field definition changed"
    FUSION_CHANGED = "fusion changed"
    VALUES_ADDED = "values added"
    VALUES_REMOVED = "values removed"
    MEMBERS_ADDED = "members of a list added"
    MEMBERS_REORDERED = "members of a list in another order"
    CONVENTION_REDRAWN = "convention changed"
    CONVENTION_TRANSFORMED = "convention changed, transform registered"
    ATTRIBUTE_REQUIRED = "required attribute added"
    ATTRIBUTE_OPTIONAL = "required attribute removed"
    GEOMETRY_FINER = "geometry made finer"
    GEOMETRY_COARSER = "geometry made coarser"
    PRECISION_TIGHTENED = "precision tightened"
    PRECISION_LOOSENED = "precision loosened"
    MEASURE_CHANGED = "measure of precision changed"
    CONSENSUS_CHANGED = "consensus changed"
    SCORING_CHANGED = "scoring changed"
    COVERAGE_REDUCED = "coverage reduced"
    COVERAGE_EXTENDED = "coverage extended"
    SET_RENAMED = "set renamed"


class Row(NamedTuple):
    """One row of the change table: *action* says in words what *remedy* names."""

    level: Level
    remedy: Remedy
    action: str


_TOMBSTONE: Final = "automatic; what is no longer in scope leaves a tombstone"
_SEARCH: Final = "search the items that item-level fields do not exclude"

TABLE: Final[Mapping[Kind, Row]] = MappingProxyType(
    {
        Kind.PROSE_SAME: Row(Level.PATCH, Remedy.NONE, "none; annotators acknowledge"),
        Kind.PROSE_CLARIFIED: Row(Level.PATCH, Remedy.AUDIT, "audit a sample of its scope"),
        Kind.PROSE_CHANGED: Row(Level.MAJOR, Remedy.REVALIDATE, "revalidate its scope"),
        Kind.PROSE_UNCLAIMED: Row(
            Level.PATCH, Remedy.CLAIM, "unknown; claim same, clarified or changed in the changelog"
        ),
        Kind.RENAMED: Row(Level.MINOR, Remedy.AUTO, "automatic"),
        Kind.DERIVED_MOVED: Row(
            Level.MAJOR, Remedy.AUTO, "automatic; borderline records get a second look"
        ),
        Kind.DERIVED_UNKNOWN: Row(
            Level.MAJOR, Remedy.REVALIDATE, "revalidate: ask only for the field that is missing"
        ),
        Kind.JUDGED_MOVED: Row(
            Level.MAJOR, Remedy.REANNOTATE, "annotate again inside the region that moved"
        ),
        Kind.JUDGED_MIGRATED: Row(
            Level.MAJOR, Remedy.AUTO, "automatic where the migration decides, else annotate again"
        ),
        Kind.WIDENED: Row(Level.MAJOR, Remedy.SEARCH, _SEARCH),
        Kind.NARROWED: Row(Level.MAJOR, Remedy.AUTO, _TOMBSTONE),
        Kind.RULES_EDITED: Row(
            Level.PATCH, Remedy.NONE, "none by itself; the outcomes that move are listed apart"
        ),
        Kind.OUTCOME_ADDED: Row(
            Level.MINOR, Remedy.NONE, "none by itself; the outcomes that move are listed apart"
        ),
        Kind.OUTCOME_REMOVED: Row(
            Level.MAJOR, Remedy.AUTO, "automatic where the outcomes that move say so"
        ),
        Kind.DECISION_ADDED: Row(Level.MINOR, Remedy.AUTO, "automatic"),
        Kind.QUESTION_ADDED: Row(Level.MINOR, Remedy.REVALIDATE, "revalidate: ask this question"),
        Kind.DECISION_REMOVED: Row(Level.MAJOR, Remedy.AUTO, "automatic"),
        Kind.DECISION_COMPUTED: Row(Level.MAJOR, Remedy.AUTO, "automatic"),
        Kind.DECISION_ASKED: Row(Level.MAJOR, Remedy.REVALIDATE, "revalidate: ask this question"),
        Kind.MIGRATION_IDLE: Row(Level.PATCH, Remedy.NONE, "none"),
        Kind.CLASS_ADDED: Row(Level.MAJOR, Remedy.SEARCH, _SEARCH),
        Kind.CLASS_REMOVED: Row(Level.MAJOR, Remedy.AUTO, _TOMBSTONE),
        Kind.FIELD_ADDED: Row(Level.MINOR, Remedy.NONE, "none by itself"),
        Kind.FIELD_REMOVED: Row(Level.MAJOR, Remedy.AUTO, "automatic; its values are dropped"),
        Kind.FIELD_REDEFINED: Row(
            Level.MAJOR, Remedy.REVALIDATE, "revalidate the stored values of this field"
        ),
        Kind.FUSION_CHANGED: Row(
            Level.MINOR, Remedy.RECOMPUTE, "recompute; major where records change"
        ),
        Kind.VALUES_ADDED: Row(Level.MINOR, Remedy.NONE, "none"),
        Kind.VALUES_REMOVED: Row(
            Level.MAJOR, Remedy.REVALIDATE, "revalidate the records that hold such a value"
        ),
        Kind.MEMBERS_ADDED: Row(
            Level.MAJOR, Remedy.REVALIDATE, "revalidate the stored values of this field"
        ),
        Kind.MEMBERS_REORDERED: Row(
            Level.MINOR, Remedy.AUTO, "automatic; a set is written in the order of the values"
        ),
        Kind.CONVENTION_REDRAWN: Row(Level.MAJOR, Remedy.REANNOTATE, "annotate again"),
        Kind.CONVENTION_TRANSFORMED: Row(
            Level.MAJOR, Remedy.AUTO, "automatic, by the registered transform"
        ),
        Kind.ATTRIBUTE_REQUIRED: Row(
            Level.MINOR, Remedy.REVALIDATE, "revalidate: ask only for this attribute"
        ),
        Kind.ATTRIBUTE_OPTIONAL: Row(Level.MINOR, Remedy.AUTO, "automatic"),
        Kind.GEOMETRY_FINER: Row(Level.MAJOR, Remedy.REANNOTATE, "annotate again"),
        Kind.GEOMETRY_COARSER: Row(Level.MAJOR, Remedy.AUTO, "automatic"),
        Kind.PRECISION_TIGHTENED: Row(
            Level.MAJOR,
            Remedy.BY_SPREAD,
            "by the stored spread: untouched or annotate again; where it is unknown, revalidate",
        ),
        Kind.PRECISION_LOOSENED: Row(Level.MINOR, Remedy.RESCORE, "rescore"),
        Kind.MEASURE_CHANGED: Row(
            Level.MAJOR, Remedy.REVALIDATE, "revalidate: the stored spread is of another measure"
        ),
        Kind.CONSENSUS_CHANGED: Row(
            Level.MINOR, Remedy.RECOMPUTE, "recompute; major where records change"
        ),
        Kind.SCORING_CHANGED: Row(Level.MAJOR, Remedy.RESCORE, "rescore only, never relabel"),
        Kind.COVERAGE_REDUCED: Row(
            Level.MAJOR, Remedy.UNKNOWN_NEGATIVES, "negatives become unknown"
        ),
        Kind.COVERAGE_EXTENDED: Row(Level.MAJOR, Remedy.SEARCH, _SEARCH),
        Kind.SET_RENAMED: Row(Level.MAJOR, Remedy.NONE, "none; these are guidelines of two sets"),
    }
)
"""Every kind of change and its row.

Metric and table definitions of query sets are not part of the language, and have no row.
"""


@dataclass(frozen=True)
class Change:
    """One change of a block.

    Attributes
    ----------
    kind
        The row of the change table.
    where
        The path in the document, with dots.
    old, new
        What stood and what stands there; nothing where nothing did.
    text
        What changed, in words.
    targets
        What an entry of the changelog may call it.
    """

    kind: Kind
    where: str
    old: str | None
    new: str | None
    text: str
    targets: tuple[str, ...]

    @property
    def level(self) -> Level:
        """The level of its row."""
        return TABLE[self.kind].level

    def as_json(self) -> dict[str, object]:
        """Return the change as one JSON object."""
        row = TABLE[self.kind]
        return {
            "kind": str(self.kind),
            "where": self.where,
            "old": self.old,
            "new": self.new,
            "level": row.level.word,
            "remedy": str(row.remedy),
            "action": row.action,
            "text": self.text,
            "targets": list(self.targets),
        }
