"""``gk shapes``: what the shapes of several annotators make together; of anybody's file."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from groundkeeper.cli import output

_MERGE = "Example: gk shapes merge boxes.csv --at-least 0.5 --keep 0.5 --out records.csv"
_AGREE = "Example: gk shapes agree boxes.csv --at-least 0.5"
_MISSED = "Example: gk shapes missed boxes.csv --independence blind"

File = Annotated[
    Path,
    typer.Argument(
        metavar="SHAPES",
        help="Parquet or CSV, one row a box: item, annotator, label, x, y, width, height; or answers, .jsonl.",
    ),
]
AtLeast = Annotated[
    float,
    typer.Option(
        "--at-least",
        metavar="SHARE",
        min=0.01,
        max=1.0,
        help="From what similarity on two shapes are alike: IoU of areas, OKS of points.",
    ),
]
Known = Annotated[
    Literal["known", "anonymous"],
    typer.Option(
        "--identity",
        help="known: one name is one person; anonymous: nothing is learned about annotators.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(no_args_is_help=True, help="Put the shapes of several annotators together.")
    group.command("merge", epilog=_MERGE)(merge)
    group.command("agree", epilog=_AGREE)(agree)
    group.command("missed", epilog=_MISSED)(missed)
    app.add_typer(group, name="shapes")


def merge(  # noqa: PLR0913 - each says one thing about the file or the question
    path: File,
    *,
    at_least: AtLeast = 0.4,
    fuse: Annotated[
        Literal[
            "edge_median",
            "weighted_boxes",
            "medoid",
            "nearest_to_mean",
            "majority_region",
            "staple",
            "by_kind",
        ]
        | None,
        typer.Option(
            "--fuse",
            help="How several shapes become one. Of a table of boxes: edge_median (default), weighted_boxes, medoid, "
            "nearest_to_mean (the box most like the mean of all). Of answers: by_kind (default), majority_region, "
            "staple, edge_median, weighted_boxes, medoid.",
        ),
    ] = None,
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
            help="Infer how probable each thing is: dawid_skene or ibcc, as for a crowd. "
            "Default: the share of those who drew it.",
        ),
    ] = None,
    identity: Known = "known",
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
        typer.Option(
            "--out", metavar="FILE", help="The records: .csv or .parquet; of answers .jsonl."
        ),
    ] = None,
    members: Annotated[
        Path | None,
        typer.Option(
            "--members",
            metavar="FILE",
            help="Which record each row of a table of boxes belongs to.",
        ),
    ] = None,
    as_json: output.AsJson = False,
) -> None:
    """Put the shapes of several annotators together: which are one thing, where it is, and how sure that is.

    Who looked and found nothing counts: a row without a box, an empty answer. Needs no repository.
    """
    from groundkeeper import merged_shapes  # noqa: PLC0415 - numpy, which --help does without

    asked = merged_shapes.Asked(at_least, rule, fuse, presence, keep, is_known=identity == "known")
    document = merged_shapes.merge_file(path, asked, out, members)
    if as_json:
        output.print_json(document)
        return
    output.warn(document.pop("warnings"))
    rows = [[name.replace("_", " "), _shown(value)] for name, value in document.items()]
    output.print_table(("", str(path)), rows, numbers={1})


def agree(
    path: File,
    *,
    at_least: AtLeast = 0.4,
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, metavar="N", help="Bootstrap resamples of groups.")
    ] = 1000,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", metavar="N", help="Of the resamples; the same seed, the same intervals."
        ),
    ] = 1,
    as_json: output.AsJson = False,
) -> None:
    """Say how far annotators agree on what is there, what it is and where it is, at several thresholds.

    Alpha counts who drew an object, what it was called, and who looked and did not draw it. It depends on the
    threshold, and stands beside F1 and the mean IoU of what was matched.
    """
    from groundkeeper import shape_marks  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.cli import agreement_tables  # noqa: PLC0415 - as above
    from groundkeeper.core.estimates import Resampling  # noqa: PLC0415
    from groundkeeper.reports import undefined  # noqa: PLC0415

    marks, warnings = shape_marks.read(path)
    table = shape_marks.agreement(marks, at_least, Resampling(rounds, seed, 0.95))
    rows = undefined.rows(table)
    if as_json:
        output.print_json(rows)
        return
    output.warn(warnings)
    agreement_tables.print_tables(rows, at_least)


def missed(
    path: File,
    *,
    independence: Annotated[
        Literal["blind", "unblinded", "unknown"],
        typer.Option("--independence", help="Whether annotators saw one another's shapes."),
    ],
    at_least: AtLeast = 0.4,
    identity: Known = "known",
    as_json: output.AsJson = False,
) -> None:
    """Estimate how many objects all annotators missed, at least, from how many were drawn by one or two of them.

    It is refused for reads that are not blind: who sees what others drew misses the same.
    """
    from dataclasses import asdict  # noqa: PLC0415 - as the others

    from groundkeeper import shape_marks  # noqa: PLC0415 - pandas, which --help does without
    from groundkeeper.reports import undefined  # noqa: PLC0415
    from schemas.enums import Independence  # noqa: PLC0415

    marks, warnings = shape_marks.read(path)
    found = shape_marks.overlooked(
        marks,
        at_least,
        Independence(independence),
        known=identity == "known",
        confidence=0.95,
    )
    share = undefined.estimate(found.as_completeness)
    document = undefined.plain(asdict(found)) | {"completeness": share}
    if as_json:
        output.print_json(document)
        return
    output.warn(warnings)
    rows = [
        ("objects found", f"{found.found:,}"),
        ("missed by all, at least", _between(found.missed, found.low, found.high, digits=1)),
        ("completeness, at most", _between(share["value"], share["low"], share["high"], digits=3)),
        ("groups", f"{found.groups:,}"),
        ("objects in items read once", f"{found.read_once:,}"),
    ]
    output.print_table(("", str(path)), rows, numbers={1})
    if found.note:
        typer.echo(found.note)


def _between(value: float | None, low: float | None, high: float | None, *, digits: int) -> str:
    if value is None or value != value:  # noqa: PLR0124 - nan
        return "undefined"
    if low is None or high is None or low != low:  # noqa: PLR0124 - nan
        return f"{value:,.{digits}f}"
    return f"{value:,.{digits}f} [{low:,.{digits}f}, {high:,.{digits}f}]"


def _shown(value: float | None) -> str:
    if value is None:
        return "undefined"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
