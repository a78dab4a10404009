"""Attributes of annotations held against the fields that a guideline declares."""

import json
import math
from collections.abc import Mapping

import pandas as pd

from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.ingestion.tables import refuse
from groundkeeper.errors import listing


def allowed_attributes(
    annotations: pd.DataFrame, fields: Mapping[str, Field]
) -> tuple[list[str], pd.DataFrame]:
    """Return each annotation's attributes without values that their field does not allow, and those as rejects.

    Parameters
    ----------
    annotations : DataFrame
        One row per annotation: ``annotation_id, batch, attributes`` (JSON text).
    fields : mapping
        Field name to its definition. Attributes of which no field speaks stay as they are.

    Returns
    -------
    list of str, one per annotation
        Canonical JSON.
    DataFrame
        Rejects, one row per refused value.
    """
    checked = {
        field.source_name(name): field
        for name, field in fields.items()
        if field.source == "attribute"
    }
    kept: list[str] = []
    refused: list[tuple[str, str, str, str]] = []
    rows = annotations[["annotation_id", "batch", "attributes"]].itertuples(index=False, name=None)
    for annotation_id, batch, text in rows:
        said = json.loads(text)
        wrong = [
            key
            for key, field in checked.items()
            if said.get(key) is not None and not fits(said[key], field)
        ]
        for key in wrong:
            value = canonical_json(said.pop(key))
            refused.append((batch, f"{annotation_id}/{key}", value, vocabulary_text(checked[key])))
        kept.append(canonical_json(said))
    table = pd.DataFrame(refused, columns=["batch", "path", "value", "allowed"], dtype=object)
    rejects = refuse(table["batch"], table["path"], "value_is_allowed", table["value"], "")
    return kept, rejects.assign(allowed=table["allowed"].astype("str"))


def fits(value: object, field: Field) -> bool:
    """Say whether *value* is one that *field* allows.

    Examples
    --------
    >>> rating = Field.model_validate(
    ...     {"type": "ordinal", "values": [1, 2, 3], "from": "attribute", "fuse": "median"}
    ... )
    >>> fits(3, rating), fits(4, rating), fits(True, rating)
    (True, False, False)
    """
    if isinstance(value, bool) or field.type == "bool":
        return isinstance(value, bool) and field.type == "bool"
    if field.vocabulary:
        return value in field.vocabulary
    if field.type not in NUMERIC:
        return isinstance(value, str)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return False
    whole = field.type == "number" or float(value).is_integer()
    low = -math.inf if field.min is None else field.min
    high = math.inf if field.max is None else field.max
    return whole and low <= value <= high


def vocabulary_text(field: Field) -> str:
    """Return in words what *field* allows.

    Examples
    --------
    >>> vocabulary_text(
    ...     Field.model_validate({"type": "number", "min": 0, "from": "attribute", "fuse": "mean"})
    ... )
    'number from 0 upwards'
    """
    if field.vocabulary:
        return listing(field.vocabulary)
    if field.type not in NUMERIC:
        return field.type
    low = "" if field.min is None else f" from {field.min:g}"
    high = "" if field.max is None else f" to {field.max:g}"
    return f"{field.type}{low}{high}" + (" upwards" if low and not high else "")
