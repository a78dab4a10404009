"""How far each reader's ratings are from what the other readers say together."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.fuse import counted, fuse
from groundkeeper.core.estimates import Floats
from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.guideline.scorable import RATED
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.core.kinds.registry import OF_FIELD
from groundkeeper.core.scoring.subjects.leave_one_out import LeftOut
from schemas.enums import Conflict, Severity
from schemas.scoring import CONFLICTS

COLUMNS = ["item_id", "annotator", "annotation_id", "record_id", "field", "distance"]


def rating_errors(
    left_out: LeftOut, values: pd.DataFrame, fields: Mapping[str, Field]
) -> pd.DataFrame:
    """Return the distance of every rating of the readers left out from the others' fused rating.

    The others are fused as the guideline fuses the field, the median of an ordinal being the lower
    median. A rating is left out if its record is not scorable, or the others come to no value.

    Parameters
    ----------
    left_out : LeftOut
        The readers left out and what the others make.
    values : DataFrame
        One column per field, indexed by ``annotation_id``.
    fields : mapping
        Field name to its definition.

    Returns
    -------
    DataFrame
        One row per rating: ``item_id, annotator, annotation_id, record_id, field, distance``, sorted. The
        distance is in steps of an ordinal, in units of a number, and of other fields from 0 to 1: 1 less how alike
        both are, as their kind has it.
    """
    references = left_out.references[left_out.references["scorable"]]
    strongest = references.sort_values(["votes", "reference"], ascending=[False, True])
    strongest = strongest.drop_duplicates(["fold", "record_id"])
    marks = left_out.marks.merge(
        strongest[["fold", "record_id", "reference"]], on=["fold", "record_id"]
    )
    evidence = left_out.evidence.reset_index(drop=True)
    tables = []
    for name, field in fields.items():
        if field.source not in RATED or field.type == "text":
            continue
        said = values[name].reindex(evidence["annotation_id"]).reset_index(drop=True)
        theirs = fuse(said, evidence["reference"], counted(field), field.type, field.vocabulary)
        both = marks.assign(
            field=name,
            ours=marks["annotation_id"].map(values[name]),
            theirs=marks["reference"].map(theirs),
        ).dropna(subset=["ours", "theirs"])
        tables.append(both.assign(distance=distances(both["ours"], both["theirs"], field))[COLUMNS])
    if not tables:
        return pd.DataFrame({name: [] for name in COLUMNS})
    found = pd.concat(tables, ignore_index=True)
    return found.sort_values(["field", "annotation_id"]).reset_index(drop=True)


def rating_conflicts(errors: pd.DataFrame) -> pd.DataFrame:
    """Return the ratings that differ from the others', as the table ``conflicts``; the detail names the fields."""
    differ = errors[errors["distance"] > 0].assign(
        conflict=Conflict.MISMATCH.value, severity=Severity.ERROR.value, iou=np.nan
    )
    differ = differ.sort_values([*CONFLICTS.key, "field"])
    named = differ.groupby(list(CONFLICTS.key), dropna=False)["field"].transform(", ".join)
    differ = differ.assign(detail=named).drop_duplicates(list(CONFLICTS.key))
    return differ[list(CONFLICTS.columns)].sort_values(list(CONFLICTS.key)).reset_index(drop=True)


def distances(ours: pd.Series, theirs: pd.Series, field: Field) -> Floats:
    """Return how far *ours* are from *theirs* ``[n]``, none of them missing, as ``rating_errors`` has it."""
    if field.type == "ordinal":
        places = dict(field.vocabulary)
        apart = ours.map(places).astype("float64") - theirs.map(places).astype("float64")
    elif field.type in NUMERIC:
        apart = ours.astype("float64") - theirs.astype("float64")
    else:
        scale = Scale(tuple(field.vocabulary))
        return 1 - OF_FIELD[field.type].similarity(ours, theirs, scale)
    return np.asarray(apart.abs(), dtype=np.float64)
