"""Read the batches of an inbox: what each declares of all its answers, and what its file holds."""

from collections.abc import Collection
from pathlib import Path

from groundkeeper.batches import Batch
from groundkeeper.core.ingestion.tables import Source
from groundkeeper.formats import OF_ADJUDICATORS, Reading, reader
from schemas.enums import Scope


def contents(inbox: Path, batch: Batch, wanted: Collection[str]) -> tuple[Source, Reading]:
    """Return what *batch* declares of every answer in it, and what its file says of the *wanted* items.

    Raises
    ------
    FormatError
        If the file is not what its format says.
    """
    source = Source(
        batch.key,
        batch.sequence,
        batch.round,
        batch.era,
        str(batch.origin),
        str(batch.independence),
        str(batch.identity),
        str(Scope.ADJUDICATION if batch.format == OF_ADJUDICATORS else Scope.ITEM),
    )
    return source, reader(batch.format).read(batch.path(inbox), batch.options, wanted)
