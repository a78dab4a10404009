"""``gk guideline impact``: what another version would mean for the records that there are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper import guideline_versions
from groundkeeper.cli import output
from groundkeeper.cli.application import root_if_any, root_of
from groundkeeper.errors import TableError
from groundkeeper.layout import Layout

if TYPE_CHECKING:
    from groundkeeper.assessing import Assessed

_EXAMPLE = "Example: gk guideline impact old.yaml new.yaml --on records.parquet"


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("impact", epilog=_EXAMPLE)(command)


def command(  # noqa: PLR0913 - each says one thing about the question
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help=guideline_versions.ALLOWED)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=guideline_versions.ALLOWED)],
    *,
    records: Annotated[
        Path | None,
        typer.Option("--on", metavar="FILE", help="Records or observations: Parquet or CSV."),
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option(
            "--items", metavar="FILE", help="With --on: the items, also those without records."
        ),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Say which records another version touches, who has to be asked what, and about how long it takes.

    With --on the records are those of a file, and no repository is needed: one row a record, columns called as fields
    and decisions are, and if there are any record_id, item_id, era, votes, lead_time_s. Versions between the two are
    taken from beside them. Without --on the records are the observations of the set.
    """
    root = root_if_any(context)
    before, after = (guideline_versions.find(reference, root) for reference in (old, new))
    folders = [guideline_versions.path_of(reference, root).parent for reference in (old, new)]
    from groundkeeper import assessing  # noqa: PLC0415 - pandas, which --help does without

    if items is not None and records is None:
        message = f"--items {items}: found no --on; allowed is --items beside --on FILE; add it"
        raise TableError(message)
    if records is not None:
        assessed = assessing.OfFile(records, before, items, folders).assess(after)
    else:
        assessed = assessing.OfSet(Layout(root_of(context), before.set_name), before).assess(after)
    tell(assessed, as_json=as_json)


def tell(assessed: "Assessed", *, as_json: bool) -> None:
    """Print an impact."""
    from groundkeeper.reports import guideline_impact as words  # noqa: PLC0415

    if as_json:
        output.print_json(words.as_json(assessed))
        return
    typer.echo(words.headline(assessed))
    output.print_table(["action", "records", "they"], words.counted(assessed), numbers={1})
    kinds = words.kinds(assessed)
    if kinds:
        heads = ["action", "records", "what", "by", "asks for"]
        output.print_table(heads, kinds[: words.SHOWN], numbers={1})
    if len(kinds) > words.SHOWN:
        typer.echo(f"and {len(kinds) - words.SHOWN} more kinds; --json has every record")
    searches = words.searches(assessed)
    if searches:
        output.print_table(["search", "items", "for"], searches, numbers={1})
    for note in words.notes(assessed):
        typer.echo(f"note: {note}")
