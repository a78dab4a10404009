"""The value of a field as a model of its annotators infers it, where the guideline says ``fuse: posterior``.

A model learns how reliable every annotator is from all answers to the field at once, so these values are inferred
together, over all records of the eras that read the field alike. Answers of versions after the one in force teach the
model nothing about earlier records: without them, it would have learned the same.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.consensus.observe import answered_values, typed
from groundkeeper.core.consensus.statements import KEY, Statements
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.era_rows import by_fields
from groundkeeper.core.guideline.eras import Eras, read_as
from groundkeeper.core.guideline.fields import ANSWERED, NUMERIC, Field
from groundkeeper.core.guideline.sections import Inference
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.truth import methods as label_methods
from groundkeeper.core.truth import number_methods
from groundkeeper.errors import RefusedError, listing
from schemas.enums import Identity
from schemas.inference import DISPUTES, FITS, POSTERIORS, SKILLS
from schemas.table import Table

if TYPE_CHECKING:
    from groundkeeper.core.consensus.opinions import Opinion

DIGITS = 9
"""To how many digits probabilities are kept: beyond them, machines may differ."""


@dataclass(frozen=True)
class Inferred:
    """What was inferred: *observations* with the values, and the tables of ``schemas.inference``."""

    observations: pd.DataFrame
    posteriors: pd.DataFrame
    fits: pd.DataFrame
    skills: pd.DataFrame
    disputes: pd.DataFrame


class _Asked(NamedTuple):
    """A field, by the declaration that its answers are read by, and how it is inferred."""

    name: str
    field: Field
    how: Inference


class _Lesson(NamedTuple):
    """One fit: a field, what was heard of it, and the opinions of the chosen method and of the others.

    ``heard`` has a row per answer: ``unit`` (label of the observation), ``record_id, era, annotator, value, group_id``.
    ``decided`` are the labels of the observations that it is for.
    """

    asked: _Asked
    heard: pd.DataFrame
    decided: pd.Index
    opinions: "Sequence[Opinion]"


@dataclass(frozen=True)
class Declared:
    """What is said of fields: *fields* in force, *eras* that differ, how which is inferred, and *later* versions.

    Attributes
    ----------
    fields : mapping
        Field name to its definition, of the version in force.
    eras : Eras
        In what the eras of the answers differ from it.
    inference : mapping
        Field name to how it is inferred.
    later : collection of str
        Eras that do not lead to the version in force.
    quorum : int
        Fewest answers that settle anything.
    """

    fields: Mapping[str, Field]
    eras: Eras
    inference: Mapping[str, Inference]
    later: Collection[str]
    quorum: int


def infer_fields(
    evidence: Evidence, said: Statements, observations: pd.DataFrame, declared: Declared
) -> Inferred:
    """Return *observations* with the values of the fields that are inferred, and how sure they are.

    A value is missing where fewer answers were given to the field than the quorum, where its probability is below the
    ``at_least`` of the field, or where several values are as probable: no rule can say it for the experts.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion, and the items.
    said : Statements
        Which annotations are one record, and the last word of each person on each.
    observations : DataFrame
        What ``observe`` returned for them; its index counts the rows.
    declared : Declared
        What the guideline says of fields.

    Raises
    ------
    RefusedError
        If a method needs to know who said what, and answers are of people without a lasting name.
    """
    lessons = [
        lesson
        for name in declared.inference
        for lesson in _lessons(evidence, said, observations, name, declared)
    ]
    made = observations
    for lesson in lessons:
        name = lesson.asked.name
        found = _values(made[name], lesson, declared.quorum)
        made = made.assign(**{name: typed(found, declared.fields[name])})
    keys = observations[KEY]
    return Inferred(
        made,
        _table(POSTERIORS, [_posteriors(lesson, keys) for lesson in lessons]),
        _table(FITS, [_fits(lesson) for lesson in lessons]),
        _table(SKILLS, [_skills(lesson) for lesson in lessons]),
        _table(DISPUTES, [_disputes(lesson, keys) for lesson in lessons]),
    )


def _lessons(
    evidence: Evidence,
    said: Statements,
    observations: pd.DataFrame,
    name: str,
    declared: Declared,
) -> Iterator[_Lesson]:
    """Yield the fits of one field, for each group of eras that read it alike: without later versions, and for them."""
    from groundkeeper.core.consensus.opinions import opinion  # noqa: PLC0415 - scipy, which counting does without

    how = declared.inference[name]
    is_later = observations["era"].isin(list(declared.later)).to_numpy(dtype=bool)
    for era, rows in by_fields(observations["era"], declared.eras):
        read = read_as(era, declared.fields, declared.eras).get(name)
        if read is None or read.source not in ANSWERED or read.fuse != "posterior":
            continue
        asked = _Asked(name, read, how)
        for learned, decided in ((rows & ~is_later, rows & ~is_later), (rows, rows & is_later)):
            heard = _heard(evidence, said, observations[learned], asked)
            if decided.any() and len(heard):
                opinions = [opinion(method, heard, read) for method in (how.method, *how.compare)]
                yield _Lesson(asked, heard, observations.index[decided], opinions)


def _heard(
    evidence: Evidence, said: Statements, observed: pd.DataFrame, asked: _Asked
) -> pd.DataFrame:
    """Return who said what of a field, as ``_Lesson.heard``, sorted.

    Raises
    ------
    RefusedError
        If a method takes names of annotators for people, and they are not.
    """
    place = pd.MultiIndex.from_frame(observed[KEY])
    members = said.members
    unit = place.get_indexer(pd.MultiIndex.from_frame(members[KEY]))
    members = members.assign(unit=unit)[unit >= 0]
    heard = evidence.of_annotations(members.index)
    values = answered_values(heard, {asked.name: asked.field})[asked.name]
    groups = evidence.items.set_index("item_id")["group_id"]
    rows = members.assign(
        unit=observed.index[members["unit"]],
        value=values.reindex(members.index),
        group_id=members["item_id"].map(groups),
    ).dropna(subset="value")
    given = heard.answers[heard.answers["annotator"].isin(rows["annotator"])]
    nameless = given.loc[given["identity"] == Identity.ANONYMOUS, "batch"]
    if len(nameless):
        _refuse_anonymous(asked, sorted(nameless.unique()))
    return rows.sort_values(["unit", "annotator"], ignore_index=True)


def _refuse_anonymous(asked: _Asked, batches: Sequence[str]) -> None:
    """Raise if a method of the field takes names for people; answers of *batches* have none that last."""
    methods = number_methods if asked.field.type in NUMERIC else label_methods
    for method in (asked.how.method, *asked.how.compare):
        try:
            methods.refuse_anonymous(method, Identity.ANONYMOUS)
        except RefusedError as error:
            message = (
                f"consensus.inference.{asked.name}: {error}. Anonymous are the answers of batch {listing(batches)}: "
                "take it out (`gk inbox remove SET BATCH --reason TEXT`) and add its file with --identity known"
            )
            raise RefusedError(message) from error


def _values(column: pd.Series, lesson: _Lesson, quorum: int) -> pd.Series:
    """Return *column* with what the chosen method says of the observations that the lesson is for."""
    chosen = lesson.opinions[0]
    answers = lesson.heard["unit"].value_counts().reindex(chosen.value.index)
    sure = ~(chosen.probability < (lesson.asked.how.at_least or 0.0)) & (answers >= quorum)
    said = chosen.value.where(sure, None)
    made = column.astype(object)
    known = said.index.intersection(lesson.decided)
    made[known] = said[known]
    return made


def _posteriors(lesson: _Lesson, keys: pd.DataFrame) -> pd.DataFrame:
    soft = lesson.opinions[0].soft
    soft = soft[soft["unit"].isin(lesson.decided)]
    probability = soft["probability"].round(DIGITS)
    return _of_records(soft, keys, lesson).assign(
        value=_texts(soft["value"]), probability=probability
    )[probability.to_numpy() > 0]


def _fits(lesson: _Lesson) -> pd.DataFrame:
    heard = lesson.heard
    rows = [
        {
            "method": each.method,
            "chosen": each is lesson.opinions[0],
            "iterations": each.fit.iterations,
            "converged": each.fit.converged,
            "objective": each.fit.objective,
            "objective_value": round(each.fit.history[-1], DIGITS) if each.fit.history else np.nan,
            "differing": int(_differs(lesson, each).sum()),
            "note": each.fit.note,
        }
        for each in lesson.opinions
    ]
    return pd.DataFrame(rows).assign(
        field=lesson.asked.name,
        era=_newest(heard),
        records=heard["unit"].nunique(),
        answers=len(heard),
        annotators=heard["annotator"].nunique(),
    )


def _skills(lesson: _Lesson) -> pd.DataFrame:
    told = lesson.opinions[0].skills
    rounded = told[["value", "low", "high"]].astype("float64").round(DIGITS)
    return told.assign(field=lesson.asked.name, era=_newest(lesson.heard), **rounded)


def _disputes(lesson: _Lesson, keys: pd.DataFrame) -> pd.DataFrame:
    chosen, found = lesson.opinions[0], []
    for other in lesson.opinions[1:]:
        units = lesson.decided.intersection(chosen.value.index[_differs(lesson, other)])
        rows = pd.DataFrame({"unit": units, "method": other.method})
        found.append(
            _of_records(rows, keys, lesson).assign(
                value=_texts(other.value[units]),
                probability=other.probability[units].round(DIGITS).to_numpy(),
                chosen_value=_texts(chosen.value[units]),
            )
        )
    return pd.concat(found) if found else pd.DataFrame()


def _of_records(rows: pd.DataFrame, keys: pd.DataFrame, lesson: _Lesson) -> pd.DataFrame:
    """Return *rows* with ``record_id, era, field`` of their ``unit``."""
    of_unit = keys.loc[rows["unit"].to_numpy()].set_axis(rows.index)
    return rows.assign(record_id=of_unit["record_id"], era=of_unit["era"], field=lesson.asked.name)


def _differs(lesson: _Lesson, other: "Opinion") -> npt.NDArray[np.bool_]:
    """Return of which units, in the order of the chosen opinion, *other* says another thing."""
    return lesson.opinions[0].differs_from(other) & np.asarray(
        lesson.opinions[0].value.index.isin(lesson.decided)
    )


def _newest(heard: pd.DataFrame) -> str:
    return max(map(str, heard["era"].unique()), key=version_key)


def _texts(values: pd.Series) -> list[str]:
    """Return *values* as JSON, nothing as null."""
    return [canonical_json(value) for value in values.astype(object).where(values.notna(), None)]


def _table(table: Table, found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows *found* with the columns of *table*, sorted."""
    rows = [each for each in found if len(each)]
    columns = list(table.columns)
    made = pd.concat(rows)[columns] if rows else pd.DataFrame(columns=columns, dtype="str")
    return made.sort_values(list(table.key), ignore_index=True)
