"""A model held against records: what the guideline makes of predictions, and what becomes of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from strategies.evidence import BY_IOU, FIELDS, evidence_from

from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.sections import Scoring
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.core.scoring.subjects.against_records import held
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.known import known, with_frames_of
from groundkeeper.core.scoring.subjects.said import decided
from groundkeeper.core.scoring.subjects.scores import rests_on, scores_of

BOX, NEAR, FAR = (shapely.box(0, 0, 8, 8), shapely.box(0, 0, 8, 6), shapely.box(20, 20, 28, 28))
SMALL, OTHER = shapely.box(40, 40, 42, 42), shapely.box(60, 0, 68, 8)
INCLUDE = Decision.model_validate(
    {
        "by": "derived",
        "outcomes": ["annotate", "ignore", "skip"],
        "invisible": ["skip"],
        "default": "annotate",
        "rules": [
            {"id": "inc.small", "when": "area_px2 < 9", "then": "skip"},
            {"id": "inc.calcified", "when": "calcified", "then": "ignore"},
        ],
    }
)
OPEN = ("pending", "stale")
GUIDE = Guide(
    {"include": INCLUDE},
    FIELDS,
    BY_IOU,
    Scoring(match_iou=0.5, ignore={"include": ("ignore",)}),
)


def gold(*records):
    """Records (shape, status, outcome[, rating[, votes]]) of one item, which enough people looked at."""
    rows = [(*record, *(3, 3)[len(record) - 3 :]) for record in records]
    table = pd.DataFrame(rows, columns=["geometry", "status", "include", "rating", "votes"])
    table["record_id"] = [f"r{place}" for place in range(len(table))]
    more = dict.fromkeys([name for name in FIELDS if name != "rating"])
    records_table = table.assign(item_id="it_a", drawn_as="polygon", object_group=None, **more)
    parts = table[["record_id", "geometry"]].assign(frame=0)
    status = next((status for _, status, *_ in records if status in OPEN), "agreed")
    items = pd.DataFrame(
        {"item_id": ["it_a"], "group_id": ["g"], "status": [status], "experts": [3]}
    )
    return known(records_table, parts, items, GUIDE)


def predicted(*marks):
    """What the model m says of the item: (shape, attributes)."""
    drawn = [{"parts": {0: shape}, "attributes": told} for shape, told in marks]
    return evidence_from({("it_a", "m", "1.0.0"): drawn})


def outcome_of(told, truth, guide=GUIDE):
    sizes = image_areas(told.items, told.annotations, told.parts)
    return held(decided(told, guide), truth, sizes, guide)


def counts(found):
    return found.outcomes["outcome"].value_counts().to_dict()


def test_a_prediction_that_the_guideline_would_not_keep_is_no_error():
    found = outcome_of(predicted((BOX, {}), (SMALL, {})), gold((BOX, "agreed", "annotate")))
    assert counts(found) == {"correct": 1, "excluded": 1}


def test_one_that_the_guideline_would_keep_is_extra():
    found = outcome_of(predicted((BOX, {}), (FAR, {})), gold((BOX, "agreed", "annotate")))
    assert counts(found) == {"correct": 1, "extra": 1}


def test_one_of_an_outcome_that_counts_for_nobody_is_no_error():
    found = outcome_of(predicted((FAR, {"calcified": True})), gold((BOX, "agreed", "annotate")))
    assert counts(found) == {"excluded": 1, "missing": 1}


@pytest.mark.parametrize(
    ("status", "include"), [("agreed", "ignore"), ("pending", "annotate"), ("stale", "annotate")]
)
def test_a_record_that_is_open_or_counts_for_nobody_need_not_be_found(status, include):
    truth = gold((BOX, "agreed", "annotate"), (FAR, status, include))
    assert counts(outcome_of(predicted((BOX, {})), truth)) == {"correct": 1}
    both = outcome_of(predicted((BOX, {}), (FAR, {})), truth)
    assert counts(both) == {"correct": 1, "excluded": 1}


@pytest.mark.parametrize("status", OPEN)
def test_an_item_with_nothing_but_open_records_is_no_agreement(status):
    found = outcome_of(predicted(), gold((BOX, status, "annotate")))
    assert found.outcomes.empty
    ignored = outcome_of(predicted(), gold((BOX, "agreed", "ignore")))
    assert counts(ignored) == {"empty": 1}


def scored(told, truth):
    """The figures and the bounds of the model m, over everything."""
    sizes = image_areas(told.items, told.annotations, told.parts)
    found = scores_of(decided(told, GUIDE), truth, sizes, GUIDE, "m")
    values = {
        figure.measure: figure.statistic(figure.contributions.sum(axis=0)[None]).item()
        for figure in found.figures
        if figure.subject == "m"
    }
    return values, found.bounds.set_index("measure")


@pytest.mark.parametrize(("status", "votes"), [("stale", 3), ("pending", 1)])
@pytest.mark.parametrize("marks", [(), (BOX,), (BOX, FAR), (BOX, OTHER)])
def test_the_bounds_hold_whatever_shape_an_open_record_gets(status, votes, marks):
    told = predicted(*((shape, {}) for shape in marks))
    now, bounds = scored(
        told, gold((BOX, "agreed", "annotate"), (FAR, status, "annotate", 3, votes))
    )
    for measure in ("accuracy", "precision", "recall", "f1", "iou_mean"):
        assert bounds.loc[measure, "score"] == pytest.approx(now[measure], nan_ok=True)
    for drawn in (FAR, OTHER, NEAR, SMALL, shapely.box(60, 0, 68, 6)):
        final, _ = scored(
            told, gold((BOX, "agreed", "annotate"), (drawn, "agreed", "annotate", 3, 3))
        )
        for measure in ("accuracy", "precision", "recall", "f1", "iou_mean"):
            if not np.isnan(final[measure]):
                low, high = bounds.loc[measure, ["low", "high"]]
                assert low - 1e-12 <= final[measure] <= high + 1e-12, (measure, drawn)


def test_a_record_that_enough_have_drawn_keeps_its_shape():
    told = predicted((BOX, {}), (OTHER, {}))
    truth = gold((BOX, "agreed", "annotate"), (FAR, "pending", "annotate", 3, 3))
    assert scored(told, truth)[1].loc["recall", "high"] == 1
    assert scored(told, truth)[1].loc["precision", "high"] == 0.5
    few = gold((BOX, "agreed", "annotate"), (FAR, "pending", "annotate", 3, 1))
    bounds = scored(told, few)[1]
    assert bounds.loc["precision", "high"] == 1
    assert "1 of them in any shape" in bounds.loc["precision", "note"]


def test_where_only_open_records_are_the_score_of_the_bounds_is_the_score():
    now, bounds = scored(predicted(), gold((BOX, "pending", "annotate")))
    assert np.isnan(now["accuracy"])
    assert np.isnan(bounds.loc["accuracy", "score"])
    assert bounds.loc["accuracy", ["low", "high"]].tolist() == [0, 1]


def test_a_retired_record_is_not_there():
    truth = gold((BOX, "agreed", "annotate"), (FAR, "retired", "annotate"))
    assert counts(outcome_of(predicted((BOX, {}), (FAR, {})), truth)) == {"correct": 1, "extra": 1}


def test_an_attribute_that_differs_is_worth_a_look_and_one_that_is_not_said_is_not():
    truth = gold((BOX, "agreed", "annotate", 3), (FAR, "agreed", "annotate", 2))
    said = outcome_of(predicted((BOX, {"rating": 3}), (FAR, {"rating": 4})), truth).conflicts
    assert said[["record_id", "conflict", "severity"]].to_numpy().tolist() == [
        ["r1", "mismatching_attributes", "warning"]
    ]
    assert outcome_of(predicted((BOX, {}), (FAR, {})), truth).conflicts.empty


def test_boxes_are_matched_as_best_they_can():
    truth = gold((BOX, "agreed", "annotate"), (OTHER, "agreed", "annotate"))
    found = outcome_of(predicted((NEAR, {}), (BOX, {})), truth)
    right = found.outcomes[found.outcomes["outcome"] == "correct"]
    assert right["similarity"].tolist() == [1]
    assert counts(found) == {"correct": 1, "extra": 1, "missing": 1}


SIZED = {"width_px": 100.0, "height_px": 100.0, "frames": 1}


def sized(told, **size):
    return replace(told, items=told.items.assign(**(SIZED | size)))


@pytest.mark.parametrize(
    ("shape", "outside"),
    [
        (shapely.box(90, 0, 104, 8), False),
        (shapely.box(101, 0, 104, 8), True),
        (shapely.box(-8, 0, 0, 8), True),
        (shapely.box(0, 100, 8, 108), True),
        (BOX, False),
    ],
)
def test_what_lies_wholly_beyond_the_image_is_excluded_and_counted(shape, outside):
    told = predicted((shape, {}))
    truth = gold((SMALL, "agreed", "annotate"))
    found = counts(outcome_of(sized(told), truth))
    assert found.pop("excluded", 0) == int(outside)
    assert found.get("extra", 0) + found.get("correct", 0) == int(not outside)
    said = decided(sized(told), GUIDE)
    assert rests_on(said, truth, by_item=False)["shapes_outside"] == int(outside)
    unsized = decided(sized(told, width_px=None, height_px=None), GUIDE)
    assert unsized.objects["outside"].tolist() == [shape.bounds[0] < 0]


def test_a_frame_that_the_item_does_not_have_is_nowhere_in_it():
    told = evidence_from({("it_a", "m", "1.0.0"): [{"parts": {7: BOX}, "attributes": {}}]})
    truth = gold((BOX, "agreed", "annotate"))
    assert counts(outcome_of(sized(told), truth)) == {"excluded": 1, "missing": 1}
    assert counts(outcome_of(sized(told, frames=8), truth)) == {"extra": 1, "missing": 1}


def test_an_item_has_the_frames_that_its_records_are_in():
    truth = gold((BOX, "agreed", "annotate"))
    shown = replace(truth, parts=truth.parts.assign(frame=4))
    items = pd.DataFrame({"item_id": ["it_a", "it_b"], "frames": [1, 3]})
    assert with_frames_of(items, shown)["frames"].tolist() == [5, 3]


def test_a_label_of_a_model_that_is_no_class_of_the_guideline_is_excluded_and_counted():
    told = predicted((BOX, {}))
    named = replace(told, annotations=told.annotations.assign(label="unicorn"))
    by_model = replace(named, answers=named.answers.assign(origin="model"))
    guide = replace(
        GUIDE, fields={k: v for k, v in FIELDS.items() if v.source != "label"}, classes=("nodule",)
    )
    truth = gold((BOX, "agreed", "annotate"))
    truth = replace(truth, objects=truth.objects.assign(**{"class": "nodule"}))
    found = outcome_of(by_model, truth, guide)
    assert counts(found) == {"excluded": 1, "missing": 1}
    assert (
        rests_on(decided(by_model, guide), truth, by_item=False)["foreign_classes"]
        == '{"unicorn":1}'
    )
    right = replace(by_model, annotations=told.annotations.assign(label="nodule"))
    assert counts(outcome_of(right, truth, guide)) == {"correct": 1}
    assert counts(outcome_of(named, truth, guide)) == {"correct": 1}


def test_the_only_class_of_a_guideline_gives_everything_its_name():
    assert replace(GUIDE, classes=("nodule",)).only_class == "nodule"
    assert GUIDE.only_class == replace(GUIDE, classes=("a", "b")).only_class == "object"


def test_an_item_in_which_nothing_can_be_judged_is_no_agreement_and_neither_right_nor_wrong():
    found = outcome_of(predicted((SMALL, {})), gold())
    assert counts(found) == {"excluded": 1}
    (figure,) = (
        f for f in object_figures(found.outcomes, "m") if f.measure == "items_without_error"
    )
    assert figure.contributions.tolist() == []
