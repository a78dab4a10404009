import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from strategies.evidence import evidence_from, mark_id

from groundkeeper.core.agreement.figures import members_of_records
from groundkeeper.core.agreement.of_records import object_measures
from groundkeeper.core.consensus.voices import deciding
from groundkeeper.core.estimates import Resampling
from schemas.names import MEASURES

HOW = Resampling(rounds=50, seed=1, confidence=0.95)
READERS = ("r1", "r2", "r3")


def mark(size=4.0, label="nodule", left=0.0):
    box = shapely.box(left, 0, left + size, size)
    return {"parts": {0: box}, "attributes": {}, "label": label}


def measured(answers, **columns):
    """The figures of what readers marked, by item and reader: all that is in one item is one record."""
    found = evidence_from({(*who, "1.0.0"): marks for who, marks in answers.items()})
    labels = {
        mark_id(*who, "1.0.0", 1, place): one["label"]
        for who, marks in answers.items()
        for place, one in enumerate(marks)
    }
    named = found.annotations.assign(label=found.annotations["annotation_id"].map(labels))
    found = replace(found, annotations=named)
    found = found.of(found.answers.assign(**({"independence": "blind"} | columns)))
    said = deciding(found, quorum=2)
    clusters = found.annotations[["annotation_id", "item_id"]]
    clusters = clusters.assign(record_id="rc_" + clusters["item_id"])
    members = members_of_records(said.annotations, said.answers, clusters)
    ids = sorted(set(found.answers["item_id"]))
    items = pd.DataFrame({"item_id": ids, "group_id": ids, "stratum": "routine"})
    table = object_measures(said, members, items, ("stratum",), HOW)
    return table.set_index(list(MEASURES.key))


def read(marks_of, items=12):
    """What *marks_of* says that every reader marks in every item."""
    return {
        (f"it_{item:02}", reader): marks_of(item, reader)
        for item in range(items)
        for reader in READERS
    }


def overall(table, measure, subject="object"):
    return table.loc[(measure, subject, "all", "all")]


def test_two_readers_who_each_find_what_others_miss_leave_some_that_all_missed():
    # One object an item. On the first three r1 alone finds it, on the next three r2 alone, then both, and never r3.
    finds = {"r1": {0, 1, 2, *range(6, 12)}, "r2": {3, 4, 5, *range(6, 12)}, "r3": set()}
    table = measured(read(lambda item, reader: [mark()] if item in finds[reader] else []))
    complete = overall(table, "completeness")
    assert complete["value"] == pytest.approx(12 / (12 + 9 / 7))
    assert complete["low"] < complete["value"] < complete["high"] == 1
    assert (complete["n"], complete["groups"], complete["note"]) == (12, 12, "")


def test_readers_who_are_not_the_same_people_on_every_item_are_not_told_apart():
    finds = {"r1": {0, 1, 2, *range(6, 12)}, "r2": {3, 4, 5, *range(6, 12)}, "r3": set()}
    answers = read(lambda item, reader: [mark()] if item in finds[reader] else [])
    complete = overall(measured(answers, identity="anonymous"), "completeness")
    assert complete["value"] == pytest.approx(12 / (12 + 2 / 3 * 6 * 5 / 2 / 7))
    assert "not told apart" in complete["note"]


def test_several_labels_have_figures_of_their_own_and_one_label_has_not():
    def named(item, reader):
        return [mark(label="nodule" if item % 2 or reader == "r3" else "vessel")]

    subjects = set(measured(read(named)).index.get_level_values("subject"))
    assert {"label=nodule", "label=vessel"} <= subjects
    one = set(measured(read(lambda *_: [mark()])).index.get_level_values("subject"))
    assert one == {"object", "frame"}


def test_figures_of_records_are_broken_down_and_those_of_thresholds_are_not():
    table = measured(read(lambda *_: [mark()]))
    facets = table.index.to_frame(index=False).groupby("measure")["facet"].agg(set)
    assert facets["localised_alpha"] == {"all", "stratum", "match_at_least", "size"}
    assert facets["matched_iou_mean"] == {"match_at_least"}
    assert facets["completeness"] == {"all"}


def test_large_objects_are_apart_from_small_ones():
    table = measured(read(lambda item, _: [mark(size=4.0 if item % 2 else 100.0)]))
    sizes = table.xs("size", level="facet").xs("localised_f1", level="measure")
    assert sizes["n"].droplevel("subject").to_dict() == {"small": 6, "large": 6}


def test_boundaries_are_measured_where_two_drew_on_one_frame():
    def moved(_, reader):
        return [mark(size=10.0, left=1.0 if reader == "r1" else 0.0)]

    p95 = overall(measured(read(moved)), "boundary_p95_px", "frame")
    # Of three pairs of readers two are 1 px apart, and one not at all.
    assert p95["n"] == 36
    assert p95["value"] == pytest.approx(2 / 3, abs=0.01)


def test_points_have_no_boundary_and_no_area():
    def point(*_):
        return [mark() | {"parts": {0: shapely.MultiPoint([(1, 1), (2, 2)])}}]

    table = measured(read(point))
    assert "no two experts drew an area" in overall(table, "boundary_p95_px", "frame")["note"]
    assert "size" not in table.index.get_level_values("facet")


def test_where_nobody_finds_anything_every_figure_is_undefined_and_says_why():
    table = measured(read(lambda *_: []))
    assert table["value"].isna().all()
    assert (table["note"] != "").all()
    assert overall(table, "completeness")["note"].startswith("nothing was found")


def test_where_nobody_answered_every_figure_is_undefined_and_says_why():
    table = measured({})
    assert table["value"].isna().all()
    assert overall(table, "completeness")["note"] == "nobody has answered"


@pytest.mark.parametrize(
    "reads",
    [{"independence": "unblinded"}, {"independence": "unknown"}, {"shown_prediction": True}],
)
def test_completeness_is_refused_of_reads_that_are_not_known_to_be_independent(reads):
    table = measured(read(lambda *_: [mark()]), **reads)
    complete = overall(table, "completeness")
    assert math.isnan(complete["value"])
    assert "refused" in complete["note"]
    assert len(table.loc["completeness"]) == 1


def test_rows_in_another_order_are_the_same_figures():
    rng = np.random.default_rng(1)
    seen = rng.random((12, 3)) < 0.7
    answers = read(lambda item, reader: [mark()] if seen[item, READERS.index(reader)] else [])
    table = measured(answers)
    other = measured(dict(reversed(answers.items())))
    pd.testing.assert_frame_equal(table, other)
