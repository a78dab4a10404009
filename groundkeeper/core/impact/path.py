"""The way from one version of a guideline to another, step by step along ``supersedes``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final

from groundkeeper.core.diff.claims import prose_edits
from groundkeeper.core.guideline.correspondence import effective_migrations
from groundkeeper.core.guideline.decisions import Migration
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import Expression, parse
from groundkeeper.core.guideline.lineage import line
from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields, Precision
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.guideline.values import version_key
from groundkeeper.errors import UnknownNameError

_KIND: Final = "guideline version"


@dataclass(frozen=True)
class Claim:
    """A changelog entry that says of a block of prose that it means something else than before.

    Attributes
    ----------
    id
        The block, as ``prose_blocks`` names it.
    scope
        The records that the block is about; nothing if that is all of them.
    """

    id: str
    scope: Expression | None = None


@dataclass(frozen=True)
class Step:
    """From one version to the next on the way, forwards or backwards in time.

    Attributes
    ----------
    claims
        What the newer of the two versions claims to have changed in its prose: that a meaning has
        moved is as true on the way back.
    """

    old: Guideline
    new: Guideline
    claims: tuple[Claim, ...]
    migrations: tuple[Migration, ...] = ()


@dataclass(frozen=True)
class Form:
    """The concerns of one version by which a record can come to be another one."""

    decisions: Decisions
    fields: Fields
    precision: Precision
    coverage: Coverage
    consensus: Consensus

    @classmethod
    def of(cls, guideline: Guideline) -> "Form":
        """Return the form of *guideline*."""
        return cls(
            Decisions(
                decisions=guideline.decisions,
                attributes=guideline.attributes,
                migrations=guideline.migrations,
            ),
            Fields(fields=guideline.fields),
            Precision(precision=guideline.precision, conventions=guideline.conventions),
            Coverage(classes=tuple(guideline.classes), coverage=guideline.coverage),
            guideline.consensus,
        )


@dataclass(frozen=True)
class Stop:
    """A version on the way, and the claims and migrations of the step that leads from it to the next."""

    form: Form
    claims: tuple[Claim, ...] = ()
    migrations: tuple[Migration, ...] = ()


def path(versions: Mapping[str, Guideline], start: str, end: str) -> tuple[Step, ...]:
    """Return the steps from version *start* to version *end*.

    They go up from *start* to the nearest version that both descend from, backwards in time, and
    down to *end*. Two versions that descend from none in common are one direct step apart.

    Parameters
    ----------
    versions : mapping
        Version to guideline. Where a version supersedes one that is not here, its line ends.
    start, end : str
        Keys of *versions*.

    Returns
    -------
    tuple of Step
        None from a version to itself.

    Raises
    ------
    UnknownNameError
        If *start* or *end* is not in *versions*.
    """
    for version in (start, end):
        if version not in versions:
            raise UnknownNameError(_KIND, version, versions)
    stops = _stops(list(line(versions, start)), list(line(versions, end)))
    return tuple(step(versions[old], versions[new]) for old, new in pairwise(stops))


def _stops(up: list[str], down: list[str]) -> list[str]:
    """Return the versions on the way from the first of *up* to the first of *down*, two lines of descent."""
    shared = frozenset(down)
    before = list(takewhile(lambda version: version not in shared, up))
    if len(before) == len(up):
        return [up[0], down[0]]
    meeting = up[len(before)]
    return [*before, *reversed(down[: down.index(meeting) + 1])]


def step(old: Guideline, new: Guideline) -> Step:
    """Return the step from one version straight to another."""
    newer, older = sorted((new, old), key=lambda one: version_key(one.version), reverse=True)
    claims = tuple(
        Claim(edit.block, None if edit.scope is None else parse(edit.scope))
        for edit in prose_edits(older, newer)
        if edit.meaning == "changed"
    )
    return Step(old, new, claims, effective_migrations(old, new))


def stops(steps: Iterable[Step]) -> tuple[Stop, ...]:
    """Return the forms that *steps* start from, each with what the step from it makes."""
    return tuple(Stop(Form.of(one.old), one.claims, one.migrations) for one in steps)
