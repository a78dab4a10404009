"""What an adjudicator says is put in the place of what the experts came to, and nothing else changes."""

import numpy as np
import pandas as pd
import pytest
import shapely
from builders.verdicts import verdict, with_verdicts
from hypothesis import given
from hypothesis import strategies as st
from strategies.evidence import BY_IOU, FIELDS, evidence_from, fewest, marks, responses

from groundkeeper.core.adjudication.reconciled import reconciled
from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.consensus.voices import decided_in
from groundkeeper.core.digest import content_digest
from groundkeeper.core.guideline.eras import Eras, Moved
from groundkeeper.core.guideline.fields import Field
from schemas.names import OBSERVATION_PARTS, OBSERVATIONS

BOX, OTHER = shapely.box(0, 0, 4, 4), shapely.box(1, 1, 3, 3)
EXPERTS = {
    ("it_a", "r1", "1.0.0"): [{"parts": {0: BOX}, "attributes": {"rating": 1, "kind": "solid"}}],
    ("it_a", "r2", "1.0.0"): [{"parts": {0: BOX, 1: BOX}, "attributes": {"rating": 3}}],
    ("it_a", "r3", "1.0.0"): [],
}
STATED = {"parts": {2: OTHER}, "attributes": {"rating": 5}}


def observed(answered=EXPERTS):
    return reconcile(evidence_from(answered), BY_IOU, FIELDS)


def decided(meaning, mark=None, answered=EXPERTS, eras=None, **facts):
    """Return the record of *answered*, before and after a verdict, and what became of everything."""
    evidence = evidence_from(answered)
    before = reconcile(evidence, BY_IOU, FIELDS)
    row = verdict(before.observations["record_id"].iloc[0], meaning, **facts)
    told = with_verdicts(evidence, [(row, mark)])
    found = reconciled(told, BY_IOU, FIELDS, *([eras] if eras else []))
    one = found.observations[found.observations["adjudication"].notna()].iloc[0]
    assert one["adjudication"] == row["verdict_id"]
    assert one["verdict"] == meaning
    return before, found, one


def digest(found):
    return content_digest(
        {
            "observations": (found.observations, OBSERVATIONS),
            "parts": (found.parts, OBSERVATION_PARTS),
        }
    )


def test_values_and_shape_are_the_adjudicators_and_the_evidence_stays_the_experts():
    before, found, one = decided("neither", STATED)
    was = before.observations.iloc[0]
    assert (one["rating"], one["area_px2"]) == (5, 4.0)
    assert pd.isna(one["kind"]), "what the adjudicator did not state is not taken over"
    kept = ["votes", "experts", "spread_iou", "rating_low", "rating_high", "contrast", "support"]
    assert one[kept].tolist() == was[kept].tolist()
    assert one["drawn_as"] == "polygon"
    assert found.parts["frame"].tolist() == [2]
    assert found.parts["geometry"].iloc[0].equals(OTHER)


def test_a_record_that_is_absent_keeps_its_votes_and_has_neither_values_nor_a_shape():
    _, found, one = decided("absent")
    assert (one["votes"], one["experts"]) == (2, 3)
    assert one[["rating", "kind", "area_px2", "drawn_as"]].isna().all()
    assert one["contrast"]
    assert found.parts.empty


def test_a_gap_and_a_refused_verdict_change_nothing():
    plain = observed()
    record = plain.observations["record_id"].iloc[0]
    for row, mark in (
        (verdict(record, "guideline_gap"), None),
        (verdict(record, "neither", refusal="one_of_the_experts"), STATED),
    ):
        told = with_verdicts(evidence_from(EXPERTS), [(row, mark)])
        assert digest(reconciled(told, BY_IOU, FIELDS)) == digest(plain)


def test_under_a_version_in_which_nobody_answered_a_row_is_made_that_rests_on_the_one_before():
    before, found, one = decided("position", STATED, era="2.0.0")
    was = before.observations.iloc[0]
    rows = found.observations.set_index("era")
    assert list(rows.index) == ["1.0.0", "2.0.0"]
    assert (one["votes"], one["experts"], one["support"]) == (was["votes"], was["experts"], 2)
    assert (one["rating"], one["contrast"]) == (5, True)
    assert one[["rating_low", "rating_high"]].tolist() == [1, 3], "as far as the experts stood"
    assert rows.loc["1.0.0", "rating"] == was["rating"]
    assert found.parts.groupby("era")["frame"].agg(list).to_dict() == {
        "1.0.0": [0, 1],
        "2.0.0": [2],
    }
    fields = ["rating", "rating_low", "calcified", "kind", "contrast", "support", "votes"]
    assert found.observations[fields].dtypes.equals(before.observations[fields].dtypes)


def test_the_lowest_and_highest_values_of_another_scale_are_not_those_of_this_one():
    finer = Field.model_validate(
        {"type": "ordinal", "values": [1, 2, 3, 4, 5, 6, 7], "from": "attribute", "fuse": "median"}
    )
    eras = Eras({"1.0.0": FIELDS | {"rating": finer}})
    _, _, one = decided("position", STATED, eras=eras, era="2.0.0")
    assert one[["rating_low", "rating_high"]].isna().all()
    assert not one[["area_px2_low", "area_px2_high"]].isna().any()


@pytest.mark.parametrize(
    ("eras", "era", "votes"),
    [(("1.0.0", "3.0.0"), "2.0.0", 1), (("1.0.0", "9.0.0"), "10.0.0", 2), (("3.0.0",), "2.0.0", 2)],
)
def test_the_row_that_decided_before_is_of_the_newest_era_that_is_not_later(eras, era, votes):
    mark = {"parts": {0: BOX}, "attributes": {}}
    said = {("it_a", "r1", one): [mark] for one in eras}
    said |= {("it_a", "r2", eras[-1]): [mark]}
    _, _, one = decided("position", STATED, said, era=era)
    assert (one["era"], one["votes"]) == (era, votes)


def test_an_adjudicated_row_decides_although_fewer_than_a_quorum_looked():
    alone = {("it_a", "r1", "1.0.0"): EXPERTS["it_a", "r1", "1.0.0"]}
    many = EXPERTS | {("it_a", "r1", "2.0.0"): EXPERTS["it_a", "r1", "1.0.0"]}
    for answered, era in ((alone, "1.0.0"), (many, "2.0.0"), (EXPERTS, "3.0.0")):
        _, found, one = decided("neither", STATED, answered, era=era)
        chosen = decided_in(found.observations, BY_IOU.quorum, "record_id")
        assert chosen["adjudication"].tolist() == [one["adjudication"]]


def test_newer_answers_of_a_quorum_win_over_an_older_verdict():
    later = {("it_a", who, "2.0.0"): EXPERTS["it_a", "r1", "1.0.0"] for who in ("r1", "r2")}
    _, found, _ = decided("neither", STATED, EXPERTS | later)
    chosen = decided_in(found.observations, BY_IOU.quorum, "record_id").iloc[0]
    assert (chosen["era"], chosen["rating"], pd.isna(chosen["adjudication"])) == ("2.0.0", 1, True)


def test_a_shape_of_another_convention_is_told_in_the_one_in_force_and_as_it_was_drawn():
    moved = Eras({}, {"1.0.0": {"outline": Moved("first_pixel_outside", "boundary")}})
    wide = {"parts": {0: shapely.box(0, 0, 20, 20)}, "attributes": {}}
    said = {("it_a", who, "1.0.0"): [wide] for who in ("r1", "r2")}
    evidence = evidence_from(said)
    before = reconcile(evidence, BY_IOU, FIELDS, moved)
    if "area_px2@then" not in before.observations:
        pytest.fail("the convention has no registered transform any more; name one that has")
    row = verdict(before.observations["record_id"].iloc[0], "neither")
    told = with_verdicts(evidence, [(row, wide)])
    found = reconciled(told, BY_IOU, FIELDS, moved)
    columns = ["area_px2", "area_px2@then"]
    assert found.observations[columns].equals(before.observations[columns])
    assert found.parts["geometry"].iloc[0].equals(before.parts["geometry"].iloc[0])


@fewest
@given(responses, st.data())
def test_a_verdict_changes_its_own_row_alone_and_no_expert_hears_of_it(answered, data):
    evidence = evidence_from(answered)
    before = reconcile(evidence, BY_IOU, FIELDS)
    if before.observations.empty:
        return
    row = before.observations.iloc[data.draw(st.integers(0, len(before.observations) - 1))]
    meaning = data.draw(st.sampled_from(["position", "neither", "absent"]))
    mark = None if meaning == "absent" else data.draw(marks)
    said = verdict(row["record_id"], meaning, era=row["era"], item_id=row["item_id"])
    found = reconciled(with_verdicts(evidence, [(said, mark)]), BY_IOU, FIELDS)
    pd.testing.assert_frame_equal(found.clusters, before.clusters)
    pd.testing.assert_frame_equal(found.revalidations, before.revalidations)
    key = ["record_id", "era"]
    mine = (found.observations[key] == row[key].tolist()).all(axis=1).to_numpy()
    assert mine.sum() == 1
    words = {"drawn_as", "adjudication", "verdict"}
    values = [name for name in before.observations if name not in words]
    pd.testing.assert_frame_equal(
        found.observations.loc[~mine, values], before.observations.loc[~mine, values]
    )
    told = ["votes", "experts", "spread_iou", "rating_low", "rating_high", "support"]
    pd.testing.assert_frame_equal(
        found.observations.loc[mine, told], before.observations.loc[mine, told]
    )
    shapes = found.parts[(found.parts[key] == row[key].tolist()).all(axis=1)]
    assert shapes["frame"].tolist() == sorted(mark["parts"] if mark else ())
    stated = found.observations.loc[mine, "rating"].iloc[0]
    expected = (mark["attributes"] if mark else {}).get("rating", np.nan)
    assert (pd.isna(stated) and pd.isna(expected)) or stated == expected
