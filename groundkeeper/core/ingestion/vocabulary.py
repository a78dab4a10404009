"""Attributes and labels of annotations held against the fields that a guideline declares."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pandas as pd

from groundkeeper.core.guideline.allowed import fits, vocabulary_text
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.ids import canonical_json

Refusal: TypeAlias = tuple[str, str, str, str]
"""Batch, place, value, and what was allowed."""


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
    checked = [
        (field.source_name(name), field)
        for name, field in fields.items()
        if field.source == "attribute"
    ]
    kept: list[str] = []
    refused: list[Refusal] = []
    rows = annotations[["annotation_id", "batch", "attributes"]].itertuples(index=False, name=None)
    for annotation_id, batch, text in rows:
        said = json.loads(text)
        for key, field in checked:
            if said.get(key) is not None and not fits(said[key], field):
                value = canonical_json(said.pop(key))
                where = f"{annotation_id}/attributes/{key}"
                refused.append((batch, where, value, vocabulary_text(field)))
        kept.append(canonical_json(said))
    return kept, _rejects(refused)


def allowed_labels(
    annotations: pd.DataFrame, fields: Mapping[str, Field]
) -> tuple[pd.Series, pd.DataFrame]:
    """Return each annotation's label, missing where a field from labels does not allow it, and those as rejects.

    Where several fields are read from the label, all of them must allow it.

    Parameters
    ----------
    annotations : DataFrame
        One row per annotation: ``annotation_id, batch, label``.
    fields : mapping
        Field name to its definition. Without a field from labels every label stays as it is.

    Returns
    -------
    Series, on the index of *annotations*
    DataFrame
        Rejects, one row per refused label.
    """
    labels = annotations["label"].astype("str")
    checked = [field for field in fields.values() if field.source == "label"]
    strict = {
        label: field
        for field in reversed(checked)
        for label in labels.dropna().unique()
        if not fits(label, field)
    }
    wrong = labels.isin(list(strict))
    columns = [annotations[name][wrong] for name in ("batch", "annotation_id")]
    refused = [
        (batch, f"{key}/label", canonical_json(label), vocabulary_text(strict[label]))
        for batch, key, label in zip(*columns, labels[wrong], strict=True)
    ]
    return labels.mask(wrong), _rejects(refused)


def allowed_probabilities(
    annotations: pd.DataFrame, fields: Mapping[str, Field]
) -> tuple[pd.Series, pd.DataFrame]:
    """Return each annotation's probabilities, missing where some are of labels that are not allowed, and those refused.

    Without the classes that are not known the others would not add up to 1, so all of them are left out.

    Parameters
    ----------
    annotations : DataFrame
        One row per annotation: ``annotation_id, batch, probabilities`` (JSON text).
    fields : mapping
        Field name to its definition. Without a field from labels all stay as they are.

    Returns
    -------
    Series, on the index of *annotations*
    DataFrame
        Rejects, one row per annotation.
    """
    said = annotations["probabilities"].astype("str")
    checked = [field for field in fields.values() if field.source == "label"]
    refused: list[Refusal] = []
    wrong = pd.Series(data=False, index=annotations.index)
    if checked:
        known = said.dropna()
        columns = [annotations.loc[known.index, name] for name in ("batch", "annotation_id")]
        for place, batch, key, text in zip(known.index, *columns, known, strict=True):
            strange = [
                name for name in json.loads(text) if not all(fits(name, field) for field in checked)
            ]
            if strange:
                wrong[place] = True
                allowed = vocabulary_text(checked[0])
                refused.append((batch, f"{key}/probabilities", canonical_json(strange), allowed))
    return said.mask(wrong), _rejects(refused)


def _rejects(refused: Sequence[Refusal]) -> pd.DataFrame:
    columns = ["source", "path", "value", "allowed"]
    return pd.DataFrame(refused, columns=columns, dtype="str").assign(rule="value_is_allowed")
