"""The score of one model or annotator in every snapshot of a set, and where two of them may not be compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pandas as pd

from groundkeeper.core.measures import ALL
from groundkeeper.errors import PipelineError, TableError, UnknownNameError
from groundkeeper.reports import undefined
from groundkeeper.scores.place import near, of, require_set
from groundkeeper.snapshots import Snapshot, snapshots
from schemas.names import MEASURES
from schemas.scoring import SCORED

COMPARED = ("content_digest", "guideline", "settings_digest")
"""What two scores must have in common to be compared."""


@dataclass(frozen=True)
class Entry:
    """One score; what is not known is None, and *note* says why. *apart* names what differs from the one before."""

    tag: str
    created: str
    guideline: str
    content_digest: str
    settings_digest: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""
    apart: tuple[str, ...] = ()

    @property
    def is_comparable(self) -> bool:
        """Whether a difference to the one before would be one of the subject alone."""
        return not self.apart


@dataclass(frozen=True)
class Figure:
    """Which figure of whom: *label* is a class or field, None of a figure over all of them."""

    subject: str
    measure: str
    label: str | None = None

    @property
    def name(self) -> str:
        """What the table ``measures`` calls whom it is of."""
        return self.subject if self.label is None else f"{self.subject}/{self.label}"


def history(root: Path, set_name: str, figure: Figure) -> list[Entry]:
    """Return the score in every snapshot of the set, the oldest first.

    Raises
    ------
    UnknownNameError
        If there is no snapshot, nobody of this name was scored in any of them, or there is no such measure.
    SnapshotError
        If *root* is not in a git repository.
    """
    past = sorted(snapshots(root, set_name), key=lambda s: (s.created, s.n, s.tag))
    if not past:
        require_set(root, set_name, past)
        what = "snapshot"
        raise UnknownNameError(what, f"gt/{set_name}/...", [])
    seen = _Seen(set(), set())
    entries = [_entry(root, snapshot, figure, seen) for snapshot in past]
    subject, measure = figure.subject, figure.measure
    if seen.subjects and subject not in seen.subjects:
        raise UnknownNameError("subject", subject, near(subject, seen.subjects))
    if seen.measures and measure not in seen.measures:
        what = f"measure of {figure.name}"
        raise UnknownNameError(what, measure, near(measure, seen.measures))
    return told_apart(entries)


def told_apart(entries: Sequence[Entry]) -> list[Entry]:
    """Return *entries* with what each does not have in common with the one before, as far as that is known.

    Examples
    --------
    >>> first = Entry("gt/red/1.0.0/1", "", "1.0.0", "a", "s")
    >>> [entry.apart for entry in told_apart([first, replace(first, guideline="2.0.0")])]
    [(), ('guideline',)]
    """
    found = list(entries[:1])
    for before, entry in pairwise(entries):
        pairs = {name: (getattr(before, name), getattr(entry, name)) for name in COMPARED}
        apart = tuple(n for n, (old, new) in pairs.items() if None not in {old, new} and old != new)
        found.append(replace(entry, apart=apart))
    return found


@dataclass(frozen=True)
class _Seen:
    """Who was scored in any snapshot, and by which measures whoever is asked for was."""

    subjects: set[str]
    measures: set[str]


def _entry(root: Path, snapshot: Snapshot, figure: Figure, seen: _Seen) -> Entry:
    empty = Entry(snapshot.tag, snapshot.created, snapshot.guideline, snapshot.content_digest)
    try:
        found = of(root, snapshot).tables("score", (MEASURES, SCORED))
    except TableError:
        return replace(empty, note="older code scored it, or nobody")
    except PipelineError:
        return replace(empty, note="its tables are neither in the cache nor in the remote")
    scored, measures = found["scored"], found["measures"]
    seen.subjects.update(scored["subject"])
    of_subject = measures[measures["subject"] == figure.name]
    seen.measures.update(of_subject["measure"])
    who = scored[scored["subject"] == figure.subject]
    if not len(who):
        return replace(empty, note="nothing of this subject was scored")
    chosen = (of_subject["measure"] == figure.measure) & (of_subject["facet"] == ALL)
    return _filled(empty, who.iloc[0], of_subject[chosen])


def _filled(empty: Entry, who: pd.Series, figure: pd.DataFrame) -> Entry:
    settled = replace(empty, settings_digest=str(who["settings_digest"]))
    if not len(figure):
        return replace(settled, note="this measure was not taken")
    row = figure.iloc[0]
    value, low, high = (undefined.plain(row[name]) for name in ("value", "low", "high"))
    return replace(settled, value=value, low=low, high=high, n=int(row["n"]), note=str(row["note"]))
