"""The topics of a consensus meeting: questions by rule and cell, and cells of which nobody asked and many disagree."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from groundkeeper.core.edge_cases.cells import Cell, axes_of, fields_read, locate
from groundkeeper.core.edge_cases.concentration import Concentration, Searched
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import Field


@dataclass(frozen=True)
class Topic:
    """One thing to talk about.

    Attributes
    ----------
    rule_id
        The rule that was asked about, as it was named; empty if none was.
    decisions
        The decisions that it is about: that of the rule, or all where no rule of the guideline was named.
    cell
        Where the records that were asked about lie; None where no record was named.
    edge_case_ids
        The questions; none where nobody asked.
    case_ids
        The records that were asked about, those with the most questions first.
    record_ids
        The records of the set that the topic is about, sorted: those in the cell. Where no record was named, those that
        the rule decides, and without a rule those of the items that were named.
    contested_ids
        Of them those whose decision rests on whom one asks, the most contested first.
    concentration
        How much more often experts disagree there, where that is why it is a topic.
    """

    rule_id: str
    decisions: tuple[str, ...]
    cell: Cell | None
    edge_case_ids: tuple[str, ...]
    case_ids: tuple[str, ...]
    record_ids: tuple[str, ...]
    contested_ids: tuple[str, ...]
    concentration: Concentration | None = None


@dataclass(frozen=True)
class Known:
    """What is known of the records.

    Attributes
    ----------
    observed
        One row per record: ``record_id, item_id`` and the fused fields.
    standing
        One row per decision and record, as ``core.edge_cases.positions.contested`` makes it.
    aliases
        By an id that a record once had, the id that it has.
    """

    observed: pd.DataFrame
    standing: pd.DataFrame
    aliases: Mapping[str, str]


def agenda(
    questions: pd.DataFrame,
    searched: Searched,
    known: Known,
    decisions: Mapping[str, Decision],
    fields: Mapping[str, Field],
) -> tuple[Topic, ...]:
    """Return what to talk about, that first on which the most records hang.

    That is how many have a decision that rests on whom one asks; then how many lie there; then how many questions.

    Parameters
    ----------
    questions : DataFrame
        The table ``edge_cases``.
    searched : Searched
        Where disagreement concentrates. A cell that a question about the same decision lies in is no topic of its own.
    known : Known
        The records.
    decisions, fields
        Of the guideline in force.
    """
    asked = _placed(questions, known)
    topics = [
        topic
        for rule_id, about in asked.groupby("rule_id", sort=True)
        for topic in _of_rule(str(rule_id), about, known, decisions, fields)
    ]
    topics += [
        _of_concentration(one, known)
        for one in searched.found
        if not _is_asked_about(one, asked, decisions)
    ]
    return tuple(sorted(topics, key=_order))


def decisions_of(rule_id: str, decisions: Mapping[str, Decision]) -> tuple[str, ...]:
    """Return the decision that *rule_id* is a rule of, or is; all of them if it is of none."""
    own = [
        name
        for name, decision in decisions.items()
        if rule_id == name or rule_id in {rule.id for rule in decision.rules}
    ]
    return tuple(own[:1] or sorted(decisions))


def _placed(questions: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Return the questions with the ids that their records have now, empty where there is none."""
    records = questions["record_id"].map(lambda name: known.aliases.get(name, name))
    here = records.isin(known.observed["record_id"])
    placed = questions.assign(
        record_id=records.where(here, "").astype("str"),
        rule_id=questions["rule_id"].fillna("").astype("str"),
    )
    return placed.sort_values(["asked_at", "edge_case_id"]).reset_index(drop=True)


class _Subject(NamedTuple):
    """What questions are about: a rule as it was named, and the decisions that it leads to."""

    rule_id: str
    decisions: tuple[str, ...]


def _of_rule(
    rule_id: str,
    about: pd.DataFrame,
    known: Known,
    decisions: Mapping[str, Decision],
    fields: Mapping[str, Field],
) -> list[Topic]:
    subject = _Subject(rule_id, decisions_of(rule_id, decisions))
    own = [decisions[name] for name in subject.decisions]
    read = {field for decision in own for field in fields_read(decision, rule_id)}
    ordered = known.observed.sort_values("record_id").reset_index(drop=True)
    located = locate(axes_of(own, fields, read), own, ordered)
    place = pd.Series(located.of_row, ordered["record_id"])
    found = []
    named = about[about["record_id"] != ""]
    for number, here in named.groupby(named["record_id"].map(place)):
        records = place.index[place == number]
        cell = located.cells[int(str(number))]
        found.append(_topic(subject, cell, here, records, known))
    rest = about[about["record_id"] == ""]
    if len(rest):
        is_rule = any(rule.id == rule_id for decision in own for rule in decision.rules)
        of_rule = known.standing[known.standing["rule_id"] == rule_id]
        of_items = ordered[ordered["item_id"].isin(rest["item_id"])]
        records = (of_rule if is_rule else of_items)["record_id"]
        found.append(_topic(subject, None, rest, records, known))
    return found


def _topic(
    subject: _Subject,
    cell: Cell | None,
    asked: pd.DataFrame,
    records: Collection[str],
    known: Known,
) -> Topic:
    by_record = asked[asked["record_id"] != ""]["record_id"].value_counts()
    cases = sorted(by_record.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return Topic(
        subject.rule_id,
        subject.decisions,
        cell,
        tuple(asked["edge_case_id"]),
        tuple(str(record) for record, _ in cases),
        tuple(sorted(set(records))),
        _most_contested(records, subject.decisions, known),
    )


def _of_concentration(one: Concentration, known: Known) -> Topic:
    names = (one.decision,)
    hot = _most_contested(one.record_ids, names, known)
    return Topic("", names, one.cell, (), (), one.record_ids, hot, one)


def _most_contested(
    records: Collection[str], names: Collection[str], known: Known
) -> tuple[str, ...]:
    """Return the contested ones of *records*: by the share of experts who decide otherwise, then by id."""
    rows = known.standing[
        known.standing["record_id"].isin(records) & known.standing["decision"].isin(names)
    ]
    hot = rows[(rows["otherwise"] > 0) | rows["borderline"]]
    share = (hot["otherwise"] / hot["experts"].where(hot["experts"] > 0)).fillna(0.0)
    ranked = hot.assign(share=share).groupby("record_id")["share"].max().reset_index()
    ordered = ranked.sort_values(["share", "record_id"], ascending=[False, True])
    return tuple(ordered["record_id"])


def _is_asked_about(
    one: Concentration, asked: pd.DataFrame, decisions: Mapping[str, Decision]
) -> bool:
    here = asked[asked["record_id"].isin(one.record_ids)]
    return any(one.decision in decisions_of(rule, decisions) for rule in set(here["rule_id"]))


def _order(topic: Topic) -> tuple[int, int, int, str, tuple[str, ...], str]:
    return (
        -len(topic.contested_ids),
        -len(topic.record_ids),
        -len(topic.edge_case_ids),
        topic.rule_id,
        topic.decisions,
        repr(topic.cell),
    )
