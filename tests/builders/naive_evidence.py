"""What counts of what people said, and what they observed together, worked out from a world of plain dictionaries."""

import math
import statistics
from collections import Counter

from builders.naive_rules import age, line

LOOKED = {"submitted", "empty"}
REGISTERED = {("outline", "first_pixel_outside", "boundary")}
"""Changes of a convention that an erosion by one pixel makes."""


def admitted(world, versions, in_force):
    """Return the answers with what each speaks of, and why it does not count, if it does not."""
    before = line(versions, in_force)
    found = [{**one, "scope": "item", "refusal": None} for one in world["answers"]]
    for one in found:
        task = world["tasks"].get(one["task"])
        if task is not None:
            one |= {name: task[name] for name in ("scope", "place", "asks")}
        if one["task"] is not None:
            one["refusal"] = refusal(one, task, world)
    by_task = {}
    for one in found:
        if one["task"] is not None and one["refusal"] is None:
            by_task.setdefault((one["task"], one["annotator"]), []).append(one)
    for several in by_task.values():
        for one in sorted(several, key=lambda one: (one["state"] in LOOKED, *arrival(one)))[:-1]:
            one["refusal"] = "answered_again"
    looked = {
        one["item"] for one in spoken(found) if one["scope"] == "item" and one["era"] in before
    }
    for one in found:
        if one["era"] not in before and one["item"] in looked and one["refusal"] is None:
            one["refusal"] = "later_version"
    return found


def refusal(one, task, world):
    """Return why an answer to a task does not count by itself, None if it does."""
    if task is None:
        return "withdrawn_plan" if one["round"] in world["withdrawn"] else "not_asked"
    if task["item"] != one["item"] or task["annotator"] not in {None, one["annotator"]}:
        return "not_asked"
    if task["era"] != one["era"]:
        return "another_era"
    since = world["acknowledged"].get((one["annotator"], one["era"]), "never")
    is_late = since is not None and one["at"] is not None and since > one["at"]
    return "not_acknowledged" if since == "never" or is_late else None


def arrival(answer):
    """Return by what answers are ordered in time."""
    return (answer["sequence"], answer["at"] or "", answer["line"])


def spoken(answers):
    """Return the answers that count."""
    return [one for one in answers if one["state"] in LOOKED and one["refusal"] is None]


def standing(answers):
    """Return of each person the latest answer to each thing, in an era."""
    latest = {}
    for one in sorted(spoken(answers), key=arrival):
        if one["scope"] in {"item", "search", "record"}:
            place = one["place"] if one["scope"] == "record" else None
            key = (one["item"], one["annotator"], one["era"], one["scope"], place)
            latest[key] = one
    return list(latest.values())


def last_words(latest):
    """Return (item, place, era, person) to the last mark of that person, None for *it is not there*."""
    last = {}
    for one in sorted(latest, key=arrival):
        for mark in one["marks"]:
            last[one["item"], mark["place"], one["era"], one["annotator"]] = mark
        seen_places = {mark["place"] for mark in one["marks"]}
        if one["scope"] == "record" and one["place"] not in seen_places:
            last[one["item"], one["place"], one["era"], one["annotator"]] = None
    return last


def observations(answers, versions, in_force, items):
    """Return (item, place) to era to what was observed: votes, experts, area and fields."""
    eras, latest = {one["era"] for one in answers}, standing(answers)
    last = last_words(latest)
    places = {
        (one["item"], mark["place"])
        for one in spoken(answers)
        if one["scope"] in {"item", "search", "record"}
        for mark in one["marks"]
    }
    looked = {}
    for one in latest:
        key = (one["item"], one["era"], one["scope"])
        looked.setdefault(key, set()).add(one["annotator"])
    found = {}
    for item, place in places:
        by_era = {}
        said = {era: {} for era in eras}
        for (i, p, era, who), mark in last.items():
            if (i, p) == (item, place):
                said[era][who] = mark
        seen = [era for era in eras if any(mark for mark in said[era].values())]
        for era in eras:
            experts = looked.get((item, era, "item"), set()) | set(said[era])
            if seen and era == min(seen, key=age):
                experts |= looked.get((item, era, "search"), set())
            marks = [mark for mark in said[era].values() if mark is not None]
            if experts:
                by_era[era] = fused(marks, items[item], versions[era], versions[in_force])
                by_era[era] |= {"votes": len(marks), "experts": len(experts)}
        found[item, place] = by_era
    return found


def is_moved(then, now):
    """Return the conventions that were changed in a way that a transform makes."""
    old, new = then.get("conventions", {}), now.get("conventions", {})
    return [n for n in old if old[n] != new.get(n) and (n, old[n], new.get(n)) in REGISTERED]


def drawn(mark, then, now):
    """Return the boxes of a mark under the conventions in force, by frame."""
    by = 1 if is_moved(then, now) else 0
    boxes = {f: (a + by, b + by, c - by, d - by) for f, (a, b, c, d) in mark["boxes"].items()}
    return {f: box for f, box in boxes.items() if box[0] < box[2] and box[1] < box[3]}


def fused(marks, item, then, now):
    """Return the fields of a record, their lowest and highest values, its area in px2, and its size as drawn."""
    shapes = [drawn(mark, then, now) for mark in marks]
    sizes, past = (
        [diameter(boxes, item["spacing"]) for boxes in some if boxes]
        for some in (shapes, [mark["boxes"] for mark in marks])
    )
    values, ends = {}, {}
    for name, field in now["fields"].items():
        if field["from"] == "metadata":
            values[name] = item[name]
            continue
        told = sizes if field["from"] == "geometry" else [m["attributes"].get(name) for m in marks]
        values[name], ends[name] = one_value([v for v in told if v is not None], field)
    before = {"diameter_mm": statistics.median(past) if past else None}
    return {"fields": values, "ends": ends, "before": before, "area_px2": covered(shapes)}


def diameter(boxes, spacing):
    """Return the longest diagonal of boxes, mm."""
    return max(math.hypot(c - a, d - b) for a, b, c, d in boxes.values()) * spacing


def one_value(told, field):
    """Return the fused value of a field, and its lowest and highest; all None where nobody said anything."""
    if not told:
        return None, (None, None)
    between = (min(told), max(told))
    if field["fuse"] == "mode":
        (value, count), *others = Counter(told).most_common()
        return (None if others and others[0][1] == count else value), between
    is_number = field["type"] == "number"
    return (statistics.median if is_number else statistics.median_low)(told), between


def covered(shapes):
    """Return the area that at least half of the shapes cover: pixel by pixel, frame by frame."""
    count = Counter(
        (frame, x, y)
        for boxes in shapes
        for frame, (a, b, c, d) in boxes.items()
        for x in range(a, c)
        for y in range(b, d)
    )
    return sum(votes >= math.ceil(len(shapes) / 2) for votes in count.values())


def newest(by_era, quorum, experts):
    """Return the newest era with enough experts, else the newest."""
    enough = [era for era, row in by_era.items() if experts(row) >= quorum]
    return max(enough or by_era, key=age)


def completed(answers, now, key, era):
    """Return what enough people answered about single fields of a record in newer eras, and the newest of these."""
    given = {}
    for one in sorted(spoken(answers), key=arrival):
        if one["scope"] == "fields" and (one["item"], one["place"]) == key:
            given.setdefault((one["era"], one["asks"]), {})[one["annotator"]] = one
    values, ends, newest_era = {}, {}, None
    for (later, asks), by_person in sorted(given.items(), key=lambda pair: age(pair[0][0])):
        if age(later) <= age(era):
            continue
        told = {
            name: [
                mark["attributes"][name]
                for one in by_person.values()
                for mark in one["marks"][:1]
                if name in mark["attributes"]
            ]
            for name in asks
        }
        if min(map(len, told.values())) < now["consensus"]["quorum"]:
            continue
        for name in asks:
            field = now["fields"].get(name)
            value, between = one_value(told[name], field) if field else (None, None)
            if value is not None:
                values[name], ends[name], newest_era = value, between, later
    return values, ends, newest_era
