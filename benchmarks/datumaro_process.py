"""Merge the boxes of a CSV with Datumaro, as its users would: read, put into datasets, merge, write.

    python benchmarks/datumaro_process.py BOXES.csv MERGED.csv

Run by ``shape_start_up.py`` in the environment of that peer. It reads with the standard library and writes the records
alone, which is the least that a process of this kind does.
"""

import csv
import sys
from collections import defaultdict
from importlib import import_module
from typing import Any


def main() -> None:
    """Merge, and write what comes out."""
    annotation = import_module("datumaro.components.annotation")
    dataset = import_module("datumaro.components.dataset").Dataset
    dataset_item = import_module("datumaro.components.dataset_base").DatasetItem
    merging = import_module("datumaro.components.merge.intersect_merge").IntersectMerge
    source, out = sys.argv[1:]
    with open(source, encoding="utf-8", newline="") as file:  # noqa: PTH123 - the peer's users write so
        rows = list(csv.DictReader(file))
    labels = sorted({row["label"] for row in rows})
    codes = {label: code for code, label in enumerate(labels)}
    items = sorted({row["item"] for row in rows})
    drawn: dict[str, Any] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        x0, y0, x1, y1 = (float(row[edge]) for edge in ("xmin", "ymin", "xmax", "ymax"))
        box = annotation.Bbox(x0, y0, x1 - x0, y1 - y0, label=codes[row["label"]])
        drawn[row["annotator"]][row["item"]].append(box)
    categories = {annotation.AnnotationType.label: annotation.LabelCategories.from_iterable(labels)}
    sources = [
        dataset.from_iterable(
            [dataset_item(id=item, annotations=drawn[who][item]) for item in items],
            categories=categories,
        )
        for who in sorted(drawn)
    ]
    merged = merging(conf=merging.Conf(pairwise_dist=0.5))(*sources)
    with open(out, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - as above
        writer = csv.writer(file)
        for item in merged:
            for box in item.annotations:
                writer.writerow(
                    [item.id, labels[box.label], *box.get_bbox(), box.attributes["score"]]
                )


if __name__ == "__main__":
    main()
