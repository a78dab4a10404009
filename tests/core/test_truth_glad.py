import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from builders.few_labels import dense, labels_of, rows_of_labels
from hypothesis import given
from project import ROOT
from scipy.stats import spearmanr

from groundkeeper.core.truth.glad import ONE_CLASS, glad
from groundkeeper.core.truth.glad_kernels import Given, Learnt, Task, climb_ease, ease_and_weigh
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.majority import majority
from groundkeeper.errors import RefusedError


def slow_log_posterior(labels, ability, log_ease):
    """The log posterior by its definition, constants of the prior left out, and the posterior of the classes."""
    k = labels.n_classes
    total = -np.square(ability - 1).sum() / 2
    posterior = np.full((labels.n_tasks, k), np.nan)
    for task in range(labels.n_tasks):
        places = range(labels.starts[task], labels.starts[task + 1])
        joint = np.full(k, 1 / k)
        for place in places:
            right = 1 / (1 + np.exp(-ability[labels.annotator[place]] * np.exp(log_ease[task])))
            said = np.arange(k) == labels.label[place]
            joint *= np.where(said, right, (1 - right) / (k - 1))
        if places:
            posterior[task] = joint / joint.sum()
            of_prior = -((log_ease[task] - 1) ** 2) / 2
            total += labels.multiplicity[task] * (np.log(joint.sum()) + of_prior)
    return total, posterior


def random_labels(seed, classes=3):
    rng = np.random.default_rng(seed)
    rows = zip(
        rng.integers(0, 8, 40), rng.integers(0, 5, 40), rng.integers(0, classes, 40), strict=True
    )
    labels = labels_of(list(rows), tasks=[99])
    return replace(labels, multiplicity=rng.integers(1, 4, labels.n_tasks).astype(float)), rng


def one_round(labels, ability, log_ease):
    learnt = Learnt(
        log_ease.copy(),
        np.full((labels.n_tasks, labels.n_classes), np.nan),
        np.empty(labels.n_annotators),
        np.empty(labels.n_annotators),
    )
    read = Given(labels.starts, labels.annotator, labels.label, labels.multiplicity)
    return ease_and_weigh(read, ability, learnt), learnt


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_a_round_gives_what_the_definition_gives(seed, classes):
    labels, rng = random_labels(seed, classes)
    ability, log_ease = rng.normal(0.5, 1, 5), rng.normal(0.5, 1, labels.n_tasks)
    value, learnt = one_round(labels, ability, log_ease)
    expected, posterior = slow_log_posterior(labels, ability, learnt.log_ease)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(learnt.posterior, posterior, rtol=1e-11)


@pytest.mark.parametrize("seed", range(3))
def test_a_round_raises_the_log_posterior_by_the_eases(seed):
    labels, rng = random_labels(seed)
    ability, log_ease = rng.normal(0.5, 1, 5), rng.normal(0.5, 1, labels.n_tasks)
    value, _ = one_round(labels, ability, log_ease)
    assert value > slow_log_posterior(labels, ability, log_ease)[0]


@pytest.mark.parametrize("seed", range(3))
def test_what_abilities_rest_on_has_the_slope_of_the_log_posterior(seed):
    labels, rng = random_labels(seed)
    ability = rng.normal(0.5, 1, 5)
    _, learnt = one_round(labels, ability, rng.normal(0.5, 1, labels.n_tasks))
    step = 1e-6 * np.eye(5)
    slope = [
        slow_log_posterior(labels, ability + up, learnt.log_ease)[0]
        - slow_log_posterior(labels, ability - up, learnt.log_ease)[0]
        for up in step
    ]
    expected = learnt.evidence - learnt.information * ability
    np.testing.assert_allclose(np.array(slope) / 2e-6, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("stretch", [0.5, 1, 1.5, 1.99])
def test_abilities_may_go_nearly_twice_as_far_as_the_top_of_the_bound(stretch):
    for seed in range(10):
        labels, rng = random_labels(seed)
        ability = rng.normal(0.5, 2, 5)
        value, learnt = one_round(labels, ability, rng.normal(0.5, 1, labels.n_tasks))
        moved = ability + stretch * (learnt.evidence / learnt.information - ability)
        assert slow_log_posterior(labels, moved, learnt.log_ease)[0] > value


@pytest.mark.parametrize("log_ease", [-2.0, 0.3, 1.5])
def test_slope_and_curvature_by_an_ease_are_those_of_its_log_posterior(log_ease):
    task = Task(
        np.array([1.2, -0.4, 0.7]),
        np.array([1.9, -0.4, 0.0]),
        np.log(2) * np.array([2.0, 1.0, 0.0]),
        np.empty(3),
        np.empty(3),
    )
    step = 1e-4
    below, here, above = (climb_ease(log_ease + by, task) for by in (-step, 0.0, step))
    assert here[1] == pytest.approx((above[0] - below[0]) / (2 * step), rel=1e-5)
    assert here[2] == pytest.approx((above[1] - below[1]) / (2 * step), rel=1e-5)


@given(rows_of_labels)
def test_the_log_posterior_never_falls(rows):
    history = np.array(glad(labels_of(rows), tolerance=0, iterations=30).fit.history)
    assert (np.diff(history) >= -1e-9).all()


@given(rows_of_labels)
def test_posteriors_sum_to_one_and_skills_are_probabilities(rows):
    found = glad(labels_of(rows))
    np.testing.assert_allclose(dense(found).sum(axis=1), 1)
    assert ((found.skill >= 0) & (found.skill <= 1)).all()
    assert found.fit.converged


def simulated(seed, tasks=1500, annotators=40, classes=3, each=7):
    """Labels by the model itself, the true classes, abilities and difficulties."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, tasks)
    ability, log_ease = rng.normal(1, 1, annotators), rng.normal(0, 1, tasks)
    who = np.argsort(rng.random((tasks, annotators)), axis=1)[:, :each]
    sure = 1 / (1 + np.exp(-ability[who] * np.exp(log_ease)[:, None]))
    wrong = (true[:, None] + rng.integers(1, classes, who.shape)) % classes
    label = np.where(rng.random(who.shape) < sure, true[:, None], wrong)
    task = np.repeat(np.arange(tasks), each)
    table = pd.DataFrame({"task": task, "annotator": who.ravel(), "label": label.ravel()})
    return code_labels(table), true, ability, -log_ease


@pytest.mark.parametrize("classes", [2, 4])
def test_simulated_truth_abilities_and_difficulties_are_found(classes):
    labels, true, ability, difficulty = simulated(5, classes=classes)
    found = glad(labels)
    votes = (majority(labels).posterior.best().label == true).mean()
    assert (found.posterior.best().label == true).mean() > votes
    assert spearmanr(found.skill, ability).statistic > 0.95
    assert spearmanr(found.difficulty, difficulty).statistic > 0.4


def test_unanimity_is_not_kept_among_those_who_are_mostly_wrong():
    rows = [(task, who, task % 2) for task in range(20) for who in "abcd"]
    rows += [(task, who, 1 - task % 2) for task in range(20) for who in "yz"]
    found = glad(labels_of([*rows, (20, "y", 0), (20, "z", 0)]))
    assert found.posterior.best().label[20] == 1
    assert found.skill[-1] < 0.1


def test_tasks_without_labels_have_no_posterior_and_no_difficulty():
    found = glad(labels_of([(1, "a", "x"), (1, "b", "y")], tasks=[2]))
    assert np.isnan(dense(found)[1]).all()
    assert np.isnan(found.difficulty).tolist() == [False, True]


def test_who_labels_nothing_has_no_skill():
    found = glad(labels_of([(1, "a", "x"), (1, "b", "y"), (2, "c", None)]))
    assert np.isnan(found.skill).tolist() == [False, False, True]


def test_an_annotator_with_one_answer_is_less_sure_to_be_right_than_one_with_many():
    rows = [(task, who, task % 2) for task in range(10) for who in "abc"]
    found = glad(labels_of([*rows, (0, "d", 0), (0, "e", 1)]))
    assert 0.1 < found.skill[4] < 0.5 < found.skill[3] < found.skill[0]


def test_without_tasks_there_is_nothing_to_infer():
    found = glad(labels_of([]))
    assert found.posterior.starts.tolist() == [0]
    assert (found.fit.converged, found.fit.note) == (True, ONE_CLASS)


def test_where_there_is_one_class_it_is_certain():
    found = glad(labels_of([(1, "a", "x"), (2, "b", "x")], tasks=[3]))
    assert found.posterior.probability.tolist() == [1.0, 1.0]
    assert found.skill.tolist() == [1.0, 1.0]
    assert np.isnan(found.difficulty).all()


def test_one_annotator_is_believed():
    found = glad(labels_of([(1, "a", "x"), (2, "a", "y")]))
    assert found.posterior.best().label.tolist() == [0, 1]


def test_who_labels_a_task_twice_counts_twice():
    rows = [(task, who, task % 2) for task in range(4) for who in "ab"]
    once, twice = (glad(labels_of([*rows, *[(9, "a", 1)] * times])) for times in (1, 2))
    assert dense(twice)[-1, 1] > dense(once)[-1, 1]


def test_a_thousand_labels_of_one_task_stay_in_range():
    rows = [(0, who, who % 3 == 0) for who in range(3000)]
    found = glad(labels_of(rows))
    assert np.isfinite(found.fit.history).all()
    assert found.posterior.best().label.tolist() == [0]


def test_options_out_of_range_are_refused():
    labels = labels_of([(1, "a", "x"), (1, "b", "y")])
    with pytest.raises(RefusedError, match="0 iterations"):
        glad(labels, iterations=0)


def test_a_posterior_beyond_memory_is_refused():
    names = np.arange(20_000)
    table = pd.DataFrame({"task": names, "annotator": 0, "label": names})
    with pytest.raises(RefusedError, match=r"glad of 20,000 tasks.* GB"):
        glad(code_labels(table))


def test_a_fit_that_was_cut_short_says_so():
    labels, *_ = simulated(1, tasks=50)
    fit = glad(labels, iterations=3).fit
    assert (fit.iterations, fit.converged, fit.objective) == (3, False, "log posterior")
    assert len(fit.history) == 3


def test_importing_the_models_imports_no_compiler():
    modules = ", ".join(f"groundkeeper.core.truth.{name}" for name in ("glad", "mace", "ibcc"))
    code = f"import sys, {modules}; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
