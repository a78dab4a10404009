"""What a check found, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from groundkeeper.core.guideline.consistency import Path

Severity: TypeAlias = Literal["error", "warning", "note"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
"""From what keeps a version from being published to what is merely told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a lead should know of a guideline.

    Attributes
    ----------
    severity
        ``error`` keeps the version from being published; ``warning`` is most likely a mistake;
        ``note`` is told and may be meant.
    check
        The id of the check.
    path
        The keys and places in lists that lead to it.
    rule_id
        The rule that it is about; empty if it is about none.
    message
        What was found, what is allowed, what to do.
    """

    severity: Severity
    check: str
    path: Path
    rule_id: str
    message: str


CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unreadable": "error: the file is no guideline",
        "published-changed": "error: a version was edited or removed after it was published",
        "not-frozen": "warning: the version says that it is published, but is not in the ledger",
        "supersedes-missing": "error: older versions exist, and the version names none of them",
        "supersedes-not-found": "warning: the version before does not lie beside it",
        "level-too-low": "error: the number of the version declares less than what changed",
        "change-without-entry": "error: no entry of the changelog is about a change; a warning where one is about "
        "another change of the same decision or field",
        "entry-without-change": "warning: an entry is about something that did not change",
        "prose-without-claim": "error: a text was edited, and no entry says what that means",
        "claim-without-edit": "warning: an entry claims what an edit means, and the text was not edited",
        "edge-case-unknown": "error, of a published version a warning: an entry cites an edge case that is not in "
        "the set",
        "edge-case-of-another-rule": "warning: an entry about one rule cites a question about another",
        "edge-case-not-cited": "note: a rule was changed, and no entry cites what was asked about it",
        "unreachable-rule": "error: a rule can never be the first that holds",
        "overlap": "note: two rules disagree where both hold, so their order matters",
        "outcome-never-produced": "warning: no rule and no default gives an outcome",
        "too-complex": "error: the rules of a decision cannot be checked exactly",
        "field-not-derivable": "error: a field from geometry or a derived one names no function",
        "field-unused": "warning where the field is computed, note where it is recorded: nothing uses it",
        "field-redefined": "warning: a field means something else under the same version; note: it has more values",
        "shapes-unscored": "error: shapes are matched, and nothing says at which IoU one counts as found",
        "profile-of-files": "error: the records of a set are to be scored as CVAT scores frames",
        "inferred-alone": "note: a field is inferred by one method and compared with no other",
        "no-examples": "warning of a rule, note of a class: no examples",
        "look-alike": "warning: two names that people take for one another, or one of several scripts",
    }
)
"""Every check and what it finds."""
