"""What becomes of the stages of a run."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What became of a stage."""

    STARTED = "started"
    RAN = "ran"
    RESTORED = "restored"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Event:
    """One stage and what became of it; *message* says why where it failed or was skipped."""

    stage: str
    state: State
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of each stage that was asked for, in the order they were visited."""

    events: tuple[Event, ...] = ()

    def names(self, *states: State) -> tuple[str, ...]:
        """Return the stages that ended in one of *states*."""
        return tuple(event.stage for event in self.events if event.state in states)

    @property
    def rebuilt(self) -> tuple[str, ...]:
        """Stages whose products were made or fetched from the cache."""
        return self.names(State.RAN, State.RESTORED)

    @property
    def failures(self) -> dict[str, str]:
        """Stage that failed to what it said."""
        return {event.stage: event.message for event in self.events if event.state is State.FAILED}
