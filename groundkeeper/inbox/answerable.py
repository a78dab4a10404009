"""Whether a file of answers speaks of the guideline that it was answered under, and of nothing else."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from groundkeeper.core.consensus.statements import CONFIRMED
from groundkeeper.errors import InboxError, listing
from groundkeeper.guideline_files import load

if TYPE_CHECKING:
    import pandas as pd


def require_answerable(file: Path, annotations: "pd.DataFrame", guideline: Path) -> None:
    """Refuse answers with an attribute that no field of the version is read from: a slip would be lost in silence.

    Parameters
    ----------
    file : Path
        What is taken in, for the message.
    annotations : DataFrame
        As its reader found them; ``attributes`` is JSON text.
    guideline : Path
        The file of the version that was answered under.

    Raises
    ------
    GuidelineError
        If the version cannot be read.
    InboxError
        If an attribute is of no field.
    """
    declared = load(guideline)
    allowed = {
        field.source_name(name)
        for name, field in declared.fields.items()
        if field.source == "attribute"
    }
    found = {name for text in annotations["attributes"].unique() for name in json.loads(text)}
    if foreign := sorted(found - allowed - {CONFIRMED}):
        version = f"{declared.set_name}@{declared.version}"
        message = (
            f"{file}: found answers to {listing(foreign)}, which {version} does not ask for; allowed are "
            f"{listing(sorted(allowed))}; correct the names in the file or leave these out, and check --era"
        )
        raise InboxError(message)
