"""Guidelines evaluated the slow way: every rule in turn, every value that a missing field may have."""

import ast
import functools
import itertools
import operator
from pathlib import Path

from ruamel.yaml import YAML

COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
}


def guidelines(folder):
    """Return version to guideline, as YAML has it."""
    yaml = YAML(typ="safe")
    read = [yaml.load(path.read_text(encoding="utf-8")) for path in Path(folder).glob("*.yaml")]
    return {one["guideline"]["version"]: one for one in read}


def age(version):
    """Return what versions are ordered by."""
    return tuple(map(int, version.split(".")))


def line(versions, version):
    """Return *version* and those before it, the newest first."""
    found = []
    while version is not None:
        found.append(version)
        version = versions[version]["guideline"].get("supersedes")
    return found


def holds(text, facts):
    """Return whether a condition holds of known *facts*."""
    return _value(parsed(text), facts)


@functools.cache
def parsed(text):
    """Return the tree of a condition."""
    return ast.parse(text, mode="eval").body


def _value(node, facts):
    match node:
        case ast.BoolOp(op=ast.And()):
            return all(_value(one, facts) for one in node.values)
        case ast.BoolOp():
            return any(_value(one, facts) for one in node.values)
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, facts)
        case ast.Compare():
            compare = COMPARE[type(node.ops[0])]
            return compare(_value(node.left, facts), _value(node.comparators[0], facts))
        case ast.Name():
            return facts[node.id]
        case _:
            return ast.literal_eval(node)


@functools.cache
def used(text):
    """Return the names of the fields in a condition."""
    return {node.id for node in ast.walk(parsed(text)) if isinstance(node, ast.Name)}


def case(text, name, value):
    """Return which of the comparisons of a field in a condition hold of a value."""
    compared = (node for node in ast.walk(parsed(text)) if isinstance(node, ast.Compare))
    return [_value(one, {name: value}) for one in compared if one.left.id == name]


@functools.cache
def constants(text):
    """Return the numbers in a condition."""
    told = (node for node in ast.walk(parsed(text)) if isinstance(node, ast.Constant))
    return {node.value for node in told if not isinstance(node.value, bool)}


def outcome(decision, facts):
    """Return what a decision comes to when all is known."""
    for rule in decision["rules"]:
        if holds(rule["when"], facts):
            return rule["then"]
    return decision["default"]


def fields_of(*decisions):
    """Return the fields that decisions speak of."""
    return set().union(*(used(rule["when"]) for one in decisions for rule in one["rules"]))


def values_of(name, guideline, conditions):
    """Return enough values of a field to tell all cases apart that *conditions* tell apart."""
    field = guideline["fields"][name]
    if field["type"] == "bool":
        return [True, False]
    if "values" in field:
        return field["values"]
    cuts = sorted(set().union(*(constants(text) for text in conditions if name in used(text))))
    return sorted({*cuts, *(cut - 0.001 for cut in cuts), *(cut + 0.001 for cut in cuts)})


def completions(known, names, guideline, conditions):
    """Yield every way in which the unknown among the fields *names* may be."""
    open_names = sorted(name for name in names if known.get(name) is None)
    choices = [values_of(name, guideline, conditions) for name in open_names]
    for chosen in itertools.product(*choices):
        yield {**known, **dict(zip(open_names, chosen, strict=True))}


def conditions_of(*decisions):
    """Return the conditions of the rules of decisions."""
    return [rule["when"] for one in decisions for rule in one["rules"]]


def decided(decision, known, guideline):
    """Return the outcome of a decision, None where the unknown fields leave several."""
    told = conditions_of(decision)
    cases = completions(known, fields_of(decision), guideline, told)
    found = {outcome(decision, facts) for facts in cases}
    return found.pop() if len(found) == 1 else None
