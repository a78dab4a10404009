import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.truth import labels as labels_module
from groundkeeper.core.truth.coding import SPARE, written_alike
from groundkeeper.core.truth.dense import MOST_CELLS, refuse_too_large
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.errors import RefusedError, TableError

ROWS = [("t2", "b", "y"), ("t1", "a", "x"), ("t2", "a", None), ("t1", "b", "x"), ("t3", "c", "z")]
ARRAYS = ("starts", "annotator", "label", "multiplicity")
INDEXES = ("tasks", "annotators", "classes")

rows = st.lists(
    st.tuples(
        st.integers(-3, 3) | st.sampled_from([10**9, -(10**12)]),
        st.integers(0, 3),
        st.none() | st.integers(0, 4),
    ),
    max_size=30,
)


def table(rows, dtype=object):
    return pd.DataFrame(rows, columns=["task", "annotator", "label"], dtype=dtype)


def same(one, other):
    """Whether two labels are equal, bit for bit."""
    arrays = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS)
    names = all(getattr(one, name).tolist() == getattr(other, name).tolist() for name in INDEXES)
    return arrays and names and (one.repeated, one.unsaid) == (other.repeated, other.unsaid)


def said(labels):
    """Every label by its names, in the order in which they are kept."""
    names = (
        labels.tasks[labels.task],
        labels.annotators[labels.annotator],
        labels.classes[labels.label],
    )
    return list(zip(*(name.tolist() for name in names), strict=True))


def test_labels_are_kept_by_task_then_annotator_then_class():
    labels = code_labels(table(ROWS))
    assert said(labels) == [("t1", "a", "x"), ("t1", "b", "x"), ("t2", "b", "y"), ("t3", "c", "z")]
    assert labels.starts.tolist() == [0, 2, 3, 4]
    assert (labels.unsaid, labels.repeated) == (1, 0)


@settings(deadline=None)
@given(rows)
def test_labels_are_what_sorting_the_rows_gives(rows):
    labels = code_labels(table(rows))
    assert said(labels) == sorted(row for row in rows if row[2] is not None)
    assert labels.tasks.tolist() == sorted({row[0] for row in rows})
    assert labels.annotators.tolist() == sorted({row[1] for row in rows})
    assert labels.classes.tolist() == sorted({row[2] for row in rows} - {None})
    assert labels.unsaid == sum(row[2] is None for row in rows)
    pairs = [row[:2] for row in rows if row[2] is not None]
    assert labels.repeated == len(pairs) - len(set(pairs))


@settings(deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_bit_for_bit(rows, random):
    shuffled = table(random.sample(rows, len(rows)))
    assert same(code_labels(shuffled), code_labels(table(rows)))


@settings(deadline=None)
@given(rows, st.sampled_from(["Int64", "category", "int64[pyarrow]", "float64"]))
def test_how_a_column_is_stored_does_not_matter(rows, dtype):
    assert same(code_labels(table(rows).astype(dtype)), code_labels(table(rows)))


@settings(deadline=None)
@given(rows, st.sampled_from(["str", "category", "string[pyarrow]", "string[python]"]))
def test_how_text_is_stored_does_not_matter(rows, dtype):
    texts = [tuple(None if value is None else f"n{value}" for value in row) for row in rows]
    assert same(code_labels(table(texts).astype(dtype)), code_labels(table(texts)))


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "int64"])
@pytest.mark.parametrize("apart", [1, 25])
def test_whole_numbers_near_each_other_and_far_apart_are_coded_alike(dtype, apart):
    values = np.array([5, 0, 3, 0, 1, 4], dtype) * np.array(apart, dtype)
    assert (np.ptp(values) + 1 > SPARE * len(values)) == (apart == 25)
    labels = code_labels(pd.DataFrame({"task": values, "annotator": values, "label": values}))
    assert labels.tasks.tolist() == sorted(set(values.tolist()))
    assert labels.tasks.dtype == dtype
    assert labels.label.tolist() == [0, 0, 1, 2, 3, 4]


def test_the_widest_range_of_numbers_does_not_overflow():
    values = np.array([np.iinfo(np.int64).max, np.iinfo(np.int64).min, 0])
    labels = code_labels(pd.DataFrame({"task": values, "annotator": 0, "label": values}))
    assert labels.tasks.tolist() == sorted(values.tolist())


def test_more_names_than_one_number_can_tell_apart_are_sorted_too():
    random = np.random.default_rng(0)
    task, annotator, label = random.integers(0, 4, (3, 50))
    few = labels_module._in_order(task, annotator, label, 4, 4)
    many = labels_module._in_order(task, annotator, label, 2**40, 2**40)
    assert all(np.array_equal(one, other) for one, other in zip(few, many, strict=True))


def test_the_table_is_not_changed():
    given_table = table(ROWS)
    before = given_table.copy(deep=True)
    code_labels(given_table, classes=["z", "y", "x"], tasks=["t9"])
    pd.testing.assert_frame_equal(given_table, before)


def test_classes_are_in_the_order_of_the_vocabulary_and_only_those_named():
    labels = code_labels(table(ROWS), classes=["z", "never", "y", "x"])
    assert labels.classes.tolist() == ["z", "y", "x"]
    assert said(labels)[-1] == ("t3", "c", "z")


def test_a_vocabulary_may_mix_types_that_read_differently():
    mixed = table([("t", "a", 2), ("t", "b", "none")])
    assert code_labels(mixed, classes=["none", 1, 2]).classes.tolist() == ["none", 2]


def test_classes_without_an_order_can_be_named():
    sets = table([("t", "a", frozenset("x")), ("t", "b", frozenset("xy"))])
    classes = [frozenset("xy"), frozenset("x")]
    assert code_labels(sets, classes=classes).classes.tolist() == classes


def test_further_tasks_have_no_labels():
    labels = code_labels(table(ROWS), tasks=np.array(["t0", "t2", "t2"], dtype=object))
    assert labels.tasks.tolist() == ["t0", "t1", "t2", "t3"]
    assert labels.labelled.tolist() == [False, True, True, True]


@pytest.mark.parametrize("rows", [[], [("t", "a", None)]])
def test_nothing_said_is_no_class(rows):
    labels = code_labels(table(rows))
    assert (labels.n_classes, len(labels.label), labels.n_tasks) == (0, 0, len(rows))
    assert labels.starts.tolist() == [0] * (len(rows) + 1)


def test_whoever_labels_a_task_again_counts_again():
    labels = code_labels(
        table([("t", "a", "x"), ("t", "a", "x"), ("t", "a", "y"), ("s", "a", "x")])
    )
    assert (labels.repeated, len(labels.label)) == (2, 4)


REFUSED = [
    ([(None, "a", "x")], {}, "1 of 1 labels name no task"),
    ([("t", None, "x"), ("t", "a", "x")], {}, "1 of 2 labels name no annotator"),
    ([("t", "a", 1), ("t", "b", "1")], {}, r"no order: 1 \(int\) and '1' \(str\)"),
    ([("t", "a", 1), ("t", "b", "x")], {}, r"no order: 1 \(int\), 'x' \(str\).*name the classes"),
    ([("t", "a", 1), ("t", "b", True)], {}, "1 and True would be the same"),
    ([("t", "a", frozenset("x"))], {}, "types that have no order"),
    ([("t", "a", ["x"])], {}, "a label that is a list"),
    ([(1, "a", "x"), ("1", "a", "x")], {}, r"found a task of types.*1 \(int\) and '1' \(str\)"),
    ([("t", "a", "x")], {"classes": ["y", "z"]}, "found the labels 'x'; allowed are 'y', 'z'"),
    ([("t", "a", 1)], {"classes": ["1", "2"]}, r"in their type only: '1' \(str\) and 1 \(int\)"),
    ([("t", "a", "x")], {"classes": ["x", "y", "x"]}, r"'x' \(str\) and 'x' \(str\)"),
    ([("t", "a", "x")], {"classes": [1, "1", "x"]}, r"1 \(int\) and '1' \(str\)"),
    ([("t", "a", "x")], {"classes": ["x", None]}, "a missing one"),
    ([("t", "a", "x")], {"tasks": [3]}, "found a task of types that have no order"),
    ([("t", "a", "x")], {"tasks": [None]}, "1 of 2 labels name no task"),
]


@pytest.mark.parametrize(("rows", "options", "message"), REFUSED)
def test_what_cannot_be_told_apart_is_refused_with_what_to_do(rows, options, message):
    with pytest.raises(RefusedError, match=message):
        code_labels(table(rows), **options)


def test_a_table_without_a_column_is_refused():
    with pytest.raises(TableError, match="lacks the columns annotator, label"):
        code_labels(pd.DataFrame({"task": ["t"]}))


def test_values_written_alike_are_found():
    assert written_alike([1, "1", 2.0, "2"]) == ["1 (int) and '1' (str)"]


def test_a_model_that_would_not_fit_says_what_it_needs_and_what_to_do():
    labels = code_labels(table([(t, "a", t) for t in range(100)]))
    refuse_too_large(labels, "glad", cells_of_annotator=MOST_CELLS - 100 * 100)
    with pytest.raises(RefusedError, match=r"glad of 100 tasks.*2\.1 GB; allowed.*majority"):
        refuse_too_large(labels, "glad", cells_of_annotator=MOST_CELLS - 100 * 100 + 1)


def test_coding_and_voting_do_without_compilers():
    code = (
        "import sys, pandas as pd\n"
        "from groundkeeper.core.truth import methods\n"
        "from groundkeeper.core.truth.labels import code_labels\n"
        "table = pd.DataFrame({'task': [1], 'annotator': [1], 'label': [1]})\n"
        "for name in ('majority', 'weighted'):\n"
        "    methods.infer(name, code_labels(table)).posterior.best()\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("column", ["task", "annotator", "label"])
def test_whole_numbers_of_any_size_are_coded(column):
    large = np.array([2**63 + 2, 2**63, 2**64 - 1, 2**63 + 2], dtype=np.uint64)
    for numbers in (large, large[:2], large[:1]):
        rows = {name: np.arange(len(numbers)) for name in ("task", "annotator", "label")}
        labels = code_labels(pd.DataFrame({**rows, column: numbers}))
        names = {"task": labels.tasks, "annotator": labels.annotators, "label": labels.classes}
        assert names[column].tolist() == sorted(set(numbers.tolist()))


def test_short_whole_numbers_whose_differences_are_long_are_coded():
    numbers = np.tile(np.array([-128, 127, 0], dtype=np.int8), 40)
    labels = code_labels(pd.DataFrame({"task": numbers, "annotator": 0, "label": numbers}))
    assert labels.tasks.tolist() == [-128, 0, 127]
    assert labels.classes[labels.label[labels.starts[:-1]]].tolist() == [-128, 0, 127]
