"""Write the pages of a set that people open: of the set, and of everybody and every model that is scored.

reads   everything the other stages of the set wrote, the declarations of its inbox
writes  index.html, subjects/, scores.csv, conflicts.csv
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from groundkeeper import batches, concerns, files, tables
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.core.guideline.sections import Scoring
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from groundkeeper.reports import score_files, set_page, subject_page
from groundkeeper.reports.found import Found
from groundkeeper.reports.scored_subjects import with_pages
from schemas import inference, names, scoring
from schemas.adjudication import ADJUDICATION_QUEUE


class Params(StageParams):
    """How much is shown."""

    max_pictures: int = Field(
        default=6,
        ge=0,
        le=24,
        description="records, and on the page of a score conflicts, that are drawn; each is at most four pictures",
    )


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the report of the set."""
    found = read(layout)
    folder = layout.folder("report")
    page = set_page.html(found, p.max_pictures)
    pages = {
        subject.page: subject_page.html(found, subject, p.max_pictures)
        for subject in with_pages(found)
    }
    files.write_text(folder / "index.html", page)
    files.write_text(folder / "scores.csv", score_files.scores_csv(found))
    files.write_text(folder / "conflicts.csv", score_files.conflicts_csv(found))
    _write_all(folder / "subjects", pages)
    return {
        "records": float(len(found.records)),
        "pages": float(1 + len(pages)),
        "page_kb": round(len(page.encode()) / 1000, 1),
    }


def _write_all(folder: Path, pages: Mapping[str, str]) -> None:
    """Put *pages* into *folder*, and remove those of an earlier run about somebody who is no longer scored."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in {path.name for path in folder.glob("*.html")} - pages.keys():
        (folder / stale).unlink()
    for name, text in pages.items():
        files.write_text(folder / name, text)


def read(layout: Layout) -> Found:
    """Return what the stages of the set wrote.

    Raises
    ------
    TableError
        If a stage has not run yet.
    """
    return Found(
        version=files.read_json(layout.concern("version")),
        fields=concerns.read(layout, Fields).fields,
        scoring=concerns.read(layout, Scoring),
        manifest=files.read_json(layout.manifest),
        batches=batches.taken_in(layout.inbox),
        items=tables.read(layout.table("items", names.ITEMS), names.ITEMS),
        sample=tables.read(layout.table("sample", names.SAMPLE), names.SAMPLE),
        coverage=tables.read(layout.table("sample", names.COVERAGE), names.COVERAGE),
        answers=tables.read(layout.table("ingest", names.ANSWERS), names.ANSWERS),
        annotations=tables.read(layout.table("ingest", names.ANNOTATIONS), names.ANNOTATIONS),
        parts=tables.read(layout.table("ingest", names.PARTS), names.PARTS),
        rejects=tables.read(layout.table("ingest", names.REJECTS), names.REJECTS),
        clusters=tables.read(layout.table("consensus", names.CLUSTERS), names.CLUSTERS),
        fits=tables.read(layout.table("consensus", inference.FITS), inference.FITS),
        skills=tables.read(layout.table("consensus", inference.SKILLS), inference.SKILLS),
        states=tables.read(layout.table("impact", names.STATES), names.STATES),
        edge_cases=tables.read(layout.table("ingest", names.EDGE_CASES), names.EDGE_CASES),
        rounds=tables.read(layout.table("rounds", names.MEASURES), names.MEASURES),
        plan=tables.read(layout.table("impact", names.PLAN), names.PLAN),
        records=tables.read(layout.table("release", names.RECORDS), names.RECORDS),
        record_parts=tables.read(layout.table("release", names.RECORD_PARTS), names.RECORD_PARTS),
        gt_items=tables.read(layout.table("release", names.GT_ITEMS), names.GT_ITEMS),
        queue=tables.read(layout.table("decide", ADJUDICATION_QUEUE), ADJUDICATION_QUEUE),
        checks=tables.read(layout.table("validate", names.CHECKS), names.CHECKS),
        agreement=tables.read(layout.table("agreement", names.MEASURES), names.MEASURES),
        scores=tables.read(layout.table("score", names.MEASURES), names.MEASURES),
        conflicts=tables.read(layout.table("score", scoring.CONFLICTS), scoring.CONFLICTS),
        outcomes=tables.read(layout.table("score", scoring.OUTCOMES), scoring.OUTCOMES),
        confusion=tables.read(layout.table("score", scoring.CONFUSION), scoring.CONFUSION),
        scored=tables.read(layout.table("score", scoring.SCORED), scoring.SCORED),
        bounds=tables.read(layout.table("score", scoring.BOUNDS), scoring.BOUNDS),
        predictions=tables.read(layout.table("ingest", names.PREDICTIONS), names.PREDICTIONS),
        predicted=tables.read(layout.table("ingest", names.PREDICTED), names.PREDICTED),
        predicted_parts=tables.read(
            layout.table("ingest", names.PREDICTED_PARTS), names.PREDICTED_PARTS
        ),
        predicted_rejects=tables.read(
            layout.table("ingest", names.PREDICTED_REJECTS), names.PREDICTED_REJECTS
        ),
    )
