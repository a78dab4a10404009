"""Open the audit of a guideline change as a round, and read what the audits of a set have shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from groundkeeper import (
    guideline_files,
    guideline_history,
    params,
    rounds,
    tables,
)
from groundkeeper.batches import Batch
from groundkeeper.core.audit import draw, nearness
from groundkeeper.core.audit.design import Design, Goal, design
from groundkeeper.core.audit.draw import AUDITED, FAR, NEAR
from groundkeeper.core.audit.figures import PREFIX
from groundkeeper.core.audit.promise import promised
from groundkeeper.core.audit.tasks import tasks
from groundkeeper.core.consensus.voices import decided_in, voices
from groundkeeper.core.impact.path import path
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.layout import Layout
from groundkeeper.standing import require_built
from schemas.enums import Arm
from schemas.names import ANSWERS, CARRIED, ITEMS, MEASURES, STATES

SOURCE: Final = "audit of {old} to {new}"
STAGE: Final = "rounds"
"""Which stage measures what audits show."""


@dataclass(frozen=True)
class Opened:
    """The audit that was opened.

    Attributes
    ----------
    batch, old, new, goal
        As which batch, of which change, and what it has to show.
    designs, drawn
        How it was sized, and how many records were drawn, by action.
    bounds
        What its readings will show if nothing is found, by action; nan where there is no record.
    readings
        How many tasks there are.
    read_once
        How many of the drawn records one person alone can read, and so under one version.
    """

    batch: Batch
    old: str
    new: str
    goal: Goal
    designs: dict[str, Design]
    drawn: dict[str, int]
    bounds: dict[str, float]
    readings: int
    read_once: int

    def is_enough(self, action: str) -> bool:
        """Return whether the readings of an *action* will show what was asked for, if nothing is found."""
        return not self.bounds[action] > self.goal.miss_rate

    def as_json(self) -> dict[str, object]:
        """Return it as one JSON object."""
        return {
            "round": self.batch.round,
            "batch": self.batch.key,
            "old": self.old,
            "new": self.new,
            "miss_rate": self.goal.miss_rate,
            "confidence": self.goal.confidence,
            "by": self.goal.by,
            "readings": self.readings,
            "read_once": self.read_once,
            "actions": [
                {
                    "action": action,
                    "records": of_action.pool,
                    "groups": of_action.groups,
                    "drawn": self.drawn[action],
                    "design_effect": of_action.design_effect,
                    "bound": self.bounds[action],
                    "is_enough": self.is_enough(action),
                }
                for action, of_action in self.designs.items()
            ],
        }


def open_audit(  # noqa: PLR0913 - each says one thing about the audit
    root: Path,
    set_name: str,
    round_name: str,
    *,
    old: str,
    goal: Goal,
    annotators: Sequence[str] | None = None,
) -> Opened:
    """Return the audit of the change from the version *old* to the one in force, opened as a round.

    Records that nobody is asked about are drawn, untouched and auto apart, and each is read again by two people: by one
    with the older guideline, by one with that in force. A record of an item that one person alone has answered is read
    by that one; what the audit promises is worked out from the readings that there are.

    Parameters
    ----------
    root, set_name
        The repository and the set, whose stage ``impact`` is up to date.
    round_name
        As what the round is opened.
    old
        The version whose guideline the OLD arm reads.
    goal
        What the audit has to show.
    annotators
        A panel of two or more that reads all records; by default those who answered the item.

    Raises
    ------
    UnknownNameError
        If there is no such set or version.
    TableError
        If the stages did not run.
    RefusedError
        If nothing changed, the impact is that of another version, nothing can be audited, the panel is too small, or
        it is not known who answered.
    InboxError
        If the round cannot be taken in.
    """
    layout = Layout(root, set_name)
    new = require_built(layout, "the impact is that of version")
    pool = pool_of(layout, old, new)
    designs = {str(a): design(pool[pool["action"] == a], goal) for a in AUDITED}
    share = {
        f"{action}/{level}": designs[action].share[level]
        for action in designs
        for level in (NEAR, FAR)
    }
    change, seed = f"{old}..{new}", _seed(layout)
    drawn = draw.draw(pool, share, change, seed)
    if drawn.empty:
        message = (
            f"{set_name}: the audit of {change} draws none of {len(pool)} records; lower the miss rate or raise "
            "the confidence"
        )
        raise RefusedError(message)
    experts = (
        draw.panel(drawn, annotators)
        if annotators
        else draw.experts_of(drawn, _answers(layout, drawn))
    )
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    readers = draw.assign(drawn, experts, change, seed).merge(
        items[["item_id", "item_key"]], on="item_id"
    )
    versions = guideline_files.load_all(layout.guidelines)
    asked = tasks(readers, {Arm.OLD: versions[old], Arm.NEW: versions[new]})
    batch = rounds.issue(
        root, set_name, round_name, asked, new, source=SOURCE.format(old=old, new=new)
    )
    counts = drawn["action"].value_counts()
    return Opened(
        batch,
        old,
        new,
        goal,
        designs,
        {action: int(counts.get(action, 0)) for action in designs},
        {
            action: promised(
                pool[pool["action"] == action], readers[readers["action"] == action], goal
            )
            for action in designs
        },
        len(asked),
        int((readers["record_id"].value_counts() < draw.READERS).sum()),
    )


def pool_of(layout: Layout, old: str, new: str) -> pd.DataFrame:
    """Return the records that an audit of the change from *old* to *new* may draw.

    Returns
    -------
    DataFrame
        One row per record that somebody saw and nobody is asked about: ``record_id, item_id, era, group_id, action,
        near``.

    Raises
    ------
    UnknownNameError
        If there is no such version.
    RefusedError
        If the versions are the same, or there is no such record.
    """
    versions = guideline_files.load_all(layout.guidelines)
    for version in (old, new):
        if version not in versions:
            raise UnknownNameError("version", f"{layout.set_name}@{version}", versions)
    if old == new:
        message = f"{layout.set_name}: {old} is in force, so nothing changed; audit an older version against it"
        raise RefusedError(message)
    now = guideline_history.in_force(layout)
    carried = tables.read(layout.table("impact", CARRIED), CARRIED)
    states = tables.read(layout.table("impact", STATES), STATES)
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    seen = decided_in(carried[carried["votes"] > 0], now.consensus.quorum, "record_id")
    keys = ["record_id", "era"]
    records = seen.merge(states[[*keys, "action", "second_look"]], on=keys)
    records = records[records["action"].isin([str(action) for action in AUDITED])].reset_index(
        drop=True
    )
    if records.empty:
        message = f"{layout.set_name}: no record is untouched or auto, so there is nothing to audit"
        raise RefusedError(message)
    where = nearness.moved(path(versions, old, new))
    second_look = records["second_look"].to_numpy(dtype=bool)
    is_near = nearness.near(records, now.fields.fields, where, second_look)
    named = records[["record_id", "item_id", "era", "action"]].assign(near=is_near)
    return named.merge(items[["item_id", "group_id"]], on="item_id")


def report(root: Path, set_name: str) -> pd.DataFrame:
    """Return what the audits of a set have shown: the rows of the table ``measures`` that are of audits.

    Raises
    ------
    UnknownNameError
        If there is no such set.
    TableError
        If the stage ``rounds`` did not run.
    """
    params.set_sections(root / "params.yaml", set_name)
    found = tables.read(Layout(root, set_name).table(STAGE, MEASURES), MEASURES)
    return found[found["measure"].str.startswith(PREFIX)].reset_index(drop=True)


def _answers(layout: Layout, drawn: pd.DataFrame) -> pd.DataFrame:
    """Return the answers that made the drawn records."""
    answers = tables.read(layout.table("ingest", ANSWERS), ANSWERS)
    made = drawn[["item_id", "era"]].drop_duplicates()
    return voices(answers).merge(made, on=["item_id", "era"])


def _seed(layout: Layout) -> int:
    section = params.set_sections(layout.params, layout.set_name).get("sample") or {}
    return int(section.get("seed", 0))
