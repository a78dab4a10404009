"""Laws of the records and shapes that consensus makes, whatever is drawn."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies.evidence import evidence_from, fewest, shuffled

from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.guideline.sections import Consensus
from schemas.drawn import SPREADS

RULES = ("majority_region", "edge_median", "weighted_boxes", "staple", "medoid", "by_kind")

places = st.integers(0, 40)
sizes = st.integers(2, 20)
boxes = st.builds(lambda x, y, w, h: shapely.box(x, y, x + w, y + h), places, places, sizes, sizes)
corners = st.tuples(places, places)
lines = st.lists(corners, min_size=2, max_size=4, unique=True).map(shapely.LineString)
points = st.lists(corners, min_size=1, max_size=3, unique=True).map(shapely.MultiPoint)
skeletons = st.lists(corners, min_size=3, max_size=3, unique=True).map(
    lambda joints: shapely.MultiPoint([(x, y, 2) for x, y in joints])
)
KINDS = {
    "bbox": boxes,
    "polygon": boxes,
    "polyline": lines,
    "points": points,
    "skeleton": skeletons,
}
kinds = st.sampled_from(sorted(KINDS))
drawings = kinds.flatmap(
    lambda kind: st.tuples(
        st.just(kind), st.lists(st.lists(KINDS[kind], max_size=2), min_size=2, max_size=4)
    )
)


def rules(shape):
    match = {"by": "similarity", "at_least": 0.25}
    return Consensus.model_validate({"experts": 4, "quorum": 1, "match": match, "shape": shape})


def evidence(kind, drawn):
    """What several people drew in one picture of 200 by 100 px, in two frames each."""
    found = evidence_from(
        {
            ("it_a", f"r{reader}", "1.0.0"): [
                {"parts": {0: shape, 1: shape}, "attributes": {}} for shape in shapes
            ]
            for reader, shapes in enumerate(drawn)
        }
    )
    sized = found.items.assign(width_px=200, height_px=100)
    return replace(found, annotations=found.annotations.assign(kind=kind), items=sized)


def clusters(found, shape="by_kind"):
    made = reconcile(found, rules(shape), {})
    return made, made.clusters.merge(found.annotations[["annotation_id", "answer_id"]])


@fewest
@given(drawings, st.sampled_from(RULES), st.randoms())
def test_the_order_of_rows_does_not_matter(drawn, shape, random):
    found = evidence(*drawn)
    one, other = (reconcile(rows, rules(shape), {}) for rows in (found, shuffled(found, random)))
    assert one.observations.equals(other.observations)
    assert one.clusters.sort_values("annotation_id", ignore_index=True).equals(
        other.clusters.sort_values("annotation_id", ignore_index=True)
    )
    assert shapely.to_wkb(one.parts["geometry"].to_numpy()).tolist() == (
        shapely.to_wkb(other.parts["geometry"].to_numpy()).tolist()
    )


@fewest
@given(drawings)
def test_nobody_is_in_a_record_twice(drawn):
    _, members = clusters(evidence(*drawn))
    assert not members.duplicated(["record_id", "answer_id"]).any()


@fewest
@given(drawings, st.sampled_from(RULES))
def test_what_is_made_lies_within_the_hull_of_what_was_drawn(drawn, shape):
    found = evidence(*drawn)
    made, members = clusters(found, shape)
    parts = found.parts.merge(members, on="annotation_id")
    for record, rows in parts.groupby("record_id"):
        hull = shapely.union_all(rows["geometry"].to_numpy(dtype=object)).envelope.buffer(1e-9)
        for shape_made in made.parts.loc[made.parts["record_id"] == record, "geometry"]:
            assert hull.covers(shape_made)


@fewest
@given(kinds, st.data(), st.sampled_from(RULES))
def test_what_all_drew_alike_is_kept_and_nobody_stands_apart(kind, data, shape):
    one = data.draw(KINDS[kind])
    made, _ = clusters(evidence(kind, [[one]] * 3), shape)
    assert made.observations["votes"].tolist() == [3]
    assert all(found.equals(one) for found in made.parts["geometry"])
    assert len(made.parts) == 2
    told = made.observations[list(SPREADS)].to_numpy(dtype=np.float64)
    assert np.nanmax(told) == pytest.approx(0, abs=1e-9)


@fewest
@given(drawings, st.integers(-30, 30), st.integers(-30, 30))
def test_what_is_moved_as_a_whole_is_put_together_in_the_same_way(drawn, across, down):
    kind, shapes = drawn
    moved = (
        [
            [shapely.transform(one, lambda xy: xy + np.array([across, down])) for one in some]
            for some in shapes
        ]
        if kind != "skeleton"
        else [
            [
                shapely.MultiPoint([(p.x + across, p.y + down, p.z) for p in one.geoms])
                for one in some
            ]
            for some in shapes
        ]
    )
    here, there = (clusters(evidence(kind, some))[0] for some in (shapes, moved))
    assert sorted(here.observations["votes"]) == sorted(there.observations["votes"])
    near, far = (
        np.sort(made.observations["spread_iou"].to_numpy(dtype=np.float64))
        for made in (here, there)
    )
    np.testing.assert_allclose(near, far, atol=1e-9)
