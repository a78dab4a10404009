"""One case of a meeting: who asked what, what each expert said and drew, and what the ground truth has."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from groundkeeper.core.consensus.voices import ARRIVED, of_scope, spoken
from groundkeeper.core.edge_cases.agenda import Topic
from groundkeeper.core.edge_cases.cells import fields_read
from groundkeeper.core.guideline.fields import ANSWERED, Field
from groundkeeper.core.guideline.lists import Members, is_listed, told
from groundkeeper.reports import outlines
from groundkeeper.reports.field_words import field_name
from groundkeeper.reports.meeting.material import Material
from groundkeeper.reports.page import words
from groundkeeper.reports.subjects import subjects
from schemas.enums import Scope

SHOWN: Final = 4
"""So many cases of a topic are shown in full."""
LISTED: Final = 20
"""So many further questions are listed."""
NOT_MARKED: Final = "\N{EN DASH}"
"""Stands where an expert looked and did not mark the object."""
SEALED: Final = "This item is kept for the final judgement: neither answers nor outlines are shown."
GONE: Final = "No record of the set was named, or it is not in the set any more."


@dataclass(frozen=True)
class Question:
    """What somebody asked."""

    id: str
    text: str
    asker: str
    item: str
    asked: str


@dataclass(frozen=True)
class Row:
    """One line of the positions: a field or a decision, what the ground truth has, and what each expert has."""

    name: str
    record: str
    experts: tuple[str, ...]
    is_outcome: bool = False

    @property
    def differs(self) -> tuple[bool, ...]:
        """Which experts say otherwise than the ground truth has."""
        return tuple(said not in {self.record, NOT_MARKED} for said in self.experts)


@dataclass(frozen=True)
class Case:
    """One record, or an item of which no record was named.

    Attributes
    ----------
    anchor
        By which the page leads to it.
    title, facts
        The item, and what became of the record.
    questions
        What was asked about it.
    experts
        The names of those who looked, in the order of the columns.
    rows
        The positions.
    alike
        The fields in which all who marked it agree, in words.
    note
        Why there is nothing to compare; empty if there is.
    panels, legend
        The outlines, and which line is whose.
    """

    anchor: str
    title: str
    facts: str
    questions: tuple[Question, ...]
    experts: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    alike: str = ""
    note: str = ""
    panels: tuple[Markup, ...] = ()
    legend: tuple[tuple[Markup, str, bool], ...] = ()


def cases(topic: Topic, number: int, material: Material) -> tuple[Case, ...]:
    """Return the first cases of a topic: the records asked about, sealed ones last, else the most contested ones.

    Of sealed items there are the questions alone.
    """
    if topic.edge_case_ids:
        chosen = _unsealed(topic.case_ids, material) + _sealed(topic.case_ids, material)
    else:
        chosen = _unsealed(topic.contested_ids, material)
    asked = material.questions.set_index("edge_case_id").loc[list(topic.edge_case_ids)]
    records = asked["record_id"].map(lambda name: material.aliases.get(name, name))
    made = [
        _of_record(record, topic, f"case-{number}-{place}", asked[records == record], material)
        for place, record in enumerate(chosen[:SHOWN], start=1)
    ]
    unplaced = asked[~records.isin(topic.case_ids)]
    for key, about in unplaced.groupby("item_key", sort=True):
        if len(made) < SHOWN:
            anchor = f"case-{number}-{len(made) + 1}"
            made.append(Case(anchor, str(key), "", questions(about), note=GONE))
    return tuple(made)


def questions(asked: pd.DataFrame) -> tuple[Question, ...]:
    """Return *asked*, one row a question, indexed by ``edge_case_id``, in words."""
    ordered = asked.reset_index().sort_values(["asked_at", "edge_case_id"])
    return tuple(
        Question(
            id=row["edge_case_id"],
            text=row["text"],
            asker=row["annotator"],
            item=row["item_key"],
            asked=f"under {row['era']}{_on(row['asked_at'])}",
        )
        for row in ordered.to_dict("records")
    )


def _on(time: Any) -> str:  # noqa: ANN401 - a cell of a table, which may be missing
    return "" if pd.isna(time) else f", {time:%Y-%m-%d}"


def _unsealed(record_ids: Sequence[str], material: Material) -> list[str]:
    hidden = set(_sealed(record_ids, material))
    return [name for name in record_ids if name not in hidden]


def _sealed(record_ids: Sequence[str], material: Material) -> list[str]:
    item = material.observed.set_index("record_id")["item_id"]
    return [name for name in record_ids if item[name] in material.sealed]


def _of_record(
    record_id: str, topic: Topic, anchor: str, asked: pd.DataFrame, material: Material
) -> Case:
    (row,) = material.observed[material.observed["record_id"] == record_id].to_dict("records")
    items = material.evidence.items
    (key,) = items.loc[items["item_id"] == row["item_id"], "item_key"]
    status = material.status.get(record_id, "out of the ground truth")
    facts = f"{status}; {row['votes']} of {row['experts']} experts marked it; {record_id}"
    told = questions(asked)
    if row["item_id"] in material.sealed:
        return Case(anchor, str(key), facts, told, note=SEALED)
    heard = _heard(row, material)
    subject = _subject(row, heard, material)
    names = tuple(reading.name for reading in subject.readings)
    members = material.held.who[_members(row, material)]
    said = [members.index[members["answer_id"] == answer] for answer in heard["answer_id"]]
    rows, alike = _fields(topic, row, said, material)
    return Case(
        anchor,
        str(key),
        facts,
        told,
        experts=names,
        rows=(*rows, *_outcomes(topic, record_id, said, material)),
        alike=", ".join(alike),
        panels=outlines.panels(subject),
        legend=_legend(subject.readings) if subject.frames() else (),
    )


def _heard(row: Mapping[Hashable, Any], material: Material) -> pd.DataFrame:
    """Return one answer of each person who looked at a record in its era, in the order of ``reports.subjects``.

    That is the one in which they marked it, else their last.
    """
    everybody = spoken(material.evidence.answers)
    here = everybody[(everybody["item_id"] == row["item_id"]) & (everybody["era"] == row["era"])]
    last = material.last
    about = last[(last["record_id"] == row["record_id"]) & (last["era"] == row["era"])]
    whole = of_scope(here, Scope.ITEM)["annotator"]
    people = here[here["annotator"].isin({*about["annotator"], *whole})]
    marked = people["answer_id"].isin(material.held.who["answer_id"][_members(row, material)])
    ordered = people.assign(marked=marked).sort_values(["marked", *ARRIVED], na_position="first")
    chosen: pd.DataFrame = ordered.drop_duplicates("annotator", keep="last").drop(columns="marked")
    return chosen.sort_values(["annotator", "round", "answer_id"])


def _members(row: Mapping[Hashable, Any], material: Material) -> pd.Series:
    members: pd.Series = material.held.who["record_id"] == row["record_id"]
    return members


def _subject(
    row: Mapping[Hashable, Any], heard: pd.DataFrame, material: Material
) -> outlines.Subject:
    """Return what was drawn by those who were *heard*."""
    record = pd.DataFrame({name: [row[name]] for name in ("record_id", "item_id", "era")})
    parts = material.parts
    agreed = parts[(parts["record_id"] == row["record_id"]) & (parts["era"] == row["era"])]
    shown = subjects(record, agreed, material.clusters, material.evidence.of(heard))
    return shown[str(row["record_id"])]


def _fields(
    topic: Topic, row: Mapping[Hashable, Any], said: Sequence[pd.Index], material: Material
) -> tuple[list[Row], list[str]]:
    """Return the fields that the topic is about and those that differ as rows, and the names of the others."""
    fields = material.guideline.fields
    read = _read(topic, material)
    rows, alike = [], []
    for name in sorted(fields, key=lambda name: name not in read):
        field = fields[name]
        if field.type == "text" or (field.source not in ANSWERED and name not in read):
            continue
        stated = material.held.stated[name]
        experts = tuple(_joined(stated.reindex(own), field) for own in said)
        noun = field_name(name, field)
        given = [one for one in experts if one != NOT_MARKED]
        if name in read or len(set(given)) > 1:
            rows.append(Row(noun, _value(row.get(name), field), experts))
        elif len(given) > 1:
            alike.append(noun)
    return rows, alike


def _read(topic: Topic, material: Material) -> Collection[str]:
    decisions = material.guideline.decisions
    return {
        field for name in topic.decisions for field in fields_read(decisions[name], topic.rule_id)
    }


def _outcomes(
    topic: Topic, record_id: str, said: Sequence[pd.Index], material: Material
) -> list[Row]:
    """Return what is decided by the fused fields, and would be by each expert's own."""
    rows = []
    for name in topic.decisions:
        own = material.held.outcomes[name]
        standing = material.standing
        here = (standing["record_id"] == record_id) & (standing["decision"] == name)
        experts = tuple(
            " / ".join(dict.fromkeys(_outcome(one) for one in own.reindex(index))) or NOT_MARKED
            for index in said
        )
        (fused,) = standing.loc[here, "outcome"]
        rows.append(Row(words(name), _outcome(fused), experts, is_outcome=True))
    return rows


def _outcome(value: Any) -> str:  # noqa: ANN401 - a cell of a table, which may be missing
    return "open" if pd.isna(value) else str(value)


def _joined(values: pd.Series, field: Field) -> str:
    """Return what an expert said; of several marks in one record each value once."""
    return " / ".join(dict.fromkeys(_value(value, field) for value in values)) or NOT_MARKED


def _value(value: Any, field: Field) -> str:  # noqa: ANN401 - a cell of a table, which may be missing
    """Return a value as people read it; a list is the members that an expert named, or the text of a column.

    Examples
    --------
    >>> said = {"type": "set", "values": ["a", "b"], "from": "attribute", "fuse": "any"}
    >>> [_value(one, Field.model_validate(said)) for one in (("a", "b"), '["b"]', "[]", None)]
    ['a, b', 'b', 'none of them', 'not known']
    """
    if isinstance(value, tuple):
        return _listed(value, field)
    if pd.isna(value):
        return "not known"
    if is_listed(field):
        return _listed(told(value), field)
    if field.type == "bool":
        return "yes" if value else "no"
    # A column of whole numbers in which one is missing may hold them as floats.
    is_number = field.type == "number" or isinstance(value, float)
    text = f"{value:.2f}".rstrip("0").rstrip(".") if is_number else str(value)
    return f"{text} {field.unit}" if field.unit else text


def _listed(named: Members, field: Field) -> str:
    """Return the members of a set, or of a ranking from the best down.

    Examples
    --------
    >>> said = {"type": "ranking", "values": ["a", "b", "c"], "from": "attribute", "fuse": "borda"}
    >>> _listed(("b", ("a", "c")), Field.model_validate(said))
    'b > a = c'
    """
    places = (" = ".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in named)
    joint = " > " if field.type == "ranking" else ", "
    return joint.join(places) or "none of them"


def _legend(readings: Sequence[outlines.Reading]) -> tuple[tuple[Markup, str, bool], ...]:
    return tuple(
        (outlines.key(k), reading.name, bool(reading.regions)) for k, reading in enumerate(readings)
    )
