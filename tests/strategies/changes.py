"""Two versions of a guideline and the answers of a few people, drawn at random, with a slow rebuild under each."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.fuse import extent, fuse
from groundkeeper.core.guideline.expression import And, Comparison, Flag, Membership, Not, leaves
from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields, Precision
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.impact.path import Form

CONSENSUS = {"experts": 3, "quorum": 2, "match": {"by": "item"}, "shape": "none"}
DECLARED = {
    "size": {"type": "number", "fuse": "median", "from": "attribute", "min": 0, "max": 9},
    "count": {"type": "integer", "fuse": "max", "from": "attribute", "min": 0, "max": 4},
    "dark": {"type": "bool", "fuse": "any", "from": "attribute"},
    "night": {"type": "bool", "from": "metadata", "level": "item"},
    "grade": {"type": "ordinal", "fuse": "median", "from": "attribute", "values": [1, 2, 3, 5]},
    "kind": {
        "type": "enum",
        "fuse": "mode",
        "from": "attribute",
        "values": ["car", "van", "bus"],
    },
}
FUSIONS = {
    "size": ("median", "mean", "max", "min"),
    "grade": ("median", "max"),
    "dark": ("any", "all"),
}
VALUES = {
    "size": [0, 1, 2.5, 3, 4, 5.5, 6, 8, 9],
    "count": [0, 1, 2, 3, 4],
    "dark": [False, True],
    "night": [False, True],
    "grade": [1, 2, 3, 5],
    "kind": ["car", "van", "bus"],
}
CONSTANTS = {"size": [0, 1, 2.5, 3, 4, 6, 9], "count": [0, 1, 2, 4], "grade": [1, 2, 3, 5]}
OUTCOMES = ("keep", "ignore", "skip")


@dataclass(frozen=True)
class Drawn:
    """Two forms of a guideline, answers under the older one, and the observations that either makes of them."""

    old: Form
    new: Form
    observed_then: pd.DataFrame
    observed_now: pd.DataFrame

    @property
    def names(self):
        return [
            name for name in self.old.decisions.decisions if name in self.new.decisions.decisions
        ]


def form(fields, decisions, **changed):
    """Return a form of those fields and decisions, given as plain values or models."""
    facts = {
        "decisions": Decisions.model_validate({"decisions": decisions, **changed.pop("more", {})}),
        "fields": Fields.model_validate({"fields": fields}),
        "precision": Precision.model_validate(changed.pop("precision", {})),
        "coverage": Coverage.model_validate({"classes": ["thing"], **changed.pop("coverage", {})}),
        "consensus": Consensus.model_validate(CONSENSUS | changed.pop("consensus", {})),
    }
    return Form(**facts, **changed)


def drawn(seed, records=150, missing=0.25, *, opaque=True):
    """Return two random versions and the answers to *records* records, of which a share of values is *missing*."""
    rng = np.random.default_rng(seed)
    fields_then, fields_now = dict(DECLARED), dict(DECLARED)
    for name, choices in FUSIONS.items():
        if rng.random() < 0.2:
            fields_now[name] = DECLARED[name] | {"fuse": str(rng.choice(choices))}
    then = {"include": _decision(rng, invisible=["skip"], opaque=opaque), "level": _decision(rng)}
    now = {name: _changed(rng, decision, opaque=opaque) for name, decision in then.items()}
    answers = _answers(rng, records, missing)
    old, new = form(fields_then, then), form(fields_now, now)
    return Drawn(old, new, _observed(answers, old), _observed(answers, new))


def _decision(rng, *, invisible=(), opaque=False):
    rules = [_rule(rng, number, opaque=opaque) for number in range(int(rng.integers(0, 5)))]
    return {
        "by": "derived",
        "outcomes": OUTCOMES,
        "invisible": list(invisible),
        "default": str(rng.choice(OUTCOMES)),
        "rules": rules,
    }


def _rule(rng, number, *, opaque):
    said = {"id": f"r{number}", "then": str(rng.choice(OUTCOMES))}
    when = _condition(rng)
    if opaque and rng.random() < 0.1:
        return said | {"opaque": {"scope": when}}
    return said | {"when": when}


def _changed(rng, decision, *, opaque):
    """Change one thing or two, as people do; sometimes nothing, sometimes everything."""
    rules = [dict(rule) for rule in decision["rules"]]
    kind = rng.integers(0, 7)
    if kind == 0:
        return decision
    if kind == 1:
        return _decision(rng, invisible=decision["invisible"], opaque=opaque)
    if kind == 2 or not rules:
        rules.insert(int(rng.integers(0, len(rules) + 1)), _rule(rng, 9, opaque=opaque))
    elif kind == 3:
        rules.pop(int(rng.integers(0, len(rules))))
    elif kind == 4:
        rng.shuffle(rules)
    else:
        rule = rules[int(rng.integers(0, len(rules)))]
        rule.update(_rule(rng, 9, opaque=False) | {"id": rule["id"]})
        rule.pop("opaque", None)
    return decision | {"rules": rules}


def _condition(rng):
    tests = [_test(rng) for _ in range(int(rng.integers(1, 4)))]
    joint = " and " if rng.random() < 0.6 else " or "
    said = joint.join(tests)
    return f"not ({said})" if rng.random() < 0.15 else said


def _test(rng):
    name = str(rng.choice([*CONSTANTS, "dark", "night", "kind"]))
    if name in {"dark", "night"}:
        return name if rng.random() < 0.5 else f"not {name}"
    if name == "kind":
        chosen = rng.choice(VALUES["kind"], size=int(rng.integers(1, 3)), replace=False)
        return f"kind in {{{', '.join(sorted(chosen))}}}"
    operator = str(
        rng.choice(["<", "<=", ">", ">=", "==", "!="], p=[0.3, 0.15, 0.15, 0.3, 0.05, 0.05])
    )
    return f"{name} {operator} {rng.choice(CONSTANTS[name])}"


def _answers(rng, records, missing):
    """Return one row per record and person, with a value of every field or none."""
    people = rng.integers(1, 4, size=records)
    record = np.repeat(np.arange(records), people)
    table = pd.DataFrame({"record": record})
    night = rng.random(records)
    for name, values in VALUES.items():
        chosen = np.array(values, dtype=object)[rng.integers(0, len(values), len(record))]
        gone = rng.random(records)[record] < missing
        if name == "night":
            chosen = np.array([False, True], dtype=object)[(night > 0.5).astype(int)][record]
        table[name] = pd.Series(np.where(gone, None, chosen), dtype=object)
    return table


def _observed(answers, form):
    columns = {}
    records = answers["record"]
    for name, field in form.fields.fields.items():
        if field.fuse is None:
            columns[name] = answers.groupby("record")[name].first()
            continue
        columns[name] = fuse(answers[name], records, field.fuse, field.type, field.vocabulary)
        if field.type in {"number", "integer", "ordinal"}:
            ends = extent(answers[name], records, field.type, field.vocabulary)
            columns[f"{name}_low"], columns[f"{name}_high"] = ends["low"], ends["high"]
    table = pd.DataFrame(columns).reindex(sorted(records.unique()))
    table["votes"] = records.value_counts().reindex(table.index)
    for name, field in form.fields.fields.items():
        if field.type in {"number", "integer"}:
            table[name] = table[name].astype(float)
    return table.reset_index(drop=True)


def rebuilt(form, observed):
    """Return what a full rebuild makes of each record, slowly: its outcomes, or None if it leaves no trace."""
    known = {}
    rows = observed.astype(object).where(observed.notna(), None).to_dict("records")
    return [_content(form, row, known) for row in rows]


def _content(form, row, known):
    content = {}
    for name, decision in form.decisions.decisions.items():
        key = (name, *(row[field] for field in used_in(decision)))
        if key not in known:
            known[key] = slow_outcome(decision, row, form.fields.fields)
        content[name] = known[key]
        if content[name] in decision.invisible:
            return None
    return content


def slow_outcome(decision, row, fields):
    """Return the one outcome that all values of what is missing give, else None."""
    outcomes = {
        decision.rules[place].then if place is not None else decision.default
        for (place,) in slow_places([decision], row, fields)
    }
    return outcomes.pop() if len(outcomes) == 1 else None


def slow_places(decisions, row, fields):
    """Return the places of the rules that can come first in each, None for none, over all missing and unseen."""
    rules = [rule for decision in decisions for rule in decision.rules]
    unseen = sorted({rule.id for rule in rules if rule.opaque is not None})
    found = set()
    for full in completions(rules, row):
        for judged in itertools.product([False, True], repeat=len(unseen)):
            holding = dict(zip(unseen, judged, strict=True))
            found.add(tuple(first_rule(d.rules, full, fields, holding) for d in decisions))
    return found


def used_in(decision):
    """Return the fields that the rules of a decision speak of, sorted."""
    return sorted(
        {test.field for rule in decision.rules if rule.scope for test in leaves(rule.scope)}
    )


def completions(rules, row, extra=()):
    """Yield *row* with what is missing of the fields that *rules* speak of at every value that a test can tell."""
    scopes = [*(rule.scope for rule in rules if rule.scope), *extra]
    held = {}
    for test in (test for scope in scopes for test in leaves(scope)):
        constant = getattr(test, "constant", None)
        held.setdefault(test.field, set()).update([] if constant is None else [constant])
    missing = {name: _tellable(name, held[name]) for name in sorted(held) if row.get(name) is None}
    for chosen in itertools.product(*missing.values()):
        yield row | dict(zip(missing, chosen, strict=True))


def _tellable(name, constants):
    """Values of a field of which the tests against *constants* tell any two apart that they tell apart at all."""
    if name != "size":
        return VALUES[name]
    ends = sorted({0, 9, *constants})
    between = [(low + high) / 2 for low, high in itertools.pairwise(ends)]
    return [*ends, *between]


def first_rule(rules, row, fields, holding=None):
    """Return the place of the first rule that holds in a row without gaps, None if none does."""
    for place, rule in enumerate(rules):
        holds = rule.scope is None or holds_in(rule.scope, row, fields)
        if holds and (holding or {}).get(rule.id, True):
            return place
    return None


def holds_in(expression, row, fields):
    """Say whether an expression holds of a row without gaps, by Python's own comparisons."""
    match expression:
        case Not(operand):
            return not holds_in(operand, row, fields)
        case And(operands):
            return all(holds_in(operand, row, fields) for operand in operands)
        case Flag(name):
            return bool(row[name])
        case Membership(name, constants):
            return row[name] in constants
        case Comparison(name, operator, constant):
            value = row[name]
            vocabulary = list(fields[name].vocabulary)
            if vocabulary:
                value, constant = vocabulary.index(value), vocabulary.index(constant)
            return {
                "<": value < constant,
                "<=": value <= constant,
                ">": value > constant,
                ">=": value >= constant,
                "==": value == constant,
                "!=": value != constant,
            }[operator]
        case _:
            return any(holds_in(operand, row, fields) for operand in expression.operands)
