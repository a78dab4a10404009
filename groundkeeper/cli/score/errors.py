"""``gk score errors``: which labels are likely wrong, and what a budget of looks finds."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from groundkeeper.cli import output
from groundkeeper.cli.application import root_of
from groundkeeper.errors import RefusedError

_SHOWN = 20
"""How many suspects a table shows."""
_NUMBERS = ("quality", "disagreement", "probability")
"""Columns of that table that hold numbers."""

_IDS = ("item", "record")
"""Columns of it that people copy."""


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("errors", epilog="Example: " + _EXAMPLE)(command)


_EXAMPLE = "gk score errors --labels labels.csv --predictions probabilities.csv --out-of-sample --budget 100"


def command(  # noqa: PLR0913 - each says one thing about the data or the question
    context: typer.Context,
    set_name: Annotated[
        str | None,
        typer.Argument(metavar="[SET]", help="Set whose records are suspected; or name --labels."),
    ] = None,
    *,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="Labels of anybody: item, label (.csv, .parquet), or objects as answers (.jsonl).",
        ),
    ] = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option(
            "--predictions",
            metavar="FILE",
            help="Of one model: item and p_<class>, or item, class, probability; or answers (.jsonl). May repeat.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Only this one's predictions. Default: all.")
    ] = None,
    out_of_sample: Annotated[
        bool | None,
        typer.Option(
            "--out-of-sample/--in-sample",
            help="Whether the model was kept from these labels, as by cross-validation.",
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            "--scale", metavar="A,B,C", help="The classes, in their order with --ordinal."
        ),
    ] = None,
    ordinal: Annotated[
        bool, typer.Option("--ordinal", help="Classes are grades: far off is worse than near.")
    ] = False,
    method: Annotated[
        Literal["argmax", "confident", "class", "noise_rate", "both"],
        typer.Option("--method", help="What is called likely wrong, of labels of whole items."),
    ] = "both",
    match: Annotated[
        float, typer.Option("--match", help="Similarity from which on two objects are one thing.")
    ] = 0.5,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="COL", help="Column of --labels with the group."),
    ] = None,
    budget: Annotated[
        int | None, typer.Option("--budget", metavar="N", help="How many items are looked at.")
    ] = None,
    at_random: Annotated[
        float, typer.Option("--at-random", help="Share of the budget that is spent at random.")
    ] = 0.1,
    seed: Annotated[int, typer.Option("--seed", help="Of what is drawn at random.")] = 0,
    corrected: Annotated[
        Path | None,
        typer.Option(
            "--corrected",
            metavar="FILE",
            help="What people found: the table of --csv with a column wrong (true, false); or item, label, random.",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many to print; 0 is all. JSON has all.")
    ] = _SHOWN,
    table: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write all suspects to it, .csv or .parquet."),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """List the labels that are likely wrong, and which of them a budget of looks goes to.

    Predictions have to be out of sample: a model repeats the wrong labels that it was trained on. Nothing is changed: a
    suspect is a reason to look. A part of the budget is spent at random, for the others never say how many errors there
    are.
    """
    from groundkeeper import suspects, written_tables  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.suspects import corrections, words  # noqa: PLC0415 - as above
    from groundkeeper.suspects.asking import Files, Question, found_in  # noqa: PLC0415 - as above

    question = Question(
        method, tuple(scale.split(",")) if scale else None, ordinal, out_of_sample, match, model
    )
    files = Files(labels, tuple(predictions or ()), group)
    _require_one(set_name, files.labels)
    root = None if set_name is None else root_of(context)
    found = found_in(root, set_name, files, question)
    checked = None
    if corrected is not None:
        checked = corrections.read(corrected, found, seed)
        found = checked.suspects
    spent = suspects.spend(found, budget, at_random, seed)
    output.warn(found.warnings)
    if table is not None:
        written_tables.write({table: words.table(found, spent)}, keep=(labels, corrected))
    if as_json:
        output.print_json(words.document(found, spent, checked, set_name))
        return
    for line in words.headline(found):
        typer.echo(line)
    heads, rows = words.suspects(found, limit)
    numbers, ids = (
        [place for place, head in enumerate(heads) if head in of] for of in (_NUMBERS, _IDS)
    )
    output.print_table(heads, rows, numbers, ids)
    for line in (*words.budget(found, spent, budget), *words.checked(checked)):
        typer.echo(line)
    heads, rows = words.curve(spent)
    output.print_table(heads, rows, numbers=range(len(heads)))
    for line in words.what_next(set_name, table):
        typer.echo(line)


def _require_one(set_name: str | None, labels: Path | None) -> None:
    if (set_name is None) == (labels is None):
        found = "both" if labels else "neither"
        message = f"found {found} of SET and --labels; needed is one: a set of a repository, or anybody's files"
        raise RefusedError(message)
