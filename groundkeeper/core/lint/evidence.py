"""Whether the edge cases that a changelog cites exist, and whether those that it could cite are cited."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from groundkeeper.core.guideline.consistency import Path
from groundkeeper.core.guideline.decisions import Rule
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.sections import Change as Entry
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.ids import DIGITS
from groundkeeper.core.lint.finding import Finding, Severity
from groundkeeper.errors import listing

EDGE_CASE: Final = "edge_case:"
"""What stands before the id of an edge case among the evidence of an entry."""

_ID: Final = re.compile(rf"ec_[0-9a-f]{{{DIGITS}}}")


class Asked(NamedTuple):
    """What is known of an edge case: the rule that was asked about, if one was, and under which version."""

    rule_id: str | None
    era: str


def of_edge_cases(
    guideline: Guideline, before: Guideline | None, asked: Mapping[str, Asked] | None
) -> Iterator[Finding]:
    """Yield what is wrong with the edge cases that the changelog cites, and those of changed rules that it does not.

    Parameters
    ----------
    guideline : Guideline
        The version to check.
    before : Guideline, optional
        The version that it supersedes.
    asked : mapping, optional
        The edge cases of the set by id; without them nothing is said of which there are.
    """
    for place, entry in enumerate(guideline.changelog):
        for number, cited in _cited(entry):
            path = ("changelog", place, "evidence", number)
            if _ID.fullmatch(cited) is None or (asked is not None and cited not in asked):
                yield _unknown(guideline, path, entry, cited)
            elif asked is not None:
                yield from _about_another(guideline, path, entry, cited, asked[cited])
    if before is not None and asked:
        yield from _uncited(guideline, before, asked)


def _cited(entry: Entry) -> tuple[tuple[int, str], ...]:
    """Return the edge cases among the evidence of *entry*: the place of each, and its id as it is written."""
    return tuple(
        (place, text.removeprefix(EDGE_CASE).strip())
        for place, text in enumerate(entry.evidence)
        if text.startswith(EDGE_CASE)
    )


def _unknown(guideline: Guideline, path: Path, entry: Entry, cited: str) -> Finding:
    # Questions can be withdrawn after a version that rests on them was published, which nobody can edit any more.
    severity: Severity = "warning" if guideline.guideline.status == "published" else "error"
    message = (
        f"{entry.id}: found {EDGE_CASE}{cited} as evidence, and the set has no such edge case; allowed is "
        f"{EDGE_CASE}ec_ and {DIGITS} hex digits, as `gk meeting` prints it; correct or remove it"
    )
    return Finding(severity, "edge-case-unknown", path, "", message)


def _about_another(
    guideline: Guideline, path: Path, entry: Entry, cited: str, asked: Asked
) -> Iterator[Finding]:
    rules = _rules(guideline)
    target = _rule_of(entry.target, rules)
    if target is None or asked.rule_id is None or target == asked.rule_id:
        return
    message = (
        f"{entry.id}: found {EDGE_CASE}{cited} as evidence for {target}, and it asks about {asked.rule_id}; cite it "
        "where that rule is changed, or say in the rationale why it bears on this one"
    )
    yield Finding("warning", "edge-case-of-another-rule", path, target, message)


def _uncited(
    guideline: Guideline, before: Guideline, asked: Mapping[str, Asked]
) -> Iterator[Finding]:
    """Yield the rules that were changed and asked about, where no entry cites what was asked."""
    entries = [*before.changelog, *guideline.changelog]
    cited = {name for entry in entries for _, name in _cited(entry)}
    known, earlier = _rules(guideline), _rules(before)
    for rule_id, old in earlier.items():
        path, rule = known.get(rule_id, (("changelog",), None))
        open_ids = sorted(
            name
            for name, one in asked.items()
            if one.rule_id == rule_id
            and name not in cited
            and version_key(one.era) <= version_key(before.version)
        )
        if open_ids and rule != old[1]:
            message = (
                f"found that {rule_id} was changed, and that no entry of the changelog cites what was asked about it: "
                f"{listing(open_ids)}; if the change answers that, add it as evidence: {EDGE_CASE}{open_ids[0]}"
            )
            yield Finding("note", "edge-case-not-cited", path, rule_id, message)


def _rules(guideline: Guideline) -> dict[str, tuple[Path, Rule]]:
    """Return every rule by its id, with the path that leads to it."""
    return {
        rule.id: (("decisions", name, "rules", place), rule)
        for name, decision in guideline.decisions.items()
        for place, rule in enumerate(decision.rules)
    }


def _rule_of(target: str, rules: Mapping[str, object]) -> str | None:
    """Return the rule that an entry is about, whether it names the rule or one of its texts; None if it is another.

    Examples
    --------
    >>> _rule_of("rules.inc.small.text", {"inc.small": ...}), _rule_of("consensus", {})
    ('inc.small', None)
    """
    names = (target, *(target.removesuffix(end) for end in (".text", ".examples")))
    found = (name.removeprefix("rules.") for name in names)
    return next((name for name in found if name in rules), None)
