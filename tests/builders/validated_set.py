"""A small set in which everything holds: forty scans of twenty patients, eight of them sampled."""

import numpy as np
import pandas as pd
import shapely

from groundkeeper import files, tables
from groundkeeper.layout import Layout
from schemas.drawn import DRAWN, SPREADS
from schemas.names import TABLES

SET = "scans"
POOL, SAMPLED = 40, 8

FIELDS = {
    "diameter_mm": {
        "type": "number", "min": 0, "max": 500, "from": "geometry", "function": "largest_diameter", "fuse": "median",
    },
    "malignancy": {"type": "ordinal", "values": [1, 2, 3, 4, 5], "from": "attribute", "fuse": "median"},
    "margin": {"type": "enum", "values": ["sharp", "blurred"], "from": "attribute", "fuse": "mode"},
    "contrast": {"type": "bool", "from": "metadata", "level": "item"},
}  # fmt: skip
DECISIONS = {
    "include": {"by": "derived", "outcomes": ["annotate", "skip"], "invisible": ["skip"], "default": "annotate"},
    "class": {"by": "derived", "outcomes": ["nodule", "mass", "cyst"], "default": "nodule"},
}  # fmt: skip
CONCERNS = {
    "fields": {"fields": FIELDS},
    "decisions": {
        "decisions": DECISIONS,
        "attributes": {"malignancy": {"required_when": "diameter_mm >= 3"}, "margin": {}},
    },
    "coverage": {"classes": ["mass", "nodule"], "coverage": {"nodule": "exhaustive"}},
    "consensus": {
        "experts": 4,
        "quorum": 2,
        "match": {"by": "iou", "at_least": 0.1},
        "shape": "majority_region",
    },
}
STAGES = {
    "items": "items",
    "sample": "sample",
    "coverage": "sample",
    "answers": "ingest",
    "rejects": "ingest",
    "measures": "agreement",
    "gt_items": "decide",
    "records": "decide",
    "record_parts": "decide",
    "soft_labels": "decide",
}


def ident(prefix, number):
    return f"{prefix}_{number:020x}"


def good_tables():
    """Every table that validation reads, by name; no two calls share a frame."""
    items = pd.DataFrame(
        {
            "item_id": [ident("it", n) for n in range(POOL)],
            "item_key": [f"scan-{n:02}" for n in range(POOL)],
            "uri": [f"archive/scan-{n:02}" for n in range(POOL)],
            "sha256": [f"{n:064x}" for n in range(POOL)],
            "width_px": 512,
            "height_px": 512,
            "frames": 100,
            "group_id": [f"patient-{n // 2:02}" for n in range(POOL)],
            "captured_at": pd.Series([pd.NaT] * POOL, dtype="datetime64[us, UTC]"),
            "contrast": [n % 2 == 0 for n in range(POOL)],
        }
    )
    sample = items.loc[: SAMPLED - 1, ["item_id", "group_id"]].assign(
        stratum="routine",
        prn=np.arange(SAMPLED) / 100,
        inclusion_probability=0.2,
        split=["dev"] * 6 + ["sealed"] * 2,
    )
    records = _records()
    return {
        "items": items,
        "sample": sample,
        "coverage": _coverage(),
        "answers": _answers(),
        "rejects": tables.empty(TABLES["rejects"]),
        "measures": _measures(),
        "gt_items": sample.drop(columns="prn")
        .merge(items[["item_id", "item_key", "uri"]], on="item_id")
        .assign(status="agreed", empty=False, records=2, experts=4, empty_answers=1),
        "records": records,
        "record_parts": _parts(records),
        "soft_labels": _soft_labels(records),
    }


def _soft_labels(records):
    """Two thirds that a record is sharp, in a sample of one fifth."""
    named = {'"sharp"': 2 / 3, '"blurred"': 1 / 3}
    rows = [(record, value, p) for record in records["record_id"] for value, p in named.items()]
    table = pd.DataFrame(rows, columns=["record_id", "value", "probability"])
    return table.assign(field="margin", weight=table["probability"] / 0.2)


def with_tombstones(tables, count):
    """The tables with the first *count* records, of the first item, retired: newer readings found nothing there."""
    records = tables["records"].astype(
        dict.fromkeys(("include", "class", "margin", "contrast"), object)
    )
    gone = records.index < count
    unsaid = [
        "include",
        "class",
        "diameter_mm",
        "diameter_mm_low",
        "malignancy",
        "malignancy_low",
        "margin",
    ]
    records[["malignancy", "malignancy_low"]] = records[["malignancy", "malignancy_low"]].astype(
        "Int64"
    )
    records.loc[gone, [*unsaid, "spread_iou"]] = None
    records.loc[gone, ["status", "votes", "confidence"]] = ["retired", 0, 0.0]
    alive = records[~gone].groupby("item_id").size()
    items = tables["gt_items"].assign(
        records=tables["gt_items"]["item_id"].map(alive).fillna(0).astype("int64")
    )
    items["empty"] = items["records"] == 0
    parts = tables["record_parts"]
    parts = parts[parts["record_id"].isin(records.loc[~gone, "record_id"])]
    return {**tables, "records": records, "gt_items": items, "record_parts": parts}


def put(root, frames, concerns=None):
    """Write *frames* and the guideline below *root*; return the layout."""
    layout = Layout(root, SET)
    for name, frame in frames.items():
        tables.write(frame, layout.table(STAGES[name], TABLES[name]), TABLES[name])
    for name, value in (concerns or CONCERNS).items():
        files.write_json(layout.concern(name), value)
    return layout


def _records():
    count = 2 * SAMPLED
    return pd.DataFrame(
        {
            "record_id": [ident("rc", n) for n in range(count)],
            "item_id": [ident("it", n // 2) for n in range(count)],
            "status": "agreed",
            "votes": 3,
            "experts": 4,
            "confidence": 0.75,
            **dict.fromkeys(DRAWN),
            "spread_iou": 0.8,
            "borderline": False,
            "decided_by": "consensus",
            "rule_ids": '{"class":"default","include":"default"}',
            "era": "1.0.0",
            "completed_in": None,
            "adjudication": None,
            "include": "annotate",
            "class": ["nodule", "mass"] * SAMPLED,
            "diameter_mm": np.linspace(2, 30, count),
            "diameter_mm_low": np.linspace(1, 29, count),
            "malignancy": [1, 2, 3, 4] * (count // 4),
            "malignancy_low": [1, 1, 2, 2] * (count // 4),
            "margin": "sharp",
            "contrast": True,
        }
    )


def _parts(records):
    return pd.DataFrame(
        {
            "record_id": records["record_id"],
            "frame": range(len(records)),
            "geometry": shapely.box(10, 10, 20 + np.arange(len(records)), 30),
            **dict.fromkeys(SPREADS),
        }
    )


def _answers():
    rows = [(item, reader) for item in range(SAMPLED) for reader in range(4)]
    return pd.DataFrame(
        {
            "answer_id": [ident("ao", n) for n in range(len(rows))],
            "item_id": [ident("it", item) for item, _ in rows],
            "annotator": [f"reader-{reader}" for _, reader in rows],
            "round": "first",
            "era": "1.0.0",
            "sequence": 1,
            "state": ["submitted" if reader else "empty" for _, reader in rows],
            "submitted_at": pd.Series([pd.NaT] * len(rows), dtype="datetime64[us, UTC]"),
            "lead_time_s": np.nan,
            "tool": "viewer",
            "origin": "expert",
            "independence": "blind",
            "identity": "known",
            "shown_prediction": False,
            "batch": "0123456789abcdef",
            "task_id": None,
            "scope": "item",
            "refusal": None,
        }
    )


def _coverage():
    return pd.DataFrame(
        {
            "facet": ["contrast", "contrast", "stratum"],
            "level": ["False", "True", "routine"],
            "pool_items": [20, 20, 40],
            "pool_share": [0.5, 0.5, 1.0],
            "sample_items": [4, 4, 8],
            "sample_share": [0.5, 0.5, 1.0],
            "expected_items": [12.0, 12.0, 24.0],
        }
    )


def _measures():
    return pd.DataFrame(
        {
            "measure": ["krippendorff_alpha_ordinal", "krippendorff_alpha_ordinal", "completeness"],
            "subject": ["malignancy", "malignancy", "label=nodule"],
            "facet": ["all", "contrast", "all"],
            "level": ["all", "True", "all"],
            "value": [0.7, 0.1, 0.95],
            "low": [0.6, 0.0, 0.85],
            "high": [0.8, 0.2, 1.0],
            "n": [16, 8, 16],
            "groups": [4, 4, 4],
            "effective_n": [8.0, 4.0, 8.0],
            "note": "",
        }
    )
