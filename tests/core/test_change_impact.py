"""Impact against full rebuilds: fuse the answers and decide, under both versions, slowly, and compare."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies.changes import (
    DECLARED,
    OUTCOMES,
    VALUES,
    completions,
    drawn,
    first_rule,
    form,
    holds_in,
    rebuilt,
    slow_places,
)
from strategies.guideline_documents import guideline

from groundkeeper.core.guideline.decisions import Decision, Migration
from groundkeeper.core.impact.assess import assess
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form, Stop, path, stops

seeds = st.integers(0, 2**32 - 1)


def differing(found):
    """Say of each record whether the full rebuild under the newer version differs from that under the older one."""
    then, now = rebuilt(found.old, found.observed_then), rebuilt(found.new, found.observed_now)
    return np.array([before != after for before, after in zip(then, now, strict=True)])


@settings(max_examples=12)
@given(seeds)
def test_every_record_that_two_full_rebuilds_tell_apart_is_touched(seed):
    found = drawn(seed, records=420)
    impact = assess(found.observed_now, [Stop(found.old)], found.new, Stored.REBUILT)
    missed = differing(found) & (impact.action == 0)
    assert not missed.any(), found.observed_now[missed]


@settings(max_examples=15)
@given(seeds)
def test_where_all_is_known_exactly_the_records_that_differ_are_touched_and_nobody_is_asked(seed):
    found = drawn(seed, missing=0, opaque=False)
    impact = assess(found.observed_now, [Stop(found.old)], found.new, Stored.REBUILT)
    # Of an even number of people the most frequent value can be none.
    complete = found.observed_now.notna().all(axis=1).to_numpy()
    assert set(impact.actions()[complete]) <= {"untouched", "auto"}
    differs = differing(found)
    assert not (differs & (impact.action == 0)).any()
    if found.old.fields == found.new.fields:
        assert ((impact.action > 0) == differs)[complete].all()


@settings(max_examples=15)
@given(seeds)
def test_stored_outcomes_narrow_what_is_possible_and_those_that_nothing_gives_contradict(seed):
    found = drawn(seed, records=60, opaque=False)
    rng = np.random.default_rng(seed)
    stored = {
        name: rng.choice(np.array([*OUTCOMES, None], dtype=object), 60, p=[0.3, 0.2, 0.2, 0.3])
        for name in found.names
    }
    table = found.observed_then.assign(**stored)
    # Everything is as the older version fused it, so both read the same fields.
    new = replace(found.new, fields=found.old.fields)
    impact = assess(table, [Stop(found.old)], new, Stored.ANSWERED)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    known = {}
    for row, action in zip(rows, impact.actions(), strict=True):
        assert action == slow_action(found.old, new, row, known)


def slow_action(old, new, row, known):
    """The action on one record with stored outcomes, from everything that its missing values may be."""
    verdicts = []
    for name, before in old.decisions.decisions.items():
        after = new.decisions.decisions[name]
        key = (name, row[name], *(row[field] for field in VALUES))
        if key not in known:
            pairs = {
                (outcome_of(before, first), outcome_of(after, second))
                for first, second in slow_places([before, after], row, old.fields.fields)
            }
            agreeing = {pair for pair in pairs if row[name] in {None, pair[0]}}
            known[key] = (not agreeing, agreeing or pairs)
        contradicts, pairs = known[key]
        hides = [all(pair[side] in before.invisible for pair in pairs) for side in (0, 1)]
        asked = "auto" if len({now for _, now in pairs}) == 1 else "revalidate"
        action = "untouched" if all(then == now for then, now in pairs) else asked
        verdicts.append(("contradiction" if contradicts else action, *hides))
    actions, hidden_then, hidden_now = zip(*verdicts, strict=True)
    gravest = max(actions, key=ORDER.index)
    if gravest == "contradiction" or not any(hidden_now):
        return gravest
    return "untouched" if any(hidden_then) else "auto"


ORDER = ["untouched", "auto", "revalidate", "reannotate", "contradiction"]


def outcome_of(decision, place):
    return decision.default if place is None else decision.rules[place].then


CHOICES = ("car", "van", "bus")


def judged_pair(rng):
    """Two versions of a judged decision: outcomes come and go, rules take the choice away, migrations carry over."""
    now_outcomes = [str(o) for o in rng.permutation([*CHOICES, "tram"])[: int(rng.integers(2, 5))]]
    then = judged_decision(rng, CHOICES)
    now = judged_decision(rng, now_outcomes)
    migrations = [
        {
            "decision": "class",
            "from": str(rng.choice(CHOICES)),
            "to": str(rng.choice(now_outcomes)),
            **({"when": condition(rng)} if rng.random() < 0.6 else {}),
        }
        for _ in range(int(rng.integers(0, 3)))
    ]
    declared = {**DECLARED, "kind": DECLARED["kind"] | {"values": list(CHOICES)}}
    old = form(declared, {"class": then})
    fields_now = {**declared, "kind": declared["kind"] | {"values": now_outcomes}}
    return old, form(fields_now, {"class": now}, more={"migrations": migrations})


def judged_decision(rng, outcomes):
    rules = [
        {"id": f"j{n}", "when": condition(rng), "then": str(rng.choice(outcomes))}
        for n in range(int(rng.integers(0, 3)))
    ]
    return {"by": "judged", "field": "kind", "outcomes": list(outcomes), "rules": rules}


def condition(rng):
    return str(rng.choice(["size < 3", "size >= 6", "night", "count == 0", "grade >= 3 and night"]))


def slow_judgement(old, new, row):
    """What becomes of one stored judgement: action and outcome, from everything that the missing values may be."""
    before, after = old.decisions.decisions["class"], new.decisions.decisions["class"]
    migrations = new.decisions.migrations
    said, fields = row["kind"], old.fields.fields
    fates, impossible = set(), []
    scopes = [m.when for m in migrations if m.when is not None]
    for full in completions([*before.rules, *after.rules], row, extra=scopes):
        first, second = (first_rule(d.rules, full, fields) for d in (before, after))
        choice = set(before.outcomes) if first is None else {before.rules[first].then}
        choice_now = set(after.outcomes) if second is None else {after.rules[second].then}
        if said is None:
            given = [
                None if place is None else d.rules[place].then
                for d, place in ((before, first), (after, second))
            ]
            fates.add((given[0], given[1]))
            continue
        impossible.append(said not in choice)
        led = [
            m.new
            for m in migrations
            if m.old == said and (m.when is None or holds_in(m.when, full, fields))
        ]
        gained = (choice_now & ({m.new for m in migrations} | set(before.outcomes))) - choice
        gained -= {m.new for m in migrations if m.old in choice}
        if len(choice_now) == 1:
            fate = next(iter(choice_now))
        elif led:
            fate = led[0] if led[0] in choice_now else "again"
        else:
            fate = said if said in choice_now and not gained else "again"
        fates.add((said, fate, said in choice))
    if said is not None:
        if all(impossible):
            return "contradiction"
        fates = {fate[:2] for fate in fates if fate[2]}
    if all(then == now for then, now in fates):
        return "untouched"
    ends = {now for _, now in fates}
    if len(ends) > 1 or ends == {None}:
        return "revalidate"
    return "reannotate" if ends == {"again"} else "auto"


@settings(max_examples=25)
@given(seeds)
def test_judgements_stand_or_are_carried_over_or_made_again_as_one_by_one(seed):
    rng = np.random.default_rng(seed)
    old, new = judged_pair(rng)
    table = drawn(seed, records=40).observed_then
    way = [Stop(old, migrations=new.decisions.migrations)]
    impact = assess(table, way, new, Stored.ANSWERED)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    assert impact.actions().tolist() == [slow_judgement(old, new, row) for row in rows]


def chain(*documents):
    """Guidelines of the small document with these changes, each superseding the one before, and the way to the last."""
    versions = {}
    for number, changes in enumerate(documents, start=1):
        header = {"guideline/version": f"{number}.0.0"}
        header["guideline/supersedes"] = f"{number - 1}.0.0" if number > 1 else None
        versions[f"{number}.0.0"] = guideline({"migrations": [], **changes, **header})
    steps = path(versions, "1.0.0", f"{len(documents)}.0.0")
    return stops(steps), Form.of(versions[f"{len(documents)}.0.0"])


def to(old, new, **when):
    return {"decision": "class", "from": old, "to": new, **when}


def kinds(*values, **more):
    return {"fields/kind/values": list(values), "decisions/class/outcomes": list(values), **more}


SEEN = pd.DataFrame(
    {
        "size_px": [9.0, 9.0, 90.0, 9.0, np.nan],
        "night": pd.array([False] * 5, dtype="boolean"),
        "kind": ["car", "van", "van", None, "van"],
        "text": [1, 1, 1, 1, 1],
    }
)


def on_the_way(*documents):
    way, now = chain(*documents)
    impact = assess(SEEN, way, now, Stored.ANSWERED)
    return impact.actions().tolist(), impact.carried["kind"].tolist()


RENAMED = {**kinds("car", "lorry"), "migrations": [to("van", "lorry")]}
SPLIT = {
    **kinds("car", "truck", "bus"),
    "migrations": [to("lorry", "bus", when="size_px > 50"), to("lorry", "truck")],
}


def test_a_rename_and_then_a_split_are_made_one_after_the_other():
    actions, became = on_the_way({}, RENAMED, SPLIT)
    assert actions == ["untouched", "auto", "auto", "untouched", "revalidate"]
    assert became[:3] == ["car", "truck", "bus"]


def test_a_rename_that_is_taken_back_leaves_the_judgement_as_it_was():
    back = {**kinds("car", "van"), "migrations": [to("lorry", "van")]}
    assert on_the_way({}, RENAMED, back)[0] == ["untouched"] * 5


def test_a_judgement_that_a_step_cannot_carry_over_is_not_what_nobody_chose():
    dropped = kinds("car", "lorry")
    with_default = {**dropped, "decisions/class/default": "car"}
    actions, became = on_the_way({}, dropped, with_default)
    assert actions == ["untouched", "reannotate", "reannotate", "auto", "reannotate"]
    assert [kind is None for kind in became] == [False, True, True, False, True]


def test_a_question_that_is_new_with_rules_over_new_fields_is_known_where_a_rule_says_it():
    asked = {
        "fields/colour": {
            "type": "enum",
            "values": ["red", "blue"],
            "from": "label",
            "fuse": "mode",
        },
        "fields/weight": {"type": "number", "from": "attribute", "fuse": "median"},
        "decisions/paint": {
            "by": "judged",
            "field": "colour",
            "outcomes": ["red", "blue"],
            "rules": [{"id": "paint.dark", "when": "night or weight > 9", "then": "blue"}],
        },
    }
    way, now = chain({}, asked)
    night = pd.array([True, False, False, False, False], dtype="boolean")
    impact = assess(SEEN.assign(night=night), way, now, Stored.ANSWERED)
    assert impact.actions().tolist() == ["auto", *["revalidate"] * 4]


@pytest.mark.parametrize("step", [RENAMED, {"decisions/include/rules/0/when": "size_px < 10"}])
def test_an_editorial_version_after_a_change_changes_nothing_of_it(step):
    claim = {"id": "CHG-7", "kind": "wording", "target": "purpose", "meaning": "changed"}
    entry = {**claim, "rationale": "Seen.", "decided_by": "Ada"}
    change = {**step, "prose/0/text": "Find what moves.", "changelog": [entry]}
    editorial = {**change, "prose/0/text": "Find whatever moves."}
    assert on_the_way({}, change, editorial) == on_the_way({}, change)
    # Made under the version that brought the change, they are as they should be.
    way, now = chain({}, change, editorial)
    since = assess(SEEN.assign(kind="car"), way[1:], now, Stored.ANSWERED)
    assert set(since.actions()) == {"untouched"}


@settings(max_examples=12)
@given(seeds)
@example(500)
def test_what_becomes_of_a_record_does_not_depend_on_the_others(seed):
    rng = np.random.default_rng(seed)
    ruled = drawn(seed, records=30, opaque=False)
    old, new = (
        replace(
            one,
            decisions=one.decisions.model_copy(update={"decisions": made}),
            fields=ruled.old.fields,
        )
        for one in (ruled.old, ruled.new)
        for made in [
            one.decisions.decisions
            | {"class": Decision.model_validate(judged_decision(rng, CHOICES))}
        ]
    )
    moved = {"decision": "class", "from": "car", "to": "van", "when": condition(rng)}
    way = [Stop(old, migrations=(Migration.model_validate(moved),))]
    together = assess(ruled.observed_then, way, new, Stored.ANSWERED).actions()
    for rows in (slice(0, 1), slice(1, 11), slice(11, 30)):
        alone = assess(ruled.observed_then.iloc[rows], way, new, Stored.ANSWERED).actions()
        assert alone.tolist() == together[rows].tolist()


def test_nobody_is_asked_about_what_nobody_sees_any_more_but_a_quorum_that_it_crosses_is_told():
    unseen = pd.DataFrame({"votes": [0, 0], "experts": [2, 3], "size_px": [np.nan, np.nan]})
    moved = {"decisions/include/rules/0/when": "size_px < 20"}
    for changes, expected in (
        (moved, ["untouched", "untouched"]),
        ({**moved, "consensus/quorum": 3}, ["auto", "untouched"]),
    ):
        way, now = chain({}, changes)
        found = assess(unseen, way, now, Stored.REBUILT)
        assert found.actions().tolist() == expected
