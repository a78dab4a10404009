"""Edge cases as evidence: those that are cited exist, are about the rule, and none of a changed rule is passed over."""

import pytest
from strategies.guideline_documents import guideline

from groundkeeper.core.lint import Asked, lint

SMALL, ODD = f"ec_{'a' * 20}", f"ec_{'b' * 20}"
ASKED = {SMALL: Asked("inc.small", "1.0.0"), ODD: Asked("inc.odd", "1.0.0")}
CHECKS = {"edge-case-unknown", "edge-case-of-another-rule", "edge-case-not-cited"}


def version(number, evidence=(), target="inc.small", **changes):
    entry = {
        "id": f"CHG-{number}",
        "kind": "threshold",
        "target": target,
        "rationale": "Seen.",
        "evidence": list(evidence),
        "decided_by": "Ada",
    }
    own = {
        "guideline/version": f"{number}.0.0",
        "guideline/supersedes": None if number == 1 else f"{number - 1}.0.0",
        "guideline/status": "draft",
        "changelog": [entry],
    }
    return guideline(own | changes)


def found(new, before=None, asked=ASKED):
    return [
        (f.severity, f.check, f.path, f.rule_id)
        for f in lint(new, before, asked=asked)
        if f.check in CHECKS
    ]


def test_an_edge_case_that_is_not_in_the_set_is_an_error_at_its_place():
    new = version(2, ["minutes", f"edge_case:ec_{'c' * 20}"])
    expected = ("error", "edge-case-unknown", ("changelog", 0, "evidence", 1), "")
    assert found(new) == [expected]


def test_in_a_published_version_it_is_a_warning_for_the_question_may_have_been_withdrawn():
    new = version(2, [f"edge_case:{SMALL}"], **{"guideline/status": "published"})
    assert [severity for severity, *_ in found(new, asked={})] == ["warning"]


@pytest.mark.parametrize("text", ["edge_case:", "edge_case:7", f"edge_case:rc_{'a' * 20}"])
def test_what_is_no_id_is_found_without_the_data(text):
    assert [check for _, check, *_ in found(version(2, [text]), asked=None)] == [
        "edge-case-unknown"
    ]


def test_without_the_data_nobody_says_that_an_edge_case_does_not_exist():
    assert found(version(2, [f"edge_case:{SMALL}"]), asked=None) == []


def test_other_evidence_is_nobodys_business():
    assert found(version(2, ["minutes", "doi:10.1/2", "see edge_case:7"])) == []


@pytest.mark.parametrize("target", ["inc.small", "rules.inc.small", "rules.inc.small.text"])
def test_a_question_about_another_rule_is_a_warning(target):
    (one,) = found(version(2, [f"edge_case:{ODD}"], target))
    assert one[:2] == ("warning", "edge-case-of-another-rule")
    assert one[3] == "inc.small"


@pytest.mark.parametrize("target", ["include", "consensus", "size_px", "inc.odd"])
def test_an_entry_about_no_rule_or_about_the_rule_may_cite_a_question(target):
    assert found(version(2, [f"edge_case:{ODD}"], target)) == []


def test_a_question_that_names_no_rule_may_be_cited_anywhere():
    assert found(version(2, [f"edge_case:{SMALL}"]), asked={SMALL: Asked(None, "1.0.0")}) == []


CHANGED = {"decisions/include/rules/0/when": "size_px < 6 and night"}


def test_a_changed_rule_whose_questions_nobody_cites_is_a_note():
    (one,) = found(version(2, **CHANGED), version(1))
    expected = ("note", "edge-case-not-cited", ("decisions", "include", "rules", 0), "inc.small")
    assert one == expected


def test_the_text_of_a_rule_counts_as_the_rule():
    edited = {"decisions/include/rules/0/text": "Hard to see at night."}
    assert [check for _, check, *_ in found(version(2, **edited), version(1))] == [
        "edge-case-not-cited"
    ]


def test_a_rule_that_is_gone_is_changed():
    gone = {"decisions/include/rules": [{"id": "inc.odd", "opaque": {}, "then": "skip"}]}
    both = found(version(2, target="include", **gone), version(1))
    assert [(path, rule) for _, _, path, rule in both] == [
        (("changelog",), "inc.small"),
        (("decisions", "include", "rules", 0), "inc.odd"),
    ]


@pytest.mark.parametrize("cited_in", [1, 2])
def test_what_this_version_or_the_one_before_cites_is_not_passed_over(cited_in):
    evidence = {cited_in: [f"edge_case:{SMALL}"]}
    new, old = version(2, evidence.get(2, ()), **CHANGED), version(1, evidence.get(1, ()))
    assert found(new, old) == []


def test_a_question_asked_under_a_later_version_is_not_answered_by_this_one():
    later = {SMALL: Asked("inc.small", "2.0.0")}
    assert found(version(2, **CHANGED), version(1), later) == []


def test_a_rule_that_stayed_as_it_was_leaves_its_questions_open():
    assert found(version(2), version(1)) == []
