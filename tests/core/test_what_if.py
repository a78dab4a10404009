"""Moving one threshold: which one, to which values, and that nothing else moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.guideline_documents import guideline

from groundkeeper.core.guideline.evaluate import decide
from groundkeeper.core.impact.what_if import MOST_VALUES, threshold, values
from groundkeeper.errors import ExpressionError, UnknownNameError

NESTED = guideline(
    {"decisions/include/rules/0/when": "not (size_px < 8 or agreeing >= 2) and night"}
)


@given(st.integers(-50, 50), st.integers(0, 60), st.sampled_from([1, 2, 4, 5, 10]))
def test_a_range_names_every_value_from_its_start_to_its_end(start, count, parts):
    step = 1 / parts
    found = values(f"{start}..{start + count * step}:{step}")
    assert found == tuple(pytest.approx(start + n * step) for n in range(count + 1))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("3..5", (3, 4, 5)),
        ("0..0.3:0.1", (0, 0.1, 0.2, 0.3)),
        ("3..4.5", (3, 4)),
        ("-2..-1", (-2, -1)),
        ("7,3,4.5", (7, 3, 4.5)),
        ("6", (6,)),
    ],
)
def test_values_are_named_as_people_write_them(text, named):
    assert values(text) == named


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "small", "nan", "1;2", "3..", "..8", "8..3", "0..inf"),
        *("3..8:0", "3..8:-1", "3..8:x", "0..1:1e-9", f"0..{MOST_VALUES}"),
    ],
)
def test_other_words_are_refused_with_what_is_allowed(text):
    with pytest.raises(ExpressionError, match=r"allowed is a range such as 3\.\.8 or 3\.\.8:0\.5"):
        values(text)


def test_the_guideline_is_the_same_but_for_the_one_constant():
    moved = threshold(NESTED, "inc.small", "size_px").at(9.5)
    written = guideline(
        {"decisions/include/rules/0/when": "not (size_px < 9.5 or agreeing >= 2) and night"}
    )
    assert moved == written != NESTED
    assert threshold(NESTED, "inc.small", "size_px").at(8) == NESTED


@given(st.floats(0, 20), st.floats(0, 20))
def test_the_rule_holds_below_where_its_threshold_was_moved(limit, size):
    moved = threshold(guideline(), "inc.small").at(limit)
    columns = {"size_px": [size], "night": [True]}
    (rule,) = decide(moved.decisions["include"], columns, moved.fields).rule_id
    assert (rule == "inc.small") == (size < limit)


def test_which_threshold_has_to_be_clear():
    with pytest.raises(UnknownNameError, match=r"no rule 'inc\.smal'; there are: inc\.odd, inc"):
        threshold(guideline(), "inc.smal")
    with pytest.raises(ExpressionError, match=r"found the thresholds size_px < 8, agreeing >= 2; "):
        threshold(NESTED, "inc.small")
    with pytest.raises(ExpressionError, match="name its field with --field"):
        threshold(NESTED, "inc.small", "night")
    with pytest.raises(
        ExpressionError, match=r"found the thresholds none; .*; choose another rule"
    ):
        threshold(guideline(), "inc.odd")
