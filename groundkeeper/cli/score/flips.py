"""``gk score flips``: which records could turn a ranking round, the most telling first."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundkeeper import files
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from groundkeeper.flips import Ahead, Flips

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
    are. A lead is called safe only if the bounds of both scores, which follow every ending, are apart. Two models are
    compared over the items that both answered; annotators are not, as each is held against what the others make.
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
    heads = ["leads", "over", f"by ({measure})", "items", "records that could move it", "safe"]
    rows = [
        [
            one.first,
            one.second,
            "level" if one.lead.is_tie else f"{one.lead.gap:.{FIGURES}f}",
            one.items,
            int((one.lead.move > 0).sum()),
            "yes" if one.safe else "not shown",
        ]
        for one in found.leads
    ]
    output.print_table(heads, rows, numbers={2, 3, 4}, ids={0, 1})
    _print_items(found)
    _print_records(found)


def _print_items(found: "Flips") -> None:
    """Print what the leads are over, and what they leave out."""
    if not any(found.beyond.values()):
        typer.echo(f"over {found.items} items that all of them answered")
    for one in found.leads:
        others = [f"{name} is scored in {more} others" for name, more in one.beyond.items() if more]
        narrow = [name for name, more in one.beyond.items() if not more]
        if others:
            why = f", as {narrow[0]} answered no others" if narrow else " that both answered"
            head = f"{one.first} and {one.second}: over {one.items} items{why}"
            typer.echo(f"{head}; {', '.join(others)} too, which are left out")
    for first, second in found.unranked:
        typer.echo(
            f"{first} and {second}: not compared, as over the items of both one has no score"
        )
    told = {name for one in found.leads for name in (one.first, one.second)}
    for name in sorted(
        set(found.names) - told - {name for pair in found.unranked for name in pair}
    ):
        typer.echo(f"{name}: in no lead, as it has no score")
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
            _lead_of(row),
            f"{row['gap']:.{FIGURES}f}",
            f"{row['lowest']:.{FIGURES}f}",
            "yes" if row["flips"] else "",
            _number(row["doubt"]),
            row["action"] if isinstance(row["action"], str) else "",
        ]
        for row in found.table.head(SHOWN).to_dict("records")
    ]
    output.print_table(heads, rows, numbers={4, 5, 7}, ids={0, 1})
    rest = len(found.table) - len(rows)
    if rest:
        typer.echo(f"and {rest} more (`--csv FILE` or `--json` has all)")
    from groundkeeper.flips import CAVEAT  # noqa: PLC0415 - pandas, which --help does without

    typer.echo(CAVEAT)
    if found.sealed:
        typer.echo(
            f"{found.sealed} of these records are in items of the split sealed: not for those who make models"
        )


def _lead_of(row: "Mapping[Hashable, Any]") -> str:
    """Return who is ahead of whom in a row of the table of flips; two who are level are told so."""
    level = not math.isfinite(row["of_gap"])
    return (
        f"{row['first']}, {row['second']}: level"
        if level
        else f"{row['first']} over {row['second']}"
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
        "leads": [_lead(one) for one in found.leads],
        "not_compared": [list(pair) for pair in found.unranked],
        "records": [
            {name: _plain(value) for name, value in row.items()}
            for row in found.table.to_dict("records")
        ],
        "records_sealed": found.sealed,
        "note": flips.CAVEAT,
    }


def _lead(one: "Ahead") -> dict[str, object]:
    return {
        "first": one.first,
        "second": one.second,
        "gap": one.lead.gap,
        "is_tie": one.lead.is_tie,
        "items": one.items,
        "items_left_out": one.beyond,
        "records": int((one.lead.move > 0).sum()),
        "safe": one.safe,
    }


def _plain(value: object) -> object:
    """Return a cell as JSON has it; what is missing or without end is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
