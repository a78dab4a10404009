"""``gk guideline publish``: check a version and freeze it."""

from typing import Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_if_any
from groundkeeper.cli.guideline.lint import shown
from groundkeeper.guideline_versions import path_of


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("publish", epilog="Example: gk guideline publish lung-nodules@1.0.0")(command)


def command(
    context: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="A version SET@X.Y.Z, or its file.")
    ],
    *,
    as_json: output.AsJson = False,
) -> None:
    """Publish a version in which lint finds no errors: it says so from then on, and never changes again.

    The status in the file becomes published, and the digest of the file goes into published.json beside it. Publishing
    again changes nothing.
    """
    from groundkeeper import guideline_publishing  # noqa: PLC0415 - numpy, which --help does without

    done = guideline_publishing.publish(shown(path_of(reference, root_if_any(context))))
    if as_json:
        output.print_json(done.as_json())
        return
    for located in done.found:
        typer.echo(located.as_line())
    how = "published now" if done.is_new else "published before, unchanged"
    typer.echo(f"{done.set}@{done.version}: {how}, sha256 {done.sha256}")
