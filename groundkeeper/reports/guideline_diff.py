"""What changed between two versions of a guideline, in words: tables for a terminal, Markdown for a pull request."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from groundkeeper.core.diff.levels import raised
from groundkeeper.core.diff.table import TABLE, Change
from groundkeeper.reports.blocks import escaped_markdown

if TYPE_CHECKING:
    from groundkeeper.core.diff.claims import ProseEdit
    from groundkeeper.core.diff.compare import Diff
    from groundkeeper.core.diff.moves import Move

SHOWN_ROWS: Final = 20
"""How many rows of a table are shown before the rest is counted."""
SHOWN_LENGTH: Final = 240
"""How much of a long text is shown."""

_MOVE: Final = ("rules", "a case", "level", "what follows")
_CHANGE: Final = ("what changed", "level", "what follows")
_PROSE: Final = ("text", "claimed meaning", "level", "what follows", "scope")


@dataclass(frozen=True)
class Table:
    """Rows under a title; *more* says what is not shown."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: str = ""


def verdict(diff: "Diff") -> str:
    """Return the computed level against the declared one, in a sentence."""
    step = f"{diff.set_name} {diff.old} to {diff.new}"
    if diff.is_sufficient:
        return f"{step}: computed level {diff.level.word}, declared {diff.declared.word}: enough."
    return (
        f"{step}: COMPUTED LEVEL {diff.level.word.upper()}, DECLARED ONLY "
        f"{diff.declared.word.upper()}. Call it {raised(diff.old, diff.level)}, or more."
    )


def seen_through(diff: "Diff") -> str:
    """Return which share of the rules the comparison sees through."""
    total, evaluated = diff.rules
    if not total:
        return f"{diff.new} has no rules."
    by_people = f"; what only a person can judge is left open in {total - evaluated}"
    rest = by_people if evaluated < total else ""
    return f"A machine can evaluate {evaluated} of the {total} rules of {diff.new}{rest}."


def tables(diff: "Diff") -> Iterator[Table]:
    """Yield what changed: the outcomes that move by decision, then everything else, then the prose."""
    for decision, moves in groupby(diff.moves, key=lambda move: move.decision):
        yield _bounded(f"Outcomes of {decision} that move", _MOVE, [_move(m) for m in moves])
    if diff.changes:
        yield _bounded("Other changes", _CHANGE, [_change(change) for change in diff.changes])
    if diff.prose:
        yield _bounded("Prose, which nothing computes", _PROSE, [_edit(e) for e in diff.prose])


def markdown(diff: "Diff") -> str:
    """Return the comparison as Markdown for a pull request; what people wrote is escaped."""
    sign = "" if diff.is_sufficient else "> [!CAUTION]\n> "
    parts = [f"## Guideline {escaped_markdown(diff.set_name)}: {diff.old} to {diff.new}"]
    parts.append(f"{sign}**{escaped_markdown(verdict(diff))}**")
    parts.extend(_markdown(table) for table in tables(diff))
    if not diff.moves:
        parts.append("No outcome moves.")
    parts.append(escaped_markdown(seen_through(diff)))
    return "\n\n".join(parts) + "\n"


def _move(move: "Move") -> tuple[str, ...]:
    row = TABLE[move.kind]
    return ", ".join(move.rule_ids), move.witness.text, row.level.word, row.action


def _change(change: Change) -> tuple[str, ...]:
    row = TABLE[change.kind]
    return change.text, row.level.word, row.action


def _edit(edit: "ProseEdit") -> tuple[str, ...]:
    row = TABLE[edit.kind]
    claimed = f"{edit.meaning} ({edit.claim})" if edit.meaning else "nothing is claimed"
    return edit.block, claimed, row.level.word, row.action, edit.scope or "every record"


def _bounded(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    rest = len(rows) - SHOWN_ROWS
    more = f"and {rest} more; --json has all" if rest > 0 else ""
    shown = tuple(tuple(map(_shown, row)) for row in rows[:SHOWN_ROWS])
    return Table(title, heads, shown, more)


def _shown(text: str) -> str:
    """Return *text* on one line, without what a terminal would obey, and cut where it is long.

    Examples
    --------
    >>> _shown("red" + chr(27) + "[31m")
    'red [31m'
    """
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= SHOWN_LENGTH else f"{line[:SHOWN_LENGTH]}..."


def _markdown(table: Table) -> str:
    lines = [
        f"### {escaped_markdown(table.title)}",
        "",
        _row(table.heads),
        _row(["---"] * len(table.heads)),
        *(_row([escaped_markdown(cell) for cell in row]) for row in table.rows),
    ]
    if table.more:
        lines += ["", escaped_markdown(table.more)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
