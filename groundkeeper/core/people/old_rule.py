"""Annotators who still answer by the old rule, found in what they answered under the new one.

Only records of which the outcome moved tell the two rules apart. Somebody who says there what the older version says
may be one who keeps to it, or one who measured otherwise; that is why everybody is compared with those who answered
the same records, by an exact test in which each record is a stratum.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.voices import ARRIVED, of_experts
from groundkeeper.core.estimates import Estimate, Resampling, undefined
from groundkeeper.core.measures import row, table_of
from groundkeeper.core.people.exact import holm, stratified_excess
from groundkeeper.core.people.said import PeopleEvidence, marks, stated, telling
from groundkeeper.core.people.shares import share
from groundkeeper.core.people.versions import Outcomes, Versions, best_known
from schemas.enums import Scope

SHARE, P_VALUE = "old_rule_share", "old_rule_p"
"""Share of the answers that only the older version asks for, and how probable that or more is of one like the rest."""

KEEPERS = "keeps_old_rule"
"""1 of an annotator who keeps the old rule at the level of the intervals, else 0; of all annotators, how many do."""
EVERYBODY = "annotators"
"""Subject of what is said of all annotators."""
EXAMPLES = 5
"""So many records are named as examples."""

REGULAR = (Scope.ITEM, Scope.SEARCH, Scope.RECORD, Scope.FIELDS)
"""Scopes of the answers that ground truth is made of."""


def moved_records(
    observations: pd.DataFrame, versions: Versions, old: str, new: str
) -> pd.DataFrame:
    """Return the records of which an outcome moved between two versions.

    A computed outcome is that of the fused fields. A judged one has moved where the two versions leave other choices
    open, and both outcomes are known.

    Parameters
    ----------
    observations : DataFrame
        One row per record and era, as ``PeopleEvidence`` has them.

    Returns
    -------
    DataFrame
        One row per record and decision: ``record_id, item_id, decision, old, new``, and whether each is visible,
        ``was_visible, is_visible``.
    """
    before = best_known(observations, versions.forms[new].consensus.quorum, apart_from=new)
    under_new = observations[observations["era"] == new].set_index("record_id")
    after = under_new.reindex(before["record_id"]).reset_index()
    found = []
    for name in versions.shared(old, new):
        was, is_ = (
            _first_known(*(versions.outcomes(version, name, rows) for rows in (before, after)))
            for version in (old, new)
        )
        differs = pd.notna(was) & pd.notna(is_) & (was != is_)
        if versions.decision(new, name).by == "judged":
            choices = [versions.choices(version, name, before) for version in (old, new)]
            differs &= np.array([a != b for a, b in zip(*choices, strict=True)], dtype=np.bool_)
        hidden = [list(versions.decision(version, name).invisible) for version in (old, new)]
        rows = before.loc[differs, ["record_id", "item_id"]].assign(
            decision=name,
            old=was[differs],
            new=is_[differs],
            was_visible=~np.isin(was[differs].astype(str), hidden[0]),
            is_visible=~np.isin(is_[differs].astype(str), hidden[1]),
        )
        found.append(rows)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_MOVED)


_MOVED = ["record_id", "item_id", "decision", "old", "new", "was_visible", "is_visible"]


def trials(evidence: PeopleEvidence, versions: Versions, old: str, new: str) -> pd.DataFrame:
    """Return what people said of the records that tell two versions apart, in regular answers given under the newer.

    Who states the outcome has said it. Else, marking a record says that it is visible; and of a record that either
    version hides, not marking it says that it is hidden, by those who looked at the whole item, or searched it for what
    became visible.

    Returns
    -------
    DataFrame
        One row per annotator, record and decision: ``annotator, record_id, item_id, decision``, and ``by_old``, whether
        that is the old outcome and not the new.
    """
    moved = moved_records(evidence.observations, versions, old, new)
    given = telling(evidence.answers)
    given = given[(given["era"] == new) & given["scope"].isin(REGULAR)]
    whole = given[given["scope"] == Scope.ITEM].sort_values(ARRIVED, na_position="first")
    latest = whole.drop_duplicates(["item_id", "annotator"], keep="last")
    standing = pd.concat([latest, given[given["scope"] != Scope.ITEM]])
    told = _marked(marks(evidence, standing), moved, versions, new)
    silent = _unmarked(standing, told, moved)
    found = pd.concat([told[told["says"].notna()], silent], ignore_index=True)
    columns = ["annotator", "record_id", "item_id", "decision"]
    ordered = found.sort_values(columns, kind="stable", ignore_index=True)
    return ordered[columns].assign(by_old=(ordered["says"] == ordered["old"]).to_numpy(np.bool_))


def _marked(said: pd.DataFrame, moved: pd.DataFrame, versions: Versions, new: str) -> pd.DataFrame:
    """Return the marks of moved records, the latest of each person, and what they say, None where nothing."""
    about = said.drop(columns="item_id").merge(moved, on="record_id")
    fields = versions.forms[new].fields.fields
    says: list[pd.Series] = []
    for name, of_decision in about.groupby("decision"):
        values = stated(of_decision, str(name), versions.decision(new, str(name)), fields)
        by_word = pd.Series(values, of_decision.index, dtype=object)
        visible = of_decision["old"].where(of_decision["was_visible"], of_decision["new"])
        tells = of_decision["was_visible"] != of_decision["is_visible"]
        by_mark = visible.astype(object).where(tells, None)
        says.append(by_word.where(by_word.notna(), by_mark))
    told = about.assign(says=pd.concat(says) if says else pd.Series(dtype=object))
    return told.drop_duplicates(["annotator", "record_id", "decision"], keep="last")


def _unmarked(answers: pd.DataFrame, told: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Return what those say who looked where a moved record is, and did not mark it."""
    hidden = moved[moved["was_visible"] != moved["is_visible"]]
    looked = answers[["item_id", "annotator", "scope"]].merge(hidden, on="item_id")
    searched = (looked["scope"] == Scope.SEARCH) & looked["is_visible"]
    looked = looked[(looked["scope"] == Scope.ITEM) | searched]
    key = ["annotator", "record_id", "decision"]
    marked = pd.MultiIndex.from_frame(told[key])
    silent = looked[~pd.MultiIndex.from_frame(looked[key]).isin(marked)].drop_duplicates(key)
    return silent.assign(says=silent["old"].where(~silent["was_visible"], silent["new"]))


def _first_known(first: Outcomes, second: Outcomes) -> Outcomes:
    found: Outcomes = np.where(pd.isna(first), second, first)
    return found


def compared(said: pd.DataFrame, groups: pd.Series, how: Resampling) -> pd.DataFrame:
    """Return of every annotator how often they keep the old rule, against those who answered the same records.

    Parameters
    ----------
    said : DataFrame
        What ``trials`` returned.
    groups : Series
        The group of each item, indexed by ``item_id``.
    how : Resampling
        How intervals are made; a corrected p value of at most one minus its confidence says that somebody keeps it.

    Returns
    -------
    DataFrame
        One row per annotator, sorted: ``annotator``; ``found``, an Estimate of the share; ``others``, that of the
        others on the same records, nan without any; ``shared``, how many of the records others answered, too; ``p``,
        corrected for asking it of everybody; ``keeps``, whether they keep the old rule; ``examples``, record ids.
    """
    strata = said.groupby(["record_id", "decision"])["by_old"].agg(["sum", "size"])
    of_all = said.join(strata, on=["record_id", "decision"])
    rows = []
    for annotator, own in of_all.groupby("annotator"):
        by_old = own["by_old"].to_numpy(dtype=np.bool_)
        people = own["size"].to_numpy(dtype=np.int64)
        events = own["sum"].to_numpy(dtype=np.int64)
        others = int((people - 1).sum())
        rows.append(
            {
                "annotator": annotator,
                "found": share(by_old, own["item_id"].map(groups), how, SHARE, str(annotator)),
                "others": int((events - by_old).sum()) / others if others else math.nan,
                "shared": int((people > 1).sum()),
                "p": stratified_excess(by_old, events, people),
                "examples": tuple(own.loc[by_old, "record_id"].drop_duplicates()[:EXAMPLES]),
            }
        )
    columns = ["annotator", "found", "others", "shared", "p", "examples"]
    table = pd.DataFrame(rows, columns=columns)
    corrected = holm(table["p"].astype("float64").tolist())
    return table.assign(p=corrected, keeps=[p <= 1 - how.confidence for p in corrected])


def old_rule_measures(
    evidence: PeopleEvidence, versions: Versions, how: Resampling
) -> pd.DataFrame:
    """Return who keeps the old rule: the rows of ``schemas.names.MEASURES``.

    ``SHARE``, ``P_VALUE`` and ``KEEPERS`` by annotator (the subject) for each version answered under (facet
    ``version``), held against the newest one before it; and ``KEEPERS`` of all annotators, which says why where
    nothing is known, as of those who are anonymous.
    """
    groups = evidence.items.set_index("item_id")["group_id"]
    rows: list[dict[str, object]] = []
    answers = of_experts(evidence.answers)
    for new in sorted({*answers["era"], versions.in_force} & {*versions.forms}):
        old = versions.before(new)
        if old is None:
            continue
        said = trials(evidence, versions, old, new)
        rows += _rows(said, groups, how, new, _why_none(answers, old, new))
    return table_of(rows)


def _rows(
    said: pd.DataFrame, groups: pd.Series, how: Resampling, new: str, why_none: str
) -> Iterator[dict[str, object]]:
    if said.empty:
        yield row(KEEPERS, EVERYBODY, "version", new, undefined(why_none))
        return
    table = compared(said, groups, how)
    for told in table.to_dict("records"):
        found, annotator, examples = told["found"], str(told["annotator"]), told["examples"]
        notes = [
            "" if math.isnan(told["others"]) else f"others {told['others']:.3f}",
            f"records such as {', '.join(examples)}" if examples else "",
        ]
        yield row(SHARE, annotator, "version", new, found.noted(*notes))
        alone = math.isnan(told["p"])
        for name, value in ((P_VALUE, told["p"]), (KEEPERS, math.nan if alone else told["keeps"])):
            tested = _plain(float(value), told["shared"], found.groups)
            note = "nobody else answered these records" if alone else ""
            yield row(name, annotator, "version", new, tested.noted(note))
    yield row(
        KEEPERS, EVERYBODY, "version", new, _plain(table["keeps"].sum(), len(table), len(table))
    )


def _plain(value: float, n: int, groups: int) -> Estimate:
    """Return a figure that has no interval."""
    return Estimate(float(value), math.nan, math.nan, n, groups, math.nan)


def _why_none(answers: pd.DataFrame, old: str, new: str) -> str:
    """Return why nothing can be said of anybody."""
    given = answers[answers["era"] == new]
    if given.empty:
        return f"nobody has answered under {new}"
    if telling(given).empty:
        return f"nobody who answered under {new} is known: one anonymous name may be several people"
    return f"no answer under {new} tells its rule from that of {old}: no outcome that people say or show has moved"
