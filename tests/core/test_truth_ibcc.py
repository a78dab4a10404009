from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from builders.few_labels import (
    dense,
    labels_of,
    rows_of_labels,
    slow_divergence,
)
from hypothesis import given
from scipy.special import digamma

from groundkeeper.core.truth.dirichlet import believe
from groundkeeper.core.truth.ibcc import ibcc
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.majority import majority
from groundkeeper.errors import RefusedError


def slow_ibcc(labels, rounds, prior):
    """The bound after each round and the posterior, label by label from the shares of the votes."""
    k, times = labels.n_classes, labels.multiplicity
    posterior = np.nan_to_num(majority(labels).posterior.dense(k))
    history = []
    for _ in range(rounds):
        counts = np.tile(prior, (labels.n_annotators, 1, 1))
        for task, who, label in zip(labels.task, labels.annotator, labels.label, strict=True):
            counts[who, :, label] += times[task] * posterior[task]
        totals = 1 + times @ posterior
        bound = -slow_divergence(totals, np.ones(k))
        bound -= sum(slow_divergence(row, prior[j]) for of in counts for j, row in enumerate(of))
        logs = np.zeros((labels.n_tasks, k)) + digamma(totals) - digamma(totals.sum())
        for task, who, label in zip(labels.task, labels.annotator, labels.label, strict=True):
            logs[task] += digamma(counts[who, :, label]) - digamma(counts[who].sum(axis=1))
        evidence = np.log(np.exp(logs).sum(axis=1))
        history.append(bound + (times * evidence)[labels.labelled].sum())
        posterior = np.exp(logs - evidence[:, None]) * labels.labelled[:, None]
    return history, posterior


def random_labels(seed, classes=3):
    rng = np.random.default_rng(seed)
    rows = zip(
        rng.integers(0, 8, 40), rng.integers(0, 5, 40), rng.integers(0, classes, 40), strict=True
    )
    labels = labels_of(list(rows), tasks=[99])
    return replace(labels, multiplicity=rng.integers(1, 4, labels.n_tasks).astype(float))


@pytest.mark.parametrize("seed", range(4))
def test_bound_and_posterior_are_those_of_the_definition(seed):
    labels = random_labels(seed)
    prior = np.ones((3, 3)) + 2 * np.eye(3)  # diagonal 3 = 2 * 0.6 / 0.4
    found = ibcc(labels, iterations=4, tolerance=0)
    history, posterior = slow_ibcc(labels, 4, prior)
    np.testing.assert_allclose(found.fit.history, history, rtol=1e-11)
    np.testing.assert_allclose(dense(found)[:-1], posterior[:-1], rtol=1e-9)


@given(rows_of_labels)
def test_the_bound_never_falls(rows):
    history = np.array(ibcc(labels_of(rows), tolerance=0, iterations=30).fit.history)
    assert (np.diff(history) >= -1e-9).all()


@given(rows_of_labels)
def test_posteriors_confusions_and_prevalences_sum_to_one(rows):
    found = ibcc(labels_of(rows))
    np.testing.assert_allclose(dense(found).sum(axis=1), 1)
    np.testing.assert_allclose(found.confusion.sum(axis=2), 1)
    assert found.prevalence.sum() == pytest.approx(1)
    assert ((found.skill > 0) & (found.skill <= 1)).all()
    assert found.fit.converged


def test_simulated_truth_and_confusions_are_found():
    rng = np.random.default_rng(4)
    prevalence = np.array([0.6, 0.3, 0.1])
    confusion = np.array([rng.dirichlet(1 + 6 * np.eye(3)[true], 25) for true in range(3)])
    true = rng.choice(3, 3000, p=prevalence)
    who = np.argsort(rng.random((3000, 25)), axis=1)[:, :5]
    chances = confusion[true[:, None], who]
    label = (chances.cumsum(axis=2) < rng.random((3000, 5, 1))).sum(axis=2)
    rows = zip(np.repeat(np.arange(3000), 5), who.ravel(), label.ravel(), strict=True)
    labels = labels_of(list(rows))
    found = ibcc(labels)
    votes = (majority(labels).posterior.best().label == true).mean()
    assert (found.posterior.best().label == true).mean() > votes + 0.01
    np.testing.assert_allclose(found.prevalence, prevalence, atol=0.02)
    np.testing.assert_allclose(found.confusion, confusion.transpose(1, 0, 2), atol=0.17)
    assert np.abs(found.confusion - confusion.transpose(1, 0, 2)).mean() < 0.03


@pytest.mark.parametrize("answer", [0, 1])
def test_an_annotator_with_one_answer_is_believed_to_be_nearly_as_all_were_beforehand(answer):
    rows = [(task, who, task % 2) for task in range(10) for who in "abc"]
    found = ibcc(labels_of([*rows, (0, "d", answer)]))
    assert found.skill[3] == pytest.approx(0.6, abs=0.1)
    assert found.skill[0] > 0.8


def test_one_answer_does_not_overrule_who_is_known():
    rows = [(task, who, task % 2) for task in range(40) for who in "abc"]
    one_timers = [(40, f"new {n}", 1) for n in range(2)]
    found = ibcc(labels_of([*rows, (40, "a", 0), (40, "b", 0), *one_timers]))
    assert found.posterior.best().label[40] == 0


def test_unanimity_is_not_kept_among_those_who_are_mostly_wrong():
    rows = [(task, who, task % 2) for task in range(20) for who in "abcd"]
    rows += [(task, who, 1 - task % 2) for task in range(20) for who in "yz"]
    found = ibcc(labels_of([*rows, (20, "y", 0), (20, "z", 0)]))
    assert found.posterior.best().label[20] == 1


def test_what_is_thought_beforehand_can_be_said():
    labels = labels_of([(1, "a", "x"), (2, "a", "y")])
    assert ibcc(labels, prior_skill=0.9).skill[0] > ibcc(labels, prior_skill=0.6).skill[0]


def test_tasks_without_labels_have_no_posterior():
    found = ibcc(labels_of([(1, "a", "x"), (1, "b", "y")], tasks=[2]))
    assert np.isnan(dense(found)[1]).all()


def test_who_labels_nothing_has_no_skill_and_no_confusion():
    found = ibcc(labels_of([(1, "a", "x"), (1, "b", "y"), (2, "c", None)]))
    assert np.isnan(found.skill).tolist() == [False, False, True]
    assert np.isnan(found.confusion[2]).all()


def test_without_tasks_there_is_nothing_to_infer():
    found = ibcc(labels_of([]))
    assert found.posterior.starts.tolist() == [0]
    assert found.skill.shape == (0,)
    assert found.fit.converged
    assert np.isfinite(found.fit.history).all()


def test_where_there_is_one_class_it_is_certain():
    found = ibcc(labels_of([(1, "a", "x"), (2, "b", "x")], tasks=[3]))
    assert found.posterior.probability.tolist() == [1.0, 1.0]
    assert found.skill.tolist() == [1.0, 1.0]


def test_one_annotator_is_believed():
    found = ibcc(labels_of([(1, "a", "x"), (2, "a", "y")]))
    assert found.posterior.best().label.tolist() == [0, 1]


def test_who_labels_a_task_twice_counts_twice():
    rows = [(task, who, task % 2) for task in range(4) for who in "ab"]
    once, twice = (ibcc(labels_of([*rows, *[(9, "a", 1)] * times])) for times in (1, 2))
    assert dense(twice)[-1, 1] > dense(once)[-1, 1]


def test_a_thousand_labels_of_one_task_stay_in_range():
    found = ibcc(labels_of([(0, who, who % 3 == 0) for who in range(3000)]))
    assert np.isfinite(found.fit.history).all()
    np.testing.assert_allclose(dense(found).sum(axis=1), 1)


@pytest.mark.parametrize("prior_skill", [0.0, 1.0, np.nan])
def test_a_prior_skill_that_is_no_probability_is_refused(prior_skill):
    with pytest.raises(RefusedError, match="prior_skill"):
        ibcc(labels_of([(1, "a", "x")]), prior_skill=prior_skill)


def test_confusions_beyond_memory_are_refused():
    names = np.arange(10_000)
    table = pd.DataFrame({"task": 0, "annotator": 0, "label": names})
    with pytest.raises(RefusedError, match=r"ibcc of 1 tasks.* GB"):
        ibcc(code_labels(table))


def test_the_divergence_is_that_of_the_densities():
    shares = (np.arange(10_000) + 0.5) / 10_000
    after, before = (
        30 * shares**4 * (1 - shares),
        6 * shares * (1 - shares),
    )  # Beta(5, 2), Beta(2, 2)
    belief = believe(np.array([2.0, 2.0]), np.array([3.0, 0.0]))
    assert belief.divergence() == pytest.approx((after * np.log(after / before)).mean(), rel=1e-6)
