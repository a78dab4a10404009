"""``gk score files``: how well one file does against another; anybody's files, no repository."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from groundkeeper.cli import output

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from groundkeeper.scored_files.scored import Document

_EXAMPLE = (
    "Example: gk score files truth.jsonl said.jsonl --image 640x480 --conflicts conflicts.csv"
)
_LONG = 1e9
"""From it on a figure is printed as a power of ten."""
_SHOWN = 40
"""How many cells of confusion a table shows."""


def register(group: typer.Typer) -> None:
    """Add the command to *group*."""
    group.command("files", epilog=_EXAMPLE)(command)


def command(  # noqa: PLR0913 - each says one thing about the files or the question
    truth: Annotated[
        Path,
        typer.Argument(
            metavar="TRUTH",
            help="Answers, .jsonl; a table, .csv or .parquet, of boxes (item, label, x, y, width, height), of spans "
            "(item, start, end, label) or of values (item, and class or value); or a COCO dataset, .json.",
        ),
    ],
    said: Annotated[
        Path,
        typer.Argument(
            metavar="SAID",
            help="What is scored, of the same kind: annotators or models in it are scored each on their own. Of COCO a "
            "list of results.",
        ),
    ],
    *,
    profile: Annotated[
        Literal["native", "cvat"],
        typer.Option(
            "--profile",
            help="native: what is undefined is said to be. cvat: the figures of CVAT, its known errors included.",
        ),
    ] = "native",
    match_iou: Annotated[
        float | None,
        typer.Option(
            "--match-iou",
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="Smallest similarity of two objects that are one thing; of spans, of their characters. "
            "Default: 0.4, and 0.5 of spans.",
        ),
    ] = None,
    low_overlap: Annotated[
        float,
        typer.Option(
            "--low-overlap",
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="Below it a match is worth a look.",
        ),
    ] = 0.8,
    oks_sigma: Annotated[
        float,
        typer.Option(
            "--oks-sigma",
            min=0.001,
            max=1.0,
            metavar="SHARE",
            help="How far apart people put the same point, in roots of the area of the thing.",
        ),
    ] = 0.09,
    point_size: Annotated[
        Literal["group", "image"],
        typer.Option(
            "--point-size",
            help="What the size of single points is taken from: the box of their group, or the image.",
        ),
    ] = "group",
    line_thickness: Annotated[
        float,
        typer.Option(
            "--line-thickness",
            min=0.0001,
            max=1.0,
            metavar="SHARE",
            help="Half the width of a line, in roots of the area of the image.",
        ),
    ] = 0.01,
    line_orientation: Annotated[
        float,
        typer.Option(
            "--line-orientation",
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="How much more alike a line must be when it is turned, to be taken for one that runs the other way.",
        ),
    ] = 0.1,
    no_line_orientation: Annotated[
        bool, typer.Option("--no-line-orientation", help="Do not compare the direction of lines.")
    ] = False,
    no_attributes: Annotated[
        bool, typer.Option("--no-attributes", help="Do not compare attributes.")
    ] = False,
    ignore_attribute: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore-attribute",
            metavar="NAME",
            help="An attribute that is not compared; may be given again.",
        ),
    ] = None,
    groups: Annotated[
        float,
        typer.Option(
            "--groups",
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="Smallest share of a group that must be common.",
        ),
    ] = 0.5,
    no_groups: Annotated[
        bool, typer.Option("--no-groups", help="Do not compare which objects belong together.")
    ] = False,
    visible: Annotated[
        float,
        typer.Option(
            "--visible",
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="Share of an object below which it counts as covered by others.",
        ),
    ] = 0.05,
    no_visible: Annotated[
        bool, typer.Option("--no-visible", help="Do not look for covered objects.")
    ] = False,
    no_panoptic: Annotated[
        bool,
        typer.Option(
            "--no-panoptic", help="Compare all of an area, and not only what can be seen of it."
        ),
    ] = False,
    empty_is_annotated: Annotated[
        bool,
        typer.Option(
            "--empty-is-annotated",
            help="With --profile cvat: a frame in which both sides have nothing is an agreement.",
        ),
    ] = False,
    image: Annotated[
        str | None,
        typer.Option(
            "--image", metavar="WxH", help="Size of all items in pixels, such as 640x480."
        ),
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option(
            "--items",
            metavar="FILE",
            help="Table: item, and if known width and height in pixels, and group: intervals are by group.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="A,B,C",
            help="All classes that there are; objects said to be of another one are left out, and counted.",
        ),
    ] = None,
    grades: Annotated[
        str | None,
        typer.Option(
            "--grades",
            metavar="A,B,C",
            help="Of values: they are grades, in this order, lowest first.",
        ),
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option(
            "--confidence",
            min=0.0,
            max=1.0,
            help="From which confidence on an object counts as said; average precision takes all. Default: 0.5 of COCO "
            "results, else all count.",
        ),
    ] = None,
    absent: Annotated[
        Literal["empty", "unanswered"] | None,
        typer.Option(
            "--absent",
            help="What it means that SAID has nothing of an item: that it was found empty, or that nobody looked. "
            "Default: empty for a table of boxes with a confidence and for COCO, else unanswered, as always of values.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Of the random numbers behind intervals.")
    ] = 0,
    table: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write the figures to it, .csv or .parquet."),
    ] = None,
    conflicts: Annotated[
        Path | None,
        typer.Option(
            "--conflicts", metavar="FILE", help="Write what to look at to it, .csv or .parquet."
        ),
    ] = None,
    confusion: Annotated[
        bool, typer.Option("--confusion", help="Show what is taken for what.")
    ] = False,
    as_json: output.AsJson = False,
) -> None:
    """Score what is said against what is true: figures with intervals, what is taken for what, what to look at.

    What cannot be judged is left out and counted: items that TRUTH does not have, classes that it does not know,
    objects outside their image, the same said twice.
    """
    from dataclasses import replace  # noqa: PLC0415 - as the others

    from groundkeeper.core.scoring.objects.settings import Settings  # noqa: PLC0415 - numpy, which --help does without
    from groundkeeper.core.scoring.spans import OVERLAP  # noqa: PLC0415 - as above
    from groundkeeper.scored_files import items as item_files  # noqa: PLC0415 - as above
    from groundkeeper.scored_files import scored  # noqa: PLC0415 - as above

    usual = OVERLAP if scored.kind_of(truth) == "spans" else Settings().match_iou
    asked = scored.Asked(
        settings=Settings(
            profile=profile,
            match_iou=usual if match_iou is None else match_iou,
            low_overlap=low_overlap,
            oks_sigma=oks_sigma,
            point_size=point_size,
            line_thickness=line_thickness,
            line_orientation=None if no_line_orientation else line_orientation,
            attributes=not no_attributes,
            ignored_attributes=tuple(sorted(ignore_attribute or ())),
            groups=None if no_groups else groups,
            visible=None if no_visible else visible,
            panoptic=not no_panoptic,
            empty_is_annotated=empty_is_annotated,
        ),
        image=None if image is None else item_files.size_of(image),
        items=None if items is None else item_files.read(items),
        labels=_names(labels),
        grades=_names(grades),
        confidence=confidence,
        absent=absent,
        how=replace(scored.HOW, seed=seed),
    )
    found = scored.score_files(truth, said, asked)
    tables = {table: found.measures, conflicts: found.conflicts}
    if wanted := {path: one for path, one in tables.items() if path is not None}:
        from groundkeeper import written_tables  # noqa: PLC0415 - as above

        written_tables.write(wanted, keep=(truth, said, items))
    if as_json:
        output.print_json(found.as_json())
        return
    _print(found, with_confusion=confusion)


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def _number(row: "Mapping[Hashable, Any]") -> str:
    """Return a figure with its interval; one with many digits before the point as a power of ten."""
    from groundkeeper.reports.undefined import number  # noqa: PLC0415 - as above

    value, low, high = row["value"], row["low"], row["high"]
    if not any(abs(one) >= _LONG for one in (value, low, high)):
        return number(value, low, high, note=row["note"])
    reach = "" if math.isnan(low) or math.isnan(high) else f" [{low:.3g}, {high:.3g}]"
    return f"{value:.3g}{reach}"


def _print(found: "Document", *, with_confusion: bool) -> None:
    output.warn(found.head["warnings"])
    measures = found.measures
    shown = measures[measures["subject"].isin(found.head["subjects"])]
    rows = [
        (
            row["subject"],
            row["measure"],
            _number(row),
            f"{row['n']:,}",
            f"{row['groups']:,}",
        )
        for row in shown.to_dict("records")
    ]
    output.print_table(("subject", "measure", "value", "n", "groups"), rows, numbers={3, 4})
    if len(measures) > len(shown):
        typer.echo(f"and {len(measures) - len(shown):,} of single classes: --csv FILE, --json")
    if with_confusion:
        cells = found.confusion.head(_SHOWN).to_dict("records")
        output.print_table(
            ("subject", "said", "truth", "n"),
            [tuple(cell.values()) for cell in cells],
            numbers={3},
        )
    for why, count in found.head["excluded"].items():
        typer.echo(f"left out: {why}: {count:,}")
    if len(found.conflicts):
        kinds = found.conflicts["conflict"].value_counts().sort_index()
        told = ", ".join(f"{kind} {count:,}" for kind, count in kinds.items())
        typer.echo(f"to look at: {told}")
