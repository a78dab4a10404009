"""``gk refresh``: bring sets up to date, release and snapshot them."""

from pathlib import Path
from typing import Annotated

import typer

from groundkeeper import refresh, snapshots
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.refresh import Refreshed
from groundkeeper.standing import Standing, standing


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("refresh", epilog="Example: gk refresh --set lung-nodules")(command)


def command(
    context: typer.Context,
    *,
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="Set to refresh; may repeat. Default: all.")
    ] = None,
    no_branch: Annotated[
        bool, typer.Option("--no-branch", help="Make tags alone; leave every branch where it is.")
    ] = False,
    as_json: output.AsJson = False,
) -> None:
    """Rebuild what is out of date, release it, and make one snapshot per set whose content is new.

    Edits that are not committed of params.yaml, dvc.yaml and the guidelines of these sets become part of it.
    """
    root = root_of(context)
    with output.Progress() as progress:
        done = refresh.run(root, sets, no_branch=no_branch, on_stage=progress)
    history = snapshots.snapshots(root)
    standings = [standing(root, name, history) for name in done.sets]
    for note in done.notes:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        output.print_json(document(done, standings))
    else:
        _print(done, standings, root)
    done.require_success()


def document(done: Refreshed, standings: list[Standing]) -> dict[str, object]:
    """Return the refresh as one JSON object."""
    return {
        "commit": done.commit,
        "new": [snapshot.as_json() for snapshot in done.new],
        "stages": [
            {"stage": e.stage, "state": e.state.value, "message": e.message}
            for e in done.outcome.events
        ],
        "sets": [one.as_json() for one in standings],
    }


def _print(done: Refreshed, standings: list[Standing], root: Path) -> None:
    output.print_standings(standings)
    for one in standings:
        if one.report:
            typer.echo(f"open {root / one.report}")
    if done.new:
        typer.echo(f"new snapshots: {', '.join(snapshot.tag for snapshot in done.new)}")
    elif done.outcome.failures:
        typer.echo("no new snapshot: see below what failed")
    elif not done.outcome.rebuilt:
        typer.echo("nothing had to be rebuilt")
    else:
        also = f"; what changed around it is commit {done.commit[:10]}" if done.commit else ""
        typer.echo(f"no new snapshot: the content of the GT is that of the latest one{also}")
