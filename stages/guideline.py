"""Put the current guideline into the form that other stages depend on, and into the one that people read.

reads   guidelines/<set>/, the declarations in data/inbox/<set>/
writes  one JSON file per concern, other_versions.json, version.json, changes.json, document.html
"""

from pydantic import Field

from groundkeeper import batches, concerns, files, guideline_files
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.normative import concerns_changed, digest, normative
from groundkeeper.core.guideline.values import version_key
from groundkeeper.errors import UnknownNameError
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from groundkeeper.reports.guideline_document import document

ASKED_BY_IMPACT = ("decisions", "fields", "precision")
"""Concerns by which one version can mean something else for a record than another."""


class Params(StageParams):
    """Which version is in force."""

    version: str = Field(
        pattern=r"^\d+\.\d+\.\d+$", description="version of the guideline in force"
    )


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the current version's concerns, what differs in every other one, and the document.

    Raises
    ------
    UnknownNameError
        If there is no such version, or answers were given under one that is not there: what they mean would be
        anybody's guess.
    """
    versions = guideline_files.load_all(layout.guidelines)
    eras = [batch.era for batch in batches.taken_in(layout.inbox)]
    for version in (p.version, *eras):
        if version not in versions:
            kind = f"guideline version of {layout.set_name}"
            raise UnknownNameError(kind, version, versions)
    current = versions[p.version]
    others = {version: guideline for version, guideline in versions.items() if version != p.version}
    folder = layout.folder("guideline")
    concerns.write(layout, normative(current))
    files.write_json(folder / "other_versions.json", normative_of(current, others))
    files.write_json(folder / "changes.json", changes(current, others))
    files.write_json(folder / "version.json", version_facts(current))
    files.write_text(folder / "document.html", document(current))
    return {"versions": float(len(versions)), "fields": float(len(current.fields))}


def normative_of(current: Guideline, others: dict[str, Guideline]) -> dict[str, object]:
    """Return the concerns that impact asks for, of each version that differs from the current one in one of them.

    A version that differs in prose or scoring alone is not listed, so that such a change leaves this as it was.
    """
    asked = {
        version: {name: normative(guideline)[name] for name in ASKED_BY_IMPACT}
        for version, guideline in others.items()
    }
    now = {name: normative(current)[name] for name in ASKED_BY_IMPACT}
    return {version: form for version, form in asked.items() if form != now}


def changes(current: Guideline, others: dict[str, Guideline]) -> list[dict[str, object]]:
    """Return for each older version the concerns in which the current one differs."""
    return [
        {"from": version, "to": current.version, "concerns": concerns_changed(guideline, current)}
        for version, guideline in others.items()
        if version_key(version) < version_key(current.version)
    ]


def version_facts(guideline: Guideline) -> dict[str, object]:
    """Return what names the version: set, version, digest of its rules, digest of the whole document."""
    header = guideline.guideline
    whole = guideline.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {
        "set": header.set,
        "version": header.version,
        "supersedes": header.supersedes,
        "released": header.released.isoformat(),
        "owners": list(header.owners),
        "status": header.status,
        "prose": [{"id": block.id, "text": block.text} for block in guideline.prose],
        "digest": digest(normative(guideline)),
        "document_digest": digest(whole),
    }
