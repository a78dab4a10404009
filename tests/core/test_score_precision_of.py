"""Average precision of a model over the records of a set: what counts for nobody is neither missed nor blamed."""

import sys

import numpy as np
import pandas as pd
import pytest
import shapely
from strategies.evidence import BY_IOU, FIELDS, evidence_from

from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.sections import Scoring
from groundkeeper.core.scoring.subjects.against_records import held
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.known import known
from groundkeeper.core.scoring.subjects.precision_of import average_precision_of
from groundkeeper.core.scoring.subjects.said import decided

HOW = Resampling(100, 1, 0.95)
INCLUDE = Decision.model_validate(
    {"by": "derived", "outcomes": ["annotate", "ignore"], "default": "annotate"}
)
GUIDE = Guide(
    {"include": INCLUDE}, FIELDS, BY_IOU, Scoring(match_iou=0.5, ignore={"include": ("ignore",)})
)
ITEMS = pd.DataFrame({"item_id": ["it_a"], "width_px": [100], "height_px": [100]})
SHAPES = [shapely.box(x, 0, x + 8, 8) for x in (0, 20, 40, 60)]


def gold(*records):
    """Records (shape, status, outcome) of the item it_a."""
    table = pd.DataFrame(records, columns=["geometry", "status", "include"])
    table["record_id"] = [f"r{place}" for place in range(len(table))]
    more = dict.fromkeys([*FIELDS, "object_group"])
    table = table.assign(item_id="it_a", drawn_as="polygon", votes=3, **more)
    items = pd.DataFrame(
        {"item_id": ["it_a"], "group_id": ["g"], "status": ["agreed"], "experts": [3]}
    )
    return known(table, table[["record_id", "geometry"]].assign(frame=0), items, GUIDE)


def precision(truth, *marks, items=ITEMS):
    """The rows of the model m, where it said these marks: (shape, confidence)."""
    drawn = [{"parts": {0: shape}, "attributes": {}} for shape, _ in marks]
    told = evidence_from({("it_a", "m", "1.0.0"): drawn})
    told.annotations["confidence"] = [sure for _, sure in marks]
    said = decided(told, GUIDE)
    sizes = image_areas(told.items, told.annotations, told.parts)
    outcomes = held(said, truth, sizes, GUIDE).outcomes
    return average_precision_of(said, truth, outcomes, items, GUIDE, subject="m", how=HOW)


def value(table, measure="segm_ap50"):
    return table.set_index("measure").loc[measure, "value"]


SETTLED = [(SHAPES[0], "agreed", "annotate"), (SHAPES[1], "agreed", "annotate")]
BOTH = [(SHAPES[0], 0.9), (SHAPES[1], 0.8)]


def test_what_is_found_before_anything_else_is_all_of_it():
    assert value(precision(gold(*SETTLED), *BOTH)) == pytest.approx(1)
    assert value(precision(gold(*SETTLED), BOTH[0])) == pytest.approx(51 / 101)


@pytest.mark.parametrize("of_nobody", [("pending", "annotate"), ("agreed", "ignore")])
def test_an_open_or_ignored_record_is_neither_missed_nor_blamed(of_nobody):
    plain = precision(gold(*SETTLED), *BOTH)
    more = gold(*SETTLED, (SHAPES[2], *of_nobody))
    for marks in (BOTH, [*BOTH, (SHAPES[2], 0.99)]):
        found = precision(more, *marks)
        pd.testing.assert_frame_equal(found, plain)


def test_what_is_said_of_nothing_is_blamed():
    found = precision(gold(*SETTLED), *BOTH, (SHAPES[3], 0.99))
    assert 0.5 < value(found) < 0.7


@pytest.mark.parametrize("marks", [[], [(SHAPES[0], 0.9), (SHAPES[1], np.nan)]])
def test_where_nobody_says_how_sure_there_are_no_such_figures(marks):
    assert precision(gold(*SETTLED), *marks).empty


def test_a_size_that_nobody_knows_is_said_to_be_missing():
    found = precision(gold(*SETTLED), *BOTH, items=ITEMS.assign(width_px=None))
    assert found["value"].isna().all()
    assert set(found["subject"]) == {"m"}
    assert found["note"].str.contains("needs the size of every image").all()
    assert set(found["measure"]) == set(precision(gold(*SETTLED), *BOTH)["measure"])


def test_without_the_library_the_figures_are_undefined_and_say_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "hotcoco", None)
    found = precision(gold(*SETTLED), *BOTH)
    assert len(found)
    assert found["value"].isna().all()
    assert found["note"].str.startswith("not computed: hotcoco is not installed").all()
