"""From two files to one document: figures, what is taken for what, what to look at, and what was left out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import pandas as pd

from groundkeeper import column_files
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.measures import tabulate
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.confusion import confusion_of
from groundkeeper.core.scoring.detection.average_precision import average_precision
from groundkeeper.core.scoring.detection.detections import detections
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.errors import RefusedError, TableError, listing
from groundkeeper.files import TABLE_ENDINGS
from groundkeeper.reports import undefined
from groundkeeper.scored_files import answers, boxes, coco, coco_files, spans, values
from groundkeeper.scored_files.cvat_measures import cvat_measures
from groundkeeper.scored_files.items import groups_of, sizes_of
from groundkeeper.scored_files.objects import figures_of, held, units_of
from groundkeeper.scored_files.sides import (
    Side,
    geometry_of,
    inside,
    of_classes,
    of_items,
    once,
    require_one_answer,
    require_pixels,
    with_foreign_told,
    with_somebody,
    within,
)
from schemas.scoring import CONFLICTS

Kind: TypeAlias = Literal["answers", "boxes", "coco", "spans", "values"]
OBJECTS: Final = frozenset({"answers", "boxes"})
COCO_CUT: Final = 0.5
"""The confidence from which on a COCO result is held for said, where nobody chooses another; AP needs no such cut."""
HOW: Final = Resampling(rounds=1000, seed=0, confidence=0.95, interval=covering)


@dataclass(frozen=True)
class Asked:
    """How two files are held against one another.

    Attributes
    ----------
    settings : Settings
        Of objects; of spans, ``match_iou`` is the share of characters in common.
    image : (int, int), optional
        Width and height of every item of which nothing else is said, px.
    items : DataFrame, optional
        What ``items.read`` returned.
    labels : tuple of str, optional
        All classes that there are.
    grades : tuple of str, optional
        Values in their order.
    confidence : float, optional
        From which on what is said counts as said.
    absent : {"empty", "unanswered"}, optional
        What it means that there is nothing of an item in what is scored.
    how : Resampling
        How intervals are made.
    """

    settings: Settings = field(default_factory=Settings)
    image: tuple[int, int] | None = None
    items: pd.DataFrame | None = None
    labels: tuple[str, ...] | None = None
    grades: tuple[str, ...] | None = None
    confidence: float | None = None
    absent: Literal["empty", "unanswered"] | None = None
    how: Resampling = HOW


@dataclass(frozen=True)
class Document:
    """What two files make together.

    Attributes
    ----------
    head : dict
        What was compared, how, on how much, and what was left out.
    measures, outcomes, confusion, conflicts : DataFrame
        The tables of these names.
    reports : dict
        In profile ``cvat``, the report of each subject as CVAT has it.
    """

    head: Mapping[str, Any]
    measures: pd.DataFrame
    outcomes: pd.DataFrame
    confusion: pd.DataFrame
    conflicts: pd.DataFrame
    reports: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return everything as one document of JSON's types."""
        tables = {
            "figures": self.measures,
            "confusion": self.confusion,
            "conflicts": self.conflicts,
            "outcomes": self.outcomes,
        }
        listed = {name: undefined.rows(table) for name, table in tables.items()}
        document = {**undefined.plain(self.head), **listed}
        return {**document, "cvat": undefined.plain(self.reports)} if self.reports else document


def score_files(truth: Path, said: Path, asked: Asked) -> Document:
    """Return how well the file *said* does against the file *truth*.

    Raises
    ------
    TableError, FormatError, RefusedError
        If a file is not what its ending says, or the two cannot be compared; the message has the place.
    """
    kinds = kind_of(truth), kind_of(said)
    if kinds == ("coco", "coco"):
        return _coco(truth, said, asked)
    if set(kinds) <= OBJECTS:
        return _objects(_side(truth), _side(said), asked)
    if kinds[0] == kinds[1]:
        return _values(truth, said, kinds[0], asked)
    message = (
        f"found {kinds[0]} in {truth} and {kinds[1]} in {said}; allowed are two files of answers or boxes, two of "
        "COCO, two tables of values, or two of spans"
    )
    raise RefusedError(message)


def kind_of(path: Path) -> Kind:
    """Return what a file holds, by its ending, and of a table by its columns.

    Raises
    ------
    TableError
        If it is nothing that can be scored.
    """
    ending = path.suffix.lower()
    if ending == ".jsonl":
        return "answers"
    if ending == ".json":
        return "coco"
    if ending not in TABLE_ENDINGS:
        allowed = listing([".jsonl", ".json", *TABLE_ENDINGS])
        message = f"{path}: found the ending {ending or 'none'}; allowed are {allowed}; name it so"
        raise TableError(message)
    file = column_files.find(path)
    if boxes.is_of_boxes(file):
        return "boxes"
    if spans.is_of_spans(file):
        return "spans"
    if values.is_of_values(file):
        return "values"
    message = (
        f"{path}: found the columns {listing(file.names)}; needed are those of a box (x, y, width, height), of a span "
        "(start, end, label), or of a value (class, or value)"
    )
    raise TableError(message)


def _side(path: Path) -> Side:
    if path.suffix.lower() in TABLE_ENDINGS:
        return boxes.read(column_files.find(path), path.stem)
    return answers.read(path)


def _objects(truth: Side, said: Side, asked: Asked) -> Document:
    require_one_answer(truth)
    require_pixels(truth)
    truth, said = _prepared(truth, with_somebody(said, asked.absent), asked)
    said, missing = _with_absent(truth, said, asked)
    sizes = sizes_of(truth.items, asked.image, asked.items)
    document = _scored(truth, _sure(said, asked.confidence), asked, sizes, missing)
    if said.shapes["confidence"].isna().all():
        return document
    tables, warnings = [document.measures], list(document.head["warnings"])
    for who in said.annotators:
        try:
            tables.append(_precision(truth, said, who, sizes, asked))
        except RefusedError as error:
            warnings.append(f"no average precision of {who}: {error}")
    measures = pd.concat(tables, ignore_index=True)
    return replace(document, measures=measures, head={**document.head, "warnings": warnings})


def _precision(
    truth: Side, said: Side, who: str, sizes: pd.DataFrame, asked: Asked
) -> pd.DataFrame:
    """Return average precision and recall of all that *who* said, however little confident."""
    looked = said.looked.loc[said.looked["annotator"] == who, "item"]
    ours = truth.shapes[within(truth.shapes["item"], looked)]
    theirs = said.shapes[said.shapes["annotator"] == who]
    images = units_of(sorted(looked), [ours, theirs]).merge(
        sizes.rename_axis("item").reset_index(), on="item"
    )
    sides = [side.assign(geometry=geometry_of(side)) for side in (ours, theirs)]
    found = detections(sides[0], sides[1], images)
    group = groups_of(truth.items, asked.items).set_index("item_id")["group_id"]
    groups = {image: group[item] for image, item in found.item_of.items()}
    return average_precision(found.truth, found.said, found.by, who, how=asked.how, groups=groups)


def _coco(truth: Path, said: Path, asked: Asked) -> Document:
    if not coco_files.is_dataset(truth):
        message = f"{truth}: found results; the truth is a dataset with images, annotations and categories"
        raise RefusedError(message)
    if coco_files.is_dataset(said):
        message = f"{said}: found a dataset; allowed is a list of results, with a score each"
        raise RefusedError(message)
    dataset, results = coco_files.read_dataset(truth), coco_files.read_results(said)
    ours, theirs = coco.truth_of(dataset, results.by), coco.said_of(results, dataset, said.stem)
    require_one_answer(ours)
    every = ours
    ours, theirs = _prepared(ours, theirs, replace(asked, items=_with_sizes(dataset, asked.items)))
    counted = coco.kept_dataset(dataset, every, ours)
    kept = coco.kept_results(results, theirs)
    cut = COCO_CUT if asked.confidence is None else asked.confidence
    sizes = sizes_of(ours.items, asked.image, _with_sizes(dataset, asked.items))
    document = _scored(ours, _sure(theirs, cut), asked, sizes, {})
    groups = groups_of(ours.items, asked.items).set_index("item_id")["group_id"]
    precision = average_precision(
        counted,
        kept,
        results.by,
        said.stem,
        how=asked.how,
        groups={one["id"]: groups[str(one["id"])] for one in dataset.dataset["images"]},
    )
    measures = pd.concat([document.measures, precision], ignore_index=True)
    return replace(document, measures=measures, head={**document.head, "confidence_cut": cut})


def _with_sizes(dataset: coco_files.Dataset, items: pd.DataFrame | None) -> pd.DataFrame:
    """Return what is known of items, with the sizes that the dataset states."""
    known = dataset.sizes
    if items is None:
        return known.assign(group_id=known.index)
    return items.reindex(known.index).assign(**{name: known[name] for name in ("width", "height")})


def _prepared(truth: Side, said: Side, asked: Asked) -> tuple[Side, Side]:
    """Return both sides without what cannot be scored, which is counted."""
    as_cvat = asked.settings.profile == "cvat"
    said = of_items(said, truth)
    said = said if as_cvat else once(said)
    classes = asked.labels or truth.classes
    if asked.labels is not None:
        strange = sorted(set(truth.shapes["label"].dropna()) - set(asked.labels))
        if strange:
            found, allowed = listing(strange), listing(asked.labels)
            message = f"{truth.path}: found the classes {found}; allowed by --labels is {allowed}"
            raise TableError(message)
    said = with_foreign_told(said, truth) if classes is None else of_classes(said, classes)
    if as_cvat:
        return truth, said
    sizes = sizes_of(truth.items, asked.image, asked.items)
    return inside(truth, sizes), inside(said, sizes)


def _with_absent(truth: Side, said: Side, asked: Asked) -> tuple[Side, dict[str, int]]:
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
    looked = pd.DataFrame(every, columns=["annotator", "item"])
    count = sum(missing.values())
    told = f"{said.path.name}: items of which nothing is said, taken to be found empty: {count:,}"
    return replace(said, looked=looked, warnings=[*said.warnings, told]), {}


def _sure(said: Side, cut: float | None) -> Side:
    if cut is None:
        return said
    return said.without(said.shapes["confidence"] < cut, f"objects with a confidence below {cut:g}")


def _scored(
    truth: Side, said: Side, asked: Asked, sizes: pd.DataFrame, missing: Mapping[str, int]
) -> Document:
    warnings = [*truth.warnings, *said.warnings]
    unknown = int(sizes.isna().any(axis=1).sum())
    if unknown:
        warnings.append(
            f"the size of {unknown:,} items is not known (--image, --items): areas are compared exactly as they were "
            "drawn, and nothing of these is known to be outside"
        )
    if not said.annotators:
        message = (
            f"{said.path}: holds nothing about any item of {truth.path}; the names of items have to be the same; if a "
            "file without any says that there is nothing: --absent empty"
        )
        raise TableError(message)
    _require_classes(truth, said, asked.settings)
    known = None if unknown else sizes
    found = [held(truth, said, who, known, asked.settings, asked.labels) for who in said.annotators]
    outcomes = pd.concat([one.outcomes for one in found], ignore_index=True)
    conflicts = pd.concat([one.conflicts for one in found], ignore_index=True)
    items = groups_of(truth.items, asked.items)
    scored = items[items["item_id"].isin(outcomes["item_id"].unique())]
    without = {f"items without an answer of {who}": count for who, count in missing.items()}
    of_truth = {f"{why}, of the truth": count for why, count in truth.excluded.items()}
    excluded = {**of_truth, **said.excluded, **without}
    head = _head(truth.path, said.path, "objects", asked, scored, excluded, warnings)
    head["subjects"] = said.annotators
    reports: dict[str, Any] = {}
    if asked.settings.profile == "cvat":
        reports = {one.subject: one.report(asked.settings) for one in found}
        measures = cvat_measures(reports, scored["group_id"].nunique())
    else:
        figures = [each for one in found for each in figures_of(outcomes, conflicts, one.subject)]
        measures = tabulate(figures, items, [], asked.how)
    return Document(head, measures, outcomes, confusion_of(outcomes), conflicts, reports)


def _values(truth: Path, said: Path, kind: Kind, asked: Asked) -> Document:
    ours, theirs = column_files.find(truth), column_files.find(said)
    if kind == "spans":
        absent_is_empty = asked.absent == "empty"
        found = spans.score_spans(
            ours, theirs, said.stem, asked.settings.match_iou, absent_is_empty=absent_is_empty
        )
    else:
        found = values.score_values(ours, theirs, said.stem, asked.grades)
    if not found.items:
        message = f"{said}: holds nothing about any item of {truth}; the names of items have to be the same"
        raise TableError(message)
    items = groups_of(found.items, asked.items)
    head = _head(truth, said, found.kind, asked, items, found.excluded, found.warnings)
    head["subjects"] = [said.stem]
    return Document(
        head,
        tabulate(found.figures, items, [], asked.how),
        found.outcomes,
        confusion_of(found.outcomes),
        pd.DataFrame(columns=list(CONFLICTS.columns)),
        {},
    )


def _head(  # noqa: PLR0913, PLR0917 - what a document begins with, each by its name
    truth: Path,
    said: Path,
    kind: str,
    asked: Asked,
    items: pd.DataFrame,
    excluded: Mapping[str, int],
    warnings: Sequence[str],
) -> dict[str, Any]:
    settings = {
        **asdict(asked.settings),
        "ignored_attributes": list(asked.settings.ignored_attributes),
    }
    digest = hashlib.sha256(canonical_json(settings).encode()).hexdigest()
    return {
        "truth": str(truth),
        "said": str(said),
        "kind": kind,
        "profile": asked.settings.profile,
        "settings": settings,
        "settings_digest": digest,
        "items": len(items),
        "groups": int(items["group_id"].nunique()),
        "excluded": dict(excluded),
        "warnings": list(warnings),
    }


def _require_classes(truth: Side, said: Side, settings: Settings) -> None:
    """Refuse what CVAT does not have: an object without a class."""
    for side in (truth, said):
        if settings.profile == "cvat" and side.shapes["label"].isna().any():
            message = f"{side.path}: found an object without a class; --profile cvat needs one of each; state them"
            raise RefusedError(message)
