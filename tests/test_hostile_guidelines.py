"""Guidelines that are made to be slow, to crash or to deceive: bounded time, and an answer that can be read."""

import time

import pytest

from groundkeeper.core.diff.compare import compare
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.lint import lint
from groundkeeper.errors import GuidelineError
from groundkeeper.guideline_files import load

HEAD = """\
guideline: {set: street, version: 1.0.0, released: 2026-03-02, owners: [Ada], status: draft}
consensus: {experts: 3, quorum: 2, match: {by: item}, shape: none}
"""
FIELDS = """\
fields:
  size_px: {type: number, min: 0, from: geometry, function: width, fuse: median}
  night: {type: bool, from: metadata, level: item}
"""
SOON_S = 5
"""What a refusal may take, in seconds; it takes hundredths."""
SLOW_S = 60
"""What the largest guidelines that are read may take, in seconds; each step takes a few."""


def decided(rules, default="annotate"):
    lines = [
        f'      - {{id: r.{n}, when: "{when}", then: {then}}}'
        for n, (when, then) in enumerate(rules)
    ]
    heads = ["decisions:", "  include:", "    by: derived", "    outcomes: [annotate, skip]"]
    return "\n".join([*heads, f"    default: {default}", "    rules:", *lines]) + "\n"


def outcome(number):
    return "skip" if number % 2 else "annotate"


def intervals(count):
    """Rules that cut one field into as many cells."""
    return decided(
        (f"size_px >= {n} and size_px < {n + 1} and not night", outcome(n)) for n in range(count)
    )


def enumeration(values, rules):
    """A vocabulary and rules that share it out."""
    words = ", ".join(f"v{n}" for n in range(values))
    fields = f"fields:\n  kind: {{type: enum, values: [{words}], from: label, fuse: mode}}\n"
    each = values // rules
    tests = (
        f"kind in {{{', '.join(f'v{n * each + i}' for i in range(each))}}}" for n in range(rules)
    )
    return fields + decided((test, outcome(n)) for n, test in enumerate(tests))


def entangled(flags, rules):
    """Rules that hold where an odd number of three flags is set: nothing short of all cases decides them."""
    names = [f"f{n}" for n in range(flags)]
    fields = "".join(f"  {name}: {{type: bool, from: attribute, fuse: any}}\n" for name in names)
    triples = [
        (names[n % flags], f"f{(3 * n + 7) % flags}", f"f{(7 * n + 3) % flags}")
        for n in range(rules)
    ]
    odd = [
        f"({a} and not {b} and not {c}) or (not {a} and {b} and not {c}) "
        f"or (not {a} and not {b} and {c}) or ({a} and {b} and {c})"
        for a, b, c in triples
    ]
    return f"fields:\n{fields}{decided((test, outcome(n)) for n, test in enumerate(odd))}"


def write(tmp_path, text, head=HEAD):
    path = tmp_path / "hostile.yaml"
    path.write_text(head + text, encoding="utf-8")
    return path


def within(seconds, work):
    began = time.perf_counter()
    found = work()
    assert time.perf_counter() - began < seconds
    return found


def refusal(path):
    def refused():
        with pytest.raises(GuidelineError) as caught:
            load(path)
        return str(caught.value)

    return within(SOON_S, refused)


def changed(guideline):
    """The same guideline with the outcome of its last rule turned, as the next version."""
    decision = guideline.decisions["include"]
    last = decision.rules[-1]
    turned = last.model_copy(update={"then": "annotate" if last.then == "skip" else "skip"})
    again = decision.model_copy(update={"rules": (*decision.rules[:-1], turned)})
    header = guideline.guideline.model_copy(update={"version": "2.0.0", "supersedes": "1.0.0"})
    return Guideline.model_construct(
        **{
            **{name: getattr(guideline, name) for name in Guideline.model_fields},
            "guideline": header,
            "decisions": {"include": again},
        }
    )


def answered(path, seconds):
    """Load, lint and compare a guideline, each within *seconds*."""
    guideline = within(seconds, lambda: load(path))
    findings = within(seconds, lambda: lint(guideline))
    moves = within(seconds, lambda: compare(guideline, changed(guideline))).moves
    return findings, moves


def test_blocks_within_blocks_are_refused_with_their_place(tmp_path):
    message = refusal(write(tmp_path, "fields: " + "[" * 5000))
    assert "fields.[0].[0]" in message or "fields[0][0]" in message
    assert "nested more than 20 deep" in message


def test_aliases_that_explode_are_refused_before_they_do(tmp_path):
    bomb = 'a: &a ["x","x","x","x","x","x","x","x","x"]\n' + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
    )
    assert "found an anchor or alias; allowed is none" in refusal(write(tmp_path, bomb))


@pytest.mark.parametrize("when", ["(" * 9000 + "night", "not " * 2400 + "night"], ids=["(", "not"])
def test_conditions_within_conditions_are_refused_with_the_column(tmp_path, when):
    message = refusal(write(tmp_path, FIELDS + decided([(when, "skip")])))
    assert "column" in message
    assert "at most 32 nested parentheses and 'not'" in message


def test_a_condition_that_is_too_long_is_refused(tmp_path):
    message = refusal(write(tmp_path, FIELDS + decided([("night or " * 2000 + "night", "skip")])))
    assert "at most 10000 are read" in message


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e400", "-1e400", "9007199254740994"])
def test_a_condition_holds_fields_against_finite_numbers_alone(tmp_path, number):
    message = refusal(write(tmp_path, FIELDS + decided([(f"size_px < {number}", "skip")])))
    assert "rules[0].when" in message
    assert "column" in message


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf", "1e400"])
@pytest.mark.parametrize("key", ["min", "max"])
def test_the_bounds_of_a_field_are_finite(tmp_path, key, number):
    fields = FIELDS.replace("min: 0", f"{key}: {number}")
    message = refusal(write(tmp_path, fields + decided([("night", "skip")])))
    assert f"fields.size_px.{key}: found {number}; allowed are finite numbers" in message


@pytest.mark.parametrize("name", ["r.\u0430", "r\u200b1", "\uff52.1", "r.1\u0301"], ids=ascii)
def test_an_id_of_other_letters_is_refused(tmp_path, name):
    text = decided([("night", "skip")]).replace("id: r.0", f"id: {name}")
    assert "rules[0].id: found" in refusal(write(tmp_path, FIELDS + text))


def test_a_value_with_invisible_letters_is_refused(tmp_path):
    fields = FIELDS + '  kind: {type: enum, values: [car, "c\u200bar"], from: label, fuse: mode}\n'
    message = refusal(write(tmp_path, fields + decided([("night", "skip")])))
    assert "fields.kind.values" in message
    assert "printable" in message


def test_hundreds_of_rules_are_read_checked_and_compared(tmp_path):
    findings, moves = answered(write(tmp_path, FIELDS + intervals(300)), 4 * SOON_S)
    assert "unreachable-rule" not in {finding.check for finding in findings}
    assert [move.rule_ids for move in moves] == [("r.299",)]


@pytest.mark.slow
def test_rules_that_are_too_entangled_are_refused_and_not_guessed(tmp_path):
    guideline = load(write(tmp_path, entangled(40, 60)))
    findings = within(SLOW_S, lambda: lint(guideline))
    assert ("error", "too-complex") in {(f.severity, f.check) for f in findings}


@pytest.mark.slow
def test_ten_thousand_rules_are_read_checked_and_compared(tmp_path):
    findings, moves = answered(write(tmp_path, FIELDS + intervals(10_000)), SLOW_S)
    assert "unreachable-rule" not in {finding.check for finding in findings}
    assert [move.rule_ids for move in moves] == [("r.9999",)]


@pytest.mark.slow
def test_ten_thousand_rules_with_one_condition_are_found_to_be_unreachable(tmp_path):
    rules = decided([("night", "skip")] * 10_000)
    guideline = load(write(tmp_path, FIELDS + rules))
    findings = within(SLOW_S, lambda: lint(guideline))
    never = [finding for finding in findings if finding.check == "unreachable-rule"]
    assert len(never) == 9_999
    assert "an earlier rule does: r.0" in never[0].message


@pytest.mark.slow
def test_an_enumeration_of_ten_thousand_values_is_shared_out_by_a_thousand_rules(tmp_path):
    findings, moves = answered(write(tmp_path, enumeration(10_000, 1_000)), SLOW_S)
    assert {"unreachable-rule", "too-complex"}.isdisjoint(finding.check for finding in findings)
    assert [move.rule_ids for move in moves] == [("r.999",)]
