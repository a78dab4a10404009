"""What the page of a set says of gold: figures by field, the reliability curve, and nothing where there is none."""

import math

import pandas as pd
from builders import report_tables

from groundkeeper.core.scoring.gold.names import NO_GOLD
from groundkeeper.reports.gold import of_gold, without_gold
from groundkeeper.reports.reliability import Bin, reliability_curve
from groundkeeper.reports.set_page import html

SCORES = report_tables.measures("recall", "object", 0.72)


def row(measure, subject, value, facet="all", level="all", n=40):
    return {
        "measure": measure,
        "subject": subject,
        "facet": facet,
        "level": level,
        "value": value,
        "low": math.nan if n < 10 else value - 0.05,
        "high": math.nan if n < 10 else min(value + 0.05, 1.0),
        "n": n,
        "groups": n,
        "effective_n": float(n),
        "note": "",
    }


GOLD = pd.DataFrame(
    [
        row("gold_accuracy", "topic", 0.9),
        row("gold_accuracy_of_method", "topic/majority", 0.8),
        row("gold_accuracy", "urgent", 0.95),
        row("reliability", "topic", 0.96, "probability", "0.9 to 1"),
        row("reliability_said", "topic", 0.98, "probability", "0.9 to 1"),
        row("reliability", "topic", 0.5, "probability", "0.6 to 0.7", 4),
        row("reliability_said", "topic", 0.65, "probability", "0.6 to 0.7", 4),
    ]
)
BOTH = pd.concat([SCORES, GOLD], ignore_index=True)


def section(page, name):
    start = page.index(f'<section id="{name}">')
    return page[start : page.index("</section>", start)]


def page(scores):
    found = report_tables.rated()
    return html(type(found)(**vars(found) | {"scores": scores}), 0)


def test_a_field_has_its_figures_and_those_of_its_methods():
    topic, urgent = of_gold(BOTH)
    assert (topic.field, urgent.field) == ("topic", "urgent")
    (figures,) = topic.figures
    assert [one.about for one in figures.rows] == ["topic", "topic/majority"]
    assert urgent.curve is None


def test_the_curve_has_its_bins_in_order():
    (topic, _) = of_gold(BOTH)
    assert [(one.level, one.said, one.held, one.n) for one in topic.bins] == [
        ("0.6 to 0.7", 0.65, 0.5, 4),
        ("0.9 to 1", 0.98, 0.96, 40),
    ]


def test_readers_are_shown_without_gold_and_gold_apart():
    assert without_gold(BOTH)["measure"].unique().tolist() == ["recall"]
    shown = page(BOTH)
    assert "reliability of topic" in section(shown, "gold")
    assert "Gold" not in section(shown, "scores")
    assert "recall" in section(shown, "scores")


def test_without_gold_there_is_no_section():
    assert of_gold(SCORES) == ()
    assert 'id="gold"' not in page(SCORES)
    unknown = pd.DataFrame([row("gold_accuracy", "topic", math.nan) | {"note": NO_GOLD}])
    assert 'id="gold"' not in page(pd.concat([SCORES, unknown]))


def test_an_undefined_figure_says_why():
    unknown = pd.DataFrame([row("gold_accuracy", "topic", math.nan) | {"note": NO_GOLD}])
    known = pd.DataFrame([row("gold_accuracy", "urgent", math.nan)])
    shown = section(page(pd.concat([SCORES, unknown, known])), "gold")
    assert "there is no gold" in shown.lower()
    assert "undefined" in shown
    assert "<circle" not in shown


def test_a_dot_is_as_large_as_its_share_and_has_a_whisker_if_it_has_an_interval():
    bins = (
        Bin("0.9 to 1", 0.95, 0.9, 0.8, 1.0, 100),
        Bin("0.5 to 0.6", 0.55, 0.5, math.nan, math.nan, 25),
        Bin("0.6 to 0.7", 0.65, 0.5, math.nan, math.nan, 1),
    )
    picture = reliability_curve(bins, "a < b")
    assert picture.count('class="whisker"') == 1
    assert [picture.count(f'r="{radius}"') for radius in ("9", "4.5", "3")] == [1, 1, 1]
    assert "a &lt; b" in picture
    assert picture == reliability_curve(bins[::-1], "a < b")
