"""Which verdicts count: of somebody who is none of the experts, on a record that there is and that is open."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.adjudication.standing import chain
from groundkeeper.core.consensus.voices import PEOPLE
from groundkeeper.core.ids import make_id
from schemas.enums import Refusal, Scope

Flags: TypeAlias = npt.NDArray[np.bool_]


class Admitted(NamedTuple):
    """All answers, and the verdicts among them, each with why it does not count, ``refusal``, if it does not."""

    answers: pd.DataFrame
    verdicts: pd.DataFrame


def admit_verdicts(
    answers: pd.DataFrame, verdicts: pd.DataFrame, annotations: pd.DataFrame
) -> Admitted:
    """Return *answers* and *verdicts* with why verdicts do not count.

    A verdict is refused for the first of these reasons, after those that hold for every answer:

    * ``one_of_the_experts``: the adjudicator has an answer on the item that is no adjudication, whenever it came;
    * ``unknown_record``: no expert drew or said anything on the item that the record is called after, or the verdict
      reverses one that nobody gave on the item;
    * ``already_decided``: a verdict stands on the record under the same guideline version, and is not the one that this
      one reverses, or the same person said of it before that the guideline does not say. What stands is asked of the
      verdicts that count.

    Parameters
    ----------
    answers : DataFrame
        All answers of the set: ``answer_id, item_id, annotator, origin, scope, refusal``.
    verdicts : DataFrame
        As ``verdicts.together`` makes them, for the answers among these that are verdicts.
    annotations : DataFrame
        ``annotation_id, answer_id, item_id``.
    """
    if verdicts.empty:
        return Admitted(answers, verdicts)
    is_verdict = answers["scope"] == Scope.ADJUDICATION
    # However a name is spelled, it is the same person.
    experts = _people(answers.loc[~is_verdict, "item_id"], answers.loc[~is_verdict, "annotator"])
    who = _people(verdicts["item_id"], verdicts["adjudicator"])
    known = pd.MultiIndex.from_frame(_records(annotations, answers[~is_verdict], verdicts))
    about = pd.MultiIndex.from_frame(verdicts[["item_id", "record_id"]])
    people = answers.loc[answers["origin"].isin(PEOPLE), "answer_id"]
    reason = verdicts["refusal"]
    for why, holds in (
        (Refusal.ONE_OF_THE_EXPERTS, who.isin(experts)),
        (Refusal.UNKNOWN_RECORD, ~about.isin(known) | _reverses_none(verdicts)),
    ):
        reason = reason.mask(holds & reason.isna(), why.value)
    counting = verdicts[reason.isna() & verdicts["verdict_id"].isin(people)]
    too_late = verdicts["verdict_id"].isin(chain(counting).refused)
    reason = reason.mask(too_late, Refusal.ALREADY_DECIDED.value).astype("str")
    found = answers["answer_id"].map(pd.Series(reason.to_numpy(), verdicts["verdict_id"]))
    refusal = answers["refusal"].mask(is_verdict, found.astype("str"))
    return Admitted(answers.assign(refusal=refusal), verdicts.assign(refusal=reason))


def _reverses_none(verdicts: pd.DataFrame) -> Flags:
    """Return which verdicts reverse one that is not there, or is on another item, bool [n].

    Not by record: it may have had another name then. Which are the same now is known to ``standing_verdicts``, where
    a verdict on another record of the item reverses nothing.
    """
    given = pd.MultiIndex.from_frame(verdicts[["item_id", "verdict_id"]])
    named = pd.MultiIndex.from_frame(verdicts[["item_id", "reverses"]])
    found: Flags = verdicts["reverses"].notna().to_numpy(dtype=np.bool_) & ~named.isin(given)
    return found


def _records(
    annotations: pd.DataFrame, answers: pd.DataFrame, verdicts: pd.DataFrame
) -> pd.DataFrame:
    """Return every id that a record on the items of *verdicts* has or had: ``item_id, record_id``.

    A record is called after one of its annotations, and keeps being found by it.
    """
    named = annotations[
        annotations["item_id"].isin(verdicts["item_id"])
        & annotations["answer_id"].isin(answers["answer_id"])
    ]
    ids = [make_id("rc", name) for name in named["annotation_id"]]
    return named[["item_id"]].assign(record_id=pd.Series(ids, named.index, dtype="str"))


def _people(item_ids: pd.Series, names: pd.Series) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([item_ids, names.str.strip().str.casefold()])
