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
from schemas.table import Table


def read(layout: Layout) -> Evidence:
    """Return the evidence of a set.

    Raises
    ------
    TableError
        If a table is missing, or not of the shape its schema promises.
    """
    return _read(layout, ANSWERS, ANNOTATIONS, PARTS)


def predictions(layout: Layout) -> Evidence:
    """Return what models say of the items of a set; nobody's answer is among it.

    Raises
    ------
    TableError
        If a table is missing, or not of the shape its schema promises.
    """
    return _read(layout, PREDICTIONS, PREDICTED, PREDICTED_PARTS)


def _read(layout: Layout, answers: Table, annotations: Table, parts: Table) -> Evidence:
    return Evidence(
        tables.read(layout.table("ingest", answers), answers),
        tables.read(layout.table("ingest", annotations), annotations),
        tables.read(layout.table("ingest", parts), parts),
        tables.read(layout.table("items", ITEMS), ITEMS),
    )
