"""What adjudicators said: JSON Lines, one verdict a line, complete in itself in the words of its guideline version.

A line has ``record`` and ``item``; ``adjudicator``; ``verdict``: the letter of a position of the experts (``A``, ``B``,
...), ``absent``, ``neither`` or ``guideline_gap``; ``rationale``, why; ``rule``, the rule that it rests on, if it does;
``decided_at`` with its time zone; and ``reverses``, the id of the verdict that it replaces, if it does.

A position also has ``position``, the ids of the annotations that take it: letters shift when late answers come, ids do
not. It and ``neither`` state what holds: ``label``, ``attributes``, and ``parts``, each of which has a ``frame`` and a
shape in pixels of the image (``formats.drawing``), drawn with a ``kind``. The statement holds as it stands: nothing is
taken over from the experts, so that what a verdict says is the same whatever else comes in.

A file that is not so is refused as a whole, with the line: whoever wrote it can still mend it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Self

import pandas as pd
from pydantic import AfterValidator, AwareDatetime, Field, JsonValue, model_validator

from groundkeeper.checked import checked
from groundkeeper.core.ids import canonical_json, make_id
from groundkeeper.errors import FormatError
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.cells import Name, id_of
from groundkeeper.formats.drawing import Drawing, Model, drawn
from groundkeeper.formats.texts import json_lines, refuse_options
from schemas.enums import AnswerState, Shape, Verdict

TOOL: Final = "file"
LETTER: Final = re.compile(r"[A-Z]{1,3}")
"""How a position is called."""
WORDS: Final = frozenset({Verdict.ABSENT, Verdict.NEITHER, Verdict.GUIDELINE_GAP})
"""Verdicts that are no position."""
STATES: Final = {
    Verdict.POSITION: AnswerState.SUBMITTED,
    Verdict.NEITHER: AnswerState.SUBMITTED,
    Verdict.ABSENT: AnswerState.EMPTY,
    Verdict.GUIDELINE_GAP: AnswerState.SKIPPED,
}
"""What an adjudicator did with the case, as an answer: nothing is decided where the guideline does not say."""
MOST_CHARACTERS: Final = 10_000
"""A longer rationale is a document."""


def _said(text: str) -> str:
    if not text.strip():
        message = "it says nothing; write why, for whoever reads it in a year"
        raise ValueError(message)
    return text


class _Verdict(Model):
    record: Annotated[str, id_of("rc")]
    item: Name
    adjudicator: Name
    verdict: str
    position: tuple[Annotated[str, id_of("an")], ...] = ()
    label: str | None = None
    attributes: dict[str, JsonValue] = Field(default_factory=dict)
    kind: Shape | None = None
    parts: tuple[Drawing, ...] = ()
    rationale: Annotated[str, Field(max_length=MOST_CHARACTERS), AfterValidator(_said)]
    rule: Name | None = None
    decided_at: AwareDatetime
    reverses: Annotated[str, id_of("ao")] | None = None

    @property
    def meaning(self) -> Verdict:
        """What the word says; every letter is a position."""
        return Verdict(self.verdict) if self.verdict in WORDS else Verdict.POSITION

    @property
    def stated(self) -> dict[str, JsonValue]:
        """The attributes that say something."""
        return {name: value for name, value in self.attributes.items() if value is not None}

    @model_validator(mode="after")
    def says_what_it_is(self) -> Self:
        """Refuse an unknown verdict, one that states nothing though it has to, and one that states what it denies."""
        if self.verdict not in WORDS and not LETTER.fullmatch(self.verdict):
            words = ", ".join(sorted(WORDS))
            _refuse(
                f"verdict is {self.verdict!r}; allowed are the letter of a position, {words}; correct it"
            )
        is_position = self.meaning is Verdict.POSITION
        if is_position != bool(self.position):
            missing = "needs `position`, the annotations that it means"
            _refuse(
                f"verdict {self.verdict} {missing if is_position else 'has no `position`'}; correct it"
            )
        states = self.label is not None or bool(self.stated) or bool(self.parts)
        if states != (STATES[self.meaning] is AnswerState.SUBMITTED):
            what = (
                "states nothing; give a label, attributes or parts"
                if not states
                else "states something; leave out label, attributes and parts"
            )
            _refuse(f"verdict {self.verdict} {what}")
        if len({part.frame for part in self.parts}) < len(self.parts):
            _refuse("several parts are of one frame; draw them as one")
        return self


def _refuse(message: str) -> None:
    raise ValueError(message)


def read(path: Path, options: Mapping[str, str], _wanted: Collection[str]) -> Reading:
    """Return every verdict of the file, and the answers that they are.

    Raises
    ------
    FormatError
        If there is an option, or the file is not what its format says.
    """
    refuse_options(path, options)
    told = {_key(one): (line, one) for line, one in _told(path)}
    if not told:
        message = f"{path}: holds no verdict; needed is at least one line"
        raise FormatError(message)
    stating = {key: one for key, (_, one) in told.items() if one.stated or one.label or one.parts}
    parts = [
        {"annotation_key": f"{key}/1", "frame": part.frame, **_drawn(path, told[key][0], one, part)}
        for key, one in stating.items()
        for part in one.parts
    ]
    types = {**frames.ANNOTATION_TYPES, "ordinal": "int64"}
    annotations = [_annotation(key, one, parts) for key, one in stating.items()]
    answers = pd.DataFrame([_answer(key, one) for key, (_, one) in told.items()])
    verdicts = pd.DataFrame([_row(key, one) for key, (_, one) in told.items()])
    shapes = pd.DataFrame(parts, columns=["annotation_key", "frame", "geometry", "repaired"])
    return Reading(
        answers=frames.typed(answers, frames.ANSWER_TYPES, ["answer_key"]),
        annotations=frames.typed(
            pd.DataFrame(annotations, columns=list(types)), types, ["annotation_key"]
        ),
        parts=frames.typed(shapes, frames.PART_TYPES, ["annotation_key", "frame"]),
        verdicts=frames.typed(verdicts, frames.VERDICT_TYPES, ["answer_key"]),
    )


def _told(path: Path) -> Iterator[tuple[int, _Verdict]]:
    """Yield each verdict with its line."""
    for line, told in json_lines(path, "one verdict"):
        yield line, checked(_Verdict, told, f"{path}: line {line}")


def _key(told: _Verdict) -> str:
    """Return what names the verdict: all that it says, so that another is never taken for an edit of it."""
    return make_id("vd", canonical_json(told.model_dump(mode="json")))


def _answer(key: str, told: _Verdict) -> dict[str, object]:
    return {
        "answer_key": key,
        "item_key": told.item,
        "annotator": told.adjudicator,
        "state": STATES[told.meaning].value,
        "submitted_at": told.decided_at,
        "lead_time_s": None,
        "tool": TOOL,
        "shown_prediction": False,
        "task_id": None,
    }


def _row(key: str, told: _Verdict) -> dict[str, object]:
    meaning = told.meaning
    return {
        "answer_key": key,
        "item_key": told.item,
        "adjudicator": told.adjudicator,
        "record_id": told.record,
        "verdict": meaning.value,
        "letter": told.verdict if meaning is Verdict.POSITION else None,
        "positions": canonical_json(sorted(set(told.position))),
        "rationale": told.rationale,
        "rule_id": told.rule,
        "reverses": told.reverses,
        "decided_at": told.decided_at,
    }


def _annotation(key: str, told: _Verdict, parts: list[dict[str, object]]) -> dict[str, object]:
    name = f"{key}/1"
    drawn = [part["kind"] for part in parts if part["annotation_key"] == name]
    return {
        "annotation_key": name,
        "answer_key": key,
        "kind": drawn[0] if drawn else Shape.STATEMENT.value,
        "label": told.label,
        "value": None,
        "start": None,
        "end": None,
        "attributes": canonical_json(told.stated),
        "ordinal": 0,
    }


def _drawn(path: Path, line: int, told: _Verdict, part: Drawing) -> dict[str, object]:
    """Return the geometry of a part, what it was drawn with, and whether it had to be repaired."""
    shape, kind, repaired = drawn(part, told.kind, f"{path}: line {line}: frame {part.frame}")
    return {"kind": kind.value, "geometry": shape, "repaired": repaired}
