"""What the stages built, told as ``brute_force`` tells it."""

import json
from collections import Counter

import pandas as pd
import shapely
from builders import brute_force

from groundkeeper import files
from schemas.names import GT_ITEMS, ITEM_STATES, PLAN, RECORD_PARTS, RECORDS

SAID = ("malignancy", "perifissural")


def built(simulation):
    """Return what the stages wrote as ``brute_force.rebuild`` returns it."""
    places = simulation.places()
    items = simulation.table("decide", GT_ITEMS).set_index("item_id")
    keys = items["item_key"]
    figures = {
        s: files.read_json(simulation.layout.metrics(s)) for s in ("ingest", "impact", "decide")
    }
    counts = (*brute_force.ACTIONS, "search_items", "second_looks", "need_a_person")
    searching = simulation.table("impact", ITEM_STATES)
    return {
        "records": _records(simulation, places),
        "invisible": figures["decide"]["invisible"],
        "items": _items(items),
        "to_search": {keys[item] for item in searching.loc[searching["to_search"], "item_id"]},
        "plan": sorted(_plan(simulation, places, keys), key=str),
        "counts": {name: figures["impact"][name] for name in counts},
        "refused": Counter(
            {
                name.removeprefix("refused_"): int(count)
                for name, count in figures["ingest"].items()
                if name.startswith("refused_") and count
            }
        ),
    }


def _records(simulation, places):
    records = simulation.table("decide", RECORDS)
    parts = simulation.table("decide", RECORD_PARTS)
    area = shapely.area(parts["geometry"].to_numpy(dtype=object))
    areas = pd.Series(area).groupby(parts["record_id"]).sum().to_dict()
    decisions = simulation.versions[simulation.in_force]["decisions"]
    found = {}
    for row in records.astype(object).where(records.notna(), None).to_dict("records"):
        fields = {name: row[name] for name in ("diameter_mm", *SAID) if name in row}
        found[places[row["record_id"]]] = {
            "status": row["status"],
            "decisions": {name: row[name] for name in decisions},
            "votes": row["votes"],
            "experts": row["experts"],
            "fields": fields | {"diameter_mm": _rounded(fields["diameter_mm"])},
            "borderline": row["borderline"],
            "area_px2": round(areas.get(row["record_id"], 0)),
            "era": row["era"],
            "completed_in": row["completed_in"],
        }
    return found


def _rounded(number):
    return None if number is None else round(float(number), 6)


def _items(items):
    told = ("status", "empty", "records", "experts", "empty_answers")
    rows = items.set_index("item_key")[list(told)]
    return rows.to_dict("index")


def _plan(simulation, places, keys):
    plan = simulation.table("impact", PLAN)
    for row in plan.astype(object).where(plan.notna(), None).to_dict("records"):
        where = places[row["record_id"]] if row["record_id"] else (keys[row["item_id"]], None)
        is_look = row["action"] == "second_look"
        asks = () if is_look else tuple(sorted(json.loads(row["asks"])))
        yield (row["action"], row["unit"], asks, *where)


def expected(simulation):
    """Return what ``brute_force`` makes of it, with the fields that are compared."""
    found = simulation.expected()
    for one in found["records"].values():
        names = [n for n in ("diameter_mm", *SAID) if n in one["fields"]]
        one["fields"] = {name: one["fields"][name] for name in names}
        one["fields"]["diameter_mm"] = _rounded(one["fields"]["diameter_mm"])
    return found
