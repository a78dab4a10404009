"""The methods of truth inference by name: what each is for, and what it takes for granted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from groundkeeper.core.truth.beside_majority import noted
from groundkeeper.core.truth.inferred import Inferred
from groundkeeper.core.truth.labels import Labels
from groundkeeper.errors import RefusedError, UnknownNameError, listing
from schemas.enums import Identity

Infer: TypeAlias = Callable[..., Inferred]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of truth inference.

    Attributes
    ----------
    name, title : str
        As in options, and as people say it.
    kinds : frozenset of str
        The kinds of answers it is for, as in ``kinds.registry.KINDS``.
    needs_identity : bool
        Whether it learns about annotators, so that one name has to mean one person.
    assumes : str
        What it takes for granted.
    load : callable
        Returns the function ``(labels, **options) -> Inferred``, and imports its module when it is called.
    """

    name: str
    title: str
    kinds: frozenset[str]
    needs_identity: bool
    assumes: str
    load: Callable[[], Infer]


def infer(name: str, labels: Labels, **options: object) -> Inferred:
    """Return what the method of that *name* makes of *labels*; a model's note says where it leaves the majority.

    Raises
    ------
    UnknownNameError
        If no method has this name.
    RefusedError
        If the method cannot be used on these labels.
    """
    found = method(name).load()(labels, **options)
    return noted(found) if found.method != "majority" else found


def method(name: str) -> Method:
    """Return the method of that *name*.

    Raises
    ------
    UnknownNameError
        If there is none.

    Examples
    --------
    >>> method("dawid_skene").needs_identity
    True
    """
    if name not in METHODS:
        kind = "method of truth inference"
        raise UnknownNameError(kind, name, METHODS)
    return METHODS[name]


def refuse_anonymous(name: str, identity: Identity) -> None:
    """Refuse a method that learns about annotators where a name does not mean a person.

    Raises
    ------
    UnknownNameError
        If no method has this *name*.
    RefusedError
        If annotators are anonymous and the method needs to know them.
    """
    if identity != Identity.ANONYMOUS or not method(name).needs_identity:
        return
    without = [other.name for other in METHODS.values() if not other.needs_identity]
    message = (
        f"{name} learns how good each annotator is, and the annotators are anonymous: a name means the same person "
        f"only within one item; allowed are {listing(without)}; use one of these, or take the answers in with known "
        "identities"
    )
    raise RefusedError(message)


# Each module is imported when its method is asked for: models bring what others do without.
# ruff: noqa: PLC0415


def _majority() -> Infer:
    from groundkeeper.core.truth.majority import majority

    return majority


def _weighted() -> Infer:
    from groundkeeper.core.truth.weighted import weighted

    return weighted


def _one_coin() -> Infer:
    from groundkeeper.core.truth.one_coin import one_coin

    return one_coin


def _dawid_skene() -> Infer:
    from groundkeeper.core.truth.dawid_skene import dawid_skene

    return dawid_skene


def _glad() -> Infer:
    from groundkeeper.core.truth.glad import glad

    return glad


def _mace() -> Infer:
    from groundkeeper.core.truth.mace import mace

    return mace


def _ibcc() -> Infer:
    from groundkeeper.core.truth.ibcc import ibcc

    return ibcc


def _ordinal_model() -> Infer:
    from groundkeeper.core.truth.ordinal import ordinal_model

    return ordinal_model


CATEGORIES = frozenset({"class", "tag", "ordinal"})
_ALL = (
    Method(
        "majority",
        "majority vote",
        CATEGORIES,
        needs_identity=False,
        assumes="all annotators are equally good, and all tasks equally hard",
        load=_majority,
    ),
    Method(
        "weighted",
        "weighted majority vote",
        CATEGORIES,
        needs_identity=True,
        assumes="an annotator is as good as they agree with the majority",
        load=_weighted,
    ),
    Method(
        "one_coin",
        "one-coin Dawid-Skene",
        CATEGORIES,
        needs_identity=True,
        assumes="each annotator has one accuracy, and errs to every other class alike",
        load=_one_coin,
    ),
    Method(
        "dawid_skene",
        "Dawid-Skene",
        CATEGORIES,
        needs_identity=True,
        assumes="each annotator has a confusion of their own, the same on every task of a class",
        load=_dawid_skene,
    ),
    Method(
        "glad",
        "GLAD",
        CATEGORIES,
        needs_identity=True,
        assumes="annotators have an ability and tasks a difficulty; errors go to every other class alike",
        load=_glad,
    ),
    Method(
        "mace",
        "MACE",
        CATEGORIES,
        needs_identity=True,
        assumes="an annotator either knows the answer or guesses",
        load=_mace,
    ),
    Method(
        "ibcc",
        "Bayesian confusion (IBCC)",
        CATEGORIES,
        needs_identity=True,
        assumes="as Dawid-Skene, with a prior belief that annotators are better than chance",
        load=_ibcc,
    ),
    Method(
        "ordinal_model",
        "ordinal confusion",
        frozenset({"ordinal"}),
        needs_identity=True,
        assumes="an annotator errs to near steps of the scale rather than far ones",
        load=_ordinal_model,
    ),
)

METHODS: Final[Mapping[str, Method]] = MappingProxyType({one.name: one for one in _ALL})
"""Every method of truth inference. A new one is a module with a function, a way to load it, and an entry here."""
