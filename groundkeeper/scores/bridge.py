"""The items by which scores of two ground truths can be compared, and what falls out."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from groundkeeper.scores.cells import RELEASED, Cell


@dataclass(frozen=True)
class Bridge:
    """The items of a comparison.

    Attributes
    ----------
    items
        ``item_id, group_id``, sorted: those in which both contenders are scored everywhere, and the same is open.
    left_out
        Why how many of the other items of either ground truth fall out, in the order in which it is asked.
    hybrid
        Those that fall out for the hybrids alone, in which something is pending or stale that was settled.
    """

    items: pd.DataFrame
    left_out: Mapping[str, int]
    hybrid: tuple[str, ...] = ()

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The ids of the items, ascending."""
        return tuple(self.items["item_id"])

    @property
    def groups(self) -> int:
        """How many groups the items are of."""
        return int(self.items["group_id"].nunique())


def bridge_of(cells: Mapping[tuple[int, int], Cell], names: tuple[str, str]) -> Bridge:
    """Return the bridge of *cells*; *names* are those of the contenders.

    An item may have records that are open in every one of the ground truths: they count for nobody in any of them.
    Where a record is open in one and settled in another, what is scored is not the same, and the item falls out.
    """
    first, second = (set(cells[place].items["item_id"]) for place in RELEASED)
    in_both = first & second
    reasons = {"in one of the two ground truths alone": (first | second) - in_both}
    rest = in_both
    for contender, name in enumerate(names):
        place = RELEASED[contender]
        scored = set(cells[place].outcomes[contender]["item_id"])
        reasons[f"not settled, or nothing predicted: {name}"] = rest - scored
        rest &= scored
    for contender, name in enumerate(names):
        place = RELEASED[1 - contender]
        scored = set(cells[place].outcomes[contender]["item_id"])
        reasons[f"not settled where the other is scored: {name}"] = rest - scored
        rest &= scored
    apart = _apart(cells, RELEASED) & rest
    reasons["open in one of the two ground truths"] = apart
    rest -= apart
    hybrid = (_apart(cells, tuple(cells)) | _unscored(cells)) & rest
    reasons["open in a hybrid alone"] = hybrid
    rest -= hybrid
    items = cells[0, 0].items
    chosen = items[items["item_id"].isin(rest)].sort_values("item_id", ignore_index=True)
    return Bridge(chosen, {why: len(out) for why, out in reasons.items()}, tuple(sorted(hybrid)))


def _apart(cells: Mapping[tuple[int, int], Cell], places: tuple[tuple[int, int], ...]) -> set[str]:
    """Return the items in which another record is open in one of *places* than in another."""
    told = [cells[place].open_records for place in places]
    often = pd.concat(told).groupby(["item_id", "record_id"]).size()
    return {str(item) for item, _ in often.index[often < len(places)]}


def _unscored(cells: Mapping[tuple[int, int], Cell]) -> set[str]:
    """Return the items in which one of the contenders is not scored in one of *cells*."""
    scored = [set(rows["item_id"]) for cell in cells.values() for rows in cell.outcomes]
    return set.union(*scored) - set.intersection(*scored)
