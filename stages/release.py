"""Release the ground truth: the tables, the manifest that says what they rest on, and the card for people.

Runs only after every gate of the stage ``validate`` has passed. Holds no commit, tag or time: those are in the
annotated tag.

reads   items, answers, records, record_parts, gt_items, soft_labels, measures of agreement, results of validation,
        version, inbox
writes  data/gt/<set>/: records, record_parts, gt_items, soft_labels, manifest, card
"""

import numpy as np
import pandas as pd

from groundkeeper import __version__, batches, files, params, tables
from groundkeeper.core.consensus.voices import of_experts
from groundkeeper.core.digest import released_digest
from groundkeeper.core.measures import ALL
from groundkeeper.errors import GateError
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from groundkeeper.provenance import code_digest, library_versions
from groundkeeper.reports.card import card
from schemas.enums import RecordStatus
from schemas.names import ANSWERS, ITEMS, MEASURES, RELEASED
from stages.runner import STAGES

UPSTREAM = STAGES[: STAGES.index("release") + 1]
"""The stages whose code a release rests on."""

NAMED = ("version", "digest", "document_digest", "status")
"""What the manifest says of the guideline."""

HEADLINES = ("dice_mean", "presence_positive_agreement", "krippendorff_alpha")
"""Measures that a table of snapshots shows, the most telling first."""


class Params(StageParams):
    """Nothing can be set."""


def run(layout: Layout, _p: Params) -> dict[str, float]:
    """Write the release.

    Raises
    ------
    GateError
        If the results of validation do not say that every gate passed, or speak of other tables.
    """
    frames = {table.name: tables.read(layout.table("decide", table), table) for table in RELEASED}
    digest = released_digest(frames)
    _require_validated(layout, digest)
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    answers = tables.read(layout.table("ingest", ANSWERS), ANSWERS)
    measures = tables.read(layout.table("agreement", MEASURES), MEASURES)
    taken_in = [batch for batch in batches.taken_in(layout.inbox) if not batch.is_predicted]
    version = files.read_json(layout.folder("guideline") / "version.json")
    sizes = counts(items, answers, frames["records"], frames["gt_items"])
    manifest = {
        "set": layout.set_name,
        "guideline": {name: version[name] for name in NAMED},
        "content_digest": digest,
        "counts": sizes,
        "headline": headline(measures),
        "inputs": [batch.model_dump(mode="json") for batch in taken_in],
        "params": params.set_sections(layout.params, layout.set_name),
        "package": {
            "name": "groundkeeper",
            "version": __version__,
            "libraries": library_versions(),
        },
        "code": {stage: code_digest(stage) for stage in UPSTREAM},
    }
    for table in RELEASED:
        tables.write(frames[table.name], layout.table("release", table), table)
    files.write_json(layout.manifest, manifest)
    files.write_text(
        layout.folder("release") / "card.md",
        card(
            manifest,
            taken_in,
            version["prose"],
            set(of_experts(answers)["batch"]),
            is_census=bool((frames["gt_items"]["inclusion_probability"] == 1).all()),
        ),
    )
    return {name: float(value) for name, value in sizes.items()}


def _require_validated(layout: Layout, digest: str) -> None:
    path = layout.folder("validate") / "results.json"
    results = files.read_json(path)
    if results.get("passed") is not True:
        message = f"{path}: not every gate passed, so nothing is released; see the report beside it"
        raise GateError(message)
    if results.get("content_digest") != digest:
        message = f"{path}: validated other tables than these; run the stage `validate` again"
        raise GateError(message)


def counts(
    pool: pd.DataFrame, answers: pd.DataFrame, records: pd.DataFrame, items: pd.DataFrame
) -> dict[str, int]:
    """Return the sizes that a table of snapshots shows."""
    by_status = records["status"].value_counts()
    return {
        "pool_items": len(pool),
        "items": len(items),
        "answers": len(of_experts(answers)),
        "verdicts": len(answers) - len(of_experts(answers)),
        "empty_items": int(items["empty"].sum()),
        "records": int((records["status"] != RecordStatus.RETIRED).sum()),
        **{str(status): int(by_status.get(status, 0)) for status in RecordStatus},
    }


def headline(measures: pd.DataFrame) -> list[dict[str, object]]:
    """Return the figures of agreement that stand for the whole set, undefined ones as null."""
    kinds = [measures["measure"].str.startswith(prefix).to_numpy() for prefix in HEADLINES]
    place = np.select(kinds, range(len(kinds)), len(kinds))
    whole = (measures["facet"] == ALL).to_numpy() & (place < len(kinds))
    ordered = measures.assign(place=place)[whole].sort_values(["place", "measure", "subject"])
    columns = ["measure", "subject", "value", "low", "high", "n", "groups", "effective_n", "note"]
    known = ordered[columns].astype(object).where(ordered[columns].notna(), None)
    return [dict(zip(columns, row, strict=True)) for row in known.itertuples(index=False)]
