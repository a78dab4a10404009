"""A derived decision under two versions: exactly the records whose outcome moves."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.grouping import every, the_only
from groundkeeper.core.guideline.regions import Regions, rule_list
from groundkeeper.core.impact.meaning import Readings
from groundkeeper.core.impact.verdicts import (
    AUTO,
    CONTRADICTION,
    REVALIDATE,
    UNKNOWN,
    UNTOUCHED,
    Codes,
    Verdicts,
    cells_of,
    moved_by,
    nothing,
    open_fields,
    places_of,
    rule_name,
)


def derived(
    name: str,
    versions: tuple[Decision, Decision],
    renames: Mapping[str, str],
    read: Readings,
    table: pd.DataFrame,
) -> Verdicts:
    """Return what a derived decision says of each record of *table* under two versions.

    In every cell the outcomes that are possible under both are looked at *together*: a record is untouched if no
    value that it may have moves it, and re-derived if what it becomes is known whatever the missing values are. Where
    the table has the outcome itself, in a column called as the decision, the missing values are such that the older
    version gives it; if none do, it is a contradiction.

    Parameters
    ----------
    name
        Of the decision.
    versions
        The decision in the older version and in the newer one.
    renames
        What outcomes of the older one are called in the newer one.
    read
        How the fields are read from the table.
    table
        One row a record.
    """
    old, new = versions
    regions = Regions.of(rule_list(old.rules, read.old, read.then), rule_list(new.rules, read.new))
    outcomes = tuple(dict.fromkeys((*old.outcomes, *new.outcomes)))
    stored = _stored(name, outcomes, table)
    columns = read.of(table)
    cells = cells_of(regions, columns, len(table), (stored, len(outcomes) + 1))
    count = len(cells.first)
    reached = regions.reached(*regions.bounds(cells.places))
    place_then, place_now = (meant(decision, outcomes) for decision in (old, new))
    then, now = place_then[reached.rules[:, 0]], place_now[reached.rules[:, 1]]

    said = stored[cells.first]
    agrees = (said[reached.row] == UNKNOWN) | (said[reached.row] == then)
    impossible = np.bincount(reached.row, agrees, minlength=count) == 0
    agrees |= impossible[reached.row]
    row, rules = reached.row[agrees], reached.rules[agrees]
    then, now = then[agrees], now[agrees]

    outcome_now = the_only(row, now, count)
    stays = every(row, then == now, count)
    called = _called(renames, outcomes)
    only_called_otherwise = every(row, called[then] == now, count) & (outcome_now == UNKNOWN)
    action = np.where(outcome_now == UNKNOWN, REVALIDATE, AUTO)
    action = np.where(stays | only_called_otherwise, UNTOUCHED, action)
    action = np.where(impossible, CONTRADICTION, action).astype(np.int8)
    asks = nothing(count)
    waiting = np.flatnonzero(action == REVALIDATE)
    if waiting.size:
        asks[waiting] = open_fields(cells, waiting, [1], lambda rules, _: place_now[rules[:, 1]])
    hidden_then = every(row, np.isin(then, _places(old.invisible, outcomes)), count)
    # A value that is missing left the record open, and in; one that cannot be read says nothing.
    is_read = {axis.name for axis in regions.axes} <= columns.keys() | {*read.new}
    shown_then = every(row, ~np.isin(then, _places(old.invisible, outcomes)), count)
    return Verdicts(
        decision=name,
        cell=cells.of_row,
        action=action,
        then=np.where(said == UNKNOWN, the_only(row, then, count), _known(said, outcomes)),
        now=outcome_now,
        hidden_then=hidden_then,
        hidden_now=every(row, np.isin(now, _places(new.invisible, outcomes)), count),
        shown_then=~hidden_then if is_read else shown_then,
        rule_ids=moved_by(versions, row, rules, (then != now) | impossible[row], count),
        asks=asks,
        outcomes=outcomes,
        is_exact=reached.is_exact,
    )


def added(name: str, new: Decision, read: Readings, table: pd.DataFrame) -> Verdicts:
    """Return what a derived decision that the older version did not know says of each record of *table*.

    It is an outcome more: re-derived where it is known, and asked for where it is not.
    """
    regions = Regions.of(rule_list(new.rules, read.new))
    cells = cells_of(regions, read.of(table), len(table))
    count = len(cells.first)
    reached = regions.reached(*regions.bounds(cells.places))
    places = meant(new, new.outcomes)
    now = places[reached.rules[:, 0]]
    outcome = the_only(reached.row, now, count)
    action = np.where(outcome == UNKNOWN, REVALIDATE, AUTO).astype(np.int8)
    asks = nothing(count)
    waiting = np.flatnonzero(outcome == UNKNOWN)
    if waiting.size:
        asks[waiting] = open_fields(cells, waiting, [0], lambda rules, _: places[rules[:, 0]])
    rule = the_only(reached.row, reached.rules[:, 0], count)
    rule_ids = nothing(count)
    for place, number in enumerate(rule.tolist()):
        rule_ids[place] = () if number == UNKNOWN else (rule_name(new, number),)
    hidden = every(reached.row, np.isin(now, _places(new.invisible, new.outcomes)), count)
    return Verdicts(
        name,
        cells.of_row,
        action,
        np.full(count, UNKNOWN),
        outcome,
        np.zeros(count, np.bool_),
        hidden,
        np.ones(count, np.bool_),
        rule_ids,
        asks,
        new.outcomes,
        reached.is_exact,
    )


def _called(renames: Mapping[str, str], outcomes: tuple[str, ...]) -> Codes:
    """Return the place of what each outcome is called now, -1 where that is none of them."""
    places = {outcome: place for place, outcome in enumerate(outcomes)}
    return np.array([places.get(renames.get(o, o), UNKNOWN) for o in outcomes], dtype=np.intp)


def _known(said: Codes, outcomes: tuple[str, ...]) -> Codes:
    return np.where(said == len(outcomes), UNKNOWN, said)


def meant(decision: Decision, outcomes: tuple[str, ...]) -> Codes:
    """Return the place of the outcome of every rule, and of the default after them."""
    places = {outcome: place for place, outcome in enumerate(outcomes)}
    given = [*(rule.then for rule in decision.rules), decision.default]
    return np.array([places[outcome] for outcome in given if outcome is not None], dtype=np.intp)


def _places(chosen: tuple[str, ...], outcomes: tuple[str, ...]) -> list[int]:
    return [outcomes.index(outcome) for outcome in chosen]


def _stored(name: str, outcomes: tuple[str, ...], table: pd.DataFrame) -> Codes:
    """Return the place of the outcome that the table has of each record; no cell gives one that is none of them."""
    if name not in table:
        return np.full(len(table), UNKNOWN, dtype=np.intp)
    return places_of(table[name], outcomes)
