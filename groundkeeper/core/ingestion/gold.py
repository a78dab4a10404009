"""Answers that are known to be right: rows of gold with ids, and those that cannot judge anything, refused."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from groundkeeper.core.guideline.allowed import fits, vocabulary_text
from groundkeeper.core.guideline.correspondence import redefined
from groundkeeper.core.guideline.eras import ALIKE, Eras
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.lists import is_listed, members
from groundkeeper.core.guideline.tree import canonical_number
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.ingestion.tables import Source, refuse
from groundkeeper.errors import listing
from schemas.inference import GOLD
from schemas.names import REJECTS


@dataclass(frozen=True)
class Gold:
    """The table ``gold``, and what was refused of it; until it is settled, also ``sequence`` and ``line``."""

    rows: pd.DataFrame
    rejects: pd.DataFrame


@dataclass(frozen=True)
class Subjects:
    """What gold may speak of.

    Attributes
    ----------
    item_ids : mapping
        Item key to item id of the sampled items.
    known : collection of str
        Keys of all items of the pool.
    fields : mapping
        Field name to its definition, of the version in force.
    eras : Eras
        In what older versions differ from it.
    """

    item_ids: Mapping[str, str]
    known: Collection[str]
    fields: Mapping[str, Field]
    eras: Eras = ALIKE


def gold_of(source: Source, told: pd.DataFrame, subjects: Subjects) -> Gold:
    """Return the gold of one batch about sampled items.

    Gold of items that are known but not sampled waits in the inbox. A row is refused, with its line, for the first
    that does not hold:

    * ``item_is_known``: the item is in the pool;
    * ``field_is_known``: the version in force has such a field, which experts answer and which is fused;
    * ``field_means_the_same``: it means now what it meant in the version under which the gold was taken in;
    * ``value_is_allowed``: the field allows the value.

    Parameters
    ----------
    source : Source
        The batch.
    told : DataFrame
        One row per item and field: ``formats.frames.GOLD_TYPES``.
    subjects : Subjects
        What gold may speak of.
    """
    told = told.assign(batch=source.name, sequence=source.sequence)
    judged = {name: field for name, field in subjects.fields.items() if field.fuse is not None}
    value = _values(told, judged)
    stands = pd.Series(True, told.index)  # noqa: FBT003 - of every row, so far
    rejects = []
    for demand in _demands(source, told, value, judged, subjects):
        wrong = stands & ~demand.holds
        refused = _refused(told[wrong], demand.rule, demand.found[wrong], "")
        rejects.append(refused.assign(allowed=demand.allowed[wrong]))
        stands &= demand.holds
    rows = told.assign(item_id=told["item_key"].map(subjects.item_ids).astype("str"), value=value)
    sampled = rows[stands & rows["item_id"].notna()]
    return Gold(
        sampled[[*GOLD.columns, "sequence", "line"]], pd.concat(rejects)[list(REJECTS.columns)]
    )


def gold_of_all(found: Sequence[Gold]) -> Gold:
    """Return the gold of all batches as one in which nothing contradicts itself.

    Of batches that state different values for one item and field the latest counts, by its sequence; the others are
    refused, with their lines (``latest_gold_stands``): whoever corrects gold adds the corrected rows, and sees on the
    report what they replaced.
    """
    rows = pd.concat([one.rows for one in found], ignore_index=True)
    about = ["item_id", "field"]
    ordered = rows.sort_values(["sequence", *about])
    latest = ordered.groupby(about)["value"].transform("last")
    replaced = ordered[ordered["value"] != latest]
    rejects = [one.rejects for one in found]
    rejects.append(
        _refused(
            replaced,
            "latest_gold_stands",
            replaced["field"] + ": " + replaced["value"],
            "one value for an item and field: that of the latest batch",
        )
    )
    standing = ordered[ordered["value"] == latest]
    return Gold(
        standing.sort_values(list(GOLD.key), ignore_index=True)[list(GOLD.columns)],
        pd.concat(rejects, ignore_index=True)[list(REJECTS.columns)],
    )


class _Demand(NamedTuple):
    """What must hold of a row: of which rows it does, what is *found* in each, and what is *allowed*."""

    rule: str
    holds: pd.Series
    found: pd.Series
    allowed: pd.Series


def _demands(
    source: Source,
    told: pd.DataFrame,
    value: pd.Series,
    judged: Mapping[str, Field],
    subjects: Subjects,
) -> list[_Demand]:
    """Return what must hold of the rows *told*, in the order in which it is asked."""
    item, field = told["item_key"], told["field"]
    vocabularies = {name: vocabulary_text(one) for name, one in judged.items()}

    def for_all(text: str) -> pd.Series:
        return pd.Series(text, told.index, dtype="str")

    known_item = for_all("the key of an item that a batch of this set describes")
    known_field = for_all(f"a field that is fused: {listing(judged)}")
    same_field = for_all(f"a field that means what it meant in version {source.era}")
    is_same = ~field.isin(_redefined(source.era, judged, subjects))
    return [
        _Demand("item_is_known", item.isin(subjects.known), item, known_item),
        _Demand("field_is_known", field.isin(list(judged)), field, known_field),
        _Demand("field_means_the_same", is_same, field, same_field),
        _Demand(
            "value_is_allowed",
            value.notna(),
            told["value"],
            field.map(vocabularies).astype("str"),
        ),
    ]


def _redefined(era: str, judged: Mapping[str, Field], subjects: Subjects) -> list[str]:
    """Return the fields that meant another thing in the version *era*."""
    then = subjects.eras.fields.get(era, {})
    return [
        name
        for name, field in judged.items()
        if name in then and redefined(then[name], field, name, name)
    ]


def _values(told: pd.DataFrame, judged: Mapping[str, Field]) -> pd.Series:
    """Return the value of each row as a table has it; missing where its field, or there is none, does not allow it."""
    values = [
        _value(text, judged[name]) if name in judged else None
        for name, text in zip(told["field"], told["value"], strict=True)
    ]
    return pd.Series(values, told.index, dtype="str")


def _value(text: str, field: Field) -> str | None:
    """Return the one spelling of a value, as JSON; None where *field* does not allow it.

    Examples
    --------
    >>> stars = {"type": "ordinal", "values": [1, 2, 3], "from": "attribute", "fuse": "median"}
    >>> [_value(text, Field.model_validate(stars)) for text in ("2", "2.0", "4")]
    ['2', '2', None]
    """
    value = json.loads(text)
    if not fits(value, field):
        return None
    if is_listed(field):
        return canonical_json(list(members(value, field) or ()))
    return canonical_json(canonical_number(value) if isinstance(value, float) else value)


def _refused(rows: pd.DataFrame, rule: str, value: pd.Series, allowed: str) -> pd.DataFrame:
    where = "line " + rows["line"].astype("str")
    return refuse(where, rule, value, allowed).assign(source=rows["batch"])
