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
    few,
    fewest,
    mark_id,
    responses,
    shuffled,
)

from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.digest import content_digest
from groundkeeper.core.guideline.eras import Eras, Moved
from groundkeeper.core.guideline.fields import Field
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


@few
@given(evidence, st.sampled_from([BY_IOU, BY_ITEM]), st.randoms())
def test_the_order_of_rows_does_not_matter(found, rules, random):
    one = reconcile(found, rules, FIELDS)
    other = reconcile(shuffled(found, random), rules, FIELDS)
    assert digest(one) == digest(other)


@few
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


@few
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
    wide, left, right = shapely.box(0, 0, 8, 1), shapely.box(0, 0, 4, 1), shapely.box(4, 0, 8, 1)
    found = evidence_from(
        {
            ("it_a", f"r{n}", "1.0.0"): [mark(shape)]
            for n, shape in enumerate((wide, wide, wide, left, right))
        }
    )
    (row,) = reconcile(found, BY_IOU, FIELDS).observations.to_dict("records")
    # Three pairs of the same, six halves, and one pair that has nothing in common.
    assert (row["votes"], row["spread_iou"]) == (5, pytest.approx((3 + 6 / 2 + 0) / 10))


def test_what_is_alike_in_small_steps_only_is_not_one_record():
    left, middle, right = (shapely.box(x, 0, x + 4, 1) for x in (0, 2, 4))
    found = evidence_from(
        {("it_a", f"r{n}", "1.0.0"): [mark(shape)] for n, shape in enumerate((left, middle, right))}
    )
    votes = reconcile(found, BY_IOU, FIELDS).observations["votes"]
    assert sorted(votes) == [1, 2]


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


def test_bridging_answers_merge_two_records_and_keep_the_younger_id_as_an_alias():
    left, right, bridge = shapely.box(0, 0, 4, 1), shapely.box(3, 0, 7, 1), shapely.box(1, 0, 6, 1)
    apart = {("it_a", "r1", "1.0.0"): [mark(left)], ("it_a", "r2", "1.0.0"): [mark(right)]}
    before = reconcile(evidence_from(apart), BY_IOU, FIELDS).clusters
    later = {("it_a", reader, "2.0.0"): [mark(bridge)] for reader in ("r3", "r4")}
    assert len(set(before["record_id"])) == 2
    after = reconcile(evidence_from({**apart, **later}), BY_IOU, FIELDS)
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


def rated(kind, *values, fuse="median", **changed):
    declared = {"type": kind, "from": "attribute", "fuse": fuse} | changed
    return Field.model_validate(declared | ({"values": values} if values else {}))


def observed_in_two_eras(now, then, *said):
    """Observations by era of one record that people spoke of under 1.0.0 and 2.0.0, which is in force."""
    found = evidence_from(
        {
            ("it_a", f"r{n}", era): [mark(**attributes)]
            for era in ("1.0.0", "2.0.0")
            for n, attributes in enumerate(said)
        }
    )
    table = reconcile(found, BY_IOU, now, Eras({"1.0.0": then})).observations
    return table.set_index("era").drop(columns=["record_id", "item_id", "votes", "experts"])


def test_values_are_fused_in_the_order_of_the_vocabulary_of_their_era():
    now, then = (
        {"grade": rated("ordinal", *values)} for values in (("low", "high"), ("high", "mid", "low"))
    )
    said = [{"grade": value} for value in ("high", "mid", "low")]
    table = observed_in_two_eras(now, then, *said)
    assert table.loc["1.0.0", ["grade", "grade_low", "grade_high"]].tolist() == [
        "mid",
        "high",
        "low",
    ]
    assert table.loc["2.0.0", ["grade", "grade_low", "grade_high"]].tolist() == [
        "low",
        "low",
        "high",
    ]


@pytest.mark.parametrize(
    ("now", "then", "fused"),
    [
        (rated("ordinal", 1, 2, 3, fuse="max"), rated("ordinal", 1, 2, 3, 4, fuse="min"), 4),
        (rated("ordinal", 1, 2, 3, fuse="max"), rated("enum", 1, 2, 3, 4, fuse="mode"), None),
        (rated("number", fuse="max", version=2), rated("number", fuse="min"), 2),
        (rated("number", fuse="max"), rated("integer", fuse="min"), 2),
        (rated("integer", fuse="max"), rated("number", fuse="min"), None),
        (rated("bool", fuse="any"), rated("integer", fuse="min"), None),
    ],
    ids=[
        "same question",
        "no order",
        "other meaning",
        "whole among numbers",
        "number among whole",
        "other type",
    ],
)
def test_the_fuse_rule_in_force_holds_as_long_as_the_question_is_the_same(now, then, fused):
    table = observed_in_two_eras({"grade": now}, {"grade": then}, {"grade": 2}, {"grade": 4})
    found = table.loc["1.0.0", "grade"]
    assert (None if pd.isna(found) else found) == fused


def test_who_reads_answers_in_the_words_in_force_finds_nothing_where_others_were_used():
    found = evidence_from({("it_a", f"r{n}", "1.0.0"): [mark(kind=n)] for n in ("solid", "pure")})
    assert answered_values(found, FIELDS)["kind"].dropna().tolist() == ["solid"]


def test_what_is_measured_is_measured_anew_as_the_version_in_force_says():
    width = rated("number", **{"from": "geometry", "function": "width"})
    then = {"area_px2": width, "contrast": rated("bool", fuse="any"), "old": width}
    table = observed_in_two_eras(FIELDS, then, {"contrast": False})
    assert table.loc["1.0.0", ["area_px2", "contrast", "old"]].tolist() == [16, True, 4]


def test_a_field_of_an_older_era_has_a_column_that_is_missing_outside_of_it():
    now = {"rating": FIELDS["rating"]}
    then = {"calcified": FIELDS["calcified"], "size": rated("number")}
    table = observed_in_two_eras(now, then, {"rating": 3, "calcified": True, "size": 2.5})
    assert table.columns[~table.columns.isin(list(OBSERVATIONS.columns))].tolist() == [
        *("rating", "rating_low", "rating_high"),
        *("calcified", "size", "size_low", "size_high"),
    ]
    assert table.loc["1.0.0", ["rating", "calcified", "size"]].tolist() == [3, True, 2.5]
    assert table.loc["2.0.0", "rating"] == 3
    assert table.loc["2.0.0", ["calcified", "size", "size_low"]].isna().all()


@fewest
@given(evidence)
def test_column_types_are_those_in_force_whatever_other_eras_declare(found):
    then = {
        "kind": rated("enum", 1, 2, fuse="mode"),
        "rating": rated("number"),
        "old": rated("bool", fuse="any"),
    }
    eras = Eras({"1.0.0": then, "0.1.0": {"old": rated("number")}})
    alone = reconcile(found, BY_IOU, FIELDS).observations
    table = reconcile(found, BY_IOU, FIELDS, eras).observations
    assert table.dtypes[alone.columns].tolist() == alone.dtypes.tolist()
    assert str(table["old"].dtype) == "boolean"


@fewest
@given(evidence, st.randoms())
def test_an_era_that_declares_the_same_changes_nothing(found, random):
    alone = reconcile(found, BY_IOU, FIELDS)
    eras = Eras({"1.0.0": dict(FIELDS)}, {"2.0.0": {"boxes": Moved("visible", "whole")}})
    assert digest(reconcile(shuffled(found, random), BY_IOU, FIELDS, eras)) == digest(alone)


OUTLINE = {"outline": Moved("first_pixel_outside", "boundary")}
STRICT = BY_IOU.model_copy(update={"match": BY_IOU.match.model_copy(update={"at_least": 0.5})})


def shifted(era, *shifts, size=4):
    return {
        ("it_a", f"r{n}", era): [mark(shapely.box(x, 0, x + size, size))]
        for n, x in enumerate(shifts)
    }


def test_shapes_of_another_convention_are_told_and_their_spread_measured_in_the_one_in_force():
    found = evidence_from(shifted("1.0.0", 0, 1))
    result = reconcile(found, STRICT, FIELDS, Eras(conventions={"1.0.0": OUTLINE}))
    row = result.observations.iloc[0]
    assert (row["area_px2"], row["spread_iou"]) == (4, pytest.approx(1 / 3))
    assert result.parts["geometry"].item().bounds == (1, 1, 4, 3)


def test_a_change_of_convention_splits_no_record():
    found = evidence_from(shifted("1.0.0", 0, 1))
    before = reconcile(found, STRICT, FIELDS).clusters
    after = reconcile(found, STRICT, FIELDS, Eras(conventions={"1.0.0": OUTLINE})).clusters
    assert len(set(before["record_id"])) == 1
    pd.testing.assert_frame_equal(after, before)


def test_what_was_drawn_under_two_conventions_is_compared_in_the_one_in_force():
    inner = {("it_a", "r0", "2.0.0"): [mark(shapely.box(1, 1, 3, 3))]}
    found = evidence_from({**shifted("1.0.0", 0), **inner})
    eras = Eras(conventions={"1.0.0": OUTLINE})
    assert len(set(reconcile(found, STRICT, FIELDS).clusters["record_id"])) == 2
    assert len(set(reconcile(found, STRICT, FIELDS, eras).clusters["record_id"])) == 1


def test_a_record_of_whose_shape_nothing_is_left_keeps_its_votes_and_lacks_its_measures():
    found = evidence_from(shifted("1.0.0", 0, 0, size=2))
    result = reconcile(found, BY_IOU, FIELDS, Eras(conventions={"1.0.0": OUTLINE}))
    row = result.observations.iloc[0]
    assert (row["votes"], result.parts.empty) == (2, True)
    assert row[["area_px2", "spread_iou"]].isna().all()
