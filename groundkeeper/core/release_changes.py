"""What moved between two releases of one set, record by record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import shapely

from schemas.enums import RecordStatus
from schemas.names import RECORD_PARTS, RECORDS


@dataclass(frozen=True)
class Moved:
    """How many records came, went, and stayed but say something else.

    A record that is retired is not there: what leaves the ground truth goes, whether a tombstone is
    left or not. *columns* says in how many of the changed records each column differs; a record whose
    outline on some frame differs does so in ``geometry``.
    """

    added: int
    removed: int
    changed: int
    columns: Mapping[str, int] = field(default_factory=dict)


def moved(before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]) -> Moved:
    """Return what moved from one release to another, each given as its tables by name.

    Parameters
    ----------
    before, after
        ``records``, one row per record, and ``record_parts``, one row per record and frame, with the columns
        of these tables in ``schemas.names``; further columns of ``records`` count as well.

    Examples
    --------
    >>> parts = pd.DataFrame({"record_id": [], "frame": [], "geometry": []})
    >>> old = pd.DataFrame({"record_id": ["a", "b", "c"], "status": "agreed", "votes": [3, 4, 3]})
    >>> new = pd.DataFrame({"record_id": ["a", "b", "d"], "status": "agreed", "votes": [3, 3, 4]})
    >>> moved({"records": old, "record_parts": parts}, {"records": new, "record_parts": parts})
    Moved(added=1, removed=1, changed=1, columns={'votes': 1})
    """
    then, now = _present(before), _present(after)
    both = then.index.intersection(now.index)
    differing = _differences(then.loc[both], now.loc[both])
    drawn = _differences(_outlines(before), _outlines(after)).any(axis=1)
    redrawn = drawn.index[drawn].get_level_values("record_id")
    differing["geometry"] = differing.index.isin(redrawn)
    counts = {str(name): int(count) for name, count in differing.sum().items()}
    return Moved(
        added=len(now.index.difference(then.index)),
        removed=len(then.index.difference(now.index)),
        changed=int(differing.any(axis=1).sum()),
        columns={name: count for name, count in sorted(counts.items()) if count},
    )


def _present(release: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the records that are not retired, indexed by their key."""
    records = release[RECORDS.name]
    return records[records["status"] != RecordStatus.RETIRED].set_index(list(RECORDS.key))


def _outlines(release: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the geometries as WKB, indexed by record and frame."""
    parts = release[RECORD_PARTS.name]
    drawn = shapely.to_wkb(parts["geometry"].to_numpy(dtype=object), byte_order=1)
    keys = [parts[name] for name in RECORD_PARTS.key]
    return pd.DataFrame({"geometry": pd.Series(drawn, dtype=object)}).set_axis(
        pd.MultiIndex.from_arrays(keys, names=RECORD_PARTS.key)
    )


def _differences(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return for each key and each column of either frame whether they differ; nothing equals nothing, and no row."""
    keys, columns = then.index.union(now.index), then.columns.union(now.columns)
    one = then.reindex(index=keys, columns=columns).astype(object)
    other = now.reindex(index=keys, columns=columns).astype(object)
    return ~((one == other) | (one.isna() & other.isna()))
