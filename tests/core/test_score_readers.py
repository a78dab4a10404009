"""Readers held against what the others make: where a record is open, nobody can say that an item is empty."""

import pandas as pd
import pytest
import shapely
from strategies.evidence import BY_IOU, FIELDS, evidence_from, mark_id

from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.sections import Scoring
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.readers import readings

INCLUDE = Decision.model_validate(
    {"by": "derived", "outcomes": ["annotate"], "default": "annotate"}
)
GUIDE = Guide({"include": INCLUDE}, FIELDS, BY_IOU, Scoring(match_iou=0.5))
SEEN = {"parts": {0: shapely.box(0, 0, 8, 8)}, "attributes": {}}


@pytest.mark.parametrize(
    ("status", "expected"), [("pending", 0), ("stale", 0), ("agreed", 2), ("retired", 2)]
)
def test_who_says_nothing_where_a_record_is_open_is_not_right(status, expected):
    """One of three saw something; the two others agree only once it is settled that it counts for nothing."""
    told = evidence_from(
        {("it_a", who, "1.0.0"): [SEEN] * (who == "ada") for who in ("ada", "bob", "cleo")}
    )
    clusters = pd.DataFrame({"annotation_id": [mark_id("it_a", "ada", "1.0.0", 1, 0)]})
    records = pd.DataFrame({"record_id": ["r"], "status": [status], "include": ["annotate"]})
    sizes = image_areas(told.items, told.annotations, told.parts)
    names = ["ada", "bob", "cleo"]
    found = readings(told, clusters.assign(record_id="r"), records, sizes, GUIDE, names)
    assert (found.outcomes["outcome"] == "empty").sum() == expected
