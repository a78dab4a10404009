"""``gk score flips``: which records could turn a ranking round, the most telling first."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper import files
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.layout import Layout

if TYPE_CHECKING:
    from groundkeeper.core.scoring.flips import Lead
    from groundkeeper.flips import Flips

SHOWN = 20
"""How many records the table for people has."""
FIGURES = 4
"""Digits after the point."""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("flips", epilog="Example: gk score flips lung-nodules --measure f1")(show)


def show(  # noqa: PLR0913 - one option per part of the choice
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set that was scored.")],
    *,
    measure: Annotated[
        str, typer.Option("--measure", help="What is ranked by: f1, precision or recall.")
    ] = "f1",
    between: Annotated[
        tuple[str, str] | None,
        typer.Option("--between", metavar="A B", help="Two of the models. Default: all of them."),
    ] = None,
    settled: Annotated[
        float | None,
        typer.Option(
            "--settled", min=0, max=1, help="Doubt settled records of less confidence too."
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write all records to this file as well.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Say which records could turn the ranking of models round, and which leads nothing open can turn round.

    A record that is pending or stale counts for nobody yet. What it turns out to be moves the lead of one model over
    the next: it is listed with what is left of the lead in the worst case, its neighbours staying matched as they
    are. A lead is called safe only if the bounds of both scores, which follow every ending, are apart. Models are
    ranked over the items that all of them answered; annotators are not, as each is held against what the others make.
    `gk round open SET ROUND --first ranking` asks for these records first.
    """
    from groundkeeper import flips  # noqa: PLC0415 - pandas, which --help does without

    found = flips.flips(Layout(root_of(context), set_name), measure, between, settled)
    if csv is not None:
        files.replace(
            csv, lambda partial: found.table.to_csv(partial, index=False, lineterminator="\n")
        )
    if as_json:
        output.print_json(_document(set_name, found))
        return
    heads = ["leads", "over", f"by ({measure})", "records that could move it", "safe"]
    rows = [
        [
            found.names[one.first],
            found.names[one.second],
            f"{one.gap:.{FIGURES}f}",
            int((one.move > 0).sum()),
            "yes" if safe else "not shown",
        ]
        for one, safe in zip(found.leads, found.safe, strict=True)
    ]
    output.print_table(heads, rows, numbers={2, 3})
    _print_items(found)
    _print_records(found)


def _print_items(found: "Flips") -> None:
    """Print what the ranking is over, and what it leaves out."""
    typer.echo(f"over {found.items} items that all of them answered")
    for name, more in found.beyond.items():
        if more:
            typer.echo(f"{name} is scored in {more} others too, which are left out")
    if found.items_open:
        typer.echo(f"{found.items_open} items are in no score yet: nothing here speaks of them")


def _print_records(found: "Flips") -> None:
    """Print the first records, and what their moves leave out."""
    if found.table.empty:
        typer.echo(f"none of the {found.in_doubt} records in doubt could move a lead by itself")
        return
    heads = ["record", "item", "status", "lead", "of", "left", "flips", "doubt", "plan"]
    rows = [
        [
            row["record_id"],
            row["item_id"],
            row["status"],
            f"{row['first']} over {row['second']}",
            f"{row['gap']:.{FIGURES}f}",
            f"{row['lowest']:.{FIGURES}f}",
            "yes" if row["flips"] else "",
            _number(row["doubt"]),
            row["action"] if isinstance(row["action"], str) else "",
        ]
        for row in found.table.head(SHOWN).to_dict("records")
    ]
    output.print_table(heads, rows, numbers={4, 5, 7})
    rest = len(found.table) - len(rows)
    if rest:
        typer.echo(f"and {rest} more (`--csv FILE` or `--json` has all)")
    from groundkeeper.flips import CAVEAT  # noqa: PLC0415 - pandas, which --help does without

    typer.echo(CAVEAT)
    if found.sealed:
        typer.echo(
            f"{found.sealed} of these records are in items of the split sealed: not for those who make models"
        )


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"


def _document(set_name: str, found: "Flips") -> dict[str, object]:
    from groundkeeper import flips  # noqa: PLC0415 - pandas, which --help does without

    return {
        "set": set_name,
        "measure": found.measure,
        "items": found.items,
        "items_left_out": found.beyond,
        "items_open": found.items_open,
        "records_in_doubt": found.in_doubt,
        "leads": [
            _lead(one, found.names, safe=safe)
            for one, safe in zip(found.leads, found.safe, strict=True)
        ],
        "records": [
            {name: _plain(value) for name, value in row.items()}
            for row in found.table.to_dict("records")
        ],
        "records_sealed": found.sealed,
        "note": flips.CAVEAT,
    }


def _lead(one: "Lead", names: list[str], *, safe: bool) -> dict[str, object]:
    return {
        "first": names[one.first],
        "second": names[one.second],
        "gap": one.gap,
        "records": int((one.move > 0).sum()),
        "safe": safe,
    }


def _plain(value: object) -> object:
    """Return a cell as JSON has it; what is missing or without end is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
