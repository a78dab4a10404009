"""Each row of the change table as a worked example: two versions of one small guideline.

What differs is said as ``strategies.guideline_documents.document`` takes it: paths with slashes, and None to remove.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from strategies.guideline_documents import guideline

from groundkeeper.core.diff.levels import Level
from groundkeeper.core.diff.table import Kind

NEXT = {"guideline/version": "1.2.0", "guideline/supersedes": "1.1.0", "migrations": []}
"""What makes the document the next version."""


class Example(NamedTuple):
    """One change: its name, what the versions have that the document has not, what is found of it, and its level.

    ``kinds`` are the rows of all that is found, in the order moves, blocks, prose.
    """

    name: str
    new: Mapping[str, Any]
    kinds: tuple[Kind, ...]
    level: Level
    old: Mapping[str, Any] = MappingProxyType({})

    def versions(self):
        """Return the older and the newer guideline."""
        old = {"migrations": [], **self.old}
        new = {**NEXT, **self.old, **self.new}
        never_there = {
            path for path, value in self.new.items() if value is None and path in self.old
        }
        newer = {path: value for path, value in new.items() if path not in never_there}
        return guideline(old), guideline(newer)


def claim(target, meaning):
    """A changelog with one entry more than the older version."""
    entry = {"kind": "wording", "rationale": "Seen in review.", "decided_by": "Ada"}
    return {"changelog": [{"id": "CHG-2", "target": target, "meaning": meaning, **entry}]}


INCLUDE, CLASS = "decisions/include", "decisions/class"
SMALL = f"{INCLUDE}/rules/0"
WORDS = {"prose/0/text": "Find everything on wheels."}
VANS_GO = {"decision": "class", "from": "van", "to": "car"}
KINDS = {"fields/kind/values": ["car"], f"{CLASS}/outcomes": ["car"]}
SIZED = {"by": "derived", "outcomes": ["big", "small"], "default": "small"}
"""A decision that hides nothing."""
BIG = [{"id": "size.big", "when": "size_px > 50", "then": "big"}]
RULED = {"decisions/size": {**SIZED, "rules": BIG}}
FORCED = [{"id": "class.tiny", "when": "size_px < 5", "then": "car"}]
COLOUR = {"type": "enum", "values": ["red", "blue"], "from": "label", "fuse": "mode"}
WEIGHT = {"type": "number", "from": "attribute", "fuse": "median"}
HEAVY = [{"id": "size.big", "when": "weight > 9", "then": "big"}]
LENGTH = {
    "type": "number",
    "unit": "px",
    "min": 0,
    "from": "geometry",
    "function": "width",
    "fuse": "median",
}

EXAMPLES = (
    Example(
        "wording claimed the same",
        {**WORDS, **claim("purpose", "same")},
        (Kind.PROSE_SAME,),
        Level.PATCH,
    ),
    Example(
        "wording clarified",
        {**WORDS, **claim("purpose", "clarified")},
        (Kind.PROSE_CLARIFIED,),
        Level.PATCH,
    ),
    Example(
        "wording changed in meaning",
        {**WORDS, **claim("purpose", "changed")},
        (Kind.PROSE_CHANGED,),
        Level.MAJOR,
    ),
    Example("wording without a claim", WORDS, (Kind.PROSE_UNCLAIMED,), Level.PATCH),
    Example(
        "an example of a rule, claimed the same",
        {f"{SMALL}/examples": ["6 px"], **claim("inc.small", "same")},
        (Kind.PROSE_SAME,),
        Level.PATCH,
    ),
    Example(
        "outcomes merged",
        {**KINDS, "migrations": [VANS_GO]},
        (Kind.RENAMED, Kind.RENAMED, Kind.RENAMED),
        Level.MINOR,
    ),
    Example(
        "a field renamed",
        {
            "fields/label": {
                "type": "bool",
                "from": "attribute",
                "fuse": "any",
                "attribute": "broken",
            },
            "fields/broken": None,
        },
        (Kind.RENAMED,),
        Level.MINOR,
        old={"fields/broken": {"type": "bool", "from": "attribute", "fuse": "any"}},
    ),
    Example(
        "a derived decision moves, its fields are stored",
        {"decisions/size/rules/0/when": "size_px > 60"},
        (Kind.DERIVED_MOVED, Kind.RULES_EDITED),
        Level.MAJOR,
        old=RULED,
    ),
    Example(
        "a derived decision moves, a field is missing",
        {"fields/weight": WEIGHT, "decisions/size/rules": HEAVY},
        (Kind.DERIVED_UNKNOWN, Kind.DERIVED_UNKNOWN, Kind.FIELD_ADDED, Kind.RULES_EDITED),
        Level.MAJOR,
        old=RULED,
    ),
    Example(
        "a judged decision moves",
        {f"{CLASS}/rules": FORCED},
        (Kind.JUDGED_MOVED, Kind.RULES_EDITED),
        Level.MAJOR,
    ),
    Example(
        "a judged decision moves, a migration decides",
        {**KINDS, "migrations": [{**VANS_GO, "when": "size_px < 99"}]},
        (Kind.JUDGED_MIGRATED, Kind.VALUES_REMOVED, Kind.OUTCOME_REMOVED, Kind.JUDGED_MIGRATED),
        Level.MAJOR,
    ),
    Example(
        "scope widened: an invisible outcome becomes visible in some cases",
        {f"{SMALL}/when": "size_px < 6 and night"},
        (Kind.WIDENED, Kind.RULES_EDITED),
        Level.MAJOR,
    ),
    Example(
        "scope widened: an outcome is no longer invisible",
        {f"{INCLUDE}/invisible": []},
        (Kind.WIDENED,),
        Level.MAJOR,
    ),
    Example("scope widened: a class added", {"classes/tram": {}}, (Kind.CLASS_ADDED,), Level.MAJOR),
    Example(
        "scope narrowed",
        {f"{SMALL}/when": "size_px < 10 and night"},
        (Kind.NARROWED, Kind.RULES_EDITED),
        Level.MAJOR,
    ),
    Example(
        "scope narrowed: an outcome is made invisible",
        {"decisions/size/invisible": ["small"]},
        (Kind.NARROWED,),
        Level.MAJOR,
        old=RULED,
    ),
    Example(
        "scope narrowed: a class removed",
        {"classes/tram": None},
        (Kind.CLASS_REMOVED,),
        Level.MAJOR,
        old={"classes/tram": {}},
    ),
    Example(
        "the definition of a field changed",
        {"fields/text/version": 2},
        (Kind.FIELD_REDEFINED,),
        Level.MAJOR,
    ),
    Example(
        "the source of a field changed",
        {"fields/size_px/function": "height"},
        (Kind.FIELD_REDEFINED,),
        Level.MAJOR,
    ),
    Example("a field added", {"fields/colour": COLOUR}, (Kind.FIELD_ADDED,), Level.MINOR),
    Example("a field removed", {"fields/note": None}, (Kind.FIELD_REMOVED,), Level.MAJOR),
    Example(
        "the fusion of a field changed",
        {"fields/size_px/fuse": "max"},
        (Kind.FUSION_CHANGED,),
        Level.MINOR,
    ),
    Example("a value added", {"fields/text/values": [1, 2, 3]}, (Kind.VALUES_ADDED,), Level.MINOR),
    Example("a value removed", {"fields/text/values": [1]}, (Kind.VALUES_REMOVED,), Level.MAJOR),
    Example(
        "the bounds of a field widened",
        {"fields/size_px/min": -1},
        (Kind.VALUES_ADDED,),
        Level.MINOR,
    ),
    Example(
        "the bounds of a field narrowed from below",
        {"fields/size_px/min": 1},
        (Kind.VALUES_REMOVED,),
        Level.MAJOR,
    ),
    Example(
        "the bounds of a field narrowed",
        {"fields/size_px/max": 99},
        (Kind.VALUES_REMOVED,),
        Level.MAJOR,
    ),
    Example("a derived decision added", RULED, (Kind.DECISION_ADDED,), Level.MINOR),
    Example(
        "a derived decision added that hides records",
        {"decisions/size": {**SIZED, "rules": BIG, "invisible": ["big"]}},
        (Kind.NARROWED,),
        Level.MAJOR,
    ),
    Example(
        "a derived decision added that could hide records but never does",
        {
            "decisions/size": {
                **SIZED,
                "outcomes": ["big", "small", "none"],
                "rules": BIG,
                "invisible": ["none"],
            }
        },
        (Kind.DECISION_ADDED,),
        Level.MINOR,
    ),
    Example(
        "a judged decision added",
        {
            "fields/colour": COLOUR,
            "decisions/paint": {"by": "judged", "field": "colour", "outcomes": ["red", "blue"]},
        },
        (Kind.FIELD_ADDED, Kind.QUESTION_ADDED),
        Level.MINOR,
    ),
    Example(
        "a decision removed",
        {"decisions/size": None},
        (Kind.DECISION_REMOVED,),
        Level.MAJOR,
        old=RULED,
    ),
    Example(
        "a rule said otherwise that means the same",
        {f"{SMALL}/when": "not (size_px >= 8 or not night)"},
        (Kind.RULES_EDITED,),
        Level.PATCH,
    ),
    Example(
        "a convention changed",
        {"conventions/boxes": "amodal"},
        (Kind.CONVENTION_REDRAWN,),
        Level.MAJOR,
    ),
    Example(
        "a convention changed, a transform is registered",
        {"conventions/outline": "boundary"},
        (Kind.CONVENTION_TRANSFORMED,),
        Level.MAJOR,
        old={"conventions/outline": "first_pixel_outside"},
    ),
    Example(
        "a required attribute added",
        {"fields/colour": {**COLOUR, "from": "attribute"}, "attributes/colour": {}},
        (Kind.FIELD_ADDED, Kind.ATTRIBUTE_REQUIRED),
        Level.MINOR,
    ),
    Example(
        "an attribute required in more cases",
        {"attributes/text/required_when": "size_px >= 6"},
        (Kind.ATTRIBUTE_REQUIRED,),
        Level.MINOR,
    ),
    Example(
        "an attribute required in other cases",
        {"attributes/text/required_when": "size_px < 20"},
        (Kind.ATTRIBUTE_REQUIRED, Kind.ATTRIBUTE_OPTIONAL),
        Level.MINOR,
    ),
    Example(
        "an attribute required in fewer cases",
        {"attributes/text/required_when": "size_px >= 10"},
        (Kind.ATTRIBUTE_OPTIONAL,),
        Level.MINOR,
    ),
    Example(
        "an attribute required in the same cases, said otherwise",
        {"attributes/text/required_when": "not size_px < 8"},
        (Kind.RULES_EDITED,),
        Level.PATCH,
    ),
    Example(
        "a required attribute removed",
        {"attributes/text": None},
        (Kind.ATTRIBUTE_OPTIONAL,),
        Level.MINOR,
    ),
    Example(
        "a geometry made finer",
        {"precision": {"mask": {"tol_px": 2, "measure": "boundary_p95"}}},
        (Kind.GEOMETRY_FINER,),
        Level.MAJOR,
    ),
    Example(
        "a geometry made coarser",
        {"precision": {"point": {"tol_px": 2, "measure": "point_distance"}}},
        (Kind.GEOMETRY_COARSER,),
        Level.MAJOR,
    ),
    Example(
        "a precision tightened",
        {"precision/box/tol_px": 1},
        (Kind.PRECISION_TIGHTENED,),
        Level.MAJOR,
    ),
    Example(
        "a precision loosened", {"precision/box/tol_px": 3}, (Kind.PRECISION_LOOSENED,), Level.MINOR
    ),
    Example(
        "a measure changed", {"precision/box/measure": "iou"}, (Kind.MEASURE_CHANGED,), Level.MAJOR
    ),
    Example(
        "the consensus block changed",
        {"consensus/quorum": 3},
        (Kind.CONSENSUS_CHANGED,),
        Level.MINOR,
    ),
    Example(
        "the scoring changed", {"scoring/match_iou": 0.6}, (Kind.SCORING_CHANGED,), Level.MAJOR
    ),
    Example(
        "coverage reduced", {"coverage/vehicle": "sampled"}, (Kind.COVERAGE_REDUCED,), Level.MAJOR
    ),
    Example(
        "coverage extended",
        {"coverage/vehicle": "exhaustive"},
        (Kind.COVERAGE_EXTENDED,),
        Level.MAJOR,
        old={"coverage/vehicle": "sampled"},
    ),
    Example(
        "an outcome added that no rule gives",
        {"decisions/size/outcomes": ["big", "small", "tiny"]},
        (Kind.OUTCOME_ADDED,),
        Level.MINOR,
        old=RULED,
    ),
    Example(
        "a derived decision is now judged",
        {CLASS: {"by": "judged", "field": "kind", "outcomes": ["car", "van"], "default": "car"}},
        (Kind.JUDGED_MOVED, Kind.DECISION_ASKED),
        Level.MAJOR,
        old={CLASS: {"by": "derived", "outcomes": ["car", "van"], "default": "car"}},
    ),
    Example(
        "a judged decision is now derived",
        {CLASS: {"by": "derived", "outcomes": ["car", "van"], "default": "car"}},
        (Kind.DERIVED_MOVED, Kind.DECISION_COMPUTED, Kind.RULES_EDITED),
        Level.MAJOR,
    ),
    Example(
        "a migration from an outcome that there never was",
        {"migrations": [{**VANS_GO, "from": "lorry"}]},
        (Kind.MIGRATION_IDLE,),
        Level.PATCH,
    ),
    Example("another set", {"guideline/set": "road"}, (Kind.SET_RENAMED,), Level.MAJOR),
    Example("nothing but the version", {}, (), Level.NONE),
)
"""Examples of every row but those in ``value_examples``, and of what the rows leave to be told apart."""
