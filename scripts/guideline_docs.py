"""Write the tables of docs/guidelines.md anew, between their markers: from models, registries and docstrings.

``python scripts/guideline_docs.py`` after a change of the language; a test compares the two.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from groundkeeper import guideline_files, guideline_yaml
from groundkeeper.core.conventions import TRANSFORMS
from groundkeeper.core.derived_fields import GEOMETRY_FUNCTIONS, RECORD_FUNCTIONS
from groundkeeper.core.diff.table import TABLE
from groundkeeper.core.guideline import decisions, expression, fields, sections, values
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.lint import CHECKS

PAGE: Final = Path(__file__).parents[1] / "docs" / "guidelines.md"
MARKED: Final = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)

BLOCKS: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {
        "document": Guideline,
        "guideline": sections.Header,
        "field": fields.Field,
        "class": sections.ClassText,
        "decision": decisions.Decision,
        "rule": decisions.Rule,
        "opaque": decisions.Opaque,
        "attribute": decisions.Attribute,
        "tolerance": sections.Tolerance,
        "consensus": sections.Consensus,
        "match": sections.Match,
        "inference": sections.Inference,
        "scoring": sections.Scoring,
        "migration": decisions.Migration,
        "change": sections.Change,
        "prose": sections.Prose,
    }
)
"""Every block of a guideline by the name of its table."""

SCALARS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "text": values.Text,
        "name": values.Name,
        "id": values.Identifier,
        "name of a set": values.SetName,
        "MAJOR.MINOR.PATCH": values.Version,
        "date": values.Day,
        "whole number from 1": values.Count,
        "number": values.Number,
        "share above 0, at most 1": values.Share,
        "list of numbers or of texts": values.Vocabulary,
        "list of ids": values.Outcomes,
        "list of texts": decisions.Examples,
        "expression": values.When,
    }
)
"""What the scalars of the models are called."""
PLAIN: Final[Mapping[type, str]] = MappingProxyType(
    {str: "text", float: "number", bool: "`true` or `false`"}
)


def main() -> None:
    """Write the page."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(page: str) -> str:
    """Return *page* with what stands between its markers written anew."""
    makers: dict[str, Callable[[], list[str]]] = {
        "field-types": field_types,
        "methods": methods,
        "functions": functions,
        "transforms": transforms,
        "grammar": grammar,
        "limits": limits,
        "checks": lambda: table(("check", "finds"), CHECKS.items()),
        "changes": changes,
    }

    def written(match: re.Match[str]) -> str:
        name = match[2]
        lines = keys(BLOCKS[name]) if name in BLOCKS else makers[name]()
        return f"{match[1]}{chr(10).join(lines)}\n{match[3]}"

    return MARKED.sub(written, page)


def table(heads: tuple[str, ...], rows: Any) -> list[str]:  # noqa: ANN401 - tuples of any scalars
    """Return the lines of a table; the first column is code."""
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for first, *others in rows:
        cells = [f"`{first}`", *(str(cell).replace("|", "\\|") for cell in others)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def keys(model: type[BaseModel]) -> list[str]:
    """Return the table of the keys of a block."""
    hints = get_type_hints(model, include_extras=True)
    meanings = attributes(model)
    rows = []
    for name, info in model.model_fields.items():
        written = str(info.validation_alias or name)
        default = (
            "required" if info.is_required() else shown(info.get_default(call_default_factory=True))
        )
        rows.append((written, in_words(hints[name]), default, meanings[name]))
    return table(("key", "holds", "default", "meaning"), rows)


def attributes(model: type[BaseModel]) -> dict[str, str]:
    """Return what the docstring of *model* says of its attributes."""
    lines = inspect.getdoc(model) or ""
    said: dict[str, str] = {}
    names: list[str] = []
    for line in lines.partition("----------\n")[2].splitlines():
        if line and not line.startswith(" "):
            names = line.split(", ")
        for name in names if line.startswith(" ") else ():
            said[name] = f"{said.get(name, '')} {line.strip()}".strip()
    return {name: marked_up(text) for name, text in said.items()}


def marked_up(text: str) -> str:
    """Return a docstring as Markdown."""
    return text.replace("``", "`")


def shown(default: object) -> str:
    """Return a default as it would be written."""
    if default is None or default in ((), {}, ""):
        return "nothing"
    return "its own defaults" if isinstance(default, BaseModel) else f"`{default}`"


def in_words(annotation: Any) -> str:  # noqa: ANN401 - annotations are of any type
    """Return what a key of this type holds."""
    known = next((words for words, scalar in SCALARS.items() if annotation == scalar), None)
    inner, origin = get_args(annotation), get_origin(annotation)
    if known or not inner:
        is_block = inspect.isclass(annotation) and issubclass(annotation, BaseModel)
        return known or ("block" if is_block else PLAIN[annotation])
    if origin is Literal:
        return ", ".join(f"`{str(value).lower()}`" for value in inner)
    if origin in {Union, UnionType}:
        return " or ".join(in_words(one) for one in inner if one is not type(None))
    if origin is dict:
        return f"{in_words(inner[0])}: {in_words(inner[1])}"
    return f"list of {plural(in_words(inner[0]))}" if origin is tuple else in_words(inner[0])


def plural(words: str) -> str:
    """Return *words* of which there are several."""
    return words if words.startswith("`") else f"{words}s"


def field_types() -> list[str]:
    """Return what each type of a field may have and what rules may ask of it."""
    asked = {
        "bool": "the field alone, `not` and the field",
        "enum": "`==` `!=` `in`",
        **dict.fromkeys(fields.OPAQUE, "nothing"),
    }
    ordered = "`<` `<=` `>` `>=` `==` `!=` `in`"
    own = {
        **dict.fromkeys(fields.NUMERIC, "`min` `max` `unit`"),
        **dict.fromkeys(fields.CLOSED | fields.LISTED, "`values`"),
    }
    rows = [
        (
            name,
            own.get(name, ""),
            " ".join(f"`{how}`" for how in fields.FUSIONS[name]) or "none",
            asked.get(name, ordered),
        )
        for name in get_args(fields.FieldType)
    ]
    return table(("type", "own keys", "`fuse`, where people answer", "rules may ask"), rows)


def methods() -> list[str]:
    """Return the methods that infer a field, by its type."""
    rows = [(t, " ".join(f"`{name}`" for name in named)) for t, named in sections.METHODS.items()]
    return table(("type", "methods"), rows)


def functions() -> list[str]:
    """Return the functions that compute fields."""
    rows = [
        (name, source, one.description)
        for source, registry in (("geometry", GEOMETRY_FUNCTIONS), ("derived", RECORD_FUNCTIONS))
        for name, one in registry.items()
    ]
    return table(("function", "`from`", "gives"), rows)


def transforms() -> list[str]:
    """Return the changes of a convention that need no drawing again."""
    return table(
        ("convention", "from", "to"), [(c.name, f"`{c.old}`", f"`{c.new}`") for c in TRANSFORMS]
    )


def grammar() -> list[str]:
    """Return the grammar of expressions, from where it is implemented."""
    said = inspect.getdoc(expression) or ""
    lines = said.partition("::\n\n")[2].partition("\n\n")[0].splitlines()
    return ["```text", *(line.removeprefix("    ") for line in lines), "```"]


def limits() -> list[str]:
    """Return what is refused because it is too large."""
    return table(("at most", "of what"), list(bounds()))


def bounds() -> Iterator[tuple[str, str]]:
    """Yield every bound and what it is on."""
    yield f"{guideline_files.MAX_BYTES:,}", "bytes in a file"
    yield f"{guideline_yaml.MAX_DEPTH}", "blocks within one another"
    yield f"{longest(Guideline, 'fields'):,}", "fields"
    yield f"{longest(Guideline, 'decisions'):,}", "decisions"
    yield f"{longest(decisions.Decision, 'rules'):,}", "rules in a decision"
    yield f"{values.MAX_VALUES:,}", "values of a field, outcomes of a decision"
    yield f"{expression.MAX_LENGTH:,}", "characters in an expression"
    yield f"{expression.MAX_DEPTH}", "parentheses and `not` within one another"
    yield "2**53", "as the size of a number"


def longest(model: type[BaseModel], name: str) -> int:
    """Return how many entries a key may hold."""
    (limit,) = (m.max_length for m in model.model_fields[name].metadata if hasattr(m, "max_length"))
    return int(limit)


def changes() -> list[str]:
    """Return the level of every change, and what it asks of records."""
    rows = [(kind.value, row.level.word, row.action) for kind, row in TABLE.items()]
    return table(("change", "level", "records"), rows)


if __name__ == "__main__":
    main()
