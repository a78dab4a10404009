import dataclasses
import re

import pandas as pd
import pytest
from builders.report_tables import measures, nothing, outlined, rated
from jinja2 import UndefinedError

from groundkeeper.reports.page import render
from groundkeeper.reports.selection import choose
from groundkeeper.reports.set_page import html

HOSTILE = "<script>alert(1)</script>"
PICTURES = 6
OF_SCORES = {"scores.csv", "conflicts.csv", "subjects/readers.html"}
"""What the page links to that is beside it."""


def shuffled(found):
    """The same rows in another order."""
    tables = {
        field.name: getattr(found, field.name).sample(frac=1, random_state=3).reset_index(drop=True)
        for field in dataclasses.fields(found)
        if isinstance(getattr(found, field.name), pd.DataFrame)
    }
    return dataclasses.replace(found, **tables)


def section(page, name):
    return page.split(f'<section id="{name}">')[1].split("</section>")[0]


@pytest.mark.parametrize("build", [outlined, rated, nothing])
def test_the_page_loads_nothing(build):
    page = html(build(), PICTURES)
    assert not re.search(r"<(script|link|img|iframe|object|embed|base)\b", page, re.IGNORECASE)
    assert not re.search(r"https?://|@import|url\(|\bon[a-z]+\s*=", page, re.IGNORECASE)
    links = set(re.findall(r'(?:href|src)="([^"]*)"', page))
    assert {link for link in links if not link.startswith("#")} - OF_SCORES == {
        "../../guideline/made-up/document.html",
        "../../gt/made-up/card.md",
        "../../validate/made-up/index.html",
    }


@pytest.mark.parametrize("build", [outlined, rated, nothing])
def test_the_links_of_the_page_lead_somewhere(build):
    page = html(build(), PICTURES)
    inside = set(re.findall(r'href="#([^"]+)"', page))
    assert inside <= set(re.findall(r'id="([^"]+)"', page))


@pytest.mark.parametrize("build", [outlined, rated, nothing])
def test_the_same_rows_in_another_order_are_the_same_page(build):
    assert html(build(), PICTURES) == html(shuffled(build()), PICTURES)


def test_what_others_wrote_is_shown_as_text():
    found = outlined()
    items = found.items.assign(item_key=HOSTILE)
    rejects = found.rejects.assign(rule=HOSTILE, allowed=HOSTILE)
    checks = found.checks.assign(check=HOSTILE + found.checks["check"], found=HOSTILE)
    coverage = found.coverage.assign(level=[HOSTILE, HOSTILE + "2"])
    batch = found.batches[0].model_copy(update={"source": HOSTILE, "licence": HOSTILE})
    agreement = measures(HOSTILE, HOSTILE, 0.5, note=HOSTILE)
    page = html(
        dataclasses.replace(
            found,
            version={**found.version, "set": HOSTILE},
            manifest={"inputs": [{"file": HOSTILE}]},
            batches=(batch,),
            items=items,
            rejects=rejects,
            checks=checks,
            coverage=coverage,
            agreement=agreement,
        ),
        PICTURES,
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 10


def test_an_undefined_measure_says_so_and_why():
    page = html(nothing(), PICTURES)
    assert '<span class="undefined">undefined</span>' in page
    assert "no two experts described the same thing" in page.lower()
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)


def test_an_empty_set_is_told_truthfully():
    page = html(nothing(), PICTURES)
    for sentence in (
        "Nobody has answered yet.",
        "There are no records.",
        "No score was computed",
        "The queue is empty.",
        "No check has run.",
        "the pool is empty",
    ):
        assert sentence in page
    assert "plain canvas" not in page


def test_dependent_readings_and_the_licence_are_said():
    page = html(outlined(), PICTURES)
    assert "Not independent readings" in page
    assert "CC0-1.0" in page


def test_blind_readings_carry_no_warning():
    found = outlined()
    blind = dataclasses.replace(found, answers=found.answers.assign(independence="blind"))
    assert "independent readings" not in html(blind, PICTURES)


def test_the_page_says_that_there_are_no_pixels():
    assert "on a plain canvas: the data carry outlines and no pixels" in html(outlined(), PICTURES)


def test_a_warning_on_every_measure_is_said_once():
    warned = measures("dice_mean", "frame", 0.8, "reads were not independent")
    two = pd.concat(
        [warned, warned.assign(subject="object", note="reads were not independent; few")]
    )
    page = html(dataclasses.replace(outlined(), agreement=two), PICTURES)
    together = page[page.index('id="agreement"') : page.index("<details>")]
    assert together.count("eads were not independent") == 1
    assert '<p class="note">few</p>' in together


def test_no_more_records_are_drawn_than_asked_for():
    for most in (0, 1, 4):
        assert html(outlined(), most).count('class="strip"') == most


def test_a_set_without_outlines_has_pictures_of_its_ratings():
    page = html(rated(), PICTURES)
    assert 'class="strip"' not in page
    assert "one expert against another" in page


def test_pending_is_not_called_a_consensus():
    found = outlined()
    pending = dataclasses.replace(found, records=found.records.assign(status="pending"))
    assert "what there is so far" in html(pending, PICTURES)


def test_the_extremes_and_the_typical_are_chosen_first():
    found = outlined()
    chosen = choose(found.records, set(found.records["record_id"]), 4)
    assert [choice.record_id for choice in chosen] == ["rc_01", "rc_06", "rc_11", "rc_00"]


def test_a_record_is_chosen_once():
    found = outlined(4)
    chosen = choose(found.records, set(found.records["record_id"]), 24)
    assert sorted(choice.record_id for choice in chosen) == ["rc_00", "rc_01", "rc_02", "rc_03"]


def test_a_tombstone_is_not_drawn():
    found = outlined(4)
    status = found.records["status"].where(found.records["record_id"] != "rc_01", "retired")
    chosen = choose(found.records.assign(status=status), set(found.records["record_id"]), 24)
    assert sorted(choice.record_id for choice in chosen) == ["rc_00", "rc_02", "rc_03"]


def test_nothing_sealed_is_drawn_and_the_page_says_so():
    found = outlined()
    sealed = set(found.sample.loc[found.sample["split"] == "sealed", "item_id"])
    assert sealed & set(found.records["item_id"])
    page = html(found, 24)
    shown = section(page, "slices")
    drawn = {f"it_{key}" for key in re.findall(r"<p class=\"note\">scan-(\d\d):", shown)}
    assert drawn == set(found.records["item_id"]) - sealed
    assert "only from the split dev: sealed items are not shown" in shown


def test_tombstones_have_one_line_and_are_counted_nowhere_else():
    found = outlined()
    gone = found.records["record_id"].isin(["rc_01", "rc_02"])
    records = found.records.assign(
        status=found.records["status"].where(~gone, "retired"),
        votes=found.records["votes"].where(~gone, 0),
    )
    page = html(dataclasses.replace(found, records=records), PICTURES)
    without = html(dataclasses.replace(found, records=records[~gone]), PICTURES)
    line = re.findall(r"<p class=\"note\">2 retired: .*?</p>", page)
    assert len(line) == 1
    assert page.replace(line[0], "") == without
    assert "10 records on" in page


def test_who_said_that_there_is_nothing_is_told_of_tombstones():
    found = outlined()
    gone = found.records["record_id"].isin(["rc_01", "rc_02"])
    retired = found.records.assign(status=found.records["status"].where(~gone, "retired"))
    told = retired["record_id"].where(retired["record_id"] == "rc_01")
    page = html(dataclasses.replace(found, records=retired.assign(adjudication=told)), PICTURES)
    [line] = re.findall(r"<p class=\"note\">2 retired(.*?)</p>", page)
    assert line.startswith(", 1 of them because an adjudicator said that there is nothing: of the")
    both = retired.assign(adjudication=retired["record_id"].where(gone))
    page = html(dataclasses.replace(found, records=both), PICTURES)
    [line] = re.findall(r"<p class=\"note\">2 retired(.*?)</p>", page)
    assert "newer readings" not in line


def test_batches_of_verdicts_are_counted_in_one_line():
    found = outlined()
    one = found.batches[0]
    verdicts = one.model_copy(update={"format": "verdicts", "source": "adjudication by eve"})
    inputs = [batch.model_dump(mode="json") for batch in (one, verdicts, verdicts)]
    batches = (one, verdicts, verdicts)
    manifest = {**found.manifest, "inputs": inputs}
    page = html(dataclasses.replace(found, batches=batches, manifest=manifest), PICTURES)
    assert "2 batches of verdicts; the manifest names each" in page
    assert "adjudication by eve" not in page
    assert one.source in page


def test_a_set_without_records_says_how_many_items_are_agreed_to_be_empty():
    found = outlined()
    empty = dataclasses.replace(
        found, records=found.records[:0], gt_items=found.gt_items.assign(empty=True, records=0)
    )
    shown = section(html(empty, PICTURES), "records")
    assert "nothing that the guideline asks for was found" in shown
    assert "Of 12 sampled items 12 are agreed to be empty" in shown


def test_a_template_that_speaks_of_what_is_not_there_is_an_error():
    with pytest.raises(UndefinedError):
        render("set.html.j2", version={"set": "x", "version": "1.0.0"})
