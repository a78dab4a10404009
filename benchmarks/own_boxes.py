"""What Groundkeeper is asked to do with boxes; the counterpart of ``peer_boxes``."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from answering import answer

from groundkeeper.core.shapes.boxes.box_fusion_kernels import edge_medians
from groundkeeper.core.shapes.boxes.boxes import Boxes, clusters_of_boxes, load_kernels
from groundkeeper.core.shapes.drawn import Drawn

Timed = Callable[[], Mapping[str, Any]]


def merge(file: str, at_least: float) -> Timed:
    """Prepare to put the boxes in *file* into records, and to make one box of the boxes of each."""
    with np.load(file) as columns:
        image, annotator, label = (columns[name] for name in ("image", "annotator", "label"))
        corners = columns["corners"]

    def timed() -> Mapping[str, Any]:
        drawn = Drawn(image, annotator, label)
        clusters = clusters_of_boxes(drawn, Boxes(corners), at_least)
        fused = edge_medians(corners, clusters.record, len(clusters))
        return {"records": len(fused), "not_exact": int((~clusters.exact).sum())}

    return timed


if __name__ == "__main__":
    load_kernels()
    answer({"merge": merge})
