"""In what the versions under which answers were given differ from the version in force.

An answer is read in the words of its own era: a class that was split since was a right answer then, and its label is
evidence still. What becomes of it under the version in force is for the impact of the change to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

from groundkeeper.core.guideline.correspondence import redefined
from groundkeeper.core.guideline.fields import CLOSED, LISTED, NUMERIC, Field
from groundkeeper.core.guideline.values import version_key

SAID: Final = frozenset({"label", "attribute"})
"""Sources of what people said in their own words, which no later version can ask of them anew."""

ColumnType: TypeAlias = Literal["boolean", "Int64", "float64", "str"]


class Moved(NamedTuple):
    """A convention in an era and in force; None where it is not stated."""

    then: str | None
    now: str | None


def moved(then: Mapping[str, str], now: Mapping[str, str]) -> dict[str, Moved]:
    """Return the conventions that differ, by name, sorted."""
    return {
        name: Moved(then.get(name), now.get(name))
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    }


@dataclass(frozen=True)
class Eras:
    """The eras of a set's answers that differ from the version in force, and in what.

    Attributes
    ----------
    fields
        Era to its fields, where any of them is declared otherwise.
    conventions
        Era to its conventions that have moved, by name.
    """

    fields: Mapping[str, Mapping[str, Field]] = field(default_factory=lambda: MappingProxyType({}))
    conventions: Mapping[str, Mapping[str, Moved]] = field(
        default_factory=lambda: MappingProxyType({})
    )


ALIKE = Eras()
"""All answers were given under what is in force."""


def column_type(declared: Field) -> ColumnType:
    """Return the one type that a column of a field has, whatever is in it; lists are in it as JSON text."""
    if declared.type in LISTED:
        return "str"
    values = tuple(declared.vocabulary)
    if declared.type == "bool":
        return "boolean"
    if declared.type == "integer" or (values and all(isinstance(value, int) for value in values)):
        return "Int64"
    if declared.type == "number" or (values and not isinstance(values[0], str)):
        return "float64"
    return "str"


def can_hold(column: Field, said: Field) -> bool:
    """Return whether values of the field *said* fit the column of another declaration of it.

    Whole numbers fit among numbers, and one vocabulary among another of the same kind, in part or not: which of the
    values the other declaration still knows is not asked here.

    Examples
    --------
    >>> old, new, size = (
    ...     Field.model_validate({"from": "label", **declared})
    ...     for declared in (
    ...         {"type": "enum", "values": ["car"], "fuse": "mode"},
    ...         {"type": "enum", "values": ["car", "van"], "fuse": "mode"},
    ...         {"type": "number", "fuse": "median"},
    ...     )
    ... )
    >>> can_hold(new, old), can_hold(old, new), can_hold(size, old)
    (True, True, False)
    """
    families = (NUMERIC, CLOSED)
    related = any({column.type, said.type} <= family for family in families)
    types = column_type(column), column_type(said)
    return (related or column.type == said.type) and (
        types[0] == types[1] or types == ("float64", "Int64")
    )


def columns_of(in_force: Mapping[str, Field], eras: Eras) -> dict[str, Field]:
    """Return the fields that observations have columns for, by the declaration whose type the column has.

    Those in force come first. Those that only other eras declare follow, of the newest that does, so that what those
    eras decided can still be worked out.
    """
    columns = dict(in_force)
    for era in sorted(eras.fields, key=version_key, reverse=True):
        columns = {**eras.fields[era], **columns}
    others = [name for name in columns if name not in in_force]
    return {name: columns[name] for name in (*in_force, *sorted(others))}


def read_as(era: str, in_force: Mapping[str, Field], eras: Eras) -> dict[str, Field]:
    """Return by which declaration the values of each column are read and fused in an *era*.

    What people said, labels and attributes, is read by the declaration of the era, and fused by the rule in force as
    long as the question is the same, else by the rule of the era. What is measured or looked up is so by the
    declaration in force, and so is what the era does not declare, for the answers may hold it all the same. A field
    whose values the column cannot hold is left out.
    """
    if era not in eras.fields:
        return dict(in_force)
    columns, declared = columns_of(in_force, eras), eras.fields[era]
    found: dict[str, Field] = {}
    for name, column in columns.items():
        own = declared.get(name)
        if name not in in_force:
            found |= {name: own} if own is not None and can_hold(column, own) else {}
        elif own is None or not {own.source, column.source} <= SAID:
            found[name] = column
        elif can_hold(column, own):
            fused_alike = not redefined(own, column, name, name)
            found[name] = own.model_copy(update={"fuse": column.fuse}) if fused_alike else own
    return found


def held_against(era: str, in_force: Mapping[str, Field], eras: Eras) -> dict[str, Field]:
    """Return the fields that labels and attributes of an answer of an *era* must satisfy.

    Those that the era declares; and those in force that read what no field of the era speaks of, for nobody would
    look at such values otherwise.
    """
    if era not in eras.fields:
        return dict(in_force)
    declared = eras.fields[era]
    spoken_of = {_source(name, one) for name, one in declared.items()}
    new = {name: one for name, one in in_force.items() if _source(name, one) not in spoken_of}
    return {**new, **declared}


def _source(name: str, declared: Field) -> tuple[str, str]:
    """Return what of an answer a field is read from; all fields from the label read one thing."""
    is_label = declared.source == "label"
    return declared.source, "" if is_label else declared.source_name(name)
