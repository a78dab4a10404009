"""What lies on top of what, and what belongs together, as the experts drew it."""

import json
from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.statements import KEY
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.shapes.groups import ALONE, voted_groups

Z_ORDER: Final = "z_order"
"""The attribute of an annotation with its layer: what has a larger one lies on top."""
TOPMOST: Final = 10**9
"""No drawing has more layers; a greater number says nothing."""
GROUP: Final = "group"
"""The attribute of an annotation with what its annotator calls the things that belong together."""


def z_orders(members: pd.DataFrame, attributes: pd.Series) -> pd.Series:
    """Return the layer of each record in each era: the median of those stated, the lower of the middle two.

    A layer says which of two lies on top, and has a middle as any order has; of two voices the lower one holds.

    Parameters
    ----------
    members : DataFrame
        ``record_id, era`` of each annotation that stands, indexed by ``annotation_id``.
    attributes : Series
        What annotations state (JSON), indexed by ``annotation_id``.

    Returns
    -------
    Series
        Whole numbers (``Int64``), indexed by record and era; nothing for one of which nobody states a layer.
    """
    stated = attributes.reindex(members.index).map(lambda text: _layer(json.loads(text)))
    known = members[KEY].assign(layer=stated).dropna(subset="layer").sort_values("layer")
    by_record = known.groupby(KEY)["layer"]
    middle = (by_record.transform("size") - 1) // 2
    chosen = known[by_record.cumcount() == middle]
    return chosen.set_index(KEY)["layer"].astype("Int64")


def object_groups(members: pd.DataFrame, attributes: pd.Series) -> pd.Series:
    """Return of each record in each era the id of the first record that it belongs together with.

    Two records belong together if more than half of those who drew both put both into one group
    (``core.shapes.groups.voted_groups``).

    Parameters
    ----------
    members : DataFrame
        ``record_id, era, item_id, annotator`` of each annotation that stands, indexed by ``annotation_id``.
    attributes : Series
        What annotations state (JSON), indexed by ``annotation_id``.

    Returns
    -------
    Series
        Record ids, indexed by record and era; nothing for one that belongs to none.
    """
    stated = attributes.reindex(members.index).map(lambda text: _group(json.loads(text)))
    drawer = np.asarray(members.groupby(["era", "item_id", "annotator"]).ngroup(), dtype=np.int64)
    of_records = pd.MultiIndex.from_frame(members[KEY].drop_duplicates().sort_values(KEY))
    record = of_records.get_indexer(pd.MultiIndex.from_frame(members[KEY])).astype(np.int64)
    group = np.asarray(pd.factorize(stated)[0], dtype=np.int64)
    voted = voted_groups(record, drawer, group, len(of_records))
    found = pd.Series(voted, of_records, dtype="int64")
    together = found[found != ALONE]
    ids = together.index.get_level_values("record_id").to_series(together.index)
    return ids.groupby(together.to_numpy()).transform("first")


def free_of(fields: Mapping[str, Field], attribute: str) -> bool:
    """Say whether no field of a guideline is read from *attribute*, which then says how things are arranged."""
    return all(
        field.source != "attribute" or field.source_name(name) != attribute
        for name, field in fields.items()
    )


def _layer(stated: Mapping[str, object]) -> float | None:
    layer = stated.get(Z_ORDER)
    if not isinstance(layer, int) or isinstance(layer, bool) or abs(layer) > TOPMOST:
        return None
    return float(layer)


def _group(stated: Mapping[str, object]) -> str | None:
    group = stated.get(GROUP)
    return None if group is None else canonical_json(group)
