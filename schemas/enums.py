"""The closed vocabularies of the tables. Imports nothing of this project."""

from enum import StrEnum


class AnswerState(StrEnum):
    """What an annotator did with an item. *Empty* is evidence; a missing answer is not."""

    SUBMITTED = "submitted"
    EMPTY = "empty"
    SKIPPED = "skipped"
    DRAFT = "draft"


LOOKED = frozenset({AnswerState.SUBMITTED, AnswerState.EMPTY})
"""States of an answer whose annotator looked at the item and said what there was."""


class Origin(StrEnum):
    """Where an answer comes from."""

    HUMAN = "human"
    EXPERT = "expert"
    BEHAVIOURAL = "behavioural"
    SYNTHETIC = "synthetic"
    MODEL = "model"


class Independence(StrEnum):
    """Whether annotators could see one another's answers."""

    BLIND = "blind"
    UNBLINDED = "unblinded"
    UNKNOWN = "unknown"


class Identity(StrEnum):
    """Whether the same annotator name means the same person on every item."""

    KNOWN = "known"
    ANONYMOUS = "anonymous"


class Split(StrEnum):
    """Who may look: *dev* is open to model builders, *sealed* is kept for the final judgement."""

    DEV = "dev"
    SEALED = "sealed"


class RecordStatus(StrEnum):
    """How settled a record is, from the least settled to the most."""

    PENDING = "pending"
    STALE = "stale"
    AGREED = "agreed"
    ADJUDICATED = "adjudicated"
    RETIRED = "retired"


SETTLED = frozenset({RecordStatus.AGREED, RecordStatus.ADJUDICATED})
"""Statuses of the records that a model is trained and judged on."""


class Action(StrEnum):
    """What a guideline change means for a record, from the lightest to the gravest."""

    UNTOUCHED = "untouched"
    AUTO = "auto"
    REVALIDATE = "revalidate"
    REANNOTATE = "reannotate"
    CONTRADICTION = "contradiction"


class Task(StrEnum):
    """What people are asked to do after a guideline change; all but the last two are actions on a record."""

    REVALIDATE = "revalidate"
    REANNOTATE = "reannotate"
    CONTRADICTION = "contradiction"
    SEARCH = "search"
    SECOND_LOOK = "second_look"


class Conflict(StrEnum):
    """How an answer can differ from the record it is scored against."""

    MISSING = "missing"
    EXTRA = "extra"
    LOW_OVERLAP = "low_overlap"
    MISMATCH = "mismatch"
