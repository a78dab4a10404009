import json

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies.evidence import (
    BY_IOU,
    BY_ITEM,
    FIELDS,
    evidence,
    evidence_from,
    mark_id,
    responses,
    shuffled,
)

from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.digest import content_digest
from schemas.names import CLUSTERS, OBSERVATION_PARTS, OBSERVATIONS, RECORD_ALIASES

BOX = shapely.box(0, 0, 4, 4)


def mark(shape=BOX, **attributes):
    return {"parts": {0: shape}, "attributes": attributes}


def digest(found):
    return content_digest(
        {
            "clusters": (found.clusters, CLUSTERS),
            "aliases": (found.aliases, RECORD_ALIASES),
            "observations": (found.observations, OBSERVATIONS),
            "parts": (found.parts, OBSERVATION_PARTS),
        }
    )


@given(evidence, st.sampled_from([BY_IOU, BY_ITEM]), st.randoms())
def test_the_order_of_rows_does_not_matter(found, rules, random):
    one = reconcile(found, rules, FIELDS)
    other = reconcile(shuffled(found, random), rules, FIELDS)
    assert digest(one) == digest(other)


@given(responses)
def test_votes_count_the_people_whose_latest_answer_in_the_era_has_the_record(answered):
    found = evidence_from(answered)
    result = reconcile(found, BY_IOU, FIELDS)
    record = result.clusters.set_index("annotation_id")["record_id"]
    assert sorted(record.index) == sorted(found.annotations["annotation_id"])
    expected = {}
    for (item, annotator, era, turn), drawn in answered.items():
        looked = {key for key in answered if key[0] == item and key[2] == era}
        for one in set(record[found.annotations.set_index("annotation_id")["item_id"] == item]):
            people, votes = expected.setdefault((one, era), (set(), set()))
            people.update(key[1] for key in looked)
            latest = max(key[3] for key in looked if key[1] == annotator)
            said = {mark_id(item, annotator, era, turn, place) for place in range(len(drawn))}
            if turn == latest and one in set(record[list(said)]):
                votes.add(annotator)
    table = result.observations.set_index(["record_id", "era"])
    assert table["votes"].to_dict() == {key: len(votes) for key, (_, votes) in expected.items()}
    assert table["experts"].to_dict() == {key: len(who) for key, (who, _) in expected.items()}


@given(evidence)
def test_fused_values_lie_between_the_lowest_and_the_highest(found):
    table = reconcile(found, BY_IOU, FIELDS).observations
    for name in ("area_px2", "rating"):
        known = table[table[name].notna()]
        assert (known[f"{name}_low"] <= known[name]).all()
        assert (known[name] <= known[f"{name}_high"]).all()


def test_an_observation_says_what_its_experts_said():
    found = evidence_from(
        {
            ("it_a", "r1", "1.0.0"): [mark(rating=2, calcified=False, kind="solid")],
            ("it_a", "r2", "1.0.0"): [mark(rating=5, calcified=True, kind="part")],
            ("it_a", "r3", "1.0.0"): [],
        }
    )
    row = reconcile(found, BY_IOU, FIELDS).observations.iloc[0]
    assert (row["votes"], row["experts"], row["spread_iou"]) == (2, 3, 1.0)
    assert (row["rating"], row["rating_low"], row["rating_high"]) == (2, 2, 5)
    assert (row["calcified"], pd.isna(row["kind"]), row["contrast"], row["support"]) == (
        True,
        True,
        True,
        2,
    )


def test_spread_counts_pairs_without_common_area_as_zero():
    left, middle, right = (shapely.box(x, 0, x + 4, 1) for x in (0, 2, 4))
    found = evidence_from(
        {
            ("it_a", "r1", "1.0.0"): [mark(left)],
            ("it_a", "r2", "1.0.0"): [mark(middle)],
            ("it_a", "r3", "1.0.0"): [mark(right)],
        }
    )
    row = reconcile(found, BY_IOU, FIELDS).observations.iloc[0]
    assert (row["votes"], row["spread_iou"]) == (3, pytest.approx((1 / 3 + 1 / 3 + 0) / 3))


def test_a_lone_vote_has_no_spread():
    found = evidence_from({("it_a", "r1", "1.0.0"): [mark()]})
    assert np.isnan(reconcile(found, BY_IOU, FIELDS).observations["spread_iou"].iloc[0])


def test_a_later_era_keeps_the_record_id_and_has_an_observation_of_its_own():
    first = {("it_a", "r1", "1.0.0"): [mark(rating=1)]}
    both = {**first, ("it_a", "r2", "2.0.0"): [mark(rating=4)]}
    before = reconcile(evidence_from(first), BY_IOU, FIELDS).observations
    after = reconcile(evidence_from(both), BY_IOU, FIELDS).observations
    assert after["record_id"].unique().tolist() == before["record_id"].tolist()
    assert after.set_index("era")["rating"].to_dict() == {"1.0.0": 1, "2.0.0": 4}


def test_a_bridging_answer_merges_two_records_and_keeps_the_younger_id_as_an_alias():
    left, right, bridge = shapely.box(0, 0, 4, 1), shapely.box(4, 0, 8, 1), shapely.box(1, 0, 7, 1)
    apart = {("it_a", "r1", "1.0.0"): [mark(left)], ("it_a", "r2", "1.0.0"): [mark(right)]}
    before = reconcile(evidence_from(apart), BY_IOU, FIELDS).clusters
    bridged = evidence_from({**apart, ("it_a", "r3", "2.0.0"): [mark(bridge)]})
    after = reconcile(bridged, BY_IOU, FIELDS)
    assert len(set(after.clusters["record_id"])) == 1
    assert set(after.aliases["alias_id"]) | set(after.aliases["record_id"]) == set(
        before["record_id"]
    )


def test_items_as_records_need_no_geometry():
    found = evidence_from(
        {
            ("it_a", "r1", "1.0.0"): [{"parts": {}, "attributes": {"rating": 3}}],
            ("it_a", "r2", "1.0.0"): [{"parts": {}, "attributes": {"rating": 4}}],
        }
    )
    result = reconcile(found, BY_ITEM, FIELDS)
    assert result.parts.empty
    assert result.observations[["votes", "rating"]].to_dict("records") == [
        {"votes": 2, "rating": 3}
    ]


def test_attributes_of_no_field_are_left_out_of_the_observation():
    found = evidence_from({("it_a", "r1", "1.0.0"): [mark(rating=3)]})
    annotations = found.annotations.assign(attributes=json.dumps({"rating": 3, "mood": "good"}))
    table = reconcile(
        type(found)(found.answers, annotations, found.parts, found.items), BY_IOU, FIELDS
    ).observations
    assert "mood" not in table.columns
