"""What a change means, with what it was reckoned from."""

from dataclasses import dataclass
from typing import Protocol

from groundkeeper.core.estimates import Estimate, Resampling
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.impact.affected import Affected
from groundkeeper.core.impact.hours import Rates, Workload, hours

INTERVALS = Resampling(rounds=1000, seed=1, confidence=0.95)
"""How the intervals of the hours are made."""


@dataclass(frozen=True)
class Assessed:
    """What a change means for a number of records and items.

    Attributes
    ----------
    old, new
        The versions.
    found
        What it touches.
    pace
        How long people took so far.
    records, items
        How many there are.
    notes
        What a reader has to know of how this was made.
    """

    old: Guideline
    new: Guideline
    found: Affected
    pace: Rates
    records: int
    items: int
    notes: tuple[str, ...] = ()

    @property
    def hours(self) -> Estimate:
        """Hours of work that the change asks for."""
        return self.found.hours(self.pace)

    @property
    def hours_anew(self) -> Estimate:
        """Hours that labelling every item anew would take."""
        return hours(Workload(0, self.items * self.found.experts), self.pace)


class Source(Protocol):
    """Records that can be held against a guideline."""

    def assess(self, new: Guideline) -> Assessed:
        """Return what it would mean for the records if *new* came into force."""
