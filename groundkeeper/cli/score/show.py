"""``gk score show``: how well everybody does against a snapshot, and what that rests on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from groundkeeper.scores.shown import Shown

_DIGITS = 10
"""How much of a digest is shown to people; JSON has all of it."""


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("show", epilog="Example: gk score show lung-nodules --at 2.0.0/1")(command)


def command(  # noqa: PLR0913 - one option per way to narrow what is shown
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set whose scores are shown.")],
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="[SUBJECT]",
            help="Annotator, model, or readers: all of them. Default: everybody.",
        ),
    ] = None,
    *,
    tag: Annotated[
        str | None,
        typer.Option("--at", metavar="TAG", help="Snapshot. Default: the work tree as it is."),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="Figures of one class or field.")
    ] = None,
    facet: Annotated[
        str | None, typer.Option("--facet", help="Figures of each level of one facet.")
    ] = None,
    afresh: Annotated[
        bool,
        typer.Option(
            "--afresh",
            help="Build the ground truth of the snapshot again and score with the code of now; nothing is kept.",
        ),
    ] = False,
    table: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write the figures to it, .csv or .parquet."),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Show every figure with its interval, what it stands on, and between what it can be once all is settled.

    Scored are annotators, each against the ground truth that the others make, and models. What is not settled is in no
    score: min and max say what it can change.
    """
    from groundkeeper import written_tables  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.scores.place import place  # noqa: PLC0415 - as above
    from groundkeeper.scores.rebuilding import again  # noqa: PLC0415 - as above
    from groundkeeper.scores.shown import Wanted, shown  # noqa: PLC0415 - as above

    where, wanted = place(root_of(context), set_name, tag), Wanted(subject, label, facet)
    if afresh:
        with output.Progress() as progress, again(where, progress) as built:
            output.warn(built.notes)
            found = shown(built.place, wanted)
    else:
        found = shown(where, wanted)
    if table is not None:
        written_tables.write({table: found.figures})
    if as_json:
        output.print_json(found.as_json())
        return
    _print(found)
    if table is not None:
        typer.echo(f"wrote {table}")


def _print(found: "Shown") -> None:
    """Print what the figures rest on, and then the figures."""
    from groundkeeper.reports import undefined  # noqa: PLC0415 - as above

    typer.echo(f"{found.set} against {found.against}, guideline {found.guideline}")
    typer.echo(f"ground truth {found.content_digest[:_DIGITS] or output.UNKNOWN}")
    for row in undefined.rows(found.scored):
        for line in _basis(row):
            typer.echo(line)
    heads = ["subject", "measure", "level", "value", "min, max", "n", "groups", "effective n"]
    rows = _told(undefined.rows(found.figures), is_of_one=len(found.scored) == 1)
    output.print_table(heads, [_cells(row) for row in rows], numbers={5, 6, 7}, ids={0, 1})
    output.print_notes(row["note"] for row in rows)
    if not rows:
        typer.echo(
            "nobody was scored: there is no answer of a known annotator or a model, or nothing is settled"
        )


def _told(rows: "list[dict[str, Any]]", *, is_of_one: bool) -> "list[dict[str, Any]]":
    """Return the rows that are shown, the headlines first; of everybody the headlines alone."""
    from groundkeeper.reports.score_words import HEADLINES  # noqa: PLC0415 - as above

    place = {measure: position for position, measure in enumerate(HEADLINES)}
    known = [row for row in rows if is_of_one or row["measure"] in place]
    order = {row["subject"]: position for position, row in enumerate(rows)}
    return sorted(
        known or rows,
        key=lambda row: (
            order[row["subject"]],
            place.get(row["measure"], len(place)),
            row["measure"],
            row["level"],
        ),
    )


def _basis(row: "Mapping[str, Any]") -> list[str]:
    """Return what the scores of one who is scored rest on, and what is in none of them."""
    from groundkeeper.scores.place import foreign  # noqa: PLC0415 - as above
    from groundkeeper.scores.shown import LEFT_OUT, coverage  # noqa: PLC0415 - as above

    share = coverage(row)
    covered = f"{share:.0%}" if share is not None else "none settled"
    head = (
        f"{row['subject']} ({row['origin']}): {row['items']} of {row['gt_items']} items scored "
        f"({covered} of the settled), {row['records']} records, {row['groups']} groups, "
        f"settings {row['settings_digest'][:_DIGITS]}"
    )
    lines = [head]
    lines += [f"  {row[name]} {name}: {why}" for name, why in LEFT_OUT.items() if row[name]]
    classes = foreign(row["foreign_classes"])
    if classes:
        told = ", ".join(f"{name} {n}" for name, n in classes.items())
        lines.append(f"  classes that the guideline does not know: {told}")
    return lines


def _cells(row: "Mapping[str, Any]") -> list[object]:
    from groundkeeper.reports.undefined import number  # noqa: PLC0415 - as above

    known = row["min"] is not None and row["max"] is not None
    between = f"{row['min']:.3f}, {row['max']:.3f}" if known else None
    effective = None if row["effective_n"] is None else f"{row['effective_n']:.1f}"
    value = number(row["value"], row["low"], row["high"])
    level = None if row["facet"] == row["level"] == "all" else row["level"]
    return [
        row["subject"], row["measure"], level, value, between, row["n"], row["groups"], effective
    ]  # fmt: skip
