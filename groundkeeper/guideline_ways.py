"""The way from one guideline to another by the versions that lie beside their files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from groundkeeper import guideline_files
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.impact.path import Step, path, step
from groundkeeper.errors import GuidelineError, listing


@dataclass(frozen=True)
class Way:
    """The *steps* from one guideline to another, and what a reader has to know of how they were found."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> tuple[Guideline, ...]:
        """The versions between the two ends."""
        return tuple(one.new for one in self.steps[:-1])


def between(old: Guideline, new: Guideline, folders: Iterable[Path] = ()) -> Way:
    """Return the way from *old* to *new* along ``supersedes``.

    Two drafts of one version, and guidelines of two sets, are one step apart. So are two versions between which one is
    missing, and a note says so.

    Parameters
    ----------
    folders
        Where the versions in between are looked for: YAML files that are guidelines of the set. One that is called as
        its version is taken before others of that version; several others that differ are none.
    """
    if old == new:
        return Way(())
    direct = (step(old, new),)
    if (old.set_name != new.set_name) or old.version == new.version or _are_next(old, new):
        return Way(direct)
    versions = _beside(folders, old.set_name) | {one.version: one for one in (old, new)}
    steps = path(versions, old.version, new.version)
    missing = {_first_missing(versions, one.version) for one in (old, new)} - {None}
    if len(steps) > 1 or not missing:
        return Way(steps)
    note = (
        f"no file beside the two is version {listing(sorted(map(str, missing)))}, through which {new.version} comes "
        f"from {old.version}: they are compared directly, without the migrations and claims in between"
    )
    return Way(steps, (note,))


def _are_next(old: Guideline, new: Guideline) -> bool:
    return old.version == new.guideline.supersedes or new.version == old.guideline.supersedes


def _first_missing(versions: Mapping[str, Guideline], version: str) -> str | None:
    """Return the first version that is not here of those that *version* descends from, if any is not."""
    before: str | None = version
    while before is not None and before in versions:
        before = versions[before].guideline.supersedes
    return before


def _beside(folders: Iterable[Path], set_name: str) -> dict[str, Guideline]:
    named: dict[str, Guideline] = {}
    others: dict[str, list[Guideline]] = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.yaml"))):
        found = _of_set(file, set_name)
        if found is None:
            continue
        if file.stem == found.version:
            named.setdefault(found.version, found)
        else:
            others.setdefault(found.version, []).append(found)
    alone = {
        version: same[0] for version, same in others.items() if all(one == same[0] for one in same)
    }
    return alone | named


def _of_set(file: Path, set_name: str) -> Guideline | None:
    """Return the guideline in *file* if it is one of the set; other YAML files may lie beside it."""
    try:
        # Parsing takes long, and what does not name the set is none of its versions.
        if set_name not in guideline_files.text_of(file):
            return None
        found = guideline_files.load(file)
    except GuidelineError:
        return None
    return found if found.set_name == set_name else None
