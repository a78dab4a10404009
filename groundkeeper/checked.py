"""What a document says, held against the form it should have; where it has another one, that in plain words.

A message says where, as in ``annotations[0].parts[2].frame``, what was found, what is allowed, and what to do.
"""

import difflib
import re
from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple, TypeAlias, TypeVar, cast, get_args, get_origin

from pydantic import AfterValidator, BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from groundkeeper.errors import FormatError, GroundkeeperError, listing

SHOWN_CHARACTERS: Final = 200
"""How much of a wrong value a message shows."""

_TIME: Final = "a time with its zone, such as 2026-03-02T10:00:00Z"
_WHOLE: Final = "a whole number"
_TRUTH: Final = "true or false"
_KEYS: Final = "a block of keys with their values"
_DAY: Final = "a date such as 2026-03-02"
_SPELLING: Final = "spelling"

ALLOWED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bool_parsing": _TRUTH,
        "bool_type": _TRUTH,
        "date_from_datetime_inexact": _DAY,
        "date_from_datetime_parsing": _DAY,
        "datetime_from_date_parsing": _TIME,
        "datetime_parsing": _TIME,
        "datetime_type": _TIME,
        "dict_type": _KEYS,
        "enum": "{expected}",
        "finite_number": "a finite number",
        "float_parsing": "a number",
        "float_type": "a number",
        "greater_than": "a number above {gt:.15g}",
        "greater_than_equal": "a number of {ge:.15g} or more",
        "int_from_float": _WHOLE,
        "int_parsing": _WHOLE,
        "int_parsing_size": _WHOLE,
        "int_type": _WHOLE,
        "less_than": "a number below {lt:.15g}",
        "less_than_equal": "a number of {le:.15g} or less",
        "list_type": "a list",
        "literal_error": "{expected}",
        "model_type": _KEYS,
        _SPELLING: "{allowed}",
        "string_pattern_mismatch": "a text of the form {pattern}",
        "string_too_long": "a text of at most {max_length} characters",
        "string_too_short": "a text of length {min_length} or more",
        "string_type": "a text",
        "timezone_aware": _TIME,
        "too_long": "a list of length {max_length} or less",
        "too_short": "a list of length {min_length} or more",
        "tuple_type": "a list",
    }
)
"""What is allowed where pydantic finds an error of each type that the forms of documents can have."""

Told = TypeVar("Told")
Place: TypeAlias = tuple[int | str, ...]
"""The keys and positions in lists that lead to a value."""


class Slip(NamedTuple):
    """What is wrong at one place of a document.

    Attributes
    ----------
    place
        Where it is.
    wrong
        What was found, and what is allowed.
    remedy
        What to do; empty where a form has its own words, which say that as well.
    cause
        What a form itself raised.
    """

    place: Place
    wrong: str
    remedy: str = ""
    cause: Exception | None = None

    def sentence(self, remedy: str = "") -> str:
        """Return it without its place, the *remedy* in place of its own."""
        return "; ".join(filter(None, (self.wrong, remedy or self.remedy)))

    def told(self, remedy: str = "", within: Place = ()) -> str:
        """Return it with its place *within* a greater document, the *remedy* in place of its own."""
        return located((*within, *self.place), self.sentence(remedy))


def checked(
    form: type[Told],
    told: object,
    where: str,
    remedy: str = "",
    error: type[GroundkeeperError] = FormatError,
) -> Told:
    """Return what was *told* as a *form*, a model or a collection of models.

    Parameters
    ----------
    form
        What it should be.
    told
        What it is, as JSON or YAML has it.
    where
        Where it stands, for the message.
    remedy
        What to do where it is not to be corrected by hand, in place of that.
    error
        What is raised.

    Raises
    ------
    GroundkeeperError
        The *error*, if it has another form; the message has the first place.
    """
    try:
        # To mypy a generic class is not hashable.
        made: Told = _adapter(cast("Hashable", form)).validate_python(told)
    except ValidationError as found:
        first, *_ = slips(found, form)
        message = f"{where}: {first.told(remedy)}"
        raise error(message) from found
    return made


def slips(error: ValidationError, form: object) -> list[Slip]:
    """Return what keeps a document from having the *form*, each place once, in the order of the form.

    Examples
    --------
    >>> class Answer(BaseModel):
    ...     votes: tuple[int, ...]
    >>> try:
    ...     Answer.model_validate({"votes": [4, "two"]})
    ... except ValidationError as error:
    ...     print(*(slip.told() for slip in slips(error, Answer)))
    votes[1]: found 'two'; allowed is a whole number; correct it
    """
    found: dict[Place, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        found.setdefault(_place(form, details), []).append(details)
    # A value that may be of several kinds is told by what is wrong within it: somebody meant that kind.
    around = {place[:end] for place in found for end in range(len(place))}
    return [
        _slip(form, place, wrong)
        for place, wrong in found.items()
        if place not in around or _is_of_key(wrong[0])
    ]


def spelt(pattern: str, allowed: str) -> AfterValidator:
    """Return what refuses a text that is not wholly of *pattern*, for people: what is *allowed*."""

    def is_spelt(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise PydanticCustomError(_SPELLING, "{allowed}", {"allowed": allowed})
        return text

    return AfterValidator(is_spelt)


Version: TypeAlias = Annotated[
    str, spelt("[0-9]+[.][0-9]+[.][0-9]+", "MAJOR.MINOR.PATCH such as 1.0.0")
]
"""The number of a guideline version."""


def located(place: Place, sentence: str) -> str:
    """Return a *sentence* with the *place* before it that it is about, if that is not the whole document.

    Examples
    --------
    >>> located(("annotations", 0, "parts", 2, "frame"), "found 'x'")
    "annotations[0].parts[2].frame: found 'x'"
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    where = "".join(parts).removeprefix(".")
    return f"{where}: {sentence}" if place else sentence


def shown(value: object) -> str:
    """Return a wrong *value* as a message has it.

    Examples
    --------
    >>> shown("4 mm"), shown(None)
    ("'4 mm'", 'nothing')
    """
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


@cache
def _adapter(form: type[object]) -> TypeAdapter[Any]:
    return TypeAdapter(form)


def _slip(form: object, place: Place, wrong: Sequence[ErrorDetails]) -> Slip:
    first = wrong[0]
    found = f"found {shown(first['input'])}; "
    match first["type"]:
        case "missing":
            return Slip(place, "found nothing, and it is needed", "add it")
        case "extra_forbidden":
            known = list(_fields_of(_form_at(form, place[:-1])))
            close = difflib.get_close_matches(str(place[-1])[:SHOWN_CHARACTERS], known, n=1)
            remedy = f"write {close[0]}" if close else "leave it out, or correct its name"
            return Slip(place, f"found an unknown key; allowed are {listing(known)}", remedy)
        case "value_error":
            cause: Exception = first["ctx"]["error"]
            own = str(cause)
            # Of a whole block a form says itself what was found, and of a value it may.
            is_whole = isinstance(first["input"], Mapping) or "found " in own
            return Slip(place, own if is_whole else f"{found}{own}", cause=cause)
        case _:
            allowed = dict.fromkeys(_allowed(details) for details in wrong)
            return Slip(place, f"{found}allowed is {' or '.join(allowed)}", "correct it")


def _allowed(details: ErrorDetails) -> str:
    return ALLOWED.get(details["type"], "another value").format(**details.get("ctx", {}))


def _is_of_key(details: ErrorDetails) -> bool:
    """Return whether a key is wrong, and not what stands under it."""
    return details["loc"][-1:] == ("[key]",)


def _place(form: object, details: ErrorDetails) -> Place:
    """Return where in a document an error is, without the names that pydantic gives to the kinds of a value."""
    place: Place = ()
    for part in details["loc"]:
        inner = _inside(form, part)
        if inner is not None:
            place, form = (*place, part), inner
    return (*place, details["loc"][-1]) if details["type"] == "extra_forbidden" else place


def _form_at(form: object, place: Place) -> object:
    for part in place:
        form = _inside(form, part)
    return form


def _inside(form: object, part: int | str) -> object:
    """Return the form of what stands under the key or at the position *part* of a *form*; None if nothing does."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        return _fields_of(form).get(str(part))
    origin, inner = get_origin(form), get_args(form)
    if origin is dict:
        return inner[1] if isinstance(part, str) else None
    if origin in {list, tuple}:
        if not isinstance(part, int):
            return None
        is_uniform = len(inner) == 1 or inner[1] is Ellipsis
        return inner[0 if is_uniform else part]
    return next(filter(None, (_inside(one, part) for one in inner)), None)


def _fields_of(form: object) -> dict[str, object]:
    """Return the keys that a block of this *form* may have, and the form of what stands under each."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        return {
            str(field.validation_alias or name): field.annotation
            for name, field in form.model_fields.items()
        }
    return {name: one for kind in get_args(form) for name, one in _fields_of(kind).items()}
