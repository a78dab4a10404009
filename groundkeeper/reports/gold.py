"""What gold says of a set, for its page: figures by field, and for inferred fields the reliability curve."""

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from groundkeeper.core.measures import ALL
from groundkeeper.core.scoring.gold.names import NO_GOLD, OF_GOLD, PROBABILITY
from groundkeeper.reports import measure_rows
from groundkeeper.reports.measure_rows import Rows
from groundkeeper.reports.reliability import Bin, reliability_curve


@dataclass(frozen=True)
class FieldGold:
    """What gold says of one field.

    Attributes
    ----------
    field : str
    figures : tuple of Rows
        Its measures over all items, in one group.
    curve : Markup, optional
        The reliability curve, of a field whose values have probabilities.
    bins : tuple of Bin
        The dots of the curve.
    """

    field: str
    figures: tuple[Rows, ...]
    curve: Markup | None
    bins: tuple[Bin, ...]


def without_gold(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of *scores* that do not rest on gold: what readers score against each other."""
    return scores[~scores["measure"].str.startswith(OF_GOLD)]


def of_gold(scores: pd.DataFrame) -> tuple[FieldGold, ...]:
    """Return what gold says of each field; nothing where there is no gold at all.

    Parameters
    ----------
    scores : DataFrame
        As the table ``measures`` of the stage ``score``.
    """
    rows = scores[scores["measure"].str.startswith(OF_GOLD)]
    if (rows["note"] == NO_GOLD).all():
        return ()
    fields = rows["subject"].str.split("/").str[0]
    return tuple(_of_field(str(name), part) for name, part in rows.groupby(fields, sort=True))


def _of_field(name: str, rows: pd.DataFrame) -> FieldGold:
    figures = measure_rows.grouped_as(name, rows[rows["facet"] == ALL])
    bins = _bins(rows[rows["facet"] == PROBABILITY])
    curve = reliability_curve(bins, f"reliability of {name}") if bins else None
    return FieldGold(name, figures, curve, bins)


def _bins(rows: pd.DataFrame) -> tuple[Bin, ...]:
    said = rows[rows["measure"] == "reliability_said"].set_index("level")["value"]
    held = rows[rows["measure"] == "reliability"].sort_values("level")
    return tuple(
        Bin(
            row["level"],
            float(said[row["level"]]),
            float(row["value"]),
            float(row["low"]),
            float(row["high"]),
            int(row["n"]),
        )
        for row in held.to_dict("records")
    )
