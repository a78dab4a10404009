"""Questions of annotators: a CSV file with one question a row, which become the edge cases of a set.

Columns are ``item, annotator, text``, which every row has, and ``record_id, rule_id, asked_at``, which may be empty or
left out: a question is about an item, and may be about one record of it and one rule of the guideline. A time has its
zone. A row that lacks what it needs is refused with its line, and the others are taken: nobody has to ask again
because somebody else's row was wrong.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from groundkeeper.core.ids import DIGITS
from groundkeeper.errors import FormatError
from groundkeeper.formats import Reading, frames
from groundkeeper.formats.demands import Demand, is_time_or_nothing, sort_out, times
from groundkeeper.formats.texts import refuse_options, rows_of

NEEDED: Final = ("item", "annotator", "text")
OPTIONAL: Final = ("record_id", "rule_id", "asked_at")
MOST_CHARACTERS: Final = 10_000
"""A longer text is a document, and no question that a meeting reads."""

_RECORD: Final = re.compile(rf"rc_[0-9a-f]{{{DIGITS}}}")
_RULE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_DEMANDS: Final = (
    Demand("item", "item_is_named", bool, "the key of an item"),
    Demand("annotator", "annotator_is_named", bool, "who asks"),
    Demand(
        "text",
        "question_has_a_text",
        lambda text: 0 < len(text) <= MOST_CHARACTERS,
        f"a text of 1 to {MOST_CHARACTERS} characters",
    ),
    Demand(
        "record_id",
        "record_id_is_an_id",
        lambda text: not text or _RECORD.fullmatch(text) is not None,
        f"nothing, or rc_ and {DIGITS} hex digits",
    ),
    Demand(
        "rule_id",
        "rule_id_is_an_id",
        lambda text: not text or _RULE.fullmatch(text) is not None,
        "nothing, or the id of a rule",
    ),
    Demand(
        "asked_at",
        "time_is_iso_8601_with_zone",
        is_time_or_nothing,
        "nothing, or a time with its zone such as 2026-03-02T10:00:00Z",
    ),
)


def read(path: Path, options: Mapping[str, str], _wanted: Collection[str]) -> Reading:
    """Return every question of the file; rows that lack what they need are in the rejects, with their line.

    Raises
    ------
    FormatError
        If there is an option, the file is not what its format says, or it holds no question.
    """
    refuse_options(path, options)
    rows = {
        line: dict.fromkeys(OPTIONAL, "") | row for line, row in rows_of(path, NEEDED, OPTIONAL)
    }
    if not rows:
        message = f"{path}: holds no question; write one a row below the header"
        raise FormatError(message)
    found = sort_out(rows, _DEMANDS)
    asked_at = times(found.kept["asked_at"])
    said = found.kept.where(found.kept != "", None).rename(columns={"item": "item_key"})
    questions = said.assign(asked_at=asked_at)
    return Reading(
        questions=frames.typed(questions, frames.QUESTION_TYPES, list(frames.QUESTION_TYPES)),
        rejects=found.rejects,
    )
