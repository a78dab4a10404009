"""Two guidelines with newer versions of each, and random records of both: a street detector and a ticket classifier."""

import copy

import numpy as np

from groundkeeper.core.guideline.document import Guideline


def _item(kind, **more):
    return {"type": kind, "from": "metadata", "level": "item", **more}


def _said(kind, fuse="mode", **more):
    return {"type": kind, "from": "attribute", "fuse": fuse, **more}


def _drawn(kind, function):
    return {"type": kind, "from": "geometry", "function": function, "fuse": "median", "min": 0}


def _rule(name, when, then):
    return {"id": name, "when": when, "then": then}


def _document(name, more):
    head = {"set": name, "version": "1.0.0", "released": "2026-03-02", "owners": ["Ada"]}
    return {"guideline": {**head, "status": "draft"}, **more}


KINDS = ["car", "van", "truck", "bus", "bicycle", "motorbike", "pedestrian", "other"]
RAW = ["vehicle", "two_wheeler", "person", "unclear"]
SPLIT = ["car", "large", "two_wheeler", "person", "unclear"]
TYPES = ["passenger", "delivery", "heavy", "cycle", "human", "unclear"]

STREET = _document(
    "street",
    {
        "prose": [{"id": "lamps", "scope": "night", "text": "At night look for the lamps."}],
        "fields": {
            "night": _item("bool"),
            "weather": _item("enum", values=["clear", "rain", "fog", "snow"]),
            "lux": _item("number", min=0),
            "camera": _item("enum", values=["front", "rear"]),
            "city": _item("text"),
            "width_px": _drawn("number", "width"),
            "height_px": _drawn("number", "height"),
            "area_px2": _drawn("number", "area"),
            "frames": _drawn("integer", "frames"),
            "occlusion": _said("ordinal", values=["none", "partly", "mostly", "fully"]),
            "truncated": _said("bool", "any"),
            "truncation": _said("number", "mean", min=0, max=1),
            "kind": {"type": "enum", "values": KINDS, "from": "label", "fuse": "mode"},
            "raw_class": {"type": "enum", "values": RAW, "from": "label", "fuse": "mode"},
            "parked": _said("bool"),
            "lights": _said("enum", values=["off", "low", "high"]),
            "color": _said("enum", values=["light", "dark", "mixed"]),
            "rider": _said("bool", "any"),
            "voters": {"type": "integer", "from": "derived", "function": "votes"},
            "comment": {"type": "text", "from": "attribute"},
        },
        "decisions": {
            "include": {
                "by": "derived",
                "outcomes": ["annotate", "ignore", "skip"],
                "invisible": ["skip"],
                "default": "annotate",
                "rules": [
                    _rule("inc.small", "width_px < 8 and not night", "skip"),
                    _rule("inc.dark", "night and (width_px < 16 or lux < 2)", "ignore"),
                    _rule("inc.occluded", "occlusion >= mostly", "ignore"),
                    _rule("inc.fog", "weather in {fog, snow} and height_px < 12", "skip"),
                ],
            },
            "type": {
                "by": "derived",
                "outcomes": TYPES,
                "default": "unclear",
                "rules": [
                    _rule("type.car", "kind == car", "passenger"),
                    _rule("type.van", "kind == van", "delivery"),
                    _rule("type.heavy", "kind in {truck, bus}", "heavy"),
                    _rule("type.cycle", "kind in {bicycle, motorbike} and rider", "cycle"),
                    _rule("type.human", "kind == pedestrian", "human"),
                ],
            },
            "class": {
                "by": "judged",
                "field": "raw_class",
                "outcomes": RAW,
                "rules": [_rule("class.walker", "kind == pedestrian", "person")],
            },
        },
        "attributes": {"truncated": {"required_when": "width_px >= 8"}},
        "precision": {
            "box": {"tol_px": 3, "measure": "edge_max"},
            "polygon": {"tol_px": 4, "measure": "boundary_p95"},
        },
        "consensus": {
            "experts": 3,
            "quorum": 2,
            "match": {"by": "iou", "at_least": 0.5},
            "shape": "majority_region",
        },
        "scoring": {"match_iou": 0.5},
    },
)

INCLUDE, TYPE, CLASS = (f"decisions/{name}" for name in ("include", "type", "class"))
DIVIDED = {
    "fields/raw_class/values": SPLIT,
    f"{CLASS}/outcomes": SPLIT,
    "migrations": [
        {"decision": "class", "from": "vehicle", "to": "car", "when": "kind == car"},
        {"decision": "class", "from": "vehicle", "to": "large", "when": "kind in {truck, bus}"},
    ],
}
BIKES = {
    f"{TYPE}/outcomes": [*TYPES[:3], "bike", *TYPES[4:]],
    f"{TYPE}/rules/3/then": "bike",
    "migrations": [{"decision": "type", "from": "cycle", "to": "bike"}],
}
STREET_CHANGES = {
    "night": {f"{INCLUDE}/rules/1/when": "night and (width_px < 20 or lux < 5)"},
    "larger": {f"{INCLUDE}/rules/0/when": "width_px < 10 and not night"},
    "smaller": {f"{INCLUDE}/rules/0/when": "width_px < 6 and not night"},
    "snow": {f"{INCLUDE}/rules/3/when": "weather == fog and height_px < 12"},
    "occlusion": {
        f"{INCLUDE}/rules/2/when": "occlusion == fully or (truncated and truncation > 0.5)"
    },
    "class divided": DIVIDED,
    "type renamed": BIKES,
    "type merged": {
        f"{TYPE}/outcomes": [outcome for outcome in TYPES if outcome != "delivery"],
        f"{TYPE}/rules/1/then": "heavy",
    },
    "precision": {"precision/polygon/tol_px": 2},
    "attribute": {"attributes/lights": {"required_when": "night"}},
    "definition": {"fields/rider/version": 2},
    "prose": {
        "prose/0/text": "At night look for the outline.",
        "changelog": [
            {
                "id": "CHG-2",
                "kind": "wording",
                "target": "lamps",
                "meaning": "changed",
                "rationale": "Lamps mislead.",
                "decided_by": "Ada",
            }
        ],
    },
    "quorum": {"consensus/quorum": 3},
}
ALTOGETHER = [name for name in STREET_CHANGES if name not in {"larger", "type merged"}]
STREET_CHANGES["all"] = {
    path: value for name in ALTOGETHER for path, value in STREET_CHANGES[name].items()
} | {"migrations": [*DIVIDED["migrations"], *BIKES["migrations"]]}

TOPICS = ["billing", "bug", "account", "other"]
TICKETS = _document(
    "tickets",
    {
        "fields": {
            "label": {"type": "enum", "values": TOPICS, "from": "label", "fuse": "mode"},
            "language": _item("enum", values=["de", "en", "fr"]),
            "from_robot": _item("bool"),
            "length": _item("integer", min=0),
            "amount_eur": _said("number", "median", min=0),
            "urgency": _said("ordinal", "median", values=[1, 2, 3, 4, 5]),
            "angry": _said("bool"),
        },
        "decisions": {
            "topic": {
                "by": "judged",
                "field": "label",
                "outcomes": TOPICS,
                "rules": [
                    _rule("topic.robot", "from_robot", "other"),
                    _rule("topic.bill", "amount_eur > 1000", "billing"),
                    {
                        "id": "topic.threat",
                        "opaque": {"scope": "urgency >= 4 and angry"},
                        "then": "account",
                    },
                ],
            },
            "route": {
                "by": "derived",
                "outcomes": ["fast", "normal", "slow", "drop"],
                "invisible": ["drop"],
                "default": "normal",
                "rules": [
                    _rule("route.drop", "from_robot and length < 20", "drop"),
                    _rule("route.fast", "urgency >= 4 or amount_eur >= 500", "fast"),
                    _rule("route.french", "language == fr and urgency < 3", "slow"),
                ],
            },
        },
        "attributes": {"amount_eur": {"required_when": "urgency >= 4"}},
        "consensus": {"experts": 3, "quorum": 2, "match": {"by": "item"}, "shape": "none"},
    },
)
TOPIC, ROUTE = "decisions/topic", "decisions/route"


def _topics(outcomes, *migrations):
    return {
        "fields/label/values": outcomes,
        f"{TOPIC}/outcomes": outcomes,
        "migrations": [{"decision": "topic", **migration} for migration in migrations],
    }


TICKET_CHANGES = {
    "ruled more": {f"{TOPIC}/rules/1/when": "amount_eur > 500"},
    "ruled less": {f"{TOPIC}/rules/1/when": "amount_eur > 5000"},
    "no rule for robots": {f"{TOPIC}/rules": TICKETS["decisions"]["topic"]["rules"][1:]},
    "divided in part": _topics(
        ["billing", "crash", "defect", "account", "other"],
        {"from": "bug", "to": "crash", "when": "urgency >= 4"},
        {"from": "bug", "to": "defect", "when": "urgency < 2"},
    ),
    "divided": _topics(
        ["billing", "crash", "defect", "account", "other"],
        {"from": "bug", "to": "crash", "when": "urgency >= 4"},
        {"from": "bug", "to": "defect"},
    ),
    "renamed": _topics(["billing", "defect", "account", "other"], {"from": "bug", "to": "defect"}),
    "added": _topics([*TOPICS, "spam"]),
    "left to people more": {f"{TOPIC}/rules/2/opaque/scope": "urgency >= 3 and angry"},
    "left to people no more": {
        f"{TOPIC}/rules/2": _rule("topic.threat", "urgency >= 4 and angry", "account")
    },
    "routes": {f"{ROUTE}/rules/1/when": "urgency >= 5 or amount_eur >= 200"},
    "fewer dropped": {f"{ROUTE}/rules/0/when": "from_robot and length < 10 and urgency <= 2"},
    "more dropped": {f"{ROUTE}/rules/0/when": "from_robot and length < 40"},
    "attribute": {"attributes/amount_eur": {"required_when": "urgency >= 3"}},
    "definition": {"fields/urgency/version": 2},
}

PAIRS = {"street": (STREET, STREET_CHANGES), "tickets": (TICKETS, TICKET_CHANGES)}
CASES = [(name, change) for name, (_, changes) in PAIRS.items() for change in changes]


def versions(name, change):
    """Return both versions as documents."""
    old, changes = PAIRS[name]
    new = copy.deepcopy(old)
    new["guideline"] |= {"version": "2.0.0", "supersedes": "1.0.0"}
    for path, value in changes[change].items():
        *above, last = [int(part) if part.isdigit() else part for part in path.split("/")]
        block = new
        for part in above:
            block = block[part]
        block[last] = value
    return old, new


def guidelines(name, change):
    """Return both versions as guidelines."""
    return tuple(Guideline.model_validate(copy.deepcopy(one)) for one in versions(name, change))


NUMBERS = {
    "lux": [0, 1, 2, 3, 4.9, 5, 7.5, 100],
    "width_px": [2, 4, 5.5, 6, 7, 7.99, 8, 9, 10, 12, 15.5, 16, 18, 20, 30],
    "height_px": [3, 11, 11.9, 12, 13, 40],
    "area_px2": [10, 1000],
    "frames": [1, 2],
    "truncation": [0, 0.25, 0.5, 0.51, 1],
    "voters": [1, 2, 3],
    "length": [0, 9, 10, 19, 20, 39, 40, 500],
    "amount_eur": [0, 199.99, 200, 499, 500, 501, 1000, 1000.01, 5000, 9000],
}


def records(name, count, seed):
    """Return random records of the older version as a list of mappings; about one value of twelve is missing."""
    draw = np.random.default_rng(seed)
    fields = PAIRS[name][0]["fields"]
    choices = {
        field: NUMBERS.get(field) or spec.get("values") or [True, False]
        for field, spec in fields.items()
        if spec["type"] != "text"
    }
    always = {"label", "raw_class"}

    def pick(field):
        values = choices[field]
        is_missing = field not in always and draw.random() < 1 / 12
        return None if is_missing else values[int(draw.integers(len(values)))]

    of_item = [field for field in choices if fields[field].get("level") == "item"]
    items = [{field: pick(field) for field in of_item} for _ in range(count // 12)]
    found = []
    for number in range(count):
        item = int(draw.integers(len(items)))
        row = {"record_id": f"r{number}", "item_id": f"i{item}", **items[item]}
        row |= {field: pick(field) for field in choices if field not in of_item}
        row["votes"] = int(draw.integers(1, 4))
        row["lead_time_s"] = round(float(draw.uniform(5, 60)), 1)
        found.append(row)
    return found
