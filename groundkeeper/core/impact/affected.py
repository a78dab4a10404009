"""All that a change touches in a set: records of every era, items to search, and what it costs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from groundkeeper.core.estimates import Estimate
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.impact import plan
from groundkeeper.core.impact.assess import Impact, assess
from groundkeeper.core.impact.hours import SECONDS_PER_HOUR, Rates, Workload, hours
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form, Stop
from groundkeeper.core.impact.search import Searched, searches
from groundkeeper.core.impact.verdicts import CONTRADICTION, REVALIDATE
from groundkeeper.core.impact.work import TASKS, work_on_items, work_on_records
from schemas.enums import Action

SEARCH = "search"


@dataclass(frozen=True)
class Course:
    """The form of a guideline in force, and by era the way to it; an era without a way is as the one in force."""

    ways: Mapping[str, Sequence[Stop]]
    now: Form


@dataclass(frozen=True)
class Affected:
    """What becomes of the records of every era, and which items have to be searched."""

    impacts: tuple[Impact, ...]
    searched: tuple[Searched, ...]
    now: Form

    @property
    def experts(self) -> int:
        """For how many experts the work is."""
        return self.now.consensus.experts

    def of(self, records: pd.DataFrame) -> "Affected":
        """Return the same for some of the records, one row each: ``record_id, era``; the items stay."""
        keys = ["record_id", "era"]
        chosen = pd.MultiIndex.from_frame(records[keys])
        impacts = (
            impact.of(pd.MultiIndex.from_frame(impact.table[keys]).isin(chosen))
            for impact in self.impacts
        )
        return replace(self, impacts=tuple(impacts))

    def counts(self) -> dict[str, int]:
        """Return how many records each action touches, and under ``search`` how many items are to be searched."""
        found = {str(action): 0 for action in Action}
        for impact in self.impacts:
            for action, count in impact.counts().items():
                found[action] += count
        return found | {SEARCH: sum(one.count() for one in self.searched)}

    def second_looks(self) -> int:
        """Return how many records are known, and worth a second look."""
        return sum(int(impact.second_look.sum()) for impact in self.impacts)

    def inexact(self) -> int:
        """Return of how many records not every case was looked at, so that more may be asked than must."""
        return sum(impact.inexact() for impact in self.impacts)

    def need_a_person(self) -> int:
        """Return how many records need one; second looks are not counted."""
        counts = self.counts()
        return sum(counts[action] for action in TASKS)

    def workload(self) -> Workload:
        """Return how many looks of one person this asks for.

        A search says nothing of records that are known, so what is asked of these is counted beside it. Contradictions
        and second looks are for a quorum, and everything else for all experts.
        """
        by_all = by_quorum = 0
        for impact in self.impacts:
            contradicts = impact.action == CONTRADICTION
            by_all += int((~contradicts & (impact.action >= REVALIDATE)).sum())
            by_quorum += int((contradicts | impact.second_look).sum())
        items = sum(one.count() for one in self.searched)
        on_records = by_all * self.experts + by_quorum * self.now.consensus.quorum
        return Workload(on_records, items * self.experts)

    def summary(self) -> list[tuple[plan.Kind, int]]:
        """Return the ways in which records are touched, the most frequent first."""
        found: Counter[plan.Kind] = Counter()
        for impact in self.impacts:
            for kind, count in plan.summary(impact):
                found[kind] += count
        return sorted(found.items(), key=lambda entry: (-entry[1], str(entry[0])))

    def hours(self, pace: Rates) -> Estimate:
        """Return how many hours it takes."""
        return hours(self.workload(), pace)

    def details(self) -> pd.DataFrame:
        """Return the records touched; see ``plan.details``."""
        return _stacked([plan.details(impact) for impact in self.impacts])

    def states(self) -> pd.DataFrame:
        """Return the state of every record; see ``plan.states``."""
        return _stacked([plan.states(impact) for impact in self.impacts])

    def item_states(self, looked: pd.DataFrame) -> pd.DataFrame:
        """Return which of the items that people *looked* at have to be searched: ``item_id, era, to_search, rule_ids``.

        Parameters
        ----------
        looked : DataFrame
            One row an item: ``item_id``, ``era``, the one in which it was last looked at.
        """
        rules: dict[str, dict[str, None]] = {}
        for one in self.searched:
            for reason in one.reasons:
                for item in one.item_id[reason.items]:
                    rules.setdefault(item, {}).update(dict.fromkeys(reason.rule_ids))
        table = looked[["item_id", "era"]].sort_values("item_id", ignore_index=True)
        named = [canonical_json(list(rules.get(item, ()))) for item in table["item_id"]]
        return table.assign(to_search=table["item_id"].isin(list(rules)), rule_ids=named)

    def carried(self) -> pd.DataFrame:
        """Return the records with their fields as they read now."""
        return _stacked([impact.carried for impact in self.impacts])

    def plan(self, pace: Rates) -> pd.DataFrame:
        """Return the work for people, on records and on items: the columns of ``schemas.names.PLAN``.

        Its ``hours`` sum to those that ``hours`` returns.
        """
        per_record, per_item = (rate.value / SECONDS_PER_HOUR for rate in (pace.record, pace.item))
        on_records = [work_on_records(impact, per_record, self.now) for impact in self.impacts]
        on_items = [work_on_items(one, per_item, self.experts) for one in self.searched]
        return _stacked([*on_records, *on_items])


def affected(
    records: pd.DataFrame, items: pd.DataFrame, course: Course, stored: Stored
) -> Affected:
    """Return what a change means for a set.

    Parameters
    ----------
    records : DataFrame
        One row a record and era: ``era``, and what ``impact.assess`` reads.
    items : DataFrame
        One row an item that was looked at: ``item_id``, ``era``, the one in which it was, and facets.
    course : Course
        The guideline in force, and the ways to it.
    stored : Stored
        Where the values of the records come from.
    """
    impacts = tuple(
        assess(records[records["era"] == era], course.ways.get(era, ()), course.now, stored)
        for era in sorted(set(records["era"]))
    )
    return Affected(impacts, tuple(_searched(items, course)), course.now)


def _searched(items: pd.DataFrame, course: Course) -> list[Searched]:
    found = []
    for era, way in sorted(course.ways.items()):
        looked = items[items["era"] == era].reset_index(drop=True)
        reasons = searches(looked, way, course.now) if way and len(looked) else ()
        if reasons:
            found.append(Searched(looked["item_id"], reasons))
    return found


def _stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all *tables* that have any, or the first of them."""
    filled = [table for table in tables if len(table)]
    return (
        pd.concat(filled, ignore_index=True) if filled else tables[0] if tables else pd.DataFrame()
    )
