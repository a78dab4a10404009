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

from datumaro_sources import merger, sources


def main() -> None:
    """Merge, and write what comes out."""
    annotation = import_module("datumaro.components.annotation")
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
    merged = merger(sources(drawn, items, labels), at_least=0.5)()
    with open(out, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - as above
        writer = csv.writer(file)
        for item in merged:
            for box in item.annotations:
                writer.writerow(
                    [item.id, labels[box.label], *box.get_bbox(), box.attributes["score"]]
                )


if __name__ == "__main__":
    main()
