"""How right the records are where the right answer is known: gold, held against what the experts' answers came to.

Gold is about items, so a record can be held against it where it is the only one of its item, as it is where records are
items. Records that are still open count: that they have no value yet is what the coverage says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from groundkeeper.core.estimates import Resampling, ratio
from groundkeeper.core.guideline.fields import NUMERIC, ORDERED, Field
from groundkeeper.core.guideline.lists import is_listed, told
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.measures import Figure, because, tabulate
from groundkeeper.core.scoring.gold.calibration import Inferences, posterior_figures, reliability
from groundkeeper.core.scoring.gold.names import NO_GOLD
from groundkeeper.core.scoring.ratings import distances
from schemas.enums import RecordStatus
from schemas.names import MEASURES


@dataclass(frozen=True)
class Records:
    """What is judged.

    Attributes
    ----------
    records : DataFrame
        One row per record: ``record_id, item_id, era, status`` and the fields.
    posteriors, disputes : DataFrame
        As in ``schemas.inference``.
    fields : mapping
        Field name to its definition, of the version in force.
    consensus : Consensus
        How records come about.
    """

    records: pd.DataFrame
    posteriors: pd.DataFrame
    disputes: pd.DataFrame
    fields: Mapping[str, Field]
    consensus: Consensus


def gold_measures(
    gold: pd.DataFrame, judged: Records, items: pd.DataFrame, how: Resampling
) -> pd.DataFrame:
    """Return how right *judged* is, as the table ``measures``; what is inferred and has no gold is nan.

    Of every field with gold:

    * ``gold_coverage``: of the items with gold, the share that has a record with a value;
    * ``gold_accuracy``: of these, the share whose value is right; not of numbers;
    * ``gold_absolute_error_mean`` of ordered fields: how far the values are from gold.

    Of fields that a model infers also what ``posterior_figures`` and ``reliability`` say.

    Parameters
    ----------
    gold : DataFrame
        One row per item, field and batch: ``item_id, field, value`` (JSON).
    judged : Records
        What is held against it.
    items : DataFrame
        One row per item of the ground truth: ``item_id, group_id``.
    how : Resampling
        How intervals are made.
    """
    once = gold.drop_duplicates(["item_id", "field"]).sort_values(["field", "item_id"])
    names = [n for n in judged.fields if n in judged.consensus.inference or n in set(once["field"])]
    figures: list[Figure] = []
    tables: list[pd.DataFrame] = []
    for name in names:
        of_field = once[once["field"] == name].reset_index(drop=True)
        if of_field.empty or judged.consensus.match.by != "item":
            figures.append(_undefined(name, has_gold=len(of_field) > 0))
            continue
        held = _beside(of_field, name, judged)
        figures += _figures(held, name, judged.fields[name])
        if name in judged.consensus.inference and judged.fields[name].type not in NUMERIC:
            found = Inferences(
                judged.posteriors[judged.posteriors["field"] == name],
                judged.disputes[judged.disputes["field"] == name],
                judged.fields[name],
                judged.consensus.inference[name],
            )
            figures += posterior_figures(name, held, found)
            tables.append(reliability(name, held, found, items, how))
    table = pd.concat([tabulate(figures, items[["item_id", "group_id"]], (), how), *tables])
    return table.sort_values(list(MEASURES.key), ignore_index=True)


def _undefined(name: str, *, has_gold: bool) -> Figure:
    reason = (
        "gold is about items, and the records of this set are objects in them"
        if has_gold
        else NO_GOLD
    )
    nobody = np.array([], dtype=object)
    return Figure("gold_accuracy", name, nobody, np.zeros((0, 2)), ratio, because(reason))


def _beside(gold: pd.DataFrame, name: str, judged: Records) -> pd.DataFrame:
    """Return one row per item with gold: ``item_id, gold`` (JSON), ``record_id, era, value``, if it has a record."""
    alive = judged.records[judged.records["status"] != RecordStatus.RETIRED]
    alone = alive[~alive["item_id"].duplicated(keep=False)]
    of_items = alone[["item_id", "record_id", "era", name]].rename(columns={name: "ours"})
    renamed = gold[["item_id", "value"]].rename(columns={"value": "gold"})
    return renamed.merge(of_items, on="item_id", how="left").rename(columns={"ours": "value"})


def _figures(held: pd.DataFrame, name: str, field: Field) -> list[Figure]:
    """Return coverage, accuracy and error of the values of one field."""
    ours = held["value"].astype(object)
    known = ours.notna().to_numpy()
    right = held["gold"].map(told if is_listed(field) else json.loads)
    ours = ours.map(told, na_action="ignore") if is_listed(field) else ours
    apart = np.zeros(len(held))
    apart[known] = distances(ours[known], right[known], field)
    has_value = known.astype(np.float64)
    sums = {"gold_coverage": (has_value, np.ones(len(held)), "there is no gold")}
    nothing = "no item with gold has a record with a value"
    if field.type != "number":
        sums["gold_accuracy"] = (has_value * (apart == 0), has_value, nothing)
    if field.type in ORDERED:
        sums["gold_absolute_error_mean"] = (apart, has_value, nothing)
    item_ids = held["item_id"].to_numpy(dtype=object)
    return [
        Figure(measure, name, item_ids, np.column_stack([part, whole]), ratio, because(reason))
        for measure, (part, whole, reason) in sums.items()
    ]
