"""Where each set stands: its guideline, what the released GT holds, and which snapshot that is.

Read from small files that git keeps, so that it takes no tables and no DVC.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from groundkeeper import files, params
from groundkeeper.errors import ParamsError, RefusedError
from groundkeeper.layout import Layout
from groundkeeper.snapshots import Snapshot
from groundkeeper.snapshots.history import of_release
from groundkeeper.snapshots.manifest import Manifest, read
from schemas.enums import RecordStatus


@dataclass(frozen=True)
class Standing:
    """One set: the release in the work tree and the snapshot that holds it; None where there is none."""

    set: str
    guideline: str
    manifest: Manifest | None
    snapshot: Snapshot | None
    report: Path | None

    @property
    def by_status(self) -> dict[str, int]:
        """How many released records have each status; a status nobody counted is left out."""
        if self.manifest is None:
            return {}
        counts = {status.value: self.manifest.count(status.value) for status in RecordStatus}
        return {status: count for status, count in counts.items() if count is not None}

    def as_json(self) -> dict[str, object]:
        """Return the set as one JSON object; what is not known yet is null."""
        manifest = self.manifest.model_dump(mode="json") if self.manifest else {}
        return {
            "set": self.set,
            "guideline": self.guideline,
            "released_guideline": manifest["guideline"]["version"] if manifest else None,
            "tag": self.snapshot.tag if self.snapshot else None,
            "created": self.snapshot.created if self.snapshot else None,
            "counts": manifest.get("counts"),
            "headline": manifest.get("headline", []),
            "report": self.report.as_posix() if self.report else None,
        }


def standing(root: Path, set_name: str, history: Iterable[Snapshot]) -> Standing:
    """Return where *set_name* stands, given the snapshots of the repository, newest first.

    Raises
    ------
    ParamsError
        If params.yaml names no guideline version for the set.
    SnapshotError
        If the manifest cannot be read.
    """
    layout = Layout(root, set_name)
    manifest = read(layout.manifest)
    report = layout.folder("report") / "index.html"
    return Standing(
        set_name,
        guideline_version(root, set_name),
        manifest,
        of_release(history, manifest) if manifest else None,
        report.relative_to(root) if report.is_file() else None,
    )


def guideline_version(root: Path, set_name: str) -> str:
    """Return the version of the guideline that is in force for *set_name*.

    Raises
    ------
    ParamsError
        If params.yaml names none.
    """
    path = Layout(root, set_name).params
    section = params.set_sections(path, set_name).get("guideline") or {}
    version = section.get("version") if isinstance(section, dict) else None
    if not version:
        message = f"{path}: sets.{set_name}.guideline.version: missing; add it"
        raise ParamsError(message)
    return str(version)


def require_built(layout: Layout, what: str) -> str:
    """Return the version in force, under which the tables of the set must have been built.

    Parameters
    ----------
    what : str
        What was built, as the message says it before the version, such as ``the plan is of version``.

    Raises
    ------
    RefusedError
        If they were built under another.
    ParamsError, TableError
        If no version is named, or nothing was built yet.
    """
    in_force = guideline_version(layout.root, layout.set_name)
    built = str(files.read_json(layout.concern("version"))["version"])
    if built != in_force:
        message = (
            f"{layout.set_name}: {what} {built}, in force is {in_force}; "
            f"`dvc repro decide@{layout.set_name}` works it out anew"
        )
        raise RefusedError(message)
    return in_force
