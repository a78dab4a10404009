"""Every figure of docs/story.md comes out of the built ground truth, or of the changelog that it quotes."""

import importlib
import json
import re

import numpy as np
import pandas as pd
import pytest
from project import ROOT, Document
from typer.testing import CliRunner

from groundkeeper import guideline_files, tables
from groundkeeper.cli import app
from groundkeeper.core.diff.compare import compare
from groundkeeper.layout import Layout
from schemas.names import ITEMS, OBSERVATIONS, SAMPLE

pytestmark = pytest.mark.slow  # every comparison of versions is made anew

SET = "lung-nodules"
STORY = Document.at("docs/story.md")
TOLD, SHORT = (" ".join(page.text.split()) for page in (STORY, Document.at("README.md")))
"""The story, and the page that tells it in short, without their line breaks."""

SENTENCES = [
    "{records} records, made of {marks} marks in {readings} readings of {scans} scans",
    "label all {records} records anew, four times: {anew:,} records",
    "ask about {asked} records and send people through {searched} scans",
    "The {looks} second looks of 2.0.0 and the {later_looks} of 3.0.0 are an offer",
    "neither asked to find nor blamed for: {masses} records. The other {at_first} have to be found",
    "Of all records {agreed} were seen by two readers or more, and are agreed; {pending} were seen by one",
    "{benign} records look benign, {indeterminate} are indeterminate, {suspicious} are suspicious",
    "{small} records below 6 mm are ignored, and {found} have to be found",
    "all {records} records are what they were",
    "Of {looks} records the outcome is known, but their readers stood apart: {at_six} have readers on",
    "either side of 6 mm, and one on either side of 3 mm",
    "{perifissural} records need this one answer",
    "not all {scans}, but the {searched} whose slices are no thicker than 1.5 mm. On the other {thick} the",
    "{reworded} are asked about, because the text",
    "erodes all {records} records",
    "would let {slipped} records slip",
    "Of the {found} records that had to be found {still} still do, with {joined} others, which were",
    "which were masses; {left} leave the ground truth",
    "below 3 mm on thick slices; a tombstone of each stays",
    "The cost: {asked} records and {searched} scans",
]
IN_SHORT = [
    "of {records} records {small} became another, nobody was asked, and {looks} are worth a second look",
    "{asked} records need one answer each, and {searched} of {scans} scans have to be searched",
    "Labelling everything anew would be {records} records, each time",
]
QUOTED = {
    "1.1.0": ("38.3 %", "78.3 %", "0.43", "11.1 %", "21.7 %", "1.0 %"),
    "2.0.0": ("2,066", "2,674", "1,617"),
}
"""Figures of the whole collection, by the version whose changelog has them; a benchmark computes them."""

RECOUNTED = {"2,067", "2,675"}
"""What became of two of them since marks are joined by the best partition; the same benchmark finds these."""

SAID = {"284", "228", "2017", "2", "3", "5.5", "6", "30", "1.5"}
"""Numbers of the rules and of the paper."""


def impact(old, new):
    done = CliRunner().invoke(
        app, ["guideline", "impact", f"{SET}@{old}", f"{SET}@{new}", "--json"]
    )
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def scripts():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        yield [importlib.import_module(f"story_{name}") for name in ("figures", "pictures")]


@pytest.fixture(scope="module")
def source(scripts, built):
    """What the pictures are drawn from."""
    return scripts[0].read(built)


@pytest.fixture(scope="module")
def seen(source, built):
    """One row a record: sizes and ratings, and the size on the boundary."""
    observations = tables.read(Layout(built, SET).table("consensus", OBSERVATIONS), OBSERVATIONS)
    return observations.assign(boundary=observations["record_id"].map(source.boundary_mm))


@pytest.fixture(scope="module")
def steps(built):
    """What each version means for the set, as the command says it, by version."""
    ways = {"1.0.1": "1.0.0", "1.1.0": "1.0.1", "2.0.0": "1.1.0", "3.0.0": "2.0.0"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(built)
        return {new: impact(old, new) for new, old in ways.items()}


@pytest.fixture(scope="module")
def figures(seen, source, steps, built):
    """Every figure of the story by name, by comparisons that are written out here."""
    layout = Layout(built, SET)
    items = tables.read(layout.table("items", ITEMS), ITEMS)
    sample = tables.read(layout.table("sample", SAMPLE), SAMPLE)
    thickness = items.set_index("item_id")["slice_thickness_mm"].loc[sample["item_id"]]
    size, later, rating = seen["diameter_mm"], seen["boundary"], seen["malignancy"]
    found, found_later = size.between(6, 30), later.between(5.5, 30)
    left = (later < 3) & (seen["slice_thickness_mm"] > 1.5)
    return {
        "records": len(seen),
        "marks": len(source.evidence.annotations),
        "readings": len(source.evidence.answers),
        "scans": len(sample),
        "anew": len(steps) * len(seen),
        "masses": (size > 30).sum(),
        "at_first": (size <= 30).sum(),
        "agreed": (seen["votes"] >= 2).sum(),
        "pending": (seen["votes"] < 2).sum(),
        "benign": (rating <= 2).sum(),
        "indeterminate": (rating == 3).sum(),
        "suspicious": (rating >= 4).sum(),
        "small": (size < 6).sum(),
        "found": found.sum(),
        "looks": steps["2.0.0"]["second_looks"],
        "later_looks": steps["3.0.0"]["second_looks"],
        "at_six": ((seen["diameter_mm_low"] < 6) & (seen["diameter_mm_high"] >= 6)).sum(),
        "perifissural": later.between(5.5, 10, inclusive="left").sum(),
        "reworded": ((later < 3) & ~left).sum(),
        "asked": steps["3.0.0"]["need_a_person"],
        "searched": (thickness <= 1.5).sum(),
        "thick": (thickness > 1.5).sum(),
        "slipped": (found & (later < 6)).sum(),
        "still": (found & found_later).sum(),
        "joined": ((size > 30) & found_later).sum(),
        "left": left.sum(),
    }


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_with_a_figure_is_true_of_the_built_ground_truth(sentence, figures):
    assert sentence.format(**figures) in TOLD


@pytest.mark.parametrize("sentence", IN_SHORT)
def test_so_is_what_the_readme_says_in_short(sentence, figures):
    assert sentence.format(**figures) in SHORT


def test_most_diameters_shrink_by_more_than_a_millimetre(seen):
    assert (seen["diameter_mm"] - seen["boundary"]).median() > 1


def test_no_number_of_the_story_is_left_unchecked(figures):
    prose = re.sub(
        r"```.*?```|\]\([^)]*\)|^\|.*?$|`[^`]*`", " ", STORY.text, flags=re.DOTALL | re.MULTILINE
    )
    numbers = set(re.findall(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?![\d.]*\.\d)", prose))
    checked = {f"{number:,}" for number in figures.values()} | SAID | RECOUNTED
    checked |= {quoted.removesuffix(" %") for said in QUOTED.values() for quoted in said}
    assert numbers - checked == set()


@pytest.mark.parametrize("version", QUOTED)
def test_what_the_story_quotes_stands_in_the_changelog_of_that_version(version, built):
    guideline = guideline_files.load(built / "guidelines" / SET / f"{version}.yaml")
    evidence = " ".join(line for entry in guideline.changelog for line in entry.evidence)
    missing = [figure for figure in QUOTED[version] if figure not in evidence or figure not in TOLD]
    assert missing == []


def test_the_table_of_costs_is_that_of_the_built_ground_truth(seen, steps):
    size = seen["diameter_mm"]
    before, now = (np.where((size > 30) | (size < limit), "ignore", "annotate") for limit in (3, 6))
    moved = {
        "1.0.1": 0,
        "1.1.0": len(seen),
        "2.0.0": (before != now).sum(),
        "3.0.0": len(seen) - steps["3.0.0"]["need_a_person"],
    }
    rows = []
    for version, found in steps.items():
        asked, looks = found["need_a_person"], found["second_looks"]
        stay = len(seen) - moved[version] - asked
        search = found["counts"]["search"]
        hours = "no times recorded" if asked or search or looks else "no work"
        told = found["headline"].partition(": ")[2]
        assert told.startswith(hours)
        rows.append([str(cell) for cell in (stay, moved[version], asked, search, looks, hours)])
    assert [[row[0], *row[2:]] for row in STORY.rows("version")] == [
        [version, *row] for version, row in zip(steps, rows, strict=True)
    ]


def test_each_version_raises_its_number_by_what_changed(built):
    versions = guideline_files.load_all(built / "guidelines" / SET)
    levels = {
        version: compare(versions[guideline.guideline.supersedes], guideline).level.word
        for version, guideline in versions.items()
        if guideline.guideline.supersedes
    }
    assert {row[0]: row[1] for row in STORY.rows("version")} == levels


def test_the_patch_claims_of_nine_texts_in_eight_entries_that_they_mean_the_same(built):
    versions = guideline_files.load_all(built / "guidelines" / SET)
    edits = compare(versions["1.0.0"], versions["1.0.1"]).prose
    assert (len(edits), {edit.meaning for edit in edits}) == (9, {"same"})
    assert len({edit.claim for edit in edits}) == 8


def test_what_is_asked_and_searched_is_what_a_count_by_hand_says(figures, steps):
    assert figures["asked"] == figures["perifissural"] + figures["reworded"]
    assert figures["looks"] == figures["at_six"] + 1
    assert steps["3.0.0"]["counts"]["search"] == figures["searched"]


def test_going_back_to_the_first_version_takes_nobody_s_time(built, monkeypatch, figures):
    monkeypatch.chdir(built)
    back = impact("2.0.0", "1.0.0")
    nobody = dict.fromkeys(("untouched", "revalidate", "reannotate", "contradiction", "search"), 0)
    assert back["counts"] == nobody | {"auto": figures["records"]}


def test_going_back_every_record_becomes_what_it_was_before(built, monkeypatch, figures):
    monkeypatch.chdir(built)
    there, back = (
        {
            row["record_id"]: (row["old"]["include"], row["new"]["include"])
            for row in impact(*versions)["records"]
            if "include" in row["old"]
        }
        for versions in (("1.0.0", "2.0.0"), ("2.0.0", "1.0.0"))
    )
    assert back == {record: (after, before) for record, (before, after) in there.items()}
    assert len(back) == figures["small"]


def test_the_first_two_snapshots_have_the_same_content_and_the_next_ones_do_not(built, monkeypatch):
    monkeypatch.chdir(built)
    done = CliRunner().invoke(app, ["log", SET, "--json"])
    assert done.exit_code == 0, done.stderr
    digests = pd.Series(
        {row["guideline"]: row["content_digest"] for row in json.loads(done.stdout)}
    )
    assert set(digests.index) == {"1.0.0", "1.0.1", "1.1.0", "2.0.0"}
    assert digests["1.0.0"] == digests["1.0.1"]
    assert digests.nunique() == 3


def test_the_pictures_are_those_of_the_built_ground_truth(scripts, source):
    drawn = scripts[1].pictures(source)
    folder = ROOT / scripts[1].FOLDER
    assert {name: (folder / name).read_text(encoding="utf-8") for name in drawn} == drawn


def test_no_sealed_scan_is_shown(scripts, source):
    nodule = scripts[0].on_either_side(source)
    items = source.evidence.items.set_index("item_key")["item_id"]
    assert items[nodule.title] in source.open_items
