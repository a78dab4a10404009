"""What to look at, as the table ``conflicts``: where an answer differs from the ground truth, and in what."""

from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.objects.compared import Compared
from groundkeeper.core.scoring.objects.sides import NONE, Side
from groundkeeper.core.scoring.outcomes import UNLABELLED, Named
from groundkeeper.core.shapes.drawn import Floats, Integers
from schemas.enums import ERRORS, Conflict, Severity
from schemas.scoring import CONFLICTS

KINDS: Final = tuple(Conflict)


def conflicts_of(compared: Compared, truth: Side, said: Side, named: Named) -> pd.DataFrame:
    """Return what an engine found to look at, as the table ``conflicts``, sorted by its key.

    ``detail`` names the classes: of what is missing or extra its own, of a pair that of the ground truth and what was
    said, where they differ. ``iou`` is the similarity of the pair, nan of an object alone.

    Parameters
    ----------
    compared, truth, said, named
        As in ``outcomes.outcomes_of``.
    """
    found = compared.conflicts
    kind = np.array([one.value for one in KINDS], dtype=object)[found.kind]
    unit = found.unit
    rows = pd.DataFrame(
        {
            "item_id": named.item_id[unit],
            "annotator": named.subject[unit],
            "annotation_id": _ids(named.annotation_id, found.said),
            "record_id": _ids(named.record_id, found.truth),
            "conflict": kind,
            "severity": [
                (Severity.ERROR if one in ERRORS else Severity.WARNING).value for one in kind
            ],
            "detail": _details(found.truth, found.said, truth, said, named),
            "iou": _similarity(compared, found.truth, found.said),
        }
    )
    types = {name: "float64" if name == "iou" else "str" for name in CONFLICTS.columns}
    ordered = rows.astype(types).sort_values(list(CONFLICTS.key), na_position="first")
    return ordered.drop_duplicates(list(CONFLICTS.key)).reset_index(drop=True)


def _ids(ids: np.ndarray[tuple[int], np.dtype[np.object_]], place: Integers) -> list[str | None]:
    return [None if one == NONE else ids[one] for one in place.tolist()]


def _details(
    of_truth: Integers, of_said: Integers, truth: Side, said: Side, named: Named
) -> list[str]:
    names = {NONE: UNLABELLED, **dict(enumerate(named.classes))}
    details = []
    for left, right in zip(of_truth.tolist(), of_said.tolist(), strict=True):
        there = names[int(truth.label[left])] if left != NONE else ""
        told = names[int(said.label[right])] if right != NONE else ""
        differ = bool(there) and bool(told) and there != told
        details.append(f"{there}, said to be {told}" if differ else there or told)
    return details


def _similarity(compared: Compared, of_truth: Integers, of_said: Integers) -> Floats:
    pairs = dict(
        zip(
            zip(compared.truth.tolist(), compared.said.tolist(), strict=True),
            compared.similarity.tolist(),
            strict=True,
        )
    )
    asked = zip(of_truth.tolist(), of_said.tolist(), strict=True)
    return np.array([pairs.get(pair, np.nan) for pair in asked], dtype=np.float64)
