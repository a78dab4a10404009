"""``gk guideline render``: what annotators read, and what their tool needs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from groundkeeper import files, guideline_versions
from groundkeeper.cli import output
from groundkeeper.cli.application import root_if_any
from groundkeeper.reports.handout import Target, handout


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("render", epilog=f"Example: {_EXAMPLE}")(command)


_EXAMPLE = "gk guideline render lung-nodules@1.0.0 --to label-studio"


def command(  # noqa: PLR0913 - one option per choice of the user
    context: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="GUIDELINE", help=f"{guideline_versions.ALLOWED}.")
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", file_okay=False, help="Folder to write to. Default: guideline-SET-VERSION."
        ),
    ] = None,
    target: Annotated[Target, typer.Option("--to", help="What to write.")] = Target.ALL,
    media: Annotated[
        Literal["image", "text"] | None,
        typer.Option("--media", help="What items are, if nothing is drawn on them: image, text."),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Write the document for annotators, and configuration and instructions for labelling tools.

    Files of the same names in the folder are replaced; others stay.
    """
    guideline = guideline_versions.find(reference, root_if_any(context))
    made = handout(guideline, target, media)
    folder = out or Path(f"guideline-{guideline.set_name}-{guideline.version}")
    written = []
    for one, texts in made.files.items():
        for name, text in texts.items():
            files.write_text(folder / name, text)
            written.append((one, (folder / name).as_posix()))
    if as_json:
        rows = [{"target": one, "file": file, "left_out": None} for one, file in written]
        reasons = made.left_out.items()
        left_out = [{"target": one, "file": None, "left_out": why} for one, why in reasons]
        output.print_json([*rows, *left_out])
        return
    for _, file in written:
        typer.echo(f"wrote {file}")
    for one, why in made.left_out.items():
        typer.echo(f"left out {one}: {why}", err=True)
