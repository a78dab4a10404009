"""The page of somebody who is scored: what it claims, what it shows, and that it says nothing it must not."""

import dataclasses
import math
import re

import pandas as pd
import pytest
from builders import scored_tables
from builders.report_tables import judged, nothing, outlined
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.estimates import Estimate
from groundkeeper.reports import score_overview, set_page, subject_page
from groundkeeper.reports.page_names import file_name
from groundkeeper.reports.scored_subjects import with_pages
from groundkeeper.reports.target_words import Between, target_words

HOSTILE = '<script>alert("1")</script>'
CLIMBING = "../../x"
PICTURES = 6
PAGE_NAME = re.compile(r"[a-z0-9-]{10,60}\.html")


def subject_of(found, kind):
    (one,) = (each for each in with_pages(found) if each.kind == kind)
    return one


def page(kind="model", found=None, most=PICTURES):
    found = judged() if found is None else found
    return subject_page.html(found, subject_of(found, kind), most)


def section(text, name):
    return text.split(f'<section id="{name}">')[1].split("</section>")[0]


def shuffled(found):
    tables = {
        field.name: getattr(found, field.name).sample(frac=1, random_state=5).reset_index(drop=True)
        for field in dataclasses.fields(found)
        if isinstance(getattr(found, field.name), pd.DataFrame)
    }
    return dataclasses.replace(found, **tables)


def test_models_and_known_annotators_have_pages_and_anonymous_ones_have_none():
    found = judged()
    named = dataclasses.replace(
        found,
        scored=pd.concat([found.scored, scored_tables.scored(("lidc-0-r1", "human"))]),
    )
    pages = with_pages(named)
    assert [(one.kind, one.title) for one in pages] == [
        ("readers", "all readers"),
        ("model", scored_tables.MODEL),
        ("annotator", scored_tables.ANNOTATOR),
    ]


@pytest.mark.parametrize("kind", ["readers", "model", "annotator"])
def test_the_same_rows_in_another_order_are_the_same_page(kind):
    assert page(kind) == page(kind, shuffled(judged()))


@pytest.mark.parametrize("kind", ["readers", "model", "annotator"])
def test_the_page_loads_nothing_and_its_links_lead_somewhere(kind):
    text = page(kind)
    assert not re.search(r"<(script|link|img|iframe|object|embed|base)\b", text, re.IGNORECASE)
    assert not re.search(r"https?://|@import|url\(|\bon[a-z]+\s*=", text, re.IGNORECASE)
    links = set(re.findall(r'(?:href|src)="([^"]*)"', text))
    inside = {link[1:] for link in links if link.startswith("#")}
    assert inside <= set(re.findall(r'id="([^"]+)"', text))
    assert {link for link in links if not link.startswith("#")} <= {
        "../index.html#scores",
        "../conflicts.csv",
    }


@pytest.mark.parametrize("name", [HOSTILE, CLIMBING, "a/b", "..", "Zoë & Öz", "=1+1"])
def test_a_hostile_name_is_a_text_on_the_pages_and_a_safe_name_of_a_file(name):
    found = judged(model=name)
    of_model = subject_of(found, "model")
    assert PAGE_NAME.fullmatch(of_model.page)
    for text in (page("model", found), set_page.html(found, PICTURES)):
        assert "<script" not in text
        assert f'href="subjects/{name}' not in text
    assert "0.70" in section(page("model", found), "figures"), "the figures are found by the name"


@given(st.lists(st.text(min_size=1, max_size=60), min_size=2, max_size=6, unique=True))
def test_names_of_files_are_safe_and_differ_as_the_names_do(names):
    files = [file_name(name) for name in names]
    assert all(PAGE_NAME.fullmatch(one) for one in files)
    assert len(set(files)) == len(names)


def test_names_that_differ_in_case_alone_have_files_of_their_own():
    assert file_name("ada").lower() != file_name("Ada").lower()


def test_figures_have_interval_n_groups_bounds_and_words():
    figures = section(page(), "figures")
    accuracy = figures.split("<dt>Accuracy")[1].split("<dt>")[0]
    for said in (
        "0.70",
        "0.65 to 0.75",
        "n 40, 12 groups, effective n 23",
        "[min, max] 0.60 to 0.80: 3 records are open",
        "Of everything that is in the ground truth or was said, the share that is right",
    ):
        assert said in accuracy


def test_what_all_figures_have_to_say_is_said_once():
    found = judged()
    noted = found.scores.assign(note="reads were not independent; " + found.scores["note"])
    figures = section(page(found=dataclasses.replace(found, scores=noted)), "figures")
    first = figures.split("<details>")[0]
    assert first.count("eads were not independent") == 1


def test_a_target_is_reached_missed_or_not_decided():
    text = section(page(), "figures")
    tiles = {name: text.split(f"<dt>{name}")[1].split("<dt>")[0] for name in ("Accuracy", "F1")}
    assert "reached</span>" in tiles["Accuracy"]
    assert "too little gold to say</span>" in tiles["F1"]
    assert "missed</span>" in text.split("<dt>Precision")[1].split("<dt>")[0]
    assert "chip" not in text.split("<dt>Recall")[1].split("<dt>")[0]


@pytest.mark.parametrize(
    ("ends", "between", "measure", "target", "brief"),
    [
        ((0.9, 0.8, 0.95), Between(), "f1", 0.8, "reached"),
        ((0.9, 0.8, 0.95), Between(), "f1", 0.96, "missed"),
        ((0.9, 0.8, 0.95), Between(), "f1", 0.81, "too little gold to say"),
        ((0.9, math.nan, math.nan), Between(), "f1", 0.5, "too little gold to say"),
        ((math.nan, math.nan, math.nan), Between(), "f1", 0.5, "too little gold to say"),
        ((0.9, 0.8, 0.95), Between(0.7, 0.95), "f1", 0.8, "open records decide"),
        ((0.9, 0.8, 0.95), Between(0.85, 0.97), "f1", 0.96, "open records decide"),
        ((0.9, 0.8, 0.95), Between(0.85, 0.92), "f1", 0.8, "reached"),
        ((0.4, 0.3, 0.5), Between(), "mean_absolute_error", 0.5, "reached"),
        ((0.4, 0.3, 0.5), Between(), "mean_absolute_error", 0.2, "missed"),
    ],
)
def test_a_target_needs_the_interval_and_the_bounds_on_one_side(
    ends, between, measure, target, brief
):
    found = Estimate(*ends, n=400, groups=50, effective_n=120.0)
    assert target_words(found, between, measure, target).brief == brief


def test_what_a_score_rests_on_is_all_there():
    text = section(page(), "rests-on")
    assert scored_tables.DIGEST in text
    assert "that of the release" in text
    for name, value in (
        ("items in the ground truth", 12),
        ("items scored", 9),
        ("items open", 3),
        ("items without an answer", 1),
        ("items not in the ground truth", 2),
        ("records open", 3),
        ("groups", 9),
    ):
        row = text.split(f'<th scope="row">{name}')[1].split("</tr>")[0]
        assert f">{value}<" in row
    assert "tumour 2" in text
    assert re.search(r"<code>match_iou</code>.*?>0\.5<", text, re.DOTALL)


def test_a_score_against_another_ground_truth_than_the_release_says_so():
    found = judged()
    moved = dataclasses.replace(found, manifest={**found.manifest, "content_digest": "0" * 64})
    assert "not that of the release" in section(page(found=moved), "rests-on")


def test_a_class_that_is_missed_entirely_is_shown_with_recall_zero():
    text = section(page(), "classes")
    cyst = text.split("cyst")[1].split("</tr>")[0]
    assert "missed entirely" in cyst
    assert '<td class="number">2</td><td class="number">0</td>' in cyst
    assert cyst.count(">0.00<") == 2
    assert "undefined" in cyst
    assert "missed entirely" not in text.split("nodule")[1].split("</tr>")[0]


def test_the_matrix_has_what_was_said_in_rows_and_nothing_as_last_row_and_column():
    text = section(page(), "confusion")
    heads = re.findall(r'<th scope="col" class="number">(.*?)</th>', text)
    assert heads == ["cyst", "nodule", "unmatched"]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', text)
    cells = {name: re.findall(r">(\d+)</td>", row) for name, row in rows}
    assert cells == {
        "cyst": ["0", "0", "0"],
        "nodule": ["0", "6", "2"],
        "unmatched": ["2", "1", "1"],
    }
    assert 'title="cyst, said to be unmatched: 2, 100' in text


def test_a_wide_matrix_shows_the_most_common_classes_and_counts_the_others():
    wide = pd.DataFrame(
        {"subject": scored_tables.MODEL, "said": f"c{k}", "truth": f"c{k}", "n": 40 - k}
        for k in range(30)
    )
    text = page(found=dataclasses.replace(judged(), confusion=wide))
    assert "14 rarer classes are left out here" in text
    assert 'scope="col" class="number">c15<' in text
    assert 'scope="col" class="number">c16<' not in section(text, "confusion")


def test_conflicts_are_counted_by_kind_with_their_severity():
    text = section(page(), "conflicts")
    assert [name.lower() for name in re.findall(r"<tr><td>(.*?)<p", text)] == [
        "missing annotation",
        "extra annotation",
        "low overlap",
    ]
    assert text.count('<span class="chip bad">error</span>') == 2
    assert text.count('<span class="chip warn">warning</span>') == 1


def test_the_gravest_of_each_kind_are_listed_with_what_makes_them_so_and_lead_to_their_drawing():
    text = page()
    listed = section(text, "conflicts").split("<details>")[1:]
    rows = [re.findall(r"<tr><td class=\"id\">(.*?)</td></tr>", each) for each in listed]
    cells = [[re.sub(r"<.*?>", "", cell) for cell in row.split("</td><td>")] for row in rows[0]]
    assert [(cell[0], cell[3]) for cell in cells] == [
        ("scan-03", "seen by 4 of 4"),
        ("scan-06", "seen by 3 of 4"),
    ]
    # What is extra is in a sealed item.
    assert [len(each) for each in rows] == [2, 2]
    assert [row.split("<")[0] for row in rows[1]] == ["scan-07", "scan-02"]
    assert "similarity 0.55" in rows[1][0]
    assert re.search(r"<td>4\d to 4\d</td>", rows[1][0])
    anchors = re.findall(r'href="#(drawn-\d)"', text)
    assert anchors
    for anchor in anchors:
        assert f'<figure class="card conflict" id="{anchor}">' in text


def test_more_of_a_kind_than_can_be_read_are_counted():
    found = judged()
    missed = found.conflicts[found.conflicts["conflict"] == "missing_annotation"]
    many = [
        missed[missed["annotator"] == scored_tables.MODEL].assign(record_id=f"rc_{k}")
        for k in range(20, 27)
    ]
    every = pd.concat([found.conflicts, *many], ignore_index=True)
    text = section(page(found=dataclasses.replace(found, conflicts=every)), "conflicts")
    assert "Missing annotation: the 10 gravest of 16 that may be shown" in " ".join(text.split())


def test_what_is_open_for_all_figures_is_said_once():
    found = judged()
    one = found.bounds.iloc[[0]].assign(note="7 records are open")
    both = pd.concat([one, one.assign(measure="precision")], ignore_index=True)
    figures = section(page(found=dataclasses.replace(found, bounds=both)), "figures")
    assert figures.count("7 records are open") == 1
    assert "[min, max] of all of them: 7 records are open." in figures


def test_over_time_and_by_part_are_shown():
    assert "2026-02" in section(page(), "parts")


def test_items_with_most_errors_are_named_but_sealed_ones_are_not():
    text = section(page(), "items")
    named = re.findall(r'<td class="id" title="(it_\d\d)">', text)
    assert named == ["it_03", "it_06"]
    assert "1 conflict lies in sealed items" in text
    assert "scan-05" not in page()


def test_a_page_of_nothing_scored_is_told_truthfully():
    bare = dataclasses.replace(nothing(), scored=scored_tables.scored(("net", "model")))
    text = page(found=bare)
    assert "Nothing was scored." in text
    assert "None: nothing that could be judged differs" in text
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)


def test_the_page_of_the_set_puts_everybody_side_by_side_with_links():
    found = judged()
    text = section(set_page.html(found, PICTURES), "scores")
    links = re.findall(r'href="subjects/([^"]+)"', text)
    assert links == [one.page for one in with_pages(found)]
    assert "[0.60, 0.80]" in text
    assert 'href="scores.csv"' in text


def test_figures_of_one_subject_are_not_among_those_of_the_readers():
    found = judged()
    rows, by_class = score_overview.of_readers(score_overview.owned_scores(found))
    assert {row.about for table in rows for row in table.rows} == {"readers"}
    assert {row.about for table in by_class for row in table.rows} == {
        "readers/cyst",
        "readers/nodule",
    }


def test_a_set_whose_records_are_items_has_figures_of_each_field():
    found = judged()
    fields = {
        "accuracy": "malignancy",
        "cohen_kappa": "malignancy",
        "f1": "malignancy/5",
    }
    scores = pd.concat(
        scored_tables.one_figure(measure, f"{scored_tables.MODEL}/{part}", 0.7)
        for measure, part in fields.items()
    )
    values = pd.DataFrame(
        {"subject": scored_tables.MODEL, "said": ["5", "4"], "truth": ["5", "5"], "n": [3, 1]}
    )
    by_item = dataclasses.replace(found, scores=scores, confusion=values)
    text = page(found=by_item)
    assert "<dt>Accuracy, malignancy" in section(text, "figures")
    assert "malignancy/5" not in section(text, "figures")
    assert re.search(r'class="name">5</td>.*?>0\.70<', section(text, "classes"), re.DOTALL)
    assert "Accuracy, malignancy" in section(set_page.html(by_item, PICTURES), "scores")


def test_values_that_differ_are_not_called_no_conflict():
    found = judged()
    values = dataclasses.replace(found, conflicts=found.conflicts[:0])
    text = section(page(found=values), "conflicts")
    assert "Values of items were compared" in text
    right = dataclasses.replace(values, outcomes=found.outcomes[:0])
    assert "None: nothing that could be judged differs" in section(page(found=right), "conflicts")


def test_settings_of_shapes_are_shown_only_where_something_is_drawn():
    found = judged()
    assert "oks_sigma" in section(page(), "rests-on")
    ratings = dataclasses.replace(found, record_parts=found.record_parts[:0])
    assert "oks_sigma" not in section(page(found=ratings), "rests-on")


def test_without_anybody_scored_there_are_no_pages():
    assert with_pages(nothing()) == ()
    assert "side by side" not in set_page.html(nothing(), PICTURES)


def test_readers_who_are_all_anonymous_have_one_page_together():
    found = outlined()
    (readers,) = with_pages(found)
    assert readers.page == "readers.html"
