import contextlib
import time

import pytest
from hypothesis import given
from strategies.guidelines import FIELDS, expressions

from groundkeeper.core.guideline.expression import (
    MAX_DEPTH,
    And,
    Comparison,
    Flag,
    Membership,
    Not,
    Or,
    constants,
    fields_used,
    leaves,
    parse,
    render,
)
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sentences import sentence
from groundkeeper.core.guideline.typecheck import check
from groundkeeper.errors import ExpressionError


@given(expressions())
def test_what_is_rendered_parses_to_the_same_tree(expression):
    assert parse(render(expression)) == expression


@given(expressions())
def test_there_is_one_spelling(expression):
    spelling = render(expression)
    assert render(parse(f"  ( {spelling} ) ")) == spelling


@given(expressions())
def test_every_expression_over_declared_fields_passes_the_check_and_reads_as_a_sentence(expression):
    check(expression, FIELDS)
    assert sentence(expression, FIELDS)


@given(expressions())
def test_fields_and_constants_are_those_of_the_tests(expression):
    parts = list(leaves(expression))
    assert fields_used(expression) == {leaf.field for leaf in parts}
    held = {leaf.constant for leaf in parts if isinstance(leaf, Comparison)}
    held |= {c for leaf in parts if isinstance(leaf, Membership) for c in leaf.constants}
    found = constants(expression)
    assert {constant for several in found.values() for constant in several} == held
    assert set(found) == fields_used(expression)


def test_and_binds_tighter_than_or_and_not_tighter_than_and():
    assert parse("a or not b and c") == Or((Flag("a"), And((Not(Flag("b")), Flag("c")))))


def test_nested_conjunctions_are_one():
    assert parse("(a and b) and (c and d)") == parse("a and b and c and d")


@pytest.mark.parametrize(
    ("loose", "canonical"),
    [
        ("a<3.0", "a < 3"),
        ("a >= -0.0", "a >= 0"),
        ("a == 1e3", "a == 1000"),
        ("a in{ 2 ,1, 1.5}", "a in {1, 1.5, 2}"),
        ("kind == 'car'", "kind == car"),
        ('kind == "not"', 'kind == "not"'),
        ("kind == ground-glass", "kind == ground-glass"),
        ("\ta\n or  b ", "a or b"),
    ],
)
def test_a_loose_spelling_becomes_the_canonical_one(loose, canonical):
    assert render(parse(loose)) == canonical


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: found the end of the expression; expected a field name"),
        ("a = 3", "column 3: found '='; expected .* < <= > >= == !="),
        ("a <> 3", "column 4: found '>'; expected a number"),
        ("a <", "column 4: found the end of the expression"),
        ("3 < a", "column 1: found '3'; expected a field name"),
        ("a < b < c", "column 7: found '<'; expected a comparison, 'and', 'or' or the end"),
        ("a b", "column 3: found 'b'"),
        ("(a", r"column 3: found the end of the expression; expected 'and', 'or' or '\)'"),
        ("a)", r"column 2: found '\)'"),
        ("a in {}", "column 7: found '}'; expected a number, a word or a quoted text"),
        ("a in {1, 1.0}", "column 10: found '1'; expected each constant once"),
        ("a in {1 2}", "column 9: found '2'; expected ',' or '}'"),
        ("and", "column 1: found 'and'; expected a field name"),
        ("a == true", "column 6: found 'true'; .* write the field alone"),
        ("a < nan", "column 5: found 'nan'"),
        ("a < Infinity", "column 5: found 'Infinity'"),
        ("a < 1e999", "column 5: found '1e999'; expected a finite number"),
        ("a < 9007199254740993000", "column 5: .* at most 2"),
        ("a < 3mm", "column 5: found '3'"),
        ("a < 3_000", "column 5: found '3'"),
        ("a.b", "column 2: found '.'"),
        ("а < 3", r"column 1: found '\\u0430'"),  # noqa: RUF001 - a Cyrillic look-alike
        ("a == 'x", 'column 6: found "\'"'),
        ("__import__('os')", r"column 11: found '\('"),
    ],
)
def test_what_is_not_in_the_grammar_is_refused_with_its_column(text, message):
    with pytest.raises(ExpressionError, match=message):
        parse(text)


@pytest.mark.parametrize("opening", ["(", "not "])
def test_nesting_is_bounded(opening):
    closing = ")" if opening == "(" else ""
    parse(opening * MAX_DEPTH + "a" + closing * MAX_DEPTH)
    with pytest.raises(ExpressionError, match=f"at most {MAX_DEPTH} nested"):
        parse(opening * (MAX_DEPTH + 1) + "a" + closing * (MAX_DEPTH + 1))


@pytest.mark.parametrize("text", ["(" * 10**6, "not " * 2000, "a and " * 1600 + "a", " " * 9999])
def test_hostile_text_is_settled_at_once(text):
    start = time.process_time()
    with contextlib.suppress(ExpressionError):
        parse(text)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sise < 3", "no field 'sise' is declared; there are: count, grade"),
        ("size", "size is a field of type number; compare it with a constant"),
        ("size < low", "compare it with a number"),
        ("count < 2.5", "count is an integer field; compare it with a whole number"),
        ("night == 1", "night is a bool field; write night or not night"),
        ("kind < car", "kind is an enum field, which has no order"),
        ("kind == lorry", "'lorry' is not a value of kind; there are: car, not"),
        ("grade > top", "'top' is not a value of grade; there are: low, mid, high"),
        ("rating in {1, 4}", "4 is not a value of rating; there are: 1, 2, 3, 5"),
        ("night and (size < 1 or note == x)", "note is a text field"),
    ],
)
def test_a_test_that_its_field_does_not_allow_is_refused(text, message):
    note = Field.model_validate({"type": "text", "from": "attribute"})
    with pytest.raises(ExpressionError, match=message):
        check(parse(text), {**FIELDS, "note": note})


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("size < 6 and not night", "size is less than 6 mm and night is false"),
        ("not size < 6", "size is at least 6 mm"),
        ("kind in {car, 'not'} or night", "kind is car or not or night is true"),
        ("not kind in {car, 'not'}", "kind is neither car nor not"),
        ("not kind in {car}", "kind is not car"),
        ("not (night and count == 1)", "it is not so that (night is true and count is 1)"),
        (
            "night and (count != 1 or grade >= mid)",
            "night is true and (count is not 1 or grade is at least mid)",
        ),
        ("not not night", "night is true"),
    ],
)
def test_an_expression_reads_as_english(text, english):
    assert sentence(parse(text), FIELDS) == english
