"""Which options are of use for which files: one that would do nothing is refused, and says for what it is."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

from groundkeeper.errors import RefusedError, listing

Kind: TypeAlias = Literal["answers", "boxes", "coco", "cvat", "spans", "values"]

TABLES: Final[frozenset[Kind]] = frozenset({"answers", "boxes"})
"""Objects that are not of another tool."""
DRAWN: Final[frozenset[Kind]] = TABLES | {"coco", "cvat"}
"""Objects."""
STATED: Final[frozenset[Kind]] = TABLES | {"coco"}
"""Objects of files that do not say themselves how they are compared."""
IN_WORDS: Final[Mapping[frozenset[Kind], str]] = {
    DRAWN: "objects",
    STATED: "objects; a task of CVAT says that itself",
    DRAWN | {"spans"}: "objects and spans",
    TABLES | {"spans"}: "answers, boxes and spans; COCO and a task of CVAT say that themselves",
    frozenset({"values"}): "values",
}
"""What files of some kinds hold, and why others are not among them."""
OF_USE: Final[Mapping[str, frozenset[Kind]]] = {
    **dict.fromkeys(
        (
            *("--profile", "--low-overlap", "--oks-sigma", "--point-size", "--line-thickness"),
            *("--line-orientation", "--no-line-orientation", "--no-attributes"),
            *("--ignore-attribute", "--groups", "--no-groups", "--visible", "--no-visible"),
            *("--no-panoptic", "--empty-is-annotated", "--conflicts"),
        ),
        DRAWN,
    ),
    **dict.fromkeys(("--image", "--labels", "--confidence"), STATED),
    "--match-iou": DRAWN | {"spans"},
    "--absent": TABLES | {"spans"},
    "--grades": frozenset({"values"}),
}
"""The kinds of files that an option is for; those that are not here are for all."""


def require_of_use(truth: Path, kind: Kind, profile: str, given: Collection[str]) -> None:
    """Make sure that each of the options *given* does something for files of a *kind*.

    Raises
    ------
    RefusedError
        If one does not; the message says for what it is.

    Examples
    --------
    >>> require_of_use(Path("t.csv"), "boxes", "native", ["--grades"])
    Traceback (most recent call last):
    ...
    groundkeeper.errors.RefusedError: found --grades with boxes (t.csv); it is for values; leave it out
    """
    for option in sorted(given):
        if kind not in OF_USE.get(option, {kind}):
            what = IN_WORDS[OF_USE[option]]
            message = (
                f"found {option} with {_called(kind)} ({truth}); it is for {what}; leave it out"
            )
            raise RefusedError(message)
    if "--empty-is-annotated" in given and profile != "cvat":
        message = (
            "found --empty-is-annotated without --profile cvat; natively, nothing on both sides always is an "
            "agreement; leave it out"
        )
        raise RefusedError(message)
    both = [name for name in sorted(given) if name.replace("--", "--no-", 1) in given]
    if both:
        off = [name.replace("--", "--no-", 1) for name in both]
        message = f"found {listing([*both, *off])}; allowed is one of them; leave out the other"
        raise RefusedError(message)


def _called(kind: Kind) -> str:
    return {"coco": "COCO", "cvat": "a task of CVAT"}.get(kind, kind)
