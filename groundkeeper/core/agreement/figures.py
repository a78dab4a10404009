"""The agreement figures of a set: of shapes, of presence, and of each rating."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.agreement.krippendorff import (
    Counts,
    Level,
    alpha_of_sums,
    coincidences,
    count_ratings,
    interval_alpha_of_sums,
    interval_coincidences,
    reason_undefined,
)
from groundkeeper.core.agreement.overlap import frame_overlap, object_overlap, pairs_within
from groundkeeper.core.agreement.presence import (
    overall_agreement_pairs,
    rating_pairs,
    specific_agreement_pairs,
)
from groundkeeper.core.consensus.voices import experts_of
from groundkeeper.core.estimates import ratio
from groundkeeper.core.guideline.fields import ANSWERED, NUMERIC, Field
from groundkeeper.core.measures import Figure, because
from schemas.enums import Independence

UNIT = ["record_id", "era"]
"""Experts are compared on one record, under one version of the guideline."""
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
    and bool fields: nominal alpha, pairs equal. Numbers: alpha on the interval scale.

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
    for name, field in fields.items():
        if field.source not in ANSWERED or field.type == "text":
            continue
        said = members.assign(value=values[name].reindex(members["annotation_id"]).to_numpy())
        said = said.dropna(subset=["value"])
        figures += _number(name, said) if field.type in NUMERIC else _closed(name, said, field)
    return figures


def _number(name: str, said: pd.DataFrame) -> list[Figure]:
    codes, item_ids = _units(said)
    contributions = interval_coincidences(said["value"].to_numpy(dtype=np.float64), codes)
    alpha = Figure(
        "krippendorff_alpha_interval",
        name,
        item_ids,
        contributions,
        interval_alpha_of_sums,
        because("no unit has two measurements, or all are the same"),
    )
    return [alpha]


def _closed(name: str, said: pd.DataFrame, field: Field) -> list[Figure]:
    places = dict(field.vocabulary) or {False: 0, True: 1}
    level: Level = "ordinal" if field.type == "ordinal" else "nominal"
    codes, item_ids = _units(said)
    ranks = np.asarray(said["value"].map(places), dtype=np.intp)
    counts = count_ratings(codes, ranks, len(item_ids), len(places))
    return [
        Figure(
            f"krippendorff_alpha_{level}",
            name,
            item_ids,
            coincidences(counts),
            partial(alpha_of_sums, level=level),
            lambda sums: reason_undefined(sums[: len(places)]),
        ),
        *_pair_figures(name, item_ids, counts, steps=(0, 1) if level == "ordinal" else (0,)),
    ]


def _pair_figures(
    name: str, item_ids: npt.NDArray[np.object_], counts: Counts, steps: Sequence[int]
) -> list[Figure]:
    measures = {0: "pairs_exact", 1: "pairs_within_one"}
    reason = because("no unit has two ratings")
    return [
        Figure(measures[step], name, item_ids, rating_pairs(counts, step), ratio, reason)
        for step in steps
    ]


def _units(said: pd.DataFrame) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]:
    """Return the code of each row's unit, and the item of each unit in the order of the codes."""
    codes = np.asarray(said.groupby(UNIT, sort=True).ngroup(), dtype=np.intp)
    items = np.asarray(said.groupby(UNIT)["item_id"].first(), dtype=object)
    return codes, items
