import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth.gaussian import gaussian_model
from groundkeeper.core.truth.numbers import NOT_TWICE, code_numbers, mean, median, weighted

COLUMNS = ["task", "annotator", "value"]
numbers = st.integers(-4000, 4000).map(lambda whole: whole / 8)
measured = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), numbers), min_size=1, max_size=25
)
# Muzzle velocities of twelve rounds by three chronographs: Grubbs (1973), Errors of measurement, precision, accuracy
# and the statistical comparison of measuring instruments, Technometrics 15:53-66, doi:10.1080/00401706.1973.10489010.
CHRONOGRAPHS = {
    "fotobalk": [
        793.8,
        793.1,
        792.4,
        794.0,
        791.4,
        792.4,
        791.7,
        792.3,
        789.6,
        794.4,
        790.9,
        793.5,
    ],
    "counter": [794.6, 793.9, 793.2, 794.0, 792.2, 793.1, 792.4, 792.8, 790.2, 795.0, 791.6, 793.8],
    "terma": [793.2, 793.3, 792.6, 793.8, 791.6, 791.6, 791.6, 792.4, 788.5, 794.7, 791.3, 793.5],
}


def coded(rows):
    return code_numbers(pd.DataFrame(rows, columns=COLUMNS))


def simulated(seed, tasks, annotators, each):
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 10, tasks)
    bias, noise = rng.normal(0, 1, annotators), np.exp(rng.normal(0, 0.5, annotators))
    rows = [
        (task, who, truth[task] + bias[who] + noise[who] * rng.normal())
        for task in range(tasks)
        for who in rng.permutation(annotators)[:each]
    ]
    return coded(rows), truth, bias, noise


def test_three_instruments_have_the_noise_that_grubbs_estimates():
    rows = [
        (round_, name, velocity)
        for name, velocities in CHRONOGRAPHS.items()
        for round_, velocity in enumerate(velocities)
    ]
    found = gaussian_model(coded(rows), prior_answers=1e-9, tolerance=1e-14, max_iterations=10_000)
    counter, fotobalk, terma = (np.array(CHRONOGRAPHS[name]) for name in sorted(CHRONOGRAPHS))
    apart = [np.var(one - other, ddof=1) for one, other in
             ((counter, fotobalk), (counter, terma), (fotobalk, terma))]  # fmt: skip
    grubbs = np.array(
        [apart[0] + apart[1] - apart[2], apart[0] + apart[2] - apart[1], apart[1] + apart[2] - apart[0]]
    ) / 2  # fmt: skip
    np.testing.assert_allclose(found.noise.value**2 * 12 / 11, grubbs, rtol=1e-4)
    biases = found.bias.value - found.bias.value[0]
    np.testing.assert_allclose(
        biases, [0, (fotobalk - counter).mean(), (terma - counter).mean()], atol=1e-6
    )


def test_truths_are_nearer_than_by_any_mean_of_the_measurements():
    for seed in range(3):
        found, truth, _, _ = simulated(seed, tasks=200, annotators=12, each=4)

        def off(answer, truth=truth):
            return np.std(answer.value - truth)

        assert off(gaussian_model(found)) < 0.9 * min(
            off(mean(found)), off(median(found)), off(weighted(found))
        )


def test_intervals_of_truths_biases_and_noises_hold_them_about_as_often_as_they_say():
    held = []
    for seed in range(12):
        measured_, truth, bias, noise = simulated(seed, tasks=150, annotators=10, each=4)
        found = gaussian_model(measured_, confidence=0.9)
        weight = np.bincount(measured_.annotator) / found.noise.value**2
        shift = (weight * bias).sum() / weight.sum()  # the mean bias is 0 by convention
        of_interest = (
            (found.low, truth + shift, found.high),
            (found.bias.low, bias - shift, found.bias.high),
            (found.noise.low, noise, found.noise.high),
        )
        held.append([np.mean((low <= x) & (x <= high)) for low, x, high in of_interest])
    assert (np.abs(np.mean(held, axis=0) - 0.9) < 0.06).all(), np.mean(held, axis=0)


def log_likelihood(found):
    """The likelihood of each task by the density of its measurements around their weighted mean."""
    m = found.measured
    total = 0.0
    for task in range(m.n_tasks):
        here = slice(m.starts[task], m.starts[task + 1])
        variance = found.noise.value[m.annotator[here]] ** 2
        x = m.value[here] - found.bias.value[m.annotator[here]]
        # Contrasts with the first measurement: the truth is integrated out.
        apart = x[1:] - x[0]
        covariance = np.diag(variance[1:]) + variance[0]
        _, log_det = np.linalg.slogdet(2 * np.pi * covariance)
        total -= (log_det + apart @ np.linalg.solve(covariance, apart)) / 2
    return total


def test_the_objective_is_the_density_of_the_contrasts_within_tasks():
    found, _, _, _ = simulated(5, tasks=20, annotators=4, each=3)
    fitted = gaussian_model(found, prior_answers=1e-12, max_iterations=3)
    assert fitted.fit.history[-1] == pytest.approx(log_likelihood(fitted), abs=1e-6)


@settings(deadline=None)
@given(measured)
def test_the_objective_never_falls(rows):
    history = gaussian_model(coded(rows)).fit.history
    assert (np.diff(history) > -1e-6).all()


@settings(deadline=None)
@given(measured, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter_to_the_last_bit(rows, random):
    one, other = gaussian_model(coded(rows)), gaussian_model(coded(random.sample(rows, len(rows))))
    np.testing.assert_array_equal(one.value, other.value)
    np.testing.assert_array_equal(one.bias.value, other.bias.value)


@settings(deadline=None)
@given(measured)
def test_renamed_annotators_and_tasks_are_the_same_people_and_things(rows):
    one = gaussian_model(coded(rows))
    other = gaussian_model(coded([(9 - task, 9 - who, value) for task, who, value in rows]))
    np.testing.assert_allclose(other.value[::-1], one.value, rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(other.noise.value[::-1], one.noise.value, rtol=1e-3, atol=1e-3)


@settings(deadline=None)
@given(measured)
def test_every_value_is_finite_and_inside_its_interval(rows):
    found = gaussian_model(coded(rows))
    assert np.isfinite(found.value).all()
    if found.fit.note != NOT_TWICE:
        for each in (found, found.bias, found.noise):
            assert ((each.low <= each.value + 1e-9) & (each.value <= each.high + 1e-9)).all()


def test_measurements_that_all_agree_have_neither_bias_nor_noise():
    found = gaussian_model(coded([(task, who, 2.0 * task) for task in range(4) for who in "xy"]))
    assert found.value.tolist() == [0, 2, 4, 6]
    assert found.noise.value.tolist() == [0, 0]
    assert found.low.tolist() == found.high.tolist() == [0, 2, 4, 6]


def test_without_a_task_measured_twice_nothing_is_known_of_annotators_and_it_says_so():
    found = gaussian_model(coded([(0, "x", 1.0), (1, "y", 2.0), (2, "y", None)]))
    np.testing.assert_array_equal(found.value, [1, 2, np.nan])
    assert np.isnan([*found.noise.value, *found.bias.low, *found.low]).all()
    assert found.fit.note == NOT_TWICE


def test_an_annotator_who_measured_nothing_is_unknown_and_one_who_did_once_is_not_perfect():
    rows = [(t, w, t + 0.1 * ((t * 7 + ord(w)) % 5)) for t in range(20) for w in "xyz"]
    found = gaussian_model(coded([*rows, (0, "once", 0.3), (1, "never", None)]))
    never, once = found.noise.value[:2]
    assert np.isnan(never)
    assert once > 0.05
    assert found.bias.high[1] - found.bias.low[1] > 2 * (found.bias.high[2] - found.bias.low[2])


def test_annotators_without_common_tasks_have_biases_of_their_own_mean():
    rng = np.random.default_rng(2)
    rows = [(t, w, t + w + rng.normal(0, 0.2 + w)) for t in range(15) for w in range(3)]
    rows += [(t + 50, w, t + 5 * w + rng.normal(0, w - 2)) for t in range(15) for w in range(3, 5)]
    found = gaussian_model(coded(rows))
    weight = 15 / found.noise.value**2
    for together in (slice(0, 3), slice(3, 5)):
        middle = (weight * found.bias.value)[together].sum() / weight[together].sum()
        assert abs(middle) < 1e-9


def test_measurements_far_from_zero_lose_no_digits():
    found, _, _, _ = simulated(5, tasks=30, annotators=4, each=3)
    near = gaussian_model(found)
    far = coded(
        pd.DataFrame({"task": found.task, "annotator": found.annotator, "value": found.value + 1e7})
    )
    np.testing.assert_allclose(gaussian_model(far).value - 1e7, near.value, atol=1e-5)


def test_a_fit_that_was_stopped_says_so():
    found, _, _, _ = simulated(5, tasks=30, annotators=4, each=3)
    fit = gaussian_model(found, max_iterations=2).fit
    assert (fit.iterations, fit.converged) == (2, False)


def test_no_tasks_at_all_is_an_answer():
    assert gaussian_model(coded([])).value.size == 0
