"""The positions that the experts of a record took: what they said of it, whoever said it."""

import json
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, product

import pandas as pd
import shapely
from pydantic import JsonValue
from shapely.geometry.base import BaseGeometry

from groundkeeper.core.consensus.statements import Statements
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.ids import canonical_json


@dataclass(frozen=True)
class Statement:
    """What is said of one thing: a label, attributes, and a shape in each of some frames, drawn with a ``kind``."""

    label: str | None
    attributes: Mapping[str, JsonValue]
    kind: str
    parts: Mapping[int, BaseGeometry]


@dataclass(frozen=True)
class Position:
    """One statement, and the annotations that make it; its letter tells it from the other positions on the record."""

    letter: str
    annotation_ids: tuple[str, ...]
    statement: Statement

    @property
    def supporters(self) -> int:
        """How many experts take it."""
        return len(self.annotation_ids)


@dataclass(frozen=True)
class Case:
    """One record with everything that its experts said of it in the era that decides it.

    ``looked`` is how many of them there are, ``silent`` how many looked and marked nothing: the position *absent*.
    """

    record_id: str
    item_id: str
    era: str
    looked: int
    silent: int
    positions: tuple[Position, ...]


def case_of(
    record: Mapping[str, object],
    evidence: Evidence,
    said: Statements,
    fields: Mapping[str, Field],
) -> Case:
    """Return the case of one record.

    Parameters
    ----------
    record : mapping
        ``record_id, item_id, era, votes, experts``. Where nobody saw it in that era, the positions are those of the
        newest era in which somebody did.
    evidence : Evidence
        The tables of ingestion.
    said : Statements
        The last word of each person on each record.
    fields : mapping
        Field name to its definition, of the version in force.
    """
    own = said.last[said.last["record_id"] == record["record_id"]].dropna(subset="annotation_id")
    era = str(record["era"])
    if era not in set(own["era"]) and len(own):
        era = max(own["era"], key=version_key)
    here = own.loc[own["era"] == era, "annotation_id"]
    votes, experts = int(str(record["votes"])), int(str(record["experts"]))
    return Case(
        str(record["record_id"]),
        str(record["item_id"]),
        str(record["era"]),
        experts,
        experts - votes,
        positions(evidence.of_annotations(pd.Index(here)), fields),
    )


def positions(said: Evidence, fields: Mapping[str, Field]) -> tuple[Position, ...]:
    """Return the distinct statements among some annotations of one record, the one with the most supporters first.

    Two annotations take one position where their labels, attributes and shapes are equal; attributes of which no field
    speaks are no part of it. Where positions have as many
    supporters, the one comes first that has the annotation with the lowest id. They are called A, B, ... in this order;
    a late answer may change the order, so that a verdict names the annotations and not the letter alone.

    Parameters
    ----------
    said : Evidence
        With these annotations and their parts, and no others.
    fields : mapping
        Field name to its definition.
    """
    read = {one.source_name(name) for name, one in fields.items() if one.source == "attribute"}
    drawn: dict[str, dict[int, BaseGeometry]] = {}
    columns = ["annotation_id", "frame", "geometry"]
    rows = said.parts.sort_values(columns[:2])[columns].itertuples(index=False, name=None)
    for annotation_id, frame, geometry in rows:
        drawn.setdefault(annotation_id, {})[int(frame)] = geometry
    members: dict[object, list[str]] = {}
    stated: dict[object, Statement] = {}
    columns = ["annotation_id", "label", "attributes", "kind"]
    marks = said.annotations.sort_values("annotation_id")[columns]
    for name, label, attributes, kind in marks.itertuples(index=False, name=None):
        parts = drawn.get(name, {})
        spoken = None if pd.isna(label) else str(label)
        own = {key: value for key, value in json.loads(attributes).items() if key in read}
        shape = tuple((frame, shapely.to_wkb(one)) for frame, one in parts.items())
        key = (spoken, canonical_json(own), kind, shape)
        members.setdefault(key, []).append(name)
        stated[key] = Statement(spoken, own, kind, parts)
    ordered = sorted(members, key=lambda key: (-len(members[key]), members[key][0]))
    return tuple(
        Position(letter, tuple(members[key]), stated[key])
        for letter, key in zip(letters(), ordered, strict=False)
    )


def letters() -> Iterator[str]:
    """Yield A, B, ..., Z, AA, AB, ... without end.

    Examples
    --------
    >>> found = letters()
    >>> [next(found) for _ in range(28)][-3:]
    ['Z', 'AA', 'AB']
    """
    for length in count(1):
        for name in product(string.ascii_uppercase, repeat=length):
            yield "".join(name)


def differing(found: Collection[Position]) -> frozenset[str]:
    """Return the attributes of which not all positions say the same.

    Examples
    --------
    >>> one, other = (Statement("nodule", {"texture": t, "margin": 2}, "polygon", {}) for t in (1, 5))
    >>> sorted(differing([Position("A", ("an_1",), one), Position("B", ("an_2",), other)]))
    ['texture']
    """
    names = {name for one in found for name in one.statement.attributes}
    said = {
        name: {json.dumps(one.statement.attributes.get(name)) for one in found} for name in names
    }
    return frozenset(name for name, values in said.items() if len(values) > 1)
