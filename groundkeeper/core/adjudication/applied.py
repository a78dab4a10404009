"""What an adjudicator said, put in the place of what the experts came to; how they voted stays as it was."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from groundkeeper.core.adjudication.standing import CASE, standing_verdicts
from groundkeeper.core.consensus.convention import under_those_in_force
from groundkeeper.core.consensus.observe import columns_of_field, observed_values
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.era_rows import by_fields
from groundkeeper.core.guideline.eras import Eras, columns_of, read_as
from groundkeeper.core.guideline.fields import ANSWERED, Field
from groundkeeper.core.guideline.values import version_key
from schemas.names import OBSERVATIONS, THEN


class Applied(NamedTuple):
    """Observations and their shapes; columns as in ``schemas.names``."""

    observations: pd.DataFrame
    parts: pd.DataFrame


class Words(NamedTuple):
    """In whose words answers are read: the *fields* in force, and the *eras* that differ."""

    fields: Mapping[str, Field]
    eras: Eras


def with_verdicts(
    found: Applied, evidence: Evidence, clusters: pd.DataFrame, words: Words, *, drawn: bool
) -> Applied:
    """Return what the experts observed with the verdicts that stand in its place.

    Of a record that was decided in an era, the values of the fields that people answer and the shape in that era are
    those of the adjudicator's statement, and missing where it states none; of a record that is absent all are. The
    evidence stays that of the experts: votes, experts, how far apart they stood, the lowest and the highest values. If
    nobody answered in that era, a row of it is made with the evidence of the era that decided before.

    Parameters
    ----------
    found : Applied
        As ``core.consensus`` makes them.
    evidence : Evidence
        The tables of ingestion, with the verdicts and the annotations that state them.
    clusters : DataFrame
        One row per annotation of the experts: ``annotation_id, record_id``.
    words : Words
        In which the statements are read.
    drawn : bool
        Whether records have shapes.

    Returns
    -------
    Applied
        With ``adjudication``, the id of the verdict, and ``verdict``, what it is; both missing where none stands.
    """
    verdicts = standing_verdicts(evidence.verdicts, clusters)
    if verdicts.empty:
        return found
    rows = _with_rows(found.observations, verdicts, words)
    place = pd.MultiIndex.from_frame(rows[CASE]).get_indexer(
        pd.MultiIndex.from_frame(verdicts[CASE])
    )
    of_verdict = pd.Series(rows.index[place], verdicts["verdict_id"])
    said = evidence.of(evidence.answers[evidence.answers["answer_id"].isin(of_verdict.index)])
    turned = under_those_in_force(said, words.eras)
    decided = rows.loc[of_verdict]
    changed = _values(decided, _stated(decided, turned, of_verdict, words), words, found)
    measured = [name for name in words.fields if f"{name}{THEN}" in rows]
    if measured:
        as_drawn = _stated(decided, said, of_verdict, words)[measured]
        changed |= {str(name): column for name, column in as_drawn.add_suffix(THEN).items()}
    changed |= _facts(verdicts, said, of_verdict)
    observations = rows.assign(**{n: _put(rows[n], told) for n, told in changed.items()})
    return Applied(
        observations.sort_values(CASE, ignore_index=True),
        _shapes(found.parts, verdicts, turned if drawn else None),
    )


def _values(
    decided: pd.DataFrame, stated: pd.DataFrame, words: Words, found: Applied
) -> dict[str, pd.Series]:
    """Return, by column, what fields are by the statements; of what nobody answers, in rows that are new alone."""
    is_new = decided.index >= len(found.observations)
    changed = {}
    for name, field in columns_of(words.fields, words.eras).items():
        rows = decided.index if field.source in ANSWERED else decided.index[is_new]
        for column in columns_of_field(name, field)[:1]:
            changed[column] = stated.loc[rows, column]
    return changed


def _facts(verdicts: pd.DataFrame, said: Evidence, of_verdict: pd.Series) -> dict[str, pd.Series]:
    """Return, by column, which verdict decides each row, what it is, and with what its shape was drawn."""
    marks = said.annotations.set_index("answer_id")
    drawn = marks[marks["annotation_id"].isin(said.parts["annotation_id"])]
    found = {
        "adjudication": verdicts["verdict_id"],
        "verdict": verdicts["verdict"],
        "drawn_as": verdicts["verdict_id"].map(drawn["kind"]),
    }
    rows = of_verdict[verdicts["verdict_id"]].to_numpy()
    return {name: values.astype("str").set_axis(rows) for name, values in found.items()}


def _with_rows(observations: pd.DataFrame, verdicts: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return *observations* with a row, at the end, for each case in whose era nobody answered.

    It has the evidence of the row that decided before: of the newest era that is not later, else of the oldest. The
    lowest and highest values are among it, but for fields whose values are others in the two eras.
    """
    known = pd.MultiIndex.from_frame(observations[CASE])
    new = verdicts[~pd.MultiIndex.from_frame(verdicts[CASE]).isin(known)]
    if new.empty:
        return observations.reset_index(drop=True)
    eras = sorted({*observations["era"], *new["era"]}, key=version_key)
    age = {era: place for place, era in enumerate(eras)}
    facts = [name for name in OBSERVATIONS.columns if name in observations]
    ends = [name for name in _ends(words.fields, words.eras) if name in observations]
    pairs = new[CASE].merge(
        observations[[*facts, *ends]], on="record_id", suffixes=("_decided", "")
    )
    distance = pairs["era_decided"].map(age) - pairs["era"].map(age)
    # What came after is evidence only where there was nothing before.
    pairs = pairs.assign(_later=distance < 0, _distance=distance.abs())
    nearest = pairs.sort_values([*CASE[:1], "era_decided", "_later", "_distance"])
    nearest = nearest.drop_duplicates(["record_id", "era_decided"])
    made = nearest.assign(era=nearest["era_decided"])[[*facts, *ends]]
    steps = nearest[["era", "era_decided"]].apply(tuple, axis=1)
    for then, now in steps.unique():
        kept = _alike(then, now, words)
        made.loc[steps == (then, now), [name for name in ends if name not in kept]] = None
    typed = made.reindex(columns=observations.columns).astype(observations.dtypes.to_dict())
    return pd.concat([observations, typed], ignore_index=True)


def _ends(fields: Mapping[str, Field], eras: Eras) -> list[str]:
    """Return the columns of the lowest and highest values."""
    declared = columns_of(fields, eras)
    return [end for name, one in declared.items() for end in columns_of_field(name, one)[1:]]


def _alike(then: str, now: str, words: Words) -> set[str]:
    """Return the columns of the lowest and highest values that mean the same in two eras."""
    was, is_ = (read_as(era, words.fields, words.eras) for era in (then, now))
    same = [
        name
        for name in was.keys() & is_.keys()
        if (was[name].type, was[name].vocabulary) == (is_[name].type, is_[name].vocabulary)
    ]
    return {end for name in same for end in columns_of_field(name, was[name])[1:]}


def _stated(
    decided: pd.DataFrame, said: Evidence, of_verdict: pd.Series, words: Words
) -> pd.DataFrame:
    """Return the columns of the fields of the rows that were *decided*, from the statements alone, on their index."""
    columns = columns_of(words.fields, words.eras)
    by_annotation = said.annotations.set_index("annotation_id")["answer_id"]
    group = by_annotation.map(of_verdict)
    found = []
    for era, rows in by_fields(decided["era"], words.eras):
        here = decided[rows]
        heard = said.of_annotations(group.index[group.isin(here.index)])
        read = read_as(era, words.fields, words.eras)
        found.append(observed_values(here, heard, group, read, columns))
    return pd.concat(found)


def _put(column: pd.Series, values: pd.Series) -> pd.Series:
    """Return *column* with *values* in their places, in the type it has; one without any value takes theirs."""
    kept = column.copy() if column.notna().any() or column.empty else column.astype(values.dtype)
    kept.loc[values.index] = values.astype(kept.dtype)
    return kept


def _shapes(parts: pd.DataFrame, verdicts: pd.DataFrame, said: Evidence | None) -> pd.DataFrame:
    """Return the shapes of the records: of those decided what was stated, and of the others what the experts drew."""
    cases = pd.MultiIndex.from_frame(verdicts[CASE])
    theirs = parts[~pd.MultiIndex.from_frame(parts[CASE]).isin(cases)]
    if said is None or said.parts.empty:
        return theirs.reset_index(drop=True)
    named = said.annotations[["annotation_id", "answer_id"]].merge(
        verdicts[["verdict_id", *CASE]], left_on="answer_id", right_on="verdict_id"
    )
    stated = said.parts[["annotation_id", "frame", "geometry"]].merge(named, on="annotation_id")
    both = pd.concat([theirs, stated.reindex(columns=parts.columns)], ignore_index=True)
    return both.sort_values([*CASE, "frame"], ignore_index=True)
