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
    """What people are asked to do after a guideline change; the first three are actions on a record.

    An audit reads a record again that nobody has to, and a quiz asks what is known: neither makes ground truth.
    """

    REVALIDATE = "revalidate"
    REANNOTATE = "reannotate"
    CONTRADICTION = "contradiction"
    SEARCH = "search"
    SECOND_LOOK = "second_look"
    AUDIT = "audit"
    QUIZ = "quiz"


class Unit(StrEnum):
    """How much of an item one task is about, from the least to the most."""

    FIELD = "field"
    RECORD = "record"
    REGION = "region"
    ITEM = "item"


class Scope(StrEnum):
    """What an answer speaks of, and so of what its silence says something.

    ``item``: everything in the item. ``search``: what nobody was asked to mark before; of what is known it says
    nothing. ``record``: one record as a whole. ``fields``: some fields of one record. ``adjudication``: one record that
    its experts could not settle, by somebody who is none of them. Answers to an audit or a quiz measure people and
    guidelines, and never make ground truth.
    """

    ITEM = "item"
    SEARCH = "search"
    RECORD = "record"
    FIELDS = "fields"
    ADJUDICATION = "adjudication"
    AUDIT = "audit"
    QUIZ = "quiz"


class Refusal(StrEnum):
    """Why an answer is kept as evidence and does not count for any record, from the first that is looked at."""

    WITHDRAWN_PLAN = "withdrawn_plan"
    NOT_ASKED = "not_asked"
    ANOTHER_ERA = "another_era"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    SAYS_NOTHING = "says_nothing"
    ANSWERED_AGAIN = "answered_again"
    LATER_VERSION = "later_version"
    ONE_OF_THE_EXPERTS = "one_of_the_experts"
    UNKNOWN_RECORD = "unknown_record"
    ALREADY_DECIDED = "already_decided"


class Arm(StrEnum):
    """Under which guideline an audited record is read again."""

    OLD = "old"
    NEW = "new"


class Conflict(StrEnum):
    """How an answer can differ from the ground truth it is scored against; the first three are errors.

    ``low_overlap``: matched, and less alike than it should be. ``mismatching_groups``: matched, and put together with
    other objects. ``covered_annotation``: next to nothing of it can be seen under other shapes of the answer.
    """

    MISSING = "missing_annotation"
    EXTRA = "extra_annotation"
    MISMATCH = "mismatching_label"
    LOW_OVERLAP = "low_overlap"
    ATTRIBUTES = "mismatching_attributes"
    DIRECTION = "mismatching_direction"
    GROUPS = "mismatching_groups"
    COVERED = "covered_annotation"


class Severity(StrEnum):
    """Whether a conflict counts against a score, or is only worth a look."""

    ERROR = "error"
    WARNING = "warning"


ERRORS = frozenset({Conflict.MISSING, Conflict.EXTRA, Conflict.MISMATCH})
"""Conflicts that count against a score; the others are worth a look."""


class Outcome(StrEnum):
    """What became of an object, or of a value of an item, when it was scored.

    ``correct``: matched, of the same class. ``mismatch``: matched, of another class. ``missing``: of the ground truth,
    and nobody said it. ``extra``: said, and not in the ground truth. ``empty``: both sides have nothing in the item.
    ``excluded``: said, and nobody can judge it.
    """

    CORRECT = "correct"
    MISMATCH = "mismatch"
    MISSING = "missing"
    EXTRA = "extra"
    EMPTY = "empty"
    EXCLUDED = "excluded"


class Shape(StrEnum):
    """What an annotation was drawn with. The first four are areas, and can be compared with one another.

    ``statement``: nothing was drawn, the annotation is about the item as a whole.
    """

    BBOX = "bbox"
    ELLIPSE = "ellipse"
    POLYGON = "polygon"
    MASK = "mask"
    POLYLINE = "polyline"
    POINTS = "points"
    SKELETON = "skeleton"
    STATEMENT = "statement"


AREAS = frozenset({Shape.BBOX, Shape.ELLIPSE, Shape.POLYGON, Shape.MASK})
"""Shapes that cover an area."""


class Verdict(StrEnum):
    """What an adjudicator said of a record: which position holds, or why none does.

    ``position``: one of those that the experts took, as it stands. ``absent``: that there is nothing, as experts said
    who marked nothing. ``neither``: the adjudicator's own. ``guideline_gap``: that the guideline does not say; nothing
    is decided, and it becomes an edge case.
    """

    POSITION = "position"
    ABSENT = "absent"
    NEITHER = "neither"
    GUIDELINE_GAP = "guideline_gap"
