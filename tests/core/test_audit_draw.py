"""Who reads what again: by numbers that stay, in arms that are balanced."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.audit.draw import READERS, action_of, assign, draw, experts_of, panel, strata
from groundkeeper.core.sampling import permanent_random_numbers
from groundkeeper.errors import RefusedError

CHANGE = "1.1.0..2.0.0"
SHARE = {"untouched/near": 0.4, "untouched/far": 0.1, "auto/near": 1.0, "auto/far": 0.25}

seeds = st.integers(0, 10_000)
quick = settings(max_examples=20, deadline=None)


def pool(size=400):
    rng = np.random.default_rng(5)
    number = np.arange(size)
    return pd.DataFrame(
        {
            "record_id": [f"rc_{n}" for n in number],
            "item_id": [f"it_{n // 2}" for n in number],
            "group_id": [f"patient-{n // 5}" for n in number],
            "action": rng.choice(["untouched", "auto"], size),
            "near": rng.random(size) < 0.2,
        }
    )


def answers(records, people=("ada", "bo", "cy", "di"), identity="known"):
    items = records[["item_id"]].drop_duplicates()
    return items.merge(pd.DataFrame({"annotator": people, "identity": identity}), how="cross")


@quick
@given(seeds, st.integers(20, 399), st.randoms(use_true_random=False))
def test_growth_never_drops_a_drawn_record(seed, size, random):
    records = pool()
    kept = records.loc[random.sample(range(400), size)]
    small, large = (draw(part, SHARE, CHANGE, seed) for part in (kept, records))
    both = small.merge(large, on="record_id", suffixes=("", "_large"))
    assert len(both) == len(small)
    assert (both["prn"] == both["prn_large"]).all()


@quick
@given(seeds)
def test_a_higher_share_only_adds_records(seed):
    more = {stratum: min(1.0, 2 * share) for stratum, share in SHARE.items()}
    few, many = (set(draw(pool(), share, CHANGE, seed)["record_id"]) for share in (SHARE, more))
    assert few <= many


@quick
@given(seeds, st.integers(0, 99))
def test_the_order_of_the_pool_and_of_the_people_decides_nothing(seed, shuffle):
    records = pool()
    mixed = records.sample(frac=1, random_state=shuffle)
    drawn, again = (draw(part, SHARE, CHANGE, seed) for part in (records, mixed))
    pd.testing.assert_frame_equal(drawn, again)
    who = answers(drawn)[["item_id", "annotator"]]
    others = who.sample(frac=1, random_state=shuffle)
    pd.testing.assert_frame_equal(
        assign(drawn, who, CHANGE, seed), assign(again, others, CHANGE, seed)
    )


def test_weights_sum_to_the_pool_on_average():
    records = pool()
    sizes = strata(records).value_counts()
    sums = [
        (1 / draw(records, SHARE, CHANGE, seed).set_index("stratum")["inclusion_probability"])
        .groupby("stratum")
        .sum()
        for seed in range(100)
    ]
    mean = pd.concat(sums, axis=1).fillna(0.0).mean(axis=1)
    assert mean["auto/near"] == pytest.approx(sizes["auto/near"])
    for stratum, size in sizes.items():
        error = np.sqrt(size * (1 - SHARE[stratum]) / SHARE[stratum] / 100)
        assert mean[stratum] == pytest.approx(size, abs=4 * error + 1e-9)


def test_another_change_draws_other_records_and_so_does_the_sample():
    records, share = pool(), dict.fromkeys(SHARE, 0.5)
    one, other = (
        set(draw(records, share, change, 1)["record_id"]) for change in (CHANGE, "2.0.0..2.1.0")
    )
    sampled = set(
        records["record_id"][permanent_random_numbers(records["record_id"], 1, "sample") < 0.5]
    )
    for found in (other, sampled):
        assert len(one & found) == pytest.approx(100, abs=30)


@quick
@given(seeds, st.integers(1, 5))
def test_arms_are_balanced_in_every_record_and_stratum(seed, people):
    drawn = draw(pool(), SHARE, CHANGE, seed)
    who = answers(drawn, [f"p{n}" for n in range(people)])[["item_id", "annotator"]]
    found = assign(drawn, who, CHANGE, seed)
    is_new = np.where(found["arm"] == "new", 1, -1)
    for columns in ("record_id", "stratum"):
        assert np.abs(pd.Series(is_new).groupby(found[columns]).sum()).max() <= 1
    assert (found.groupby("record_id").size() == min(people, READERS)).all()
    assert not found.duplicated(["record_id", "annotator"]).any()
    assert set(found["record_id"]) == set(drawn["record_id"])


def test_people_read_under_both_versions_about_as_often():
    drawn = draw(pool(), dict.fromkeys(SHARE, 1.0), CHANGE, 3)
    found = assign(drawn, panel(drawn, ["ada", "bo", "cy", "di"]), CHANGE, 3)
    counts = found.groupby(["annotator", "arm"]).size()
    assert counts.min() > 70
    assert counts.sum() == 800


def test_arms_do_not_follow_what_is_known_of_a_record():
    shares = []
    for seed in range(40):
        drawn = draw(pool(), SHARE, CHANGE, seed)
        found = assign(drawn, answers(drawn, ["ada"])[["item_id", "annotator"]], CHANGE, seed)
        shares.append((found["arm"] == "new").groupby(found["near"]).mean())
    assert np.abs(pd.concat(shares, axis=1).mean(axis=1) - 0.5).max() < 0.06


def test_those_who_answered_read_again():
    drawn = draw(pool(), SHARE, CHANGE, 1)
    said = pd.concat([answers(drawn, ["ada", "bo"]), answers(pool(), ["zoe"]).tail(0)])
    found = assign(drawn, experts_of(drawn, said), CHANGE, 1)
    assert set(found["annotator"]) == {"ada", "bo"}


def test_people_who_are_not_known_are_refused_unless_there_is_a_panel():
    drawn = draw(pool(), SHARE, CHANGE, 1)
    said = answers(drawn, ["lidc-1-r1"], "anonymous")
    items = drawn["item_id"].nunique()
    with pytest.raises(
        RefusedError,
        match=rf"{items} of {items} items were answered by annotators of unknown identity.*--annotator",
    ):
        experts_of(drawn, said)
    assert len(panel(drawn, ["ada", "bo", "ada"])) == 2 * items


@pytest.mark.parametrize("named", [["ada"], ["ada", " ada", ""], ["", " "]])
def test_a_panel_of_fewer_than_two_people_is_refused(named):
    with pytest.raises(
        RefusedError, match=r"the panel is (ada|none); allowed are 2 people or more"
    ):
        panel(draw(pool(), SHARE, CHANGE, 1), named)


def test_an_item_that_nobody_answered_is_refused():
    drawn = draw(pool(), SHARE, CHANGE, 1)
    missing = drawn["item_id"].iloc[0]
    said = answers(drawn)
    with pytest.raises(RefusedError, match=f"nobody answered the items {missing}"):
        experts_of(drawn, said[said["item_id"] != missing])


def test_arguments_are_left_as_they_were():
    records = pool()
    before = records.copy(deep=True)
    drawn = draw(records, SHARE, CHANGE, 1)
    kept = drawn.copy(deep=True)
    assign(drawn, panel(drawn, ["ada", "bo"]), CHANGE, 1)
    pd.testing.assert_frame_equal(records, before)
    pd.testing.assert_frame_equal(drawn, kept)
    assert set(action_of(drawn["stratum"])) == {"untouched", "auto"}
