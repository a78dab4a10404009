"""The rows of the change table that are about lists and about models that infer, as worked examples."""

from builders.change_examples import EXAMPLES, Example

from groundkeeper.core.diff.levels import Level
from groundkeeper.core.diff.table import Kind

SEEN = {"type": "set", "values": ["cat", "dog"], "from": "attribute", "fuse": "majority"}
BEST = {**SEEN, "type": "ranking", "fuse": "kemeny"}
CODE = {"type": "enum", "values": ["a", "b"], "from": "attribute", "fuse": "mode"}
INFERRED = {
    "fields/code": {**CODE, "fuse": "posterior"},
    "consensus/inference": {"code": {"method": "mace", "compare": ["majority"]}},
}

ALL_EXAMPLES = (
    *EXAMPLES,
    Example(
        "a member of a set added",
        {"fields/seen/values": ["cat", "dog", "cow"]},
        (Kind.MEMBERS_ADDED,),
        Level.MAJOR,
        old={"fields/seen": SEEN},
    ),
    Example(
        "a member of a set removed",
        {"fields/seen/values": ["cat"]},
        (Kind.VALUES_REMOVED,),
        Level.MAJOR,
        old={"fields/seen": SEEN},
    ),
    Example(
        "a member of a set called otherwise",
        {"fields/seen/values": ["cat", "hound"]},
        (Kind.VALUES_REMOVED, Kind.MEMBERS_ADDED),
        Level.MAJOR,
        old={"fields/seen": SEEN},
    ),
    Example(
        "the members of a set in another order",
        {"fields/seen/values": ["dog", "cat"]},
        (Kind.MEMBERS_REORDERED,),
        Level.MINOR,
        old={"fields/seen": SEEN},
    ),
    Example(
        "a member of a ranking added",
        {"fields/seen/values": ["cat", "dog", "cow"]},
        (Kind.MEMBERS_ADDED,),
        Level.MAJOR,
        old={"fields/seen": BEST},
    ),
    Example(
        "a set is now a ranking",
        {"fields/seen": BEST},
        (Kind.FIELD_REDEFINED,),
        Level.MAJOR,
        old={"fields/seen": SEEN},
    ),
    Example(
        "a set renamed",
        {"fields/animals": {**SEEN, "attribute": "seen"}, "fields/seen": None},
        (Kind.RENAMED,),
        Level.MINOR,
        old={"fields/seen": SEEN},
    ),
    Example(
        "the model of a field changed",
        {"consensus/inference/code/method": "glad"},
        (Kind.CONSENSUS_CHANGED,),
        Level.MINOR,
        old=INFERRED,
    ),
    Example(
        "a field is inferred that was counted",
        INFERRED,
        (Kind.FUSION_CHANGED, Kind.CONSENSUS_CHANGED),
        Level.MINOR,
        old={"fields/code": CODE},
    ),
    Example(
        "an inferred field renamed",
        {
            "fields/kept_code": {**CODE, "fuse": "posterior", "attribute": "code"},
            "fields/code": None,
            "consensus/inference": {"kept_code": {"method": "mace", "compare": ["majority"]}},
        },
        (Kind.RENAMED,),
        Level.MINOR,
        old=INFERRED,
    ),
)
"""One example of each row of the change table, and of what the rows leave to be told apart."""
