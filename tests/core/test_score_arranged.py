"""What a model drew the other way round, or under something else, in a set; and how a conflict says what differs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from strategies.evidence import BY_IOU, FIELDS, evidence_from

from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Scoring
from groundkeeper.core.scoring.objects.settings import Settings
from groundkeeper.core.scoring.objects.sides import Near
from groundkeeper.core.scoring.subjects.against_records import held
from groundkeeper.core.scoring.subjects.arranged import covered_areas, turned_lines
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.known import known
from groundkeeper.core.scoring.subjects.said import decided

INCLUDE = Decision.model_validate(
    {"by": "derived", "outcomes": ["annotate"], "default": "annotate"}
)
BY_SIMILARITY = BY_IOU.model_validate(
    BY_IOU.model_dump() | {"match": {"by": "similarity", "at_least": 0.3}, "shape": "none"}
)
LABEL = Field.model_validate(
    {"type": "enum", "values": ["cat", "thing"], "from": "label", "fuse": "mode"}
)
GUIDE = Guide({"include": INCLUDE}, FIELDS | {"what": LABEL}, BY_SIMILARITY, Scoring(match_iou=0.5))
LINE = shapely.LineString([(0, 50), (40, 50), (80, 90)])
BOX, UNDER, OVER = shapely.box(20, 0, 28, 8), shapely.box(0, 0, 8, 8), shapely.box(0, 0, 12, 12)


def gold(*records):
    """Records (shape, how it was drawn, what else is known) of the item it_a."""
    rows = [
        {"record_id": f"r{place}", "geometry": shape, "drawn_as": kind} | more
        for place, (shape, kind, more) in enumerate(records)
    ]
    plain = {"item_id": "it_a", "status": "agreed", "votes": 3, "include": "annotate"}
    columns = ["object_group", "what", *FIELDS]
    table = pd.DataFrame([plain | {"what": "thing"} | row for row in rows])
    table = table.reindex(columns=[*dict.fromkeys([*table.columns, *columns])])
    items = pd.DataFrame(
        {"item_id": ["it_a"], "group_id": ["g"], "status": ["agreed"], "experts": [3]}
    )
    return known(table, table[["record_id", "geometry"]].assign(frame=0), items, GUIDE)


def conflicts(truth, *marks):
    """What is to look at where the model m said these marks: (shape, kind, attributes)."""
    drawn = [{"parts": {0: shape}, "attributes": told} for shape, _, told in marks]
    told = evidence_from({("it_a", "m", "1.0.0"): drawn})
    kinds = [kind for _, kind, _ in marks]
    told = replace(told, annotations=told.annotations.assign(kind=kinds))
    sizes = image_areas(told.items, told.annotations, told.parts)
    found = held(decided(told, GUIDE), truth, sizes, GUIDE).conflicts
    return dict(zip(found["conflict"], found["detail"], strict=True))


def test_a_line_that_runs_the_other_way_is_worth_a_look():
    truth = gold((LINE, "polyline", {}))
    assert conflicts(truth, (LINE, "polyline", {})) == {}
    found = conflicts(truth, (LINE.reverse(), "polyline", {}))
    assert found["mismatching_direction"] == "thing; drawn the other way round"


def test_what_lies_under_another_layer_of_the_same_answer_is_worth_a_look():
    truth = gold((UNDER, "polygon", {}), (OVER, "polygon", {}))
    below, above = (UNDER, "polygon", {"z_order": 0}), (OVER, "polygon", {"z_order": 1})
    found = conflicts(truth, below, above)
    assert found == {"covered_annotation": "thing; hidden under other shapes of the answer"}


def test_without_a_layer_nobody_knows_what_is_on_top():
    truth = gold((UNDER, "polygon", {}), (OVER, "polygon", {}))
    assert conflicts(truth, (UNDER, "polygon", {}), (OVER, "polygon", {})) == {}


def test_the_attributes_that_differ_are_named_with_both_values():
    truth = gold((BOX, "polygon", {"rating": 2.0, "kind": "solid", "calcified": True}))
    found = conflicts(truth, (BOX, "polygon", {"rating": 4, "kind": "part", "calcified": True}))
    assert found == {
        "mismatching_attributes": "thing; rating: 2, said to be 4; kind: solid, said to be part"
    }


def test_an_attribute_that_one_thing_lacks_is_said_to_be_nothing():
    truth = gold((BOX, "polygon", {"rating": 2.0}), (UNDER, "polygon", {"rating": 3.0}))
    found = conflicts(truth, (BOX, "polygon", {"rating": 2}), (UNDER, "polygon", {}))
    assert found == {"mismatching_attributes": "thing; rating: 3, said to be nothing"}


def test_a_conflict_of_labels_names_both():
    found = conflicts(gold((BOX, "polygon", {"what": "cat"})), (BOX, "polygon", {}))
    assert found["mismatching_label"] == "cat, said to be thing"


def test_a_conflict_of_groups_names_those_it_was_put_together_with():
    truth = gold(
        (BOX, "polygon", {"object_group": "r0"}), (UNDER, "polygon", {"object_group": "r0"})
    )
    found = conflicts(truth, (BOX, "polygon", {}), (UNDER, "polygon", {}))
    assert found["mismatching_groups"] in {
        f"thing; in the ground truth with r{n}, said to be alone" for n in (0, 1)
    }


def frames(*geometries):
    """One object on frames 0, 1, …"""
    return pd.DataFrame({"place": 0, "frame": range(len(geometries)), "geometry": geometries})


@pytest.mark.parametrize(("turned", "expected"), [(1, False), (2, True)])
def test_a_line_over_several_frames_runs_as_it_does_on_most(turned, expected):
    drawn = [LINE.reverse()] * turned + [LINE] * (3 - turned)
    zero = np.zeros(1, dtype=np.int64)
    near = Near(zero, zero, np.ones(1), np.zeros(1, dtype=bool))
    both = (frames(LINE, LINE, LINE), frames(*drawn))
    found = turned_lines(near, both, np.array([10_000.0]), Settings())
    assert found.tolist() == [expected]
    off = Settings(line_orientation=None)
    assert not turned_lines(near, both, np.array([10_000.0]), off).any()


@pytest.mark.parametrize(("frames_over", "expected"), [(1, False), (2, True)])
def test_what_is_hidden_on_one_frame_of_two_is_not_covered(frames_over, expected):
    over = frames(*[OVER] * frames_over).assign(place=1)
    drawn = pd.concat([frames(UNDER, UNDER), over], ignore_index=True)
    unit, layer = np.zeros(2, dtype=np.int64), np.arange(2)
    assert covered_areas(drawn, unit, layer, 0.05).tolist() == [expected, False]
    assert not covered_areas(drawn, unit, layer, None).any()
    assert not covered_areas(drawn, np.arange(2), layer, 0.05).any()
