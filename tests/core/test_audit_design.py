"""How many records an audit draws: enough for its bound, as it will be computed."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.audit import bounds
from groundkeeper.core.audit.bounds import Arm
from groundkeeper.core.audit.design import Goal, design
from groundkeeper.errors import RefusedError

GOAL = Goal(0.05, 0.95)
EVEN = Goal(0.05, 0.95, power=0.5)
"""Half of the draws are smaller than expected, so nothing is added for that."""


def pool(records, per_group=1, near=0.0):
    number = np.arange(records)
    return pd.DataFrame({"near": number % 100 < 100 * near, "group_id": number // per_group})


@pytest.mark.parametrize(("found", "needed"), [(0, 59), (1, 93), (2, 124), (3, 153)])
def test_independent_records_are_drawn_as_the_tables_say(found, needed):
    goal = Goal(0.05, 0.95, found=found, power=0.5)
    # That noise was not seen does not mean that there is none, which costs a fraction of a record.
    assert needed <= math.ceil(design(pool(100_000), goal).records) <= needed + 1


def test_what_is_expected_is_what_the_bounds_then_say():
    found = design(pool(100_000), EVEN)
    drawn = Arm(np.zeros((1, 1)), np.array([[found.records]]))
    assert bounds.traced(drawn, drawn, np.ones((1, 1)), 0.95).high == pytest.approx(found.bound)
    assert found.bound == pytest.approx(0.05, abs=1e-4)
    assert found.design_effect == pytest.approx(1)


def test_the_draw_is_large_enough_with_the_chance_asked_for():
    found = design(pool(5000), GOAL)
    sizes = np.random.default_rng(0).binomial(5000, found.share["far"], 20_000)
    assert (sizes >= 59).mean() == pytest.approx(0.8, abs=0.04)


def test_records_of_one_patient_count_for_less():
    alone, together = (design(pool(3000, per_group), EVEN) for per_group in (1, 30))
    assert together.records > 1.3 * alone.records
    assert together.design_effect == pytest.approx(1 + 29 * together.share["far"])
    assert design(pool(3000, 30), Goal(0.05, 0.95, power=0.5, alike=0)).records == alone.records


def test_records_near_a_boundary_are_drawn_more_often_up_to_all():
    found = design(pool(3000, near=0.2), GOAL)
    assert found.share["near"] == pytest.approx(4 * found.share["far"])
    assert found.records == pytest.approx(600 * found.share["near"] + 2400 * found.share["far"])
    assert design(pool(200, near=0.2), GOAL).share["near"] == 1


def test_no_stratum_is_so_small_that_chance_may_leave_it_out():
    number = np.arange(4000)
    found = design(pd.DataFrame({"near": number < 3900, "group_id": number}), GOAL)
    assert found.share["far"] == pytest.approx(5 / 100)
    assert found.share["near"] < 5 / 100
    few = design(pd.DataFrame({"near": number < 3996, "group_id": number}), GOAL)
    assert few.share["far"] == 1


def test_noise_is_paid_for_in_readings_and_dearly_without_adjudicators():
    quiet, noisy = (design(pool(20_000), Goal(0.05, 0.95, noise=q)).records for q in (0.0, 0.1))
    alone = design(pool(20_000), Goal(0.05, 0.95, by="difference", noise=0.1)).records
    assert quiet < noisy < 1.3 * quiet
    assert alone > 8 * noisy


def test_a_pool_that_is_too_small_is_drawn_whole_and_says_what_it_shows():
    found = design(pool(40), GOAL)
    assert found.share["far"] == pytest.approx(1)
    assert not found.is_enough
    assert found.bound == pytest.approx(1 - 0.05 ** (1 / 40), abs=5e-4)


def test_of_nothing_nothing_is_drawn():
    found = design(pool(0), GOAL)
    assert (found.pool, found.records, found.is_enough) == (0, 0, True)
    assert math.isnan(found.bound)


@settings(max_examples=4, deadline=None)
@given(
    st.floats(0.01, 0.3),
    st.floats(0.02, 0.2),
    st.integers(1, 6),
    st.sampled_from(["traced", "difference"]),
)
def test_asking_for_less_never_needs_more(miss_rate, noise, per_group, by):
    records = pool(400, per_group, near=0.1)
    strict, mild = (
        design(records, Goal(rate, 0.95, by=by, noise=noise)).records
        for rate in (miss_rate, 1.3 * miss_rate)
    )
    unsure = design(records, Goal(miss_rate, 0.8, by=by, noise=noise)).records
    assert mild <= strict + 1e-6
    assert unsure <= strict + 1e-6


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"miss_rate": 0.0}, "miss rate: found 0.0; allowed is above 0 and below 0.5"),
        ({"confidence": 1.0}, "confidence: found 1.0; allowed is above 0.5 and below 1"),
        ({"noise": 0.5}, "noise: found 0.5; allowed is from 0 to below 0.5"),
        ({"near_factor": 0.5}, "near factor: found 0.5; allowed is 1 or more"),
        ({"found": -1}, "changes found: found -1; allowed is 0 or more"),
        ({"power": 0.4}, "power: found 0.4; allowed is from 0.5 to below 1"),
        ({"alike": 1.5}, "likeness within groups: found 1.5; allowed is from 0 to 1"),
    ],
)
def test_what_no_audit_can_show_is_refused(changed, said):
    with pytest.raises(RefusedError, match=said):
        Goal(**{"miss_rate": 0.05, "confidence": 0.95, **changed})
