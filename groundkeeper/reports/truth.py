"""What a method of truth inference found, in words and as tables for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from groundkeeper.core.truth import methods
from groundkeeper.core.truth.inferred import Fit
from groundkeeper.errors import listing
from groundkeeper.labelled import Measured, Truth
from groundkeeper.reports import undefined
from groundkeeper.reports.undefined import figure, number

SHOWN: Final = 10
"""How many annotators a table shows."""

Table = tuple[Sequence[str], Sequence[Sequence[object]], str]
"""Heads, rows, and how many rows are not shown."""


def lines(found: Truth | Measured) -> Iterator[str]:
    """Give what is to be said of the labels, the fit, ties and gold."""
    document = found.summary()
    yield read(document)
    if isinstance(found, Measured):
        yield f"{found.inferred.method}: {fit(found.inferred.fit)}"
        yield from _number_gold(found)
        return
    method = methods.method(found.inferred.method)
    yield f"{method.name}: takes for granted that {method.assumes}"
    yield f"fit: {fit(found.inferred.fit)}"
    if document["tied"]:
        tied = document["tied"]
        yield f"ties: {count(tied, 'task')} with several most probable classes, of which the first is taken"
    yield from _gold(found)


def read(document: Mapping[str, Any]) -> str:
    """Return what was read, in one line."""
    counts = document["counts"]
    text = (
        f"{document['file']}: {count(counts['tasks'], 'task')}, {counts['labelled']:,} of them labelled; "
        f"{count(counts['labels'], 'label')} by {count(counts['annotators'], 'annotator')}"
    )
    if document.get("classes"):
        text += f"; classes {listing(document['classes'])}"
    if counts["repeated"]:
        text += (
            f"; {counts['repeated']:,} by who had labelled the task before, each of which counts"
        )
    if counts["unsaid"]:
        text += f"; {count(counts['unsaid'], 'row')} without a label"
    return text


def fit(found: Fit) -> str:
    """Return how a fit went.

    Examples
    --------
    >>> fit(Fit(6, converged=True, objective="log-likelihood", history=(-9000.0, -8889.5)))
    'converged after 6 iterations, log-likelihood -8,889.50'
    >>> fit(Fit(0, converged=True))
    'nothing to iterate'
    """
    if not found.iterations:
        text = "nothing to iterate"
    else:
        end = "converged" if found.converged else "stopped without having converged"
        text = f"{end} after {count(found.iterations, 'iteration')}"
    if found.history:
        text += f", {found.objective} {found.history[-1]:,.2f}"
    return f"{text}; {found.note}" if found.note else text


def annotators(found: Truth | Measured, shown: int = SHOWN) -> Table:
    """Return the annotators with the most answers, and how good they are."""
    table = found.annotators.sort_values(
        ["answers", "annotator"], ascending=[False, True], kind="stable"
    ).head(shown)
    rest = len(found.annotators) - len(table)
    more = (
        f"and {count(rest, 'annotator')} more with fewer answers; --json and --out have all"
        if rest
        else ""
    )
    if isinstance(found, Measured):
        names = [name for name in ("bias", "noise") if name in table]
        rows = [
            [row["annotator"], row["answers"], *(_bounded(row, name) for name in names)]
            for row in undefined.rows(table)
        ]
        return ["annotator", "answers", *names], rows, more
    rows = [
        [row["annotator"], row["answers"], _accuracy(row), _agreement(row)]
        for row in undefined.rows(table)
    ]
    return ["annotator", "answers", "accuracy", "agrees with others"], rows, more


def count(of: int, what: str, several: str | None = None) -> str:
    """Return a number and what it is of.

    Examples
    --------
    >>> count(1, "task"), count(1500, "task")
    ('1 task', '1,500 tasks')
    """
    return f"{of:,} {what if of == 1 else several or f'{what}s'}"


def coverage(tasks: int, labelled: int) -> str:
    """Return for how much of gold a figure stands.

    Examples
    --------
    >>> coverage(1517, 333)
    'gold for 1,517 tasks, 333 of them labelled'
    """
    return f"gold for {count(tasks, 'task')}, {labelled:,} of them labelled"


def _gold(found: Truth) -> Iterator[str]:
    against, held = found.against, found.held
    if against is None or held is None:
        return
    yield coverage(against.gold_tasks, against.labelled)
    yield f"accuracy {figure(against.accuracy)}, ties split evenly ({count(against.tied, 'tied task')})"
    if against.labelled < against.gold_tasks:
        yield (
            f"over all gold {against.if_guessed:.3f} if the others were guessed, "
            f"between {against.if_wrong:.3f} and {against.if_right:.3f} whatever they are"
        )
    for level in undefined.rows(held.levels):
        if level["n"]:
            interval = number(level["held"], level["low"], level["high"])
            yield f"of {level['n']:,} answers with a probability of {level['level']:g} or more {interval} are right"
    summary = held.summary
    yield (
        f"error {figure(summary['error'])}, among the least certain 20 % "
        f"{figure(summary['error_least_certain'])}, where {figure(summary['errors_least_certain'])} of all errors lie"
    )


def _number_gold(found: Measured) -> Iterator[str]:
    against = found.against
    if against is None:
        return
    yield coverage(against.gold_tasks, against.measured)
    yield f"error: mean {figure(against.mean_error)}, absolute {figure(against.mean_absolute_error)}"
    yield f"root of the mean square {figure(against.root_mean_square_error)}"
    yield f"truth within the interval: {figure(against.within_interval)}"


def _accuracy(row: Mapping[str, Any]) -> str:
    return number(row["accuracy"], row["low"], row["high"], 2)


def _agreement(row: Mapping[str, Any]) -> str:
    return number(row["agreement"], row["agreement_low"], row["agreement_high"], 2)


def _bounded(row: Mapping[str, Any], name: str) -> str:
    return number(row[name], row[f"{name}_low"], row[f"{name}_high"])
