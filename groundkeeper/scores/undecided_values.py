"""Two models where records are items: what both said of those that are open, and every way in which these may end."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import Floats
from groundkeeper.core.scoring.bounds.endings import Endings, value_endings
from groundkeeper.core.scoring.bounds.unsettled import Unsettled
from groundkeeper.core.scoring.objects.sides import NONE
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.said import decided, refused_values
from groundkeeper.core.shapes.drawn import Integers
from groundkeeper.errors import UnknownNameError
from groundkeeper.scores.cells import Contender
from groundkeeper.scores.undecided import known_at, predicted
from schemas.names import PREDICTED_REJECTS

FOREIGN = "no value of the field"
"""What stands for every value that the guideline does not know: it is wrong, whatever the item turns out to be."""


@dataclass(frozen=True)
class UndecidedValues:
    """Open items of which two models said something: ``item_id, group_id``, the class that each said, what may be."""

    items: pd.DataFrame
    said: tuple[Integers, Integers]
    unsettled: Unsettled

    @property
    def records(self) -> int:
        """How many there are."""
        return len(self.items)

    def endings(
        self, measure: str, items: pd.DataFrame, sums: Floats
    ) -> tuple[Endings, npt.NDArray[np.object_]]:
        """Return what both come to in settled *items* and then in those of this, and the group of each.

        Parameters
        ----------
        measure : str
            What is measured: one that counts objects.
        items : DataFrame
            ``item_id, group_id`` of those that are settled.
        sums : float64 [2, items, 2]
            What each of *items* adds above and below the line of both.
        """
        found = value_endings(self.said, self.unsettled, measure)
        settled = np.vstack([np.hstack([*sums]).astype(np.int64), found.settled])
        groups = pd.concat([items["group_id"], self.items["group_id"]])
        return replace(found, settled=settled, unit=found.unit + len(items)), groups.to_numpy(
            object
        )


def undecided_values(contenders: tuple[Contender, Contender]) -> UndecidedValues:
    """Return what two *contenders* said of the open items that both said something of.

    The ground truth is that of the place of the first, which is that of the second too. An item with several records
    is left out, as it is where it is scored.

    Raises
    ------
    GroundkeeperError
        As ``undecided.undecided``.
    """
    guide, everything = known_at(contenders[0])
    if guide.class_by not in guide.rated:
        what = "class among the fields that somebody rates"
        raise UnknownNameError(what, str(guide.class_by), guide.rated)
    alone = everything.objects[~everything.objects["item_id"].duplicated(keep=False)]
    still = alone.loc[alone["open"], "item_id"]
    one, other = (_said(contender, guide) for contender in contenders)
    both = sorted(set(still) & set(one.index) & set(other.index))
    names = _classes(guide, pd.concat([one[both], other[both]]))
    code = {name: place for place, name in enumerate(names)}
    said = tuple(np.array([code.get(n, NONE) for n in of[both]], np.int64) for of in (one, other))
    items = everything.items.set_index("item_id").loc[both, ["group_id"]].reset_index()
    every = np.ones(len(both), dtype=np.bool_)
    return UndecidedValues(items, (said[0], said[1]), Unsettled.anything(every, len(names)))


def _said(contender: Contender, guide: Guide) -> pd.Series:
    """Return the class that a contender said of each item, as text by ``item_id``, ``FOREIGN`` if it is none."""
    evidence = predicted(contender)
    rejects = contender.said_at.tables("ingest", (PREDICTED_REJECTS,))["predicted_rejects"]
    own = evidence.answers["annotator"] == contender.subject
    said, name = decided(evidence.of(evidence.answers[own]), guide), str(guide.class_by)
    refused = refused_values(rejects, guide).query("field == @name")["annotation_id"]
    told = said.objects[~said.objects["item_id"].duplicated(keep=False)]
    is_foreign = told["annotation_id"].isin(set(refused)) | (
        told["foreign"].notna() & (guide.fields[name].source == "label")
    )
    value = said.rated[name].reindex(told["annotation_id"]).set_axis(told.index)
    return value.mask(is_foreign, FOREIGN).set_axis(told["item_id"]).dropna()


def _classes(guide: Guide, said: pd.Series) -> list[str]:
    """Return the classes that an item may be of: those of the guideline, or those *said* and one for any other."""
    listed = guide.values_of(str(guide.class_by))
    return list(listed) if listed else [*sorted(set(said) - {FOREIGN}), ""]
