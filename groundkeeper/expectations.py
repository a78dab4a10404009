"""Hold a set against its expectations; the only module that imports Great Expectations.

Its context is ephemeral and its suites are code: nothing is stored, no run has an id, a time or a path, so the
same tables give the same bytes. It is imported inside the functions, because that takes seconds and because its
analytics must be off before.
"""

import html
import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd

from groundkeeper.core.checks import EXAMPLES, Example, Outcome
from groundkeeper.core.set_rules import Expected, Subject
from groundkeeper.errors import listing

if TYPE_CHECKING:
    from great_expectations.core import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.data_context.data_context.ephemeral_data_context import (
        EphemeralDataContext,
    )

SECTIONS = "sections_only.j2"
"""Our page of the view: its own page loads scripts, styles, fonts and a logo from five hosts."""
SECTIONS_TEMPLATE = """\
{% for section in sections %}{% set section_loop = loop -%}{% include 'section.j2' %}{% endfor %}
"""
SHOWN_VALUES = frozenset(
    {
        "observed_value",
        "details",
        "partial_missing_list",
        "partial_unexpected_list",
        "partial_unexpected_counts",
        "partial_unexpected_index_list",
    }
)
"""What of a result comes from the data and is shown."""
OVERVIEW, RUN_INFO = "Overview", "Run Info"
"""Sections of a rendered result that speak of the run and not of the data."""


@dataclass(frozen=True)
class Examined:
    """What came of one subject: an outcome per expectation, and its part of the Data Docs as HTML."""

    subject: Subject
    outcomes: tuple[Outcome, ...]
    html: str


def examine(subjects: Sequence[Subject]) -> tuple[Examined, ...]:
    """Return what Great Expectations finds in each of *subjects*, in their order."""
    gx = _great_expectations()
    context = _context(gx)
    return tuple(_examine(gx, context, subject) for subject in subjects)


def _great_expectations() -> ModuleType:
    """Return the library, imported with its analytics off and without talk of its own making."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx  # noqa: PLC0415 - see the module's docstring
        import great_expectations.expectations  # noqa: PLC0415 - see the module's docstring
    return gx


def _context(gx: ModuleType) -> "EphemeralDataContext":
    """Return a context in memory; the one of ``get_context`` leaves a folder for its docs behind."""
    from great_expectations.data_context.types.base import (  # noqa: PLC0415 - see the module's docstring
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context: EphemeralDataContext = gx.get_context(mode="ephemeral", project_config=config)
    return context


def _examine(gx: ModuleType, context: "EphemeralDataContext", subject: Subject) -> Examined:
    if not subject.expected:
        return Examined(subject, (), "")
    source = context.data_sources.add_pandas(subject.name)
    asset = source.add_dataframe_asset(subject.name)
    batch = asset.add_batch_definition_whole_dataframe(subject.name).get_batch(
        {"dataframe": subject.frame}
    )
    expectations = [_expectation(gx, each) for each in subject.expected]
    suite = gx.ExpectationSuite(name=subject.name, expectations=expectations)
    form: dict[str, Any] = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}
    if subject.key:
        form["unexpected_index_column_names"] = list(subject.key)
    result = batch.validate(suite, result_format=form)
    _forget_tracebacks(result)
    _name_what_is_missing(result, subject.frame)
    by_check = {each.expectation_config.meta["check"]: each for each in result.results}
    outcomes = tuple(_outcome(each, by_check[each.check], subject.key) for each in subject.expected)
    return Examined(subject, outcomes, _rendered(result, subject.name))


def _name_what_is_missing(result: "ExpectationSuiteValidationResult", frame: pd.DataFrame) -> None:
    """List the values that should occur and do not in the order they were asked for.

    Great Expectations lists the first few of a set, in an order that is another in each process.
    """
    for each in result.results:
        config = each.expectation_config
        if config and "partial_missing_list" in each.result:
            asked = config.kwargs
            there = set(frame[asked["column"]].dropna())
            missing = [value for value in asked["value_set"] if value not in there]
            each.result["partial_missing_list"] = missing


def _expectation(gx: ModuleType, expected: Expected) -> Any:  # noqa: ANN401 - a class found by its name
    make = getattr(gx.expectations, expected.kind)
    severity = "critical" if expected.gate else "warning"
    return make(**expected.arguments, severity=severity, meta={"check": expected.check})


def _outcome(
    expected: Expected, result: "ExpectationValidationResult", key: tuple[str, ...]
) -> Outcome:
    passed = bool(result.success)
    found, examples = ("", ()) if passed else _found(result, key)
    return Outcome(
        expected.check,
        "great_expectations",
        expected.gate,
        passed,
        found,
        expected.allowed,
        examples,
    )


def _found(
    result: "ExpectationValidationResult", key: tuple[str, ...]
) -> tuple[str, tuple[Example, ...]]:
    """Return what was found instead, in words, and the first rows where it was."""
    facts = result.result
    if not facts:
        return f"cannot be checked: {listing(_raised(result.exception_info))}", ()
    if "partial_missing_list" in facts:
        return f"no {listing(facts['partial_missing_list'])}", ()
    if "unexpected_count" not in facts:
        return _plain_text(facts.get("observed_value")), ()
    unexpected = facts["partial_unexpected_list"]
    values = listing(dict.fromkeys(map(_plain_text, unexpected)))
    rows = facts.get("partial_unexpected_index_list") or []
    examples = tuple(
        {name: _plain_text(row[name]) for name in dict.fromkeys([*key, *row])}
        for row in rows[:EXAMPLES]
        if isinstance(row, Mapping)
    )
    count, total = facts["unexpected_count"], facts["element_count"]
    if total == 1:
        return values, examples
    found = f"{count} of {total} {'fails' if count == 1 else 'fail'}"
    return (found if _are_answers(unexpected) else f"{found}: {values}"), examples


def _are_answers(values: Sequence[object]) -> bool:
    """Return whether *values* only say that something does not hold, or are missing."""
    return all(value is None or isinstance(value, bool) for value in values)


def _forget_tracebacks(result: "ExpectationSuiteValidationResult") -> None:
    """Leave of every exception in *result* its message: a traceback has paths of this machine."""
    for each in result.results:
        raised = _raised(each.exception_info or {})
        if raised:
            each.exception_info = {
                "raised_exception": True,
                "exception_message": "; ".join(raised),
                "exception_traceback": "",
            }


def _raised(exceptions: Mapping[str, Any]) -> list[str]:
    """Return the messages of the exceptions in a result, which has one or one per metric."""
    each = [exceptions] if "exception_message" in exceptions else exceptions.values()
    return sorted({str(found["exception_message"]) for found in each if found["raised_exception"]})


def _plain_text(value: object) -> str:
    if value is None:
        return "nothing"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _presentable(value: Any) -> Any:  # noqa: ANN401 - what JSON can say
    """Return *value* with texts safe in HTML and numbers as texts.

    The view writes texts found in the data as they are, and numbers by the locale of the machine.
    """
    if isinstance(value, Mapping):
        return {name: _presentable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_presentable(each) for each in value]
    return html.escape(_plain_text(value)) if isinstance(value, str | float) else value


def _with_shown_values(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return *result* with what stands in it from the data made presentable; counts and shares stay numbers."""
    return {
        name: _presentable(value) if name in SHOWN_VALUES else value
        for name, value in result.items()
    }


def _rendered(result: "ExpectationSuiteValidationResult", name: str) -> str:
    """Return the sections of the Data Docs of one result: its own rendering, without its page."""
    from great_expectations.render.renderer.page_renderer import (  # noqa: PLC0415 - see the module's docstring
        ValidationResultsPageRenderer,
    )
    from great_expectations.render.view.view import (  # noqa: PLC0415 - see the module's docstring
        DefaultJinjaPageView,
    )
    from jinja2 import ChoiceLoader, DictLoader  # noqa: PLC0415 - comes with the view

    view: Any = DefaultJinjaPageView()
    view.env.loader = ChoiceLoader([DictLoader({SECTIONS: SECTIONS_TEMPLATE}), view.env.loader])
    view.env.filters["generate_html_element_uuid"] = lambda prefix=None: prefix or ""
    for each in result.results:
        each.result = _with_shown_values(each.result)
    document = ValidationResultsPageRenderer(run_info_at_end=True).render(result)
    document.sections = [
        section for section in document.sections if section.section_name not in {OVERVIEW, RUN_INFO}
    ]
    text: str = view.render(document, template=SECTIONS)
    return text.replace('id="section-', f'id="{name}-section-').replace(
        "#section-", f"#{name}-section-"
    )
