"""Carry annotators along a guideline change: note who has read a version, and open a calibration quiz on it."""

import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from groundkeeper import batches, guideline_versions, inbox, rounds, tables
from groundkeeper.batches import Batch
from groundkeeper.core.impact.path import Form
from groundkeeper.core.people.acknowledged import reading
from groundkeeper.core.people.quiz import Terms, quiz
from groundkeeper.core.people.versions import Versions
from groundkeeper.errors import RefusedError, listing
from groundkeeper.formats import acknowledgements as acknowledgement_files
from groundkeeper.layout import Layout
from groundkeeper.standing import require_built
from schemas.enums import Identity
from schemas.names import ACKNOWLEDGEMENTS, ANSWERS, ITEMS, MEASURES, RECORDS, SAMPLE, TASKS


@dataclass(frozen=True)
class Acknowledged:
    """What became of acknowledgements: their batch, none if nobody was new, and who had done so before."""

    batch: Batch | None
    annotators: tuple[str, ...]
    already: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """A quiz that was opened: its batch, how many tasks of how many records, and what it could not ask."""

    batch: Batch
    tasks: int
    records: int
    shortfalls: tuple[str, ...]


def acknowledge(
    root: Path,
    set_name: str,
    version: str,
    annotators: Collection[str],
    at: datetime | None = None,
) -> Acknowledged:
    """Return the batch that says that *annotators* have read a version; who has said so before is not said again.

    Parameters
    ----------
    version : str
        A version of the set's guideline.
    annotators : collection of str
        By the names that their answers come with.
    at : datetime, optional
        When, with its time zone; now by default.

    Raises
    ------
    UnknownNameError
        If there is no such set or version.
    RefusedError
        If nobody is named, or *at* has no time zone.
    InboxError, StorageError
        As ``groundkeeper.inbox.add``.
    """
    guideline_versions.path_of(f"{set_name}@{version}", root)
    named = _named(set_name, annotators)
    moment = datetime.now(UTC).replace(microsecond=0) if at is None else at
    if moment.tzinfo is None:
        message = f"{moment.isoformat()}: has no time zone; allowed is one with, such as 2026-03-02T09:00:00Z"
        raise RefusedError(message)
    layout = Layout(root, set_name)
    for batch in batches.load_all(layout.inbox):
        if batch.format == rounds.ACKNOWLEDGEMENTS:
            inbox.finish(root, set_name, batch)
    done = [who for who in named if (who, version) in rounds.acknowledged(layout)]
    new = [who for who in named if who not in done]
    if not new:
        return Acknowledged(None, (), tuple(done))
    told = pd.DataFrame({"annotator": new, "version": version, "acknowledged_at": moment})
    told["acknowledged_at"] = pd.to_datetime(told["acknowledged_at"], utc=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"acknowledged-{version}.csv"
        acknowledgement_files.write(told, file)
        added = inbox.add(
            root,
            set_name,
            file,
            format=rounds.ACKNOWLEDGEMENTS,
            round=rounds.ACKNOWLEDGEMENTS,
            era=version,
            source="gk acknowledge",
            licence=rounds.LICENCE,
            identity=Identity.KNOWN,
        )
    return Acknowledged(added.batch, tuple(new), tuple(done))


def open_quiz(  # noqa: PLR0913 - what a quiz is
    root: Path,
    set_name: str,
    round_name: str,
    *,
    old: str,
    annotators: Collection[str],
    per_side: int,
    seed: int,
) -> Opened:
    """Return the round of a quiz about what moved between *old* and the version in force.

    Parameters
    ----------
    old : str
        Any version of the set's guideline, whether somebody answered under it or not.
    per_side : int
        How many records on each side of a boundary.
    seed : int
        Of their choice among the nearest.

    Raises
    ------
    RefusedError
        If somebody has not acknowledged the version in force; if the set was not built under it yet; or if no boundary
        moved near which a record could be asked about.
    InboxError, TableError, UnknownNameError
        As ``groundkeeper.rounds.issue``, or if a stage has not run yet.
    """
    layout = Layout(root, set_name)
    new = guideline_versions.in_force(root, set_name)
    forms = {
        version: Form.of(guideline_versions.find(f"{set_name}@{version}", root))
        for version in (old, new)
    }
    named = _named(set_name, annotators)
    require_built(layout, "was built under")
    _require_acknowledged(layout, new, named)
    records = tables.read(layout.table("decide", RECORDS), RECORDS)
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    sample = tables.read(layout.table("sample", SAMPLE), SAMPLE)
    shown = sample[["item_id", "split"]].merge(items[["item_id", "item_key"]], on="item_id")
    made = quiz(records, shown, Versions(forms, new), Terms(old, new, named, per_side, seed))
    if made.tasks.empty:
        message = (
            f"{set_name}: no boundary moved from {old} to {new} near which a settled record could be asked about; "
            f"`gk guideline diff {set_name}@{old} {set_name}@{new}` shows what did"
        )
        raise RefusedError(message)
    source = f"quiz of {set_name} from {old} to {new}"
    batch = rounds.issue(root, set_name, round_name, made.tasks, new, source=source)
    return Opened(batch, len(made.tasks), made.key["record_id"].nunique(), made.shortfalls)


def who_has_read(root: Path, set_name: str) -> pd.DataFrame:
    """Return who has acknowledged what, and who answered without, as of the last refresh; see ``people.acknowledged``.

    Raises
    ------
    TableError
        If the stage ``ingest`` has not run yet.
    """
    layout = Layout(root, set_name)
    version = guideline_versions.in_force(root, set_name)
    answers, tasks, read = (
        tables.read(layout.table("ingest", of), of) for of in (ANSWERS, TASKS, ACKNOWLEDGEMENTS)
    )
    return reading(answers, tasks, read, version)


def figures(root: Path, set_name: str) -> pd.DataFrame:
    """Return the figures about people, as of the last refresh: the table ``measures`` of the stage ``rounds``.

    Raises
    ------
    TableError
        If it has not run yet.
    """
    guideline_versions.in_force(root, set_name)
    return tables.read(Layout(root, set_name).table("rounds", MEASURES), MEASURES)


def _named(set_name: str, annotators: Iterable[str]) -> tuple[str, ...]:
    """Return the names, each once, in order."""
    named = tuple(sorted({name.strip() for name in annotators} - {""}))
    if not named:
        message = f"{set_name}: no annotator is named; name one with --annotator"
        raise RefusedError(message)
    return named


def _require_acknowledged(layout: Layout, version: str, annotators: Iterable[str]) -> None:
    read = rounds.acknowledged(layout)
    missing = [who for who in annotators if (who, version) not in read]
    if missing:
        first = f"gk acknowledge {layout.set_name} {version} --annotator {missing[0]}"
        message = (
            f"{listing(missing)}: not acknowledged {layout.set_name}@{version}, so nothing can be asked under it; "
            f"when it was read: `{first}`"
        )
        raise RefusedError(message)
