"""A set of every kind of shape, from a file of answers to its release."""

import pytest
import shapely
from builders import drawn_shapes
from builders.drawn_shapes import EXPERTS, FIRST, KINDS, PICTURES, SET, TIGHTER

from groundkeeper import tables
from groundkeeper.layout import Layout
from schemas.names import (
    ANNOTATIONS,
    CLUSTERS,
    GT_ITEMS,
    PLAN,
    RECORD_PARTS,
    RECORDS,
    REJECTS,
    STATES,
)
from stages.runner import STAGES, execute

UP_TO_VALIDATE = STAGES[: STAGES.index("validate") + 1]
TO_RECORDS = tuple(name for name in UP_TO_VALIDATE if name not in {"agreement", "validate"})
"""What records need: they are the same whether somebody measures agreement or not."""
DRAWN = PICTURES - 1
"""Pictures in which there is anything."""


def run(root, stages=UP_TO_VALIDATE):
    for name in stages:
        execute(name, SET, root)
    return Layout(root, SET)


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    return run(drawn_shapes.repository(tmp_path_factory.mktemp("shapes") / "one"))


@pytest.fixture(scope="module")
def records(layout):
    return read(layout, "decide", RECORDS)


def read(layout, stage, table):
    return tables.read(layout.table(stage, table), table)


def of_kind(layout, kind, picture=2):
    """The record of a kind on the picture where people stand farthest apart, and its shape."""
    records = read(layout, "decide", RECORDS)
    items = read(layout, "decide", GT_ITEMS).set_index("item_id")["item_key"]
    wanted = (records["kind"] == kind) & (records["item_id"].map(items) == f"street-{picture}")
    (record,) = records[wanted].to_dict("records")
    parts = read(layout, "decide", RECORD_PARTS)
    (shape,) = parts.loc[parts["record_id"] == record["record_id"], "geometry"]
    return record, shape


def test_every_shape_is_taken_in_as_what_it_was_drawn_with(layout):
    kinds = read(layout, "ingest", ANNOTATIONS)["kind"].value_counts().to_dict()
    assert kinds == dict.fromkeys(KINDS, len(EXPERTS) * DRAWN)
    assert read(layout, "ingest", REJECTS).empty


def test_three_people_make_one_record_of_every_thing(layout, records):
    assert len(records) == len(KINDS) * DRAWN
    assert set(records["votes"]) == {3}
    assert set(records["status"]) == {"agreed"}
    # What most of three ellipses cover is none.
    made = records["kind"].where(records["kind"] != "ellipse", "polygon")
    assert (made == records["drawn_as"]).all()
    clusters = read(layout, "consensus", CLUSTERS)
    assert set(clusters["record_id"].value_counts()) == {3}


def test_who_found_nothing_agrees_that_there_is_nothing(layout):
    items = read(layout, "decide", GT_ITEMS).set_index("item_key")
    assert items["empty"].to_dict() == {f"street-{n}": n == DRAWN for n in range(PICTURES)}


@pytest.mark.parametrize(
    ("kind", "geometry"),
    [
        ("bbox", shapely.box(11.5, 10, 41.5, 30)),
        ("polygon", shapely.box(101.5, 10, 131.5, 40)),
        ("mask", shapely.box(41, 60, 51, 68)),
    ],
)
def test_an_area_in_the_middle_is_the_one_of_all(layout, kind, geometry):
    assert of_kind(layout, kind)[1].equals(geometry)


def test_a_line_is_one_that_somebody_drew_and_points_are_in_the_middle(layout):
    assert of_kind(layout, "polyline")[1].coords[0] == (100.375, 50)
    assert [point.coords[0] for point in of_kind(layout, "points")[1].geoms] == [
        (150.375, 20),
        (160.375, 30),
    ]
    joints = [point.coords[0] for point in of_kind(layout, "skeleton")[1].geoms]
    assert joints == [(21.5, 70, 2), (27.5, 60, 2), (33.5, 70, 1), (0, 0, 0)]


@pytest.mark.parametrize(
    ("kind", "measure", "px"),
    [
        ("bbox", "spread_edge_max_px", 1.5),
        ("polygon", "spread_boundary_max_px", 1.5),
        ("mask", "spread_boundary_p95_px", 1.0),
        ("polyline", "spread_boundary_max_px", 0.375),
        ("points", "spread_point_distance_px", 0.375),
        ("skeleton", "spread_point_distance_px", 1.5),
    ],
)
def test_the_spread_is_how_far_the_farthest_of_them_stands_from_it(layout, kind, measure, px):
    assert of_kind(layout, kind)[0][measure] == pytest.approx(px)


def test_a_kind_has_no_spread_that_it_has_not(records):
    by_kind = records.set_index("kind")
    assert by_kind.loc[["polygon", "mask", "polyline"], "spread_edge_max_px"].isna().all()
    assert by_kind.loc[list(KINDS[:5]), "spread_point_distance_px"].isna().all()
    assert by_kind.loc[["points", "skeleton"], "spread_boundary_max_px"].isna().all()


def test_lines_and_points_have_no_area(records):
    flat = records["drawn_as"].isin(["polyline", "points", "skeleton"])
    assert (records["area_px2"].isna() == flat).all()


def test_layers_and_groups_are_voted(records):
    layers = records.groupby("kind")["z_order"].unique().map(list).to_dict()
    assert layers == {kind: [place] for place, kind in enumerate(KINDS)}
    grouped = records[records["object_group"].notna()]
    assert set(grouped["kind"]) == {"bbox", "ellipse"}
    assert (grouped.groupby("item_id")["object_group"].nunique() == 1).all()
    assert grouped["object_group"].isin(grouped["record_id"]).all()


@pytest.mark.parametrize("shape", ["edge_median", "weighted_boxes", "staple", "medoid"])
def test_every_rule_makes_a_shape_of_every_kind(shape, tmp_path):
    layout = run(drawn_shapes.repository(tmp_path / "one", shape=shape), TO_RECORDS)
    parts = read(layout, "decide", RECORD_PARTS)
    assert len(parts) == len(KINDS) * DRAWN
    assert not shapely.is_empty(parts["geometry"].to_numpy(dtype=object)).any()
    if shape != "medoid":
        box = of_kind(layout, "bbox")[1]
        assert box.area == pytest.approx(600, rel=0.15)


def test_a_tighter_box_asks_for_the_boxes_that_stand_too_far_apart_and_for_nothing_else(tmp_path):
    layout = run(drawn_shapes.repository(tmp_path / "one", TIGHTER), TO_RECORDS)
    records = read(layout, "decide", RECORDS).set_index("record_id")
    states = read(layout, "impact", STATES).set_index("record_id")["action"]
    again = records.loc[states.index[states == "reannotate"]]
    assert set(again["drawn_as"]) == {"bbox"}
    assert (again["spread_edge_max_px"] > 1).all()
    near = records[(records["drawn_as"] == "bbox") & ~records.index.isin(again.index)]
    assert (near["spread_edge_max_px"] <= 1).all()
    assert len(near) > 0
    assert len(again) > 0
    assert set(read(layout, "impact", PLAN)["record_id"]) == set(again.index)


def test_the_order_of_lines_changes_nothing(layout, tmp_path):
    upside_down = drawn_shapes.repository(tmp_path / "one", FIRST, backwards=True)
    other = run(upside_down, TO_RECORDS)
    for table in (RECORDS, RECORD_PARTS):
        one, two = (found.table("decide", table).read_bytes() for found in (layout, other))
        assert one == two
