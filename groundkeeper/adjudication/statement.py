"""What holds by the word of an adjudicator: a position as it stands, or a statement of the adjudicator's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd
import shapely
from pydantic import JsonValue

from groundkeeper.adjudication.cases import Opened
from groundkeeper.adjudication.shape_file import of_document
from groundkeeper.core.adjudication.positions import Position, Statement
from groundkeeper.core.consensus.observe import answered_values, typed
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.edge_cases.cells import fields_read
from groundkeeper.core.guideline.allowed import fits, vocabulary_text
from groundkeeper.core.guideline.decisions import Attribute
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.evaluate import TRUE, truth
from groundkeeper.core.guideline.evaluate import decide as decided_by
from groundkeeper.core.guideline.fields import ANSWERED, Field
from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import FormatError, RefusedError, UnknownNameError, listing
from schemas.enums import Shape, Verdict

SAID: Final = ("label", "attribute")
"""Sources of fields that an adjudicator states in words; the others follow from the shape, the item or the votes."""


@dataclass(frozen=True)
class Ruling:
    """What an adjudicator says of a record.

    Attributes
    ----------
    verdict
        The letter of a position, ``absent``, ``neither`` or ``guideline_gap``.
    rationale, rule, by
        Why, by which rule, and who says it.
    stated
        Of ``neither``: field to value.
    shape
        Of ``neither``: a JSON file with ``kind`` and ``parts``, each of which has a ``frame`` and a shape.
    reverses
        The id of the verdict that it replaces.
    at
        When, with its time zone; now by default.
    """

    verdict: str
    rationale: str
    by: str
    rule: str | None = None
    stated: Mapping[str, JsonValue] = field(default_factory=dict)
    shape: Path | None = None
    reverses: str | None = None
    at: datetime | None = None


def stated(
    case: Opened, ruling: Ruling, guideline: Guideline
) -> tuple[Statement | None, Position | None]:
    """Return what holds by the ruling, and of a position which one it is."""
    if ruling.verdict == Verdict.NEITHER:
        return _own(case, ruling, guideline), None
    if ruling.stated or ruling.shape:
        message = (
            f"{case.listed.record_id}: found values or a shape with the verdict {ruling.verdict}; allowed are they "
            "with neither alone; leave them out"
        )
        raise RefusedError(message)
    if ruling.verdict in {Verdict.ABSENT, Verdict.GUIDELINE_GAP}:
        return None, None
    by_letter = {one.letter: one for one in case.case.positions}
    if ruling.verdict not in by_letter:
        words = [Verdict.ABSENT, Verdict.NEITHER, Verdict.GUIDELINE_GAP]
        kind = f"verdict on {case.listed.record_id}"
        raise UnknownNameError(kind, ruling.verdict, [*by_letter, *map(str, words)])
    position = by_letter[ruling.verdict]
    return position.statement, position


def _own(case: Opened, ruling: Ruling, guideline: Guideline) -> Statement:
    label: str | None = None
    attributes: dict[str, JsonValue] = {}
    stated = {name: one for name, one in guideline.fields.items() if one.source in SAID}
    for name, value in ruling.stated.items():
        if name not in stated:
            kind = f"field of {guideline.set_name}@{guideline.version} that is said in words"
            raise UnknownNameError(kind, name, stated)
        one = stated[name]
        if not fits(value, one):
            message = f"{case.listed.record_id}: found {value!r} for {name}; allowed is {vocabulary_text(one)}"
            raise RefusedError(message)
        if one.source == "label":
            label = str(value)
        else:
            attributes[one.source_name(name)] = value
    kind, parts = (str(Shape.STATEMENT), {}) if ruling.shape is None else _drawn(ruling.shape, case)
    if guideline.consensus.shape != "none" and not parts:
        message = (
            f"{case.listed.record_id}: found neither without a shape; {guideline.set_name} needs one; draw it into a "
            'file, `{"kind": "polygon", "parts": [{"frame": 0, "wkt": "POLYGON (...)"}]}`, and give it with `--shape`'
        )
        raise RefusedError(message)
    return Statement(label, attributes, kind, parts)


def _drawn(file: Path, case: Opened) -> tuple[str, dict[int, shapely.Geometry]]:
    """Return what a file has: the kind of a shape, and the shape in each of its frames."""
    kind, parts = of_document(file)
    frames = int(str(case.item["frames"]))
    if beyond := sorted(frame for frame in parts if frame >= frames):
        message = (
            f"{file}: found frames {listing(beyond)}; allowed are 0 to {frames - 1} of item {case.listed.item_key}; "
            "correct them"
        )
        raise FormatError(message)
    for frame, shape in sorted(parts.items()):
        _require_inside(f"{file}: frame {frame}", shape, case)
    return str(kind), parts


def _require_inside(where: str, shape: shapely.Geometry, case: Opened) -> None:
    """Refuse a shape that leaves the image, where the size of that is known."""
    left, top, right, bottom = shape.bounds
    for axis, low, high, size in (
        ("x", left, right, case.item["width_px"]),
        ("y", top, bottom, case.item["height_px"]),
    ):
        if size is not None and (low < 0 or high > int(str(size))):
            message = (
                f"{where}: found {axis} from {low:g} to {high:g}; allowed is 0 to {size} px of item "
                f"{case.listed.item_key}; correct it"
            )
            raise FormatError(message)


def values_of(case: Opened, statement: Statement, fields: Mapping[str, Field]) -> pd.DataFrame:
    """Return what each of *fields* is by a statement, one row: said, measured from its shape, or looked up."""
    said = answered_values(_evidence_of(statement, case), fields)
    known = {**case.record, **case.item}
    return pd.DataFrame(
        {
            name: typed(said[name], one)
            if one.source in ANSWERED
            else pd.Series([known.get(one.source_name(name))], said.index)
            for name, one in fields.items()
        },
        index=said.index,
    )


def require_decided(case: Opened, statement: Statement, guideline: Guideline) -> None:
    """Refuse a statement that leaves a decision of the guideline open, or an attribute out that it requires."""
    fields = guideline.fields
    row = values_of(case, statement, fields)
    left = [
        name
        for name, decision in guideline.decisions.items()
        if pd.isna(decided_by(decision, row, fields).outcome[0])
    ]
    if left:
        unsaid = sorted(_unsaid(left, row, guideline))
        message = (
            f"{case.listed.record_id}: found nothing said of {listing(unsaid)}, so that {listing(left)} stays open; "
            "allowed is what decides it. Say neither, with all values that hold (`--value FIELD=VALUE`), or "
            "guideline_gap"
        )
        raise RefusedError(message)
    required = [
        name
        for name, attribute in guideline.attributes.items()
        if row[name].isna().all() and _is_required(attribute, row, guideline)
    ]
    if required:
        message = (
            f"{case.listed.record_id}: found nothing said of {listing(required)}; the guideline requires it here. Say "
            "neither, with all values that hold (`--value FIELD=VALUE`)"
        )
        raise RefusedError(message)


def _is_required(attribute: Attribute, row: pd.DataFrame, guideline: Guideline) -> bool:
    when = attribute.required_when
    return when is None or truth(when, row, guideline.fields)[0] == TRUE


def _unsaid(left: Iterable[str], row: pd.DataFrame, guideline: Guideline) -> set[str]:
    read = {name for one in left for name in fields_read(guideline.decisions[one])}
    return {name for name in read if name in row and row[name].isna().all()}


def _evidence_of(statement: Statement, case: Opened) -> Evidence:
    """Return the evidence of an annotation that says what *statement* does, on the item of the case."""
    name = "an_said"
    annotation = {
        "annotation_id": [name],
        "answer_id": ["ao_said"],
        "item_id": [case.case.item_id],
        "ordinal": [0],
        "kind": [statement.kind],
        "label": [statement.label],
        "attributes": [canonical_json(dict(statement.attributes))],
    }
    parts = pd.DataFrame(
        {
            "annotation_id": pd.Series([name] * len(statement.parts), dtype="str"),
            "frame": list(statement.parts),
            "geometry": pd.Series(list(statement.parts.values()), dtype=object),
            "repaired": False,
        }
    )
    return Evidence(
        case.evidence.answers.iloc[:0], pd.DataFrame(annotation), parts, case.evidence.items
    )
