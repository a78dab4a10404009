"""A model that leaves the majority says so."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.truth.beside_majority import noted
from groundkeeper.core.truth.inferred import Fit, Inferred, Posterior
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.methods import METHODS, infer

ONE_CLASS = "every task comes out as a, though 3 classes were named: look at majority beside it"


def labels_of(*said):
    """Each text has the labels of one task, by annotators 0, 1, ..."""
    rows = [(task, who, label) for task, word in enumerate(said) for who, label in enumerate(word)]
    return code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"]))


def with_constant_annotators(seed):
    """600 tasks of 3 classes, 5 labels each, of 20 annotators of whom about 40 % say a whatever the task."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 600)
    constant = rng.random(20) < 0.4
    rows = []
    for task in range(600):
        for who in rng.permutation(20)[:5]:
            right = truth[task] if rng.random() < 0.7 else rng.integers(0, 3)
            rows.append((task, who, "abc"[0 if constant[who] else right]))
    return code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"]))


def inferred_as(labels, answers, note=""):
    """What a model found that is certain of these *answers*, one letter a task."""
    table = (np.array(list(answers))[:, None] == labels.classes.to_numpy()[None]).astype(float)
    posterior = Posterior.of_dense(table, labels.labelled)
    return Inferred("model", labels, posterior, Fit(3, converged=True, note=note))


def test_a_maximum_in_which_every_task_is_one_class_is_noted():
    found = infer("one_coin", with_constant_annotators(0))
    assert len(set(found.posterior.best().label)) == 1
    assert found.fit.converged
    assert found.fit.note.split("; ")[0] == ONE_CLASS


def test_the_majority_has_nothing_beside_it():
    assert infer("majority", with_constant_annotators(0)).fit.note == ""


@pytest.mark.parametrize("name", sorted(METHODS))
def test_what_most_said_is_no_reason_for_a_note(name):
    several = labels_of("aaa", "bbb", "aab", "bbb", "aaa")
    always = labels_of("aaab", "aaa", "aaa")
    for labels in (several, always):
        assert "majority" not in infer(name, labels).fit.note


def test_one_class_that_is_not_the_majority_of_every_task_is_noted_beside_what_was_said():
    labels = labels_of("aab", "abb", "aac")
    assert noted(inferred_as(labels, "aaa", "two starts")).fit.note == f"two starts; {ONE_CLASS}"
    assert noted(inferred_as(labels, "aba", "two starts")).fit.note == "two starts"
    assert noted(inferred_as(labels_of("ab"), "a")).fit.note.startswith("every task comes out as a")


@pytest.mark.parametrize(
    ("multiplicity", "note"),
    [
        ([1, 2, 1, 9], ""),
        ([3, 2, 4, 9], "77 % of the tasks that have a majority come out otherwise: look at "),
    ],
)
def test_more_than_half_of_the_tasks_otherwise_than_the_majority_are_noted(multiplicity, note):
    labels = labels_of("aab", "bba", "aaa", "ab")  # the last has no majority
    labels = replace(labels, multiplicity=np.array(multiplicity, dtype=float))
    found = noted(inferred_as(labels, "bbba")).fit.note
    assert found.startswith(note)
    assert bool(found) == bool(note)


def test_nothing_labelled_is_nothing_to_note():
    for name in METHODS:
        labels = code_labels(pd.DataFrame({"task": [1], "annotator": [1], "label": [None]}))
        assert "majority" not in infer(name, labels).fit.note
