"""Errors that a user can act on. Anything else that escapes is a bug and keeps its traceback.

* GroundkeeperError
  - ParamsError (ValueError)            params.yaml has a missing, unknown or out-of-range value
  - GuidelineError (ValueError)         a guideline file cannot be read or contradicts itself
    - ExpressionError                   a ``when`` expression is not in the closed grammar
    - TooComplexError                   rules that cannot be compared within bounds
  - TableError (ValueError)             a table is missing, or not of the shape its schema promises
  - FormatError (ValueError)            an input file is not what its format says
  - SamplingError (ValueError)          a sampling target cannot be met by the pool
  - RefusedError (ValueError)           the data do not allow what was asked for
  - GateError (RuntimeError)            a validation gate failed, so nothing is released
  - UnknownNameError (LookupError)      no set, stage, format or function has this name
  - InboxError (ValueError)             a batch cannot be taken in, or was changed after it was
  - PipelineError (RuntimeError)        DVC could not bring a stage up to date
  - SnapshotError (RuntimeError)        git is not in a state in which a snapshot can be made
    - SnapshotConflictError             somebody else moved the branch or made the tag meanwhile
  - StorageError (OSError)              the disk refused a write
"""

from collections.abc import Iterable

SHOWN = 10
"""How many items a message lists before it counts the rest."""


class GroundkeeperError(Exception):
    """Base of every error this project raises on purpose."""


class ParamsError(GroundkeeperError, ValueError):
    """params.yaml has a missing, unknown or out-of-range value."""


class GuidelineError(GroundkeeperError, ValueError):
    """A guideline file cannot be read, or contradicts itself."""


class ExpressionError(GuidelineError):
    """A ``when`` expression is not in the closed grammar, or speaks of what is not declared."""


class TooComplexError(GuidelineError):
    """The rules of a decision cut its fields into more cells than can be compared within bounds."""


class TableError(GroundkeeperError, ValueError):
    """A table is missing, unreadable, or not of the shape its schema promises."""


class FormatError(GroundkeeperError, ValueError):
    """An input file is not what its format says."""


class SamplingError(GroundkeeperError, ValueError):
    """A sampling target cannot be met by the pool."""


class RefusedError(GroundkeeperError, ValueError):
    """The data do not allow what was asked for, such as a skill of an anonymous annotator."""


class GateError(GroundkeeperError, RuntimeError):
    """A validation gate failed, so nothing is released."""


class UnknownNameError(GroundkeeperError, LookupError):
    """No set, stage, format or function has this name."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        super().__init__(f"no {kind} {name!r}; there are: {listing(self.known)}")


class InboxError(GroundkeeperError, ValueError):
    """A batch cannot be taken in, or was changed after it was."""


class PipelineError(GroundkeeperError, RuntimeError):
    """DVC could not bring a stage up to date."""


class SnapshotError(GroundkeeperError, RuntimeError):
    """Git is not in a state in which a snapshot can be made."""


class SnapshotConflictError(SnapshotError):
    """Somebody else moved the branch or made the tag meanwhile; nothing was changed."""


class StorageError(GroundkeeperError, OSError):
    """The disk refused a write; what was there before is still there."""


def listing(names: Iterable[object]) -> str:
    """Return *names* as one line, at most ``SHOWN`` of them and the rest counted.

    Examples
    --------
    >>> listing(["b", "a"])
    'b, a'
    >>> listing(range(12))
    '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more'
    >>> listing([])
    'none'
    """
    items = [str(name) for name in names]
    shown = ", ".join(items[:SHOWN]) or "none"
    rest = len(items) - SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown
