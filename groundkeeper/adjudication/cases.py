"""The cases of a set as an adjudicator has them: what waits, what was said of it, and one case with all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from groundkeeper import batches, concerns, evidence, tables
from groundkeeper.batch_contents import contents
from groundkeeper.core.adjudication.expected_error import COMPONENTS
from groundkeeper.core.adjudication.positions import Case, case_of
from groundkeeper.core.adjudication.standing import chain
from groundkeeper.core.adjudication.verdicts import ARRIVED, verdicts_of
from groundkeeper.core.consensus.convention import under_those_in_force
from groundkeeper.core.consensus.statements import statements
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.eras import Eras
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.errors import RefusedError
from groundkeeper.formats import OF_ADJUDICATORS
from groundkeeper.layout import Layout
from groundkeeper.standing import require_built
from schemas.adjudication import ADJUDICATION_QUEUE, VERDICTS
from schemas.enums import Identity, Scope, Verdict
from schemas.names import CLUSTERS, ITEMS, RECORD_ALIASES, RECORDS, TASKS

OPEN, GAP, DECIDED = "open", "gap", "decided"
"""Of a case: nobody decided it; somebody said that the guideline does not say; somebody decided it."""


@dataclass(frozen=True)
class Listed:
    """One case in the queue, or decided.

    Attributes
    ----------
    record_id, item_key
        Of what.
    state
        ``open``, ``gap`` or ``decided``.
    votes, experts
        How many of how many experts marked it.
    reason, expected_error, components
        As the queue has them; of a case that left it, nothing.
    verdict_id, verdict, letter, adjudicator
        What stands, or of a gap what was said last.
    is_built
        Whether the records already say so.
    """

    record_id: str
    item_key: str
    state: str
    votes: int
    experts: int
    reason: str | None = None
    expected_error: float | None = None
    components: Mapping[str, float | None] = field(default_factory=dict)
    verdict_id: str | None = None
    verdict: str | None = None
    letter: str | None = None
    adjudicator: str | None = None
    is_built: bool = True

    def as_json(self) -> dict[str, object]:
        """Return it as one JSON object."""
        return {
            "record": self.record_id,
            "item": self.item_key,
            "state": self.state,
            "reason": self.reason,
            "votes": self.votes,
            "experts": self.experts,
            "expected_error": self.expected_error,
            "components": dict(self.components),
            "verdict_id": self.verdict_id,
            "verdict": self.verdict,
            "letter": self.letter,
            "adjudicator": self.adjudicator,
            "built": self.is_built,
        }


@dataclass(frozen=True)
class Opened:
    """One case with all that its experts said, under the version in force.

    Attributes
    ----------
    listed
        Where it stands.
    case
        Its positions.
    record
        Its row of the table ``records``.
    item
        Its row of the table ``items``.
    evidence
        What was said of its item.
    is_anonymous
        Whether nobody can check that an adjudicator is none of the experts, as these have no names.
    version
        The guideline version in force.
    said
        The verdicts on it, of all versions, in the order of their arrival: rows of ``schemas.adjudication.VERDICTS``.
    """

    listed: Listed
    case: Case
    record: Mapping[str, object]
    item: Mapping[str, object]
    evidence: Evidence
    is_anonymous: bool
    version: str
    said: tuple[Mapping[str, Any], ...]


def listed(layout: Layout) -> list[Listed]:
    """Return the cases of a set: those that are open first, the gravest first; then gaps; then those decided.

    What is in the inbox counts, also where no refresh has built it yet. What was decided under an older version is
    decided as long as the record does not wait again.

    Raises
    ------
    TableError
        If the stages did not run.
    RefusedError
        If the queue is of another version than the one in force.
    """
    version = require_built(layout, "the adjudication queue is of version")
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    keys = dict(zip(items["item_id"], items["item_key"], strict=True))
    queue = tables.read(layout.table("decide", ADJUDICATION_QUEUE), ADJUDICATION_QUEUE)
    records = tables.read(layout.table("decide", RECORDS), RECORDS)
    said = verdicts_said(layout, items)
    waiting = {str(row["record_id"]): row for row in _rows(queue)}
    told = {str(row["verdict_id"]): row for row in _rows(said)}
    here = said[said["era"].eq(version) & said["refusal"].isna()]
    standing = {record: verdict for (record, _), verdict in chain(here).standing.items()}
    gaps = {
        str(row["record_id"]): str(row["verdict_id"])
        for row in _rows(here[here["verdict"].eq(Verdict.GUIDELINE_GAP)].sort_values("decided_at"))
    }
    found = []
    for row in _rows(records):
        record_id, before = str(row["record_id"]), row["adjudication"]
        holds = standing.get(record_id)
        if holds is None and before in told and told[before]["era"] != version:
            holds = None if record_id in waiting else before
        last = holds or gaps.get(record_id)
        if record_id in waiting or last is not None:
            state = DECIDED if holds else GAP if last else OPEN
            one = Listed(
                record_id,
                str(keys[row["item_id"]]),
                state,
                int(row["votes"]),
                int(row["experts"]),
                is_built=holds is None or holds == before,
            )
            one = _with_errors(one, waiting.get(record_id))
            found.append(one if last is None else _with_verdict(one, told[last]))
    order = (OPEN, GAP, DECIDED)
    return sorted(
        found, key=lambda one: (order.index(one.state), -(one.expected_error or 0), one.record_id)
    )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, what is missing in them None."""
    known = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]


def _with_verdict(one: Listed, told: Mapping[str, Any]) -> Listed:
    names = ("verdict_id", "verdict", "letter", "adjudicator")
    return replace(one, **{name: told[name] for name in names})


def _with_errors(one: Listed, row: Mapping[str, Any] | None) -> Listed:
    if row is None:
        return one
    return replace(
        one,
        reason=row["reason"],
        expected_error=row["expected_error"],
        components={name: row[name] for name in COMPONENTS},
    )


def verdicts_said(layout: Layout, items: pd.DataFrame) -> pd.DataFrame:
    """Return every verdict in the inbox, with what it was refused for as of the last refresh, if it was.

    Returns
    -------
    DataFrame
        The columns of ``schemas.adjudication.VERDICTS``; ``record_id`` is what the record is called now.
    """
    item_ids = dict(zip(items["item_key"], items["item_id"], strict=True))
    found = [tables.empty(VERDICTS)]
    for batch in batches.load_all(layout.inbox):
        if batch.format == OF_ADJUDICATORS:
            source, told = contents(layout.inbox, batch, ())
            found.append(verdicts_of(source, told.verdicts, item_ids))
    everything = pd.concat([one for one in found if len(one)] or found[:1], ignore_index=True)
    once = everything.sort_values("sequence").drop_duplicates("verdict_id", ignore_index=True)
    built = tables.read(layout.table("ingest", VERDICTS), VERDICTS)
    refused = built.set_index("verdict_id")["refusal"]
    aliases = tables.read(layout.table("consensus", RECORD_ALIASES), RECORD_ALIASES)
    now = dict(zip(aliases["alias_id"], aliases["record_id"], strict=True))
    return once.assign(
        refusal=once["verdict_id"].map(refused).astype("str"),
        record_id=[now.get(name, name) for name in once["record_id"]],
    )


def next_open(layout: Layout) -> Opened:
    """Return the gravest case that nobody decided, and of which nobody said that the guideline does not say.

    Raises
    ------
    RefusedError
        If there is none.
    """
    waiting = [one for one in listed(layout) if one.state == OPEN]
    if not waiting:
        message = f"{layout.set_name}: no case is open; `gk adjudicate list {layout.set_name}` shows what was decided"
        raise RefusedError(message)
    return _opened(layout, waiting[0])


def opened(layout: Layout, record_id: str) -> Opened:
    """Return the case of one record in the queue, or of one that was decided.

    Raises
    ------
    RefusedError
        If there is no such case.
    """
    aliases = tables.read(layout.table("consensus", RECORD_ALIASES), RECORD_ALIASES)
    now = dict(zip(aliases["alias_id"], aliases["record_id"], strict=True))
    cases = {one.record_id: one for one in listed(layout)}
    name = now.get(record_id, record_id)
    if name not in cases:
        message = (
            f"no case of {layout.set_name} {record_id!r}; allowed is one of the {len(cases)} that "
            f"`gk adjudicate list {layout.set_name} --limit 0` shows"
        )
        raise RefusedError(message)
    return _opened(layout, cases[name])


def _opened(layout: Layout, one: Listed) -> Opened:
    tasks = tables.read(layout.table("ingest", TASKS), TASKS)
    everything = replace(evidence.read(layout), tasks=tasks)
    records = tables.read(layout.table("decide", RECORDS), RECORDS)
    (record,) = _rows(records[records["record_id"] == one.record_id])
    answers = everything.answers[everything.answers["item_id"] == record["item_id"]]
    eras = Eras(concerns.fields_by_era(layout), concerns.conventions_by_era(layout))
    # A position is stated anew under the version in force, and so in its conventions.
    here = under_those_in_force(everything.of(answers), eras)
    fields = concerns.read(layout, Fields).fields
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    marks = clusters[clusters["annotation_id"].isin(here.annotations["annotation_id"])]
    (item,) = _rows(everything.items[everything.items["item_id"] == record["item_id"]])
    experts = answers[answers["scope"] != Scope.ADJUDICATION]
    verdicts = verdicts_said(layout, everything.items)
    return Opened(
        one,
        case_of(record, here, statements(here, marks), fields),
        record,
        item,
        here,
        bool(experts["identity"].eq(Identity.ANONYMOUS).any()),
        require_built(layout, "the adjudication queue is of version"),
        tuple(_rows(verdicts[verdicts["record_id"] == one.record_id].sort_values(ARRIVED))),
    )
