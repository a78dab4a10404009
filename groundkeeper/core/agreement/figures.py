"""The agreement figures of a set: of shapes, of presence, and of each rating."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.agreement.answer_figures import (
    UNIT,
    Rated,
    closed_answers,
    closed_figures,
    level_of,
    number_figures,
    other_figures,
)
from groundkeeper.core.agreement.krippendorff import Level
from groundkeeper.core.agreement.overlap import frame_overlap, object_overlap, pairs_within
from groundkeeper.core.agreement.presence import (
    overall_agreement_pairs,
    specific_agreement_pairs,
)
from groundkeeper.core.consensus.voices import experts_of
from groundkeeper.core.estimates import ratio
from groundkeeper.core.guideline.fields import ANSWERED, CLOSED, NUMERIC, Field
from groundkeeper.core.kinds.registry import OF_FIELD
from groundkeeper.core.measures import Figure, because
from schemas.enums import Independence

NO_PAIR = "no two experts described the same thing"
NO_ITEM_PAIR = "no item was read by two experts"


def members_of_records(
    annotations: pd.DataFrame, answers: pd.DataFrame, clusters: pd.DataFrame
) -> pd.DataFrame:
    """Return who said what of which record: one row per annotation, sorted by annotation_id.

    Parameters
    ----------
    annotations, answers : DataFrame
        Those of the voices alone (``core.consensus.voices``): one answer of a person to an item.
    clusters : DataFrame
        One row per annotation: ``annotation_id, record_id, item_id``.

    Returns
    -------
    DataFrame
        ``annotation_id, item_id, record_id, annotator, era``.
    """
    who = answers[["answer_id", "annotator", "era"]]
    rows = annotations[["annotation_id", "answer_id"]].merge(who, on="answer_id")
    rows = rows.merge(clusters, on="annotation_id").sort_values("annotation_id")
    return rows[["annotation_id", "item_id", "record_id", "annotator", "era"]].reset_index(
        drop=True
    )


def independence_note(independence: pd.Series, figures: str = "agreement") -> str:
    """Return what the independence of the reads means for *figures*; empty if all were blind.

    Examples
    --------
    >>> independence_note(pd.Series(["blind", "unblinded"]))
    'reads were not independent: agreement is an upper bound'
    """
    found = set(independence)
    if Independence.UNBLINDED in found:
        return f"reads were not independent: {figures} is an upper bound"
    if Independence.UNKNOWN in found:
        return f"it is not known whether reads were independent: {figures} may be an upper bound"
    return ""


def shape_figures(members: pd.DataFrame, parts: pd.DataFrame) -> list[Figure]:
    """Return mean and median IoU and Dice of two experts' shapes of one record.

    The subject ``frame`` has a unit for each frame that both drew on, ``object`` one over all frames.

    Parameters
    ----------
    members : DataFrame
        What ``members_of_records`` returned.
    parts : DataFrame
        One row per annotation and frame: ``annotation_id, frame, geometry``.
    """
    pairs = pairs_within(members, [*UNIT, "item_id"])
    drawn = parts.rename(columns={"annotation_id": "id"})
    frames = frame_overlap(pairs, drawn, drawn)
    objects = object_overlap(pairs, drawn, drawn, frames)
    return [
        figure
        for subject, table in (("frame", frames), ("object", objects))
        for measure in ("iou", "dice")
        for figure in mean_and_median(measure, subject, table)
    ]


def mean_and_median(measure: str, subject: str, table: pd.DataFrame) -> Iterator[Figure]:
    """Yield mean and median of the column *measure* of *table*, one row a unit with its ``item_id``."""
    known = table.dropna(subset=[measure])
    values = known[measure].to_numpy(dtype=np.float64)
    item_ids = known["item_id"].to_numpy(dtype=object)
    trials = np.column_stack([values, np.ones(len(values))])
    yield Figure(f"{measure}_mean", subject, item_ids, trials, ratio, because(NO_PAIR))
    yield Figure(f"{measure}_median", subject, item_ids, values[:, None], None, because(NO_PAIR))


def presence_figures(members: pd.DataFrame, answers: pd.DataFrame) -> list[Figure]:
    """Return how far experts agree that there is something: record by record, and item by item.

    Parameters
    ----------
    members : DataFrame
        What ``members_of_records`` returned.
    answers : DataFrame
        One row per answer: ``item_id, annotator, era, state``.
    """
    looked = experts_of(answers).sort_values(["item_id", "era"])
    records = members.groupby(["item_id", *UNIT])["annotator"].nunique().rename("votes")
    voted = records.reset_index().merge(looked, on=["item_id", "era"])
    of_records = specific_agreement_pairs(voted["votes"], voted["experts"])
    found = looked["experts"] - looked["empty_answers"]
    of_items = overall_agreement_pairs(found, looked["experts"])
    return [
        Figure(
            "presence_positive_agreement",
            "record",
            voted["item_id"].to_numpy(dtype=object),
            of_records,
            ratio,
            because(NO_ITEM_PAIR),
        ),
        Figure(
            "presence_overall_agreement",
            "item",
            looked["item_id"].to_numpy(dtype=object),
            of_items,
            ratio,
            because(NO_ITEM_PAIR),
        ),
    ]


def rating_figures(
    members: pd.DataFrame, values: pd.DataFrame, fields: Mapping[str, Field]
) -> list[Figure]:
    """Return the agreement on each field that experts answer; texts have none.

    Ordinal fields: alpha on the ordinal scale, pairs of ratings exactly equal and within one step. Enum
    and bool fields: nominal alpha, pairs equal. Both: percent agreement, Fleiss' kappa, Gwet's and Brennan and
    Prediger's coefficients, and agreement on each value. Numbers: alpha on the interval scale. Other kinds: alpha by
    how alike two answers are.

    Parameters
    ----------
    members : DataFrame
        What ``members_of_records`` returned.
    values : DataFrame
        One column per field, indexed by ``annotation_id``; missing where nothing was said.
    fields : mapping
        Field name to its definition.
    """
    figures: list[Figure] = []
    for name, field in rated_fields(fields).items():
        said = answers_to(name, members, values)
        if field.type in NUMERIC:
            figures += number_figures(name, said)
        elif is_closed(field):
            figures += closed_figures(closed_answers(name, said, field), level_of(field))
        else:
            figures += other_figures(name, said, field, OF_FIELD[field.type])
    return figures


def rated_fields(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return the fields on which experts can agree: those they answer, but texts."""
    return {
        name: field
        for name, field in fields.items()
        if field.source in ANSWERED and field.type != "text"
    }


def is_closed(field: Field) -> bool:
    """Say whether an answer to *field* is one of a few values."""
    return field.type in CLOSED or field.type == "bool"


def closed_fields(
    members: pd.DataFrame, values: pd.DataFrame, fields: Mapping[str, Field]
) -> list[tuple[Rated, Level]]:
    """Return the answers to each field with a vocabulary, or of type bool, and the scale they are compared on."""
    return [
        (closed_answers(name, answers_to(name, members, values), field), level_of(field))
        for name, field in rated_fields(fields).items()
        if is_closed(field)
    ]


def answers_to(name: str, members: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Return *members* who answered the field *name*, with what they said in the column ``value``."""
    said = members.assign(value=values[name].reindex(members["annotation_id"]).to_numpy())
    return said.dropna(subset=["value"])
