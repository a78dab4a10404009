"""``gk meeting``: the pack for a consensus meeting."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper import files, params
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.layout import Layout

if TYPE_CHECKING:
    from groundkeeper.reports.meeting import Pack

PAGE = "meeting.html"
NOTES = "meeting.md"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("meeting", epilog="Example: gk meeting lung-nodules --out minutes")(command)


def command(
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set to meet about.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", file_okay=False, help="Folder to write to. Default: meeting-SET."),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Write the pack for a consensus meeting: what annotators asked, where experts disagree, and drafts to decide on.

    It has the set as it was last built. Files of the same names in the folder are replaced; others stay.
    """
    from groundkeeper import meetings  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.reports import meeting  # noqa: PLC0415
    from groundkeeper.reports.meeting.markdown import markdown  # noqa: PLC0415

    layout = Layout(root_of(context), set_name)
    params.set_sections(layout.params, set_name)
    pack = meeting.pack(meetings.material(layout))
    folder = out or Path(f"meeting-{set_name}")
    files.write_text(folder / PAGE, meeting.html(pack))
    files.write_text(folder / NOTES, markdown(pack, PAGE))
    written = [(folder / name).as_posix() for name in (NOTES, PAGE)]
    if as_json:
        output.print_json(_as_json(pack, written))
        return
    _tell(pack)
    for file in written:
        typer.echo(f"wrote {file}")


def _as_json(pack: "Pack", written: list[str]) -> dict[str, object]:
    return {
        "set": pack.set,
        "guideline": pack.version,
        "questions": pack.questions,
        "records": pack.records,
        "contested": pack.contested,
        "warnings": list(pack.warnings),
        "searched": pack.searched,
        "topics": [
            {
                "topic": topic.number,
                "title": topic.title,
                "rule_id": topic.rule_id or None,
                "where": topic.where,
                "why": topic.why or None,
                "questions": topic.asked,
                "annotators": topic.askers,
                "items": topic.items,
                "records": topic.records,
                "contested": topic.contested,
            }
            for topic in pack.topics
        ],
        "files": written,
    }


def _tell(pack: "Pack") -> None:
    from groundkeeper.reports.meeting.pack import NOTHING  # noqa: PLC0415 - as above

    typer.echo(f"{pack.set} {pack.version}: {pack.searched}")
    if pack.topics:
        heads = ["topic", "about", "where", "questions", "records", "contested"]
        rows = [
            (topic.number, topic.title, topic.where, topic.asked, topic.records, topic.contested)
            for topic in pack.topics
        ]
        output.print_table(heads, rows, numbers={0, 3, 4, 5})
    else:
        typer.echo(NOTHING)
    for warning in pack.warnings:
        typer.echo(f"note: {warning}")
