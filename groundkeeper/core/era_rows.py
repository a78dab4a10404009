"""The rows of a table by the fields of the era that they were said in, and what of them the version in force knows."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.eras import Eras
from groundkeeper.core.guideline.fields import LISTED, NUMERIC, Field
from groundkeeper.core.guideline.lists import restored
from groundkeeper.core.guideline.values import version_key


def by_fields(of: pd.Series, eras: Eras) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yield the rows of each era whose fields differ, and first those of all other eras together.

    Parameters
    ----------
    of : Series
        The era of each of n rows.

    Yields
    ------
    str
        An era that stands for all in the group: empty for the version in force.
    bool[n]
        Its rows. The group of the version in force is always there, the others where they have rows.
    """
    yield "", ~of.isin(list(eras.fields)).to_numpy(dtype=np.bool_)
    for era in sorted(eras.fields, key=version_key):
        rows = (of == era).to_numpy(dtype=np.bool_)
        if rows.any():
            yield era, rows


def known_in_force(table: pd.DataFrame, fields: Mapping[str, Field]) -> pd.DataFrame:
    """Return *table* without the values that the fields in force do not allow, each missing instead.

    An extent that the fields in force cannot tell is missing as well: of a value that is missing, or of one whose
    lowest answer stands above its highest since the order of the vocabulary was turned. A set is in the order of the
    vocabulary in force.

    Parameters
    ----------
    table : DataFrame
        Observations or records: ``<field>``, and ``<field>_low`` and ``<field>_high`` where it has an order.
    fields : mapping
        Field name to its definition, of the version in force.

    Examples
    --------
    >>> grade = Field.model_validate(
    ...     {"type": "ordinal", "values": ["b", "a"], "from": "attribute", "fuse": "median"}
    ... )
    >>> told = pd.DataFrame({"grade": ["a", "c"], "grade_low": ["a", "a"], "grade_high": ["b", "c"]})
    >>> known_in_force(told, {"grade": grade}).isna().to_numpy().tolist()
    [[False, True, True], [True, True, True]]
    """
    known = {}
    for name, field in fields.items():
        if name not in table:
            continue
        known[name] = allowed_values(table[name], field)
        ends = [f"{name}_{end}" for end in ("low", "high")]
        if set(ends) <= set(table.columns):
            low, high = (allowed_values(table[end], field) for end in ends)
            turned = (_ranks(low, field) > _ranks(high, field)).fillna(value=False)
            told = (known[name].notna() & ~turned).astype(bool)
            known |= dict(zip(ends, (low.where(told), high.where(told)), strict=True))
    return table.assign(**known)


def allowed_values(values: pd.Series, field: Field) -> pd.Series:
    """Return *values* where a field allows them, else missing; a list as the field has it."""
    if field.type in LISTED:
        return restored(values, field)
    return values.where(_is_allowed(values, field))


def _is_allowed(values: pd.Series, field: Field) -> pd.Series:
    """Return which of *values* a field that holds no lists allows, bool on their index; a missing one is not."""
    if field.vocabulary:
        return values.isin(list(field.vocabulary))
    if field.type not in NUMERIC:
        return values.notna()
    low = -math.inf if field.min is None else field.min
    high = math.inf if field.max is None else field.max
    return values.between(low, high).fillna(value=False).astype(bool)


def _ranks(values: pd.Series, field: Field) -> pd.Series:
    if not field.vocabulary:
        return values.astype("float64")
    return values.astype(object).map(dict(field.vocabulary)).astype("float64")
