"""Draw the picture of the README from a built repository: ``python scripts/readme_picture.py`` in its root.

It shows one nodule of the set ``lung-nodules`` on four slices, with the outlines of all its readers over the
consensus: of the nodules of the split dev that all readers outlined on four slices or more, the one whose overlap is
the median. Sealed scans are not shown.
"""

from pathlib import Path

import pandas as pd

from groundkeeper import evidence, files, tables
from groundkeeper.errors import RefusedError
from groundkeeper.layout import Layout
from groundkeeper.reports.outlines import strip
from groundkeeper.reports.subjects import subjects
from schemas.enums import RecordStatus, Split
from schemas.names import (
    CLUSTERS,
    GT_ITEMS,
    RECORD_PARTS,
    RECORDS,
)

PICTURE = Path("docs/pictures/readers.svg")
FEWEST_SLICES = 4
CAPTION = (
    "One nodule as four radiologists outlined it, over the region that half of them or more drew.",
    "A plain canvas: the data carry outlines and no pixels.",
    "LIDC-IDRI (Armato et al., Med Phys 38:915, 2011), CC BY 3.0.",
)


def draw(root: Path) -> None:
    """Write the picture of the repository at *root*."""
    layout = Layout(root, "lung-nodules")
    records = tables.read(layout.table("release", RECORDS), RECORDS)
    record_parts = tables.read(layout.table("release", RECORD_PARTS), RECORD_PARTS)
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    gt_items = tables.read(layout.table("release", GT_ITEMS), GT_ITEMS)
    open_items = gt_items.loc[gt_items["split"] == Split.DEV, "item_id"]
    record = typical(records[records["item_id"].isin(open_items)], record_parts)
    shown = subjects(record, record_parts, clusters, evidence.read(layout))
    (subject,) = shown.values()
    files.write_text(root / PICTURE, f"{strip(subject, CAPTION)}\n")


def typical(records: pd.DataFrame, record_parts: pd.DataFrame) -> pd.DataFrame:
    """Return the one row of *records* that the picture shows.

    Raises
    ------
    RefusedError
        If none of them was outlined by all its readers on enough slices.
    """
    slices = records["record_id"].map(record_parts["record_id"].value_counts()).fillna(0)
    unanimous = (records["votes"] == records["experts"]) & (
        records["status"] == RecordStatus.AGREED
    )
    fit = records[unanimous & (slices >= FEWEST_SLICES)].sort_values(["spread_iou", "record_id"])
    if fit.empty:
        message = (
            f"no record of lung-nodules in the split dev was outlined by all its readers on {FEWEST_SLICES} slices; "
            "build more of the pool (`make gt`)"
        )
        raise RefusedError(message)
    return fit.iloc[[len(fit) // 2]]


if __name__ == "__main__":
    draw(Path())
