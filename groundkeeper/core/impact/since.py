"""What was answered of records since they were observed, beside what was known of them then."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.grouping import group
from groundkeeper.core.impact.judgements import Judgements
from groundkeeper.core.impact.meaning import CONFIRMED, NEWER, Readings
from groundkeeper.core.impact.path import Form
from groundkeeper.core.impact.verdicts import Flags
from schemas.names import SPREAD_ENDINGS, THEN


def unconfirmed(table: pd.DataFrame, left: int) -> Flags:
    """Return of which records nobody has said since that they are right, given the steps *left* before a step."""
    if CONFIRMED not in table:
        return np.ones(len(table), dtype=np.bool_)
    return ~(table[CONFIRMED].to_numpy(dtype=np.float64) < left)


def answered_since(table: pd.DataFrame, now: Form, judged: Judgements) -> dict[str, Flags]:
    """Return, by field in force, of which records it was answered since, bool [n].

    A judgement is made anew by whoever annotates the record again, and never as a single field.
    """
    stores = {decision.field for decision in now.decisions.decisions.values()}
    return {
        name: table[f"{name}{NEWER}"].notna().to_numpy(dtype=np.bool_)
        for name in now.fields.fields
        if f"{name}{NEWER}" in table and name not in stores and name not in judged.became
    }


def by_answers(answered: Mapping[str, Flags], count: int) -> list[tuple[Flags, frozenset[str]]]:
    """Return, of *count* records, those of which the same fields were answered since, with these fields."""
    if not count:
        return [(np.zeros(0, dtype=np.bool_), frozenset())]
    names = sorted(answered)
    alike, first = group(count, [(answered[name].astype(np.int8), 2) for name in names])
    return [
        (alike == place, frozenset(name for name in names if answered[name][row]))
        for place, row in enumerate(first.tolist())
    ]


def with_both(
    table: pd.DataFrame, judged: Judgements, read: Readings, answered: Mapping[str, Flags]
) -> pd.DataFrame:
    """Return *table* with what judgements and answered fields became, beside what they were."""
    was = {f"{name}{THEN}": said for name, said in judged.was.items()}
    became = dict(judged.became)
    stored = read.of(table)
    nothing_known = pd.Series(None, table.index, dtype=object)
    for name, given in answered.items():
        axis = read.then.get(name, name)
        was[f"{name}{THEN}"] = stored.get(axis, table.get(name, nothing_known))
        known = stored.get(name, nothing_known)
        for column, before in (
            (name, known),
            *((f"{name}{end}", table.get(f"{name}{end}")) for end in SPREAD_ENDINGS),
        ):
            if before is not None:
                said = table[f"{column}{NEWER}"]
                became[column] = said.where(given, before.astype(said.dtype))
    kept = [
        column
        for column in table.columns
        if column != CONFIRMED and not str(column).endswith(NEWER)
    ]
    return table[kept].assign(**was, **became)
