import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth import bradley_terry as bradley_terry_module
from groundkeeper.core.truth.bradley_terry import bradley_terry
from groundkeeper.core.truth.comparisons import COLUMNS, code_comparisons
from groundkeeper.core.truth.crowd_bradley_terry import crowd_bradley_terry
from groundkeeper.errors import RefusedError, TableError, UnknownNameError

# Wins of row over column in the American League, Eastern Division, 1987: Agresti (2002), Categorical Data Analysis,
# 2nd edition, table 10.10, page 438.
TEAMS = ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore"]
WINS = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]
# Abilities against Baltimore and their standard errors as printed by BradleyTerry2 (Turner and Firth 2012, J. Stat.
# Softw. 48(9), doi:10.18637/jss.v048.i09, baseballModel1).
PUBLISHED = {
    "Milwaukee": (1.5814, 0.3433),
    "Detroit": (1.4364, 0.3396),
    "Toronto": (1.2945, 0.3367),
    "New York": (1.2476, 0.3359),
    "Boston": (1.1077, 0.3339),
    "Cleveland": (0.6839, 0.3319),
}

pairs = st.tuples(
    st.integers(0, 2), st.integers(0, 4), st.integers(0, 4), st.sampled_from(["a", "b", "tie"])
).filter(lambda row: row[1] != row[2])
compared = st.lists(pairs, min_size=1, max_size=25)
both = pytest.mark.parametrize("method", [bradley_terry, crowd_bradley_terry])


def coded(rows, **options):
    return code_comparisons(pd.DataFrame(rows, columns=COLUMNS), **options)


def baseball():
    return coded(
        [
            ("league", TEAMS[i], TEAMS[j], "a")
            for i, j in itertools.permutations(range(7), 2)
            for _ in range(WINS[i][j])
        ]
    )


def in_a_circle(rows):
    """Rows in which everyone has beaten everyone over detours."""
    return rows + [(0, x, (x + 1) % 5, "a") for x in range(5)]


def crowd(seed, objects, annotators, n):
    """Comparisons by annotators of whom a third answer at random or worse, and what is true."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(0, 1.5, objects)
    good = rng.random(annotators) < 0.7
    reliability = np.where(good, rng.uniform(0.8, 1, annotators), rng.uniform(0, 0.6, annotators))
    first = rng.integers(0, objects, n)
    second = (first + 1 + rng.integers(0, objects - 1, n)) % objects
    who = rng.integers(0, annotators, n)
    seen = rng.random(n) < 1 / (1 + np.exp(strength[second] - strength[first]))
    said = np.where(rng.random(n) < reliability[who], seen, ~seen)
    rows = zip(who, first, second, np.where(said, "a", "b"), strict=True)
    return coded(list(rows), objects=range(objects)), strength - strength.mean(), reliability


@pytest.mark.parametrize("team", PUBLISHED)
def test_the_american_league_of_1987_has_the_published_abilities_and_errors(team):
    found = bradley_terry(baseball())
    assert found.difference(team, "Baltimore") == pytest.approx(PUBLISHED[team], abs=6e-5)


def test_the_best_team_comes_first():
    assert bradley_terry(baseball()).order().tolist() == TEAMS


def test_at_the_maximum_every_object_wins_as_often_as_expected():
    found = bradley_terry(baseball())
    for i, team in enumerate(TEAMS):
        expected = sum(13 * found.probability(team, other) for other in TEAMS if other != team)
        assert expected == pytest.approx(sum(WINS[i]), abs=1e-6)


@settings(deadline=None)
@given(compared, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_of_the_two_does_not_matter_to_the_last_bit(rows, random):
    turned = {"a": "b", "b": "a", "tie": "tie"}
    other = [
        (who, y, x, turned[said]) if random.random() < 0.5 else (who, x, y, said)
        for who, x, y, said in random.sample(rows, len(rows))
    ]
    for method in (bradley_terry, crowd_bradley_terry):
        one = method(coded(rows), prior=0.5, max_iterations=50)
        two = method(coded(other), prior=0.5, max_iterations=50)
        np.testing.assert_array_equal(one.strength, two.strength)


@settings(deadline=None)
@given(compared)
def test_renamed_objects_and_annotators_are_the_same(rows):
    renamed = [(9 - who, 9 - x, 9 - y, said) for who, x, y, said in rows]
    for method in (bradley_terry, crowd_bradley_terry):
        one, other = method(coded(rows), prior=0.5), method(coded(renamed), prior=0.5)
        np.testing.assert_allclose(other.strength[::-1], one.strength, atol=1e-4)
        np.testing.assert_allclose(other.deviation[::-1], one.deviation, atol=1e-4)


@settings(deadline=None)
@given(compared)
def test_the_objective_never_falls_and_strengths_have_the_mean_zero(rows):
    for found in (
        bradley_terry(coded(in_a_circle(rows))),
        bradley_terry(coded(rows), prior=0.5),
        crowd_bradley_terry(coded(rows)),
    ):
        assert (np.diff(found.fit.history) > -1e-9).all()
        assert abs(found.strength.mean()) < 1e-9
        assert found.fit.converged


@settings(deadline=None)
@given(compared)
def test_who_wins_and_who_loses_are_opposites(rows):
    turned = {"a": "b", "b": "a", "tie": "tie"}
    rows = in_a_circle(rows)
    one = bradley_terry(coded(rows))
    other = bradley_terry(coded([(who, x, y, turned[said]) for who, x, y, said in rows]))
    np.testing.assert_allclose(other.strength, -one.strength, atol=1e-6)


def test_a_tie_is_half_a_win_of_either():
    ties = [(0, "x", "y", "tie")] * 2 + [(0, "x", "y", "a")]
    wins = [(0, "x", "y", "a")] * 2 + [(0, "x", "y", "b")]
    assert bradley_terry(coded(ties)).difference("x", "y") == pytest.approx(
        bradley_terry(coded(wins)).difference("x", "y")
    )


@pytest.mark.parametrize(
    "rows",
    [
        [(0, "x", "y", "a"), (0, "y", "z", "a"), (0, "y", "z", "b")],
        [(0, "x", "y", "a"), (0, "x", "y", "b"), (0, "z", "w", "tie")],
    ],
    ids=["never beaten", "not connected"],
)
def test_strengths_that_do_not_exist_are_nan_with_the_reason_and_a_prior_defines_them(rows):
    found = bradley_terry(coded(rows))
    assert np.isnan(found.strength).all()
    assert np.isnan(found.deviation).all()
    assert "no one solution" in found.fit.note
    assert not found.fit.converged
    assert np.isfinite(bradley_terry(coded(rows), prior=0.1).strength).all()


def test_standard_errors_are_those_of_the_inverse_of_a_numerical_information():
    data = coded([*in_a_circle([]), (0, 0, 2, "tie"), (0, 1, 4, "b"), (1, 3, 1, "b")])
    for method, options in ((bradley_terry, {"prior": 0.3}), (crowd_bradley_terry, {"prior": 0.3})):
        found = method(data, tolerance=1e-12, max_iterations=100_000, **options)
        reliability = np.ones(2) if found.reliability is None else found.reliability

        def loss(strength, reliability=reliability):
            apart = strength[data.first] - strength[data.second]
            seen = 1 / (1 + np.exp(-apart))
            honest = reliability[data.annotator]
            said = honest * seen + (1 - honest) * (1 - seen)
            terms = data.won * np.log(said) + (1 - data.won) * np.log(1 - said)
            prior = np.log(1 / (1 + np.exp(-strength))) + np.log(1 / (1 + np.exp(strength)))
            return -(terms.sum() + 0.3 * prior.sum())

        # The prior has its zero where the strengths have it before they are centred.
        grid = np.linspace(-2, 2, 4001)
        at = found.strength + grid[np.argmin([loss(found.strength + shift) for shift in grid])]
        step, size = 1e-3, 5
        unit = np.eye(size) * step
        hessian = np.array(
            [
                [
                    (loss(at + i + j) - loss(at + i - j) - loss(at - i + j) + loss(at - i - j))
                    / (4 * step**2)
                    for j in unit
                ]
                for i in unit
            ]
        )
        middle = np.eye(size) - 1 / size
        covariance = middle @ np.linalg.inv(hessian) @ middle
        np.testing.assert_allclose(found.covariance, covariance, rtol=1e-3, atol=1e-4)


def test_who_answers_at_random_or_turned_round_is_found_and_does_not_spoil_the_strengths():
    data, strength, reliability = crowd(0, 30, 30, 1500)
    plain, aware = bradley_terry(data, prior=0.5), crowd_bradley_terry(data)
    off = [np.corrcoef(found.strength, strength)[0, 1] for found in (plain, aware)]
    assert off[1] > 0.93
    assert off[1] > off[0] + 0.05
    assert np.corrcoef(aware.reliability, reliability)[0, 1] > 0.9
    held = np.abs(aware.strength - strength) < 1.96 * aware.deviation
    assert held.mean() > 0.85


@both
def test_an_object_that_nobody_compared_is_average_and_most_uncertain(method):
    rows = [(0, "x", "y", "a"), (0, "y", "x", "a"), (0, "x", "y", "a")]
    found = method(coded(rows, objects=["z"]), prior=0.5)
    assert np.argmax(found.deviation) == 2
    assert found.strength[1] < found.strength[2] < found.strength[0]


@both
@pytest.mark.parametrize("rows", [[], [("w", "x", "y", None)]])
def test_nothing_said_is_an_answer(method, rows):
    found = method(coded(rows), prior=0.5)
    np.testing.assert_allclose(found.strength, 0, atol=1e-12)
    assert found.compared.unsaid == len(rows)


def test_no_objects_and_one_object_need_no_comparison():
    assert bradley_terry(coded([])).strength.size == 0
    assert bradley_terry(coded([], objects=["x"])).strength.tolist() == [0]


def test_an_annotator_who_said_nothing_has_no_reliability():
    found = crowd_bradley_terry(coded([("v", "x", "y", "a"), ("w", "x", "y", None)]))
    assert np.isfinite(found.reliability[0])
    assert np.isnan(found.reliability[1])


def test_more_objects_than_can_be_inverted_have_strengths_without_errors(monkeypatch):
    monkeypatch.setattr(bradley_terry_module, "MOST_OBJECTS", 6)
    found = bradley_terry(baseball())
    assert np.isfinite(found.strength).all()
    assert np.isnan(found.deviation).all()
    assert np.isnan(found.difference("Boston", "Detroit")[1])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("w", "x", "x", "a"), "compared with itself"),
        (("w", "x", "y", "c"), "allowed are a, b, tie"),
        (
            ("w", None, "y", "a"),
            "1 of 4 sides of comparisons name no object; .* an annotator and two objects",
        ),
        ((None, "x", "y", "a"), "1 of 2 comparisons name no annotator"),
    ],
)
def test_what_is_no_comparison_is_refused(row, message):
    with pytest.raises(RefusedError, match=message):
        coded([("w", "p", "q", "a"), row])


def test_a_table_without_a_column_is_refused_with_what_it_needs():
    with pytest.raises(TableError, match="annotator, first, second, said"):
        code_comparisons(pd.DataFrame({"first": ["x"], "second": ["y"]}))


def test_reliability_without_a_prior_is_refused_since_all_could_be_turned_round():
    with pytest.raises(RefusedError, match="turned round"):
        crowd_bradley_terry(baseball(), prior=0)


def test_an_object_that_is_not_there_is_unknown():
    with pytest.raises(UnknownNameError, match="no object 'Chicago'"):
        bradley_terry(baseball()).difference("Boston", "Chicago")
