"""What adjudicators said, out of the words of a reader into the columns of the tables."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from groundkeeper.core.ids import make_id
from groundkeeper.core.ingestion.keys import answer_ids
from groundkeeper.core.ingestion.tables import Source
from schemas.adjudication import VERDICTS
from schemas.enums import Verdict
from schemas.names import EDGE_CASES

ARRIVED: Final = ["sequence", "decided_at", "verdict_id"]
"""Order of arrival of verdicts; ties break by id."""


def verdicts_of(source: Source, told: pd.DataFrame, item_ids: Mapping[str, str]) -> pd.DataFrame:
    """Return the verdicts of one batch, under the ids of the answers that they are.

    Verdicts on items that are not sampled wait in the inbox, as answers do.

    Parameters
    ----------
    source : Source
        The batch.
    told : DataFrame
        In the words of a reader: ``formats.frames.VERDICT_TYPES``.
    item_ids : mapping
        Item key to item id of the sampled items.

    Returns
    -------
    DataFrame
        The columns of ``schemas.adjudication.VERDICTS``; nothing is refused yet.
    """
    here = told[told["item_key"].isin(item_ids)].rename(columns={"adjudicator": "annotator"})
    found = here.assign(
        verdict_id=pd.Series(answer_ids(source, here, item_ids), here.index, dtype="str"),
        item_id=here["item_key"].map(item_ids).astype("str"),
        adjudicator=here["annotator"],
        era=source.era,
        sequence=source.sequence,
        batch=source.name,
        refusal=pd.Series(None, here.index, dtype="str"),
    )
    return found[list(VERDICTS.columns)].reset_index(drop=True)


def together(found: Sequence[pd.DataFrame], answers: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts of all batches, each once: those whose *answers* stand, with what these were refused for.

    A verdict that comes again says the same, for all that it says is in its id; it arrived when it first came.

    Parameters
    ----------
    found : sequence of DataFrame
        As ``verdicts_of`` makes them, at least one.
    answers : DataFrame
        ``answer_id, sequence, batch, refusal``.
    """
    everything = pd.concat(found, ignore_index=True).sort_values([*ARRIVED, "batch"])
    once = everything.drop_duplicates("verdict_id").set_index("verdict_id")
    given = answers.set_index("answer_id")[["sequence", "batch", "refusal"]]
    standing = once.drop(columns=list(given)).join(given, how="inner")
    return standing.reset_index(names="verdict_id")[list(VERDICTS.columns)].sort_values(
        "verdict_id", ignore_index=True
    )


def gaps(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return an edge case for each verdict that was admitted and says that the guideline does not say.

    Returns
    -------
    DataFrame
        The columns of ``schemas.names.EDGE_CASES``, so that a meeting talks about it.
    """
    found = verdicts[verdicts["verdict"].eq(Verdict.GUIDELINE_GAP) & verdicts["refusal"].isna()]
    asked = found.assign(
        edge_case_id=pd.Series(
            [make_id("ec", one) for one in found["verdict_id"]], found.index, dtype="str"
        )
    ).rename(columns={"adjudicator": "annotator", "rationale": "text", "decided_at": "asked_at"})
    return asked[list(EDGE_CASES.columns)].sort_values("edge_case_id", ignore_index=True)
