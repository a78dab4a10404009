"""What must hold across the blocks of a guideline."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from groundkeeper.core.guideline.fields import FUNCTIONS
from groundkeeper.core.guideline.scorable import not_scorable
from groundkeeper.core.guideline.sections import METHODS
from groundkeeper.core.guideline.typecheck import check
from groundkeeper.errors import ExpressionError, GuidelineError, listing
from schemas.names import GT_ITEMS, OBSERVATIONS, RECORDS, SPREAD_ENDINGS, STATES

if TYPE_CHECKING:
    from groundkeeper.core.guideline.decisions import Decision
    from groundkeeper.core.guideline.document import Guideline
    from groundkeeper.core.guideline.expression import Expression
    from groundkeeper.core.guideline.sections import Inference

Path: TypeAlias = tuple[str | int, ...]

RESERVED_COLUMNS: Final = tuple(
    sorted({name for table in (OBSERVATIONS, STATES, RECORDS, GT_ITEMS) for name in table.columns})
)
"""Columns that no field and no decision may be called.

Those of the two tables that have a column per field or decision, and of the tables that are joined with these. The
columns of the items are free: a field from metadata may be called as its facet is.
"""


class Inconsistency(NamedTuple):
    """One thing that does not hold, and the place in the document where to mend it."""

    path: Path
    message: str


class InconsistentError(GuidelineError):
    """Blocks of a guideline contradict one another; ``found`` says where."""

    def __init__(self, found: tuple[Inconsistency, ...]) -> None:
        self.found = found
        super().__init__(listing(f"{'.'.join(map(str, p))}: {message}" for p, message in found))


def inconsistencies(guideline: "Guideline") -> Iterator[Inconsistency]:
    """Yield what does not hold across the blocks of *guideline*, in the order of the document."""
    yield from _names(guideline)
    yield from _expressions(guideline)
    for name, decision in guideline.decisions.items():
        yield from _outcomes(name, decision)
        yield from _stored(name, decision, guideline)
    yield from _repeated_ids(guideline)
    yield from _references(guideline)
    yield from _inferred(guideline)
    yield from (Inconsistency(*found) for found in not_scorable(guideline))


def not_derivable(guideline: "Guideline") -> Iterator[Inconsistency]:
    """Yield the fields of *guideline* that cannot be worked out from answers.

    Of a version that only tells what a table holds this is no inconsistency; no record can be built with it.
    """
    for name, field in guideline.fields.items():
        if not field.is_derivable:
            message = (
                f"found no function on a field from {field.source}, which only tells what a table holds; to build "
                f"records allowed are: {', '.join(FUNCTIONS[field.source])}; name one"
            )
            yield Inconsistency(("fields", name), message)


def _names(guideline: "Guideline") -> Iterator[Inconsistency]:
    for block, names in (("fields", guideline.fields), ("decisions", guideline.decisions)):
        for name in names:
            if name in RESERVED_COLUMNS or name.endswith(SPREAD_ENDINGS):
                reserved = ", ".join((*RESERVED_COLUMNS, *(f"*{e}" for e in SPREAD_ENDINGS)))
                message = f"found {name}; these are columns of a record: {reserved}; rename it"
                yield Inconsistency((block, name), message)
    for name in guideline.decisions:
        if name in guideline.fields:
            message = f"found a field and a decision called {name}; rename one of them"
            yield Inconsistency(("decisions", name), message)


def _expressions(guideline: "Guideline") -> Iterator[Inconsistency]:
    for path, expression in _placed_expressions(guideline):
        if expression is not None:
            try:
                check(expression, guideline.fields)
            except ExpressionError as error:
                yield Inconsistency(path, str(error))


def _placed_expressions(guideline: "Guideline") -> Iterator[tuple[Path, "Expression | None"]]:
    for name, decision in guideline.decisions.items():
        for index, rule in enumerate(decision.rules):
            path: Path = ("decisions", name, "rules", index)
            end: Path = ("when",) if rule.opaque is None else ("opaque", "scope")
            yield path + end, rule.scope
    for name, attribute in guideline.attributes.items():
        yield ("attributes", name, "required_when"), attribute.required_when
    for index, migration in enumerate(guideline.migrations):
        yield ("migrations", index, "when"), migration.when
    for index, block in enumerate(guideline.prose):
        yield ("prose", index, "scope"), block.scope


def _outcomes(name: str, decision: "Decision") -> Iterator[Inconsistency]:
    outcomes = frozenset(decision.outcomes)
    named: list[tuple[Path, str]] = [
        (("invisible", index), outcome) for index, outcome in enumerate(decision.invisible)
    ]
    if decision.default is not None:
        named.append((("default",), decision.default))
    named.extend((("rules", i, "then"), rule.then) for i, rule in enumerate(decision.rules))
    for path, outcome in named:
        if outcome not in outcomes:
            message = f"found {outcome}; the outcomes are: {listing(decision.outcomes)}; use one"
            yield Inconsistency(("decisions", name, *path), message)


def _stored(name: str, decision: "Decision", guideline: "Guideline") -> Iterator[Inconsistency]:
    if decision.field is None:
        return
    field = guideline.fields.get(decision.field)
    fits = field is not None and field.type == "enum"
    if field is None or not fits or set(field.vocabulary) != set(decision.outcomes):
        message = (
            f"found {decision.field}; a judged decision is stored in an enum field whose values "
            f"are its outcomes: {listing(decision.outcomes)}; declare it so"
        )
        yield Inconsistency(("decisions", name, "field"), message)


def _repeated_ids(guideline: "Guideline") -> Iterator[Inconsistency]:
    rules = [
        (("decisions", name, "rules", index, "id"), rule.id)
        for name, decision in guideline.decisions.items()
        for index, rule in enumerate(decision.rules)
    ]
    changes = [(("changelog", i, "id"), change.id) for i, change in enumerate(guideline.changelog)]
    blocks = [(("prose", i, "id"), block.id) for i, block in enumerate(guideline.prose)]
    for kind, placed in (("rule", rules), ("change", changes), ("prose block", blocks)):
        yield from _repeats(kind, placed)


def _repeats(kind: str, placed: Iterable[tuple[Path, str]]) -> Iterator[Inconsistency]:
    seen: Counter[str] = Counter()
    for path, identifier in placed:
        if seen[identifier]:
            yield Inconsistency(path, f"found the id {identifier} on a second {kind}; rename one")
        seen[identifier] += 1


def _inferred(guideline: "Guideline") -> Iterator[Inconsistency]:
    """Yield where fields with ``fuse: posterior`` and the entries of ``inference`` do not go together."""
    inference = guideline.consensus.inference
    asking = [name for name, field in guideline.fields.items() if field.fuse == "posterior"]
    for name in asking:
        if name not in inference:
            methods = ", ".join(METHODS[guideline.fields[name].type])
            message = (
                f"found fuse: posterior and no entry {name} in consensus.inference; the methods for a field of type "
                f"{guideline.fields[name].type} are: {methods}; name one there, or choose another fuse"
            )
            yield Inconsistency(("fields", name, "fuse"), message)
    for name, said in inference.items():
        if name in asking:
            yield from _fitting(name, said, guideline.fields[name].type)
            continue
        message = (
            f"found {name}; the fields with fuse: posterior are: {listing(asking)}; write fuse: posterior on the "
            "field, or remove the entry"
        )
        yield Inconsistency(("consensus", "inference", name), message)


def _fitting(name: str, said: "Inference", kind: str) -> Iterator[Inconsistency]:
    """Yield what *said* of the field *name*, of type *kind*, does not fit that type."""
    path = ("consensus", "inference", name)
    named: list[tuple[Path, str]] = [
        ((*path, "method"), said.method),
        *(((*path, "compare", place), method) for place, method in enumerate(said.compare)),
    ]
    for place, method in named:
        if method not in METHODS[kind]:
            message = f"found {method} for a field of type {kind}; allowed is {', '.join(METHODS[kind])}; use one"
            yield Inconsistency(place, message)
    if said.at_least is not None and kind == "number":
        message = (
            "found at_least for a field of type number, whose values have no probability; remove it"
        )
        yield Inconsistency((*path, "at_least"), message)


def _references(guideline: "Guideline") -> Iterator[Inconsistency]:
    for name in guideline.coverage:
        if name not in guideline.classes:
            message = f"found {name}; the classes are: {listing(guideline.classes)}; declare it"
            yield Inconsistency(("coverage", name), message)
    for name in guideline.attributes:
        field = guideline.fields.get(name)
        if field is None or field.source != "attribute":
            known = [n for n, other in guideline.fields.items() if other.source == "attribute"]
            message = f"found {name}; the fields from attributes are: {listing(known)}; use one"
            yield Inconsistency(("attributes", name), message)
    for index, migration in enumerate(guideline.migrations):
        decision = guideline.decisions.get(migration.decision)
        if decision is None:
            declared = listing(guideline.decisions)
            message = f"found {migration.decision}; the decisions are: {declared}; use one"
            yield Inconsistency(("migrations", index, "decision"), message)
        elif migration.new not in decision.outcomes:
            declared = listing(decision.outcomes)
            message = f"found {migration.new}; the outcomes are: {declared}; use one"
            yield Inconsistency(("migrations", index, "to"), message)
