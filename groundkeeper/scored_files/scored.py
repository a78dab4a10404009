"""From two files to one document: figures, what is taken for what, what to look at, and what was left out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from groundkeeper import column_files
from groundkeeper.core.agreement.months import MONTH, month_of_items
from groundkeeper.core.measures import Figure, tabulate
from groundkeeper.core.scoring.confusion import confusion_of
from groundkeeper.core.scoring.detection.average_precision import average_precision
from groundkeeper.core.scoring.detection.detections import detections
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.spans import OVERLAP
from groundkeeper.errors import RefusedError, TableError, listing
from groundkeeper.files import TABLE_ENDINGS
from groundkeeper.scored_files import (
    answers,
    boxes,
    coco,
    coco_files,
    cvat_files,
    cvat_task,
    spans,
    values,
)
from groundkeeper.scored_files.admitted import (
    both_once,
    prepared,
    require_classes,
    require_one_answer,
    require_pixels,
    require_somebody,
    sure,
    with_absent,
    with_somebody,
)
from groundkeeper.scored_files.cvat_measures import cvat_measures
from groundkeeper.scored_files.cvat_reports import subject_report, task_reports
from groundkeeper.scored_files.document import Asked, Document, head_of
from groundkeeper.scored_files.items import groups_of, sizes_of
from groundkeeper.scored_files.json_files import told_in
from groundkeeper.scored_files.objects import figures_of, held, units_of
from groundkeeper.scored_files.sides import WHEN, Side, geometry_of, within
from groundkeeper.scored_files.use import TABLES, Kind, require_of_use
from schemas.names import MEASURES
from schemas.scoring import CONFLICTS

COCO_CUT: Final = 0.5
"""The confidence from which on a COCO result is held for said, where nobody chooses another; AP needs no such cut."""


def score_files(truth: Path, said: Path | None, asked: Asked) -> Document:
    """Return how well the file *said* does against the file *truth*; a task of CVAT is both.

    Raises
    ------
    TableError, FormatError, RefusedError
        If a file is not what its ending says, the two cannot be compared, or an option that was given does nothing for
        them; the message has the place.
    """
    kind = kind_of(truth)
    if kind == "cvat" and said is not None:
        message = f"found {said} beside {truth}; a task of CVAT is both in one; leave it out"
        raise RefusedError(message)
    require_of_use(truth, kind, asked.settings.profile, asked.given)
    if kind == "cvat":
        return _task(truth, asked)
    if said is None:
        message = f"found {truth} alone; needed is SAID as well, which is scored; a task of CVAT alone is both in one"
        raise RefusedError(message)
    kinds = kind, kind_of(said)
    if kinds == ("coco", "coco"):
        return _coco(truth, said, asked)
    if set(kinds) <= TABLES:
        return _objects(_side(truth), _side(said), asked)
    if kinds[0] == kinds[1]:
        return _values(truth, said, kinds[0], asked)
    message = (
        f"found {kinds[0]} in {truth} and {kinds[1]} in {said}; allowed are two files of answers or boxes, two of "
        "COCO, two tables of values, two of spans, or a task of CVAT alone"
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
        told = told_in(path, "COCO's JSON or a task of CVAT")
        return "cvat" if cvat_files.is_task(told) else "coco"
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


def usual_settings(truth: Path) -> Settings:
    """Return how things are held against those of the file *truth* where nobody says otherwise.

    Raises
    ------
    TableError, FormatError
        If it is nothing that can be scored.
    """
    kind = kind_of(truth)
    if kind == "cvat":
        return cvat_task.settings_in(truth)
    return Settings(match_iou=OVERLAP) if kind == "spans" else Settings()


def _side(path: Path) -> Side:
    if path.suffix.lower() in TABLE_ENDINGS:
        return boxes.read(column_files.find(path), path.stem)
    return answers.read(path)


def _objects(truth: Side, said: Side, asked: Asked) -> Document:
    require_one_answer(truth)
    require_pixels(truth)
    require_pixels(said)
    truth, said = prepared(truth, with_somebody(said, asked.absent), asked)
    said, missing = with_absent(truth, said, asked)
    sizes = sizes_of(truth.items, asked.image, asked.items)
    document = _scored(*_counted(truth, said, asked, asked.confidence), asked, sizes, missing)
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


def _counted(truth: Side, said: Side, asked: Asked, confidence: float | None) -> tuple[Side, Side]:
    """Return what figures other than average precision are of: each object once, said with enough *confidence*."""
    truth, said = both_once(truth, said, asked.settings)
    return truth, sure(said, confidence)


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
    ours, theirs = prepared(
        ours, theirs, replace(asked, items=_with_sizes(dataset.sizes, asked.items))
    )
    counted = coco.kept_dataset(dataset, every, ours)
    kept = coco.kept_results(results, theirs)
    cut = COCO_CUT if asked.confidence is None else asked.confidence
    sizes = sizes_of(ours.items, asked.image, _with_sizes(dataset.sizes, asked.items))
    document = _scored(*_counted(ours, theirs, asked, cut), asked, sizes, {})
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


def _task(path: Path, asked: Asked) -> Document:
    """Return how well the jobs of a task of CVAT do, each and all together."""
    task = cvat_task.read(path, asked.settings.profile)
    asked = replace(asked, items=_with_sizes(task.sizes, asked.items), labels=task.truth.classes)
    sides = both_once(*prepared(task.truth, task.said, asked), asked.settings)
    sizes = sizes_of(task.truth.items, None, asked.items)
    return _scored(*sides, asked, sizes, {}, task.frames)


def _with_sizes(known: pd.DataFrame, items: pd.DataFrame | None) -> pd.DataFrame:
    """Return what is known of items, with the sizes that a file states."""
    if items is None:
        return known.assign(group_id=known.index)
    return items.reindex(known.index).assign(**{name: known[name] for name in ("width", "height")})


def _scored(  # noqa: PLR0913, PLR0917 - two sides, and what is known of them
    truth: Side,
    said: Side,
    asked: Asked,
    sizes: pd.DataFrame,
    missing: Mapping[str, int],
    task: Mapping[str, int] | None = None,
) -> Document:
    """Return what became of both sides; of a *task*, whose numbers of frames are told, as a whole besides."""
    warnings = [*truth.warnings, *said.warnings]
    unknown = int(sizes.isna().any(axis=1).sum())
    if unknown:
        warnings.append(
            f"the size of {unknown:,} items is not known (--image, --items): areas are compared exactly as they were "
            "drawn, and nothing of these is known to be outside"
        )
    require_somebody(truth, said)
    require_classes(truth, said, asked.settings)
    known = None if unknown else sizes
    found = [held(truth, said, who, known, asked.settings, asked.labels) for who in said.annotators]
    told = [(one.subject, one.outcomes, one.conflicts) for one in found]
    outcomes, conflicts = (
        pd.concat(tables, ignore_index=True) for tables in list(zip(*told, strict=True))[1:]
    )
    if task is not None:
        told.append((cvat_task.WHOLE, outcomes, conflicts))
    items = groups_of(truth.items, asked.items)
    scored = items[items["item_id"].isin(outcomes["item_id"].unique())]
    without = {f"items without an answer of {who}": count for who, count in missing.items()}
    of_truth = {f"{why}, of the truth": count for why, count in truth.excluded.items()}
    excluded = {**of_truth, **said.excluded, **without}
    head = head_of(truth.path, said.path, "objects", asked, scored, excluded, warnings)
    head["subjects"] = [subject for subject, *_ in told]
    reports: dict[str, Any] = {}
    if asked.settings.profile == "cvat":
        reports = (
            {one.subject: subject_report(one, asked.settings) for one in found}
            if task is None
            else task_reports(found, asked.settings, task)
        )
        group = items.set_index("item_id")["group_id"]
        groups = {who: group.loc[rows["item_id"].unique()].nunique() for who, rows, _ in told}
        measures = cvat_measures(reports, groups)
    else:
        times = {
            who: rows.set_index("item")[WHEN] for who, rows in said.looked.groupby("annotator")
        }
        undated = said.looked.set_index("item")[WHEN].iloc[:0]
        tables = [
            _measured(figures_of(*one), items, asked, times.get(one[0], undated)) for one in told
        ]
        measures = _in_order(tables)
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
    items = groups_of(sorted({item for one in found for item in one.items}), asked.items)
    if items.empty:
        message = f"{said}: holds nothing about any item of {truth}; the names of items have to be the same"
        raise TableError(message)
    several = len(found) > 1
    excluded = {
        f"{why}, of {one.subject}"
        if several and not why.endswith(f" of {one.subject}")
        else why: count
        for one in found
        for why, count in one.excluded.items()
    }
    warnings = list(dict.fromkeys(warning for one in found for warning in one.warnings))
    head = head_of(truth, said, found[0].kind, asked, items, excluded, warnings)
    head["subjects"] = [one.subject for one in found]
    outcomes = pd.concat([one.outcomes for one in found], ignore_index=True)
    tables = [_measured(one.figures, items, asked, one.submitted_at) for one in found]
    return Document(
        head,
        _in_order(tables),
        outcomes,
        confusion_of(outcomes),
        pd.DataFrame(columns=list(CONFLICTS.columns)),
        {},
    )


def _measured(
    figures: Sequence[Figure], items: pd.DataFrame, asked: Asked, submitted_at: pd.Series
) -> pd.DataFrame:
    """Return figures over everything, and by month where it is known when items were answered, in more than one."""
    dated = submitted_at.rename("submitted_at").rename_axis("item_id").reset_index()
    month = month_of_items(dated, items["item_id"])
    known = items if month is None else items.assign(**{MONTH: month})
    return tabulate(figures, known, [] if month is None else [MONTH], asked.how)


def _in_order(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True).sort_values(list(MEASURES.key), ignore_index=True)
