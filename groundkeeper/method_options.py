"""The options of methods of truth inference as they are written on a command line: ``NAME=VALUE``, and whole sets."""

import inspect
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from groundkeeper.core.truth import methods
from groundkeeper.core.truth.dawid_skene import CROWD_KIT, PVLDB_2017
from groundkeeper.errors import RefusedError, UnknownNameError, listing

OF_PRESETS: Final = "dawid_skene"
"""The method that presets are of."""
PRESETS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {"pvldb-2017": PVLDB_2017, "crowd-kit": CROWD_KIT}
)
"""Options with which published results come out."""


def options(method: str, written: Sequence[str] = (), preset: str | None = None) -> dict[str, Any]:
    """Return the options of *method*: those of the *preset*, and over them those *written*.

    Raises
    ------
    UnknownNameError
        If there is no such method or preset.
    RefusedError
        If the method has no such option or preset, a value is not of its type, or an option is given twice.

    Examples
    --------
    >>> options("dawid_skene", ["floor=0.1"], "pvldb-2017")["floor"]
    0.1
    >>> options("mace", ["strategy=10", "prior=estimated"])
    {'strategy': 10.0, 'prior': 'estimated'}
    """
    found = _of_preset(method, preset)
    known = _known(method)
    given: dict[str, Any] = {}
    for text in written:
        name, sign, value = text.partition("=")
        if not sign or name not in known:
            message = (
                f"--option: found {text!r}; allowed for {method} {_allowed(known)}; "
                "write one as NAME=VALUE, or leave it out"
            )
            raise RefusedError(message)
        if name in given:
            message = f"--option: found {name} twice; allowed is once; leave one out"
            raise RefusedError(message)
        given[name] = _value(name, value, known[name][0])
    return found | given


def _of_preset(method: str, preset: str | None) -> dict[str, Any]:
    if preset is None:
        return {}
    if preset not in PRESETS:
        raise UnknownNameError("preset", preset, PRESETS)
    if method != OF_PRESETS:
        message = (
            f"--preset: found {preset} with the method {method}; allowed is {OF_PRESETS}; "
            f"leave it out, or say --method {OF_PRESETS}"
        )
        raise RefusedError(message)
    return dict(PRESETS[preset])


def _known(method: str) -> dict[str, tuple[Any, Any]]:
    """Return the options that can be written in one word: name to type and default."""
    function = methods.method(method).load()
    types = get_type_hints(function)
    keywords = inspect.signature(function).parameters.values()
    return {
        one.name: (types[one.name], one.default)
        for one in keywords
        if one.kind is one.KEYWORD_ONLY and _is_plain(types[one.name])
    }


def _is_plain(kind: object) -> bool:
    return kind in {int, float, bool, str} or get_origin(kind) is Literal


def _value(name: str, text: str, kind: Any) -> Any:  # noqa: ANN401 - whatever type the option has
    if get_origin(kind) is Literal or kind is bool:
        among = {str(one).lower() if kind is bool else str(one): one for one in _names(kind)}
        if text not in among:
            message = f"--option: {name}: found {text!r}; allowed are {listing(among)}; name one"
            raise RefusedError(message)
        return among[text]
    try:
        return kind(text)
    except ValueError as error:
        allowed = "a whole number" if kind is int else "a number"
        message = f"--option: {name}: found {text!r}; allowed is {allowed}; correct it"
        raise RefusedError(message) from error


def _names(kind: Any) -> tuple[object, ...]:  # noqa: ANN401 - a type of names, or bool
    return (True, False) if kind is bool else get_args(kind)


def _allowed(known: Mapping[str, tuple[Any, Any]]) -> str:
    """Return which options there are, with their defaults, in words."""
    if not known:
        return "are no options"
    told = [
        f"{name}={default} (of {', '.join(map(str, get_args(kind)))})"
        if get_origin(kind) is Literal
        else f"{name}={default}"
        for name, (kind, default) in known.items()
    ]
    return f"are, with their defaults, {listing(told)}"
