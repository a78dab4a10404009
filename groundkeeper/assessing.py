"""What a new guideline would mean for the records of a file, or of a set in a repository."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from groundkeeper import evidence, guideline_files, record_files, tables
from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.consensus.voices import decided_in, experts_of
from groundkeeper.core.estimates import Estimate, Resampling
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.eras import Eras, Moved
from groundkeeper.core.impact.affected import Affected, Course, affected
from groundkeeper.core.impact.hours import Rates, Workload, hours, rates, timed
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form, Step, Stop, path, step
from groundkeeper.errors import GuidelineError, TableError, listing
from groundkeeper.layout import Layout
from schemas.names import OBSERVATIONS

INTERVALS = Resampling(rounds=1000, seed=1, confidence=0.95)
"""How the intervals of the hours are made."""


@dataclass(frozen=True)
class Assessed:
    """What a change means for a number of records and items.

    Attributes
    ----------
    old, new
        The versions.
    found
        What it touches.
    pace
        How long people took so far.
    records, items
        How many there are.
    notes
        What a reader has to know of how this was made.
    """

    old: Guideline
    new: Guideline
    found: Affected
    pace: Rates
    records: int
    items: int
    notes: tuple[str, ...] = ()

    @property
    def hours(self) -> Estimate:
        """Hours of work that the change asks for."""
        return self.found.hours(self.pace)

    @property
    def hours_anew(self) -> Estimate:
        """Hours that labelling every item anew would take."""
        return hours(Workload(0, self.items * self.found.experts), self.pace)


class Source(Protocol):
    """Records that can be held against a guideline."""

    def assess(self, new: Guideline) -> Assessed:
        """Return what it would mean for the records if *new* came into force."""


class OfFile:
    """The records of a file, to be held against one guideline after another."""

    def __init__(self, path_: Path, old: Guideline, items: Path | None = None) -> None:
        self._path, self._old, self._items = path_, old, items

    def assess(self, new: Guideline) -> Assessed:
        """Return what it would mean for the records of the file if *new* came after the version they were made under.

        Raises
        ------
        TableError
            If the file cannot be read, or has records of an era that is neither version's.
        """
        old, file = self._old, record_files.read(self._path, self._old, new)
        table, notes = file.table, []
        era = table["era"] if "era" in table else pd.Series(old.version, table.index, dtype="str")
        era = era.fillna(old.version)
        others = sorted(set(era) - {old.version, new.version})
        if others:
            allowed = f"the versions that are compared, {old.version} and {new.version}"
            advice = "compare from the version that these records were made under"
            message = f"{self._path}: era: found {listing(others)}; allowed are {allowed}; {advice}"
            raise TableError(message)
        if file.ignored:
            notes.append(f"columns that neither version speaks of: {listing(file.ignored)}")
        looked = self._looked(table.assign(era=era), new)
        if not file.has_items and self._items is None:
            notes.append("no column item_id: every row is taken for an item of its own")
        elif self._items is None:
            notes.append(
                "items without records are not in the file; name them with --items to have them searched"
            )
        ways = {old.version: _stops((step(old, new),))} if old is not new else {}
        course = Course(ways, Form.of(new))
        found = affected(table.assign(era=era), looked, course, Stored.ANSWERED)
        items = looked["item_id"].nunique()
        return Assessed(old, new, found, _pace_of_rows(table), len(table), items, tuple(notes))

    def _looked(self, table: pd.DataFrame, new: Guideline) -> pd.DataFrame:
        """Return the items with what is known of them: those of a file of items, or those that have records."""
        known = [
            name
            for guideline in (self._old, new)
            for name, field in guideline.fields.items()
            if field.level == "item" and field.source == "metadata"
        ]
        if self._items is not None:
            listed = record_files.read_items(self._items, self._old, new)
            return listed.assign(era=self._old.version)
        columns = [name for name in dict.fromkeys(known) if name in table]
        return table.groupby("item_id", sort=True)[["era", *columns]].first().reset_index()


class OfSet:
    """The observations of a set in a repository, to be held against one guideline after another."""

    def __init__(self, layout: Layout, old: Guideline) -> None:
        self._layout, self._old = layout, old
        self._versions = guideline_files.load_all(layout.guidelines)
        self._evidence = evidence.read(layout)
        self._observations = tables.read(layout.table("consensus", OBSERVATIONS), OBSERVATIONS)
        said = self._evidence
        self._pace = rates(timed(said.answers, said.annotations, said.items), INTERVALS)

    def assess(self, new: Guideline) -> Assessed:
        """Return what it would mean for the set if *new* came into force.

        Every record is looked at from the version it was answered under. Where *new* fuses, measures or reconciles
        otherwise, the answers are reconciled as it says.

        Raises
        ------
        GuidelineError
            If *new* is of another set.
        """
        if new.set_name != self._layout.set_name:
            message = (
                f"{new.set_name}@{new.version}: found another set; allowed is {self._layout.set_name}; "
                "choose a version of this set"
            )
            raise GuidelineError(message)
        observations, notes = self._reconciled(new)
        quorum = new.consensus.quorum
        decided = decided_in(observations, quorum, "record_id")
        looked = decided_in(experts_of(self._evidence.answers), quorum, "item_id")
        items = self._evidence.items.merge(looked, on="item_id")
        ways = {
            era: _stops(self._way(era, new)) for era in set(decided["era"]) | set(looked["era"])
        }
        course = Course({era: way for era, way in ways.items() if way}, Form.of(new))
        found = affected(decided, items, course, Stored.REBUILT)
        others = sorted(set(decided["era"]) - {self._old.version})
        if others:
            notes.append(f"records answered under {listing(others)} are compared from there")
        return Assessed(self._old, new, found, self._pace, len(decided), len(items), tuple(notes))

    def _way(self, era: str, new: Guideline) -> tuple[Step, ...]:
        known = self._versions
        if new.version in known and known[new.version] == new:
            return path(known, era, new.version)
        return (*path(known, era, self._old.version), step(self._old, new))

    def _reconciled(self, new: Guideline) -> tuple[pd.DataFrame, list[str]]:
        now = self._old
        same = (new.fields, new.consensus, new.conventions) == (
            now.fields,
            now.consensus,
            now.conventions,
        )
        if same:
            return self._observations, []
        found = reconcile(self._evidence, new.consensus, new.fields, _eras(self._versions, new))
        return found.observations, _moved_clusters(self._observations, found.observations)


def _moved_clusters(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Return in words how many records come and go where answers are put together otherwise."""
    old, new = frozenset(before["record_id"]), frozenset(after["record_id"])
    if old == new:
        return []
    return [
        f"answers are put together otherwise: {len(new - old)} records come, {len(old - new)} go"
    ]


def _stops(steps: tuple[Step, ...]) -> tuple[Stop, ...]:
    return tuple(Stop(Form.of(one.old), one.claims) for one in steps)


def _eras(versions: Mapping[str, Guideline], now: Guideline) -> Eras:
    """Return in what the *versions* differ from the one that is to be *now*."""
    conventions = {
        version: {
            name: Moved(one.conventions.get(name), now.conventions.get(name))
            for name in sorted(one.conventions.keys() | now.conventions.keys())
            if one.conventions.get(name) != now.conventions.get(name)
        }
        for version, one in versions.items()
    }
    fields = {version: one.fields for version, one in versions.items() if one.fields != now.fields}
    return Eras(fields, {version: moved for version, moved in conventions.items() if moved})


def _pace_of_rows(table: pd.DataFrame) -> Rates:
    """Return how long people took for a record, from the column ``lead_time_s`` if there is one."""
    times = table["lead_time_s"] if "lead_time_s" in table else pd.Series(np.nan, table.index)
    groups = table["group_id"] if "group_id" in table else table["item_id"]
    return rates(
        pd.DataFrame({"lead_time_s": times, "annotations": 1.0, "group_id": groups}), INTERVALS
    )
