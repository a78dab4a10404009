"""What the readings that were handed out promise: as much as their bounds will say, and no more than the design."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.audit.design import Goal, design
from groundkeeper.core.audit.figures import measures
from groundkeeper.core.audit.promise import promised

GOAL = Goal(0.05, 0.95)
ARMS = ("old", "new")


def pool(records, per_group=1, near=0.0):
    number = np.arange(records)
    names = [f"rc_{n}" for n in number]
    return pd.DataFrame(
        {"record_id": names, "near": number % 100 < 100 * near, "group_id": number // per_group}
    )


def in_both(records):
    return pd.concat([records.assign(arm=arm) for arm in ARMS], ignore_index=True)


def in_turns(records):
    return records.assign(arm=[ARMS[n % 2] for n in range(len(records))])


@pytest.mark.parametrize("by", ["traced", "difference"])
@pytest.mark.parametrize(("per_group", "near"), [(1, 0.0), (3, 0.1)])
def test_of_a_pool_that_both_arms_read_whole_it_is_what_the_design_says(by, per_group, near):
    goal = Goal(0.01, 0.95, by=by, noise=0.1)
    records = pool(40, per_group, near)
    assert promised(records, in_both(records), goal) == pytest.approx(design(records, goal).bound)


def test_it_is_what_the_figures_say_if_nothing_is_found():
    records = pool(60, 3, near=0.2)
    for assigned in (in_both(records), in_turns(records)):
        read = assigned.assign(
            task_id=[f"tk_{n}" for n in range(len(assigned))],
            round="a1",
            stratum=np.where(assigned["near"], "auto/near", "auto/far"),
            inclusion_probability=1.0,
            differs=pd.array([False] * len(assigned), dtype="boolean"),
        )
        table = measures(read, read, 0.95).set_index("measure")["value"]
        assert promised(records, assigned, GOAL) == pytest.approx(table["audit_traced_bound"])


@settings(max_examples=20)
@given(st.integers(40, 200), st.sampled_from([0.0, 0.2]))
def test_half_the_readings_promise_less_whatever_their_order(records, near):
    whole = pool(records, near=near)
    twice, once = in_both(whole), in_turns(whole)
    assert promised(whole, twice, GOAL) < promised(whole, once, GOAL) <= 1
    assert promised(whole.iloc[::-1], once.iloc[::-1], GOAL) == promised(whole, once, GOAL)


def test_what_an_arm_does_not_read_may_all_be_missed():
    records = pool(100, near=0.3)
    both = in_both(records)
    far_alone = both[~both["near"] | (both["arm"] == "old")]
    assert promised(records, far_alone, GOAL) > 0.3
    assert promised(records, both[both["arm"] == "old"], GOAL) == 1
    assert promised(records, both[both["arm"] == "new"], GOAL) == 1
    assert promised(records, both.iloc[:0], Goal(0.05, 0.95, by="difference", noise=0.1)) == 1


def test_of_nothing_nothing_is_promised():
    none = pool(0)
    assert np.isnan(promised(none, in_both(none), GOAL))
