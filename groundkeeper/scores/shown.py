"""The figures of those who are scored, and first of all what they rest on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from groundkeeper.core.measures import ALL
from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.errors import UnknownNameError
from groundkeeper.reports import undefined
from groundkeeper.reports.gold import without_gold
from groundkeeper.reports.scored_subjects import owned
from groundkeeper.scores.place import UNRELEASED, Place, foreign, near, released
from schemas.names import MEASURES
from schemas.scoring import BOUNDS, SCORED

BETWEEN: Final = ("measure", "subject")
"""By which the bounds of a figure are found."""

LEFT_OUT: Final[Mapping[str, str]] = {
    "items_open": "not settled: what is pending or stale in them is in the bounds",
    "items_without_answer": "nothing was said of them",
    "items_not_in_gt": "answered, and not in the ground truth",
    "items_unknown": "named by a model, and no items of the set",
    "records_ignored": "records that count for nobody, by the guideline",
    "shapes_outside": "shapes beyond the image, or in frames that there are not",
    "values_refused": "values that the guideline does not know: wrong answers, and in no mean error",
}
"""What is in no score, by the column of ``scored`` that counts it, and why."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: one who is scored, one class, the levels of one facet; None for what is not."""

    subject: str | None = None
    label: str | None = None
    facet: str | None = None


@dataclass(frozen=True)
class Shown:
    """Scores of a set.

    Attributes
    ----------
    against
        The snapshot that they are scored against, or that it is none.
    is_released
        Whether it is one.
    content_digest, guideline
        Of the ground truth that they are scored against.
    scored
        What the scores of each rest on: rows of ``schemas.scoring.SCORED``.
    figures
        Rows of ``schemas.names.MEASURES`` with ``min`` and ``max`` of what is still open, nan where that is unknown.
    """

    set: str
    against: str
    is_released: bool
    content_digest: str
    guideline: str
    scored: pd.DataFrame
    figures: pd.DataFrame

    def as_json(self) -> dict[str, object]:
        """Return it as one JSON object; what is undefined is null."""
        return {
            "set": self.set,
            "snapshot": self.against if self.is_released else None,
            "guideline": self.guideline,
            "content_digest": self.content_digest,
            "subjects": [self._subject(row) for row in undefined.rows(self.scored)],
            "figures": undefined.rows(self.figures),
        }

    def _subject(self, row: dict[str, Any]) -> dict[str, object]:
        return {
            **row,
            "foreign_classes": foreign(row["foreign_classes"]),
            "coverage": coverage(row),
        }


def coverage(row: Mapping[Any, Any]) -> float | None:
    """Return which share of the settled items was answered, given a row of ``scored``; None if nothing is settled.

    Examples
    --------
    >>> coverage({"items": 3, "items_without_answer": 1}), coverage({"items": 0, "items_without_answer": 0})
    (0.75, None)
    """
    settled = int(row["items"]) + int(row["items_without_answer"])
    return int(row["items"]) / settled if settled else None


def shown(where: Place, wanted: Wanted) -> Shown:
    """Return the scores at *where*, as far as they are wanted.

    Raises
    ------
    UnknownNameError
        If nobody of that name was scored there, or there are no such class or facet.
    TableError
        If nothing was scored there, or older code did it.
    """
    found = where.tables("score", (MEASURES, SCORED, BOUNDS))
    scored, guideline = found["scored"], where.guideline
    digest = _digest(scored)
    snapshot = where.snapshot or released(
        where.layout.root, where.layout.set_name, guideline, digest
    )
    return Shown(
        where.layout.set_name,
        snapshot.tag if snapshot else UNRELEASED,
        snapshot is not None,
        digest or (snapshot.content_digest if snapshot else ""),
        guideline,
        scored if wanted.subject is None else scored[scored["subject"] == wanted.subject],
        figures(found["measures"], found["bounds"], wanted, scored["subject"], where.name),
    )


def figures(
    measures: pd.DataFrame,
    bounds: pd.DataFrame,
    wanted: Wanted,
    subjects: Iterable[str],
    where: str = "",
) -> pd.DataFrame:
    """Return the rows of *measures* that are *wanted*, with ``min`` and ``max`` from *bounds*.

    Parameters
    ----------
    measures, bounds : DataFrame
        As in ``schemas.names`` and ``schemas.scoring``.
    wanted : Wanted
        Whose figures; without a class or facet, those over everything.
    subjects : iterable of str
        Who is scored.
    where : str
        The place, as messages call it.

    Raises
    ------
    UnknownNameError
        If nobody of that name was scored, or there are no such class or facet.
    """
    told = owned(without_gold(measures), {*subjects, POOLED})
    named = sorted(set(told["owner"]))
    if wanted.subject is not None:
        if wanted.subject not in named:
            what = f"subject scored at {where}"
            raise UnknownNameError(what, wanted.subject, near(wanted.subject, named))
        told = told[told["owner"] == wanted.subject]
    chosen = told[_of_part(told, wanted.label) & (told["facet"] == (wanted.facet or ALL))]
    if not len(chosen):
        _refuse(told, wanted)
    edges = bounds[[*BETWEEN, "low", "high"]].rename(columns={"low": "min", "high": "max"})
    merged = chosen.drop(columns=["owner", "part"]).merge(
        edges, on=list(BETWEEN), how="left", validate="many_to_one"
    )
    apart = merged["facet"] != ALL
    return merged.assign(**{name: merged[name].mask(apart) for name in ("min", "max")})


def _of_part(told: pd.DataFrame, label: str | None) -> "pd.Series[bool]":
    """Return which rows are of the class or field *label*; without one, those over all, if an owner has such."""
    if label is not None:
        return told["part"] == label
    whole = told["part"] == ""
    return whole | ~told["owner"].isin(set(told.loc[whole, "owner"]))


def _refuse(told: pd.DataFrame, wanted: Wanted) -> None:
    """Raise which classes and facets there are, if it was one of these that is not there."""
    for kind, name, known in (
        ("facet", wanted.facet, set(told["facet"]) - {ALL}),
        ("class", wanted.label, set(told["part"]) - {""}),
    ):
        if name is not None and name not in known:
            raise UnknownNameError(kind, name, near(name, known))


def _digest(scored: pd.DataFrame) -> str:
    """Return the content digest of what was scored against: one for all who are scored; '' if nobody is."""
    digests = sorted(set(scored["content_digest"]))
    return str(digests[0]) if digests else ""
