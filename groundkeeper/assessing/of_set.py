"""What a change means for the observations of a set in a repository, reconciled anew where it asks for that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from groundkeeper import concerns, evidence, guideline_files, tables
from groundkeeper.assessing.assessed import INTERVALS, Assessed
from groundkeeper.core.adjudication.reconciled import reconciled
from groundkeeper.core.consensus.voices import decided_in, searched_or_looked
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.eras import Eras, moved
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.normative import Fields, Precision, normative
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.impact.affected import Course, affected
from groundkeeper.core.impact.completion import completed
from groundkeeper.core.impact.hours import rates, timed
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form, path, stops
from groundkeeper.errors import GuidelineError
from groundkeeper.guideline_ways import Way, between
from groundkeeper.layout import Layout
from schemas.adjudication import VERDICTS
from schemas.names import OBSERVATIONS, REVALIDATIONS, TASKS, THEN


class OfSet:
    """The observations of a set in a repository, to be held against one guideline after another."""

    def __init__(self, layout: Layout, old: Guideline) -> None:
        self._layout, self._old = layout, old
        self._versions = guideline_files.load_all(layout.guidelines)
        tasks = tables.read(layout.table("ingest", TASKS), TASKS)
        verdicts = tables.read(layout.table("ingest", VERDICTS), VERDICTS)
        self._evidence = replace(evidence.read(layout), tasks=tasks, verdicts=verdicts)
        self._built = _How(
            concerns.read(layout, Fields).fields,
            concerns.read(layout, Consensus),
            concerns.read(layout, Precision).conventions,
        )
        self._observations = tables.read(layout.table("consensus", OBSERVATIONS), OBSERVATIONS)
        answered = tables.read(layout.table("consensus", REVALIDATIONS), REVALIDATIONS)
        self._as_built = self._observations, answered
        self._held = self._built, self._as_built
        said = self._evidence
        self._pace = rates(timed(said.answers, said.annotations, said.items), INTERVALS)

    def assess(self, new: Guideline) -> Assessed:
        """Return what it would mean for the set if *new* came into force in the place of the older version.

        Every record is carried from the version it was answered under to the older of the two, and compared from there.
        Where *new* fuses, measures or reconciles otherwise than the version that the observations were built under, the
        answers are reconciled as it says.

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
        observations, answered = self._reconciled(new)
        quorum = new.consensus.quorum
        decided = decided_in(observations, quorum, "record_id")
        looked = decided_in(searched_or_looked(self._evidence.answers), quorum, "item_id")
        items = self._evidence.items.merge(looked, on="item_id")
        records, items, notes = self._under_the_older(decided, answered, items)
        way = self._step_to(new)
        ways = {self._old.version: stops(way.steps)} if way.steps else {}
        found = affected(records, items, Course(ways, Form.of(new)), Stored.REBUILT)
        notes += [*way.notes, *_moved_clusters(self._observations, observations)]
        return Assessed(
            self._old,
            new,
            found,
            self._pace,
            len(decided),
            len(items),
            tuple(dict.fromkeys(notes)),
        )

    def _under_the_older(
        self, decided: pd.DataFrame, answered: pd.DataFrame, items: pd.DataFrame
    ) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
        """Return records and items as the older version has them, and in words what it waits for already."""
        old = self._old
        eras = sorted({*decided["era"], *items["era"], *answered["era"]})
        ways = {era: self._way(era, old) for era in eras}
        course = Course(
            {era: stops(way.steps) for era, way in ways.items() if way.steps}, Form.of(old)
        )
        whole = completed(decided, answered, course, old.consensus.quorum)
        found = affected(whole, items, course, Stored.REBUILT)
        carried = found.carried()
        drawn = [n for n in decided.columns if str(n).endswith(THEN)]
        then = decided.set_index("record_id")[drawn].reindex(carried["record_id"])
        is_drawn_alike = all(
            self._versions[era].conventions == old.conventions
            for era in set(decided["era"]) & self._versions.keys()
        )
        if is_drawn_alike:
            carried = carried.assign(**{str(name): then[name].to_numpy() for name in drawn})
        notes = [note for way in ways.values() for note in way.notes]
        if found.need_a_person():
            notes.append(
                f"{found.need_a_person()} records wait for answers under {old.version} already; "
                "what is asked of them then is not counted here"
            )
        return carried.assign(era=old.version), items.assign(era=old.version), notes

    def _step_to(self, new: Guideline) -> Way:
        """Return the way from the older version to *new*."""
        if self._versions.get(self._old.version) == self._old:
            return self._way(self._old.version, new)
        return between(self._old, new)

    def _way(self, era: str, new: Guideline) -> Way:
        """Return the way of an era to *new*; a draft that continues none of the versions comes after the older one."""
        known = self._versions
        if known.get(new.version) == new:
            return Way(path(known, era, new.version))
        if new.version not in known and new.guideline.supersedes in known:
            return Way(path({**known, new.version: new}, era, new.version))
        before = path({**known, self._old.version: self._old}, era, self._old.version)
        last = between(self._old, new)
        return Way((*before, *last.steps), last.notes)

    def _reconciled(self, new: Guideline) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the observations, and the answers to single fields, as *new* has them.

        They are those that were built, or the answers are reconciled anew.
        """
        how = _How.of(new)
        if how == self._built:
            return self._as_built
        if how != self._held[0]:
            answered = [self._versions[era] for era in sorted(set(self._evidence.answers["era"]))]
            found = reconciled(self._evidence, how.consensus, how.fields, _eras(answered, how))
            self._held = how, (found.observations, found.revalidations)
        return self._held[1]


@dataclass(frozen=True)
class _How:
    """All that says how answers become observations."""

    fields: Mapping[str, Field]
    consensus: Consensus
    conventions: Mapping[str, str]

    @classmethod
    def of(cls, guideline: Guideline) -> "_How":
        """Return how *guideline* says it, without prose."""
        form = normative(guideline)
        return cls(
            concerns.parse(form["fields"], Fields, "fields").fields,
            guideline.consensus,
            guideline.conventions,
        )


def _moved_clusters(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Return in words how many records come and go where answers are put together otherwise."""
    old, new = frozenset(before["record_id"]), frozenset(after["record_id"])
    if old == new:
        return []
    return [
        f"answers are put together otherwise: {len(new - old)} records come, {len(old - new)} go"
    ]


def _eras(answered: Sequence[Guideline], now: _How) -> Eras:
    """Return in what the versions that were *answered* differ from the one that is to be *now*."""
    then = {one.version: _How.of(one) for one in answered}
    conventions = {
        version: moved(one.conventions, now.conventions) for version, one in then.items()
    }
    fields = {version: one.fields for version, one in then.items() if one.fields != now.fields}
    return Eras(fields, {version: changed for version, changed in conventions.items() if changed})
