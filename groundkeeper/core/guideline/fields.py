"""The observations that a guideline may speak about."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self, TypeAlias, get_args

from pydantic import Field as Key
from pydantic import model_validator

from groundkeeper.core.guideline.values import (
    Count,
    Identifier,
    Number,
    Strictly,
    Text,
    Vocable,
    Vocabulary,
)

FieldType: TypeAlias = Literal["number", "integer", "bool", "enum", "ordinal", "text"]
Source: TypeAlias = Literal["label", "geometry", "attribute", "metadata", "derived"]
Level: TypeAlias = Literal["object", "item"]
Fusion: TypeAlias = Literal["median", "mean", "mode", "max", "min", "any", "all", "posterior"]
GeometryFunctionName: TypeAlias = Literal[
    "area", "frames", "height", "largest_diameter", "volume", "width"
]
"""What a field from geometry may be computed by; ``core.derived_fields`` has the functions."""
RecordFunctionName: TypeAlias = Literal["experts", "vote_share", "votes"]
"""What a derived field may be computed by, from the facts of a record."""

NUMERIC: Final = frozenset({"number", "integer"})
ORDERED: Final = NUMERIC | {"ordinal"}
CLOSED: Final = frozenset({"enum", "ordinal"})
ANSWERED: Final = frozenset({"label", "geometry", "attribute"})
"""Sources on which the experts may differ, so that their values are fused."""
FUSIONS: Final[Mapping[str, tuple[Fusion, ...]]] = MappingProxyType(
    {
        "number": ("median", "mean", "max", "min"),
        "integer": ("median", "mode", "max", "min"),
        "ordinal": ("median", "mode", "max", "min"),
        "bool": ("any", "all", "mode", "posterior"),
        "enum": ("mode", "posterior"),
        "text": (),
    }
)
FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"geometry": get_args(GeometryFunctionName), "derived": get_args(RecordFunctionName)}
)


class Field(Strictly):
    """One typed observation in a closed vocabulary.

    Attributes
    ----------
    type
        ``number``, ``integer``, ``bool``, ``enum``, ``ordinal``, or ``text``, which rules cannot
        speak about.
    source
        Written ``from``. ``label``, ``geometry``, ``attribute``: what the experts answered, fused;
        ``metadata``: a facet of the item; ``derived``: a fact of the record, such as its votes.
    level
        ``object``: one value a record; ``item``: one value an item, shared by its records.
    fuse
        How the experts' values become one. The **median of an integer or an ordinal field is the
        lower median**: of an even number of values the lower of the middle two, so that the fused
        value is one that somebody gave and stays in the vocabulary. The median of a number field
        is the mean of the middle two. Where the most frequent values tie there is no **mode**:
        the value is missing, and what rests on it waits for an adjudicator.
    version
        The version of the field's *definition*; raised when the same name means something else.
    min, max, unit
        Inclusive bounds and unit of a number or an integer field.
    values
        The vocabulary of an enum or an ordinal field; of an ordinal field in its order.
    function
        The registered function that computes a field from geometry or a derived field. Without one
        the values can be read from a table, but not worked out.
    attribute
        The name of the source attribute, label or facet where it is not that of the field.
    text
        What annotators read.
    """

    type: FieldType
    source: Source = Key(validation_alias="from", serialization_alias="from")
    level: Level = "object"
    fuse: Fusion | None = None
    version: Count = 1
    min: Number | None = None
    max: Number | None = None
    unit: Annotated[str, Key(min_length=1, max_length=32, strict=True)] | None = None
    values: Vocabulary | None = None
    function: Literal[GeometryFunctionName, RecordFunctionName] | None = None
    attribute: Identifier | None = None
    text: Text = ""

    @cached_property
    def vocabulary(self) -> Mapping[Vocable, int]:
        """The declared values in their order, each with its place; none for an open type."""
        return MappingProxyType({value: place for place, value in enumerate(self.values or ())})

    @property
    def is_derivable(self) -> bool:
        """Whether what the experts answered is enough to work the value out."""
        return self.source not in FUNCTIONS or self.function is not None

    def source_name(self, name: str) -> str:
        """Return the name that this field, called *name*, has in its source."""
        return self.attribute or name

    @model_validator(mode="after")
    def _type_has_its_keys(self) -> Self:
        if self.type in CLOSED and self.values is None:
            _refuse(f"a field of type {self.type} without values", "a list of values", "add it")
        if self.type not in CLOSED and self.values is not None:
            _refuse(f"values on a field of type {self.type}", "enum and ordinal", "remove it")
        if self.type not in NUMERIC and {self.min, self.max, self.unit} != {None}:
            found = f"min, max or unit on a field of type {self.type}"
            _refuse(found, "number and integer", "remove it")
        if self.min is not None and self.max is not None and self.min > self.max:
            _refuse(f"min {self.min:g} above max {self.max:g}", "min <= max", "swap them")
        self._check_vocabulary()
        return self

    def _check_vocabulary(self) -> None:
        numbers = [value for value in self.vocabulary if not isinstance(value, str)]
        if numbers and len(numbers) < len(self.vocabulary):
            _refuse("numbers and texts as values", "either", "quote the numbers")
        if self.type == "ordinal" and numbers != sorted(numbers):
            _refuse("numbers out of order", "ordinal numbers ascend", "sort them")

    @model_validator(mode="after")
    def _source_has_its_keys(self) -> Self:
        allowed = FUSIONS[self.type] if self.source in ANSWERED else ()
        if self.fuse is None and allowed:
            found = f"a {self.type} field from {self.source} without fuse"
            _refuse(found, " or ".join(allowed), "say how the experts' values become one")
        if self.fuse is not None and self.fuse not in allowed:
            found = f"fuse: {self.fuse} on a {self.type} field from {self.source}"
            _refuse(found, " or ".join(allowed) or "no fuse", "choose one that fits the type")
        functions = FUNCTIONS.get(self.source, ())
        if self.function is not None and not functions:
            _refuse(f"function on a field from {self.source}", "geometry and derived", "remove it")
        if self.function is not None and self.function not in functions:
            found = f"function: {self.function} on a field from {self.source}"
            _refuse(found, ", ".join(functions), "name one")
        if functions and self.type not in NUMERIC:
            _refuse(f"type {self.type} from {self.source}", "number or integer", "change it")
        self._check_level()
        return self

    def _check_level(self) -> None:
        if self.source == "metadata" and self.level == "object":
            _refuse("metadata on level object", "level: item", "metadata describe the item")
        if self.source in FUNCTIONS and self.level == "item":
            _refuse(f"{self.source} on level item", "level: object", "it describes one object")
        if self.attribute is not None and self.source in FUNCTIONS:
            found = f"attribute on a field from {self.source}"
            _refuse(found, "label, attribute and metadata", "use function")


def _refuse(found: str, allowed: str, advice: str) -> None:
    msg = f"found {found}; allowed is {allowed}; {advice}"
    raise ValueError(msg)
