"""``gk guideline lint``: what is wrong with guidelines, with file, line and rule."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_if_any, root_of
from groundkeeper.errors import UnknownNameError
from groundkeeper.guideline_versions import path_of

if TYPE_CHECKING:
    from groundkeeper.guideline_checks import Located

FAILED = 1
"""Exit status where something is to be corrected."""


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("lint", epilog="Example: gk guideline lint lung-nodules --strict")(command)


def command(
    context: typer.Context,
    references: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REF]...",
            help="Sets, versions SET@X.Y.Z, or files. Default: every version of every set.",
        ),
    ] = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings, too.")] = False,
    as_json: output.AsJson = False,
) -> None:
    """Check guidelines, each version against the one that it supersedes; exit 1 if there are errors.

    Nothing is read but the guidelines and, of a set that was built, the questions of its annotators. A finding is an
    error, which keeps the version from being published; a warning, which is most likely a mistake; or a note, which
    may be meant.
    """
    found, files = _found(context, references or [])
    if as_json:
        output.print_json([located.as_json() for located in found])
    else:
        for located in found:
            typer.echo(located.as_line())
        typer.echo(_summary(found, files))
    failing = {"error", "warning"} if strict else {"error"}
    if any(located.finding.severity in failing for located in found):
        raise typer.Exit(FAILED)


def _found(context: typer.Context, references: list[str]) -> tuple[list["Located"], int]:
    """Return what is found, and in how many files was looked."""
    from groundkeeper import guideline_checks  # noqa: PLC0415 - numpy, which --help does without

    root = root_if_any(context) if references else root_of(context)
    found: list[Located] = []
    files = 0
    for place in _places(references, root):
        if place.is_dir():
            files += len(list(place.glob("*.yaml")))
            found += guideline_checks.check_folder(place)
        else:
            files += 1
            found += guideline_checks.check_or_refuse(place)
    return found, files


def _places(references: list[str], root: Path | None) -> list[Path]:
    """Return the files and the folders of whole sets that *references* name; of no reference, every set."""
    sets = _sets(root)
    if not references:
        return [shown(folder) for folder in sets.values()]
    return [shown(sets[r] if r in sets else _file(r, sets, root)) for r in references]


def _sets(root: Path | None) -> dict[str, Path]:
    """Return the folders of the sets of the repository by name, sorted."""
    parent = root / "guidelines" if root else None
    folders = sorted(parent.iterdir()) if parent and parent.is_dir() else []
    return {folder.name: folder for folder in folders if folder.is_dir()}


def _file(reference: str, sets: dict[str, Path], root: Path | None) -> Path:
    is_a_word = not {"@", "/", "."} & set(reference)
    if sets and is_a_word and not Path(reference).exists():
        raise UnknownNameError("set", reference, sets)
    return path_of(reference, root)


def shown(path: Path) -> Path:
    """Return *path* as seen from the current folder, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _summary(found: list["Located"], files: int) -> str:
    from groundkeeper.guideline_checks import count  # noqa: PLC0415 - as above

    counted = [_number(number, severity) for severity, number in count(found).items()]
    return f"{', '.join(counted)} in {_number(files, 'file')}"


def _number(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
