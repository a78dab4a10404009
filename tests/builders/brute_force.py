"""Ground truth worked out a second time, record by record, from the definitions alone: slow, plain, nothing shared.

What people said is a list of plain dictionaries, the *world*; shapes are boxes with whole corners; a guideline is its
YAML file. A record is called by its item and its *place*: boxes of one place mean one thing, those of two never touch.
"""

import itertools
from collections import Counter

from builders.naive_evidence import (
    admitted,
    completed,
    is_moved,
    newest,
    observations,
    spoken,
    standing,
)
from builders.naive_rules import (
    age,
    case,
    completions,
    conditions_of,
    decided,
    fields_of,
    holds,
    line,
    outcome,
    used,
    values_of,
)

ACTIONS = ["untouched", "auto", "revalidate", "reannotate", "contradiction"]


def impact(row, newer, then, now, changed_prose):
    """Return the action on a record, the fields to ask for, whether it is a tombstone or worth a second look.

    Parameters
    ----------
    row : dict
        What was observed in its era.
    newer : (dict, dict)
        Values of single fields that were answered since, and their lowest and highest.
    then, now : dict
        The guideline of that era, and the one in force.
    changed_prose : list of str
        Scopes of what was claimed to mean something else, on the way from one to the other.
    """
    known = {**row["fields"], **newer[0]}
    remade = {
        n for n, f in now["fields"].items() if f["from"] == "geometry" and is_moved(then, now)
    }
    before = {name: row["fields"].get(name) for name in newer[0] if name in then["fields"]}
    before |= {name: row["before"][name] for name in remade}
    told = []
    for name, new in now["decisions"].items():
        told.append(verdict(name, new, then, now, (known, before)))
    wants = []
    for name, attribute in now["attributes"].items():
        old = then["attributes"].get(name)
        if (
            old is None
            and known.get(name) is None
            and may_hold(attribute["required_when"], known, now)
        ):
            wants.append(("revalidate", [name]))
    wants += [("revalidate", []) for scope in changed_prose if may_hold(scope, known, now)]
    wants += [("auto", []) for _ in is_moved(then, now)]
    action = max(
        [ACTIONS.index(one["action"]) for one in told] + [ACTIONS.index(a) for a, _ in wants]
    )
    if row["votes"] == 0:
        differs = bool(is_moved(then, now)) or any(one["then"] != one["now"] for one in told)
        action = int(differs)
    hidden_then, hidden_now = (any(one[n] for one in told) for n in ("hidden_then", "hidden_now"))
    if hidden_then and not hidden_now:
        action = max(action, 1)
    tombstone = False
    if hidden_now:
        action = 0 if hidden_then else 1
        tombstone = action == 1 and all(one["shown_then"] for one in told)
    asks = [n for one in told if one["action"] == ACTIONS[action] for n in one["asks"]]
    asks += [n for named, names in wants if named == ACTIONS[action] for n in names]
    ends = {**row["ends"], **newer[1]}
    near = any(
        is_near(then["decisions"][name], new, (then, now), (known, before), ends)
        for name, new in now["decisions"].items()
        if name in then["decisions"]
    )
    return {
        "action": ACTIONS[action],
        "asks": sorted(set(asks)),
        "tombstone": tombstone,
        "second_look": near
        and action < ACTIONS.index("revalidate")
        and not (hidden_then and hidden_now),
    }


def verdict(name, new, then, now, said):
    """Return what one derived decision says of a record in two versions."""
    known, before = said
    old = then["decisions"].get(name)
    hides_now = set(new.get("invisible", ()))
    told = conditions_of(new)
    if old is None:
        outcomes = {outcome(new, facts) for facts in completions(known, fields_of(new), now, told)}
        pairs, hides_then = {(None, one) for one in outcomes}, set()
    else:
        told, hides_then = conditions_of(old, new), set(old.get("invisible", ()))
        names = fields_of(old, new)
        pairs = set()
        for facts in completions(known, names, now, told):
            own = {**facts, **before}
            own = {n: v for n, v in own.items() if n not in before or v is not None}
            for past in completions(own, fields_of(old), then, told):
                pairs.add((outcome(old, past), outcome(new, facts)))
    thens, nows = ({pair[side] for pair in pairs} for side in (0, 1))
    stays = all(one == other for one, other in pairs)
    action = "untouched" if stays else "auto" if len(nows) == 1 else "revalidate"
    hidden_then = old is not None and thens <= hides_then
    return {
        "action": action,
        "asks": asked(new, known, now) if action == "revalidate" else [],
        "then": thens.pop() if len(thens) == 1 else None,
        "now": next(iter(nows)) if len(nows) == 1 else None,
        "hidden_then": hidden_then,
        "hidden_now": bool(nows) and nows <= hides_now,
        "shown_then": not hidden_then,
    }


def asked(decision, known, guideline):
    """Return the unknown fields that can settle a decision."""
    names, told = fields_of(decision), conditions_of(decision)
    missing = [name for name in names if known.get(name) is None]

    def count(facts):
        return len({outcome(decision, one) for one in completions(facts, names, guideline, told)})

    return [
        name
        for name in missing
        if any(count({**known, name: v}) < count(known) for v in values_of(name, guideline, told))
    ]


def may_hold(condition, known, guideline):
    """Return whether a condition may hold, whatever is not known."""
    cases = completions(known, used(condition), guideline, [condition])
    return any(holds(condition, facts) for facts in cases)


def is_near(old, new, forms, said, ends):
    """Return whether the outcome moves somewhere between the lowest and the highest values, which lie in two cases."""
    then, now = forms
    known, before = said
    same_rules = [(r["when"], r["then"]) for r in old["rules"]] == [
        (r["when"], r["then"]) for r in new["rules"]
    ]
    names = fields_of(old, new)
    if then is now or (same_rules and not before.keys() & names):
        return False
    known_then = {**known, **before}
    if any(known_then[name] is None for name in fields_of(old)):
        return False
    if any(known[name] is None for name in fields_of(new)):
        return False
    span, stood_apart = [], False
    for name in sorted(names):
        low, high = ends.get(name, (known[name], known[name]))
        told = conditions_of(new) + ([] if name in before else conditions_of(old))
        tried = [v for v in values_of(name, now, told) if low <= v <= high]
        span.append({low, known[name], high, *tried})
        cases = [[case(text, name, value) for text in told] for value in (low, high)]
        stood_apart |= cases[0] != cases[1]
    moved = any(
        outcome(old, {**facts, **before}) != outcome(new, facts)
        for chosen in itertools.product(*span)
        for facts in [dict(zip(sorted(names), chosen, strict=True))]
    )
    return stood_apart and moved


def changed_prose(versions, start, end):
    """Return the scopes of prose that was claimed to mean something else after version *start*, up to *end*."""
    found = []
    way = line(versions, end)
    for version in way[: way.index(start)]:
        here, before = versions[version], versions[versions[version]["guideline"]["supersedes"]]
        old = {entry["id"] for entry in before["changelog"]}
        blocks = {block["id"]: block for block in here["prose"]}
        found += [
            blocks[entry["target"]]["scope"]
            for entry in here["changelog"]
            if entry["id"] not in old and entry.get("meaning") == "changed"
        ]
    return found


# The ground truth.


def rebuild(world, versions, in_force):
    """Return the whole of it: ``records, items, plan, counts``, and how many answers are refused, by reason."""
    now = versions[in_force]
    quorum = now["consensus"]["quorum"]
    answers = admitted(world, versions, in_force)
    seen = observations(answers, versions, in_force, world["items"])
    states, records, hidden, plan, observed = {}, {}, set(), [], set()
    for key, by_era in seen.items():
        era = newest(by_era, quorum, lambda row: row["experts"])
        row = by_era[era]
        values, ends, since = completed(answers, now, key, era)
        said = impact(
            row, (values, ends), versions[era], now, changed_prose(versions, era, in_force)
        )
        states[key] = said
        plan += work(key, said, now)
        first = [e for e, one in by_era.items() if one["votes"]]
        if first and age(min(first, key=age)) > age(era):
            continue
        observed.add(key)
        told = recorded(row, {**row["fields"], **values}, {**row["ends"], **ends}, said, now)
        told |= {"era": era, "completed_in": since}
        is_hidden = any(
            told["decisions"][n] in one.get("invisible", ()) for n, one in now["decisions"].items()
        )
        if is_hidden and not said["tombstone"]:
            hidden.add(key)
        else:
            records[key] = told
    to_search = searched(world, answers, versions, in_force)
    plan += [("search", "region", (), item, None) for item in to_search]
    latest = standing(answers)
    counts = Counter(said["action"] for said in states.values())
    figures = {name: counts[name] for name in ACTIONS}
    figures |= {
        "search_items": len(to_search),
        "second_looks": sum(said["second_look"] for said in states.values()),
        "need_a_person": sum(counts[name] for name in ACTIONS[2:]),
    }
    return {
        "records": records,
        "invisible": len(hidden),
        "items": {
            item: settled(item, latest, observed, records, item in to_search, quorum)
            for item in world["items"]
        },
        "to_search": to_search,
        "plan": sorted(plan, key=str),
        "counts": figures,
        "refused": Counter(one["refusal"] for one in answers if one["refusal"]),
    }


def recorded(row, known, ends, said, now):
    """Return a record: its decisions, and how settled it is."""
    made = {name: decided(one, known, now) for name, one in now["decisions"].items()}
    quorum = now["consensus"]["quorum"]
    retired = said["tombstone"] or (row["votes"] == 0 and row["experts"] >= quorum)
    waits = said["action"] in {"revalidate", "reannotate"}
    is_unknown = None in made.values() and not waits
    is_open = row["votes"] < quorum or not row["area_px2"] or is_unknown
    pending = is_open or said["action"] == "contradiction"
    status = "retired" if retired else "pending" if pending else "stale" if waits else "agreed"
    return {
        "status": status,
        "decisions": made,
        "votes": row["votes"],
        "experts": row["experts"],
        "fields": known,
        "borderline": not retired
        and any(is_borderline(now["decisions"][n], known, ends, now) for n in made),
        "area_px2": 0 if retired else row["area_px2"],
    }


def is_borderline(decision, known, ends, now):
    """Return whether a known decision would be another one somewhere between the lowest and the highest values."""
    if decided(decision, known, now) is None:
        return False
    names, told = sorted(fields_of(decision)), conditions_of(decision)
    span = []
    for name in names:
        low, high = ends.get(name) or (known[name], known[name])
        if known.get(name) is None or low is None:
            span.append(set(values_of(name, now, told)))
            continue
        tried = [value for value in values_of(name, now, told) if low <= value <= high]
        span.append({low, high, *tried})
    cases = (dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*span))
    return len({outcome(decision, facts) for facts in cases}) > 1


def work(key, said, now):
    """Return the work on one record as ``action, unit, asks, item, place``."""
    if said["action"] in {"revalidate", "reannotate", "contradiction"}:
        is_field = (
            said["action"] == "revalidate"
            and set(said["asks"])
            and set(said["asks"]) <= set(now["fields"])
        )
        return [(said["action"], "field" if is_field else "record", tuple(said["asks"]), *key)]
    return [("second_look", "record", (), *key)] if said["second_look"] else []


def searched(world, answers, versions, in_force):
    """Return the items in which something may be that was left out when people last looked, and belongs in now."""
    now = versions[in_force]
    found = set()
    for item in world["items"]:
        people = {}
        for one in spoken(answers):
            if one["item"] == item and one["scope"] in {"item", "search"}:
                people.setdefault(one["era"], set()).add(one["annotator"])
        if not people:
            continue
        then = versions[newest(people, now["consensus"]["quorum"], len)]
        for name, old in then["decisions"].items():
            new = now["decisions"][name]
            told, names = conditions_of(old, new), fields_of(old, new)
            known = {
                n: world["items"][item][n] for n in names if now["fields"][n]["from"] == "metadata"
            }
            for facts in completions(known, names, now, told):
                was, is_now = outcome(old, facts), outcome(new, facts)
                if was in old.get("invisible", ()) and is_now not in new.get("invisible", ()):
                    found.add(item)
    return found


def settled(item, latest, observed, records, to_search, quorum):
    """Return how settled an item is: ``status, empty, records, experts, empty_answers``."""
    by_era = {}
    for one in latest:
        if one["item"] == item and one["scope"] == "item":
            by_era.setdefault(one["era"], []).append(one["state"])
    decides = newest(by_era, quorum, len) if by_era else None
    states = by_era[decides] if by_era else []
    alive = [row for key, row in records.items() if key[0] == item and row["status"] != "retired"]
    # Whoever found nothing then was not asked for what was seen under a later version.
    nothing_there = states.count("empty") >= quorum and all(
        row["votes"] < quorum and row["era"] <= decides for row in alive
    )
    all_out = any(key[0] == item for key in observed) and not alive and len(states) >= quorum
    empty = (nothing_there or all_out) and not to_search
    told = [row["status"] for row in alive]
    if to_search and len(states) >= quorum:
        told.append("stale")
    worst = next((s for s in ("pending", "stale", "agreed") if s in told), "pending")
    return {
        "status": "agreed" if empty else worst,
        "empty": empty,
        "records": len(alive),
        "experts": len(states),
        "empty_answers": states.count("empty"),
    }
