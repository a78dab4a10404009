"""Put what an adjudicator says into the inbox, once it is sure that it can count."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pandas as pd
import shapely
from pydantic import JsonValue

from groundkeeper import batches, guideline_files, inbox, tables
from groundkeeper.adjudication.cases import DECIDED, Opened, opened, verdicts_said
from groundkeeper.adjudication.statement import Ruling, require_decided, stated
from groundkeeper.batches import Batch
from groundkeeper.core.adjudication.verdicts import ARRIVED
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.formats import OF_ADJUDICATORS
from groundkeeper.inbox.decidable import rules_of
from groundkeeper.inbox.exclusive import alone
from groundkeeper.layout import Layout
from groundkeeper.standing import require_built
from schemas.enums import Identity, Independence, Origin, Scope, Verdict
from schemas.names import ITEMS

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
    last step, the same call finishes it, and one that says anything else is another verdict; two at once wait for each
    other, and the second is told what the first decided.

    Raises
    ------
    UnknownNameError
        If there is no such position, rule or field.
    RefusedError
        If there is no such case, the adjudicator is one of the experts, the record was decided and this does not
        reverse what stands, or what is said leaves a decision open.
    FormatError, InboxError, StorageError
        As the reader of verdicts and ``groundkeeper.inbox.add``.
    """
    _require_said(record_id, ruling)
    layout = Layout(root, set_name)
    with alone(layout.inbox):
        finished = _finished(layout)
        version = require_built(layout, "the adjudication queue is of version")
        case = opened(layout, record_id)
        guideline = guideline_files.load_in_place(layout.guidelines / f"{version}.yaml")
        _require_outsider(case, ruling.by)
        if ruling.rule is not None and ruling.rule not in rules_of(guideline):
            kind = f"rule of {set_name}@{version}"
            raise UnknownNameError(kind, ruling.rule, rules_of(guideline))
        said = _said(case, ruling, guideline)
        before = _said_before(finished, said, ruling, version) or _asked_before(
            layout, case, said, ruling, version
        )
        if before is not None:
            return before
        _require_open(case, ruling.reverses)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"verdict-{case.case.record_id}.jsonl"
            file.write_text(f"{canonical_json(said)}\n", encoding="utf-8")
            added = inbox.add(
                root,
                set_name,
                file,
                format=OF_ADJUDICATORS,
                round=ROUND,
                era=version,
                source=f"adjudication by {ruling.by}",
                licence=LICENCE,
                independence=Independence.UNBLINDED,
                identity=Identity.KNOWN,
                origin=Origin.EXPERT,
            )
    return Decided(added.batch, said)


def _finished(layout: Layout) -> list[Decided]:
    """Return the verdicts that killed calls left half taken in, which now are whole."""
    found: list[Decided] = []
    for batch in batches.load_all(layout.inbox):
        if batch.format == OF_ADJUDICATORS and inbox.finish(layout.root, layout.set_name, batch):
            lines = batch.path(layout.inbox).read_text(encoding="utf-8").splitlines()
            found.extend(Decided(batch, json.loads(line)) for line in lines if line.strip())
    return found


def _said_before(
    finished: Iterable[Decided], said: Mapping[str, JsonValue], ruling: Ruling, version: str
) -> Decided | None:
    """Return which of the verdicts that were just *finished* says all that is *said*, under the same version."""
    for one in finished:
        # Who does not say when means the time at which it was first said.
        when = {} if ruling.at else {"decided_at": one.said.get("decided_at")}
        if one.batch.era == version and dict(one.said) == {**said, **when}:
            return one
    return None


def _asked_before(
    layout: Layout, case: Opened, said: Mapping[str, JsonValue], ruling: Ruling, version: str
) -> Decided | None:
    """Return the verdict by which the same person said in these words that the guideline does not say.

    Raises
    ------
    RefusedError
        If it was said in other words: it would be asked about twice.
    """
    if ruling.verdict != Verdict.GUIDELINE_GAP or ruling.reverses is not None:
        return None
    told = verdicts_said(layout, tables.read(layout.table("items", ITEMS), ITEMS))
    gaps = told[
        told["verdict"].eq(Verdict.GUIDELINE_GAP)
        & told["record_id"].eq(case.listed.record_id)
        & told["adjudicator"].eq(ruling.by)
        & told["era"].eq(version)
        & told["refusal"].isna()
    ]
    if gaps.empty:
        return None
    first = gaps.sort_values(ARRIVED).iloc[0]
    rule = None if pd.isna(first["rule_id"]) else first["rule_id"]
    if (first["rationale"], rule) != (ruling.rationale, ruling.rule):
        message = (
            f"{case.listed.record_id}: found the verdict {first['verdict_id']} of {ruling.by}, guideline_gap: "
            f"{first['rationale']}; allowed is one for each person and record; say more of it at the meeting"
        )
        raise RefusedError(message)
    batch = next(one for one in batches.load_all(layout.inbox) if one.key == first["batch"])
    return Decided(batch, {**said, "decided_at": first["decided_at"].isoformat()})


def _require_said(record_id: str, ruling: Ruling) -> None:
    """Refuse a ruling without a name or a reason."""
    said = {"--by": (ruling.by, "a name"), "--rationale": (ruling.rationale, "why")}
    for option, (text, allowed) in said.items():
        if not text.strip():
            message = (
                f"{record_id}: {option} says nothing; allowed is {allowed}, for whoever reads the verdict in a year; "
                "write it"
            )
            raise RefusedError(message)


def _require_outsider(case: Opened, who: str) -> None:
    """Refuse one of the experts, in whichever case and with whichever blanks the name is spelled."""
    answers = case.evidence.answers
    same = answers["annotator"].str.strip().str.casefold() == who.strip().casefold()
    own = answers[same & (answers["scope"] != Scope.ADJUDICATION)]
    if len(own):
        message = (
            f"{case.listed.record_id}: found {_name(own, who)} among the experts of item {case.listed.item_key} "
            f"({len(own)} answers); allowed is somebody who has none on it; ask another adjudicator"
        )
        raise RefusedError(message)


def _name(own: pd.DataFrame, who: str) -> str:
    """Return who it is, by both spellings where they differ."""
    known = sorted({*own["annotator"]} - {who})
    return f"{who}, spelled {', '.join(known)}," if known else who


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
