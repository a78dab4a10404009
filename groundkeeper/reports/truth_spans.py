"""What annotators marked in texts, in words and as tables for people."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from groundkeeper.marked import Marked
from groundkeeper.reports.truth import count
from groundkeeper.reports.undefined import number, rows

SHOWN: Final = 20
"""How many spans and pairs a table shows."""
UNDEFINED: Final = "all characters are called the same, or nobody else looked"

Table = tuple[Sequence[str], Sequence[Sequence[object]], str]
"""Heads, rows, and how many rows are not shown."""


def lines(found: Marked) -> Iterator[str]:
    """Give what was read, and alpha over characters."""
    yield (
        f"{found.path.name}: {count(found.spans, 'span')} by {count(found.annotators, 'annotator')} in "
        f"{count(found.documents, 'document')}; {count(len(found.shared), 'span')} shared by {found.method}"
    )
    for label, alpha in found.alpha.items():
        told = f"undefined ({UNDEFINED})" if math.isnan(alpha) else f"{alpha:.3f}"
        yield f"alpha over characters, {label}: {told}"


def shared(found: Marked) -> Table:
    """Return the spans that annotators share, the first of them."""
    heads = ["document", "start", "end", "label", "probability", "support", "looked"]
    cells = [
        [
            *(row[name] for name in heads[:4]),
            f"{row['probability']:.3f}",
            f"{row['support']:.2f}",
            row["looked"],
        ]
        for row in rows(found.shared.head(SHOWN))
    ]
    return heads, cells, _more(len(found.shared), "span")


def pairs(found: Marked) -> Table:
    """Return how far every two annotators mark the same, those with the most documents in common first."""
    ordered = found.pairs.sort_values(["documents", "left", "right"], ascending=[False, True, True])
    cells = [
        [
            row["left"],
            row["right"],
            row["documents"],
            number(row["exact"], None, None),
            number(row["partial"], None, None),
        ]
        for row in rows(ordered.head(SHOWN))
    ]
    return (
        ["left", "right", "documents", "F1 exact", "F1 partial"],
        cells,
        _more(len(ordered), "pair"),
    )


def _more(rows_in_all: int, what: str) -> str:
    rest = rows_in_all - SHOWN
    return f"and {count(rest, what)} more; --json has all" if rest > 0 else ""
