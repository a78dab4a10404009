"""What a change means for the records of a file: no repository, no answers, only what the file says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from groundkeeper import record_files
from groundkeeper.assessing.assessed import INTERVALS, Assessed
from groundkeeper.core.consensus.voices import decided_in
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.impact.affected import Course, affected
from groundkeeper.core.impact.hours import Rates, rates
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form, stops
from groundkeeper.errors import GuidelineError, TableError, listing
from groundkeeper.guideline_ways import between


class OfFile:
    """The records of a file, to be held against one guideline after another.

    Parameters
    ----------
    path
        The records.
    old
        The version that they were made under, where they do not say another.
    items
        All items, also those without records.
    folders
        Where the versions lie through which another one comes from *old*.
    """

    def __init__(
        self, path: Path, old: Guideline, items: Path | None = None, folders: Sequence[Path] = ()
    ) -> None:
        self._path, self._old, self._items, self._folders = path, old, items, folders
        self._held: _Held | None = None

    def assess(self, new: Guideline) -> Assessed:
        """Return what it would mean for the records of the file if *new* came after the versions they were made under.

        Raises
        ------
        GuidelineError
            If *new* is of another set.
        TableError
            If a file cannot be read, or holds what neither version nor one in between knows.
        """
        if new.set_name != self._old.set_name:
            message = (
                f"found guidelines of two sets, {self._old.set_name} and {new.set_name}; allowed are "
                "versions of one; compare versions of the set that the records are of"
            )
            raise GuidelineError(message)
        way = between(self._old, new, self._folders)
        held = self._read((self._old, new, *way.passed))
        deciding, notes = _deciding(held.file.table, new.consensus.quorum)
        ways = {one.old.version: stops(way.steps[n:]) for n, one in enumerate(way.steps)}
        found = affected(deciding, held.items, Course(ways, Form.of(new)), Stored.ANSWERED)
        return Assessed(
            self._old,
            new,
            found,
            held.pace,
            len(deciding),
            len(held.items),
            (*way.notes, *held.notes, *notes),
        )

    def _read(self, guidelines: tuple[Guideline, ...]) -> "_Held":
        """Return what the files hold; they are read again only for guidelines that speak of other columns."""
        spoken = [(one.version, one.fields, list(one.decisions)) for one in guidelines]
        if self._held is None or self._held.spoken != spoken:
            file = record_files.read(self._path, *guidelines)
            listed = None if self._items is None else self._listed(file.table, guidelines)
            items = _looked(self._path, file.table, guidelines) if listed is None else listed
            notes = _notes(file, is_listed=listed is not None)
            self._held = _Held(spoken, file, items, _pace_of_rows(file.table), notes)
        return self._held

    def _listed(self, table: pd.DataFrame, guidelines: tuple[Guideline, ...]) -> pd.DataFrame:
        """Return the items of the file of items, each of the newest version that records of it were made under."""
        items = record_files.read_items(Path(str(self._items)), *guidelines)
        unlisted = sorted(set(table["item_id"]) - set(items["item_id"]))
        if unlisted:
            message = (
                f"{self._items}: item_id: found no {listing(unlisted)}, of which {self._path} has records; "
                "allowed is a file of all items; add them"
            )
            raise TableError(message)
        newest = items["item_id"].map(_newest(table))
        return items.assign(era=newest.fillna(self._old.version))


@dataclass(frozen=True)
class _Held:
    """What was read of a file of records for guidelines that speak of certain columns."""

    spoken: list[tuple[str, dict[str, Field], list[str]]]
    file: record_files.Records
    items: pd.DataFrame
    pace: Rates
    notes: tuple[str, ...]


def _deciding(table: pd.DataFrame, quorum: int) -> tuple[pd.DataFrame, list[str]]:
    """Return of each record the row that decides it, in the order of the file, and in words how many others."""
    if table["record_id"].is_unique:
        return table, []
    experts = table["experts"] if "experts" in table else pd.Series(quorum, table.index)
    looked = table[["record_id", "era"]].assign(experts=experts, row=table.index)
    rows = sorted(decided_in(looked, quorum, "record_id")["row"])
    left_out = len(table) - len(rows)
    return table.loc[rows], [f"rows left out, for another era decides the record: {left_out}"]


def _newest(table: pd.DataFrame) -> pd.Series:
    """Return of each item the newest version that records of it were made under."""
    versions = sorted(table["era"].unique(), key=version_key)
    age = pd.Series(pd.Categorical(table["era"], versions).codes, table.index)
    return age.groupby(table["item_id"]).max().map(dict(enumerate(versions)))


def _looked(path: Path, table: pd.DataFrame, guidelines: tuple[Guideline, ...]) -> pd.DataFrame:
    """Return the items that have records, with what the newest of these say of them."""
    known = {
        name: None
        for guideline in guidelines
        for name, field in guideline.fields.items()
        if field.source == "metadata" and name in table
    }
    newest = _newest(table)
    is_newest = table["era"].to_numpy() == newest.reindex(table["item_id"]).to_numpy()
    by_item = table[is_newest].groupby("item_id", sort=True)[list(known)]
    values = by_item.nunique()
    for name in known:
        if (values[name] > 1).any():
            items = listing(values.index[values[name] > 1])
            message = (
                f"{path}: {name}: found several values for the item {items}; allowed is one for all records of an "
                "item; correct the file"
            )
            raise TableError(message)
    found: pd.DataFrame = by_item.first().assign(era=newest)
    return found.reset_index()


def _notes(file: record_files.Records, *, is_listed: bool) -> tuple[str, ...]:
    notes = []
    if file.ignored:
        notes.append(f"columns that no version speaks of: {listing(file.ignored)}")
    if not file.has_items:
        notes.append("no column item_id: every row is taken for an item of its own")
    elif not is_listed:
        notes.append(
            "items without records are not in the file; name them with --items to have them searched"
        )
    return tuple(notes)


def _pace_of_rows(table: pd.DataFrame) -> Rates:
    """Return how long people took for a record, from the column ``lead_time_s`` if there is one."""
    times = table["lead_time_s"] if "lead_time_s" in table else pd.Series(np.nan, table.index)
    groups = table["group_id"] if "group_id" in table else table["item_id"]
    return rates(
        pd.DataFrame({"lead_time_s": times, "annotations": 1.0, "group_id": groups}), INTERVALS
    )
