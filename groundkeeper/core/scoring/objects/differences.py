"""What to look at where two sides were compared: eight kinds of conflicts, as CVAT names them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from groundkeeper.core.scoring.objects.compared import Conflicts
from groundkeeper.core.scoring.objects.group_conflicts import other_groups
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Side
from groundkeeper.core.shapes.drawn import Floats, Integers
from schemas.enums import Conflict

_KINDS = {kind: place for place, kind in enumerate(Conflict)}


class Paired(NamedTuple):
    """m pairs of objects that are one thing; places of the ground truth and of what is scored.

    ``similarity`` is float64 [m], nan of statements; ``same_label`` and ``turned`` are bool [m].
    """

    truth: Integers
    said: Integers
    similarity: Floats
    same_label: Booleans
    turned: Booleans

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 - the columns of pairs, and what the labels are read from
        cls,
        truth: Side,
        said: Side,
        ours: Integers,
        theirs: Integers,
        similarity: Floats,
        turned: Booleans,
    ) -> "Paired":
        """Return pairs, whether both are of one label being read from the sides."""
        same = truth.label[ours] == said.label[theirs]
        return cls(ours, theirs, similarity, same, turned)

    def take(self, which: Booleans) -> "Paired":
        """Return some of the pairs."""
        if which.all():
            return self
        return Paired(
            self.truth[which],
            self.said[which],
            self.similarity[which],
            self.same_label[which],
            self.turned[which],
        )


def differences(  # noqa: PLR0913, PLR0917 - what became of the objects of two sides
    truth: Side,
    said: Side,
    paired: Paired,
    missing: Integers,
    extra: Integers,
    looked_at: Booleans,
    settings: Settings,
) -> Conflicts:
    """Return what to look at, by (unit, kind, places).

    Parameters
    ----------
    truth, said
        Both sides.
    paired
        What is one thing on both, as far as it counts.
    missing, extra
        Places of the others, as far as they count.
    looked_at
        Of each object that is said, whether it is told when it is covered, bool [n].
    settings
        What is looked at.
    """
    kinds = {
        Conflict.MISMATCH: ~paired.same_label,
        Conflict.LOW_OVERLAP: paired.similarity < settings.low_overlap,
    }
    if settings.attributes:
        differ = (truth.attributes[paired.truth] != said.attributes[paired.said]).any(axis=1)
        kinds[Conflict.ATTRIBUTES] = differ & paired.same_label
    if settings.line_orientation is not None:
        kinds[Conflict.DIRECTION] = paired.turned
    if settings.groups is not None:
        kinds[Conflict.GROUPS] = other_groups(
            truth, said, paired.truth, paired.said, settings.groups
        )
    none = np.full(max(len(missing), len(extra), len(said)), NONE, dtype=np.int64)
    rows = {
        Conflict.MISSING: (truth.unit[missing], missing, none[: len(missing)]),
        Conflict.EXTRA: (said.unit[extra], none[: len(extra)], extra),
    }
    for kind, which in kinds.items():
        ours = paired.truth[which]
        rows[kind] = truth.unit[ours], ours, paired.said[which]
    if settings.visible is not None:
        covered = np.flatnonzero(said.covered & looked_at)
        rows[Conflict.COVERED] = said.unit[covered], none[: len(covered)], covered
    return _in_order(rows)


def _in_order(rows: Mapping[Conflict, tuple[Integers, Integers, Integers]]) -> Conflicts:
    """Return conflicts of several kinds, the units and the places of each by place, in one order."""
    by_kind = sorted(rows, key=_KINDS.__getitem__)
    columns = (np.concatenate([rows[kind][column] for kind in by_kind]) for column in range(3))
    unit, ours, theirs = columns
    kind = np.repeat([_KINDS[kind] for kind in by_kind], [len(rows[kind][0]) for kind in by_kind])
    # Units ascend with places: these are a few runs in order, which a stable sort has soon put together.
    order = np.argsort(unit, kind="stable")
    return Conflicts(unit[order], kind[order], ours[order], theirs[order])
