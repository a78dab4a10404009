"""The figures of audits as rows of the table ``measures``: of every round, for untouched records and for auto."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pandas as pd

from groundkeeper.core.audit import bounds
from groundkeeper.core.audit.arms import Rests, arms
from groundkeeper.core.audit.bounds import Bound
from groundkeeper.core.audit.draw import AUDITED, action_of
from groundkeeper.core.audit.reread import readings
from groundkeeper.core.estimates import Estimate
from groundkeeper.core.impact.affected import Course
from groundkeeper.core.measures import row, table_of
from schemas.enums import Arm as Which
from schemas.enums import Scope

FACET: Final = "action"
PREFIX: Final = "audit_"
TOO_FEW: Final = "too few readings to say, or too noisy ones"


def audit_measures(  # noqa: PLR0913 - one frame per table
    tasks: pd.DataFrame,
    said: pd.DataFrame,
    carried: pd.DataFrame,
    items: pd.DataFrame,
    course: Course,
    *,
    confidence: float,
    traced: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what the audits of a set show, as the table ``measures``; no rows where none was opened.

    Parameters
    ----------
    tasks : DataFrame
        The table ``tasks``, of all rounds; those of the scope ``audit`` are looked at.
    said : DataFrame
        One row per admitted answer to an audit task, as ``heard.heard`` returns them: ``task_id``; ``era``;
        ``state``; and in columns called as the fields of that era what was answered and measured, missing where it
        was not. An answer that is ``empty`` says that there is no such record.
    carried : DataFrame
        The table ``carried``: observations in the words of the guideline in force, one row per record and era.
    items : DataFrame
        ``item_id, group_id``.
    course : Course
        The guideline in force, and the ways to it.
    confidence : float
        Of the intervals and of the one-sided bounds, in (0.5, 1).
    traced : DataFrame, optional
        One row per reading that an adjudicator looked at: ``task_id``; ``traced``, whether it differs because of a
        rule that changed. Readings that differ and were not looked at count as if they did.

    Returns
    -------
    DataFrame
        The columns of ``schemas.names.MEASURES``, sorted. The subject is the round, the facet ``action``, the level
        ``untouched`` or ``auto``.

        ``audit_differs_old``, ``audit_differs_new``
            Share of the records that are read otherwise than the ground truth has them.
        ``audit_difference``, ``audit_difference_bound``
            NEW - OLD, and its one-sided upper bound.
        ``audit_missed``, ``audit_missed_bound``
            Share of the records whose impact was missed, with the noise taken out, and its bound.
        ``audit_traced``, ``audit_traced_bound``
            The same from what adjudicators traced to a changed rule.

        The value of a bound is the bound; it holds in small samples.
    """
    audits = tasks[tasks["scope"] == Scope.AUDIT].merge(
        items[["item_id", "group_id"]], on="item_id"
    )
    read = readings(audits, said, carried, course)
    if traced is not None:
        read = read.merge(traced[["task_id", "traced"]], on="task_id", how="left")
    return measures(audits, read, confidence)


def measures(tasks: pd.DataFrame, read: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return the figures of *read* tasks; for both frames see ``arms.arms``, for the figures ``audit_measures``."""
    rows: list[dict[str, object]] = []
    for name, of_round in tasks.groupby("round", sort=True):
        of_name = read[read["round"] == name]
        for action in AUDITED:
            asked = of_round[action_of(of_round["stratum"]) == action]
            here = of_name[action_of(of_name["stratum"]) == action]
            figures = _figures(asked, here, confidence) if len(asked) else ()
            rows += [
                row(f"{PREFIX}{measure}", str(name), FACET, str(action), found)
                for measure, found in figures
            ]
    return table_of(rows)


def _figures(
    tasks: pd.DataFrame, read: pd.DataFrame, confidence: float
) -> Iterator[tuple[str, Estimate]]:
    """Yield the figures of one audit of one action, with their names."""
    found = arms(tasks, read)
    two_sided = (1 + confidence) / 2
    rests = {which: found.rests(read, which) for which in Which}
    both = found.rests(read, *Which)
    notes = _notes(tasks, read)
    for which, arm in ((Which.OLD, found.old), (Which.NEW, found.new)):
        shown = bounds.share_of(arm, found.weight, two_sided)
        yield f"differs_{which}", _figure(shown, rests[which], notes)
    within = bounds.difference(found.new, found.old, found.weight, two_sided)
    yield "difference", _figure(within, both, notes)
    one_sided = f"one-sided, {100 * confidence:g} %"
    at_most = bounds.difference(found.new, found.old, found.weight, confidence)
    yield "difference_bound", _bound(at_most, both, (one_sided, *notes))
    missed = bounds.missed(found.new, found.old, found.weight, confidence)
    why = _unbounded(within)
    if why:
        missed = Bound(*(limit * math.nan for limit in missed))
    yield "missed", _point(missed, both, notes, why)
    yield "missed_bound", _bound(missed, both, (one_sided, *notes), why)
    traced = bounds.traced(found.traced, found.old, found.weight, confidence)
    waiting = (*_waiting(read), *notes)
    yield "traced", _point(traced, rests[Which.NEW], waiting)
    yield "traced_bound", _bound(traced, rests[Which.NEW], (one_sided, *waiting))


def _unbounded(within: Bound) -> str:
    """Say why the difference bounds nothing, if the newer text surely is read with less noise than the older one."""
    if not within.high.item() < 0:
        return ""
    return (
        "the newer version is read more alike than the older one, so the difference bounds nothing"
    )


def _figure(shown: Bound, rests: Rests, notes: tuple[str, ...], why: str = "") -> Estimate:
    """Return a figure with its interval; where there is none, *why*, or else that there are too few readings."""
    value = shown.value.item()
    is_silent = math.isnan(value)
    return Estimate(
        value,
        math.nan if is_silent else shown.low.item(),
        math.nan if is_silent else shown.high.item(),
        rests.n,
        rests.groups,
        rests.effective_n,
    ).noted(why or (TOO_FEW if is_silent else ""), *notes)


def _point(shown: Bound, rests: Rests, notes: tuple[str, ...], why: str = "") -> Estimate:
    return replace(_figure(shown, rests, notes, why), low=math.nan, high=math.nan)


def _bound(shown: Bound, rests: Rests, notes: tuple[str, ...], why: str = "") -> Estimate:
    """Return the one-sided upper bound as a figure of its own; at 1 it excludes nothing, and says so."""
    only = Bound(shown.high, shown.high, shown.high)
    silent = TOO_FEW if shown.high.item() >= 1 else ""
    return _point(only, rests, notes, why or silent)


def _notes(tasks: pd.DataFrame, read: pd.DataFrame) -> tuple[str, ...]:
    unknown = int(read["differs"].isna().sum())
    notes = {
        f"{len(read)} of {len(tasks)} readings are in": len(read) < len(tasks),
        f"{unknown} readings cannot be compared": unknown > 0,
    }
    return tuple(note for note, holds in notes.items() if holds)


def _waiting(read: pd.DataFrame) -> tuple[str, ...]:
    """Say how many readings of the NEW arm differ and were not looked at by an adjudicator."""
    other = (read["arm"] == Which.NEW) & read["differs"].fillna(False)  # noqa: FBT003 - a missing one does not differ
    open_ones = int((other & read["traced"].isna()).sum() if "traced" in read else other.sum())
    if not open_ones:
        return ()
    return (f"{open_ones} readings that differ are not traced yet and count as missed",)
