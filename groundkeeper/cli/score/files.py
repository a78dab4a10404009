"""``gk score files``: how well one file does against another; anybody's files, no repository."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from groundkeeper.cli import output
from groundkeeper.cli.score import file_options as of

if TYPE_CHECKING:
    from groundkeeper.scored_files.document import Document

_EXAMPLE = (
    "Example: gk score files truth.jsonl said.jsonl --image 640x480 --conflicts conflicts.csv"
)


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("files", epilog=_EXAMPLE)(command)


def command(  # noqa: PLR0913 - each says one thing about the files or the question
    context: typer.Context,
    truth: of.Truth,
    said: of.Said = None,
    *,
    profile: of.Profile = "native",
    match_iou: of.MatchIou = None,
    low_overlap: of.LowOverlap = None,
    oks_sigma: of.OksSigma = None,
    point_size: of.PointSize = None,
    line_thickness: of.LineThickness = None,
    line_orientation: of.LineOrientation = None,
    no_line_orientation: of.NoLineOrientation = False,
    no_attributes: of.NoAttributes = False,
    ignore_attribute: of.IgnoreAttribute = None,
    groups: of.Groups = None,
    no_groups: of.NoGroups = False,
    visible: of.Visible = None,
    no_visible: of.NoVisible = False,
    no_panoptic: of.NoPanoptic = False,
    empty_is_annotated: of.EmptyIsAnnotated = False,
    image: of.Image = None,
    items: of.Items = None,
    labels: of.Labels = None,
    grades: of.Grades = None,
    confidence: of.Confidence = None,
    absent: of.Absent = None,
    seed: of.Seed = 0,
    table: of.Csv = None,
    conflicts: of.Conflicts = None,
    confusion: of.Confusion = False,
    as_json: output.AsJson = False,
) -> None:
    """Score what is said against what is true: figures with intervals, what is taken for what, what to look at.

    What cannot be judged is left out and counted: items that TRUTH does not have, classes that it does not know,
    objects outside their image, the same said twice.
    """
    from dataclasses import replace  # noqa: PLC0415 - as the others

    from groundkeeper.scored_files import items as item_files  # noqa: PLC0415 - numpy, which --help does without
    from groundkeeper.scored_files import scored  # noqa: PLC0415 - as above
    from groundkeeper.scored_files.document import HOW, Asked  # noqa: PLC0415 - as above

    _require_places(table, conflicts)
    told: dict[str, Any] = {
        "profile": profile,
        "match_iou": match_iou,
        "low_overlap": low_overlap,
        "oks_sigma": oks_sigma,
        "point_size": point_size,
        "line_thickness": line_thickness,
        "line_orientation": line_orientation,
        "ignored_attributes": tuple(sorted(ignore_attribute)) if ignore_attribute else None,
        "groups": groups,
        "visible": visible,
        "attributes": False if no_attributes else None,
        "panoptic": False if no_panoptic else None,
        "empty_is_annotated": empty_is_annotated or None,
    }
    switches = {"line_orientation": no_line_orientation, "groups": no_groups, "visible": no_visible}
    settings = {name: value for name, value in told.items() if value is not None}
    settings |= {name: None for name, is_off in switches.items() if is_off}
    asked = Asked(
        settings=replace(scored.usual_settings(truth), **settings),
        image=None if image is None else item_files.size_of(image),
        items=None if items is None else item_files.read(items),
        labels=_names("--labels", labels),
        grades=_names("--grades", grades),
        confidence=confidence,
        absent=absent,
        how=replace(HOW, seed=seed),
        given=_given(context),
    )
    found = scored.score_files(truth, said, asked)
    _write(found, table, conflicts, keep=(truth, said, items))
    if as_json:
        output.print_json(found.as_json())
        return
    from groundkeeper.cli.score import file_tables  # noqa: PLC0415 - as above

    file_tables.show(found, with_confusion=confusion)


def _given(context: typer.Context) -> tuple[str, ...]:
    """Return the options that somebody gave, by their names."""
    given = []
    for one in context.command.params:
        source = context.get_parameter_source(str(one.name))
        if one.opts[0].startswith("--") and source is not None and source.name == "COMMANDLINE":
            given.append(one.opts[0])
    return tuple(given)


def _names(option: str, text: str | None) -> tuple[str, ...] | None:
    """Return the names in *text*, each of which has to be there once."""
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or len(set(names)) < len(names):
        from groundkeeper.errors import ParamsError  # noqa: PLC0415 - as the others

        message = f"{option}: found {text!r}; allowed are names with commas between them, each once"
        raise ParamsError(message)
    return names


def _require_places(*places: Path | None) -> None:
    """Make sure that each table that is asked for has a place of its own, in a folder that is there."""
    from groundkeeper.errors import ParamsError  # noqa: PLC0415 - as the others

    wanted = [place for place in places if place is not None]
    if len({place.resolve() for place in wanted}) < len(wanted):
        message = f"--csv and --conflicts: found {wanted[0]} twice; allowed is a file for each; name another"
        raise ParamsError(message)
    for place in wanted:
        if not place.parent.is_dir():
            message = (
                f"{place}: there is no folder {place.parent}; make it, or write to another place"
            )
            raise ParamsError(message)


def _write(
    found: "Document", table: Path | None, conflicts: Path | None, keep: tuple[Path | None, ...]
) -> None:
    tables = {table: found.measures, conflicts: found.conflicts}
    if wanted := {path: one for path, one in tables.items() if path is not None}:
        from groundkeeper import written_tables  # noqa: PLC0415 - as above

        written_tables.write(wanted, keep=keep)
