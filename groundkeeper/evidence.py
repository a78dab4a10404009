"""Read what was said of the items of a set: the tables of ingestion, with the items they speak of."""

from groundkeeper import tables
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.layout import Layout
from schemas.names import (
    ANNOTATIONS,
    ANSWERS,
    ITEMS,
    PARTS,
    PREDICTED,
    PREDICTED_PARTS,
    PREDICTIONS,
)


def read(layout: Layout) -> Evidence:
    """Return the evidence of a set.

    Raises
    ------
    TableError
        If a table is missing, or not of the shape its schema promises.
    """
    return Evidence(
        tables.read(layout.table("ingest", ANSWERS), ANSWERS),
        tables.read(layout.table("ingest", ANNOTATIONS), ANNOTATIONS),
        tables.read(layout.table("ingest", PARTS), PARTS),
        tables.read(layout.table("items", ITEMS), ITEMS),
    )


def predictions(layout: Layout) -> Evidence:
    """Return what models say of the items of a set; nobody's answer is among it.

    Raises
    ------
    TableError
        If a table is missing, or not of the shape its schema promises.
    """
    return Evidence(
        tables.read(layout.table("ingest", PREDICTIONS), PREDICTIONS),
        tables.read(layout.table("ingest", PREDICTED), PREDICTED),
        tables.read(layout.table("ingest", PREDICTED_PARTS), PREDICTED_PARTS),
        tables.read(layout.table("items", ITEMS), ITEMS),
    )
