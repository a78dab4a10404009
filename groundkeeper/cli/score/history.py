"""``gk score history``: the score of a model or annotator in every snapshot."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.errors import listing

if TYPE_CHECKING:
    from groundkeeper.scores.history import Entry

_DIGITS = 10


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("history", epilog="Example: gk score history lung-nodules detector-b")(command)


def command(  # noqa: PLR0913 - each says which figure
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set of the snapshots.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Model or annotator.")],
    *,
    measure: Annotated[str, typer.Option("--measure", help="Which figure.")] = "f1",
    label: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="Of one class or field.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Show the score in every snapshot, the oldest first.

    A line between two of them says that another ground truth, guideline or settings lie between: their difference is
    not one of the subject alone, and `gk score compare` splits it.
    """
    from groundkeeper.scores.history import Figure, history  # noqa: PLC0415 - pandas, which --help does without

    entries = history(root_of(context), set_name, Figure(subject, measure, label))
    if as_json:
        output.print_json([asdict(entry) for entry in entries])
        return
    heads = ["snapshot", "created", "ground truth", measure, "n", "note"]
    rows: list[list[object]] = []
    for entry in entries:
        if entry.apart:
            what = listing(name.replace("_", " ") for name in entry.apart)
            rows.append(["---", f"another {what}", "", "not comparable", "", ""])
        if entry.unknown:
            what = listing(name.replace("_", " ") for name in entry.unknown)
            rows.append(["---", f"unknown {what}", "", "perhaps not comparable", "", ""])
        rows.append(_row(entry))
    output.print_table(heads, rows, numbers={4}, ids={0})


def _row(entry: "Entry") -> list[object]:
    from groundkeeper.reports.undefined import number  # noqa: PLC0415 - as above

    value = None if entry.n is None else number(entry.value, entry.low, entry.high)
    digest = entry.content_digest[:_DIGITS]
    return [entry.tag, entry.created, digest, value, entry.n, entry.note]
