"""Edits of the prose, and what the changelog claims that they mean.

Nothing computes what a text means, so every edit needs a claim: an entry of the changelog that is new, names the text
or what it describes, and says whether the meaning is the same, clarified or changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

from groundkeeper.core.diff.alignment import align
from groundkeeper.core.diff.levels import Level
from groundkeeper.core.diff.table import TABLE, Kind
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.expression import Expression, render
from groundkeeper.core.guideline.sections import Change as Entry

Meaning: TypeAlias = Literal["same", "clarified", "changed"]

_KINDS: Final[Mapping[Meaning | None, Kind]] = MappingProxyType(
    {
        None: Kind.PROSE_UNCLAIMED,
        "same": Kind.PROSE_SAME,
        "clarified": Kind.PROSE_CLARIFIED,
        "changed": Kind.PROSE_CHANGED,
    }
)
"""From the weakest claim to the strongest."""
_STRENGTH: Final = MappingProxyType({meaning: place for place, meaning in enumerate(_KINDS)})


@dataclass(frozen=True)
class ProseEdit:
    """One text that was edited.

    Attributes
    ----------
    block
        Its id.
    old, new
        What stood and what stands there; nothing where nothing did.
    scope
        The records it is about, as an expression; all of them without one.
    claim
        The id of the entry of the changelog that says what the edit means, if there is one.
    meaning
        What it says.
    targets
        What an entry of the changelog may call it.
    """

    block: str
    old: str | None
    new: str | None
    scope: str | None
    claim: str | None
    meaning: Meaning | None
    targets: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """The row of the change table."""
        return _KINDS[self.meaning]

    @property
    def level(self) -> Level:
        """The level of its row."""
        return TABLE[self.kind].level

    def as_json(self) -> dict[str, object]:
        """Return the edit as one JSON object."""
        row = TABLE[self.kind]
        return {
            "block": self.block,
            "old": self.old,
            "new": self.new,
            "scope": self.scope,
            "claim": self.claim,
            "meaning": self.meaning,
            "level": row.level.word,
            "remedy": str(row.remedy),
            "action": row.action,
            "targets": list(self.targets),
        }


def prose_edits(old: Guideline, new: Guideline) -> tuple[ProseEdit, ...]:
    """Return every edit of a text, in the order of the newer version, and then those removed.

    The text of a field, class, decision, rule or attribute that is itself new or gone is a part of
    that change, and no edit of prose.
    """
    renamed = align(old, new).renamed
    before = {text.id: text for text in _texts(old, renamed)}
    after = {text.id: text for text in _texts(new, {})}
    both = _subjects(old, renamed) & _subjects(new, {})
    known = {entry.id for entry in old.changelog}
    claims: dict[str, Entry] = {}
    for entry in sorted(new.changelog, key=lambda entry: _STRENGTH[entry.meaning]):
        if entry.id not in known and entry.meaning is not None:
            claims[entry.target] = entry
    edits = (
        _edit(before.get(block), after.get(block), claims)
        for block in dict.fromkeys((*after, *before))
        if (after.get(block) or before[block]).subject in both
    )
    return tuple(edit for edit in edits if edit is not None)


class _Text(NamedTuple):
    """A text, the path of what it describes, nothing if it stands by itself, and how that is called."""

    id: str
    subject: str
    name: str
    scope: str | None
    text: str


def _texts(guideline: Guideline, renamed: Mapping[str, str]) -> Iterator[_Text]:
    """Yield every text of *guideline*, with fields called as *renamed* says."""
    for block in guideline.prose:
        yield _Text(block.id, "", block.id, _rendered(block.scope), block.text)
    for subject, name, scope, texts in _described(guideline, renamed):
        for key, text in texts.items():
            if text:
                yield _Text(f"{subject}.{key}", subject, name, _rendered(scope), text)


def _subjects(guideline: Guideline, renamed: Mapping[str, str]) -> set[str]:
    return {"", *(described.subject for described in _described(guideline, renamed))}


class _Described(NamedTuple):
    subject: str
    name: str
    scope: Expression | None
    texts: Mapping[str, str]


def _described(guideline: Guideline, renamed: Mapping[str, str]) -> Iterator[_Described]:
    for field, said in guideline.fields.items():
        name = renamed.get(field, field)
        yield _Described(f"fields.{name}", name, None, {"text": said.text})
    for name, shown in guideline.classes.items():
        lists = {
            "positive": shown.positive,
            "negative": shown.negative,
            "confused_with": shown.confused_with,
        }
        texts = {"text": shown.text, **{key: "\n".join(lines) for key, lines in lists.items()}}
        yield _Described(f"classes.{name}", name, None, texts)
    for name, decision in guideline.decisions.items():
        yield _Described(f"decisions.{name}", name, None, {"text": decision.text})
        for rule in decision.rules:
            texts = {"text": rule.text, "examples": "\n".join(rule.examples)}
            yield _Described(f"rules.{rule.id}", rule.id, rule.scope, texts)
    for field, asked in guideline.attributes.items():
        name = renamed.get(field, field)
        yield _Described(f"attributes.{name}", name, asked.required_when, {"text": asked.text})


def _rendered(scope: Expression | None) -> str | None:
    return None if scope is None else render(scope)


def _edit(old: _Text | None, new: _Text | None, claims: Mapping[str, Entry]) -> ProseEdit | None:
    """Return the edit from *old* to *new*; a text that stands by itself is edited if its scope is, too."""
    said = [None if text is None else text.text for text in (old, new)]
    scopes = {text.scope for text in (old, new) if text is not None and not text.subject}
    here = new or old
    if here is None or (said[0] == said[1] and len(scopes) <= 1):
        return None
    targets = tuple(dict.fromkeys((here.id, here.subject or here.id, here.name)))
    about = [claims[target] for target in targets if target in claims]
    claim = max(about, key=lambda entry: _STRENGTH[entry.meaning], default=None)
    return ProseEdit(
        block=here.id,
        old=said[0],
        new=said[1],
        scope=here.scope,
        claim=claim.id if claim else None,
        meaning=claim.meaning if claim else None,
        targets=targets,
    )
