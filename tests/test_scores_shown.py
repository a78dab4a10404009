"""Which figures are shown of whom."""

import pandas as pd
import pytest

from groundkeeper.errors import UnknownNameError
from groundkeeper.scores.shown import Wanted, coverage, figures

NO_BOUNDS = pd.DataFrame({name: [] for name in ("measure", "subject", "low", "high")}, dtype=object)


def measures(*rows):
    return pd.DataFrame(
        [(measure, subject, facet, level, 0.5) for measure, subject, facet, level in rows],
        columns=["measure", "subject", "facet", "level", "value"],
    )


TOLD = measures(
    ("f1", "net", "all", "all"),
    ("f1", "net/car", "all", "all"),
    ("f1", "net", "thick", "yes"),
    ("f1", "net/car", "thick", "yes"),
    ("rating_exact", "malignancy", "all", "all"),
    ("gold_accuracy", "malignancy", "all", "all"),
)


def shown(**wanted):
    found = figures(TOLD, NO_BOUNDS, Wanted(**wanted), ["net"], "here")
    return list(zip(found["measure"], found["subject"], found["level"], strict=True))


def test_figures_over_everything_are_shown_and_those_of_gold_are_not():
    assert shown() == [("f1", "net", "all"), ("rating_exact", "malignancy", "all")]


def test_ratings_of_all_readers_together_are_theirs():
    assert shown(subject="readers") == [("rating_exact", "malignancy", "all")]
    assert shown(subject="readers", label="malignancy") == shown(subject="readers")


def test_a_class_and_a_facet_narrow_it():
    assert shown(label="car", facet="thick") == [("f1", "net/car", "yes")]
    assert shown(subject="net", facet="thick") == [("f1", "net", "yes")]


def test_what_one_does_not_have_is_refused_with_what_they_have():
    with pytest.raises(UnknownNameError, match=r"no class 'cat'; there are: car$"):
        shown(subject="net", label="cat")
    with pytest.raises(UnknownNameError, match=r"no facet 'thick'; there are: none$"):
        shown(subject="readers", facet="thick")


def test_coverage_is_of_settled_items_and_unknown_where_nothing_is_settled():
    assert coverage({"items": 1, "items_without_answer": 3}) == 0.25
    assert coverage({"items": 0, "items_without_answer": 0}) is None
