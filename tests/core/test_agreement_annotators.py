import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.agreement import rater_pairs
from groundkeeper.core.agreement.annotator_figures import vitality_measures
from groundkeeper.core.agreement.answer_figures import Rated
from groundkeeper.core.agreement.cohen import cohen_kappa
from groundkeeper.core.agreement.krippendorff import krippendorff_alpha
from groundkeeper.core.agreement.rater_pairs import pairwise_kappa
from groundkeeper.core.agreement.ratings import counts_of_labels, places_of_labels, table_of_two
from groundkeeper.core.agreement.vitality import alpha_without_each, estimate_without
from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.truth.labels import code_labels

HOW = Resampling(rounds=200, seed=1, confidence=0.9)
COLUMNS = ["annotator", "task", "label"]
answers = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 5), st.sampled_from("xyz")),
    min_size=1,
    max_size=20,
)
once = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 5), st.sampled_from("xyz")),
    min_size=1,
    max_size=20,
    unique_by=lambda row: row[:2],
)


def coded(rows):
    return code_labels(pd.DataFrame(rows, columns=COLUMNS), classes=["x", "y", "z"])


@settings(deadline=None)
@given(once, st.booleans(), st.sampled_from(["identity", "quadratic"]))
def test_every_pair_has_the_kappa_of_its_table(rows, is_compiled, weighting):
    labels = coded(rows)
    weights = agreement_weights(weighting, range(labels.n_classes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rater_pairs, "WORTH_COMPILING", 0)
        patch.setattr(rater_pairs, "MOST_CELLS", 10**9 if is_compiled else 0)
        found = pairwise_kappa(labels, weights)
    places = places_of_labels(labels)
    expected = []
    for a, b in itertools.combinations(range(labels.n_annotators), 2):
        table = table_of_two(places[a], places[b], labels.n_classes)
        if table.sum():
            kappa = cohen_kappa(table, weights)
            names = labels.annotators[a], labels.annotators[b]
            expected.append((*names, int(table.sum()), kappa.observed, kappa.expected, kappa.value))
    assert [row[:3] for row in found.itertuples(index=False, name=None)] == [
        row[:3] for row in expected
    ]
    np.testing.assert_allclose(
        found[["observed", "expected", "kappa"]].to_numpy(dtype=float),
        np.array([row[3:] for row in expected], dtype=float).reshape(-1, 3),
        atol=1e-9,
    )


def test_nobody_is_compared_with_themselves():
    found = pairwise_kappa(coded([("a", 1, "x"), ("a", 1, "y"), ("b", 2, "x")]))
    assert found.empty
    assert list(found.columns) == ["left", "right", "n", "observed", "expected", "kappa"]


def test_pairs_with_few_units_in_common_can_be_left_out():
    rows = [(who, task, "x") for who in "ab" for task in range(3)] + [("c", 0, "y")]
    assert pairwise_kappa(coded(rows), fewest=2)[["left", "right"]].to_numpy().tolist() == [
        ["a", "b"]
    ]


@settings(deadline=None)
@given(answers, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_without_an_annotator_is_alpha_of_the_others_ratings(rows, level):
    labels = coded(rows)
    found = alpha_without_each(labels, level)
    k = labels.n_classes
    for place, name in enumerate(labels.annotators):
        kept = labels.annotator != place
        counts = np.zeros((labels.n_tasks, k), dtype=int)
        np.add.at(counts, (labels.task[kept], labels.label[kept]), 1)
        expected = krippendorff_alpha(counts, level)
        np.testing.assert_allclose(found["without"][place], expected, atol=1e-7)
        assert found["units"][place] == len({task for who, task, _ in rows if who == name})
    np.testing.assert_allclose(
        found["alpha"], krippendorff_alpha(counts_of_labels(labels), level), atol=1e-9
    )


def panel():
    """Forty units in twenty groups: three annotators who mostly agree, and one who says anything."""
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 3, 40)
    rows = []
    for who in ("ann", "ben", "cid", "dan"):
        noise = 0.95 if who == "dan" else 0.1
        said = np.where(rng.random(40) < noise, rng.integers(0, 3, 40), truth)
        rows += [(who, unit, place) for unit, place in enumerate(said)]
    who, units, places = (np.array(column) for column in zip(*rows, strict=True))
    items = np.array([f"item-{unit}" for unit in range(40)], dtype=object)
    return Rated(
        "kind", items, units.astype(int), places.astype(int), who.astype(object), ("x", "y", "z")
    )


def groups():
    return pd.Series(
        [f"g{unit // 2}" for unit in range(40)], [f"item-{unit}" for unit in range(40)]
    )


def test_alpha_rises_for_sure_without_who_says_anything():
    known = ["ann", "ben", "cid", "dan"]
    found = vitality_measures([(panel(), "nominal")], groups(), (known, ""), HOW, "unblinded")
    change = found[found["measure"] == "krippendorff_alpha_change_without"].set_index("level")
    assert change.loc["dan", "low"] > 0.1
    assert (change.loc[["ann", "ben", "cid"], "value"] < 0).all()
    assert set(found["facet"]) == {"annotator"}
    assert set(found["note"]) == {"unblinded"}
    assert set(found["groups"]) == {20}


def test_both_figures_of_an_annotator_are_those_of_all_at_once():
    rated = panel()
    labels = code_labels(
        pd.DataFrame({"annotator": rated.annotators, "task": rated.units, "label": rated.places})
    )
    at_once = alpha_without_each(labels, "ordinal").set_index("annotator")
    own = np.zeros((40, 3), dtype=int)
    theirs = rated.annotators == "dan"
    own[rated.units[theirs], rated.places[theirs]] = 1
    without, change = estimate_without(
        rated.counts, own, groups().to_numpy(), "ordinal", HOW, "dan"
    )
    assert without.value == pytest.approx(at_once.loc["dan", "without"])
    assert change.value == pytest.approx(at_once.loc["dan", "change"])


def test_without_one_of_two_annotators_there_is_nothing_to_compare():
    counts, own = np.array([[1, 1], [2, 0]]), np.array([[1, 0], [1, 0]])
    for found in estimate_without(counts, own, [0, 1], "nominal", HOW, "ann"):
        assert math.isnan(found.value)
        assert found.note == "without them no unit has two ratings"


def test_of_anonymous_annotators_one_row_says_why_there_is_nothing():
    reason = "annotators are anonymous: no figures of one annotator"
    found = vitality_measures([(panel(), "nominal")] * 3, groups(), ([], reason), HOW)
    assert len(found) == 1
    assert math.isnan(found["value"][0])
    assert (found["level"][0], found["note"][0]) == ("nobody", reason)


def test_without_anybody_there_are_no_rows():
    assert vitality_measures([], groups(), ([], ""), HOW).empty
