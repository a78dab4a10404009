"""How commands print: one JSON document on stdout, or tables for people; progress on stderr."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Self

import typer
from rich.console import Console, JustifyMethod
from rich.measure import Measurement
from rich.table import Table

from groundkeeper.pipeline import Event, State
from groundkeeper.snapshots.manifest import Headline
from groundkeeper.standing import Standing
from schemas.enums import RecordStatus

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]

UNKNOWN = "-"
"""Printed where there is nothing to print yet."""

SHOWN_FIGURES = 4
"""How many figures of agreement a table shows."""

_WIDTH = 120
_WIDEST = 10_000
"""Wider than any table."""


def print_json(document: object) -> None:
    """Print *document*, and nothing else, on stdout."""
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))


def warn(warnings: Iterable[str]) -> None:
    """Print *warnings* on stderr."""
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)


def print_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[object]],
    numbers: Collection[int] = (),
    ids: Collection[int] = (),
) -> None:
    """Print rows for people; the columns at the positions *numbers* hold numbers.

    Those at *ids* hold what people copy, and are never broken: if they need it, a table is wider than the terminal.
    """
    table = Table()
    for position, head in enumerate(heads):
        justify: JustifyMethod = "right" if position in numbers else "left"
        table.add_column(head, justify=justify, overflow="fold", no_wrap=position in ids)
    for row in rows:
        table.add_row(*(UNKNOWN if cell in {None, ""} else str(cell) for cell in row))
    console = Console()
    width = console.width if console.is_terminal else _WIDTH
    least = Measurement.get(console, console.options.update(max_width=_WIDEST), table).minimum
    Console(width=max(width, least)).print(table)


def print_notes(notes: Iterable[str]) -> None:
    """Print each of *notes* once, below the table of what they are of; empty ones are none."""
    for note in dict.fromkeys(filter(None, notes)):
        typer.echo(f"note: {note}")


def print_standings(standings: Sequence[Standing]) -> None:
    """Print one column per set: what its GT holds and which snapshot it is."""
    lines = [_lines(one) for one in standings]
    rows = [[name, *(line[name] for line in lines)] for name in (lines[0] if lines else {})]
    print_table(["", *(one.set for one in standings)], rows)


class Progress:
    """Tells on stderr which stage runs and what became of it; what did not run is not told."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._status = self._console.status("")

    def __enter__(self) -> Self:
        """Show a line that turns while something runs, if stderr is a terminal."""
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        self._status.stop()

    def __call__(self, event: Event) -> None:
        """Tell *event*."""
        match event.state:
            case State.STARTED:
                self._status.update(event.stage)
            case State.RAN | State.RESTORED:
                how = "" if event.state is State.RAN else " (from the cache)"
                self._print(f"{event.stage:<34} {event.seconds:6.1f} s{how}")
            case State.FAILED:
                self._print(f"{event.stage:<34} failed")
            case State.UNCHANGED | State.SKIPPED:
                pass

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False)


def _lines(one: Standing) -> dict[str, object]:
    manifest = one.manifest
    count = manifest.count if manifest else (lambda _: None)
    alive = {name: n for name, n in one.by_status.items() if n and name != RecordStatus.RETIRED}
    statuses = ", ".join(f"{number} {status}" for status, number in alive.items())
    if retired := one.by_status.get(RecordStatus.RETIRED):
        statuses += f"{'; ' if statuses else ''}apart from these {retired} retired"
    return {
        "items in pool": count("pool_items"),
        "items sampled": count("items"),
        "answers": count("answers"),
        "records": count("records"),
        "records by status": statuses,
        "agreement": _figures(manifest.headline) if manifest else None,
        "guideline": one.guideline,
        "snapshot": one.snapshot.tag if one.snapshot else None,
        "report": one.report.as_posix() if one.report else None,
    }


def _figures(headlines: Sequence[Headline]) -> str:
    """Return the first figures, and how many more the report has."""
    rest = len(headlines) - SHOWN_FIGURES
    more = [f"and {rest} more in the report"] if rest > 0 else []
    return "\n".join([*map(_figure, headlines[:SHOWN_FIGURES]), *more])


def _figure(headline: Headline) -> str:
    """Return one figure: its name, and below it such as ``0.80 [0.78, 0.82] (n 93, groups 40)``."""
    name = f"{headline.measure} {headline.subject}".rstrip()
    if headline.value is None:
        return f"{name}\n  undefined"
    text = f"{headline.value:.2f}"
    if headline.low is not None and headline.high is not None:
        text += f" [{headline.low:.2f}, {headline.high:.2f}]"
    rests_on = [("n", headline.n), ("groups", headline.groups)]
    known = ", ".join(f"{word} {number}" for word, number in rests_on if number is not None)
    return f"{name}\n  {text} ({known})" if known else f"{name}\n  {text}"
