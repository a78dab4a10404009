"""``gk acknowledge``, ``gk quiz`` and ``gk people``: carry annotators along a guideline change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of

SetName = Annotated[str, typer.Argument(metavar="SET", help="Set the annotators answer for.")]
Annotators = Annotated[
    list[str], typer.Option("--annotator", help="Name, as the answers have it; may repeat.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command("acknowledge", epilog="Example: " + _ACKNOWLEDGE_EXAMPLE)(acknowledge)
    group = typer.Typer(no_args_is_help=True, help="Ask whether people can tell the new rule.")
    group.command("open", epilog="Example: " + _OPEN_EXAMPLE)(open_quiz)
    group.command("report", epilog="Example: gk quiz report lung-nodules")(report)
    app.add_typer(group, name="quiz")
    app.command("people", epilog="Example: gk people lung-nodules")(people)


_ACKNOWLEDGE_EXAMPLE = "gk acknowledge lung-nodules 2.0.0 --annotator ada --annotator bob"
_OPEN_EXAMPLE = "gk quiz open lungs quiz-2 --old 1.0.0 --annotator ada --annotator bob"


def acknowledge(  # noqa: PLR0913 - one option per thing to say of it
    context: typer.Context,
    set_name: SetName,
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="Guideline version that was read, X.Y.Z.")
    ],
    *,
    annotators: Annotators,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="When, ISO 8601 with time zone. Default: now."),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Note that annotators have read a guideline version; without it they get no task under it."""
    from groundkeeper import people as operations  # noqa: PLC0415 - pandas, which --help does without

    done = operations.acknowledge(
        root_of(context), set_name, version, annotators, None if at is None else _moment(at)
    )
    if as_json:
        output.print_json(
            {
                "set": set_name,
                "version": version,
                "annotators": list(done.annotators),
                "already": list(done.already),
                "batch": done.batch.key if done.batch else None,
            }
        )
        return
    if done.batch:
        who = ", ".join(done.annotators)
        typer.echo(f"{set_name}: {who} acknowledged {version} (batch {done.batch.key})")
    if done.already:
        who = ", ".join(done.already)
        typer.echo(f"{set_name}: {who} had acknowledged {version} before; nothing changed for them")


def open_quiz(  # noqa: PLR0913 - one option per thing to say of a quiz
    context: typer.Context,
    set_name: SetName,
    round_name: Annotated[
        str, typer.Argument(metavar="ROUND", help="Name of the quiz, such as quiz-2.")
    ],
    *,
    old: Annotated[str, typer.Option("--old", help="Version it is held against, X.Y.Z.")],
    annotators: Annotators,
    per_side: Annotated[
        int, typer.Option("--per-side", min=1, help="Records on each side of a boundary.")
    ] = 3,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another one, another quiz.")] = 0,
    as_json: output.AsJson = False,
) -> None:
    """Ask about settled records nearest to each boundary that moved since a version, as a round of its own.

    `gk round export` hands it out. Its answers measure people, and never make ground truth.
    """
    from groundkeeper import people as operations  # noqa: PLC0415 - pandas, which --help does without

    made = operations.open_quiz(
        root_of(context),
        set_name,
        round_name,
        old=old,
        annotators=annotators,
        per_side=per_side,
        seed=seed,
    )
    if as_json:
        output.print_json(
            {
                "set": set_name,
                "round": round_name,
                "tasks": made.tasks,
                "records": made.records,
                "shortfalls": list(made.shortfalls),
                "batch": made.batch.key,
            }
        )
        return
    typer.echo(
        f"{set_name}: quiz {round_name} asks {made.tasks} tasks about {made.records} records "
        f"(batch {made.batch.key})"
    )
    for short in made.shortfalls:
        typer.echo(f"note: too few records: {short}")


def report(
    context: typer.Context,
    set_name: SetName,
    *,
    as_json: output.AsJson = False,
) -> None:
    """Show how everybody did in the quizzes, by rule, as of the last refresh."""
    from groundkeeper import people as operations  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.reports import people as words  # noqa: PLC0415

    documents = words.quiz_results(operations.figures(root_of(context), set_name))
    if as_json:
        output.print_json(documents)
        return
    if not documents:
        typer.echo(f"{set_name}: nobody was asked; `gk quiz open` asks")
        return
    heads = ["annotator", "", "of", "answered", "right", "interval", "wrong", "by the old rule", ""]
    output.print_table(heads, [_result_row(one) for one in documents], numbers={3, 4, 6, 7})


def people(
    context: typer.Context,
    set_name: SetName,
    *,
    as_json: output.AsJson = False,
) -> None:
    """Show who has acknowledged which version, and who still answers by the old rule, as of the last refresh."""
    from groundkeeper import people as operations  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.reports import people as words  # noqa: PLC0415

    root = root_of(context)
    read = words.who_has_read(operations.who_has_read(root, set_name))
    kept, notes = words.old_rule(operations.figures(root, set_name))
    if as_json:
        output.print_json({"set": set_name, "read": read, "old_rule": kept, "notes": notes})
        return
    if read:
        heads = ["annotator", "version", "acknowledged", "tasks", "answers", "without reading"]
        output.print_table(heads, [_read_row(one) for one in read], numbers={3, 4, 5})
    else:
        typer.echo(f"{set_name}: no annotator is known by name")
    if kept:
        heads = ["annotator", "version", "by the old rule", "interval", "n", "p", "", ""]
        output.print_table(heads, [_old_rule_row(one) for one in kept], numbers={2, 4, 5})
    for note in notes:
        typer.echo(f"note: {note}")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no ISO 8601 time such as 2026-03-02T09:00:00Z"
        raise typer.BadParameter(message, param_hint="--at") from error


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _interval(one: Mapping[str, Any]) -> str:
    return "-" if one["low"] is None else f"[{one['low']:.2f}, {one['high']:.2f}]"


def _result_row(one: Mapping[str, Any]) -> list[object]:
    right, wrong = _share(one["right"]), _share(one["wrong_by_old_rule"])
    start = [one["annotator"], one["by"], one["of"], one["answered"], right, _interval(one)]
    return [*start, one["wrong"], wrong, one["note"]]


def _read_row(one: Mapping[str, Any]) -> list[object]:
    when = one["acknowledged_at"] or ("yes" if one["acknowledged"] else "")
    start = [one["annotator"], one["version"], "pending" if one["pending"] else when]
    return [*start, one["tasks"], one["answers"], one["unread_answers"]]


def _old_rule_row(one: Mapping[str, Any]) -> list[object]:
    p = "-" if one["p"] is None else f"{one['p']:.2g}"
    start = [one["annotator"], one["version"], _share(one["share"]), _interval(one), one["n"], p]
    return [*start, "keeps it" if one["keeps"] else "", one["note"]]
