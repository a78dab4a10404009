"""``gk shapes``: what the shapes of several annotators make together; of anybody's file."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from groundkeeper.cli import output

_MERGE = "Example: gk shapes merge boxes.csv --at-least 0.5 --keep 0.5 --out records.csv"

File = Annotated[
    Path,
    typer.Argument(
        metavar="BOXES",
        help="One row a box: item, annotator, label, x, y, width, height. Parquet or CSV.",
    ),
]
AtLeast = Annotated[
    float,
    typer.Option(
        "--at-least",
        metavar="IOU",
        min=0.0,
        max=1.0,
        help="By how much every two boxes of one thing overlap.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(no_args_is_help=True, help="Put the shapes of several annotators together.")
    group.command("merge", epilog=_MERGE)(merge)
    app.add_typer(group, name="shapes")


def merge(  # noqa: PLR0913 - each says one thing about the file or the question
    path: File,
    *,
    at_least: AtLeast = 0.5,
    fuse: Annotated[
        Literal["edge_median", "weighted_boxes", "medoid", "nearest_to_mean"],
        typer.Option("--fuse", help="How several boxes become one."),
    ] = "edge_median",
    rule: Annotated[
        Literal["native", "cvat", "datumaro"],
        typer.Option(
            "--rule",
            help="Which boxes are one thing: the best partition, or as a peer would have it.",
        ),
    ] = "native",
    presence: Annotated[
        str | None,
        typer.Option(
            "--presence",
            metavar="METHOD",
            help="Infer how probable each thing is: one_coin, dawid_skene and others of `gk truth`. "
            "Default: the share of those who drew it.",
        ),
    ] = None,
    identity: Annotated[
        Literal["known", "anonymous"],
        typer.Option(
            "--identity",
            help="known: one name is one person; anonymous: methods that learn about annotators refuse.",
        ),
    ] = "known",
    keep: Annotated[
        float,
        typer.Option(
            "--keep",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Write only what is there with at least this presence.",
        ),
    ] = 0.0,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The records: .csv or .parquet."),
    ] = None,
    members: Annotated[
        Path | None,
        typer.Option(
            "--members", metavar="FILE", help="Which record each row of BOXES belongs to."
        ),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Put the boxes of several annotators together: which are one thing, where it is, and how sure that is.

    A row without a box says that the annotator looked and found nothing. Needs no repository.
    """
    from groundkeeper import box_files, merged_boxes  # noqa: PLC0415 - Arrow, which --help does without
    from groundkeeper.core.shapes.rules import Rule  # noqa: PLC0415

    if presence is not None:
        from groundkeeper.core.truth.methods import refuse_anonymous  # noqa: PLC0415 - pandas
        from schemas.enums import Identity  # noqa: PLC0415

        refuse_anonymous(presence, Identity(identity))
    file = box_files.read(path)
    asked = merged_boxes.Asked(at_least, Rule(rule), fuse, presence)
    found = merged_boxes.merged_boxes(file, asked)
    table = merged_boxes.table_of(file, found, keep)
    tables = {out: table} if out else {}
    if members:
        tables[members] = merged_boxes.members_of(file, found)
    if tables:
        from groundkeeper import written_tables  # noqa: PLC0415

        written_tables.write(tables, keep=(path,))
    document = merged_boxes.summary(file, found, table)
    if as_json:
        output.print_json(document)
        return
    output.warn(document.pop("warnings"))
    rows = [[name.replace("_", " "), _shown(value)] for name, value in document.items()]
    output.print_table(("", str(path)), rows, numbers={1})


def _shown(value: float | None) -> str:
    if value is None:
        return "undefined"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
