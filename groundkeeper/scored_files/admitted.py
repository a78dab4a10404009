"""What of two sides can be scored: the rest is left out and counted, or refused."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.geometry import outside_images
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.shapes.drawn import Floats
from groundkeeper.errors import RefusedError, TableError, listing
from groundkeeper.files import TABLE_ENDINGS
from groundkeeper.scored_files.document import Asked
from groundkeeper.scored_files.items import sizes_of
from groundkeeper.scored_files.sides import Side, bounds_of, geometry_of, within

MIXING: Final = math.pi
"""A factor by which sums of different rows of numbers are hardly ever the same."""


def require_one_answer(truth: Side) -> None:
    """Make sure that no item of the ground truth has two answers.

    Raises
    ------
    TableError
        If one has, or there is none at all.
    """
    if truth.looked.empty:
        message = f"{truth.path}: holds nothing; needed is a ground truth with one item at least"
        raise TableError(message)
    often = truth.looked["item"].value_counts()
    several = sorted(often.index[often > 1])
    if several:
        message = (
            f"{truth.path}: found answers of several annotators to {listing(several)}; allowed is one ground truth of "
            "an item; put them together first: gk shapes merge"
        )
        raise TableError(message)


def require_somebody(truth: Side, said: Side) -> None:
    """Make sure that somebody says something of an item of the *truth*.

    Raises
    ------
    TableError
        If nobody does.
    """
    if not said.annotators:
        message = (
            f"{said.path}: holds nothing about any item of {truth.path}; the names of items have to be the same; if a "
            "file without any says that there is nothing: --absent empty"
        )
        raise TableError(message)


def require_pixels(side: Side) -> None:
    """Make sure that coordinates are of pixels, and not shares of the image.

    Raises
    ------
    TableError
        If every shape lies within one pixel.
    """
    reach = np.abs(bounds_of(side.shapes))
    drawn = np.isfinite(reach).all(axis=1)
    if drawn.any() and (reach[drawn] <= 1).all():
        message = (
            f"{side.path}: found no coordinate beyond 1; allowed are pixels of the image, not shares of its sides; "
            "multiply them by width and height"
        )
        raise TableError(message)


def prepared(truth: Side, said: Side, asked: Asked) -> tuple[Side, Side]:
    """Return both sides without what cannot be scored, which is counted; repeats are left to ``both_once``."""
    said = of_items(said, truth)
    classes = asked.labels or truth.classes
    if asked.labels is not None:
        strange = sorted(set(truth.shapes["label"].dropna()) - set(asked.labels))
        if strange:
            found, allowed = listing(strange), listing(asked.labels)
            message = f"{truth.path}: found the classes {found}; allowed by --labels is {allowed}"
            raise TableError(message)
    said = with_foreign_told(said, truth) if classes is None else of_classes(said, classes)
    if asked.settings.profile == "cvat":
        return truth, said
    sizes = sizes_of(truth.items, asked.image, asked.items)
    return inside(truth, sizes), inside(said, sizes)


def both_once(truth: Side, said: Side, settings: Settings) -> tuple[Side, Side]:
    """Return both sides with each object once, repeats being counted; CVAT, and average precision, count them all."""
    if settings.profile == "cvat":
        return truth, said
    return once(truth), once(said)


def with_absent(truth: Side, said: Side, asked: Asked) -> tuple[Side, dict[str, int]]:
    """Return what was *said*, of all items if nothing said of one means that it is empty, and else of how many not."""
    predicted = (
        bool(said.shapes["confidence"].notna().any()) and said.path.suffix.lower() in TABLE_ENDINGS
    )
    absent = asked.absent or ("empty" if predicted else "unanswered")
    missing = {
        who: len(set(truth.items) - set(said.looked.loc[said.looked["annotator"] == who, "item"]))
        for who in said.annotators
    }
    if absent == "unanswered" or not any(missing.values()):
        return said, {who: count for who, count in missing.items() if count}
    every = [(who, item) for who in said.annotators for item in truth.items]
    looked = pd.DataFrame(every, columns=["annotator", "item"]).merge(said.looked, "left")
    count = sum(missing.values())
    told = f"{said.path.name}: items of which nothing is said, taken to be found empty: {count:,}"
    return replace(said, looked=looked, warnings=[*said.warnings, told]), {}


def sure(said: Side, cut: float | None) -> Side:
    """Return what was *said* with a confidence of *cut* or more, if one is asked for; the rest is counted."""
    if cut is None:
        return said
    kept = said.without(said.shapes["confidence"] < cut, f"objects with a confidence below {cut:g}")
    unsure = kept.left_out["confidence"].astype("float64") < cut
    return replace(kept, left_out=kept.left_out[~unsure])


def require_classes(truth: Side, said: Side, settings: Settings) -> None:
    """Refuse what CVAT does not have: an object without a class."""
    for side in (truth, said):
        if settings.profile == "cvat" and side.shapes["label"].isna().any():
            message = f"{side.path}: found an object without a class; --profile cvat needs one of each; state them"
            raise RefusedError(message)


def of_items(said: Side, truth: Side) -> Side:
    """Return what was *said* of items that *truth* has; the rest is counted."""
    known = set(truth.items)
    strange = sorted(set(said.items) - known)
    if not strange:
        return said
    unknown = pd.Series(~within(said.shapes["item"], known))
    kept = said.without(unknown, "objects in items that the truth does not have")
    excluded = {**kept.excluded, "items that the truth does not have": len(strange)}
    looked = said.looked[within(said.looked["item"], known)].reset_index(drop=True)
    return replace(kept, looked=looked, excluded=excluded)


def of_classes(said: Side, classes: Sequence[str]) -> Side:
    """Return what was *said* to be of one of *classes*, or of none; the rest is counted, class by class."""
    label = said.shapes["label"]
    for name in sorted(set(label.dropna()) - set(classes)):
        of_it = said.shapes["label"] == name
        said = said.without_unjudged(of_it, f"objects of a foreign class: {name}")
    return said


def foreign(said: pd.Series, truth: pd.Series, path: Path) -> list[str]:
    """Return what to say of classes that are *said*, missing ones aside, and are not in the *truth*."""
    known = set(truth.dropna().unique())
    often = {str(name): count for name, count in said.value_counts().items() if name not in known}
    if not often:
        return []
    told = listing(f"{name} ({count:,})" for name, count in sorted(often.items()))
    message = (
        f"{path.name}: found classes that the truth does not have: {told}; they are scored as they are: with --labels, "
        "which names all classes, what is of another one is left out"
    )
    return [message]


def with_foreign_told(said: Side, truth: Side) -> Side:
    """Return what was *said* with a warning of classes that the *truth* does not have, and how often they were said."""
    unknown = said.shapes[~within(said.shapes["label"], truth.shapes["label"].dropna().unique())]
    objects = unknown.drop_duplicates(["annotator", "object"])["label"]
    told = foreign(objects, truth.shapes["label"], said.path)
    bare = int(objects.isna().sum())
    if bare and truth.shapes["label"].notna().any():
        told.append(f"{said.path.name}: objects without a class, which are right nowhere: {bare:,}")
    return replace(said, warnings=[*said.warnings, *told]) if told else said


def with_somebody(said: Side, absent: Literal["empty", "unanswered"] | None) -> Side:
    """Return a file that says nothing at all as that of one who found nothing, if that is what nothing means.

    Who it is says the name of the file; the items are filled in later on, and none is one of its own.
    """
    if absent != "empty" or len(said.looked):
        return said
    return replace(said, nobody=(said.path.stem,))


def inside(side: Side, sizes: pd.DataFrame) -> Side:
    """Return what is in its image at least in part, where the size of that is known; the rest is counted.

    Parameters
    ----------
    side : Side
        Objects.
    sizes : DataFrame
        ``width, height`` in px, indexed by item; nan where they are not known.
    """
    bounds = bounds_of(side.shapes)
    code, distinct = pd.factorize(side.shapes["item"])
    known = sizes.reindex(distinct)[["width", "height"]].to_numpy(dtype=np.float64)[code]
    outside = outside_images(bounds, known)
    beyond = (bounds[:, :2] < 0).any(axis=1) | (bounds[:, 2:] > known).any(axis=1)
    found = side.without_unjudged(pd.Series(outside), "objects that are outside their image")
    count = int((beyond & ~outside).sum())
    if not count:
        return found
    told = f"{side.path.name}: objects that reach beyond their image, and are scored as they are: {count:,}"
    return replace(found, warnings=[*found.warnings, told])


def once(side: Side) -> Side:
    """Return each object once: the same shape of the same class, of the same annotator, said again, is counted."""
    whole = side.shapes
    # Only what lies where another one of its item and frame does can be the same again.
    place = np.column_stack([pd.factorize(whole["item"])[0], whole["frame"], bounds_of(whole)])
    again = pd.Series(_repeated(place))
    shapes = whole[again]
    drawn = geometry_of(shapes)
    said = ["annotator", "item", "frame", "label", "confidence", "attributes", "group", "ignored"]
    told = shapes[said]
    told = told.assign(shape=shapes["shape"].astype(str), drawn=shapely.to_wkb(drawn, hex=True))
    # What is of several frames is one object, and the same again only if all of it is.
    told = told.fillna({"label": "", "group": "", "drawn": ""})
    alone = ~whole.duplicated(["annotator", "object"], keep=False)[again]
    again[again] = (told.duplicated() & alone).to_numpy()
    return side.without(again, "objects that were said once more")


def _repeated(rows: Floats) -> Booleans:
    """Return whether each of *rows*, float64 [n, k], stands there once more, bool [n]."""
    # What is the same has the same sum: only what shares its sum is compared in full.
    total = np.zeros(len(rows))
    for column in rows.T:
        total = total * MIXING + column
    again: Booleans = pd.Series(total).duplicated(keep=False).to_numpy(copy=True)
    again[again] = pd.DataFrame(rows[again]).duplicated(keep=False).to_numpy()
    return again
