import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.guideline.expression import parse
from groundkeeper.core.sampling import (
    DEFAULT_STRATUM,
    Stratum,
    coverage,
    draw,
    permanent_random_numbers,
    plan,
)
from groundkeeper.errors import ExpressionError, SamplingError
from schemas.names import COVERAGE, SAMPLE


def pool(size, per_group=1):
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "item_id": [f"it_{place}" for place in range(size)],
            "group_id": [f"patient-{place // per_group}" for place in range(size)],
            "thickness_mm": np.where(rng.random(size) < 0.2, np.nan, rng.uniform(0.5, 5, size)),
            "site": rng.choice(["north", "south"], size),
            "contrast": rng.random(size) < 0.5,
        }
    )


THICK = Stratum("thick", parse("thickness_mm > 2.5"))
SOUTH = Stratum("south", parse("site == south and not contrast"), share=0.14)

sizes = st.integers(20, 200)
seeds = st.integers(0, 10_000)


def sample_of(items, seed=1, share=0.15, strata=(THICK, SOUTH), sealed=0.3):
    try:
        return draw(plan(items, strata, share), seed, sealed)
    except SamplingError:
        return pd.DataFrame(columns=list(SAMPLE.columns))


@settings(max_examples=15, deadline=None)
@given(sizes, seeds, st.randoms(use_true_random=False))
def test_growth_never_drops_an_item_nor_moves_it_to_another_split(size, seed, random):
    items = pool(200)
    kept = items.loc[random.sample(range(200), size)]
    small, large = sample_of(kept, seed), sample_of(items, seed)
    both = small.merge(large, on="item_id", suffixes=("", "_large"))
    assert len(both) == len(small)
    assert (both["split"] == both["split_large"]).all()
    assert (both["prn"] == both["prn_large"]).all()


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0.05, 0.15), st.floats(0.05, 0.15))
def test_a_higher_share_only_adds_items(seed, one, other):
    low, high = sorted((one, other))
    items = pool(200)
    few, more = (sample_of(items, seed, share, ()) for share in (low, high))
    assert set(few["item_id"]) <= set(more["item_id"])


@settings(max_examples=15, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_the_pool_does_not_matter(seed, random):
    items = pool(120)
    shuffled = items.sample(frac=1, random_state=random.randint(0, 99))
    pd.testing.assert_frame_equal(sample_of(shuffled, seed), sample_of(items, seed))


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_all_items_of_a_group_are_in_one_split(seed):
    found = draw(plan(pool(90, per_group=3), (), 1.0), seed, 0.4)
    assert not found.groupby("group_id")["split"].agg(set).map(len).gt(1).any()


def test_the_pool_is_left_as_it_was():
    items = pool(100)
    before = items.copy(deep=True)
    planned = plan(items, (THICK, SOUTH), 0.15)
    coverage(items, planned, draw(planned, 1, 0.3), ["site", "thickness_mm"])
    pd.testing.assert_frame_equal(items, before)


def test_every_item_is_drawn_with_its_share():
    planned = plan(pool(200), (), 0.15)
    drawn = pd.concat([draw(planned, seed, 0.3) for seed in range(300)])
    rates = drawn.groupby("item_id").size() / 300
    assert len(rates) == 200
    assert rates.mean() == pytest.approx(0.15, abs=0.005)
    assert rates.std() == pytest.approx(np.sqrt(0.15 * 0.85 / 300), rel=0.2)


def test_numbers_for_different_purposes_and_seeds_are_unrelated():
    ids = [f"it_{place}" for place in range(5000)]
    numbers = [
        permanent_random_numbers(ids, seed, what) for seed in (1, 2) for what in ("sample", "split")
    ]
    assert all(column.min() >= 0 and column.max() < 1 for column in numbers)
    assert np.abs(np.corrcoef(numbers) - np.eye(4)).max() < 0.06
    for column in numbers:
        assert np.histogram(column, 10, (0, 1))[0].min() > 400


def test_an_item_is_in_the_first_stratum_that_fits_and_an_unknown_facet_fits_none():
    items = pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "group_id": "g",
            "thickness_mm": [3.0, np.nan, 1.0],
            "site": ["south", "south", "north"],
            "contrast": False,
        }
    )
    planned = plan(items, (THICK, SOUTH), 0.15)
    assert planned["stratum"].tolist() == ["thick", "south", DEFAULT_STRATUM]
    assert planned["inclusion_probability"].tolist() == [0.15, 0.14, 0.15]


def test_a_level_that_no_item_has_makes_an_empty_stratum():
    planned = plan(pool(50), (Stratum("west", parse("site == west")),), 0.15)
    assert set(planned["stratum"]) == {DEFAULT_STRATUM}


def test_a_census_draws_everything():
    assert len(draw(plan(pool(40), (THICK,), 1.0), 1, 0.3)) == 40


@pytest.mark.parametrize(
    ("strata", "share", "said"),
    [
        ((Stratum("thick", parse("thickness_mm > 2.5"), None, 99),), 0.15, "the pool has"),
        (
            (Stratum("thick", parse("thickness_mm > 2.5"), None, 20),),
            0.15,
            "on average; raise its share to",
        ),
        ((Stratum("thick", parse("thickness_mm > 2.5"), 0.9),), 0.15, "allowed is 5% to 15%"),
        ((Stratum("thick", parse("thickness_mm > 2.5"), 0.5),), 1.0, "allowed is 5% to 15%"),
        ((), 0.04, "expects 4.0% of the pool"),
        ((Stratum("thin", parse("thicknes_mm < 1")),), 0.15, "no facet thicknes_mm"),
        ((THICK, THICK), 0.15, "name of its own"),
        ((Stratum(DEFAULT_STRATUM, parse("contrast")),), 0.15, "kept for the items"),
    ],
)
def test_a_target_that_cannot_be_met_is_refused(strata, share, said):
    with pytest.raises(SamplingError, match=said):
        plan(pool(100), strata, share)


def test_a_facet_is_asked_only_what_its_type_allows():
    with pytest.raises(ExpressionError, match="bool field"):
        plan(pool(100), (Stratum("odd", parse("contrast > 2")),), 0.15)


def test_an_empty_pool_is_refused():
    with pytest.raises(SamplingError, match="no items"):
        plan(pool(10).iloc[:0], (), 0.15)


def test_a_sample_of_nothing_is_refused():
    planned = plan(pool(1), (), 0.15)
    number = permanent_random_numbers(["it_0"], 1, "sample")[0]
    assert number > 0.15
    with pytest.raises(SamplingError, match="draws none"):
        draw(planned, 1, 0.3)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_coverage_adds_up_to_pool_and_sample(seed):
    items = pool(150)
    planned = plan(items, (THICK, SOUTH), 0.15)
    sample = draw(planned, seed, 0.3)
    table = coverage(items, planned, sample, ["site", "contrast", "thickness_mm"])
    assert list(table.columns) == list(COVERAGE.columns)
    sums = table.groupby("facet").sum(numeric_only=True)
    assert (sums["pool_items"] == 150).all()
    assert (sums["sample_items"] == len(sample)).all()
    np.testing.assert_allclose(sums["pool_share"], 1)
    np.testing.assert_allclose(sums["sample_share"], 1)
    np.testing.assert_allclose(sums["expected_items"], planned["inclusion_probability"].sum())
