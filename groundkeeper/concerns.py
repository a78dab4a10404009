"""Read and write the normative form of a guideline: one JSON file per concern, which is what stages depend on."""

from collections.abc import Collection, Mapping
from typing import Final, TypeVar

from pydantic import JsonValue

from groundkeeper import files
from groundkeeper.checked import checked
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.eras import Moved, moved
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.lineage import line
from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields, Precision, normative
from groundkeeper.core.guideline.sections import Consensus, Scoring
from groundkeeper.core.guideline.values import version_key
from groundkeeper.errors import TableError
from groundkeeper.layout import Layout

Concern = TypeVar("Concern", Fields, Decisions, Consensus, Precision, Coverage, Scoring)
Eras = TypeVar("Eras")

_AGAIN: Final = "run the stage `guideline` again"

NAMES: Mapping[type, str] = {
    Fields: "fields",
    Decisions: "decisions",
    Consensus: "consensus",
    Precision: "precision",
    Coverage: "coverage",
    Scoring: "scoring",
}


def read(layout: Layout, concern: type[Concern]) -> Concern:
    """Return one concern of the current guideline of a set.

    Raises
    ------
    TableError
        If the file is missing or is not what the stage ``guideline`` writes.
    """
    path = layout.concern(NAMES[concern])
    return parse(files.read_json(path), concern, str(path))


def parse(value: JsonValue, concern: type[Concern], where: str) -> Concern:
    """Return the JSON *value* as a concern; *where* names its place in a message.

    Raises
    ------
    TableError
        If *value* is not of the form of the concern.
    """
    return checked(concern, value, where, _AGAIN, TableError)


def write(layout: Layout, guideline: Guideline) -> None:
    """Write every concern of *guideline* to its file; one that did not change keeps its bytes."""
    for name, value in normative(guideline).items():
        files.write_json(layout.concern(name), value)


FIELDS_BY_ERA = "fields_by_era"
CONVENTIONS_BY_ERA = "conventions_by_era"
LATER_ERAS = "later_eras"


def fields_by_era(layout: Layout) -> dict[str, Mapping[str, Field]]:
    """Return the fields of every era under which answers were given, where they are not those in force.

    Raises
    ------
    TableError
        If the file is missing or is not what the stage ``guideline`` writes.
    """
    held = _by_era(layout, FIELDS_BY_ERA, dict[str, Fields])
    return {era: form.fields for era, form in held.items()}


def conventions_by_era(layout: Layout) -> dict[str, dict[str, Moved]]:
    """Return the conventions that have moved since each era under which answers were given, then and now.

    Raises
    ------
    TableError
        If the file is missing or is not what the stage ``guideline`` writes.
    """
    return _by_era(layout, CONVENTIONS_BY_ERA, dict[str, dict[str, Moved]])


def later_eras(layout: Layout) -> tuple[str, ...]:
    """Return the eras of answers that do not lead to the version in force: later versions, or those beside it.

    Raises
    ------
    TableError
        If the file is missing or is not what the stage ``guideline`` writes.
    """
    return _by_era(layout, LATER_ERAS, tuple[str, ...])


def write_eras(
    layout: Layout, versions: Mapping[str, Guideline], eras: Collection[str], in_force: str
) -> None:
    """Write in what the fields and conventions of *eras* differ from those *in_force*, and which do not lead to it.

    Often that is nothing.
    """
    now = versions[in_force]
    answered = {version: versions[version] for version in (in_force, *eras)}
    fields = {version: normative(one)["fields"] for version, one in answered.items()}
    changes = {
        version: moved(one.conventions, now.conventions) for version, one in answered.items()
    }
    differing = {version: form for version, form in fields.items() if form != fields[in_force]}
    files.write_json(layout.concern(FIELDS_BY_ERA), differing)
    files.write_json(
        layout.concern(CONVENTIONS_BY_ERA),
        {
            era: {name: change._asdict() for name, change in changed.items()}
            for era, changed in changes.items()
            if changed
        },
    )
    up_to_now = set(line(versions, in_force))
    files.write_json(layout.concern(LATER_ERAS), sorted(set(eras) - up_to_now, key=version_key))


def _by_era(layout: Layout, name: str, form: type[Eras]) -> Eras:
    path = layout.concern(name)
    return checked(form, files.read_json(path), str(path), _AGAIN, TableError)
