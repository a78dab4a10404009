"""``gk run``: one stage, without DVC."""

import math
from typing import Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from stages.runner import STAGES, execute


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("run", epilog="Example: gk run agreement --set lung-nodules")(command)


def command(
    context: typer.Context,
    stage: Annotated[str, typer.Argument(metavar="STAGE", help=f"One of {', '.join(STAGES)}.")],
    *,
    set_name: Annotated[str, typer.Option("--set", help="Set to run it for.")],
    as_json: output.AsJson = False,
) -> None:
    """Run one stage on the inputs that are there and print its figures; DVC does not learn of it."""
    figures = execute(stage, set_name, root_of(context))
    if as_json:
        known = {name: None if math.isnan(value) else value for name, value in figures.items()}
        output.print_json(known)
        return
    rows = [[name, f"{value:g}"] for name, value in figures.items()]
    output.print_table([f"{stage}@{set_name}", "value"], rows, numbers={1})
