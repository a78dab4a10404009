"""The methods of truth inference by name: what each is for, and what it takes for granted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from groundkeeper.core.truth.beside_majority import noted
from groundkeeper.core.truth.inferred import Inferred
from groundkeeper.core.truth.labels import Labels
from groundkeeper.errors import RefusedError, UnknownNameError, listing
from schemas.enums import Identity

Infer: TypeAlias = Callable[..., Inferred]
Does = TypeVar("Does", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Method(Generic[Does]):
    """One method of truth inference.

    Attributes
    ----------
    name : str
        As in options.
    kinds : frozenset of str
        The kinds of answers it is for, as in ``kinds.registry.KINDS``.
    needs_identity : bool
        Whether it learns about annotators, so that one name has to mean one person.
    assumes : str
        What it takes for granted.
    load : callable
        Returns the function that infers, and imports its module when it is called. For classes that function is
        ``(labels, **options) -> Inferred``.
    """

    name: str
    kinds: frozenset[str]
    needs_identity: bool
    assumes: str
    load: Callable[[], Does]


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


def method(name: str) -> Method[Infer]:
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
    refuse_nameless(method(name), METHODS, identity, "good")


def refuse_nameless(
    one: Method[Any], among: Mapping[str, Method[Any]], identity: Identity, learns: str
) -> None:
    """Refuse *one* method *among* several where a name does not mean a person and it *learns* how they are.

    Raises
    ------
    RefusedError
        If annotators are anonymous and the method needs to know them.
    """
    if identity != Identity.ANONYMOUS or not one.needs_identity:
        return
    without = [other.name for other in among.values() if not other.needs_identity]
    message = (
        f"{one.name} learns how {learns} each annotator is, and the annotators are anonymous: a name means the same "
        f"person only within one item; allowed are {listing(without)}; use one of these, or take the answers in with "
        "known identities"
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
        CATEGORIES,
        needs_identity=False,
        assumes="all annotators are equally good, and all tasks equally hard",
        load=_majority,
    ),
    Method(
        "weighted",
        CATEGORIES,
        needs_identity=True,
        assumes="an annotator is as good as they agree with the majority",
        load=_weighted,
    ),
    Method(
        "one_coin",
        CATEGORIES,
        needs_identity=True,
        assumes="each annotator has one accuracy, and errs to every other class alike",
        load=_one_coin,
    ),
    Method(
        "dawid_skene",
        CATEGORIES,
        needs_identity=True,
        assumes="each annotator has a confusion of their own, the same on every task of a class",
        load=_dawid_skene,
    ),
    Method(
        "glad",
        CATEGORIES,
        needs_identity=True,
        assumes="annotators have an ability and tasks a difficulty; errors go to every other class alike",
        load=_glad,
    ),
    Method(
        "mace",
        CATEGORIES,
        needs_identity=True,
        assumes="an annotator either knows the answer or guesses",
        load=_mace,
    ),
    Method(
        "ibcc",
        CATEGORIES,
        needs_identity=True,
        assumes="as Dawid-Skene, with a prior belief that annotators are better than chance",
        load=_ibcc,
    ),
    Method(
        "ordinal_model",
        frozenset({"ordinal"}),
        needs_identity=True,
        assumes="an annotator errs to near steps of the scale rather than far ones",
        load=_ordinal_model,
    ),
)

METHODS: Final[Mapping[str, Method[Infer]]] = MappingProxyType({one.name: one for one in _ALL})
"""Every method of truth inference. A new one is a module with a function, a way to load it, and an entry here."""
