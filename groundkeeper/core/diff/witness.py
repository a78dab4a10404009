"""A concrete case in which two versions decide differently, in words and in values to check it by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from groundkeeper.core.diff.alignment import BEFORE
from groundkeeper.core.guideline.cells import Value
from groundkeeper.core.guideline.columns import Places
from groundkeeper.core.guideline.decisions import Rule
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import leaves
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.regions import Regions, opaque_flag

_VOWELS: Final = "aeiou"


@dataclass(frozen=True)
class Witness:
    """One case.

    Attributes
    ----------
    before, after
        A value of every field that the rules of the older and of the newer version speak of.
    judged
        By id of an opaque rule, whether a person judges that it holds.
    text
        The case in words; what does not matter to it is left out.
    mattering
        The names of the fields in the words, as the newer version calls them.
    """

    before: Mapping[str, Value]
    after: Mapping[str, Value]
    judged: Mapping[str, bool]
    text: str
    mattering: frozenset[str]

    def as_json(self) -> dict[str, object]:
        """Return the case as one JSON object; ``fields_before`` has what the older version reads differently."""
        merged = {**self.before, **self.after}
        found: dict[str, object] = {"fields": dict(sorted(merged.items())), "text": self.text}
        differing = {n: v for n, v in sorted(self.before.items()) if merged[n] != v}
        if differing:
            found["fields_before"] = differing
        if self.judged:
            found["judged"] = dict(sorted(self.judged.items()))
        return found


class Case(NamedTuple):
    """A cell of the regions of two versions of a decision, int32 [axes], and which axes matter to it, bool [axes]."""

    cell: Places
    matters: npt.NDArray[np.bool_]


def called(guideline: Guideline, said: Sequence[Field]) -> str:
    """Return what the records of *guideline* are called where the fields *said* are known of one."""
    if len(guideline.classes) == 1:
        return next(iter(guideline.classes)).replace("_", " ")
    items_only = bool(said) and all(field.level == "item" for field in said)
    return "item" if items_only else "object"


def in_words(
    guideline: Guideline, said: Sequence[tuple[str, Field, Value]], judged: Mapping[str, bool]
) -> str:
    """Return a case in words.

    Parameters
    ----------
    guideline
        The version that says what records are called.
    said
        Name, definition and value of every field that matters.
    judged
        By id of an opaque rule that matters, whether it holds.

    Examples
    --------
    >>> size = {"type": "number", "unit": "mm", "from": "attribute", "fuse": "median"}
    >>> said = [("diameter_mm", Field.model_validate(size), 5)]
    >>> from types import SimpleNamespace
    >>> lungs = SimpleNamespace(classes={"nodule": None})
    >>> in_words(lungs, said, {})
    'a nodule with a diameter of 5 mm'
    >>> in_words(lungs, said, {"inc.odd": False})
    'a nodule with a diameter of 5 mm, and a person judges that inc.odd does not hold'
    """
    thing = called(guideline, [field for _, field, _ in said])
    known = _joined([_property(*one) for one in said])
    verdicts = _joined([f"{r} {'holds' if h else 'does not hold'}" for r, h in judged.items()])
    start = _with_article(thing) if said or judged else f"any {thing}"
    case = f"{start} with {known}" if said else start
    return f"{case}, and a person judges that {verdicts}" if judged else case


class Telling:
    """Tells the cases of two versions of a decision.

    Parameters
    ----------
    guideline
        The newer version, which says what records are called.
    rules
        The rules of both versions.
    regions
        The older version's list of rules, and the newer one's.
    """

    def __init__(self, guideline: Guideline, rules: Sequence[Rule], regions: Regions) -> None:
        self._guideline, self._axes = guideline, regions.axes
        self._rule_of = {opaque_flag(rule): rule.id for rule in rules if rule.opaque is not None}
        self._axis_of = [
            {
                test.field: listed.axes.get(test.field, test.field)
                for condition in listed.conditions
                for test in leaves(condition)
                if test.field not in self._rule_of
            }
            for listed in regions.lists
        ]

    def witness(self, case: Case, verdict: str) -> Witness:
        """Return the witness that *case* is, of which *verdict* says what becomes of it."""
        flags = self._rule_of
        values = {a.name: a.values[cell] for a, cell in zip(self._axes, case.cell, strict=True)}
        matters = [axis for axis, matter in zip(self._axes, case.matters, strict=True) if matter]
        said = [(a.name, a.field, values[a.name]) for a in matters if a.name not in flags]
        judged = {flags[a.name]: bool(values[a.name]) for a in matters if a.name in flags}
        words = in_words(self._guideline, sorted(said, key=_prominence), judged)
        before, after = (
            {name: values[axis] for name, axis in sorted(axis_of.items())}
            for axis_of in self._axis_of
        )
        return Witness(
            before,
            after,
            {flags[name]: bool(value) for name, value in sorted(values.items()) if name in flags},
            f"{words}: {verdict}",
            frozenset(name for name, _, _ in said),
        )


def _prominence(said: tuple[str, Field, Value]) -> tuple[bool, bool, str]:
    """Order what is said of a case: what is measured, then what it is, then what is so or not."""
    name, field, _ = said
    return field.unit is None, field.type == "bool", name


def _property(name: str, field: Field, value: Value) -> str:
    """Return a field and its value as they follow *with*.

    Examples
    --------
    >>> night = Field.model_validate({"type": "bool", "from": "metadata", "level": "item"})
    >>> _property("night", night, value=False)
    'no night'
    """
    alone = name.removesuffix(BEFORE)
    words = (alone.removesuffix(f"_{field.unit}") if field.unit else alone).replace("_", " ")
    said = f"{words} {value}"
    if field.type == "bool":
        said = words if value else f"no {words}"
    elif field.unit:
        said = f"{_with_article(words)} of {value} {field.unit}"
    return said if alone == name else f"{said} (older version)"


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0].lower() in _VOWELS else 'a'} {noun}"


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
