"""Which guideline a reference names: ``SET@X.Y.Z`` in a repository, or the path of a file anywhere."""

from pathlib import Path, PurePath
from typing import Final

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.errors import GuidelineError, ParamsError, UnknownNameError
from groundkeeper.guideline_files import load, load_in_place
from groundkeeper.layout import Layout
from groundkeeper.params import set_sections

ALLOWED: Final = "SET@X.Y.Z in a repository, or the path of a YAML file"
"""What a reference may be, for messages and for help."""


def find(reference: str, root: Path | None) -> Guideline:
    """Return the guideline that *reference* names.

    Parameters
    ----------
    reference
        ``SET@X.Y.Z``, or the path of a file, relative to the working directory. What has a slash,
        ends in ``.yaml`` or ``.yml``, or has no ``@`` is a path.
    root
        The root of the repository in which ``SET@X.Y.Z`` is looked for; none outside of one. A
        path needs none.

    Raises
    ------
    GuidelineError
        If *reference* is malformed, names a set where there is no repository, or names a file that
        is not there or is no guideline, or one that lies where another set or version should.
    UnknownNameError
        If the repository has no such set, or the set no such version.
    """
    path = path_of(reference, root)
    return load(path) if _is_path(reference) else load_in_place(path)


def path_of(reference: str, root: Path | None) -> Path:
    """Return the file that *reference* names, which is there; for its parameters see ``find``.

    Raises
    ------
    GuidelineError
        If *reference* is malformed, names a set where there is no repository, or names a file that
        is not there.
    UnknownNameError
        If the repository has no such set, or the set no such version.
    """
    if _is_path(reference):
        return _file(reference)
    set_name, _, version = reference.partition("@")
    if not set_name or not _is_version(version):
        msg = f"{reference!r}: found no MAJOR.MINOR.PATCH after a set; allowed is {ALLOWED}"
        raise GuidelineError(msg)
    if root is None:
        msg = (
            f"{reference!r}: found no repository to look in; allowed is {ALLOWED}; go to a "
            "repository, name it with `gk -C FOLDER ...`, or name the file by its path"
        )
        raise GuidelineError(msg)
    return _version_file(root, set_name, version)


def in_force(root: Path, set_name: str) -> str:
    """Return the version of a set that params.yaml puts in force.

    Raises
    ------
    ParamsError
        If params.yaml cannot be read or names none.
    UnknownNameError
        If it has no such set.
    """
    section = set_sections(Layout(root, set_name).params, set_name).get("guideline") or {}
    version = section.get("version") if isinstance(section, dict) else None
    if not isinstance(version, str):
        msg = f"params.yaml: sets.{set_name}.guideline.version: found {version!r}; name a version"
        raise ParamsError(msg)
    return version


def _is_path(reference: str) -> bool:
    return (
        "/" in reference
        or "@" not in reference
        or PurePath(reference).suffix.lower() in {".yaml", ".yml"}
    )


def _is_version(text: str) -> bool:
    """Return whether *text* has the form of a version, whatever its numbers."""
    parts = text.split(".")
    return len(parts) == len("XYZ") and all(p.isascii() and p.isdecimal() for p in parts)


def _file(reference: str) -> Path:
    path = Path(reference)
    if path.is_file():
        return path
    found = "a folder" if path.is_dir() else "no such file"
    msg = f"{reference!r}: found {found}; allowed is {ALLOWED}; check the spelling"
    raise GuidelineError(msg)


def _version_file(root: Path, set_name: str, version: str) -> Path:
    guidelines = Layout(root, set_name).guidelines.parent
    folders = [f for f in guidelines.iterdir() if f.is_dir()] if guidelines.is_dir() else []
    sets = {folder.name: folder for folder in folders}
    if set_name not in sets:
        raise UnknownNameError("set", set_name, sets)
    versions = {path.stem: path for path in sets[set_name].glob("*.yaml") if _is_version(path.stem)}
    if version not in versions:
        raise UnknownNameError("version", f"{set_name}@{version}", versions)
    return versions[version]
