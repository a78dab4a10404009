"""``gk replay``: one snapshot for each guideline version on the way to the one in force."""

from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.errors import listing

if TYPE_CHECKING:
    from groundkeeper.core.release_changes import Moved
    from groundkeeper.replay import Replayed, Stop


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("replay", epilog="Example: gk replay lung-nodules")(command)


def command(
    context: typer.Context,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Set whose history is made.")],
    *,
    earlier: Annotated[
        bool,
        typer.Option("--earlier", help="Leave the version in force to `gk refresh`."),
    ] = False,
    as_json: output.AsJson = False,
) -> None:
    """Make one snapshot per published guideline version up to the one in force, from the inbox as it is now.

    Each is a tag on a commit of its own; the branch and the work tree stay as they are. Edits that are not committed
    of params.yaml, dvc.yaml and the guidelines of the set count, as in a refresh.
    """
    from groundkeeper.replay import replay  # noqa: PLC0415 - pandas, which --help does without

    root = root_of(context)
    with output.Progress() as progress:
        done = replay(root, set_name, earlier=earlier, on_stage=progress)
    for note in done.notes:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        output.print_json(document(done))
    else:
        _print(done)
    done.require_success()


def document(done: "Replayed") -> dict[str, object]:
    """Return the replay as one JSON object; what there is nothing to hold against is null."""
    return {
        "set": done.set,
        "versions": [
            {
                "version": stop.version,
                "tag": stop.snapshot.tag if stop.snapshot else None,
                "new": stop.is_new,
                "records": stop.snapshot.records if stop.snapshot else None,
                "moved": vars(stop.moved) if stop.moved else None,
                "seconds": round(stop.seconds, 3),
                "message": stop.refusal,
            }
            for stop in done.stops
        ],
    }


def _print(done: "Replayed") -> None:
    if not done.stops:
        typer.echo(f"{done.set}: no version before the one in force")
        return
    heads = ["version", "snapshot", "", "records", "added", "removed", "changed", "in", "seconds"]
    output.print_table(heads, [_row(stop) for stop in done.stops], numbers={3, 4, 5, 6, 8})


def _row(stop: "Stop") -> list[object]:
    how = "refused" if stop.refusal else "new" if stop.is_new else "there before"
    snapshot = [stop.snapshot.tag if stop.snapshot else None, how]
    records = stop.snapshot.records if stop.snapshot else None
    return [stop.version, *snapshot, records, *_moved(stop.moved), f"{stop.seconds:.1f}"]


def _moved(moved: "Moved | None") -> list[object]:
    """Return how many records came, went and changed, and in which columns, the most frequent first."""
    if moved is None:
        return [None, None, None, None]
    columns = sorted(moved.columns, key=lambda name: (-moved.columns[name], name))
    return [moved.added, moved.removed, moved.changed, listing(columns) if columns else None]
