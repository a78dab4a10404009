"""What ``gk score files`` can be told, each an argument or an option with its words."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Truth = Annotated[
    Path,
    typer.Argument(
        metavar="TRUTH",
        help="Answers, .jsonl; a table, .csv or .parquet, of boxes (item, label, x, y, width, height), of spans "
        "(item, start, end, label) or of values (item, and class or value); a COCO dataset, .json; or a task of "
        "CVAT, .json, which holds both sides.",
    ),
]
Said = Annotated[
    Path | None,
    typer.Argument(
        metavar="SAID",
        help="What is scored, of the same kind: annotators or models in it are scored each on their own. Of COCO a "
        "list of results; of a task of CVAT nothing.",
    ),
]
Profile = Annotated[
    Literal["native", "cvat"],
    typer.Option(
        "--profile",
        help="native: what is undefined is said to be. cvat: the figures of CVAT, its known errors included.",
    ),
]
MatchIou = Annotated[
    float | None,
    typer.Option(
        "--match-iou",
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Smallest similarity of two objects that are one thing; of spans, of their characters. "
        "Default: 0.4, of spans 0.5, of a task of CVAT what it says, as of all settings.",
    ),
]
LowOverlap = Annotated[
    float | None,
    typer.Option(
        "--low-overlap",
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Below it a match is worth a look. Default: 0.8.",
    ),
]
OksSigma = Annotated[
    float | None,
    typer.Option(
        "--oks-sigma",
        min=0.001,
        max=1.0,
        metavar="SHARE",
        help="How far apart people put the same point, in roots of the area of the thing. Default: 0.09.",
    ),
]
PointSize = Annotated[
    Literal["group", "image"] | None,
    typer.Option(
        "--point-size",
        help="What the size of single points is taken from: the box of their group, or the image. Default: group.",
    ),
]
LineThickness = Annotated[
    float | None,
    typer.Option(
        "--line-thickness",
        min=0.0001,
        max=1.0,
        metavar="SHARE",
        help="Half the width of a line, in roots of the area of the image. Default: 0.01.",
    ),
]
LineOrientation = Annotated[
    float | None,
    typer.Option(
        "--line-orientation",
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="How much more alike a line must be when it is turned, to be taken for one that runs the other way. "
        "Default: 0.1.",
    ),
]
NoLineOrientation = Annotated[
    bool, typer.Option("--no-line-orientation", help="Do not compare the direction of lines.")
]
NoAttributes = Annotated[bool, typer.Option("--no-attributes", help="Do not compare attributes.")]
IgnoreAttribute = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore-attribute",
        metavar="NAME",
        help="An attribute that is not compared; may be given again.",
    ),
]
Groups = Annotated[
    float | None,
    typer.Option(
        "--groups",
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Smallest share of a group that must be common. Default: 0.5.",
    ),
]
NoGroups = Annotated[
    bool, typer.Option("--no-groups", help="Do not compare which objects belong together.")
]
Visible = Annotated[
    float | None,
    typer.Option(
        "--visible",
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Share of an object below which it counts as covered by others. Default: 0.05.",
    ),
]
NoVisible = Annotated[bool, typer.Option("--no-visible", help="Do not look for covered objects.")]
NoPanoptic = Annotated[
    bool,
    typer.Option(
        "--no-panoptic", help="Compare all of an area, and not only what can be seen of it."
    ),
]
EmptyIsAnnotated = Annotated[
    bool,
    typer.Option(
        "--empty-is-annotated",
        help="With --profile cvat: a frame in which both sides have nothing is an agreement.",
    ),
]
Image = Annotated[
    str | None,
    typer.Option("--image", metavar="WxH", help="Size of all items in pixels, such as 640x480."),
]
Items = Annotated[
    Path | None,
    typer.Option(
        "--items",
        metavar="FILE",
        help="Table: item, and if known width and height in pixels, and group: intervals are by group.",
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="A,B,C",
        help="All classes that there are; objects said to be of another one are left out, and counted.",
    ),
]
Grades = Annotated[
    str | None,
    typer.Option(
        "--grades",
        metavar="A,B,C",
        help="Of values: they are grades, in this order, lowest first.",
    ),
]
Confidence = Annotated[
    float | None,
    typer.Option(
        "--confidence",
        min=0.0,
        max=1.0,
        help="From which confidence on an object counts as said; average precision takes all. Default: 0.5 of COCO "
        "results, else all count.",
    ),
]
Absent = Annotated[
    Literal["empty", "unanswered"] | None,
    typer.Option(
        "--absent",
        help="What it means that SAID has nothing of an item: that it was found empty, or that nobody looked. "
        "Default: empty for a table of boxes with a confidence, else unanswered. Not of COCO and of values.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Of the random numbers behind intervals.")]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write the figures to it, .csv or .parquet."),
]
Conflicts = Annotated[
    Path | None,
    typer.Option(
        "--conflicts", metavar="FILE", help="Write what to look at to it, .csv or .parquet."
    ),
]
Confusion = Annotated[bool, typer.Option("--confusion", help="Show what is taken for what.")]
