"""``gk truth``: what is true, when several annotators have said what they think; of anybody's file of labels."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from groundkeeper.cli import output

if TYPE_CHECKING:
    from groundkeeper.label_files import Named
    from groundkeeper.labelled import Asked

METHODS_HELP = (
    "majority, weighted, one_coin, dawid_skene, glad, mace, ibcc, ordinal_model; with --number mean, median, "
    "weighted, gaussian_model."
)
"""The names of the methods; a test holds them against those that there are, which ``--help`` does not import."""

_INFER = "Example: gk truth infer labels.csv --method dawid_skene --gold gold.csv --out truth"
_COMPARE = "Example: gk truth compare labels.csv --gold gold.csv --disputed disputed.csv"
_SPANS = "Example: gk truth spans spans.csv --looked looked.csv --out shared.csv"

File = Annotated[
    Path,
    typer.Argument(
        metavar="LABELS", help="One row a label: task, annotator, label. Parquet or CSV."
    ),
]
Gold = Annotated[
    Path | None,
    typer.Option("--gold", metavar="FILE", help="True labels of some tasks: task, label."),
]
Task = Annotated[str | None, typer.Option("--task", metavar="COL", help="Column of the task.")]
Annotator = Annotated[
    str | None, typer.Option("--annotator", metavar="COL", help="Column of the annotator.")
]
Label = Annotated[str | None, typer.Option("--label", metavar="COL", help="Column of the label.")]
Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="COL",
        help="Column of the group of a task, such as its document: intervals are by group.",
    ),
]
Identity = Annotated[
    Literal["known", "anonymous"],
    typer.Option(
        "--identity",
        help="known: one name is one person; anonymous: methods that learn about annotators refuse.",
    ),
]
Scale = Annotated[
    str | None,
    typer.Option("--scale", metavar="A,B,C", help="The classes in their order, lowest first."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(
        no_args_is_help=True, help="Infer what is true from the labels of several annotators."
    )
    group.command("infer", epilog=_INFER)(infer)
    group.command("compare", epilog=_COMPARE)(compare)
    group.command("spans", epilog=_SPANS)(spans)
    app.add_typer(group, name="truth")


def infer(  # noqa: PLR0913 - each says one thing about the file or the question
    path: File,
    *,
    method: Annotated[
        str | None,
        typer.Option("--method", help=f"{METHODS_HELP} Default: majority, or median."),
    ] = None,
    gold: Gold = None,
    task: Task = None,
    annotator: Annotator = None,
    label: Label = None,
    group: Group = None,
    identity: Identity = "known",
    scale: Scale = None,
    number: Annotated[
        bool, typer.Option("--number", help="Labels are measurements, not classes.")
    ] = False,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="An option of the method; may be repeated. A name that it has not is answered with those it has.",
        ),
    ] = None,
    preset: Annotated[
        Literal["pvldb-2017", "crowd-kit"] | None,
        typer.Option(
            "--preset",
            help="Options of dawid_skene with which published results come out: pvldb-2017, crowd-kit.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PLACE",
            help="Folder for all tables, or a .csv or .parquet for the soft labels.",
        ),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Infer the label of every task, how probable it is, how good the annotators are, and how the fit went.

    Needs no repository. No method is the best of all: `gk truth compare` shows what they make of the same labels.
    """
    from groundkeeper import labelled  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.reports import truth as words  # noqa: PLC0415

    asked = _asked(path, gold, _named(task, annotator, label, group), identity, scale)
    found: labelled.Truth | labelled.Measured
    if number:
        labelled.refuse_options(option, preset)
        found = labelled.infer_numbers(asked, method)
    else:
        found = labelled.infer(asked, method, option or (), preset)
    output.warn(found.warnings)
    written = found.write(out) if out is not None else ()
    if as_json:
        output.print_json(found.as_json())
        return
    for line in words.lines(found):
        typer.echo(line)
    heads, rows, more = words.annotators(found)
    output.print_table(heads, rows, numbers=range(1, len(heads)))
    if more:
        typer.echo(more)
    for place in written:
        typer.echo(f"wrote {place}")


def compare(  # noqa: PLR0913 - each says one thing about the file or the question
    path: File,
    *,
    methods: Annotated[
        str | None,
        typer.Option("--methods", metavar="A,B,C", help="Which; default: all that can be used."),
    ] = None,
    gold: Gold = None,
    task: Task = None,
    annotator: Annotator = None,
    label: Label = None,
    group: Group = None,
    identity: Identity = "known",
    scale: Scale = None,
    disputed: Annotated[
        Path | None,
        typer.Option(
            "--disputed", metavar="FILE", help="Write the tasks on which methods differ to it."
        ),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Show what several methods make of the same labels: how each fitted, how far two differ, and what gold says.

    No method is the best on all data; tasks on which they differ are worth a look by somebody who knows.
    """
    from groundkeeper import methods_compared  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.reports import truth_compared as words  # noqa: PLC0415

    asked = _asked(path, gold, _named(task, annotator, label, group), identity, scale)
    names = methods.split(",") if methods is not None else None
    found = methods_compared.compare_methods(asked, names)
    output.warn(found.warnings)
    if disputed is not None:
        found.write_disputed(disputed)
    if as_json:
        output.print_json(found.as_json())
        return
    for line in words.lines(found):
        typer.echo(line)
    for heads, rows, _ in (words.methods(found), words.by_gold(found), words.pairs(found)):
        if rows:
            output.print_table(heads, rows)
    typer.echo(words.disputed(found) if disputed is None else f"wrote {disputed}")


def spans(  # noqa: PLR0913 - each says one thing about the file or the question
    path: Annotated[
        Path,
        typer.Argument(
            metavar="SPANS",
            help="One row a span: document, annotator, start, end, label; characters, end not included.",
        ),
    ],
    *,
    method: Annotated[
        str, typer.Option("--method", help="A method of gk truth infer.")
    ] = "majority",
    by: Annotated[
        Literal["label", "all"],
        typer.Option(
            "--by", help="label: each on its own, spans of two may overlap; all: at once."
        ),
    ] = "label",
    looked: Annotated[
        Path | None,
        typer.Option(
            "--looked",
            metavar="FILE",
            help="Who looked at which document, also who marked nothing: document, annotator.",
        ),
    ] = None,
    identity: Identity = "known",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the shared spans to it.")
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Infer the spans that annotators share, and show how far they agree: F1 of every two, alpha over characters.

    Without --looked only who marked something in a document is known to have looked at it: then nobody overlooks all.
    """
    from groundkeeper import marked  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.reports import truth_spans as words  # noqa: PLC0415
    from schemas.enums import Identity  # noqa: PLC0415

    found = marked.read_spans(path, looked, method=method, by=by, identity=Identity(identity))
    if out is not None:
        found.write(out)
    if as_json:
        output.print_json(found.as_json())
        return
    for line in words.lines(found):
        typer.echo(line)
    for heads, rows, more in (words.shared(found), words.pairs(found)):
        output.print_table(heads, rows)
        if more:
            typer.echo(more)
    if out is not None:
        typer.echo(f"wrote {out}")


def _named(
    task: str | None, annotator: str | None, label: str | None, group: str | None
) -> "Named":
    from groundkeeper.label_files import Named  # noqa: PLC0415 - as above

    return Named(task=task, annotator=annotator, label=label, group=group)


def _asked(
    path: Path, gold: Path | None, named: "Named", identity: str, scale: str | None
) -> "Asked":
    from groundkeeper.labelled import Asked  # noqa: PLC0415 - as above
    from schemas.enums import Identity  # noqa: PLC0415

    classes = tuple(scale.split(",")) if scale is not None else None
    return Asked(path, gold, named, Identity(identity), classes)
