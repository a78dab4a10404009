"""A document as a row of blocks, written as Markdown or as plain HTML: whatever the texts hold, they stay texts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from markupsafe import escape


@dataclass(frozen=True)
class Heading:
    """A heading; *level* 1 is the title of the document."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A text of its own."""

    text: str


@dataclass(frozen=True)
class Item:
    """An entry of a list: *term* stands out, *details* are a list of their own."""

    text: str
    term: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Items:
    """A list of at least one item; numbered where the order matters."""

    items: tuple[Item, ...]
    ordered: bool = False


Block: TypeAlias = Heading | Paragraph | Items

_ANYWHERE: Final = re.compile(r"[\\`*\[\]~$]|(?<![^\W_])_|_(?![^\W_])")
"""What means something to Markdown wherever it stands; an underscore inside a word means nothing."""
_AT_THE_START: Final = re.compile(r"(?=[-#+=])|\d{1,9}(?=[.)](?: |$))")
"""What comes before the character that would begin a heading or an item."""
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
"""Written as entities, which no reader of Markdown takes for a tag or for the edge of a cell."""


def as_markdown(blocks: Iterable[Block]) -> str:
    """Return *blocks* as Markdown, as GitHub and CommonMark read it.

    Examples
    --------
    >>> print(as_markdown([Heading(2, "Rules"), Items((Item("a < b", "first"),), ordered=True)]), end="")
    ## Rules
    <BLANKLINE>
    1. **first**: a &lt; b
    """
    return "\n\n".join("\n".join(_markdown_lines(block)) for block in blocks) + "\n"


def as_html(blocks: Iterable[Block]) -> str:
    """Return *blocks* as a fragment of HTML without attributes, styles or scripts.

    Examples
    --------
    >>> print(as_html([Paragraph("a < b"), Items((Item("large", "size"),))]), end="")
    <p>a &lt; b</p>
    <ul>
    <li><b>size</b>: large</li>
    </ul>
    """
    return "".join(f"{line}\n" for block in blocks for line in _html_lines(block))


def escaped_markdown(text: str) -> str:
    r"""Return *text* on one line, so that Markdown shows it as it is.

    Examples
    --------
    >>> print(escaped_markdown("a_b | <b>*not*</b>"))
    a_b &#124; &lt;b&gt;\*not\*&lt;/b&gt;
    >>> print(escaped_markdown("1. first"))
    1\. first
    """
    line = _ANYWHERE.sub(r"\\\g<0>", " ".join(text.split()))
    for character, entity in _ENTITIES.items():
        line = line.replace(character, entity)
    start = _AT_THE_START.match(line)
    return f"{start[0]}\\{line[start.end() :]}" if start else line


def _markdown_lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"{'#' * level} {escaped_markdown(text)}"
        case Paragraph(text):
            yield escaped_markdown(text)
        case Items(items, ordered):
            for number, item in enumerate(items, start=1):
                mark = f"{number}." if ordered else "*"
                term = f"**{escaped_markdown(item.term)}**" if item.term else ""
                yield f"{mark} {': '.join(filter(None, (term, escaped_markdown(item.text))))}"
                indent = " " * (len(mark) + 1)
                yield from (f"{indent}* {escaped_markdown(detail)}" for detail in item.details)


def _html_lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"<h{level}>{escape(text)}</h{level}>"
        case Paragraph(text):
            yield f"<p>{escape(text)}</p>"
        case Items(items, ordered):
            tag = "ol" if ordered else "ul"
            yield f"<{tag}>"
            for item in items:
                term = f"<b>{escape(item.term)}</b>" if item.term else ""
                text = ": ".join(filter(None, (term, str(escape(item.text)))))
                details = "".join(f"<li>{escape(detail)}</li>" for detail in item.details)
                nested = f"<ul>{details}</ul>" if details else ""
                yield f"<li>{text}{nested}</li>"
            yield f"</{tag}>"
