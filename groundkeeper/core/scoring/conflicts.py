"""What to look at, as the table ``conflicts``: where an answer differs from the ground truth, and in what."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.objects.compared import Compared, Conflicts
from groundkeeper.core.scoring.objects.sides import NONE, Side
from groundkeeper.core.scoring.outcomes import UNLABELLED, Named, Objects
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import listing
from schemas.enums import ERRORS, Conflict, Severity
from schemas.scoring import CONFLICTS

KINDS: Final = tuple(Conflict)


def conflicts_of(compared: Compared, truth: Side, said: Side, named: Named) -> pd.DataFrame:
    """Return what an engine found to look at, as the table ``conflicts``, sorted by its key.

    ``detail`` names the classes: of what is missing or extra its own, of a pair that of the ground truth and what was
    said, where they differ; and what else differs: the attributes with both values, or those that it was put together
    with. ``iou`` is the similarity of the pair, nan of an object alone.

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
            "detail": _details(found, truth, said, named),
            "iou": _similarity(compared, found.truth, found.said),
        }
    )
    types = {name: "float64" if name == "iou" else "str" for name in CONFLICTS.columns}
    ordered = rows.astype(types).sort_values(list(CONFLICTS.key), na_position="first")
    return ordered.drop_duplicates(list(CONFLICTS.key)).reset_index(drop=True)


def _ids(ids: Objects, place: Integers) -> list[str | None]:
    return [None if one == NONE else ids[one] for one in place.tolist()]


def _details(found: Conflicts, truth: Side, said: Side, named: Named) -> list[str]:
    names = {NONE: UNLABELLED, **dict(enumerate(named.classes))}
    kinds = [KINDS[kind] for kind in found.kind.tolist()]
    details = []
    for kind, left, right in zip(kinds, found.truth.tolist(), found.said.tolist(), strict=True):
        there = names[int(truth.label[left])] if left != NONE else ""
        told = names[int(said.label[right])] if right != NONE else ""
        differ = bool(there) and bool(told) and there != told
        classes = f"{there}, said to be {told}" if differ else there or told
        more = _more(kind, left, right, truth, said, named)
        details.append(f"{classes}; {more}" if more else classes)
    return details


def _more(kind: Conflict, left: int, right: int, truth: Side, said: Side, named: Named) -> str:  # noqa: PLR0913, PLR0917 - one conflict, and what its places stand for
    """Return what differs apart from the classes, '' where nothing is to be added."""
    if kind is Conflict.ATTRIBUTES:
        return "; ".join(_attributes(left, right, truth, said, named))
    if kind is Conflict.DIRECTION:
        return "drawn the other way round"
    if kind is Conflict.GROUPS:
        ours = _with(truth, left, named.record_id)
        return f"in the ground truth {ours}, said to be {_with(said, right, named.annotation_id)}"
    return "hidden under other shapes of the answer" if kind is Conflict.COVERED else ""


def _attributes(left: int, right: int, truth: Side, said: Side, named: Named) -> Iterator[str]:
    """Yield every attribute that differs, with what is said and what is true."""
    for place, (name, texts) in enumerate(named.attributes.items()):
        values = {NONE: "nothing", **dict(enumerate(texts))}
        there, told = int(truth.attributes[left, place]), int(said.attributes[right, place])
        if there != told:
            yield f"{name}: {values[there]}, said to be {values[told]}"


def _with(side: Side, place: int, ids: Objects) -> str:
    """Return what an object of a side was put together with."""
    unit, own = side.unit[place], side.group[place]
    first, last = np.searchsorted(side.unit, unit), np.searchsorted(side.unit, unit, side="right")
    mates = first + np.flatnonzero(side.group[first:last] == own)
    mates = mates[(mates != place) & (own != NONE)]
    return f"with {listing(ids[mates])}" if len(mates) else "alone"


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
