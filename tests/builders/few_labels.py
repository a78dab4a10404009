"""A few labels drawn at random, and slow references for models with Dirichlet priors."""

import pandas as pd
from hypothesis import strategies as st
from scipy.special import digamma, gammaln

from groundkeeper.core.truth.labels import code_labels

rows_of_labels = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=40
)
"""Rows (task, annotator, label), some of them twice."""


def labels_of(rows, **options):
    return code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"]), **options)


def dense(found):
    return found.posterior.dense(found.labels.n_classes)


def renamed(rows, tasks, annotators, classes):
    return [(tasks[task], annotators[who], classes[label]) for task, who, label in rows]


def slow_log_normaliser(parameters):
    return gammaln(parameters.sum()) - sum(gammaln(each) for each in parameters)


def slow_divergence(after, before):
    gained = (after - before) * (digamma(after) - digamma(after.sum()))
    return gained.sum() + slow_log_normaliser(after) - slow_log_normaliser(before)
