"""The score of one model or annotator in every snapshot of a set, and where two of them may not be compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from groundkeeper.core.measures import ALL
from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.errors import PipelineError, TableError, UnknownNameError
from groundkeeper.reports import undefined
from groundkeeper.reports.scored_subjects import owned
from groundkeeper.scores.place import near, of, require_set
from groundkeeper.snapshots import Snapshot, snapshots
from schemas.names import MEASURES
from schemas.scoring import SCORED

COMPARED = ("content_digest", "guideline", "settings_digest")
"""What two scores must have in common to be compared."""


@dataclass(frozen=True)
class Entry:
    """One score; what is not known is None, and *note* says why.

    *apart* names what differs from what was known last, and *unknown* what nobody knows of this one.
    """

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
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """Which figure of whom: *label* is a class or field, None of a figure over all of them."""

    subject: str
    measure: str
    label: str | None = None

    @property
    def name(self) -> str:
        """What people call whom it is of."""
        return self.subject if self.label is None else f"{self.subject}/{self.label}"

    def of(self, measures: pd.DataFrame, subjects: Iterable[str]) -> pd.DataFrame:
        """Return the rows of *measures* that are of whom it is of, given who else was scored.

        Examples
        --------
        A class of one is not another whose name has a slash:

        >>> told = pd.DataFrame({"measure": "f1", "subject": ["net", "net/b"]})
        >>> len(Figure("net", "f1", "b").of(told, ["net"])), len(Figure("net", "f1", "b").of(told, ["net", "net/b"]))
        (1, 0)
        """
        told = owned(measures, {*subjects, POOLED})
        own = (told["owner"] == self.subject) & (told["part"] == (self.label or ""))
        return told[own]


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
    """Return *entries* with what each does not have in common with what was known last, and what is not known of it.

    Where something is not known, the next that is known is held against the last before.

    Examples
    --------
    >>> first = Entry("gt/red/1.0.0/1", "", "1.0.0", "a", "s")
    >>> [entry.apart for entry in told_apart([first, replace(first, guideline="2.0.0")])]
    [(), ('guideline',)]
    >>> between = [first, replace(first, settings_digest=None), replace(first, settings_digest="t")]
    >>> [(entry.apart, entry.unknown) for entry in told_apart(between)]
    [((), ()), ((), ('settings_digest',)), (('settings_digest',), ())]
    """
    found: list[Entry] = []
    last: dict[str, str] = {}
    for entry in entries:
        has = {name: getattr(entry, name) for name in COMPARED}
        apart = tuple(n for n, old in last.items() if has[n] is not None and has[n] != old)
        unknown = tuple(name for name in last if has[name] is None)
        found.append(replace(entry, apart=apart, unknown=unknown))
        last = {
            name: last[name] if has[name] is None else has[name]
            for name in COMPARED
            if has[name] is not None or name in last
        }
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
    of_subject = figure.of(measures, scored["subject"])
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
