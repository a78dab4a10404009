"""``gk guideline diff``: what changed between two versions, without data."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from groundkeeper import guideline_versions
from groundkeeper.cli import output
from groundkeeper.cli.application import root_if_any
from groundkeeper.reports import guideline_diff

if TYPE_CHECKING:
    from groundkeeper.core.diff.compare import Diff

_EXAMPLE = "Example: gk guideline diff lung-nodules@1.0.0 draft.yaml --markdown"


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("diff", epilog=_EXAMPLE)(command)


def command(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help=guideline_versions.ALLOWED)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=guideline_versions.ALLOWED)],
    *,
    as_json: output.AsJson = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, such as for a pull request.")
    ] = False,
) -> None:
    """Compare two versions exactly: outcomes that move, each with a case of it, and the level that makes.

    Needs no data. Differences are no failure; a declared level below the computed one is said, and
    `gk guideline lint` fails for it.
    """
    from groundkeeper.core.diff.compare import compare  # noqa: PLC0415 - numpy, which --help does without

    root = root_if_any(context)
    versions = [guideline_versions.find(reference, root) for reference in (old, new)]
    diff = compare(*versions)
    if as_json:
        output.print_json(diff.as_json())
    elif as_markdown:
        typer.echo(guideline_diff.markdown(diff), nl=False)
    else:
        _print(diff)


def _print(diff: "Diff") -> None:
    typer.echo(guideline_diff.verdict(diff))
    for table in guideline_diff.tables(diff):
        typer.echo(f"\n{table.title}")
        output.print_table(table.heads, [[escape(cell) for cell in row] for row in table.rows])
        if table.more:
            typer.echo(table.more)
    if not diff.moves:
        typer.echo("No outcome moves.")
    typer.echo(guideline_diff.seen_through(diff))
