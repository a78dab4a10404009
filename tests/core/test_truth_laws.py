"""Laws that every method of truth inference keeps. A method added to ``METHODS`` is held to them by its name alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.guideline import sections
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.methods import METHODS, infer, method, refuse_anonymous
from groundkeeper.core.truth.number_methods import NUMBER_METHODS
from groundkeeper.errors import RefusedError, UnknownNameError
from schemas.enums import Identity

# Few rounds: where the evidence is even, rounding alone decides to which side a model climbs in the end.
FEW_ROUNDS = {
    "one_coin": {"iterations": 3},
    "dawid_skene": {"iterations": 3},
    "glad": {"iterations": 3},
    "mace": {"iterations": 3, "restarts": 1},
    "ibcc": {"iterations": 3},
    "ordinal_model": {"max_iterations": 3},
}
# Those in whose model only the names of classes differ, and not how near they are.
NOMINAL = sorted(name for name, one in METHODS.items() if "class" in one.kinds)
# Those without a model of annotators who are wrong more often than right.
TRUSTING = ("majority", "weighted")

rows = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=25
)
every_method = pytest.mark.parametrize("name", sorted(METHODS))
few = settings(deadline=None, max_examples=20)


def labels_of(rows, **options):
    return code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"]), **options)


def inferred(name, labels):
    return infer(name, labels, **FEW_ROUNDS.get(name, {}))


def dense(found):
    return found.posterior.dense(found.labels.n_classes)


@every_method
@few
@given(rows=rows)
def test_posteriors_are_probabilities_that_sum_to_one_over_each_labelled_task(name, rows):
    labels = labels_of(rows, tasks=[-1, 99])
    found = inferred(name, labels)
    table = dense(found)
    assert np.array_equal(np.isnan(table).any(axis=1), ~labels.labelled)
    assert np.array_equal(np.diff(found.posterior.starts) > 0, labels.labelled)
    known = table[labels.labelled]
    assert (known >= 0).all()
    np.testing.assert_allclose(known.sum(axis=1), 1.0, atol=1e-9)


@every_method
@few
@given(rows=rows, random=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_bit_for_bit(name, rows, random):
    one = inferred(name, labels_of(rows))
    other = inferred(name, labels_of(random.sample(rows, len(rows))))
    assert np.array_equal(one.posterior.probability, other.posterior.probability)
    assert one.fit == other.fit
    if one.skill is not None:
        assert np.array_equal(one.skill, other.skill, equal_nan=True)


@every_method
@few
@given(rows=rows, tasks=st.permutations(range(6)), annotators=st.permutations(range(4)))
def test_the_names_of_tasks_and_annotators_do_not_matter(name, rows, tasks, annotators):
    renamed = [(tasks[task], annotators[who], label) for task, who, label in rows]
    one, other = inferred(name, labels_of(rows)), inferred(name, labels_of(renamed))
    place = other.labels.tasks.get_indexer([tasks[task] for task in one.labels.tasks])
    np.testing.assert_allclose(dense(one), dense(other)[place], atol=1e-6)
    if one.difficulty is not None:
        np.testing.assert_allclose(one.difficulty, other.difficulty[place], rtol=1e-6)
    place = other.labels.annotators.get_indexer([annotators[w] for w in one.labels.annotators])
    for mine, theirs in ((one.skill, other.skill), (one.confusion, other.confusion)):
        if mine is not None:
            np.testing.assert_allclose(mine, theirs[place], atol=1e-6)


@pytest.mark.parametrize("name", NOMINAL)
@few
@given(rows=rows, classes=st.permutations(range(3)))
def test_relabelling_permutes(name, rows, classes):
    relabelled = [(task, who, classes[label]) for task, who, label in rows]
    one, other = inferred(name, labels_of(rows)), inferred(name, labels_of(relabelled))
    place = other.labels.classes.get_indexer([classes[label] for label in one.labels.classes])
    np.testing.assert_allclose(dense(one), dense(other)[:, place], atol=1e-6)
    if one.prevalence is not None:
        np.testing.assert_allclose(one.prevalence, other.prevalence[place], atol=1e-6)
    if one.confusion is not None:
        of_other = other.confusion[:, place][:, :, place]
        np.testing.assert_allclose(one.confusion, of_other, atol=1e-6)


@every_method
@few
@given(rows=rows, times=st.lists(st.integers(1, 3), min_size=6, max_size=6))
def test_a_task_that_stands_for_several_is_as_good_as_several(name, rows, times):
    once = labels_of(rows)
    once = replace(once, multiplicity=np.array([float(times[task]) for task in once.tasks]))
    copies = [
        (6 * copy + task, who, label) for task, who, label in rows for copy in range(times[task])
    ]
    one, other = inferred(name, once), inferred(name, labels_of(copies))
    np.testing.assert_allclose(dense(one), dense(other)[: once.n_tasks], atol=1e-6)
    np.testing.assert_allclose(one.fit.history, other.fit.history, rtol=1e-6, atol=1e-6)
    for mine, theirs in ((one.skill, other.skill), (one.confusion, other.confusion)):
        if mine is not None:
            np.testing.assert_allclose(mine, theirs, atol=1e-6)


def in_need_of_many_rounds():
    """Labels of three classes by annotators of whom some are hardly better than chance."""
    rng = np.random.default_rng(4)
    truth, skill = rng.integers(0, 3, 40), rng.uniform(0.35, 0.9, 8)
    return [
        (task, who, int(truth[task] if rng.random() < skill[who] else rng.integers(0, 3)))
        for task in range(40)
        for who in rng.permutation(8)[:4]
    ]


@every_method
def test_tasks_that_stand_for_many_converge_where_the_many_do(name):
    rows, times = in_need_of_many_rounds(), 50
    once = labels_of(rows)
    once = replace(once, multiplicity=np.full(once.n_tasks, float(times)))
    copies = [(40 * copy + task, who, label) for task, who, label in rows for copy in range(times)]
    one, other = infer(name, once), infer(name, labels_of(copies))
    assert (one.fit.iterations, one.fit.note) == (other.fit.iterations, other.fit.note)
    np.testing.assert_allclose(dense(one), dense(other)[: once.n_tasks], atol=1e-6)


@every_method
@few
@given(said=st.lists(st.integers(0, 2), min_size=1, max_size=6), annotators=st.integers(1, 4))
def test_where_all_agree_on_everything_that_is_the_answer(name, said, annotators):
    rows = [(task, who, label) for task, label in enumerate(said) for who in range(annotators)]
    found = inferred(name, labels_of(rows))
    best = found.posterior.best()
    assert found.labels.classes[best.label].tolist() == said
    assert (best.ties == 1).all()


@pytest.mark.parametrize("name", TRUSTING)
@few
@given(rows=rows)
def test_who_trusts_everybody_keeps_unanimity(name, rows):
    labels = labels_of(rows)
    best = inferred(name, labels).posterior.best()
    said = pd.Series(labels.label).groupby(labels.task).unique()
    alone = said[said.map(len) == 1]
    assert best.label[alone.index].tolist() == [label[0] for label in alone]
    assert (best.probability[alone.index] > 1 - 1e-12).all()


@every_method
@few
@given(rows=rows)
def test_the_objective_never_falls_and_its_history_is_whole(name, rows):
    fit = infer(name, labels_of(rows)).fit
    history = np.array(fit.history)
    assert np.isfinite(history).all()
    assert len(history) == fit.iterations or not fit.objective
    assert (np.diff(history) > -1e-6 * (1 + np.abs(history[1:]))).all()


@every_method
@few
@given(rows=rows)
def test_skills_and_confusions_are_probabilities_and_nan_for_who_said_nothing(name, rows):
    labels = labels_of([*rows, (0, 9, None)])
    found = inferred(name, labels)
    silent = labels.annotators == 9
    for table in (found.skill, None if found.confusion is None else found.confusion.sum(axis=2)):
        if table is not None:
            assert np.isnan(table[silent]).all()
            assert (table[~silent] >= -1e-9).all()
            assert (table[~silent] <= 1 + 1e-9).all()


@every_method
@few
@given(rows=rows)
def test_the_labels_are_not_changed(name, rows):
    labels, same = labels_of(rows), labels_of(rows)
    found = inferred(name, labels)
    assert found.labels is labels
    assert found.method == name
    for array in ("starts", "annotator", "label", "multiplicity"):
        assert np.array_equal(getattr(labels, array), getattr(same, array))


@every_method
def test_who_cannot_be_right_about_anything_has_no_skill(name):
    nothing = labels_of([(1, 1, None), (2, 2, None)])
    skill = infer(name, nothing).skill
    assert skill is None or np.isnan(skill).all()
    skill = infer(name, labels_of([(1, 1, 0), (1, 2, 1), (2, 1, 0), (2, 3, None)])).skill
    assert skill is None or np.isnan(skill).tolist() == [False, False, True]


EDGES = {
    "no tasks": [],
    "no labels": [(1, 1, None)],
    "one class": [(1, 1, 3), (1, 2, 3), (2, 1, 3)],
    "one annotator": [(1, 1, 3), (2, 1, 4), (3, 1, 3)],
    "an annotator with one answer": [(1, 1, 3), (2, 1, 4), (1, 2, 3), (2, 2, 4), (1, 3, 4)],
    "one label": [(1, 1, 3)],
    "a label given twice": [(1, 1, 3), (1, 1, 3), (1, 2, 4)],
    "two labels of one annotator": [(1, 1, 3), (1, 1, 4)],
}


@every_method
@pytest.mark.parametrize("rows", EDGES.values(), ids=EDGES)
def test_edges_are_defined(name, rows):
    table = pd.DataFrame(rows, columns=["task", "annotator", "label"], dtype=object)
    found = infer(name, code_labels(table, tasks=[0]))
    labels, best = found.labels, found.posterior.best()
    assert np.array_equal(best.label >= 0, labels.labelled)
    assert np.array_equal(best.ties > 0, labels.labelled)
    if labels.n_classes == 1:
        np.testing.assert_allclose(best.probability[labels.labelled], 1.0)


@pytest.mark.parametrize("name", sorted(set(METHODS) - set(TRUSTING)))
def test_models_that_keep_all_classes_of_all_tasks_refuse_too_many(name):
    n = 20_000
    labels = code_labels(
        pd.DataFrame({"task": np.arange(n), "annotator": 0, "label": np.arange(n)})
    )
    with pytest.raises(RefusedError, match=r"GB|grades"):
        infer(name, labels)


def test_an_unknown_method_is_told_which_there_are():
    with pytest.raises(
        UnknownNameError, match="no method of truth inference 'em'; there are: dawid"
    ):
        infer("em", labels_of([(1, 1, 1)]))


def test_what_learns_about_annotators_refuses_anonymous_ones():
    needing = [name for name in METHODS if method(name).needs_identity]
    assert set(METHODS) - set(needing) == {"majority"}
    for name in METHODS:
        refuse_anonymous(name, Identity.KNOWN)
    refuse_anonymous("majority", Identity.ANONYMOUS)
    for name in needing:
        with pytest.raises(RefusedError, match=f"{name} learns.*allowed are majority; use"):
            refuse_anonymous(name, Identity.ANONYMOUS)


@pytest.mark.parametrize(
    ("field", "kind"),
    [("bool", "class"), ("enum", "class"), ("ordinal", "ordinal"), ("number", "number")],
)
def test_a_guideline_may_name_every_method_that_there_is_for_its_type_of_field(field, kind):
    every = (*METHODS.values(), *NUMBER_METHODS.values())
    assert sections.METHODS[field] == tuple(one.name for one in every if kind in one.kinds)
