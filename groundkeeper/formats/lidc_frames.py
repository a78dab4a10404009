"""The columns that both units of LIDC-IDRI share: keys, facets of a scan, ratings, types."""

import pandas as pd

from groundkeeper.core.ids import canonical_json
from groundkeeper.formats import frames
from groundkeeper.formats.frames import ANNOTATION_TYPES, ANSWER_TYPES, typed
from groundkeeper.formats.lidc_database import RATINGS, Database

SIDE_PX = 512
"""Width and height of every slice of the collection."""

TOOL = "lidc-xml"

ITEM_TYPES = {
    **frames.ITEM_TYPES,
    "slice_thickness_mm": "float64",
    "slice_spacing_mm": "float64",
    "pixel_spacing_mm": "float64",
    "contrast": "bool",
    "slices": "int64",
}


def scan_items(database: Database) -> pd.DataFrame:
    """Return one row per scan, by ``scan_id``: ``scan_id`` and the columns of an item."""
    slices = database.slices.groupby("scan_id")["z_mm"]
    spacing = slices.apply(lambda z: z.diff().median())
    scans = database.scans
    keys = scans["patient_id"] + "/scan-" + scans["scan_id"].astype("str")
    return scans.assign(
        item_key=keys,
        uri="dicom:" + scans["series_uid"],
        sha256=None,
        width_px=SIDE_PX,
        height_px=SIDE_PX,
        frames=scans["scan_id"].map(slices.size()),
        group_id=scans["patient_id"],
        captured_at=None,
        slice_spacing_mm=scans["scan_id"].map(spacing),
        slices=scans["scan_id"].map(slices.size()),
    )


def answers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the answers of *table*, with what the source says of none: no time, no prediction shown.

    Parameters
    ----------
    table : DataFrame
        One row per answer: ``item_key, scan_id, slot, state``.
    """
    slot = table["slot"].astype("str")
    return typed(
        table.assign(
            answer_key=table["item_key"] + "/r" + slot,
            annotator="lidc-" + table["scan_id"].astype("str") + "-r" + slot,
            submitted_at=None,
            lead_time_s=float("nan"),
            tool=TOOL,
            shown_prediction=False,
            task_id=None,
        ),
        ANSWER_TYPES,
        ["answer_key"],
    )


def annotations(marks: pd.DataFrame, kind: str, label: str | None) -> pd.DataFrame:
    """Return one annotation per mark; one with a *label* also keeps what its reader called it.

    Parameters
    ----------
    marks : DataFrame
        One row per mark: ``annotation_key, item_key, slot`` and the ratings.
    kind : str
        Kind of the annotations.
    label : str or None
        Label of the annotations.
    """
    return typed(
        marks.assign(
            answer_key=marks["item_key"] + "/r" + marks["slot"].astype("str"),
            kind=kind,
            label=label,
            value=float("nan"),
            start=float("nan"),
            end=float("nan"),
            attributes=ratings(marks, named=label is not None),
            confidence=float("nan"),
            probabilities=None,
        ),
        ANNOTATION_TYPES,
        ["annotation_key"],
    )


def ratings(marks: pd.DataFrame, *, named: bool) -> list[str]:
    """Return the ratings of each mark as canonical JSON; a rating that is null is left out.

    With *named*, the reader's own name of the mark is among them, as ``nodule_id``.
    """
    rows = marks[[*RATINGS.values(), "name"]].to_dict("records")
    return [
        canonical_json(
            {name: int(row[name]) for name in RATINGS.values() if not pd.isna(row[name])}
            | ({"nodule_id": row["name"]} if named else {})
        )
        for row in rows
    ]
