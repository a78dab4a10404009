"""Soft labels: what is released of posteriors, to train on."""

import json
from collections.abc import Mapping

import pandas as pd

from groundkeeper.core.guideline.allowed import fits
from groundkeeper.core.guideline.fields import Field
from schemas.enums import SETTLED
from schemas.inference import SOFT_LABELS

KEY = ["record_id", "field"]


def soft_labels(
    posteriors: pd.DataFrame,
    records: pd.DataFrame,
    fields: Mapping[str, Field],
    sample: pd.DataFrame,
) -> pd.DataFrame:
    """Return how probable each value of the inferred fields of settled records is, with weights.

    A record has none of a field that is no longer what was inferred: whose newest answers say another value, or that
    has another name or vocabulary since.

    Parameters
    ----------
    posteriors : DataFrame
        ``record_id, era, field, value, probability``.
    records : DataFrame
        One row per record: ``record_id, item_id, era, status`` and the fields.
    fields : mapping
        Field name to its definition, of the version in force.
    sample : DataFrame
        ``item_id, inclusion_probability``.

    Returns
    -------
    DataFrame
        The columns of ``schemas.inference.SOFT_LABELS``, sorted. The weights of a record and field sum to one over the
        inclusion probability of its item.
    """
    settled = records[records["status"].isin(SETTLED)]
    share = settled["item_id"].map(sample.set_index("item_id")["inclusion_probability"])
    share = share.astype("float64")
    of_record = settled.assign(weight=1 / share)
    rows = posteriors[posteriors["field"].isin(list(fields))]
    rows = rows.merge(of_record[["record_id", "era", "weight"]], on=["record_id", "era"])
    rows = rows.assign(
        weight=rows["weight"] * rows["probability"], said=rows["value"].map(json.loads)
    )
    known = [
        fits(said, fields[name]) for said, name in zip(rows["said"], rows["field"], strict=True)
    ]
    whole = pd.Series(known, rows.index, dtype=bool).groupby([rows[name] for name in KEY])
    rows = rows[whole.transform("all")]
    kept = pd.MultiIndex.from_frame(rows[KEY]).isin(_still_so(rows, records))
    made: pd.DataFrame = rows.loc[kept, list(SOFT_LABELS.columns)]
    return made.sort_values(list(SOFT_LABELS.key), ignore_index=True)


def _still_so(rows: pd.DataFrame, records: pd.DataFrame) -> pd.MultiIndex:
    """Return the records and fields of which *records* have the most probable value of *rows*, or none."""
    ordered = rows.sort_values([*KEY, "probability"], ascending=[True, True, False])
    best = ordered.drop_duplicates(KEY)
    of_record = records.set_index("record_id")
    still = [best.iloc[:0]]
    for name, inferred in best.groupby("field"):
        stored = inferred["record_id"].map(of_record[name])
        still.append(inferred[stored.isna() | (stored == inferred["said"])])
    return pd.MultiIndex.from_frame(pd.concat(still)[KEY])
