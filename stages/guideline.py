"""Put the current guideline into the form that other stages depend on, and into the one that people read.

reads   guidelines/<set>/
writes  one JSON file per concern, older.json, version.json, changes.json, document.html
"""

from pydantic import Field

from groundkeeper import concerns, files, guideline_files
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.normative import concerns_changed, digest, normative
from groundkeeper.core.guideline.values import version_key
from groundkeeper.errors import UnknownNameError
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from groundkeeper.reports.guideline_document import document


class Params(StageParams):
    """Which version is in force."""

    version: str = Field(
        pattern=r"^\d+\.\d+\.\d+$", description="version of the guideline in force"
    )


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the current version's concerns, what changed since every older one, and the document."""
    versions = guideline_files.load_all(layout.guidelines)
    if p.version not in versions:
        kind = f"guideline version of {layout.set_name}"
        raise UnknownNameError(kind, p.version, versions)
    current = versions[p.version]
    older = {
        version: guideline
        for version, guideline in versions.items()
        if version_key(version) < version_key(p.version)
    }
    folder = layout.folder("guideline")
    concerns.write(layout, normative(current))
    files.write_json(folder / "older.json", older_normative(current, older))
    files.write_json(
        folder / "changes.json",
        [
            {"from": v, "to": p.version, "concerns": concerns_changed(g, current)}
            for v, g in older.items()
        ],
    )
    files.write_json(folder / "version.json", version_facts(current))
    files.write_text(folder / "document.html", document(current))
    return {"versions": float(len(versions)), "fields": float(len(current.fields))}


def older_normative(current: Guideline, older: dict[str, Guideline]) -> dict[str, object]:
    """Return the normative form of each older version that differs from the current one's.

    A version that differs in prose alone is not listed, so an editorial change leaves this as it was.
    """
    return {v: normative(g) for v, g in older.items() if concerns_changed(g, current)}


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
        "digest": digest(normative(guideline)),
        "document_digest": digest(whole),
    }
