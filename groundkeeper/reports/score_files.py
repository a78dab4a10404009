"""The tables of scores as files beside the page of a set, for whoever computes with them."""

import pandas as pd

from groundkeeper.reports.found import Found
from groundkeeper.reports.gold import without_gold
from schemas.names import MEASURES
from schemas.scoring import BOUNDS, CONFLICTS


def scores_csv(found: Found) -> str:
    """Return every figure as a row of CSV, with the bounds of those over everything as ``least`` and ``most``."""
    ends = found.bounds[[*BOUNDS.key, "low", "high"]].rename(
        columns={"low": "least", "high": "most"}
    )
    scores = without_gold(found.scores)[list(MEASURES.columns)]
    table = scores.merge(
        ends.assign(facet="all", level="all"),
        on=["measure", "subject", "facet", "level"],
        how="left",
    )
    return _csv(table.sort_values(list(MEASURES.key)))


def conflicts_csv(found: Found) -> str:
    """Return every conflict as a row of CSV, with the key of its item; those in sealed items are left out."""
    seen = found.conflicts[~found.conflicts["item_id"].isin(found.sealed)]
    named = seen.merge(found.items[["item_id", "item_key"]], on="item_id", how="left")
    ordered = named.sort_values(list(CONFLICTS.key), na_position="first")
    return _csv(ordered[["item_key", *CONFLICTS.columns]])


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")
