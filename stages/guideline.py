"""Put the current guideline into the form that other stages depend on, and into the one that people read.

reads   guidelines/<set>/, the declarations in data/inbox/<set>/
writes  one JSON file per concern, history.json, fields_by_era.json, conventions_by_era.json, later_eras.json,
        version.json, document.html
"""

from pydantic import Field

from groundkeeper import batches, concerns, files, guideline_files, guideline_history
from groundkeeper.core.guideline.consistency import not_derivable
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.normative import digest, normative
from groundkeeper.errors import GuidelineError, UnknownNameError
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from groundkeeper.reports.guideline_document import document


class Params(StageParams):
    """Which version is in force."""

    version: str = Field(
        pattern=r"^\d+\.\d+\.\d+$", description="version of the guideline in force"
    )


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the current version's concerns, what was otherwise when answers were given, and the document.

    Raises
    ------
    UnknownNameError
        If there is no such version, or answers were given under one that is not there: what they mean would be
        anybody's guess.
    GuidelineError
        If one of these versions has a field that cannot be worked out from answers.
    """
    versions = guideline_files.load_all(layout.guidelines)
    taken_in = batches.taken_in(layout.inbox)
    eras = [batch.era for batch in taken_in if not batch.is_predicted]
    for version in (p.version, *eras):
        if version not in versions:
            kind = f"guideline version of {layout.set_name}"
            raise UnknownNameError(kind, version, versions)
        require_derivable(versions[version], layout)
    current = versions[p.version]
    folder = layout.folder("guideline")
    concerns.write(layout, current)
    concerns.write_eras(layout, versions, eras, p.version)
    guideline_history.write(layout, versions, eras, p.version)
    files.write_json(folder / "version.json", version_facts(current))
    files.write_text(folder / "document.html", document(current))
    return {"versions": float(len(versions)), "fields": float(len(current.fields))}


def require_derivable(guideline: Guideline, layout: Layout) -> None:
    """Make sure that every field of *guideline* can be worked out from answers.

    Raises
    ------
    GuidelineError
        If a field from geometry, or a derived one, does not say by which function.
    """
    for place, found in not_derivable(guideline):
        path = (layout.guidelines / f"{guideline.version}.yaml").relative_to(layout.root)
        message = f"{path.as_posix()}: {'.'.join(map(str, place))}: {found}"
        raise GuidelineError(message)


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
