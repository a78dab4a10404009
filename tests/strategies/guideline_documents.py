"""One small guideline that uses every block of the language, as plain values to be varied."""

import copy

from groundkeeper.core.guideline.document import Guideline

_DOCUMENT = {
    "guideline": {
        "set": "street",
        "version": "1.1.0",
        "supersedes": "1.0.0",
        "released": "2026-03-02",
        "owners": ["Ada"],
        "status": "published",
    },
    "fields": {
        "size_px": {
            "type": "number",
            "unit": "px",
            "min": 0,
            "from": "geometry",
            "function": "width",
            "fuse": "median",
            "text": "The width of the box.",
        },
        "kind": {"type": "enum", "values": ["car", "van"], "from": "label", "fuse": "mode"},
        "text": {"type": "ordinal", "values": [1, 2], "from": "attribute", "fuse": "median"},
        "night": {"type": "bool", "from": "metadata", "level": "item"},
        "agreeing": {"type": "integer", "from": "derived", "function": "votes"},
        "note": {"type": "text", "from": "attribute"},
    },
    "classes": {
        "vehicle": {"text": "Has wheels.", "positive": ["p1"], "confused_with": ["trailer"]}
    },
    "conventions": {"boxes": "visible"},
    "decisions": {
        "include": {
            "by": "derived",
            "outcomes": ["annotate", "skip"],
            "invisible": ["skip"],
            "default": "annotate",
            "text": "Whether it counts.",
            "rules": [
                {
                    "id": "inc.small",
                    "when": "size_px < 8 and night",
                    "then": "skip",
                    "text": "Too small to see at night.",
                    "examples": ["7 px"],
                },
                {"id": "inc.odd", "opaque": {"scope": "size_px < 4"}, "then": "skip"},
            ],
        },
        "class": {"by": "judged", "field": "kind", "outcomes": ["car", "van"]},
    },
    "attributes": {"text": {"required_when": "size_px >= 8", "text": "Ask for it."}},
    "precision": {"box": {"tol_px": 2, "measure": "edge_max"}},
    "coverage": {"vehicle": "exhaustive"},
    "consensus": {
        "experts": 3,
        "quorum": 2,
        "match": {"by": "iou", "at_least": 0.5},
        "shape": "none",
    },
    "scoring": {"match_iou": 0.5},
    "migrations": [{"decision": "class", "from": "lorry", "to": "van", "when": "size_px < 99"}],
    "changelog": [
        {
            "id": "CHG-1",
            "kind": "threshold",
            "target": "inc.small",
            "rationale": "Seen in review.",
            "evidence": ["minutes"],
            "decided_by": "Ada",
        }
    ],
    "prose": [{"id": "purpose", "scope": "night", "text": "Find vehicles."}],
}


def document(changes=None):
    """Return the document with *changes*, each a path with slashes and its new value; None removes."""
    changed = copy.deepcopy(_DOCUMENT)
    for path, value in (changes or {}).items():
        *parents, last = (int(p) if p.isdecimal() else p for p in path.split("/"))
        block = changed
        for parent in parents:
            block = block[parent]
        if value is None:
            del block[last]
        else:
            block[last] = copy.deepcopy(value)
    return changed


def guideline(changes=None):
    """Return the guideline that ``document`` gives."""
    return Guideline.model_validate(document(changes))
