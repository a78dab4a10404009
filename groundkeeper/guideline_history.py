"""Write and read the way from the versions under which answers were given to the version in force.

``history.json`` holds the normative forms that lie on it, each once, by the first digits of their digest; and for
every era the forms that it passes, with the claims about prose and the migrations of the step that leads on from
each. The form in force is not in it. A form that equals the next, with nothing made between them, is left out, and so
is an era of which nothing is left: a version that changes wording or scoring alone leaves the file as it was.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import JsonValue, ValidationError

from groundkeeper import concerns, files
from groundkeeper.core.guideline.decisions import Migration
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import parse, render
from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields, Precision, normative
from groundkeeper.core.guideline.normative import digest as digest_of
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.impact.path import Claim, Form, Step, Stop, path
from groundkeeper.errors import TableError
from groundkeeper.layout import Layout

FILE: Final = "history"
DIGITS: Final = 12
"""How many hex digits of its digest name a form."""

_CONCERNS: Final = ("decisions", "fields", "precision", "coverage", "consensus")
"""The concerns by which a record can come to be another one: all but scoring."""


def of(
    versions: Mapping[str, Guideline], eras: Iterable[str], in_force: str
) -> dict[str, dict[str, JsonValue]]:
    """Return what ``history.json`` holds.

    Parameters
    ----------
    versions : mapping
        Every version of the guideline.
    eras : iterable of str
        Those under which answers were given.
    in_force : str
        The one that is.

    Raises
    ------
    UnknownNameError
        If *in_force* or an era is not in *versions*.
    """
    paths = {era: _stops(path(versions, era, in_force)) for era in sorted(set(eras))}
    forms = {_key(form): form for stops in paths.values() for form, _ in stops}
    return {
        "forms": {key: forms[key] for key in sorted(forms)},
        "paths": {
            era: [{"form": _key(form), **made} for form, made in stops]
            for era, stops in paths.items()
            if stops
        },
    }


def write(
    layout: Layout, versions: Mapping[str, Guideline], eras: Iterable[str], in_force: str
) -> None:
    """Write ``history.json`` of a set."""
    files.write_json(layout.concern(FILE), of(versions, eras, in_force))


def read(layout: Layout) -> dict[str, tuple[Stop, ...]]:
    """Return, for each era from which something has changed, the stops on its way to the version in force.

    The first stop is the era itself, and the claims and migrations of a stop are those of the step that leads on from
    it; the last leads to the version in force.

    Raises
    ------
    TableError
        If the file is missing or is not what the stage ``guideline`` writes.
    """
    place = layout.concern(FILE)
    held = files.read_json(place)
    try:
        forms = {key: _form(form, f"{place}: {key}") for key, form in held["forms"].items()}
        return {
            era: tuple(
                Stop(
                    forms[stop["form"]],
                    tuple(_claim(claim) for claim in stop["claims"]),
                    tuple(Migration.model_validate(made) for made in stop["migrations"]),
                )
                for stop in stops
            )
            for era, stops in held["paths"].items()
        }
    except (AttributeError, KeyError, TypeError, ValidationError) as error:
        message = f"{place}: not the history of a guideline; run the stage `guideline` again"
        raise TableError(message) from error


def in_force(layout: Layout) -> Form:
    """Return the form of the guideline in force."""
    return Form(
        concerns.read(layout, Decisions),
        concerns.read(layout, Fields),
        concerns.read(layout, Precision),
        concerns.read(layout, Coverage),
        concerns.read(layout, Consensus),
    )


def _stops(steps: tuple[Step, ...]) -> list[tuple[dict[str, JsonValue], dict[str, JsonValue]]]:
    """Return the forms on the way and what the steps from them make, without those that change nothing."""
    if not steps:
        return []
    found: list[tuple[dict[str, JsonValue], dict[str, JsonValue]]] = []
    following = _normative_of(steps[-1].new)
    for step in reversed(steps):
        form = _normative_of(step.old)
        if step.claims or step.migrations or form != following:
            found.append((form, _made(step)))
        following = form
    return found[::-1]


def _made(step: Step) -> dict[str, JsonValue]:
    return {
        "claims": [_told(claim) for claim in step.claims],
        "migrations": [
            migration.model_dump(mode="json", by_alias=True, exclude_none=True)
            for migration in step.migrations
        ],
    }


def _normative_of(guideline: Guideline) -> dict[str, JsonValue]:
    form = normative(guideline)
    return {name: form[name] for name in _CONCERNS}


def _key(form: dict[str, JsonValue]) -> str:
    return digest_of(form)[:DIGITS]


def _told(claim: Claim) -> JsonValue:
    return {"id": claim.id, "scope": None if claim.scope is None else render(claim.scope)}


def _claim(told: Mapping[str, str | None]) -> Claim:
    scope = told["scope"]
    return Claim(str(told["id"]), None if scope is None else parse(scope))


def _form(held: Mapping[str, JsonValue], where: str) -> Form:
    return Form(
        concerns.parse(held["decisions"], Decisions, where),
        concerns.parse(held["fields"], Fields, where),
        concerns.parse(held["precision"], Precision, where),
        concerns.parse(held["coverage"], Coverage, where),
        concerns.parse(held["consensus"], Consensus, where),
    )
