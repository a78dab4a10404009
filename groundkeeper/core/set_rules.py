"""What is expected of a set as a whole, generated from its guideline and limits; expectations as data.

An expectation is a name of Great Expectations with its arguments. It is held against one of the small frames of
``set_facts``, or against the records; a *subject* is such a frame with all that is expected of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from groundkeeper.core import set_facts
from groundkeeper.core.consensus.voices import of_experts
from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.ingestion.settling import ONE_ANSWER
from groundkeeper.core.set_facts import FEW_SIGMAS, Limits

CLASS = "class"
"""The decision, if a guideline has it, whose outcomes are the guideline's classes."""


@dataclass(frozen=True)
class Expected:
    """One expectation.

    Attributes
    ----------
    check : str
        What must hold, with its place.
    kind : str
        Name of the expectation, such as ``ExpectColumnValuesToBeInSet``.
    arguments : mapping
        Its arguments.
    allowed : str
        For people.
    gate : bool
        Whether a failure stops the release; otherwise it warns.
    """

    check: str
    kind: str
    arguments: Mapping[str, Any]
    allowed: str
    gate: bool = True


@dataclass(frozen=True)
class Subject:
    """A frame, the columns that name its rows, and what is expected of it."""

    name: str
    title: str
    frame: pd.DataFrame
    key: tuple[str, ...]
    expected: tuple[Expected, ...]


@dataclass(frozen=True)
class Guideline:
    """The concerns of a guideline that a set is held against."""

    fields: Fields
    decisions: Decisions
    coverage: Coverage
    consensus: Consensus


def subjects(
    tables: Mapping[str, pd.DataFrame], guideline: Guideline, limits: Limits
) -> tuple[Subject, ...]:
    """Return everything that is expected of a set.

    Parameters
    ----------
    tables : mapping
        ``items, sample, coverage, answers, rejects, measures, records, gt_items`` by name.
    guideline : Guideline
        The concerns of the current version.
    limits : Limits
        What the set's parameters allow.

    Raises
    ------
    TableError
        If a record holds a value that its field does not declare.
    """
    return (
        _whole_set(tables, limits),
        _groups(tables["sample"]),
        _contents(tables["items"], tables["sample"]),
        _coverage(tables["coverage"], limits),
        _answers(tables["answers"]),
        _experts(tables["gt_items"], guideline.consensus),
        _outcomes(tables["records"], guideline),
        _attributes(tables["records"], guideline),
        _agreement(tables["measures"], limits),
        _completeness(tables["measures"], guideline.coverage, limits),
        _rejects(tables["rejects"]),
    )


def _whole_set(tables: Mapping[str, pd.DataFrame], limits: Limits) -> Subject:
    is_census = len(tables["sample"]) == len(tables["items"])
    most = 1.0 if is_census else limits.max_sample_share
    ranges = {
        "sample_share": (limits.min_sample_share, most, "*_sample_share, or all of the pool"),
        "pool_size_sigmas": (-FEW_SIGMAS, FEW_SIGMAS, "the sample was drawn from this pool"),
        "unanswered_share": (0.0, limits.max_pending_share, "max_pending_share"),
        "stale_items_share": (0.0, limits.max_stale_share, "max_stale_share"),
    }
    if len(set_facts.visible_records(tables["records"])):
        # Where every expert found nothing there is nothing to be pending: a share of nothing is no fault.
        ranges |= {
            "pending_share": (0.0, limits.max_pending_share, "max_pending_share"),
            "stale_share": (0.0, limits.max_stale_share, "max_stale_share"),
        }
    frame = set_facts.set_facts(tables)
    expected = [e for name, limit in ranges.items() for e in _figure(name, *limit)]
    return Subject("set", "The set as a whole", frame, (), tuple(expected))


def _figure(name: str, low: float, high: float, why: str) -> Iterator[Expected]:
    yield Expected(
        f"set.{name}: within its limits",
        "ExpectColumnMaxToBeBetween",  # of one row: it shows the figure, which no rule on values does
        {"column": name, "min_value": low, "max_value": high},
        f"{low:g} to {high:g} ({why})",
    )
    # A maximum passes over what is missing, and what is undefined must not pass.
    yield Expected(
        f"set.{name}: defined", "ExpectColumnValuesToNotBeNull", {"column": name}, "a number"
    )


def _groups(sample: pd.DataFrame) -> Subject:
    expected = Expected(
        "sample.group_id: no group in two splits",
        "ExpectColumnValuesToBeUnique",
        {"column": "group_id"},
        "every group in one split: a model must not be judged on what it has seen of the same group",
    )
    frame = set_facts.splits_of_groups(sample)
    return Subject("groups", "Groups and splits", frame, ("group_id", "split"), (expected,))


def _contents(items: pd.DataFrame, sample: pd.DataFrame) -> Subject:
    expected = Expected(
        "items.sha256: no sampled item twice",
        "ExpectColumnValuesToBeUnique",
        {"column": "sha256"},
        "every content once among the sampled items",
    )
    frame = set_facts.sampled_contents(items, sample)
    return Subject("contents", "Contents of the items", frame, ("item_id",), (expected,))


def _coverage(coverage: pd.DataFrame, limits: Limits) -> Subject:
    expected = Expected(
        "coverage.sample_items: no large level is missed",
        "ExpectColumnValuesToBeBetween",
        {"column": "sample_items", "min_value": 1},
        f"at least 1 item of every level that expects {limits.min_expected_items:g} or more",
    )
    frame = set_facts.reachable_levels(coverage, limits.min_expected_items)
    return Subject("coverage", "Coverage of the pool", frame, ("level_of_facet",), (expected,))


def _answers(answers: pd.DataFrame) -> Subject:
    expected = Expected(
        "answers: one per item, annotator, round and era",
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": [*ONE_ANSWER, "task_id"]},
        "one answer of an expert per item, annotator, round and era, and to each task",
    )
    # Verdicts are one for each record, and their order decides which of them stands.
    counted = of_experts(answers[answers["refusal"].isna()])
    frame = counted[["answer_id", *ONE_ANSWER]].assign(task_id=counted["task_id"].fillna(""))
    return Subject("answers", "Answers", frame, ("answer_id",), (expected,))


def _experts(gt_items: pd.DataFrame, consensus: Consensus) -> Subject:
    expected = Expected(
        "gt_items.experts: as many as asked",
        "ExpectColumnValuesToBeBetween",
        {"column": "experts", "min_value": consensus.experts},
        f"at least {consensus.experts} experts who looked at every sampled item (consensus.experts)",
        gate=False,
    )
    frame = gt_items[["item_id", "experts"]].sort_values("item_id").reset_index(drop=True)
    return Subject("experts", "Experts of the items", frame, ("item_id",), (expected,))


def _outcomes(records: pd.DataFrame, guideline: Guideline) -> Subject:
    decisions = guideline.decisions.decisions
    expected = [
        Expected(
            "records: something was found",
            "ExpectTableRowCountToBeBetween",
            {"min_value": 1},
            "at least 1 record; none is right where all items are agreed to be empty",
            gate=False,
        )
    ]
    for name, decision in decisions.items():
        visible = [outcome for outcome in decision.outcomes if outcome not in decision.invisible]
        expected.append(_in_set(f"records.{name}: a visible outcome", name, visible))
    if CLASS in decisions:
        classes = list(guideline.coverage.classes)
        expected.append(_in_set(f"records.{CLASS}: a class of the guideline", CLASS, classes))
        expected.append(
            Expected(
                f"records.{CLASS}: every class occurs",
                "ExpectColumnDistinctValuesToContainSet",
                {"column": CLASS, "value_set": classes},
                f"at least one record of each of {', '.join(classes)}",
                gate=False,
            )
        )
    frame = set_facts.visible_records(records)[["record_id", *decisions]]
    return Subject("records", "Outcomes of the records", frame, ("record_id",), tuple(expected))


def _in_set(check: str, column: str, allowed: list[str]) -> Expected:
    arguments = {"column": column, "value_set": allowed}
    return Expected(check, "ExpectColumnValuesToBeInSet", arguments, ", ".join(allowed))


def _attributes(records: pd.DataFrame, guideline: Guideline) -> Subject:
    attributes, fields = guideline.decisions.attributes, guideline.fields.fields
    frame = set_facts.stated_where_required(records, attributes, fields)
    expected = tuple(
        Expected(
            f"records.{name}: stated where required",
            "ExpectColumnValuesToBeInSet",
            {"column": name, "value_set": [True]},
            "a value in every settled record for which the guideline asks it",
            # Without an order, a tie of the experts' answers is missing too, and that is no fault of theirs.
            gate=set_facts.is_ordered(fields[name]),
        )
        for name in attributes
    )
    return Subject("attributes", "Required attributes", frame, ("record_id",), expected)


def _agreement(measures: pd.DataFrame, limits: Limits) -> Subject:
    expected = (
        Expected(
            "agreement.krippendorff_alpha: not low",
            "ExpectColumnValuesToBeBetween",
            {"column": "alpha", "min_value": limits.warn_alpha_below},
            f"at least {limits.warn_alpha_below:g}",
            gate=False,
        ),
        Expected(
            "agreement.krippendorff_alpha: defined",
            "ExpectColumnValuesToNotBeNull",
            {"column": "alpha"},
            "a number: ratings of one thing by two experts, and more than one value",
            gate=False,
        ),
    )
    frame = set_facts.overall_alphas(measures)
    return Subject("agreement", "Agreement of the experts", frame, ("subject",), expected)


def _completeness(measures: pd.DataFrame, coverage: Coverage, limits: Limits) -> Subject:
    frame = set_facts.completeness_of_exhaustive(measures, coverage.coverage)
    expected = (
        Expected(
            "agreement.completeness: not low",
            "ExpectColumnValuesToBeBetween",
            {"column": "completeness", "min_value": limits.warn_completeness_below},
            f"at least {limits.warn_completeness_below:g} of what is declared exhaustive",
            gate=False,
        ),
        Expected(
            "agreement.completeness: defined",
            "ExpectColumnValuesToNotBeNull",
            {"column": "completeness"},
            "a number where coverage is exhaustive: blind readings of one item by two experts",
            gate=False,
        ),
    )
    title = "Completeness of what is declared exhaustive"
    return Subject("completeness", title, frame, ("subject",), expected if len(frame) else ())


def _rejects(rejects: pd.DataFrame) -> Subject:
    expected = Expected(
        "rejects: none",
        "ExpectTableRowCountToEqual",
        {"value": 0},
        "no refused input row",
        gate=False,
    )
    frame = rejects[["source", "path", "rule"]]
    return Subject("rejects", "Refused input rows", frame, ("source", "path"), (expected,))
