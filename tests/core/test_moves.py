"""Moves against brute force: every case enumerated, decided by plain Python, and compared."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies.guideline_documents import document
from strategies.guidelines import FIELDS, OUTCOMES, decisions, slow_truth

from groundkeeper.core.diff.compare import compare
from groundkeeper.core.diff.levels import Level
from groundkeeper.core.diff.moves import moves
from groundkeeper.core.diff.table import Kind
from groundkeeper.core.guideline import branching
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import constants
from groundkeeper.errors import TooComplexError

MOST = 3_000
"""Cases that are enumerated of one pair of versions; pairs with more are left to others."""


def guideline(decision, version):
    fields = {name: field.model_dump(by_alias=True) for name, field in FIELDS.items()}
    header = {**document()["guideline"], "version": version, "supersedes": None}
    blocks = {"guideline": header, "fields": fields, "decisions": {"include": decision}}
    said = {"consensus": document()["consensus"], **blocks}
    if decision["by"] == "judged":
        stored = {"type": "enum", "values": OUTCOMES, "from": "label", "fuse": "mode"}
        fields["chosen"] = stored
    return Guideline.model_validate(said)


def by(kind, decision):
    """A random decision, derived or judged; a judged one need not have a default."""
    said = decision.model_dump(by_alias=True, exclude_none=True)
    if kind == "judged":
        said |= {"by": "judged", "field": "chosen"}
        if len(decision.rules) % 2:
            del said["default"]
    return said


def first(decision, case, judged):
    """What is decided of a case, and by which rule, read off the document."""
    for rule in decision.rules:
        is_possible = rule.scope is None or slow_truth(rule.scope, case)
        if is_possible and (rule.opaque is None or judged[rule.id]):
            return (rule.then,), rule.id
    return (decision.outcomes if decision.by == "judged" else (decision.default,)), "default"


def cases(*versions):
    """One of every kind of case that the rules can tell apart, with every judgement of the opaque ones."""
    rules = [rule for decision in versions for rule in decision.rules]
    opaque = sorted({rule.id for rule in rules if rule.opaque})
    named = {}
    for rule in rules:
        for name, known in constants(rule.scope).items():
            named.setdefault(name, set()).update(known)
    values = {name: list(around(name, known)) for name, known in named.items()}
    assume(math.prod(map(len, values.values())) * 2 ** len(opaque) <= MOST)
    for chosen in itertools.product(*values.values()):
        for judged in itertools.product([False, True], repeat=len(opaque)):
            yield dict(zip(values, chosen, strict=True)), dict(zip(opaque, judged, strict=True))


def around(name, known):
    field = FIELDS[name]
    if field.type == "bool":
        return [False, True]
    if field.vocabulary:
        return list(field.vocabulary)
    step = 1 if field.type == "integer" else 1e-9
    return sorted({value + shift for value in known for shift in (-step, 0, step)})


@st.composite
def versions(draw):
    """Two decisions: unrelated ones, or a few rules of one put elsewhere, left out or written anew."""
    one, other = draw(decisions()), draw(decisions())
    if draw(st.booleans()):
        return one, other
    kept = [rule for rule in one.rules if draw(st.integers(0, 3))]
    anew = [rule for rule in other.rules if rule.id not in {k.id for k in kept}][:1]
    at = draw(st.integers(0, len(kept)))
    rules = (*kept[:at], *anew, *kept[at:])
    rules = draw(st.permutations(rules)) if not draw(st.integers(0, 4)) else rules
    return one, one.model_copy(update={"rules": tuple(rules)})


@settings(max_examples=30)
@given(st.sampled_from(["derived", "judged"]), versions())
def test_moves_are_those_that_enumeration_finds(kind, pair):
    one, other = pair
    old, new = guideline(by(kind, one), "1.0.0"), guideline(by(kind, other), "2.0.0")
    before, after = old.decisions["include"], new.decisions["include"]
    everything = list(cases(before, after))
    decided = [(first(before, *case), first(after, *case)) for case in everything]
    moving = {(was, is_) for was, is_ in decided if set(was[0]) != set(is_[0])}
    found = moves(old, new)
    assert {(move.old, move.new) for move in found} == {(was[0], is_[0]) for was, is_ in moving}
    assert len(found) == len(moving)
    level = Level.MAJOR if moving else (Level.PATCH if before != after else Level.NONE)
    assert compare(old, new).level is level
    for move in found:
        seen = move.witness
        assert first(before, seen.before, seen.judged)[0] == move.old
        assert first(after, seen.after, seen.judged)[0] == move.new
        for case, _ in everything[:: len(everything) // 50 + 1]:
            said = {
                **case,
                **{name: {**seen.before, **seen.after}[name] for name in seen.mattering},
            }
            assert first(before, said, seen.judged)[0] == move.old, (
                "what the words leave out matters"
            )
            assert first(after, said, seen.judged)[0] == move.new, (
                "what the words leave out matters"
            )


def wide(fields, seed):
    """Rules over many bool fields, each of three of them."""
    random = np.random.default_rng(seed)
    for number in range(25):
        used = random.choice(fields, 3, replace=False)
        condition = " and ".join(f"{random.choice(['', 'not '])}b{field}" for field in used)
        yield {"id": f"r{number}", "when": condition, "then": str(random.choice(OUTCOMES))}


def of_rules(rules, fields, version="1.0.0"):
    include = {"by": "derived", "outcomes": OUTCOMES, "default": "keep", "rules": list(rules)}
    header = {**document()["guideline"], "version": version, "supersedes": None}
    return Guideline.model_validate(
        {
            "guideline": header,
            "fields": fields,
            "consensus": document()["consensus"],
            "decisions": {"include": include},
        }
    )


def flags(number):
    flag = {"type": "bool", "from": "attribute", "fuse": "any"}
    return {f"b{n}": flag for n in range(number)}


def test_one_rule_of_a_wide_decision_is_compared_where_it_matters_alone():
    rules = list(wide(60, seed=1))
    changed = [
        *rules[:5],
        {**rules[5], "then": {"keep": "skip"}.get(rules[5]["then"], "keep")},
        *rules[6:],
    ]
    (move,) = moves(of_rules(rules, flags(60)), of_rules(changed, flags(60), "2.0.0"))
    assert move.rule_ids == ("r5",)
    assert move.new == (changed[5]["then"],)
    assert len(move.witness.mattering) < 20, "of 60 fields the words name those that matter"


def test_a_decision_too_wide_to_compare_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(branching, "MAX_STEPS", 10_000)
    old, new = (of_rules(wide(60, seed), flags(60), f"{seed}.0.0") for seed in (1, 2))
    with pytest.raises(TooComplexError, match=r"decision include: .* split the decision in two"):
        compare(old, new)


KINDS = {"type": "enum", "from": "label", "fuse": "mode"}
SIZE = {"type": "number", "unit": "mm", "from": "attribute", "fuse": "median"}


def of_kinds(values, condition, version):
    fields = {"kind": {**KINDS, "values": values}, "size_mm": SIZE}
    return of_rules([{"id": "r", "when": condition, "then": "skip"}], fields, version)


def test_versions_are_compared_on_the_values_that_both_have():
    old = of_kinds(["car", "van", "tram"], "kind in {car, tram}", "1.0.0")
    new = of_kinds(["bus", "van", "car"], "kind in {car, bus}", "2.0.0")
    assert moves(old, new) == ()
    newer = of_kinds(["bus", "van", "car"], "kind in {van, bus}", "2.0.0")
    cases = {move.witness.after["kind"]: (move.old, move.new) for move in moves(old, newer)}
    assert cases == {"car": (("skip",), ("keep",)), "van": (("keep",), ("skip",))}


def test_a_witness_says_what_matters_with_units_and_nothing_else():
    old = of_kinds(["car", "van"], "size_mm < 6 and kind == car", "1.0.0")
    new = of_kinds(["car", "van"], "size_mm < 4 and kind == car", "2.0.0")
    (move,) = moves(old, new)
    assert move.witness.text == "an object with a size of 5 mm and kind car: skip becomes keep"
    assert move.as_json()["witness"]["fields"] == {"kind": "car", "size_mm": 5}
    every = of_kinds(["car", "van"], "kind in {car, van}", "2.0.0")
    found = moves(of_kinds(["car", "van"], "size_mm < 6", "1.0.0"), every)
    assert [move.witness.text for move in found] == [
        "an object with a size of 7 mm: keep becomes skip"
    ]


def test_what_only_a_person_can_judge_is_said_and_is_no_field():
    said = {"opaque": {"scope": "size_mm < 6"}, "then": "skip", "id": "r"}
    old = of_rules([said], {"size_mm": SIZE})
    new = of_rules([], {"size_mm": SIZE}, "2.0.0")
    (move,) = moves(old, new)
    assert move.witness.text == (
        "an object with a size of 5 mm, and a person judges that r holds: skip becomes keep"
    )
    assert move.witness.as_json()["judged"] == {"r": True}
    assert move.witness.as_json()["fields"] == {"size_mm": 5}


def test_a_field_of_another_type_is_held_against_nothing():
    old = of_rules([{"id": "r", "when": "size_mm < 6", "then": "skip"}], {"size_mm": SIZE})
    flag = {"type": "bool", "from": "attribute", "fuse": "any"}
    new = of_rules([{"id": "r", "when": "size_mm", "then": "skip"}], {"size_mm": flag}, "2.0.0")
    found = {(move.old, move.new): move.witness.as_json() for move in moves(old, new)}
    assert found.keys() == {(("skip",), ("keep",)), (("keep",), ("skip",))}
    seen = found[("skip",), ("keep",)]
    assert (seen["fields"], seen["fields_before"]) == ({"size_mm": False}, {"size_mm": 5})
    assert seen["text"] == (
        "an object with a size of 5 mm (older version) and no size mm: skip becomes keep"
    )


def test_a_field_that_is_called_otherwise_is_the_same_field():
    old = of_rules([{"id": "r", "when": "size_mm < 6", "then": "skip"}], {"size_mm": SIZE})
    diameter = {"diameter_mm": {**SIZE, "attribute": "size_mm"}}
    same = of_rules([{"id": "r", "when": "diameter_mm < 6", "then": "skip"}], diameter, "2.0.0")
    assert moves(old, same) == ()
    new = of_rules([{"id": "r", "when": "diameter_mm < 4", "then": "skip"}], diameter, "2.0.0")
    (move,) = moves(old, new)
    assert move.witness.as_json()["fields"] == {"diameter_mm": 5, "size_mm": 5}
    assert move.witness.text == "an object with a diameter of 5 mm: skip becomes keep"


def called(outcomes, version, **more):
    include = {"by": "derived", "outcomes": outcomes, "default": outcomes[-1], **more}
    header = {**document()["guideline"], "version": version, "supersedes": None}
    migration = {"decision": "include", "from": "skip", "to": "ignore"}
    return Guideline.model_validate(
        {
            "guideline": header,
            "fields": {},
            "consensus": document()["consensus"],
            "decisions": {"include": include},
            "migrations": [migration] if version == "2.0.0" else [],
        }
    )


def test_a_rename_is_minor_unless_it_brings_back_what_was_hidden():
    old, new = ["keep", "skip"], ["keep", "ignore"]
    (move,) = moves(called(old, "1.0.0"), called(new, "2.0.0"))
    assert (move.kind, move.level) == (Kind.RENAMED, Level.MINOR)
    assert move.witness.text == "any object: skip becomes ignore"
    hidden = called(old, "1.0.0", invisible=["skip"])
    (move,) = moves(hidden, called(new, "2.0.0"))
    assert (move.kind, move.level) == (Kind.WIDENED, Level.MAJOR)
    (move,) = moves(hidden, called(new, "2.0.0", invisible=["ignore"]))
    assert move.kind is Kind.RENAMED


def test_a_migration_to_what_a_rule_still_rules_out_is_a_move():
    def version(number, beyond, migrations):
        rules = [
            {"id": "small", "when": "size_mm < 6", "then": "keep"},
            {"id": "large", "when": f"size_mm > {beyond}", "then": "skip"},
        ]
        said = {"by": "judged", "field": "chosen", "outcomes": OUTCOMES, "rules": rules}
        chosen = {"type": "enum", "values": OUTCOMES, "from": "label", "fuse": "mode"}
        made = of_rules([], {"size_mm": SIZE, "chosen": chosen}, number).model_dump(by_alias=True)
        return Guideline.model_validate(
            {**made, "decisions": {"include": said}, "migrations": migrations}
        )

    migration = {"decision": "include", "from": "keep", "to": "ignore"}
    found = moves(version("1.0.0", 9, []), version("2.0.0", 10, [migration]))
    assert ("small",) in {move.rule_ids for move in found}
    assert {move.level for move in found if move.rule_ids == ("small",)} == {Level.MAJOR}
