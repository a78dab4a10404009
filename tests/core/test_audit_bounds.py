"""Shares of the arms, computed by hand; and what is bounded by them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.audit import bounds
from groundkeeper.core.audit.arms import arms
from groundkeeper.core.audit.bounds import Arm
from groundkeeper.core.audit.shares import shares
from groundkeeper.core.binomial import upper_limit

ONE = np.ones((1, 1))

probabilities = st.floats(0, 1)
counts = st.floats(1, 500)


def arm(share, effective):
    return Arm(np.atleast_2d(share).astype(float), np.atleast_2d(effective).astype(float))


def read(stratum, arm, differs, groups=None, chance=0.5):
    number = np.arange(len(differs))
    return pd.DataFrame(
        {
            "round": "a1",
            "stratum": stratum,
            "arm": arm,
            "record_id": number,
            "group_id": number if groups is None else groups,
            "inclusion_probability": chance,
            "differs": pd.array(differs, dtype="boolean"),
        }
    )


def test_a_share_is_weighted_by_what_each_reading_stands_for():
    """Weights 1, 1, 4, 4; so 5 of 10. By groups: (1 + 4)^2 + (1 + 4)^2 = 50, so 100 / 50 are sure to be independent."""
    rows = read(
        "s", "new", [True, False, True, False], groups=[1, 2, 2, 1], chance=[1, 1, 0.25, 0.25]
    )
    (found,) = shares(rows, ["arm"], "differs").itertuples(index=False)
    assert (found.share, found.n, found.groups, found.effective_n) == (0.5, 4, 2, 2.0)


def test_the_design_effect_is_that_of_the_linearised_variance():
    """Twelve patients with two readings each, alike in eight of them: by hand, from the influences of the patients."""
    differs = np.array([[1, 1], [0, 0]] * 4 + [[1, 0]] * 4).ravel()
    rows = read("s", "new", differs, groups=np.repeat(np.arange(12), 2))
    (found,) = shares(rows, ["arm"], "differs").itertuples(index=False)
    influence = (differs - 0.5).reshape(12, 2).sum(axis=1) / 24
    variance = 12 / 11 * (influence**2).sum()
    assert found.effective_n == pytest.approx(0.25 / variance) == pytest.approx(16.5)


def test_where_nothing_happened_the_readings_of_a_patient_count_as_one():
    rows = read("s", "new", [False] * 24, groups=np.repeat(np.arange(12), 2))
    assert shares(rows, ["arm"], "differs")["effective_n"].tolist() == [12]


def test_readings_that_cannot_be_compared_are_not_counted():
    rows = read("s", "new", [True, None, False, None])
    found = shares(rows, ["stratum"], "differs").loc["s"]
    assert (found["share"], found["n"]) == (0.5, 2)


def test_the_difference_has_the_limits_of_newcombes_method_with_exact_ones():
    """56 of 70 against 48 of 80: Statistics in Medicine 17:873-890, 1998; there 0.0524 to 0.3339 with Wilson's."""
    found = bounds.difference(arm(56 / 70, 70), arm(48 / 80, 80), ONE, 0.975)
    low, high = (upper_limit(k, n, 0.975) for k, n in ((56, 70), (32, 80)))
    assert found.value.item() == pytest.approx(0.2)
    assert found.high.item() == pytest.approx(0.2 + np.hypot(low - 0.8, high - 0.4))
    assert found.low.item() == pytest.approx(0.0524, abs=0.02)
    assert found.high.item() == pytest.approx(0.3339, abs=0.02)


def test_no_event_in_either_arm_still_has_a_width():
    quiet = arm(0, 59)
    assert bounds.difference(quiet, quiet, ONE, 0.95).high.item() == pytest.approx(0.0495, abs=1e-4)
    assert bounds.missed(quiet, quiet, ONE, 0.95).high.item() == pytest.approx(0.0495, abs=1e-4)
    assert bounds.traced(quiet, quiet, ONE, 0.95).high.item() == pytest.approx(0.0495, abs=2e-4)


def test_noise_dims_the_difference_and_is_taken_out_stratum_by_stratum():
    """A quarter is missed near, nothing far; noise of 0.3 and 0.05 leaves 0.25 x 0.4 near and nothing far."""
    old, new = arm([0.3, 0.05], [1e6, 1e6]), arm([0.4, 0.05], [1e6, 1e6])
    weight = np.array([[0.2, 0.8]])
    assert bounds.difference(new, old, weight, 0.95).value.item() == pytest.approx(0.02)
    assert bounds.missed(new, old, weight, 0.95).value.item() == pytest.approx(0.05)
    assert bounds.missed(new, old, weight, 0.95).high.item() == pytest.approx(0.05, abs=2e-3)


def test_an_arm_without_readings_leaves_the_value_undefined_and_excludes_nothing():
    nothing = arm(np.nan, 0)
    for found in (
        bounds.difference(arm(0, 50), nothing, ONE, 0.95),
        bounds.missed(arm(0, 50), nothing, ONE, 0.95),
        bounds.traced(nothing, arm(0, 50), ONE, 0.95),
    ):
        assert np.isnan(found.value.item())
        assert found.high.item() == 1
    halves = bounds.traced(
        arm([0, np.nan], [1e6, 0]), arm([0, np.nan], [1e6, 0]), np.array([[0.75, 0.25]]), 0.95
    )
    assert halves.high.item() == pytest.approx(0.25, abs=1e-4)


@pytest.mark.parametrize(("new", "old"), [((0.4, 5), (0.1, 100)), ((0.5, 100), (0.6, 100))])
def test_where_noise_or_chance_may_explain_half_nothing_is_excluded(new, old):
    assert bounds.missed(arm(*new), arm(*old), ONE, 0.95).high.item() == 1


@settings(max_examples=60, deadline=None)
@given(probabilities, counts, probabilities, counts, st.sampled_from([0.8, 0.95]))
def test_limits_enclose_what_they_limit(new, n_new, old, n_old, confidence):
    pair = arm(new, n_new), arm(old, n_old)
    within = bounds.difference(*pair, ONE, confidence)
    assert -1 <= within.low.item() <= within.value.item() + 1e-9
    assert within.value.item() <= within.high.item() + 1e-9
    assert within.high.item() <= 1
    for found in (bounds.missed(*pair, ONE, confidence), bounds.traced(*pair, ONE, confidence)):
        assert 0 <= found.high.item() <= 1
        if not np.isnan(found.value.item()):
            assert found.high.item() >= min(found.value.item(), 1) - 1e-9


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.4), st.floats(0, 0.4), st.floats(20, 500))
def test_more_readings_and_less_confidence_never_bound_less(new, old, n):
    few, many, unsure = (
        bounds.missed(arm(new, k * n), arm(old, k * n), ONE, confidence).high.item()
        for k, confidence in ((1, 0.95), (4, 0.95), (1, 0.8))
    )
    assert many <= few + 1e-9
    assert unsure <= few + 1e-9


def test_arms_weigh_strata_by_the_pool_and_not_by_what_was_read():
    tasks = pd.concat(
        [
            read("untouched/near", "new", [False] * 20, chance=1.0),
            read("untouched/far", "new", [False] * 20, chance=0.25),
        ]
    )
    asked = pd.concat([tasks, tasks.assign(arm="old")])
    found = arms(asked, asked[asked["record_id"] < 5])
    assert found.weight.tolist() == [[0.8, 0.2]]
    assert found.new.effective.tolist() == found.old.effective.tolist() == [[5, 5]]


def test_what_differs_counts_as_traced_until_somebody_looked():
    rows = read("untouched/far", "new", [True, True, True, False, None])
    asked = pd.concat([rows, rows.assign(arm="old")])
    untold = arms(asked, rows)
    told = arms(
        asked, rows.assign(traced=pd.array([False, True, None, None, None], dtype="boolean"))
    )
    assert untold.traced.share.item() == 0.75
    assert told.traced.share.item() == 0.5
    assert np.isnan(told.old.share.item())
