"""The methods for measurements by name. Each is imported when it is asked for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from groundkeeper.errors import RefusedError, UnknownNameError, listing
from schemas.enums import Identity

if TYPE_CHECKING:
    from groundkeeper.core.truth.numbers import InferredNumbers, Measurements

InferNumbers: TypeAlias = "Callable[[Measurements], InferredNumbers]"

# scipy, which whoever measures nothing does without.
# ruff: noqa: PLC0415


def _mean() -> InferNumbers:
    from groundkeeper.core.truth.numbers import mean

    return mean


def _median() -> InferNumbers:
    from groundkeeper.core.truth.numbers import median

    return median


def _weighted() -> InferNumbers:
    from groundkeeper.core.truth.numbers import weighted

    return weighted


def _gaussian_model() -> InferNumbers:
    from groundkeeper.core.truth.gaussian import gaussian_model

    return gaussian_model


NUMBER_METHODS: Final[Mapping[str, Callable[[], InferNumbers]]] = MappingProxyType(
    {"mean": _mean, "median": _median, "weighted": _weighted, "gaussian_model": _gaussian_model}
)
"""Every method for measurements, with what imports it."""

LEARNING: Final = frozenset({"weighted", "gaussian_model"})
"""Methods that learn about annotators, so that one name has to mean one person."""


def refuse_anonymous(name: str, identity: Identity) -> None:
    """Refuse a method that learns about annotators where a name does not mean a person.

    Raises
    ------
    RefusedError
        If annotators are anonymous and the method needs to know them.
    """
    if identity == Identity.ANONYMOUS and name in LEARNING:
        without = [other for other in NUMBER_METHODS if other not in LEARNING]
        message = (
            f"{name} learns how precise each annotator is, and the annotators are anonymous: a name means "
            f"the same person only within one item; allowed are {listing(without)}; use one of these, or take the "
            "answers in with known identities"
        )
        raise RefusedError(message)


def infer_numbers(name: str, measured: "Measurements") -> "InferredNumbers":
    """Return what the method of that *name* makes of what was *measured*.

    Raises
    ------
    UnknownNameError
        If no method for measurements has this name.

    Examples
    --------
    >>> import pandas as pd
    >>> from groundkeeper.core.truth.numbers import code_numbers
    >>> rows = pd.DataFrame({"task": "a", "annotator": ["x", "y"], "value": [1.0, 4.0]})
    >>> infer_numbers("median", code_numbers(rows)).value
    array([2.5])
    """
    if name not in NUMBER_METHODS:
        kind = "method for measurements"
        raise UnknownNameError(kind, name, NUMBER_METHODS)
    return NUMBER_METHODS[name]()(measured)
