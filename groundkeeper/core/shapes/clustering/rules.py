"""By which rule shapes of several experts are put together into records."""

from enum import StrEnum


class Rule(StrEnum):
    """How it is settled which shapes mean the same thing.

    ``NATIVE`` is the rule of this project. The other two are those of peers, for comparison with what they made: they
    depend on who comes first.
    """

    NATIVE = "native"
    """Groups with at most one shape an annotator. Two shapes of a group that are alike enough count for it, by how much
    they are alike; two that are not count against it, by the share that they lack of being alike enough. Of all
    partitions the one with the largest sum, then with the most pairs of one label among those that have anything in
    common, then of the lowest ranks.
    """
    CVAT = "cvat"
    """Every two annotators' shapes of one label are matched best, then groups grow along the matches, first come first
    served."""
    DATUMARO = "datumaro"
    """As ``CVAT``, but each shape in turn takes the one most like it that is left."""


NATIVE = Rule.NATIVE
