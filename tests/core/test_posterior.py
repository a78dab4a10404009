"""Fields that a model of the annotators infers: values, soft labels, fits, skills and disputes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from strategies.evidence import BY_ITEM, evidence_from, shuffled

from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.guideline.eras import Eras
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.soft_labels import soft_labels
from groundkeeper.errors import RefusedError

KINDS = ("solid", "part", "none")
GOOD, POOR = ("ada", "bob", "cy"), ("dan", "eve")
KIND = {"type": "enum", "values": [*KINDS], "from": "attribute", "fuse": "posterior"}
SIZE = {"type": "number", "from": "attribute", "fuse": "posterior"}
FIELDS = {"kind": Field.model_validate(KIND), "size": Field.model_validate(SIZE)}


def rules(**inference):
    return Consensus.model_validate(BY_ITEM.model_dump() | {"inference": inference})


CHOSEN = rules(
    kind={"method": "dawid_skene", "compare": ["majority"]}, size={"method": "gaussian_model"}
)


def truth(items):
    return np.random.default_rng(3).integers(len(KINDS), size=items)


def crowd(items=60, era="1.0.0", identity="known"):
    """Three good annotators and two who say *solid* of everything."""
    rng = np.random.default_rng(5)
    said = {}
    for item, kind in enumerate(truth(items)):
        for who in (*GOOD, *POOR):
            slips = rng.random() < 0.1
            named = int(rng.integers(len(KINDS))) if slips else int(kind)
            named = 0 if who in POOR else named
            size = float(
                kind * 10 + rng.normal(2 if who == "eve" else 0, 3 if who == "dan" else 0.5)
            )
            attributes = {"kind": KINDS[named], "size": round(size, 3)}
            said[f"it_{item:03}", who, era] = [{"parts": {}, "attributes": attributes}]
    return with_items(said, identity)


def with_items(said, identity="known"):
    found = evidence_from(said)
    items = pd.DataFrame({"item_id": sorted({item for item, *_ in said})})
    items["group_id"] = items["item_id"]
    return type(found)(
        found.answers.assign(identity=identity), found.annotations, found.parts, items, found.tasks
    )


@pytest.fixture(scope="module")
def found():
    return reconcile(crowd(), CHOSEN, FIELDS)


def of_items(found, column):
    return found.observations.sort_values("item_id")[column].to_numpy()


def test_the_values_are_those_of_the_chosen_method_and_right_where_votes_are_not(found):
    right = np.asarray(KINDS)[truth(60)]
    voted = reconcile(crowd(), rules(kind={"method": "majority"}, size={"method": "mean"}), FIELDS)
    inferred, counted = ((of_items(each, "kind") == right).mean() for each in (found, voted))
    assert inferred > 0.95 > counted


def test_soft_labels_sum_to_one_and_their_best_is_the_value(found):
    soft = found.inferred.posteriors
    assert set(soft["field"]) == {"kind"}
    total = soft.groupby("record_id")["probability"].sum()
    assert total.to_numpy() == pytest.approx(1, abs=1e-8)
    best = soft.sort_values("probability").drop_duplicates("record_id", keep="last")
    stored = found.observations.set_index("record_id")["kind"].sort_index()
    assert (best.set_index("record_id")["value"].str.strip('"').sort_index() == stored).all()


def test_records_on_which_the_methods_differ_are_named_with_both_values(found):
    disputes = found.inferred.disputes
    fits = found.inferred.fits.set_index(["field", "method"])
    assert len(disputes) == fits.loc[("kind", "majority"), "differing"] > 0
    assert fits["chosen"].to_dict() == {
        ("kind", "dawid_skene"): True,
        ("kind", "majority"): False,
        ("size", "gaussian_model"): True,
    }
    stored = found.observations.set_index("record_id")["kind"]
    assert (
        disputes["chosen_value"].str.strip('"').to_numpy() == stored[disputes["record_id"]]
    ).all()
    assert (disputes["value"] != disputes["chosen_value"]).all()


def test_the_annotators_are_told_apart(found):
    skills = found.inferred.skills
    accuracy = skills[skills["measure"] == "accuracy"].set_index("annotator")["value"]
    assert accuracy[list(GOOD)].min() > 0.8
    assert accuracy[list(POOR)].max() < 0.5
    bias = skills[skills["measure"] == "bias"].set_index("annotator")["value"]
    noise = skills[skills["measure"] == "noise"].set_index("annotator")["value"]
    assert (bias.idxmax(), noise.idxmax()) == ("eve", "dan")
    assert (skills["low"] <= skills["value"]).all()


def test_a_value_below_the_least_probability_is_missing_and_its_soft_labels_stay():
    demanding = rules(kind={"method": "dawid_skene", "at_least": 0.9999}, size={"method": "median"})
    found = reconcile(crowd(), demanding, FIELDS)
    best = found.inferred.posteriors.groupby("record_id")["probability"].max()
    missing = found.observations.set_index("record_id")["kind"].isna()
    assert (missing == (best < 0.9999).reindex(missing.index)).all()
    assert 0 < missing.sum() < len(missing)


def test_fewer_answers_to_the_field_than_the_quorum_settle_nothing():
    found = crowd(12)
    one = found.items["item_id"].iloc[0]
    of_one = found.annotations["item_id"] == one
    silent = found.annotations["attributes"].where(~of_one | ~of_one.cumsum().gt(1), "{}")
    quiet = replace(found, annotations=found.annotations.assign(attributes=silent))
    counted = reconcile(
        quiet, rules(kind={"method": "majority"}, size={"method": "median"}), FIELDS
    )
    row = counted.observations.set_index("item_id").loc[one]
    assert (row["votes"], pd.isna(row["kind"]), pd.isna(row["size"])) == (5, True, True)
    assert counted.inferred.posteriors["record_id"].eq(row["record_id"]).sum() == 1


def test_a_majority_that_ties_says_nothing():
    said = {
        ("it_1", who, "1.0.0"): [{"parts": {}, "attributes": {"kind": kind}}]
        for who, kind in zip("ab", KINDS, strict=False)
    }
    found = reconcile(with_items(said), rules(kind={"method": "majority"}), FIELDS)
    assert found.observations["kind"].isna().all()
    assert found.inferred.posteriors["probability"].tolist() == [0.5, 0.5]


def test_nothing_depends_on_the_order_of_rows(
    found,
):
    class Mixed:
        def randint(self, _low, _high):
            return 11

    again = reconcile(shuffled(crowd(), Mixed()), CHOSEN, FIELDS)
    for name in ("observations", "posteriors", "fits", "skills", "disputes"):
        pd.testing.assert_frame_equal(getattr(again.inferred, name), getattr(found.inferred, name))


@pytest.mark.parametrize("method", ["weighted", "one_coin", "dawid_skene", "glad", "mace", "ibcc"])
def test_methods_that_learn_about_annotators_refuse_anonymous_ones(method):
    with pytest.raises(RefusedError, match=r"consensus\.inference\.kind: .*anonymous.*majority"):
        reconcile(crowd(8, identity="anonymous"), rules(kind={"method": method}), FIELDS)


def test_the_batches_of_anonymous_answers_are_named_with_the_way_out():
    with pytest.raises(RefusedError, match=r"answers of batch b1: take it out \(`gk inbox remove "):
        reconcile(crowd(8, identity="anonymous"), CHOSEN, FIELDS)


def test_a_model_of_numbers_refuses_anonymous_annotators():
    with pytest.raises(RefusedError, match=r"consensus\.inference\.size: .*anonymous.*median"):
        reconcile(crowd(8, identity="anonymous"), rules(size={"method": "gaussian_model"}), FIELDS)


def test_counting_does_not_ask_who_somebody_is():
    counting = rules(kind={"method": "majority"}, size={"method": "median"})
    found = reconcile(crowd(8, identity="anonymous"), counting, FIELDS)
    assert found.observations["kind"].notna().any()


def test_answers_of_later_versions_teach_the_model_nothing_about_earlier_records():
    early, late = crowd(30), crowd(60, era="2.0.0")
    known = set(early.items["item_id"])
    newer = late.of(late.answers[~late.answers["item_id"].isin(known)])
    both = type(early)(
        *(
            pd.concat([getattr(early, n), getattr(newer, n)], ignore_index=True)
            for n in ("answers", "annotations", "parts")
        ),
        late.items,
        early.tasks,
    )
    alone = reconcile(early, CHOSEN, FIELDS)
    found = reconcile(both, CHOSEN, FIELDS, Eras(), later=("2.0.0",))
    old = found.inferred.posteriors[found.inferred.posteriors["era"] == "1.0.0"]
    pd.testing.assert_frame_equal(old.reset_index(drop=True), alone.inferred.posteriors)
    assert set(found.inferred.fits["era"]) == {"1.0.0", "2.0.0"}
    in_force = reconcile(both, CHOSEN, FIELDS)
    assert set(in_force.inferred.fits["era"]) == {"2.0.0"}


def test_soft_labels_are_released_of_settled_records_that_still_say_so(found):
    posteriors = found.inferred.posteriors
    records = found.observations.assign(status="agreed")
    records.loc[0, "status"] = "pending"
    records.loc[1, "kind"] = KINDS[(KINDS.index(records.loc[1, "kind"]) + 1) % 3]
    sample = records[["item_id"]].assign(inclusion_probability=0.25)
    released = soft_labels(posteriors, records, FIELDS, sample)
    assert set(records["record_id"]) - set(released["record_id"]) == set(records["record_id"][:2])
    assert released.groupby("record_id")["weight"].sum().to_numpy() == pytest.approx(4)
    renamed = {"sort": FIELDS["kind"]}
    assert soft_labels(posteriors, records, renamed, sample).empty
