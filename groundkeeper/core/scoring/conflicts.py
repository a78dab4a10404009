"""What to look at, as the table ``conflicts``: where an answer differs from the ground truth, and in what."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.objects.compared import Compared, Conflicts
from groundkeeper.core.scoring.objects.sides import NONE, Side
from groundkeeper.core.scoring.outcomes import UNLABELLED, Named, Objects, named_at
from groundkeeper.core.shapes.drawn import Floats, Integers
from groundkeeper.errors import listing
from schemas.enums import ERRORS, Conflict, Severity
from schemas.scoring import CONFLICTS

KINDS: Final = tuple(Conflict)
_VALUES: Final = np.array([one.value for one in KINDS], dtype=object)
_SEVERITIES: Final = np.array(
    [(Severity.ERROR if one in ERRORS else Severity.WARNING).value for one in KINDS], dtype=object
)
_OWN: Final = (Conflict.ATTRIBUTES, Conflict.GROUPS)
"""Kinds of which what differs is another thing each time."""
_SAME: Final = {
    Conflict.DIRECTION: "drawn the other way round",
    Conflict.COVERED: "hidden under other shapes of the answer",
}
_ABSENT: Final = NONE - 1
"""The label of what is not there."""


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
    unit = found.unit
    rows = pd.DataFrame(
        {
            "item_id": named.item_id[unit],
            "annotator": named.subject[unit],
            "annotation_id": named_at(named.annotation_id, found.said),
            "record_id": named_at(named.record_id, found.truth),
            "conflict": _VALUES[found.kind],
            "severity": _SEVERITIES[found.kind],
            "detail": _details(found, truth, said, named),
            "iou": _similarity(compared, found.truth, found.said),
        }
    )
    types = {name: "float64" if name == "iou" else "str" for name in CONFLICTS.columns}
    ordered = rows.astype(types).sort_values(list(CONFLICTS.key), na_position="first")
    return ordered.drop_duplicates(list(CONFLICTS.key)).reset_index(drop=True)


def _details(found: Conflicts, truth: Side, said: Side, named: Named) -> Objects:
    """Return what differs in each conflict; what many have in common is told once."""
    there, told = _labels(truth, found.truth), _labels(said, found.said)
    shape = len(KINDS), len(named.classes) - _ABSENT, len(named.classes) - _ABSENT
    code = np.ravel_multi_index((found.kind, there - _ABSENT, told - _ABSENT), shape)
    different, of = np.unique(code, return_inverse=True)
    told_of = np.column_stack(np.unravel_index(different, shape)) + np.array([0, _ABSENT, _ABSENT])
    names = {_ABSENT: "", NONE: UNLABELLED, **dict(enumerate(named.classes))}
    texts = [_classes(names[ours], names[theirs]) for _, ours, theirs in told_of.tolist()]
    common = [
        _joined(text, _SAME.get(KINDS[kind], ""))
        for text, kind in zip(texts, told_of[:, 0].tolist(), strict=True)
    ]
    details = np.array([*common, ""], dtype=object)[of]
    for place in np.flatnonzero(np.isin(found.kind, [KINDS.index(one) for one in _OWN])).tolist():
        kind = KINDS[int(found.kind[place])]
        ours, theirs = int(found.truth[place]), int(found.said[place])
        details[place] = _joined(details[place], _own(kind, ours, theirs, truth, said, named))
    return details


def _labels(side: Side, place: Integers) -> Integers:
    """Return the label of each object, ``_ABSENT`` where there is none."""
    found = np.full(len(place), _ABSENT, dtype=np.int64)
    found[place != NONE] = side.label[place[place != NONE]]
    return found


def _classes(there: str, told: str) -> str:
    """Return the classes of both sides, or the one that there is."""
    differ = bool(there) and bool(told) and there != told
    return f"{there}, said to be {told}" if differ else there or told


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _own(kind: Conflict, left: int, right: int, truth: Side, said: Side, named: Named) -> str:  # noqa: PLR0913, PLR0917 - one conflict, and what its places stand for
    """Return what differs in one conflict apart from the classes."""
    if kind is Conflict.ATTRIBUTES:
        return "; ".join(_attributes(left, right, truth, said, named))
    ours = _with(truth, left, named.record_id)
    return f"in the ground truth {ours}, said to be {_with(said, right, named.annotation_id)}"


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
    """Return the similarity of the pairs that are matched, nan of others."""
    partner, alike = np.full((2, of_said.max(initial=0) + 1), NONE, dtype=np.float64)
    matched = compared.said < len(partner)
    partner[compared.said[matched]] = compared.truth[matched]
    alike[compared.said[matched]] = compared.similarity[matched]
    is_pair = (of_truth != NONE) & (of_said != NONE)
    is_pair[is_pair] = partner[of_said[is_pair]] == of_truth[is_pair]
    found = np.full(len(of_truth), np.nan)
    found[is_pair] = alike[of_said[is_pair]]
    return found
