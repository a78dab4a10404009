"""``gk round``: open a plan as tasks, hand them out, see what came back, take them back."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundkeeper import files, refresh
from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.errors import RefusedError
from schemas.enums import Task

if TYPE_CHECKING:
    from groundkeeper.rounds import Round

SetName = Annotated[str, typer.Argument(metavar="SET", help="Set the round is of.")]
RoundName = Annotated[str, typer.Argument(metavar="ROUND", help="Name of the round, such as r2.")]


class First(StrEnum):
    """What the tasks of a round are ordered by."""

    PLAN = "plan"
    RANKING = "ranking"


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(no_args_is_help=True, help="Ask people what a change left open.")
    group.command("open", epilog="Example: gk round open lung-nodules r2")(open_round)
    group.command("list", epilog="Example: gk round list lung-nodules")(show)
    group.command("export", epilog="Example: " + _EXPORT_EXAMPLE)(export)
    group.command("withdraw", epilog="Example: " + _WITHDRAW_EXAMPLE)(withdraw)
    app.add_typer(group, name="round")


_EXPORT_EXAMPLE = "gk round export lung-nodules r2 --annotator anna --out anna.csv"
_WITHDRAW_EXAMPLE = 'gk round withdraw lung-nodules r2 --reason "the rule is discussed again"'


def open_round(  # noqa: PLR0913 - one option per part of the choice
    context: typer.Context,
    set_name: SetName,
    round_name: RoundName,
    *,
    only: Annotated[
        list[Task] | None,
        typer.Option("--only", help="Kind of work; may repeat. Default: all but second looks."),
    ] = None,
    first: Annotated[
        First, typer.Option("--first", help="What comes first: ranking, what could turn it round.")
    ] = First.PLAN,
    measure: Annotated[
        str, typer.Option("--measure", help="What --first ranking ranks by: f1, precision, recall.")
    ] = "f1",
    most: Annotated[
        int | None, typer.Option("--most", min=1, help="Ask the first of them alone.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Open what the plan asks for, and no other round does yet, as a new round of tasks.

    Work out the plan first (`gk run impact` or `dvc repro`): it lies in data/impact/SET/plan.parquet. With
    `--first ranking` records come first that could turn round the ranking of who is scored (`gk score flips`).
    """
    from groundkeeper import flips, rounds  # noqa: PLC0415 - pandas, which --help does without

    ranked = first is First.RANKING
    arrange = flips.ranking_first(measure, most) if ranked else flips.plan_first(most)
    batch, tasks = rounds.open_plan(root_of(context), set_name, round_name, only or (), arrange)
    if as_json:
        output.print_json(
            {"set": set_name, "round": round_name, "tasks": tasks, "batch": batch.key}
        )
        return
    typer.echo(
        f"{set_name}: round {round_name} asks {tasks} tasks under {batch.era} (batch {batch.key})"
    )


def show(
    context: typer.Context,
    set_name: Annotated[
        str | None, typer.Argument(metavar="[SET]", help="Set to show. Default: all.")
    ] = None,
    *,
    as_json: output.AsJson = False,
) -> None:
    """List the rounds, and what came back of them as of the last refresh."""
    from groundkeeper import rounds  # noqa: PLC0415 - pandas, which --help does without

    root = root_of(context)
    sets = refresh.choose(root, [set_name] if set_name else None)
    found = [(name, one) for name in sets for one in rounds.rounds(root, name)]
    if as_json:
        output.print_json([_document(name, one) for name, one in found])
        return
    if not found:
        typer.echo("no round was opened; `gk round open` makes one of the plan")
        return
    heads = ["set", "round", "era", "tasks", "answered", "answers", "refused", "taken back"]
    rows = [
        [
            name,
            one.batch.round,
            one.batch.era,
            one.tasks,
            one.answered,
            one.answers,
            one.refused,
            one.withdrawn,
        ]
        for name, one in found
    ]
    output.print_table(heads, rows, numbers={3, 4, 5, 6})


def export(  # noqa: PLR0913 - one option per part of the choice
    context: typer.Context,
    set_name: SetName,
    round_name: RoundName,
    *,
    annotator: Annotated[str, typer.Option("--annotator", help="Who gets the tasks.")],
    out: Annotated[Path, typer.Option("--out", help="File to write: .csv or .parquet.")],
    era: Annotated[
        str | None, typer.Option("--era", help="Version, if the round asks under several.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Write the tasks of a round for one person, to be filled in and taken in with the format `answers`.

    Nobody gets a task under a guideline version that they have not acknowledged.
    """
    from groundkeeper import rounds  # noqa: PLC0415 - pandas, which --help does without

    tasks = rounds.handed_out(root_of(context), set_name, round_name, annotator, era)
    match out.suffix.lower():
        case ".csv":
            files.replace(
                out, lambda partial: tasks.to_csv(partial, index=False, lineterminator="\n")
            )
        case ".parquet":
            files.replace(out, lambda partial: tasks.to_parquet(partial, index=False))
        case other:
            message = (
                f"{out}: found the ending {other or 'nothing'!r}; allowed are .csv and .parquet"
            )
            raise RefusedError(message)
    if as_json:
        output.print_json(
            {
                "set": set_name,
                "round": round_name,
                "annotator": annotator,
                "out": str(out),
                "tasks": len(tasks),
            }
        )
        return
    typer.echo(f"{out}: {len(tasks)} tasks for {annotator}")


def withdraw(
    context: typer.Context,
    set_name: SetName,
    round_name: RoundName,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for people; it is kept.")],
    as_json: output.AsJson = False,
) -> None:
    """Take the tasks of a round back; answers to them are kept as evidence and count for nothing."""
    from groundkeeper import rounds  # noqa: PLC0415 - pandas, which --help does without

    done = rounds.withdraw(root_of(context), set_name, round_name, reason=reason)
    if as_json:
        output.print_json({"set": set_name, **done.model_dump(mode="json")})
        return
    typer.echo(f"{set_name}: took back round {round_name}: {done.reason}")


def _document(set_name: str, one: "Round") -> dict[str, object]:
    return {
        "set": set_name,
        "round": one.batch.round,
        "era": one.batch.era,
        "tasks": one.tasks,
        "answered": one.answered,
        "answers": one.answers,
        "refused": one.refused,
        "withdrawn": one.withdrawn,
    }
