"""Open a plan as a round: hand its tasks to people who know the guideline, and see what came back.

A round is a batch of the inbox, in the format ``tasks``: it is kept for ever, and taken back like any batch, for a
reason that stays. What people answer comes in as a batch as well, and is held against the task that asked for it.
"""

import json
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import shapely

from groundkeeper import batches, concerns, guideline_files, inbox, tables
from groundkeeper.batches import Batch
from groundkeeper.core.consensus.statements import CONFIRMED
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.ids import make_id
from groundkeeper.errors import RefusedError, UnknownNameError, listing
from groundkeeper.flips import Arrange
from groundkeeper.formats import Reading, reader
from groundkeeper.formats import tasks as task_files
from groundkeeper.inbox.exclusive import alone
from groundkeeper.layout import Layout
from groundkeeper.standing import require_built
from groundkeeper.withdrawn import Withdrawal, withdrawals
from schemas.enums import LOOKED, Identity, Independence, Scope, Task, Unit
from schemas.names import ANSWERS, ITEMS, OBSERVATION_PARTS, PLAN

TASKS: Final = "tasks"
ACKNOWLEDGEMENTS: Final = "acknowledgements"
LICENCE: Final = "own work"
OPTIONAL: Final = ("annotator", "arm", "stratum", "inclusion_probability")
"""Columns that only some tasks have: of one person, of an audit."""

SCOPES: Final = {
    Unit.FIELD: Scope.FIELDS,
    Unit.RECORD: Scope.RECORD,
    Unit.REGION: Scope.SEARCH,
    Unit.ITEM: Scope.SEARCH,
}
"""What the answer to a task speaks of, by its unit."""


@dataclass(frozen=True)
class Round:
    """One round: what was asked under which version, and what came back of it.

    How many tasks a round had that was taken back is not known: they are where DVC keeps what left.
    """

    batch: Batch
    tasks: int | None
    answered: int
    answers: int
    refused: int
    withdrawn: str | None = None


def open_plan(
    root: Path,
    set_name: str,
    round_name: str,
    only: Collection[Task] = (),
    arrange: Arrange | None = None,
) -> tuple[Batch, int]:
    """Return the batch of a new round with what the plan asks for and no other round does, and how many tasks it has.

    Killed before the last step, the same call finishes the round, also when the plan moved since. Two calls at once
    wait for each other, so no task is asked twice.

    Parameters
    ----------
    only : collection of Task
        Open these alone; all but second looks by default.
    arrange : callable, optional
        Chooses among them, and says which come first; the plan does by default.

    Raises
    ------
    RefusedError
        If the plan is of another version than the one in force, or there is nothing to ask.
    InboxError, UnknownNameError, TableError
        As ``issue``, or if there is no plan yet.
    """
    layout = Layout(root, set_name)
    with alone(layout.inbox):
        half = _finished(layout, round_name)
        version = require_built(layout, "the plan is of version")
        source = f"plan of {set_name}@{version}"
        if half and half.source == source:
            told = reader(TASKS).read(half.path(layout.inbox), half.options, ())
            return half, len(told.tasks)
        tasks = _of_the_plan(layout, version, round_name, only, arrange)
        return issue(root, set_name, round_name, tasks, version, source=source), len(tasks)


def _of_the_plan(
    layout: Layout, version: str, round_name: str, only: Collection[Task], arrange: Arrange | None
) -> pd.DataFrame:
    """Return what the plan asks for and no other round than *round_name* does."""
    wanted = [str(task) for task in only or set(Task) - {Task.SECOND_LOOK}]
    plan = tables.read(layout.table("impact", PLAN), PLAN)
    asked = {
        plan_id
        for batch, told in _readings(layout, TASKS)
        if batch.round != round_name and batch.era == version
        for plan_id in told.tasks["plan_id"]
    }
    chosen = plan[plan["action"].isin(wanted) & ~plan["plan_id"].isin(asked)]
    if chosen.empty:
        message = (
            f"{layout.set_name}: the plan has nothing to ask that is not asked yet ({len(plan)} units of work, "
            f"{len(asked)} of them in other rounds); `gk round list {layout.set_name}` shows what is open"
        )
        raise RefusedError(message)
    chosen = arrange(layout, chosen) if arrange else chosen
    items = tables.read(layout.table("items", ITEMS), ITEMS).set_index("item_id")["item_key"]
    return chosen.assign(
        era=version,
        scope=[str(SCOPES[Unit(unit)]) for unit in chosen["unit"]],
        item_key=chosen["item_id"].map(items),
        question=_worded(layout, version, chosen),
    )


def _worded(layout: Layout, version: str, plan: pd.DataFrame) -> list[str]:
    """Return the questions of *plan*, with what the guideline says of the fields that they ask for."""
    fields = guideline_files.load(layout.guidelines / f"{version}.yaml").fields
    texts = {name: field.text.strip() for name, field in fields.items() if field.text}
    return [
        " ".join([question, *(texts[name] for name in json.loads(asks) if name in texts)])
        for question, asks in zip(plan["question"], plan["asks"], strict=True)
    ]


def issue(  # noqa: PLR0913 - what a round is
    root: Path, set_name: str, round_name: str, tasks: pd.DataFrame, era: str, *, source: str
) -> Batch:
    """Return the batch of a new round; the same round again is said so and changes nothing.

    Parameters
    ----------
    tasks : DataFrame
        One row a task: the columns of ``formats.frames.TASK_TYPES`` but ``task_id``, which is made here; of
        ``OPTIONAL`` those that the tasks have.
    era : str
        The guideline version that is in force for the round.
    source : str
        Where the tasks come from, for people.

    Raises
    ------
    RefusedError
        If there was another round of this name.
    InboxError, UnknownNameError
        As ``groundkeeper.inbox.add``.
    """
    layout = Layout(root, set_name)
    tasks = tasks.assign(**dict.fromkeys(n for n in OPTIONAL if n not in tasks))
    keys = tasks[["plan_id", "annotator", "arm"]].astype(object)
    rows = keys.where(keys.notna(), "").itertuples(index=False, name=None)
    named = tasks.assign(task_id=[make_id("tk", set_name, round_name, *row) for row in rows])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tasks.csv"
        task_files.write(named, file)
        with alone(layout.inbox):
            _finished(layout, round_name)
            _require_new(layout, round_name, batches.sha256_of(file))
            added = inbox.add(
                root,
                set_name,
                file,
                format=TASKS,
                round=round_name,
                era=era,
                source=source,
                licence=LICENCE,
                independence=Independence.BLIND,
                identity=Identity.KNOWN,
            )
    return added.batch


def withdraw(root: Path, set_name: str, round_name: str, *, reason: str) -> Withdrawal:
    """Take the tasks of a round back; answers to them stay as evidence and count for nothing.

    Raises
    ------
    UnknownNameError
        If no round of this name is open.
    InboxError
        As ``groundkeeper.inbox.remove``.
    """
    batch = _find(Layout(root, set_name), round_name)
    return inbox.remove(root, set_name, batch.key, reason=reason)


def rounds(root: Path, set_name: str) -> list[Round]:
    """Return the rounds of a set, in the order in which they were opened; those taken back come last.

    What came back is counted as of the last refresh.
    """
    layout = Layout(root, set_name)
    path = layout.table("ingest", ANSWERS)
    answers = tables.read(path, ANSWERS) if path.is_file() else tables.empty(ANSWERS)
    found = []
    for batch, told in _readings(layout, TASKS):
        back = answers[answers["task_id"].isin(told.tasks["task_id"])]
        counted = back[_counts(back)]
        answered = counted["task_id"].nunique()
        refused = int(back["refusal"].notna().sum())
        found.append(Round(batch, len(told.tasks), answered, len(counted), refused))
    for gone in withdrawals(layout.inbox):
        if gone.batch.format == TASKS:
            back = answers[(answers["round"] == gone.batch.round) & answers["refusal"].notna()]
            found.append(Round(gone.batch, None, 0, 0, len(back), gone.reason))
    return found


def _counts(answers: pd.DataFrame) -> pd.Series:
    """Return which answers count: not refused, and of people who looked."""
    return answers["refusal"].isna() & answers["state"].isin([str(state) for state in LOOKED])


def handed_out(
    root: Path, set_name: str, round_name: str, annotator: str, era: str | None = None
) -> pd.DataFrame:
    """Return the tasks of a round for one person, the most urgent first, as a file to be filled in and sent back.

    Its columns are those of the format ``answers``: ``item, annotator, task, state, submitted_at, lead_time_s``, one
    for each field that is asked, and ``confirmed`` where a whole record is asked about that may still be right, all
    empty but the first three; columns that begin with ``task_`` say what to do, and are passed over when the file
    comes back. A task that was skipped or drafted is still to be done.

    Raises
    ------
    UnknownNameError
        If no round of this name is open.
    RefusedError
        If the person has not acknowledged the version, there is no task left for them, or the round asks under several
        versions, as an audit does, and *era* does not say which: what was answered under one is one file.
    """
    layout = Layout(root, set_name)
    batch = _find(layout, round_name)
    told = reader(TASKS).read(batch.path(layout.inbox), batch.options, ())
    mine = told.tasks[told.tasks["annotator"].fillna(annotator) == annotator]
    mine = _under(mine, era, f"{set_name}: round {round_name}")
    _require_acknowledged(layout, annotator, sorted(set(mine["era"])))
    path = layout.table("ingest", ANSWERS)
    if path.is_file():
        answers = tables.read(path, ANSWERS)
        done = answers[(answers["annotator"] == annotator) & _counts(answers)]
        mine = mine[~mine["task_id"].isin(done["task_id"])]
    if mine.empty:
        message = f"{set_name}: round {round_name} has no task left for {annotator}"
        raise RefusedError(message)
    mine = mine.sort_values(["priority", "task_id"], ascending=[False, True], ignore_index=True)
    return _sheet(layout, mine, annotator).join(_places(layout, mine))


def _under(tasks: pd.DataFrame, era: str | None, where: str) -> pd.DataFrame:
    """Return the tasks under one version: *era*, or the only one that there is."""
    eras = sorted(set(tasks["era"]), key=version_key)
    if era is None and len(eras) > 1:
        message = f"{where} asks under {listing(eras)}; choose one (`--era`), for each is a file"
        raise RefusedError(message)
    if era is not None and era not in eras:
        kind = "version under which this round asks"
        raise UnknownNameError(kind, era, eras)
    return tasks if era is None else tasks[tasks["era"] == era]


def _sheet(layout: Layout, tasks: pd.DataFrame, annotator: str) -> pd.DataFrame:
    fields = concerns.read(layout, Fields).fields
    asked = dict.fromkeys(
        _column(name, fields.get(name)) for text in tasks["asks"] for name in json.loads(text)
    )
    again = tasks["unit"].eq(Unit.RECORD) & tasks["action"].eq(Task.REVALIDATE)
    if again.any():
        asked[CONFIRMED] = None
    named = {
        "item": tasks["item_key"],
        "annotator": annotator,
        "task": tasks["task_id"],
        **dict.fromkeys(("state", "submitted_at", "lead_time_s", *asked), ""),
        **{
            f"task_{n}": tasks[n]
            for n in ("question", "unit", "action", "era", "record_id", "hours")
        },
    }
    return pd.DataFrame(named, index=tasks.index)


def _column(name: str, field: Field | None) -> str:
    """Return under which name an answer states a field."""
    if field is None:
        return name
    return "label" if field.source == "label" else field.source_name(name)


def _places(layout: Layout, tasks: pd.DataFrame) -> pd.DataFrame:
    """Return where in its item the record of each task is: the first and last frame, and the box around it in px."""
    path = layout.table("consensus", OBSERVATION_PARTS)
    none = pd.DataFrame({"task_frames": "", "task_box": ""}, index=tasks.index)
    if not path.is_file():
        return none
    parts = tables.read(path, OBSERVATION_PARTS)
    parts = parts[parts["record_id"].isin(tasks["record_id"].dropna())]
    if parts.empty:
        return none
    by = parts.groupby("record_id")
    spans = by["frame"].agg(["min", "max"])
    frames_of = spans["min"].astype("str") + "-" + spans["max"].astype("str")
    boxes = by["geometry"].agg(
        lambda drawn: " ".join(f"{v:g}" for v in shapely.total_bounds(list(drawn)))
    )
    found = {
        "task_frames": tasks["record_id"].map(frames_of),
        "task_box": tasks["record_id"].map(boxes),
    }
    return pd.DataFrame(found, index=tasks.index).fillna("")


def _readings(layout: Layout, of: str) -> Iterator[tuple[Batch, Reading]]:
    """Yield the batches of one format, in the order of arrival, with what is in them."""
    for batch in batches.load_all(layout.inbox):
        if batch.format == of:
            yield batch, reader(of).read(batch.path(layout.inbox), batch.options, ())


def _finished(layout: Layout, round_name: str) -> Batch | None:
    """Return the round that a killed call left half taken in, which now is whole; there is one at most."""
    left = [
        batch
        for batch in batches.load_all(layout.inbox)
        if batch.format == TASKS
        and batch.round == round_name
        and inbox.finish(layout.root, layout.set_name, batch)
    ]
    return left[0] if left else None


def _find(layout: Layout, round_name: str) -> Batch:
    known = {
        batch.round: batch for batch in batches.load_all(layout.inbox) if batch.format == TASKS
    }
    if round_name not in known:
        kind = f"open round of {layout.set_name}"
        raise UnknownNameError(kind, round_name, known)
    return known[round_name]


def _require_new(layout: Layout, round_name: str, sha256: str) -> None:
    present = [batch for batch in batches.load_all(layout.inbox) if batch.sha256 != sha256]
    gone = [one.batch for one in withdrawals(layout.inbox)]
    if any(batch.round == round_name for batch in (*present, *gone) if batch.format == TASKS):
        message = (
            f"{layout.set_name}: there was a round {round_name} already, and answers name it; "
            "choose another name"
        )
        raise RefusedError(message)


def acknowledged(layout: Layout) -> frozenset[tuple[str, str]]:
    """Return who has acknowledged which version, as the inbox has it.

    Raises
    ------
    InboxError
        As ``groundkeeper.batches.load_all``.
    """
    return frozenset(
        (str(who), str(version))
        for _, told in _readings(layout, ACKNOWLEDGEMENTS)
        for who, version in zip(
            told.acknowledgements["annotator"], told.acknowledgements["version"], strict=True
        )
    )


def _require_acknowledged(layout: Layout, annotator: str, versions: Collection[str]) -> None:
    read = acknowledged(layout)
    missing = [version for version in versions if (annotator, version) not in read]
    if missing:
        first = f"{layout.set_name} {missing[0]}"
        message = (
            f"{annotator} has not acknowledged {layout.set_name} {listing(missing)}, and gets no task under it; "
            f"hand it out (`gk guideline render {layout.set_name}@{missing[0]}`), and when it was read: "
            f"`gk acknowledge {first} --annotator {annotator}`"
        )
        raise RefusedError(message)
