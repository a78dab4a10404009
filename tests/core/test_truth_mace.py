import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from builders.few_labels import (
    dense,
    labels_of,
    renamed,
    rows_of_labels,
    slow_divergence,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.mace import _starts, mace
from groundkeeper.core.truth.majority import majority
from groundkeeper.errors import RefusedError, UnknownNameError

PRIORS = ("estimated", "uniform")


def slow_expectation(labels, known, guessed, log_classes):
    """Sum over every way in which each label of a task may have come about: known or guessed.

    The log-likelihood, the posterior, and how many labels were known and guessed, ``[n_annotators, k]``.
    """
    shape, k = guessed.shape, labels.n_classes
    counts_known, counts_guessed = np.zeros(shape), np.zeros(shape)
    total, posterior = 0.0, np.full((labels.n_tasks, k), np.nan)
    for task in np.flatnonzero(labels.labelled):
        places = range(labels.starts[task], labels.starts[task + 1])
        said = [(labels.annotator[place], labels.label[place]) for place in places]
        ways = {}
        for true, *knew in itertools.product(range(k), *[(True, False)] * len(said)):
            chance = np.exp(log_classes[true])
            for (who, label), knows in zip(said, knew, strict=True):
                chance *= known[who] * (label == true) if knows else guessed[who, label]
            ways[true, *knew] = chance
        sum_of_ways = sum(ways.values())
        times = labels.multiplicity[task]
        total += times * np.log(sum_of_ways)
        posterior[task] = 0
        for (true, *knew), chance in ways.items():
            share = chance / sum_of_ways
            posterior[task, true] += share
            for cell, knows in zip(said, knew, strict=True):
                (counts_known if knows else counts_guessed)[cell] += times * share
    return total, posterior, counts_known, counts_guessed


def slow_mace(labels, rounds, prior, strategy):
    """The bound after each round, and the posterior, from where everybody knows every second answer."""
    k, annotators = labels.n_classes, labels.n_annotators
    known, guessed = np.full(annotators, 0.5), np.full((annotators, k), 0.5 / k)
    log_classes = np.full(k, -np.log(k))
    _, posterior, of_known, of_guessed = slow_expectation(labels, known, guessed, log_classes)
    history = []
    for _ in range(rounds):
        bound = 0.0
        for who in range(annotators):
            knows = np.array([of_known[who].sum(), of_guessed[who].sum()]) + 0.5
            guesses = of_guessed[who] + strategy
            bound -= slow_divergence(knows, np.full(2, 0.5))
            bound -= slow_divergence(guesses, np.full(k, strategy))
            known[who], guesses_at_all = np.exp(digamma(knows) - digamma(knows.sum()))
            guessed[who] = guesses_at_all * np.exp(digamma(guesses) - digamma(guesses.sum()))
        if prior == "estimated":
            totals = 1 + labels.multiplicity @ np.nan_to_num(posterior)
            bound -= slow_divergence(totals, np.ones(k))
            log_classes = digamma(totals) - digamma(totals.sum())
        total, posterior, of_known, of_guessed = slow_expectation(
            labels, known, guessed, log_classes
        )
        history.append(bound + total)
    return history, posterior


def random_labels(seed, classes=3):
    rng = np.random.default_rng(seed)
    rows = zip(
        rng.integers(0, 8, 20), rng.integers(0, 5, 20), rng.integers(0, classes, 20), strict=True
    )
    labels = labels_of(list(rows), tasks=[99])
    return replace(labels, multiplicity=rng.integers(1, 4, labels.n_tasks).astype(float))


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("seed", range(3))
def test_bound_and_posterior_are_those_of_the_definition(seed, prior):
    labels = random_labels(seed)
    found = mace(labels, restarts=1, iterations=3, tolerance=0, prior=prior, strategy=2.0)
    history, posterior = slow_mace(labels, 3, prior, 2.0)
    np.testing.assert_allclose(found.fit.history, history, rtol=1e-11)
    np.testing.assert_allclose(dense(found), posterior, rtol=1e-9)


@pytest.mark.parametrize("prior", PRIORS)
@given(rows=rows_of_labels)
def test_the_bound_never_falls(prior, rows):
    labels = labels_of(rows)
    fit = mace(labels, restarts=2, tolerance=0, iterations=30, prior=prior).fit
    assert (np.diff(fit.history) >= -1e-9).all()


@pytest.mark.parametrize("prior", PRIORS)
@given(rows=rows_of_labels)
def test_posteriors_confusions_and_prevalences_sum_to_one(prior, rows):
    found = mace(labels_of(rows), restarts=2, prior=prior)
    np.testing.assert_allclose(dense(found).sum(axis=1), 1)
    np.testing.assert_allclose(found.confusion.sum(axis=2), 1)
    assert found.prevalence.sum() == pytest.approx(1)
    assert ((found.skill > 0) & (found.skill <= 1 + 1e-12)).all()


@settings(max_examples=20)
@given(
    rows_of_labels, st.permutations(range(7)), st.permutations(range(5)), st.permutations(range(3))
)
def test_new_names_permute_the_result_whatever_the_starts(rows, tasks, annotators, classes):
    new = renamed(rows, tasks, annotators, classes)
    one, other = (mace(labels_of(each), restarts=4) for each in (rows, new))
    task = other.labels.tasks.get_indexer([tasks[name] for name in one.labels.tasks])
    who = other.labels.annotators.get_indexer([annotators[name] for name in one.labels.annotators])
    named = other.labels.classes.get_indexer([classes[name] for name in one.labels.classes])
    np.testing.assert_allclose(dense(one), dense(other)[task][:, named], atol=1e-8)
    np.testing.assert_allclose(one.skill, other.skill[who], atol=1e-8)
    of_other = other.confusion[who][:, named][:, :, named]
    np.testing.assert_allclose(one.confusion, of_other, atol=1e-8)


@given(rows_of_labels)
def test_unanimity_is_kept_where_classes_are_taken_to_be_equally_frequent(rows):
    said = {}
    for task, _, label in rows:
        said.setdefault(task, set()).add(label)
    best = mace(labels_of(rows), prior="uniform", restarts=2).posterior.best()
    found = best.label
    classes = sorted({label for _, _, label in rows})
    for place, task in enumerate(sorted(said)):
        if len(said[task]) == 1 and best.ties[place] == 1:
            assert {classes[found[place]]} == said[task]


def simulated(seed, annotators=40, tasks=1000):
    """Three of four know the answer mostly; every fourth guesses, half of them the same class always."""
    rng = np.random.default_rng(seed)
    true = rng.choice(3, tasks, p=[0.7, 0.2, 0.1])
    knows = np.where(np.arange(annotators) % 4 == 0, 0.02, rng.uniform(0.5, 0.95, annotators))
    guesses = np.tile([1 / 3, 1 / 3, 1 / 3], (annotators, 1))
    guesses[::8] = [0.02, 0.02, 0.96]
    who = np.argsort(rng.random((tasks, annotators)), axis=1)[:, :6]
    guessed = (guesses[who].cumsum(axis=2) < rng.random((tasks, 6, 1))).sum(axis=2)
    label = np.where(rng.random((tasks, 6)) < knows[who], true[:, None], guessed)
    rows = zip(np.repeat(np.arange(tasks), 6), who.ravel(), label.ravel(), strict=True)
    return labels_of(list(rows)), true, knows, guesses


def test_simulated_truth_and_guessers_are_found():
    labels, true, knows, guesses = simulated(3)
    found = mace(labels, strategy=1.0)
    votes = (majority(labels).posterior.best().label == true).mean()
    assert (found.posterior.best().label == true).mean() > votes + 0.01
    expected = knows[:, None, None] * np.eye(3) + (1 - knows)[:, None, None] * guesses[:, None]
    assert np.abs(found.confusion - expected).mean() < 0.04
    assert set(np.argsort(found.skill)[:10]) == set(range(0, 40, 4))


def test_starts_differ_and_whoever_is_alike_starts_alike():
    rows = [(task, who, (task + who) % 3) for task in range(9) for who in range(3)]
    rows += [(task, who, 0) for task in range(4) for who in (7, 8)]
    starts = list(_starts(labels_of(rows), 5, 0))
    assert len({start.tobytes() for start in starts}) == 5
    assert all(len(set(start[3:])) == 1 for start in starts)
    assert starts[1][0] != starts[1][3]


def test_the_highest_of_all_starts_is_taken():
    labels, *_ = simulated(5, tasks=40)
    ends = [mace(labels, restarts=restarts).fit.history[-1] for restarts in range(1, 8)]
    near = 1e-6 * len(labels.label)
    assert (np.diff(ends) >= 0).all()
    assert mace(labels, restarts=7, tolerance=1e-9).fit.history[-1] >= ends[-1] - near


def test_another_seed_draws_other_starts():
    labels, *_ = simulated(5, tasks=40)
    one, other = (list(_starts(labels, 2, seed))[1] for seed in (0, 1))
    assert (one != other).any()


def test_the_note_says_where_the_starts_end():
    labels = labels_of([(1, "a", "x"), (1, "b", "y"), (2, "a", "x")])
    assert mace(labels, restarts=4).fit.note.startswith("the highest of 4 starts, which end from")
    assert mace(labels, restarts=1).fit.note == ""


def test_tasks_without_labels_have_no_posterior():
    found = mace(labels_of([(1, "a", "x"), (1, "b", "y")], tasks=[2]))
    assert np.isnan(dense(found)[1]).all()


def test_who_labels_nothing_has_no_skill_and_no_confusion():
    found = mace(labels_of([(1, "a", "x"), (1, "b", "y"), (2, "c", None)]))
    assert np.isnan(found.skill).tolist() == [False, False, True]
    assert np.isnan(found.confusion[2]).all()


def test_an_annotator_with_one_answer_is_less_sure_to_be_right_than_one_with_many():
    rows = [(task, who, task % 2) for task in range(10) for who in "abc"]
    found = mace(labels_of([*rows, (0, "d", 0), (0, "e", 1)]))
    assert found.skill[4] < found.skill[3] < found.skill[0]


def test_without_tasks_there_is_nothing_to_infer():
    found = mace(labels_of([]))
    assert found.posterior.starts.tolist() == [0]
    assert found.skill.shape == (0,)
    assert found.fit.converged
    assert np.isfinite(found.fit.history).all()


def test_where_there_is_one_class_it_is_certain():
    found = mace(labels_of([(1, "a", "x"), (2, "b", "x")], tasks=[3]))
    assert found.posterior.probability.tolist() == [1.0, 1.0]
    np.testing.assert_allclose(found.skill, 1)


def test_one_annotator_is_believed():
    found = mace(labels_of([(1, "a", "x"), (2, "a", "y")]))
    assert found.posterior.best().label.tolist() == [0, 1]


def test_who_labels_a_task_twice_counts_twice():
    rows = [(task, who, task % 2) for task in range(4) for who in "ab"]
    once, twice = (mace(labels_of([*rows, *[(9, "a", 1)] * times])) for times in (1, 2))
    assert dense(twice)[-1, 1] > dense(once)[-1, 1]


@pytest.mark.parametrize("strategy", [0.01, 10.0, 1e6])
def test_thousands_of_labels_of_one_task_stay_in_range(strategy):
    rows = [(0, who, int(who % 3 == 0)) for who in range(3000)]
    rows += [(task, who, task % 2) for task in range(1, 9) for who in range(300)]
    found = mace(labels_of(rows), restarts=2, strategy=strategy)
    assert np.isfinite(found.fit.history).all()
    assert found.posterior.best().label.tolist()[0] == 0
    np.testing.assert_allclose(dense(found).sum(axis=1), 1)


@pytest.mark.parametrize("options", [{"restarts": 0}, {"strategy": 0.0}, {"iterations": 0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(RefusedError, match="allowed are at least 1"):
        mace(labels_of([(1, "a", "x")]), **options)


def test_a_prior_that_is_none_is_unknown():
    with pytest.raises(UnknownNameError, match="no prior 'flat'"):
        mace(labels_of([(1, "a", "x")]), prior="flat")


def test_confusions_beyond_memory_are_refused():
    table = pd.DataFrame({"task": 0, "annotator": 0, "label": np.arange(20_000)})
    with pytest.raises(RefusedError, match=r"mace of 1 tasks.* GB"):
        mace(code_labels(table))
