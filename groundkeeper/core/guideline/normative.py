"""The part of a guideline that results depend on: one JSON value a concern, without prose.

Stages read a concern and nothing else, so what is not in it cannot change a result: an editorial
change leaves every concern, byte for byte, as it was.
"""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, JsonValue
from pydantic import Field as Key
from pydantic.main import IncEx

from groundkeeper.core.guideline.decisions import Attribute, Decision, Migration
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import (
    Consensus,
    CoverageKind,
    GeometryKind,
    Scoring,
    Tolerance,
)
from groundkeeper.core.guideline.values import Identifier, Name, Strictly
from groundkeeper.core.ids import canonical_json


class Fields(Strictly):
    """The observations that are stored."""

    fields: dict[Name, Field]


class Decisions(Strictly):
    """What is decided from the fields, which attributes are asked for, and what is carried over."""

    decisions: dict[Name, Decision]
    attributes: dict[Name, Attribute] = Key(default_factory=dict)
    migrations: tuple[Migration, ...] = ()


class Precision(Strictly):
    """How one draws, and how precisely."""

    precision: dict[GeometryKind, Tolerance] = Key(default_factory=dict)
    conventions: dict[Name, Identifier] = Key(default_factory=dict)


class Coverage(Strictly):
    """The classes, and whether an item is searched for all objects of a class."""

    classes: Annotated[tuple[Identifier, ...], BeforeValidator(sorted)]
    coverage: dict[Identifier, CoverageKind] = Key(default_factory=dict)


Concern: TypeAlias = Fields | Decisions | Consensus | Precision | Coverage | Scoring

CONCERNS: Final[Mapping[str, type[Concern]]] = MappingProxyType(
    {
        "fields": Fields,
        "decisions": Decisions,
        "consensus": Consensus,
        "precision": Precision,
        "coverage": Coverage,
        "scoring": Scoring,
    }
)
"""Every concern and the model that its JSON is read with: ``CONCERNS[name].model_validate``."""

_PROSE: Final[Mapping[str, IncEx]] = MappingProxyType(
    {
        "fields": {"fields": {"__all__": {"text"}}},
        "decisions": {
            "decisions": {
                "__all__": {"text": True, "rules": {"__all__": {"text", "examples"}}},
            },
            "attributes": {"__all__": {"text"}},
        },
    }
)
"""What of a concern is for people alone."""


def concerns(guideline: Guideline) -> dict[str, Concern]:
    """Return the blocks of *guideline* that results depend on, one model a concern."""
    return {
        "fields": Fields(fields=guideline.fields),
        "decisions": Decisions(
            decisions=guideline.decisions,
            attributes=guideline.attributes,
            migrations=guideline.migrations,
        ),
        "consensus": guideline.consensus,
        "precision": Precision(precision=guideline.precision, conventions=guideline.conventions),
        "coverage": Coverage(classes=tuple(guideline.classes), coverage=guideline.coverage),
        "scoring": guideline.scoring,
    }


def normative(guideline: Guideline) -> dict[str, JsonValue]:
    """Return one JSON value for each concern of *guideline*, without prose.

    Expressions stand in their one spelling and keys in sorted order. The number of the version is
    not in it: of two versions with equal concerns every result is equal.
    """
    return {name: _without_prose(name, model) for name, model in concerns(guideline).items()}


def digest(value: JsonValue) -> str:
    """Return the SHA-256 of *value* in canonical JSON, 64 hex digits.

    Examples
    --------
    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _without_prose(name: str, concern: Concern) -> JsonValue:
    dumped = concern.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude=_PROSE.get(name)
    )
    in_order: JsonValue = json.loads(canonical_json(dumped))
    return in_order
