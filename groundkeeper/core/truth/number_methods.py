"""The methods for measurements by name. Each is imported when it is asked for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from groundkeeper.core.truth.methods import Method, refuse_nameless
from groundkeeper.errors import UnknownNameError
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


NUMBERS = frozenset({"number"})
_ALL: tuple[Method[InferNumbers], ...] = (
    Method(
        "mean",
        NUMBERS,
        needs_identity=False,
        assumes="all annotators are equally precise and none is biased",
        load=_mean,
    ),
    Method(
        "median",
        NUMBERS,
        needs_identity=False,
        assumes="more than half of the measurements of a task are near the truth",
        load=_median,
    ),
    Method(
        "weighted",
        NUMBERS,
        needs_identity=True,
        assumes="an annotator is as precise as they are near the mean, and none is biased",
        load=_weighted,
    ),
    Method(
        "gaussian_model",
        NUMBERS,
        needs_identity=True,
        assumes="each annotator has a bias and a noise of their own, the same on every task",
        load=_gaussian_model,
    ),
)

NUMBER_METHODS: Final[Mapping[str, Method[InferNumbers]]] = MappingProxyType(
    {one.name: one for one in _ALL}
)
"""Every method for measurements."""


def number_method(name: str) -> Method[InferNumbers]:
    """Return the method for measurements of that *name*.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name not in NUMBER_METHODS:
        kind = "method for measurements"
        raise UnknownNameError(kind, name, NUMBER_METHODS)
    return NUMBER_METHODS[name]


def refuse_anonymous(name: str, identity: Identity) -> None:
    """Refuse a method that learns about annotators where a name does not mean a person.

    Raises
    ------
    UnknownNameError
        If no method for measurements has this *name*.
    RefusedError
        If annotators are anonymous and the method needs to know them.
    """
    refuse_nameless(number_method(name), NUMBER_METHODS, identity, "precise")


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
    return number_method(name).load()(measured)
