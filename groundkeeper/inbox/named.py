"""Whether all who say something have names of their own, so that every figure will have one owner.

Whoever scores refuses what is refused here as well, and then no score of the set can be seen: so it is said when it
comes in, while a name can still be corrected in a file.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from groundkeeper import guideline_files, guideline_versions, tables
from groundkeeper.batches import Batch
from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.core.scoring.subjects.guide import Guide, as_text
from groundkeeper.core.scoring.subjects.own_names import meant_twice
from groundkeeper.errors import InboxError, listing
from groundkeeper.formats import NAME_FIELDS, OF_ADJUDICATORS, reader
from groundkeeper.layout import Layout
from schemas.enums import Identity
from schemas.names import ANNOTATIONS, ANSWERS, PREDICTED, PREDICTED_REJECTS, PREDICTIONS

if TYPE_CHECKING:
    from groundkeeper.formats import Reading

LONGEST: Final = 100
"""Characters of the name of a model: it heads columns and pages."""
RENAME: Final = "correct `annotator` in the file"
RESPELL: Final = "correct the classes in the file that the guideline does not know"
SAID: Final = ("annotator", "batch", "label", "attributes")


@dataclass(frozen=True)
class Named:
    """Who says something in an inbox, and what figures about them are about.

    Attributes
    ----------
    people, models
        Names of those who answer, adjudicators among them, and of those who predict.
    scored
        Who will have figures of their own.
    parts
        The classes and fields that figures are about.
    fields
        Those of which there are figures of all readers together.
    """

    people: frozenset[str]
    models: frozenset[str]
    scored: frozenset[str]
    parts: frozenset[str]
    fields: frozenset[str]

    @property
    def meant_twice(self) -> list[tuple[str, str]]:
        """Each name by which a figure could be about somebody else, and about whom."""
        of_fields = [(name, POOLED) for name in sorted(self.scored & self.fields)]
        return [*meant_twice({*self.scored, POOLED}, self.parts), *of_fields]


def require_own_names(
    file: Path, told: "Reading", batch: Batch, present: Sequence[Batch], layout: Layout
) -> None:
    """Refuse answers or predictions of somebody who is not told by name from those in the batches that are *present*.

    Raises
    ------
    InboxError
        If a model has a name that cannot be read or is too long, a model and a person are called the same, or a name
        could as well be a class or a field of somebody else.
    GuidelineError
        If the version in force cannot be read.
    """
    names = set(told.answers["annotator"])
    before, guide = _said(layout, present), _guide(layout)
    known = _named(before, present, guide)
    together = pd.concat([before, _rows(told, batch)], ignore_index=True)
    named = _named(together, [*present, batch], guide)
    heads_figures = names & named.scored
    unfit = (
        _unfit(names, known.people)
        if batch.is_predicted
        else chain(_pooled(heads_figures, "an annotator"), _taken(names, known.models))
    )
    why = next(chain(unfit, _meant_twice(names, named, known)), None)
    if why is not None:
        message = f"{file}: {why}"
        raise InboxError(message)


def _pooled(names: set[str], who: str) -> Iterator[str]:
    """Yield that one of the *names* of those with figures of their own is that of all readers, however it is spelt."""
    for name in sorted(names):
        if name.strip().casefold() == POOLED.casefold():
            yield f"found {who} called {name!r}, which is all annotators together; allowed is another name; {RENAME}"


def _taken(names: set[str], models: frozenset[str]) -> Iterator[str]:
    """Yield that some of the *names* of people are those of models."""
    if both := sorted(names & models):
        yield f"found annotators called {listing(both)}, as models are; allowed is another name; {RENAME}"


def _meant_twice(names: set[str], named: Named, known: Named) -> Iterator[str]:
    """Yield that some could be part of somebody else now that these *names* have come, which nobody could before."""
    before = known.meant_twice
    if new := [pair for pair in named.meant_twice if pair not in before]:
        pairs = listing(f"{name} (which could be a part of {of})" for name, of in new)
        comes_of_names = any(names.intersection(pair) for pair in new)
        yield (
            f"with it there are names that a class or field of another name could have as well: {pairs}; allowed is a "
            f"name by which a figure has one owner; {RENAME if comes_of_names else RESPELL}"
        )


def _unfit(names: set[str], people: frozenset[str]) -> Iterator[str]:
    """Yield which of the *names* of models are none or those of *people*, and what is allowed."""
    for name in sorted(names):
        if not name.strip():
            yield f"found a model called {name!r}; allowed is a name that can be read; {RENAME}"
        elif len(name) > LONGEST:
            yield (
                f"found a model whose name has {len(name):,} characters ({name[:LONGEST]!r} ...); allowed are at most "
                f"{LONGEST}; {RENAME}"
            )
        elif name != name.strip():
            yield f"found a model called {name!r}; allowed is a name without blanks at its ends; {RENAME}"
        elif name in people:
            yield f"found a model called {name!r}, as an annotator is; allowed is another name; {RENAME}"
    yield from _pooled(names, "a model")


def _guide(layout: Layout) -> Guide:
    """Return the guideline in force, by which everybody is scored."""
    version = guideline_versions.in_force(layout.root, layout.set_name)
    document = guideline_files.load(layout.guidelines / f"{version}.yaml")
    return Guide(
        document.decisions,
        document.fields,
        document.consensus,
        document.scoring,
        tuple(sorted(document.classes)),
    )


def _named(said: pd.DataFrame, declared: Sequence[Batch], guide: Guide) -> Named:
    """Return who is who in what was *said* in batches that were *declared* so."""
    predicted = {batch.key for batch in declared if batch.is_predicted}
    heads_figures = {
        batch.key
        for batch in declared
        if batch.is_predicted
        or (batch.identity is Identity.KNOWN and batch.format != OF_ADJUDICATORS)
    }
    by_models = said["batch"].isin(predicted)
    heard = said["batch"].isin(heads_figures)
    fields = frozenset(guide.rated if guide.by_item else ())
    return Named(
        frozenset(said.loc[~by_models, "annotator"]),
        frozenset(said.loc[by_models, "annotator"]),
        frozenset(said.loc[heard, "annotator"]),
        fields.union(guide.class_names, guide.classes_behind(fields), _classes(said, guide)),
        fields,
    )


def _classes(said: pd.DataFrame, guide: Guide) -> set[str]:
    """Return the classes that were *said*, be they such as the guideline does not know."""
    found: set[str] = set()
    describes_labels = bool(guide.classes) and not guide.by_item
    if describes_labels or any(field.source == "label" for field in guide.fields.values()):
        found |= set(said["label"].dropna())
    field = guide.fields.get(guide.class_by or "")
    if field is not None and field.source == "attribute":
        name = field.source_name(str(guide.class_by))
        stated = [json.loads(text).get(name) for text in said["attributes"].dropna().unique()]
        found |= set(as_text(pd.Series(stated, dtype=object)).dropna())
    return found


def _said(layout: Layout, present: Sequence[Batch]) -> pd.DataFrame:
    """Return the columns ``SAID`` of all that lies in the inbox: a row per annotation, or answer without one.

    What the last refresh has read is taken from its tables, everything else from the files.
    """
    found = [pd.DataFrame(columns=list(SAID), dtype="str")]
    for answers, annotations in ((ANSWERS, ANNOTATIONS), (PREDICTIONS, PREDICTED)):
        if layout.table("ingest", answers).is_file():
            who = tables.read(layout.table("ingest", answers), answers)
            what = tables.read(layout.table("ingest", annotations), annotations)
            found.append(who.merge(what, on="answer_id", how="left", suffixes=("", "_of")))
    if layout.table("ingest", PREDICTED_REJECTS).is_file():
        refused = tables.read(layout.table("ingest", PREDICTED_REJECTS), PREDICTED_REJECTS)
        found.append(refused.rename(columns={"source": "batch"}).dropna(subset=["annotator"]))
    read = {key for one in found for key in one["batch"].unique()}
    for batch in present:
        if batch.format in NAME_FIELDS and batch.key not in read:
            told = reader(batch.format).read(batch.path(layout.inbox), batch.options, ())
            found.append(_rows(told, batch))
    rows = pd.concat([one.reindex(columns=list(SAID)) for one in found], ignore_index=True)
    return rows[rows["batch"].isin([batch.key for batch in present])]


def _rows(told: "Reading", batch: Batch) -> pd.DataFrame:
    """Return the columns ``SAID`` of what a file says."""
    rows = told.answers.merge(told.annotations, on="answer_key", how="left")
    return rows.assign(batch=batch.key)[list(SAID)]
