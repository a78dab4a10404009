"""Put what an adjudicator says into the inbox, once it is sure that it can count."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import shapely
from pydantic import JsonValue

from groundkeeper import batches, guideline_files, inbox
from groundkeeper.adjudication.cases import DECIDED, FORMAT, Opened, opened
from groundkeeper.adjudication.statement import Ruling, require_decided, stated
from groundkeeper.batches import Batch
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.inbox.decidable import rules_of
from groundkeeper.inbox.exclusive import alone
from groundkeeper.layout import Layout
from groundkeeper.standing import require_built
from schemas.enums import Identity, Independence, Origin, Scope

ROUND: Final = "adjudication"
LICENCE: Final = "own work"


@dataclass(frozen=True)
class Decided:
    """The batch that a ruling became, and what it says, as it stands in the file."""

    batch: Batch
    said: Mapping[str, JsonValue]


def decide(root: Path, set_name: str, record_id: str, ruling: Ruling) -> Decided:
    """Return the batch of the inbox that says what *ruling* says, under the version in force.

    Everything is looked at before anything is written, and the batch appears whole or not at all. Killed before the
    last step, the same call finishes it; two at once wait for each other, and the second
    is told what the first decided.

    Raises
    ------
    UnknownNameError
        If there is no such case, position, rule or field.
    RefusedError
        If the adjudicator is one of the experts, the record was decided and this does not reverse what stands, or what
        is said leaves a decision open.
    FormatError, InboxError, StorageError
        As the reader of verdicts and ``groundkeeper.inbox.add``.
    """
    layout = Layout(root, set_name)
    with alone(layout.inbox):
        half = _finished(layout, record_id, ruling)
        if half is not None:
            return half
        version = require_built(layout, "the adjudication queue is of version")
        case = opened(layout, record_id)
        guideline = guideline_files.load_in_place(layout.guidelines / f"{version}.yaml")
        _require_outsider(case, ruling.by)
        _require_open(case, ruling.reverses)
        if ruling.rule is not None and ruling.rule not in rules_of(guideline):
            kind = f"rule of {set_name}@{version}"
            raise UnknownNameError(kind, ruling.rule, rules_of(guideline))
        said = _said(case, ruling, guideline)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"verdict-{case.case.record_id}.jsonl"
            file.write_text(f"{canonical_json(said)}\n", encoding="utf-8")
            added = inbox.add(
                root,
                set_name,
                file,
                format=FORMAT,
                round=ROUND,
                era=version,
                source=f"adjudication by {ruling.by}",
                licence=LICENCE,
                independence=Independence.UNBLINDED,
                identity=Identity.KNOWN,
                origin=Origin.EXPERT,
            )
    return Decided(added.batch, said)


def _finished(layout: Layout, record_id: str, ruling: Ruling) -> Decided | None:
    """Return the verdict that a killed call left half taken in, which now is whole, if it says the same."""
    for batch in batches.load_all(layout.inbox):
        if batch.format != FORMAT or not inbox.finish(layout.root, layout.set_name, batch):
            continue
        text = batch.path(layout.inbox).read_text(encoding="utf-8").splitlines()[0]
        told = json.loads(text)
        mine = (record_id, ruling.verdict, ruling.by, ruling.rationale, ruling.rule)
        names = ("record", "verdict", "adjudicator", "rationale", "rule")
        if mine == tuple(told.get(name) for name in names):
            return Decided(batch, told)
    return None


def _require_outsider(case: Opened, who: str) -> None:
    answers = case.evidence.answers
    own = answers[(answers["annotator"] == who) & (answers["scope"] != Scope.ADJUDICATION)]
    if len(own):
        message = (
            f"{case.listed.record_id}: found {who} among the experts of item {case.listed.item_key} "
            f"({len(own)} answers); allowed is somebody who has none on it; ask another adjudicator"
        )
        raise RefusedError(message)


def _require_open(case: Opened, reverses: str | None) -> None:
    standing = case.listed.verdict_id if case.listed.state == DECIDED else None
    if standing != reverses:
        what = f"`--reverses {standing}`" if standing else "no `--reverses`"
        found = (
            f"the verdict {standing} of {case.listed.adjudicator or 'an adjudicator'}"
            if standing
            else "no verdict that stands"
        )
        message = (
            f"{case.listed.record_id}: found {found}, and {reverses or 'nothing'} to be reversed; allowed is {what}. "
            "A verdict is never edited: a new one names the one that it replaces"
        )
        raise RefusedError(message)


def _said(case: Opened, ruling: Ruling, guideline: Guideline) -> dict[str, JsonValue]:
    """Return the line of the file."""
    at = ruling.at or datetime.now(UTC).replace(microsecond=0)
    statement, position = stated(case, ruling, guideline)
    if statement is not None:
        require_decided(case, statement, guideline)
    line: dict[str, JsonValue] = {
        "record": case.case.record_id,
        "item": case.listed.item_key,
        "adjudicator": ruling.by,
        "verdict": ruling.verdict,
        "rationale": ruling.rationale,
        "decided_at": at.isoformat(),
    }
    optional: dict[str, JsonValue] = {"rule": ruling.rule, "reverses": ruling.reverses}
    if position is not None:
        optional["position"] = list(position.annotation_ids)
    if statement is not None:
        optional |= {
            "label": statement.label,
            "attributes": dict(statement.attributes),
            "kind": statement.kind if statement.parts else None,
            "parts": [
                {
                    "frame": frame,
                    "wkt": shapely.to_wkt(shape, rounding_precision=-1, output_dimension=3),
                }
                for frame, shape in sorted(statement.parts.items())
            ],
        }
    return line | {name: value for name, value in optional.items() if value is not None}
