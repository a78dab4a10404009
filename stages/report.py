"""Write the page of a set that people open.

reads   everything the other stages of the set wrote, the declarations of its inbox
writes  index.html
"""

from pydantic import Field

from groundkeeper import batches, concerns, files, tables
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from groundkeeper.reports.found import Found
from groundkeeper.reports.set_page import html
from schemas import inference, names, scoring
from schemas.adjudication import ADJUDICATION_QUEUE


class Params(StageParams):
    """How much is shown."""

    max_pictures: int = Field(
        default=6,
        ge=0,
        le=24,
        description="records whose outlines are drawn; each is at most four slices",
    )


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the report of the set."""
    found = read(layout)
    page = html(found, p.max_pictures)
    files.write_text(layout.folder("report") / "index.html", page)
    return {"records": float(len(found.records)), "page_kb": round(len(page.encode()) / 1000, 1)}


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
    )
