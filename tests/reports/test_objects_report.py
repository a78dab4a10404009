import dataclasses
import re

import numpy as np
import pandas as pd
from builders.report_tables import measures, outlined

from groundkeeper.reports.objects import BY_THRESHOLD, of_objects, without_objects
from groundkeeper.reports.set_page import html

REFUSED = "reads were not independent: completeness is an upper bound; refused: have some items read again"


def figure(measure, subject, value, note="", facet="all", level="all"):
    """One row of the table, of everything or of a part."""
    return measures(measure, subject, value, note).head(1).assign(facet=facet, level=level)


def agreement(completeness=0.9, note=""):
    """Figures of two thresholds and two strata, of boundaries and of completeness, and one that is not of objects."""
    by_threshold = [
        figure(measure, "object", 0.1 * place, facet="match_at_least", level=level)
        for level in ("0.7", "0.3")
        for place, (_, measure) in enumerate(BY_THRESHOLD, start=1)
    ]
    by_part = [
        figure("localised_alpha", "object", value, facet=facet, level=level)
        for facet, level, value in (("size", "small", 0.2), ("stratum", "edge", 0.3))
    ]
    others = [
        figure("localised_alpha", "object", 0.25),
        figure("boundary_p95_px", "frame", 2.5),
        figure("boundary_mean_px", "frame", np.nan, "no two experts drew an area"),
        figure("completeness", "object", completeness, note),
        figure("dice_mean", "frame", 0.81),
    ]
    return pd.concat([*by_threshold, *by_part, *others], ignore_index=True)


def page_of(table):
    page = html(dataclasses.replace(outlined(), agreement=table), 0)
    return page[
        page.index('id="agreement"') : page.index("</section>", page.index('id="agreement"'))
    ]


def test_thresholds_stand_in_their_order_with_every_measure():
    found = of_objects(agreement())
    assert [row.at_least for row in found.thresholds] == ["0.3", "0.7"]
    assert [cell.value for cell in found.thresholds[0].figures] == [
        0.1 * place for place in range(1, 6)
    ]


def test_a_measure_that_is_undefined_at_every_threshold_has_no_column():
    table = agreement()
    of_class = table["measure"] == "localised_class_alpha"
    some = table.assign(value=table["value"].mask(of_class & (table["level"] == "0.3")))
    assert of_objects(some).heads == tuple(head for head, _ in BY_THRESHOLD)
    assert np.isnan(of_objects(some).thresholds[0].figures[1].value)
    none = table.assign(value=table["value"].mask(of_class))
    assert of_objects(none).heads == ("alpha", "F1", "IoU of matches", "Dice of matches")
    assert len(of_objects(none).thresholds[0].figures) == 4


def test_what_holds_of_every_threshold_is_said_once():
    table = agreement().assign(note="reads were not independent")
    assert of_objects(table).warnings == ("reads were not independent",)
    assert of_objects(agreement()).warnings == ()


def test_objects_do_not_stand_among_the_other_figures():
    table = agreement()
    assert without_objects(table)["measure"].tolist() == ["dice_mean"]
    (records,) = of_objects(table).records
    assert [row.name for row in records.rows] == ["localised alpha"]
    assert [group.title for group in of_objects(table).parts] == ["by stratum", "by size"]


def test_a_set_without_objects_has_nothing_of_them():
    assert of_objects(measures("dice_mean", "frame", 0.81)) is None
    assert "have to be" not in page_of(measures("dice_mean", "frame", 0.81))


def test_the_page_has_the_thresholds_the_boundaries_and_the_completeness():
    page = page_of(agreement())
    assert "by how alike two shapes have to be" in page
    for shown in ("<td>0.3</td>", "<td>0.7</td>", "2.50", "at most is the share"):
        assert shown in page
    assert "no two experts drew an area" in page


def test_the_page_says_why_completeness_is_refused():
    page = page_of(agreement(np.nan, REFUSED))
    line = re.search(r"<li><strong>Completeness</strong>.*?</li>", page, re.DOTALL)
    assert "undefined" in line[0]
    assert "refused: have some items read again" in line[0]
    assert "at most is the share" not in line[0]
