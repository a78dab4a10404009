"""Check the set before it is released: every row, and the set as a whole. Fails closed.

reads   items, sample, coverage, answers, rejects, measures, records, record_parts, gt_items, soft_labels;
        of the guideline: fields, decisions, coverage, consensus
writes  checks, results, Data Docs
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from pydantic import Field

from groundkeeper import concerns, files, tables
from groundkeeper.core.checks import (
    Outcome,
    failed_gates,
    summary,
    to_frame,
    to_results,
    warnings,
)
from groundkeeper.core.digest import released_digest
from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.set_facts import Limits
from groundkeeper.core.set_rules import Guideline, subjects
from groundkeeper.errors import GateError, TableError, listing
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from groundkeeper.reports.data_docs import Chapter, data_docs
from schemas.inference import SOFT_LABELS
from schemas.names import (
    ANSWERS,
    CHECKS,
    COVERAGE,
    GT_ITEMS,
    ITEMS,
    MEASURES,
    RECORD_PARTS,
    RECORDS,
    REJECTS,
    RELEASED,
    SAMPLE,
)
from schemas.table import Table

READ: tuple[tuple[str, Table], ...] = (
    ("items", ITEMS),
    ("sample", SAMPLE),
    ("sample", COVERAGE),
    ("ingest", ANSWERS),
    ("ingest", REJECTS),
    ("agreement", MEASURES),
    ("decide", GT_ITEMS),
    ("decide", RECORDS),
    ("decide", RECORD_PARTS),
    ("decide", SOFT_LABELS),
)
"""The tables that are checked, each with the stage that writes it."""

MAY_BE_EMPTY = frozenset(
    {REJECTS.name, MEASURES.name, RECORDS.name, RECORD_PARTS.name, SOFT_LABELS.name}
)
"""Nothing was refused, measured, found, drawn, or inferred. How many records there must be, ``gt_items`` says."""
UNFINISHED = Outcome(
    "validation: finished",
    "groundkeeper",
    gate=True,
    passed=False,
    found="it was interrupted",
    allowed="a finished run",
)


class Params(StageParams):
    """What a set may be and still be released. All shares are in [0, 1]."""

    max_pending_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="largest share of pending records, and of sampled items that nobody looked at",
    )
    max_stale_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="largest share of stale records, and of stale items: those that have to be searched, too",
    )
    min_sample_share: float = Field(
        default=0.04, gt=0, le=1, description="smallest share of the pool that is in the sample"
    )
    max_sample_share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="largest share of the pool in a sample; above the planned one, as its size varies; a census is "
        "always allowed",
    )
    min_expected_items: float = Field(
        default=10,
        gt=0,
        description="a level of a facet expecting so many sampled items must have one; at 10, "
        "chance alone misses 1 level in 22,000",
    )
    warn_alpha_below: float = Field(
        default=0.4, ge=-1, le=1, description="Krippendorff's alpha below which agreement warns"
    )
    warn_completeness_below: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="share of the objects found, as far as it can be estimated, below which coverage that is declared "
        "exhaustive warns",
    )

    def limits(self) -> Limits:
        """Return the parameters as the limits of the core."""
        return Limits(**self.model_dump())


@dataclass
class _Findings:
    """What was found so far.

    Outcomes, chapters of the Data Docs, full reports of the tools, and what cannot be computed with: tables that
    are missing, empty, or not of their declared shape; and the digest of what would be released.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    causes: list[Exception] = field(default_factory=list)
    unsound: list[str] = field(default_factory=list)
    content_digest: str | None = None


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the outcome of every check, the results that a release reads, and the Data Docs.

    Raises
    ------
    GateError
        If a gate failed, or something could not be checked; everything is written before.
    """
    # Whatever happens from here on, no older results that pass are left behind.
    files.write_json(_results_path(layout), to_results([UNFINISHED]))
    findings = _Findings()
    frames = _read(layout, findings)
    if all(table.name in frames for table in RELEASED):
        findings.content_digest = released_digest(frames)
    guideline = _guideline(layout, findings)
    if guideline is not None:
        _check_tables(frames, guideline, findings)
    _check_set(frames, guideline, p.limits(), findings)
    _write(layout, findings)
    failed = failed_gates(findings.outcomes)
    if failed:
        raise GateError(_message(layout, failed)) from next(iter(findings.causes), None)
    return {
        "checks": float(len(findings.outcomes)),
        "gates": float(sum(outcome.gate for outcome in findings.outcomes)),
        "warnings": float(len(warnings(findings.outcomes))),
    }


def _read(layout: Layout, findings: _Findings) -> dict[str, pd.DataFrame]:
    """Return the tables that can be read and are not empty by mistake; the others are outcomes."""
    frames: dict[str, pd.DataFrame] = {}
    for stage, table in READ:
        try:
            frame = tables.read(layout.table(stage, table), table)
        except TableError as error:
            _refuse(layout, findings, table.name, error)
            continue
        if frame.empty and table.name not in MAY_BE_EMPTY:
            findings.outcomes.append(_has_no_rows(stage, table))
            findings.unsound.append(table.name)
        else:
            frames[table.name] = frame
    return frames


def _guideline(layout: Layout, findings: _Findings) -> Guideline | None:
    try:
        return Guideline(
            concerns.read(layout, Fields),
            concerns.read(layout, Decisions),
            concerns.read(layout, Coverage),
            concerns.read(layout, Consensus),
        )
    except TableError as error:
        _refuse(layout, findings, "guideline", error)
        return None


def _check_tables(
    frames: Mapping[str, pd.DataFrame], guideline: Guideline, findings: _Findings
) -> None:
    from groundkeeper import table_checks  # noqa: PLC0415 - pandera takes two seconds to import

    known = table_checks.Surroundings(
        guideline.fields.model_dump(mode="json", by_alias=True)["fields"],
        guideline.decisions.model_dump(mode="json", by_alias=True)["decisions"],
        frames,
    )
    for _, table in READ:
        if table.name in frames:
            report = table_checks.check(frames[table.name], table, known)
            findings.outcomes += report.outcomes
            findings.causes += report.causes
            findings.unsound += [] if report.sound else [table.name]


def _check_set(
    frames: Mapping[str, pd.DataFrame],
    guideline: Guideline | None,
    limits: Limits,
    findings: _Findings,
) -> None:
    """Check the set as a whole, for which its tables must be of their declared shape."""
    if findings.unsound or guideline is None:
        findings.outcomes.append(_not_examined(f"unsound: {listing(findings.unsound)}"))
        return
    try:
        expected = subjects(frames, guideline, limits)
    except TableError as error:
        findings.outcomes.append(_not_examined(str(error)))
        return
    from groundkeeper import expectations  # noqa: PLC0415 - it takes eight seconds to import

    for examined in expectations.examine(expected):
        findings.outcomes += examined.outcomes
        subject = examined.subject
        if examined.html:
            findings.chapters.append(Chapter(subject.name, subject.title, examined.html))


def _refuse(layout: Layout, findings: _Findings, name: str, error: TableError) -> None:
    found = str(error).replace(f"{layout.root.as_posix()}/", "")
    allowed = "a file as its stage writes it"
    outcome = Outcome(
        f"{name}: readable", "groundkeeper", gate=True, passed=False, found=found, allowed=allowed
    )
    findings.outcomes.append(outcome)
    findings.causes.append(error)
    findings.unsound.append(name)


def _has_no_rows(stage: str, table: Table) -> Outcome:
    return Outcome(
        f"{table.name}: has rows",
        "groundkeeper",
        gate=True,
        passed=False,
        found="no rows",
        allowed=f"at least one; look at the stage {stage}, which writes it",
    )


def _not_examined(why: str) -> Outcome:
    return Outcome(
        "set: examined as a whole",
        "groundkeeper",
        gate=True,
        passed=False,
        found=f"not examined; {why}",
        allowed="tables of their declared shape; mend them first",
    )


def _write(layout: Layout, findings: _Findings) -> None:
    tables.write(to_frame(findings.outcomes), layout.table("validate", CHECKS), CHECKS)
    docs = data_docs(layout.set_name, findings.outcomes, findings.chapters)
    files.write_text(layout.folder("validate") / "index.html", docs)
    results = to_results(findings.outcomes) | {"content_digest": findings.content_digest}
    files.write_json(_results_path(layout), results)


def _results_path(layout: Layout) -> Path:
    return layout.folder("validate") / "results.json"


def _message(layout: Layout, failed: tuple[Outcome, ...]) -> str:
    return (
        f"{layout.set_name}: {len(failed)} gates failed, so nothing is released\n{summary(failed)}\n"
        f"All checks are in {layout.folder('validate') / 'index.html'}. Correct the answers or the guideline, "
        f"or change a limit in params.yaml, sets.{layout.set_name}.validate; then run the same command again."
    )
