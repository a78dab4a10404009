"""Where the rules of two versions draw another line: the tests that only one of them has."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.cells import cut
from groundkeeper.core.guideline.columns import MISSING, constant_code, numbers, value_places
from groundkeeper.core.guideline.decisions import Decision, Rule
from groundkeeper.core.guideline.expression import Test, constants, leaves
from groundkeeper.core.guideline.fields import CLOSED, ORDERED, Field
from groundkeeper.core.impact.path import Form


@dataclass(frozen=True)
class Boundary:
    """One test of a rule that moved.

    Attributes
    ----------
    decision, rule_id
        Where it stands.
    test
        Such as ``diameter_mm < 6``.
    field
        The definition of its field, of the version that it stands in.
    is_new
        Whether it is a test of the newer version; else it was one of the older.
    """

    decision: str
    rule_id: str
    test: Test
    field: Field
    is_new: bool


def moved_boundaries(old: Form, new: Form) -> tuple[Boundary, ...]:
    """Return the boundaries of the decisions that both versions have and that only one of them draws.

    A rule that is in one version only brings or takes all of its own, and so does one with another outcome. How a
    test is spelled does not matter: ``size < 6`` and ``not size >= 6`` draw one line.

    Returns
    -------
    tuple of Boundary
        By decision and rule in the order of the newer version, those that are new first.
    """
    found = []
    for name, after in new.decisions.decisions.items():
        before = old.decisions.decisions.get(name)
        if before is None:
            continue
        lines = _lines(before, old.fields.fields), _lines(after, new.fields.fields)
        for line, (rule_id, test, field) in lines[1].items():
            if line not in lines[0]:
                found.append(Boundary(name, rule_id, test, field, is_new=True))
        for line, (rule_id, test, field) in lines[0].items():
            if line not in lines[1]:
                found.append(Boundary(name, rule_id, test, field, is_new=False))
    return tuple(found)


def distance(boundary: Boundary, values: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return how far each record is from a boundary [n]; nan where the value of its field is missing.

    The unit is the standard deviation of the field over the records, of an ordinal field that of the ranks; where
    they are all alike, it is that of the field. An enum or a bool has no order, and its distance is 0.

    Examples
    --------
    >>> from groundkeeper.core.guideline.expression import parse
    >>> size = Field.model_validate({"type": "number", "from": "attribute", "fuse": "median"})
    >>> line = Boundary("include", "inc.small", parse("size < 6"), size, is_new=True)
    >>> distance(line, pd.DataFrame({"size": [5.0, 9.0, None]})).tolist()
    [0.5, 1.5, nan]
    """
    name, field = boundary.test.field, boundary.field
    if field.type in CLOSED or field.type == "bool":
        places = value_places(name, field, values, len(values))
        codes = np.where(places == MISSING, np.nan, places.astype(np.float64))
    else:
        codes = numbers(name, field, values, len(values))
    if field.type not in ORDERED:
        return np.where(np.isnan(codes), np.nan, 0.0)
    held_against = [constant_code(constant, field) for constant in constants(boundary.test)[name]]
    nearest = np.abs(codes[:, None] - np.array(held_against)).min(axis=1)
    known = codes[~np.isnan(codes)]
    spread = float(known.std()) if len(known) else 0.0
    apart: npt.NDArray[np.float64] = nearest / (spread or 1.0)
    return apart


def _lines(
    decision: Decision, fields: Mapping[str, Field]
) -> dict[tuple[object, ...], tuple[str, Test, Field]]:
    """Return the tests of a decision's rules by what makes a line the same: rule, outcome, field, and where it cuts."""
    found: dict[tuple[object, ...], tuple[str, Test, Field]] = {}
    for rule in decision.rules:
        for test in _tests(rule):
            field = fields[test.field]
            axis = cut(test.field, field, [(test, field)])
            line = (rule.id, rule.then, test.field, axis.boundaries, axis.members)
            found.setdefault(line, (rule.id, test, field))
    return found


def _tests(rule: Rule) -> tuple[Test, ...]:
    return () if rule.scope is None else tuple(leaves(rule.scope))
