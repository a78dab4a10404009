import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.agreement import answer_figures, distances
from groundkeeper.core.agreement.distances import differences_of_kind
from groundkeeper.core.agreement.krippendorff import krippendorff_alpha
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.kinds.classes import CLASSES, CLASSES_BY_MASI
from groundkeeper.core.kinds.nominal import CLASS
from groundkeeper.core.kinds.ordered import NUMBER
from groundkeeper.core.kinds.protocol import Scale
from groundkeeper.errors import RefusedError

# Six units, coders a to c; the answers are sets of x, y and z, written one after the other.
CODED = "x xy x, y y yz, z xz ., xyz . xy, . z z, x . ."
sets = st.frozensets(st.sampled_from("abcd"))


def counted(text):
    units = [
        [None if one == "." else frozenset(one) for one in unit.split()]
        for unit in text.split(", ")
    ]
    answers = sorted({one for unit in units for one in unit if one}, key=sorted)
    counts = np.array([[unit.count(answer) for answer in answers] for unit in units])
    return counts, answers


def apart(kind, *answers):
    """How far any two of *answers* are apart: sets of letters."""
    return differences_of_kind(pd.Series([tuple(sorted(one)) for one in answers]), kind, Scale())


@pytest.mark.parametrize(
    ("kind", "alpha"),
    [(CLASSES_BY_MASI, 0.4390243902439025), (CLASSES, 0.5451127819548871)],
)
def test_alpha_of_sets_is_that_of_nltk(kind, alpha):
    """NLTK 3.10, AnnotationTask(data, distance).alpha(), of these answers."""
    counts, answers = counted(CODED)
    assert krippendorff_alpha(counts, apart(kind, *answers)) == pytest.approx(alpha)


@pytest.mark.parametrize(
    ("left", "right", "masi"),
    [
        ("ab", "ab", 0),
        ("ab", "abcd", 2 / 3),
        ("ab", "bc", 8 / 9),
        ("ab", "cd", 1),
        ("", "a", 1),
        ("", "", 0),
    ],
)
def test_masi_is_what_passonneau_defines(left, right, masi):
    """Passonneau (2006): 1 less Jaccard times 1, 2/3, 1/3 or 0 for the same, nested, crossing and disjoint sets."""
    assert apart(CLASSES_BY_MASI, left, right)[0, 1] == pytest.approx(masi)


@settings(deadline=None)
@given(sets, sets)
def test_distances_are_symmetric_from_zero_to_one(left, right):
    by_jaccard, by_masi = (apart(kind, left, right) for kind in (CLASSES, CLASSES_BY_MASI))
    for found in (by_jaccard, by_masi):
        assert found[0, 1] == found[1, 0]
        assert 0 <= found[0, 1] <= 1
        assert (found[0, 1] == 0) == (left == right)
    assert by_masi[0, 1] >= by_jaccard[0, 1]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=6))
def test_alpha_by_the_likeness_of_classes_is_nominal_alpha(units):
    counts = np.array([np.bincount(unit, minlength=4) for unit in units])
    unlike = differences_of_kind(pd.Series(list("abcd")), CLASS, Scale())
    np.testing.assert_allclose(
        krippendorff_alpha(counts, unlike), krippendorff_alpha(counts, "nominal"), atol=1e-9
    )


def test_too_many_different_answers_are_refused(monkeypatch):
    monkeypatch.setattr(distances, "MOST_DIFFERENT", 2)
    with pytest.raises(
        RefusedError, match="found 3 different answers; every two are compared, of 2"
    ):
        apart(CLASSES, "a", "b", "c")
    with pytest.raises(RefusedError, match="group or sample"):
        differences_of_kind(pd.Series([1.0, 2.0, 3.0]), NUMBER, Scale())


def answers_of(text):
    rows = [
        (f"rc_{unit}", "1.0.0", f"it_{unit}", who, tuple(one))
        for unit, ones in enumerate(text.split(", "))
        for who, one in zip("abc", ones.split(), strict=True)
        if one != "."
    ]
    return pd.DataFrame(rows, columns=["record_id", "era", "item_id", "annotator", "value"])


def field():
    declared = {"type": "set", "values": ["x", "y", "z"], "from": "attribute", "fuse": "majority"}
    return Field.model_validate(declared)


def value_of(figure):
    return float(figure.statistic(figure.contributions.sum(axis=0)[None])[0])


def test_answers_of_another_kind_have_alpha_by_how_alike_they_are():
    figures = list(answer_figures.other_figures("seen", answers_of(CODED), field(), CLASSES))
    alpha = figures[0]
    assert (alpha.measure, alpha.subject) == ("krippendorff_alpha_classes", "seen")
    assert value_of(alpha) == pytest.approx(0.5451127819548871)


def test_sets_have_agreement_on_each_member():
    figures = list(answer_figures.other_figures("seen", answers_of(CODED), field(), CLASSES))
    found = {figure.subject: value_of(figure) for figure in figures[1:]}
    # x: 3 of 3, 1 of 2, 2 of 2 in the units 1, 3 and 4: (6 + 0 + 2) / (6 + 1 + 2).
    assert found["seen=x"] == pytest.approx(8 / 9)
    assert set(found) == {"seen=x", "seen=y", "seen=z"}


def test_too_many_different_answers_leave_alpha_undefined_with_the_reason(monkeypatch):
    monkeypatch.setattr(answer_figures, "MOST_DIFFERENT", 2)
    alpha = next(answer_figures.other_figures("seen", answers_of(CODED), field(), CLASSES))
    assert len(alpha.contributions) == 0
    assert "too many" in alpha.reason(np.zeros(2))
