"""``gk status``: where each set stands and what is out of date."""

from typing import Annotated

import typer

from groundkeeper import pipeline, refresh, snapshots
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.errors import listing
from groundkeeper.standing import standing


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("status", epilog="Example: gk status --json")(command)


def command(
    context: typer.Context,
    *,
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="Set to show; may repeat. Default: all.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Do not ask DVC what is out of date.")
    ] = False,
    as_json: output.AsJson = False,
) -> None:
    """Show each set's guideline, released snapshot, records by status, and the stages to rebuild."""
    root = root_of(context)
    history = snapshots.snapshots(root)
    standings = [standing(root, name, history) for name in refresh.choose(root, sets)]
    changed = None if fast else pipeline.status(root)
    stale = {
        one.set: [stage for stage in changed or () if stage.endswith(f"@{one.set}")]
        for one in standings
    }
    if as_json:
        documents = [
            {
                **one.as_json(),
                "stale": None if changed is None else _reasons(changed, stale[one.set]),
            }
            for one in standings
        ]
        output.print_json(documents)
        return
    output.print_standings(standings)
    if changed is None:
        return
    for one in standings:
        words = listing(stale[one.set]) if stale[one.set] else "nothing"
        typer.echo(f"{one.set}: out of date: {words}")


def _reasons(
    changed: dict[str, tuple[str, ...]], stages: list[str]
) -> list[dict[str, str | list[str]]]:
    return [{"stage": stage, "reasons": list(changed[stage])} for stage in stages]
