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

FieldType: TypeAlias = Literal[
    "number", "integer", "bool", "enum", "ordinal", "set", "ranking", "text"
]
Source: TypeAlias = Literal["label", "geometry", "attribute", "metadata", "derived"]
Level: TypeAlias = Literal["object", "item"]
Fusion: TypeAlias = Literal[
    "median",
    "mean",
    "mode",
    "max",
    "min",
    "any",
    "all",
    "majority",
    "borda",
    "kemeny",
    "posterior",
]
GeometryFunctionName: TypeAlias = Literal[
    "area", "frames", "height", "largest_diameter", "volume", "width"
]
"""What a field from geometry may be computed by; ``core.derived_fields`` has the functions."""
RecordFunctionName: TypeAlias = Literal["experts", "vote_share", "votes"]
"""What a derived field may be computed by, from the facts of a record."""

NUMERIC: Final = frozenset({"number", "integer"})
ORDERED: Final = NUMERIC | {"ordinal"}
CLOSED: Final = frozenset({"enum", "ordinal"})
"""Types whose value is one of a vocabulary."""
LISTED: Final = frozenset({"set", "ranking"})
"""Types whose value is a list of members of a vocabulary; a column has it as JSON text."""
OPAQUE: Final = LISTED | {"text"}
"""Types that rules cannot speak about."""
ANSWERED: Final = frozenset({"label", "geometry", "attribute"})
"""Sources on which the experts may differ, so that their values are fused."""
FUSIONS: Final[Mapping[str, tuple[Fusion, ...]]] = MappingProxyType(
    {
        "number": ("median", "mean", "max", "min", "posterior"),
        "integer": ("median", "mode", "max", "min"),
        "ordinal": ("median", "mode", "max", "min", "posterior"),
        "bool": ("any", "all", "mode", "posterior"),
        "enum": ("mode", "posterior"),
        "set": ("majority", "any", "all"),
        "ranking": ("borda", "kemeny"),
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
        ``number``, ``integer``, ``bool``, ``enum``, ``ordinal``; ``set``, several of the values at once;
        ``ranking``, all or some of the values, the best first; or ``text``. Rules cannot speak about a
        set, a ranking or a text.
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
        the value is missing, and what rests on it waits for an adjudicator. Of a set, each member is
        in the fused one by itself: by ``majority`` if more than half of those who answered named it,
        by ``any`` if one did, by ``all`` if everybody did. Rankings become one by ``borda``,
        each value by the share of comparisons that it wins, or by ``kemeny``, the order that
        contradicts the fewest of the experts' preferences.
        With ``posterior`` a model infers the value; ``inference`` in the block ``consensus`` names it.
    version
        The version of the field's *definition*; raised when the same name means something else.
    min, max, unit
        Inclusive bounds and unit of a number or an integer field.
    values
        The vocabulary of an enum or an ordinal field, of an ordinal field in its order; the members
        that a set or a ranking may have.
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

    @property
    def choices(self) -> tuple[Vocable, ...]:
        """The declared values in their order; none for an open type."""
        return self.values or ()

    @cached_property
    def vocabulary(self) -> Mapping[Vocable, int]:
        """The declared values in their order, each with its place; none for an open type."""
        return MappingProxyType({value: place for place, value in enumerate(self.choices)})

    @property
    def is_derivable(self) -> bool:
        """Whether what the experts answered is enough to work the value out."""
        return self.source not in FUNCTIONS or self.function is not None

    def source_name(self, name: str) -> str:
        """Return the name that this field, called *name*, has in its source."""
        return self.attribute or name

    @model_validator(mode="after")
    def _type_has_its_keys(self) -> Self:
        has_values = self.type in CLOSED | LISTED
        if has_values and self.values is None:
            _refuse(f"a field of type {self.type} without values", "a list of values", "add it")
        if not has_values and self.values is not None:
            allowed = "enum, ordinal, set and ranking"
            _refuse(f"values on a field of type {self.type}", allowed, "remove it")
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
        if self.type in LISTED and self.source != "attribute":
            found = f"type {self.type} from {self.source}"
            _refuse(found, "a list from attribute", "ask for it as an attribute")
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
