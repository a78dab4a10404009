"""What a lead should know of a guideline before it is published, without data.

Everything is computed from the version itself and the one before it: a rule is unreachable if no values of the fields
make it the first that holds, not if no data happened to.
"""

from collections.abc import Iterator, Mapping, Sequence

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.lint.entries import between_versions, of_first_version
from groundkeeper.core.lint.evidence import Asked, of_edge_cases
from groundkeeper.core.lint.finding import CHECKS, SEVERITIES, Finding, Severity
from groundkeeper.core.lint.lookalikes import look_alikes
from groundkeeper.core.lint.observed import (
    inferred_alone,
    never_used,
    not_derivable,
    without_examples,
)
from groundkeeper.core.lint.reach import of_decisions
from groundkeeper.errors import listing

__all__ = ["CHECKS", "SEVERITIES", "Asked", "Finding", "Severity", "lint"]


def lint(
    guideline: Guideline,
    before: Guideline | None = None,
    versions: Sequence[str] = (),
    asked: Mapping[str, Asked] | None = None,
) -> tuple[Finding, ...]:
    """Return what the checks find in *guideline*, check by check, each in the order of the document.

    Parameters
    ----------
    guideline : Guideline
        The version to check.
    before : Guideline, optional
        The version that it supersedes; without it nothing is said of what changed.
    versions : sequence of str
        The versions of the set that there are; older ones must be superseded.
    asked : mapping, optional
        The edge cases of the set by id, which the changelog may cite; without them it is not looked whether they exist.
    """
    own = _findings(guideline, before, versions)
    return (*own, *of_edge_cases(guideline, before, asked))


def _findings(
    guideline: Guideline, before: Guideline | None, versions: Sequence[str]
) -> Iterator[Finding]:
    yield from _supersedes_nothing(guideline, versions)
    yield from _unscored(guideline)
    yield from not_derivable(guideline)
    yield from of_decisions(guideline)
    yield from look_alikes(guideline)
    yield from without_examples(guideline)
    yield from never_used(guideline)
    yield from inferred_alone(guideline)
    if before is None:
        if guideline.guideline.supersedes is None:
            yield from of_first_version(guideline)
        return
    yield from between_versions(guideline, before)


def _supersedes_nothing(guideline: Guideline, versions: Sequence[str]) -> Iterator[Finding]:
    own = version_key(guideline.version)
    older = sorted((v for v in versions if version_key(v) < own), key=version_key)
    if guideline.guideline.supersedes is None and older:
        message = (
            f"found no supersedes, although older versions exist: {listing(older)}; "
            f"write supersedes: {older[-1]}"
        )
        yield Finding("error", "supersedes-missing", ("guideline",), "", message)


def _unscored(guideline: Guideline) -> Iterator[Finding]:
    by = guideline.consensus.match.by
    if by != "item" and guideline.scoring.match_iou is None:
        message = (
            f"found no match_iou with consensus.match.by: {by}; nothing could be scored, as it says at which IoU a "
            "shape counts as found; add one in (0, 1], such as 0.5"
        )
        yield Finding("error", "shapes-unscored", ("scoring",), "", message)
    if guideline.scoring.profile == "cvat":
        message = (
            "found profile cvat; that is computed of frames that somebody drew, and records are things over all "
            "frames; leave it out, and hold files against one another with `gk score files --profile cvat`"
        )
        yield Finding("error", "profile-of-files", ("scoring", "profile"), "", message)
