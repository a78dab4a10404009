"""``gk log``: the snapshots ever made."""

from typing import Annotated

import typer

from groundkeeper import refresh, snapshots
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of

_SHOWN_DIGITS = 10


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("log", epilog="Example: gk log lung-nodules --guideline 1.0.0")(command)


def command(
    context: typer.Context,
    set_name: Annotated[
        str | None, typer.Argument(metavar="[SET]", help="Set to show. Default: all.")
    ] = None,
    *,
    guideline: Annotated[
        str | None, typer.Option("--guideline", metavar="VERSION", help="Only of this version.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """List the snapshots, newest first, with the guideline version each was built under."""
    root = root_of(context)
    found = snapshots.snapshots(root, set_name, guideline)
    if set_name and not found:
        refresh.choose(root, [set_name])
    if as_json:
        output.print_json([snapshot.as_json() for snapshot in found])
        return
    if not found:
        typer.echo("no snapshots yet; `gk refresh` makes the first")
        return
    heads = ["tag", "created", "records", "commit", "content"]
    rows = [
        [s.tag, s.created, s.records, s.commit[:_SHOWN_DIGITS], s.content_digest[:_SHOWN_DIGITS]]
        for s in found
    ]
    output.print_table(heads, rows, numbers={2})
