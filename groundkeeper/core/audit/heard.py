"""What the people of an audit said of the records that they read again."""

from collections.abc import Mapping

import pandas as pd

from groundkeeper.core.consensus.convention import under_those_in_force
from groundkeeper.core.consensus.observe import answered_values, typed
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.era_rows import by_fields
from groundkeeper.core.guideline.eras import Eras, columns_of, read_as
from groundkeeper.core.guideline.fields import ANSWERED, Field
from groundkeeper.core.people.said import first_answers
from schemas.enums import Scope


def heard(evidence: Evidence, fields: Mapping[str, Field], eras: Eras) -> pd.DataFrame:
    """Return what the first admitted answer to each task of an audit said, as ``figures.audit_measures`` asks for it.

    The first annotation of an answer is about the record; what else was drawn is something else. An answer
    that replaced the first one later is not heard, as in a quiz. What a shape is to be measured for, and somebody
    without a shape wrote down, is taken as written.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion.
    fields : mapping
        Field name to its definition, of the version in force.
    eras : Eras
        In what the eras of the answers differ from it.

    Returns
    -------
    DataFrame
        One row per answer, sorted by ``task_id``: ``task_id, era, state``, and the fields that experts answer.
    """
    answers = first_answers(evidence.answers, Scope.AUDIT)
    said = under_those_in_force(evidence.of(answers), eras)
    first = said.annotations.sort_values(["answer_id", "ordinal"]).drop_duplicates("answer_id")
    table = answers[["answer_id", "task_id", "era", "state"]].merge(
        first[["answer_id", "annotation_id"]], on="answer_id", how="left"
    )
    columns = columns_of(fields, eras)
    named = said.of_annotations(pd.Index(table["annotation_id"].dropna()))
    parts = []
    for era, rows in by_fields(table["era"], eras):
        read = {
            name: field
            for name, field in read_as(era, fields, eras).items()
            if field.source in ANSWERED
        }
        values = _values(named, read).reindex(table.loc[rows, "annotation_id"])
        values.index = table.index[rows]
        parts.append(
            pd.DataFrame(
                {name: typed(values[name], columns[name]) for name in read}, index=values.index
            )
        )
    found = table[["task_id", "era", "state"]].join(pd.concat(parts) if parts else pd.DataFrame())
    return found.sort_values("task_id").reset_index(drop=True)


def _values(said: Evidence, fields: Mapping[str, Field]) -> pd.DataFrame:
    """Return what each annotation says of every field, by ``annotation_id``: measured, or else as it was written."""
    values = answered_values(said, fields)
    measured = {name: field for name, field in fields.items() if field.source == "geometry"}
    written = answered_values(
        said,
        {name: one.model_copy(update={"source": "attribute"}) for name, one in measured.items()},
    )
    either = {name: values[name].where(values[name].notna(), written[name]) for name in measured}
    return values.assign(**either)
