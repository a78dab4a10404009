import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.ordinal import MOST_GRADES, ordinal_model
from groundkeeper.errors import RefusedError

SCALE = [1, 2, 3, 4, 5]
COLUMNS = ["task", "annotator", "label"]
said = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.sampled_from(SCALE)),
    min_size=1,
    max_size=25,
)


def infer(rows, scale=SCALE, **options):
    table = pd.DataFrame(rows, columns=COLUMNS)
    return ordinal_model(code_labels(table, classes=scale), scale=scale, **options)


def simulated(seed, tasks=200, annotators=20, each=4, grades=5):
    """Grades by annotators with biases and noises, and what is true."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(grades, tasks, p=rng.dirichlet(np.full(grades, 3.0)))
    bias = rng.normal(0, 0.5, annotators)
    noise = 0.7 * np.exp(rng.normal(0, 0.4, annotators))
    task = np.repeat(np.arange(tasks), each)
    who = np.concatenate([rng.permutation(annotators)[:each] for _ in range(tasks)])
    placed = truth[task] + bias[who] + noise[who] * rng.normal(size=len(who))
    label = np.clip(np.rint(placed), 0, grades - 1).astype(int) + 1
    return pd.DataFrame({"task": task, "annotator": who, "label": label}), truth + 1, bias, noise


def best(found):
    return found.labels.classes.to_numpy()[found.posterior.best().label]


def full_confusions(labels, rounds=100):
    """Dawid-Skene as an oracle, plainly: a full confusion of each annotator."""
    n, k, crowd = labels.n_tasks, labels.n_classes, labels.n_annotators
    truth = np.zeros((n, k))
    np.add.at(truth, (labels.task, labels.label), 1)
    truth /= truth.sum(axis=1, keepdims=True)
    for _ in range(rounds):
        confusion = np.full((crowd, k, k), 0.01)
        for task, who, label in zip(labels.task, labels.annotator, labels.label, strict=True):
            confusion[who, :, label] += truth[task]
        confusion /= confusion.sum(axis=2, keepdims=True)
        scores = np.tile(np.log(truth.mean(axis=0) + 1e-12), (n, 1))
        np.add.at(scores, labels.task, np.log(confusion[labels.annotator, :, labels.label]))
        truth = np.exp(scores - scores.max(axis=1, keepdims=True))
        truth /= truth.sum(axis=1, keepdims=True)
    return labels.classes.to_numpy()[truth.argmax(axis=1)]


def test_few_answers_of_biased_annotators_are_read_better_than_by_the_median_or_full_confusions():
    right = {"ordinal": [], "median": [], "dawid_skene": []}
    for seed in range(3):
        table, truth, _, _ = simulated(seed)
        labels = code_labels(table, classes=SCALE)
        lower = table.groupby("task")["label"].apply(lambda s: sorted(s)[(len(s) - 1) // 2])
        right["ordinal"].append((best(ordinal_model(labels, scale=SCALE)) == truth).mean())
        right["median"].append((lower.to_numpy() == truth).mean())
        right["dawid_skene"].append((full_confusions(labels, 30) == truth).mean())
    means = {name: np.mean(shares) for name, shares in right.items()}
    assert means["ordinal"] > 0.8
    assert means["ordinal"] > means["median"] + 0.08
    assert means["ordinal"] > means["dawid_skene"] + 0.08


def test_bias_and_noise_are_found_and_their_deviations_are_honest():
    table, _, bias, noise = simulated(1, tasks=600, annotators=15)
    found = ordinal_model(code_labels(table, classes=SCALE), scale=SCALE)
    assert np.corrcoef(found.bias, bias)[0, 1] > 0.95
    assert np.corrcoef(found.noise, noise)[0, 1] > 0.9
    assert np.mean(np.abs(found.bias - bias) < 3 * found.bias_sd + 0.15) > 0.9


def test_a_posterior_of_so_much_is_right_about_so_often():
    table, truth, _, _ = simulated(2, tasks=1000, annotators=40)
    found = ordinal_model(code_labels(table, classes=SCALE), scale=SCALE)
    chosen = found.posterior.best()
    assert abs((best(found) == truth).mean() - chosen.probability.mean()) < 0.04


@settings(deadline=None, max_examples=30)
@given(said)
def test_posteriors_and_confusions_are_probabilities_and_the_bound_never_falls(rows):
    found = infer(rows)
    sums = np.add.reduceat(found.posterior.probability, found.posterior.starts[:-1])
    np.testing.assert_allclose(sums, 1)
    assert (found.confusion.sum(axis=2) < 1 + 1e-9).all()
    np.testing.assert_allclose(found.prevalence.sum(), 1)
    assert (np.diff(found.fit.history) > -1e-8).all()
    assert ((found.skill > 0) & (found.skill < 1)).all()


@settings(deadline=None, max_examples=30)
@given(said, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter_to_the_last_bit(rows, random):
    one, other = infer(rows), infer(random.sample(rows, len(rows)))
    np.testing.assert_array_equal(one.posterior.probability, other.posterior.probability)
    np.testing.assert_array_equal(one.bias, other.bias)


@settings(deadline=None, max_examples=30)
@given(said)
def test_renamed_annotators_and_tasks_are_the_same_people_and_things(rows):
    one = infer(rows)
    other = infer([(9 - task, 9 - who, label) for task, who, label in rows])
    np.testing.assert_allclose(
        other.posterior.dense(other.labels.n_classes)[::-1],
        one.posterior.dense(one.labels.n_classes),
        atol=1e-6,
    )
    np.testing.assert_allclose(other.bias[::-1], one.bias, atol=1e-5)


@settings(deadline=None, max_examples=30)
@given(said)
def test_a_scale_that_is_turned_round_turns_every_bias_round(rows):
    one, other = infer(rows), infer([(task, who, 6 - label) for task, who, label in rows])
    k = one.labels.n_classes
    np.testing.assert_allclose(other.posterior.dense(k)[:, ::-1], one.posterior.dense(k), atol=1e-6)
    np.testing.assert_allclose(other.bias, -one.bias, atol=1e-5)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(SCALE)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=30)
def test_labels_that_all_agree_are_kept(tasks):
    truth = dict(tasks)
    rows = [(task, who, grade) for task, grade in truth.items() for who in range(3)]
    assert best(infer(rows)).tolist() == [truth[task] for task in sorted(truth)]


def test_a_task_that_stands_for_many_counts_as_many():
    rows = [(0, "x", 2), (0, "y", 3), (1, "x", 4), (1, "y", 4)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    labels = code_labels(table)
    many = type(labels)(
        **{name: getattr(labels, name) for name in labels.__slots__}
        | {"multiplicity": np.array([3.0, 1.0])}
    )
    copies = [(f"0{copy}", who, grade) for copy in "abc" for _, who, grade in rows[:2]]
    spelled = code_labels(
        pd.DataFrame(copies + [("1", who, g) for _, who, g in rows[2:]], columns=COLUMNS)
    )
    one, other = ordinal_model(many), ordinal_model(spelled)
    np.testing.assert_allclose(one.bias, other.bias, atol=1e-9)
    np.testing.assert_allclose(one.fit.history[-1], other.fit.history[-1])


def test_grades_that_nobody_named_count_as_steps_in_between():
    rows = [(task, who, 1) for task in range(8) for who in "xyz"] + [(9, "x", 1), (9, "y", 5)]
    near = ordinal_model(code_labels(pd.DataFrame(rows, columns=COLUMNS)))
    far = ordinal_model(code_labels(pd.DataFrame(rows, columns=COLUMNS)), scale=SCALE)
    assert far.noise[1] > near.noise[1]
    assert far.confusion[0, 0].sum() < 1
    np.testing.assert_allclose(near.confusion.sum(axis=2), 1)


def test_an_annotator_with_one_answer_is_believed_to_be_like_the_prior():
    rows = [(task, who, 1 + task % 5) for task in range(30) for who in "xyz"]
    found = infer([*rows, (0, "new", 1)])
    known, new = found.noise_sd[[1, 0]]
    assert new > 3 * known
    assert abs(found.bias[0]) < 0.25


def test_what_nobody_graded_is_unknown():
    table = pd.DataFrame([("a", "x", 2), ("b", "y", None)], columns=COLUMNS)
    found = ordinal_model(code_labels(table), scale=SCALE)
    assert found.posterior.best().label.tolist() == [0, -1]
    assert np.isnan([found.bias[1], found.noise[1], found.skill[1], found.bias_sd[1]]).all()


def test_no_tasks_at_all_is_an_answer():
    found = ordinal_model(code_labels(pd.DataFrame({name: [] for name in COLUMNS})), scale=SCALE)
    assert found.posterior.probability.size == 0
    assert found.fit.converged


def test_one_class_and_one_annotator_leave_no_doubt():
    found = infer([("a", "x", 3), ("b", "x", 3)])
    np.testing.assert_allclose(found.posterior.probability, 1)


def test_an_annotator_who_grades_a_task_twice_counts_twice():
    once, twice = (
        infer([("a", "x", 3), ("a", "y", 4)]),
        infer([("a", "x", 3)] * 2 + [("a", "y", 4)]),
    )
    assert twice.posterior.dense(2)[0, 0] > once.posterior.dense(2)[0, 0]


@pytest.mark.parametrize("scale", [[1, 2], [1, 2, 2, 3]])
def test_a_scale_that_lacks_a_grade_or_has_one_twice_is_refused(scale):
    table = pd.DataFrame([("a", "x", 3)], columns=COLUMNS)
    with pytest.raises(RefusedError, match="lowest to the highest"):
        ordinal_model(code_labels(table), scale=scale)


def test_too_many_grades_are_refused_with_what_to_do():
    rows = [("a", "x", grade) for grade in range(MOST_GRADES + 1)]
    with pytest.raises(RefusedError, match="as numbers"):
        ordinal_model(code_labels(pd.DataFrame(rows, columns=COLUMNS)))


def test_words_are_ordered_as_the_scale_has_them_and_not_by_spelling():
    words = {1: "low", 2: "middling", 3: "high"}
    rows = [(task, who, 1 + (task + (who == "z")) % 3) for task in range(9) for who in "xyz"]
    spelled = pd.DataFrame(
        [(task, who, words[grade]) for task, who, grade in rows], columns=COLUMNS
    )
    numbered, worded = (
        infer(rows, [1, 2, 3]),
        ordinal_model(code_labels(spelled), scale=[*words.values()]),
    )
    assert [words[grade] for grade in best(numbered)] == best(worded).tolist()
    np.testing.assert_allclose(worded.bias, numbered.bias, atol=1e-6)
