"""The Data Docs of a set: every check of a validation on one page, which needs no network, script or other file."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from groundkeeper.core.checks import Outcome, failed_gates, warnings
from groundkeeper.reports import page


class Chapter(NamedTuple):
    """What was expected of one subject, as HTML from Great Expectations; *title* is for people."""

    name: str
    title: str
    html: str


def data_docs(set_name: str, outcomes: Sequence[Outcome], chapters: Sequence[Chapter]) -> str:
    """Return the page: the verdict, what failed, the set's expectations, then all checks of the tables."""
    failed, warned = failed_gates(outcomes), warnings(outcomes)
    return page.render(
        "data_docs.html.j2",
        set_name=set_name,
        passed=not failed,
        failed=failed,
        warned=warned,
        checks=len(outcomes),
        gates=sum(outcome.gate for outcome in outcomes),
        chapters=[chapter._replace(html=Markup(chapter.html)) for chapter in chapters],  # noqa: S704 - escaped by GX
        tables=_by_table(outcomes),
    )


def _by_table(outcomes: Sequence[Outcome]) -> list[tuple[str, list[Outcome]]]:
    """Return the outcomes that are not the set's, by the table that their name begins with."""
    tables: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.tool != "great_expectations":
            place = outcome.check.split(":")[0].split(".")[0]
            tables.setdefault(place, []).append(outcome)
    return list(tables.items())
