"""What a check found, as data: one outcome a check, whoever made it; tables and messages are made of these."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from groundkeeper.core.ids import canonical_json
from groundkeeper.errors import SHOWN
from schemas.names import CHECKS

EXAMPLES = 5
"""How many rows a failed check shows before it counts the rest."""

Example = Mapping[str, str | float | bool | None]
"""Columns of one row that failed: its key first, then what was found."""


@dataclass(frozen=True)
class Outcome:
    """One thing that must hold, and whether it does.

    Attributes
    ----------
    check : str
        What must hold, with its place: ``table.column: rule`` or ``table: rule``.
    tool : str
        What looked: ``pandera``, ``great_expectations`` or ``groundkeeper``.
    gate : bool
        Whether a failure stops the release; otherwise it warns.
    found, allowed : str
        For people. Nothing was found amiss if *found* is empty.
    examples : tuple of mappings
        At most ``EXAMPLES`` rows that failed.
    """

    check: str
    tool: str
    gate: bool
    passed: bool
    found: str
    allowed: str
    examples: tuple[Example, ...] = ()

    def sentence(self) -> str:
        """Return where, what was found, what was allowed, and the first examples.

        Examples
        --------
        >>> row = {"item_id": "it_1", "split": "test"}
        >>> Outcome("sample.split: in vocabulary", "pandera", True, False, "1 of 9 rows fails",
        ...         "dev, sealed", (row,)).sentence()
        'sample.split: in vocabulary: 1 of 9 rows fails; allowed: dev, sealed; item_id=it_1 split=test'
        """
        parts = [f"{self.check}: {self.found}", f"allowed: {self.allowed}"]
        rows = [" ".join(f"{name}={value}" for name, value in row.items()) for row in self.examples]
        return "; ".join([*parts, *rows[:EXAMPLES]])


def failed_gates(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return the outcomes that stop a release."""
    return tuple(outcome for outcome in outcomes if outcome.gate and not outcome.passed)


def warnings(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return the failed outcomes that do not stop a release."""
    return tuple(outcome for outcome in outcomes if not outcome.gate and not outcome.passed)


def summary(failed: Sequence[Outcome]) -> str:
    """Return one line per failed outcome, at most ``SHOWN`` of them and the rest counted."""
    lines = [f"  {outcome.sentence()}" for outcome in failed[:SHOWN]]
    rest = len(failed) - SHOWN
    return "\n".join([*lines, f"  and {rest} more"] if rest > 0 else lines)


def to_frame(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Return the outcomes as rows of ``names.CHECKS``, in the order given."""
    rows = [
        (o.check, o.tool, o.gate, o.passed, o.found, o.allowed, canonical_json(list(o.examples)))
        for o in outcomes
    ]
    return pd.DataFrame(rows, columns=list(CHECKS.columns))


def to_results(outcomes: Iterable[Outcome]) -> dict[str, object]:
    """Return what a release reads: ``passed``, every gate, and the warnings.

    Examples
    --------
    >>> to_results([Outcome("a", "pandera", True, True, "", "b")])["passed"]
    True
    >>> to_results([])["passed"]
    False
    """
    known = sorted(outcomes, key=lambda outcome: outcome.check)
    gates = [outcome for outcome in known if outcome.gate]
    return {
        "passed": bool(gates) and not failed_gates(known),
        "gates": [_entry(gate) | {"passed": gate.passed} for gate in gates],
        "warnings": [_entry(warning) for warning in warnings(known)],
    }


def _entry(outcome: Outcome) -> dict[str, object]:
    return {"check": outcome.check, "found": outcome.found, "allowed": outcome.allowed}
