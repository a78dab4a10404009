"""Whether the changelog says what was changed, and nothing else, and the number of the version how much."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from groundkeeper.core.diff.claims import ProseEdit
from groundkeeper.core.diff.compare import Diff, compare
from groundkeeper.core.diff.levels import raised
from groundkeeper.core.diff.table import Change, Kind
from groundkeeper.core.guideline.consistency import Path
from groundkeeper.core.guideline.document import Guideline, prose_blocks
from groundkeeper.core.guideline.sections import Change as Entry
from groundkeeper.core.lint.finding import Finding, Severity
from groundkeeper.errors import TooComplexError

_MEANINGS: Final = "same, clarified or changed"


def of_first_version(guideline: Guideline) -> Iterator[Finding]:
    """Yield the entries of a first version that speak of nothing in it."""
    known = _everything(guideline)
    for place, entry in enumerate(guideline.changelog):
        if entry.target not in known:
            found = f"found {entry.target} as target, and nothing here is called so"
            yield _without_change(place, entry, found)


def between_versions(guideline: Guideline, before: Guideline) -> Iterator[Finding]:
    """Yield where the changelog and the number of the version do not fit what changed since *before*."""
    try:
        diff = compare(before, guideline)
    except TooComplexError as error:
        message = f"found rules that cannot be compared with {before.version} exactly: {error}"
        yield Finding("error", "too-complex", ("decisions",), "", message)
        return
    known = {entry.id for entry in before.changelog}
    entries = [(n, e) for n, e in enumerate(guideline.changelog) if e.id not in known]
    yield from _too_low(diff)
    yield from _without_entry(diff.changes, [entry for _, entry in entries], guideline)
    yield from (_unclaimed(edit, guideline) for edit in diff.prose if edit.claim is None)
    yield from _idle_entries(diff, entries)
    yield from _redefined(diff.changes, guideline, before)


def _redefined(
    changes: Sequence[Change], guideline: Guideline, before: Guideline
) -> Iterator[Finding]:
    """Yield the fields of which stored values may mean something else under the same ``version``."""
    for change in changes:
        block, _, name = change.where.partition(".")
        old, new = before.fields.get(name), guideline.fields.get(name)
        if block != "fields" or old is None or new is None or old.version != new.version:
            continue
        if change.kind is Kind.FIELD_REDEFINED or (
            change.kind in {Kind.VALUES_ADDED, Kind.VALUES_REMOVED} and old.values != new.values
        ):
            severity: Severity = "note" if change.kind is Kind.VALUES_ADDED else "warning"
            message = (
                f"found under the same version {new.version} of the field that {change.text}; if what was stored "
                f"means something else now, write version: {new.version + 1}"
            )
            yield Finding(severity, "field-redefined", ("fields", name), "", message)


def _too_low(diff: Diff) -> Iterator[Finding]:
    if diff.is_sufficient:
        return
    greatest = [
        *(move.witness.text for move in diff.moves if move.level == diff.level),
        *(change.text for change in diff.changes if change.level == diff.level),
        *(f"the text {edit.block} was edited" for edit in diff.prose if edit.level == diff.level),
    ]
    message = (
        f"found {diff.new}, a {diff.declared.word} step from {diff.old}, but what changed is {diff.level.word}: "
        f"{greatest[0]}{_and_more(len(greatest) - 1)}; call it {raised(diff.old, diff.level)}"
    )
    yield Finding("error", "level-too-low", ("guideline", "version"), "", message)


def _and_more(rest: int) -> str:
    return f" (and {rest} more)" if rest else ""


def _without_entry(
    changes: Sequence[Change], entries: Sequence[Entry], guideline: Guideline
) -> Iterator[Finding]:
    """Yield the changes that no entry is about; a warning only where one is about the same decision or field."""
    named = {entry.target for entry in entries}
    targets = [{*change.targets, *_keeps(change, guideline)} for change in changes]
    spoken_of = {
        _subject(change) for change, own in zip(changes, targets, strict=True) if own & named
    }
    for change, own in zip(changes, targets, strict=True):
        if not own & named:
            severity: Severity = "warning" if _subject(change) in spoken_of else "error"
            message = (
                f"found a change that no entry of the changelog is about: {change.text}; add one with target: "
                f"{change.targets[0]}"
            )
            path, rule_id = _place(change.where, guideline)
            yield Finding(severity, "change-without-entry", path, rule_id, message)


def _keeps(change: Change, guideline: Guideline) -> set[str]:
    """Return the judged decisions that the field which was changed keeps: an entry on one is on the field, too."""
    block, _, name = change.where.partition(".")
    name = name.partition(".")[0]
    return {d for d, one in guideline.decisions.items() if block == "fields" and one.field == name}


def _subject(change: Change) -> tuple[str, ...]:
    block, *rest = change.where.split(".")
    return ("decisions" if block == "migrations" else block, *rest[:1])


def _unclaimed(edit: ProseEdit, guideline: Guideline) -> Finding:
    how = "added" if edit.old is None else "removed" if edit.new is None else "edited"
    message = (
        f"found that the text {edit.block} was {how}, and no claim of what that means; allowed is an entry of the "
        f"changelog with target: {edit.block} and meaning: {_MEANINGS}; add it"
    )
    path, rule_id = _place(edit.block, guideline)
    return Finding("error", "prose-without-claim", path, rule_id, message)


def _idle_entries(diff: Diff, entries: Sequence[tuple[int, Entry]]) -> Iterator[Finding]:
    texts = {target for edit in diff.prose for target in edit.targets}
    changed = {target for move in diff.moves for target in move.targets}
    changed |= {target for change in diff.changes for target in change.targets}
    for place, entry in entries:
        if entry.target not in changed | texts:
            found = f"found {entry.target} as target, which is as it was in {diff.old}"
            yield _without_change(place, entry, found)
        elif entry.meaning is not None and entry.target not in texts:
            message = (
                f"{entry.id}: found meaning: {entry.meaning} on {entry.target}, whose text is as it was in "
                f"{diff.old}; a claim is about an edit of prose; remove meaning, or correct the target"
            )
            path = ("changelog", place)
            yield Finding("warning", "claim-without-edit", path, "", message)


def _without_change(place: int, entry: Entry, found: str) -> Finding:
    message = (
        f"{entry.id}: {found}; allowed is what was changed: the id of a rule or prose block, the name of a field, "
        "decision, outcome or class, or of a block such as consensus; correct the target or remove the entry"
    )
    return Finding("warning", "entry-without-change", ("changelog", place), "", message)


def _place(where: str, guideline: Guideline) -> tuple[Path, str]:
    """Return the path of what *where* says with dots, and the rule that it is about."""
    for name, decision in guideline.decisions.items():
        for place, rule in enumerate(decision.rules):
            starts = (f"decisions.{name}.rules.{rule.id}", f"rules.{rule.id}.")
            if where == starts[0] or where.startswith(starts[1]):
                return ("decisions", name, "rules", place), rule.id
    for place, block in enumerate(guideline.prose):
        if where == block.id:
            return ("prose", place), ""
    return tuple(where.split(".")), ""


def _everything(guideline: Guideline) -> set[str]:
    """Return the names of everything in *guideline* that an entry may be about."""
    blocks: dict[str, Iterable[str]] = {
        "fields": guideline.fields,
        "classes": guideline.classes,
        "conventions": guideline.conventions,
        "decisions": guideline.decisions,
        "attributes": guideline.attributes,
        "precision": guideline.precision,
        "coverage": guideline.coverage,
        "consensus.inference": guideline.consensus.inference,
        "rules": [rule.id for d in guideline.decisions.values() for rule in d.rules],
    }
    found = {"consensus", "scoring", "migrations", "changelog", "prose", "guideline"}
    for block, names in blocks.items():
        found |= {block, *names, *(f"{block}.{name}" for name in names)}
    found |= {outcome for d in guideline.decisions.values() for outcome in d.outcomes}
    return found | {block.id for block in prose_blocks(guideline)}
