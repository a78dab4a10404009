"""Made-up tables of scores: of readers together, of one annotator by name, of a model; what the model predicted."""

from itertools import product

import numpy as np
import pandas as pd
import shapely

from groundkeeper import tables
from schemas import names, scoring

ANNOTATOR = "Ada"
MODEL = "net-a"
DIGEST = "c" * 64
CLASSES = ("cyst", "nodule")
SURE = 0.9


def scored(*who):
    """The table ``scored`` of *who*: pairs of a name and an origin."""
    counts = {
        "gt_items": 12,
        "items": 9,
        "items_open": 3,
        "items_without_answer": 1,
        "items_not_in_gt": 2,
        "items_unknown": 0,
        "records": 9,
        "records_open": 3,
        "records_ignored": 0,
        "shapes_outside": 4,
        "values_refused": 0,
        "groups": 9,
    }
    rows = [
        {
            "subject": name,
            "origin": origin,
            "content_digest": DIGEST,
            "settings_digest": "5" * 64,
            "foreign_classes": '{"tumour": 2}',
            **counts,
        }
        for name, origin in who
    ]
    columns = list(scoring.SCORED.columns)
    return pd.DataFrame(rows)[columns] if rows else tables.empty(scoring.SCORED)


def figures(subject, accuracy=0.7):
    """The table ``measures`` of *subject*: over everything, of two classes, by month."""
    rows = [
        _figure("accuracy", subject, accuracy),
        _figure("precision", subject, accuracy + 0.1),
        _figure("recall", subject, accuracy + 0.05),
        _figure("f1", subject, accuracy + 0.07),
        _figure("iou_mean", subject, 0.82),
        _figure("unscored_share", subject, 0.02),
        _figure("missing_annotation_per_item", subject, 1.4),
        _figure("accuracy", subject, accuracy - 0.1, "month", "2026-01"),
        _figure("accuracy", subject, accuracy + 0.1, "month", "2026-02"),
        _figure("precision", f"{subject}/nodule", 0.75),
        _figure("recall", f"{subject}/nodule", 0.857),
        _figure("f1", f"{subject}/nodule", 0.8),
        _figure("precision", f"{subject}/cyst", np.nan, note="nothing was said that can be judged"),
        _figure("recall", f"{subject}/cyst", 0.0),
        _figure("f1", f"{subject}/cyst", 0.0),
    ]
    return pd.DataFrame(rows)


def bounds(subject, low=0.6, high=0.8):
    """The table ``bounds`` of the accuracy of *subject*."""
    row = {
        "measure": "accuracy",
        "subject": subject,
        "low": low,
        "high": high,
        "score": 0.7,
        "exact": True,
        "records_open": 3,
        "items_open": 3,
        "note": "3 records are open",
    }
    return pd.DataFrame([row])


def confusion(subject):
    """The table ``confusion`` of *subject*: every cyst is missed, nodules are found mostly."""
    cells = [
        ("nodule", "nodule", 6),
        ("nodule", "unmatched", 2),
        ("unmatched", "nodule", 1),
        ("unmatched", "cyst", 2),
        ("unmatched", "unmatched", 1),
    ]
    rows = [{"subject": subject, "said": s, "truth": t, "n": n} for s, t, n in cells]
    return pd.DataFrame(rows)


def outcomes(subject):
    """The table ``outcomes`` of *subject*: of items 1 to 8 the third is missed, and item 5 has something extra."""
    rows = [_outcome(subject, k, "missing" if k % 3 == 0 else "correct") for k in range(1, 9)]
    return pd.DataFrame([*rows, _outcome(subject, 5, "extra", annotation="pr_05_1")])


def conflicts(subject, prefix="pr"):
    """The table ``conflicts`` of *subject*, one of a sealed item among them."""
    rows = [
        _conflict(subject, 3, "missing_annotation", None, "rc_03"),
        _conflict(subject, 6, "missing_annotation", None, "rc_06"),
        _conflict(subject, 5, "extra_annotation", f"{prefix}_05_1", None),
        _conflict(subject, 2, "low_overlap", f"{prefix}_02_0", "rc_02", 0.61),
        _conflict(subject, 7, "low_overlap", f"{prefix}_07_0", "rc_07", 0.55),
    ]
    return pd.DataFrame(rows)


def predictions(model=MODEL, items=12):
    """What *model* says of the first items: ``predictions, predicted, predicted_parts``, by name."""
    marks = [(k, 0) for k in range(1, items) if k % 3] + [(5, 1)]
    answers = pd.DataFrame(
        {
            "answer_id": f"pa_{k:02}",
            "item_id": f"it_{k:02}",
            "annotator": model,
            "round": "r1",
            "era": "1.0.0",
            "sequence": 2,
            "state": "submitted",
            "submitted_at": pd.NaT,
            "tool": "file",
            "origin": "model",
            "independence": "blind",
            "identity": "known",
            "shown_prediction": False,
            "batch": "1" * 16,
            "scope": "item",
            **dict.fromkeys(("lead_time_s", "task_id", "refusal")),
        }
        for k in range(1, items)
    )
    predicted = pd.DataFrame(
        {
            "annotation_id": f"pr_{k:02}_{n}",
            "answer_id": f"pa_{k:02}",
            "item_id": f"it_{k:02}",
            "ordinal": n,
            "kind": "polygon",
            "label": "nodule",
            **dict.fromkeys(("value", "start", "end", "probabilities")),
            "attributes": "{}",
            "confidence": SURE,
        }
        for k, n in marks
    )
    parts = pd.DataFrame(
        {
            "annotation_id": f"pr_{k:02}_{n}",
            "frame": 40 + frame,
            "geometry": shapely.Point(203 + k + 60 * n, 302).buffer(7 + k).simplify(0.3),
            "repaired": False,
        }
        for (k, n), frame in product(marks, range(2))
    )
    return {"predictions": answers, "predicted": predicted, "predicted_parts": parts}


def no_predictions():
    """No model says anything: the four tables, by name."""
    of = (names.PREDICTIONS, names.PREDICTED, names.PREDICTED_PARTS, names.PREDICTED_REJECTS)
    return {table.name: tables.empty(table) for table in of}


def _figure(measure, subject, value, facet="all", level="all", note=""):
    unknown = np.isnan(value)
    return {
        "measure": measure,
        "subject": subject,
        "facet": facet,
        "level": level,
        "value": value,
        "low": np.maximum(value - 0.05, 0.0),
        "high": value + 0.05,
        "n": 0 if unknown else 40,
        "groups": 0 if unknown else 12,
        "effective_n": np.nan if unknown else 23.4,
        "note": note,
    }


def _outcome(subject, item, outcome, annotation=None):
    missing, extra = outcome == "missing", outcome == "extra"
    return {
        "subject": subject,
        "item_id": f"it_{item:02}",
        "record_id": None if extra else f"rc_{item:02}",
        "annotation_id": None if missing else annotation or f"pr_{item:02}_0",
        "outcome": outcome,
        "truth": None if extra else "nodule",
        "said": None if missing else "nodule",
        "similarity": None if missing or extra else 0.8,
        "dice": None if missing or extra else 0.9,
        "confidence": None if missing else SURE,
    }


def _conflict(subject, item, conflict, annotation, record, iou=None):
    return {
        "item_id": f"it_{item:02}",
        "annotator": subject,
        "annotation_id": annotation,
        "record_id": record,
        "conflict": conflict,
        "severity": "warning" if conflict == "low_overlap" else "error",
        "detail": "nodule",
        "iou": iou,
    }


def one_figure(measure, subject, value):
    """One row of the table ``measures``, over everything."""
    return pd.DataFrame([_figure(measure, subject, value)])
