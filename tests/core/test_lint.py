"""Every check of lint finds the mistake it is for, and nothing in a guideline without mistakes."""

import pytest
from strategies.guideline_documents import guideline

from groundkeeper.core.lint import lint
from groundkeeper.core.lint.lookalikes import skeletons

CLEAN = {
    "guideline/supersedes": None,
    "decisions/include/rules/1/examples": ["3 px, cut off"],
    "decisions/include/rules/1/opaque/scope": "agreeing < 2",
    "fields/note": None,
}
"""What makes the guideline of the builder one in which there is nothing but notes."""
BEFORE = CLEAN | {"guideline/version": "1.0.0", "changelog": []}
AFTER = CLEAN | {"guideline/version": "2.0.0", "guideline/supersedes": "1.0.0", "changelog": []}
RULE = {"id": "inc.new", "when": "size_px < 2 and night", "then": "skip", "examples": ["1 px"]}
INDEX = "decisions/include/rules"


def entry(target, **more):
    return {
        "id": "CHG-2",
        "kind": "edit",
        "target": target,
        "rationale": "Seen.",
        "decided_by": "Ada",
        **more,
    }


def found(changes, before=None, versions=()):
    """Return (severity, check, path, rule) of what is found in the clean guideline with *changes*."""
    old = None if before is None else guideline(BEFORE | before)
    new = guideline((CLEAN if before is None else AFTER) | changes)
    return lint(new, old, versions)


def brief(findings, *, notes=False):
    return [(f.severity, f.check) for f in findings if notes or f.severity != "note"]


def only(findings, check):
    (finding,) = [f for f in findings if f.check == check]
    return finding


def test_a_guideline_without_mistakes_has_no_errors_and_no_warnings():
    assert brief(found({})) == []


def test_a_version_that_changes_nothing_has_no_errors_and_no_warnings():
    assert brief(found({}, before={})) == []


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("size_px < 4 and night", "an earlier rule does: inc.small"),
        ("size_px < -1", "no value of its fields"),
        ("night and not night", "no value of its fields"),
    ],
)
def test_a_rule_that_never_comes_first_is_an_error_that_says_why(when, reason):
    finding = only(found({f"{INDEX}/1": RULE | {"when": when}}), "unreachable-rule")
    assert (finding.severity, finding.rule_id) == ("error", "inc.new")
    assert finding.path == ("decisions", "include", "rules", 1)
    assert reason in finding.message


def test_an_opaque_rule_hides_none_after_it():
    rules = [{"id": "inc.any", "opaque": {}, "then": "skip"}, RULE]
    assert "unreachable-rule" not in {f.check for f in found({INDEX: rules})}


def test_two_rules_that_disagree_where_both_hold_are_told_with_a_case():
    wide = RULE | {"when": "size_px < 9", "then": "annotate"}
    finding = only(found({f"{INDEX}/1": wide}), "overlap")
    assert (finding.severity, finding.rule_id) == ("note", "inc.new")
    assert "inc.small (skip) comes before it where both hold, such as a vehicle" in finding.message
    assert "px" in finding.message


def test_rules_that_agree_or_never_meet_do_not_overlap():
    apart = RULE | {"when": "size_px < 9 and not night", "then": "annotate"}
    assert "overlap" not in {f.check for f in found({f"{INDEX}/1": apart})}
    assert "overlap" not in {f.check for f in found({f"{INDEX}/1/then": "skip"})}


def test_an_outcome_that_no_rule_gives_is_a_warning():
    finding = only(
        found({"decisions/include/outcomes": ["annotate", "skip", "ignore"]}),
        "outcome-never-produced",
    )
    assert finding.path == ("decisions", "include", "outcomes", 2)


def test_an_outcome_that_the_rules_of_a_judged_decision_exclude_is_a_warning():
    forced = [{"id": "c.all", "when": "size_px >= 0", "then": "van", "examples": ["5"]}]
    finding = only(found({"decisions/class/rules": forced}), "outcome-never-produced")
    assert finding.path == ("decisions", "class", "outcomes", 0)
    assert "car" in finding.message


def test_a_field_that_is_computed_and_not_used_is_a_warning_and_a_recorded_one_a_note():
    opened = found({f"{INDEX}/1/opaque/scope": None, "attributes/text": None})
    unused = [(f.severity, f.path[1]) for f in opened if f.check == "field-unused"]
    assert unused == [("note", "text"), ("warning", "agreeing")]


def test_a_field_without_a_function_is_read_and_is_an_error():
    finding = only(found({"fields/size_px/function": None}), "field-not-derivable")
    assert (finding.severity, finding.path) == ("error", ("fields", "size_px"))
    assert "largest_diameter" in finding.message


def test_a_rule_without_examples_is_a_warning_and_a_class_without_them_a_note():
    without = found({f"{INDEX}/0/examples": [], "classes/vehicle/positive": []})
    assert [(f.severity, f.rule_id) for f in without if f.check == "no-examples"] == [
        ("warning", "inc.small"),
        ("note", ""),
    ]


def test_a_first_version_may_not_log_what_is_not_there():
    logged = {"changelog": [entry("inc.small"), entry("inc.gone", id="CHG-3")]}
    assert only(found(logged), "entry-without-change").path == ("changelog", 1)


def test_older_versions_must_be_superseded():
    assert only(found({}, versions=["1.0.0", "1.1.0"]), "supersedes-missing").severity == "error"
    assert brief(found({}, versions=["1.1.0", "1.2.0"])) == []


@pytest.mark.parametrize("log", [[], [entry("inc.small")], [entry("include")]], ids=len)
def test_a_change_needs_an_entry_about_it_or_about_its_decision(log):
    changes = found({f"{INDEX}/0/when": "size_px < 7 and night", "changelog": log}, before={})
    missing = [f for f in changes if f.check == "change-without-entry"]
    assert [(f.severity, f.rule_id) for f in missing] == ([] if log else [("error", "inc.small")])


def test_a_change_beside_a_logged_one_of_the_same_decision_is_a_warning():
    both = {f"{INDEX}/0/when": "size_px < 7 and night", f"{INDEX}/1/then": "annotate"}
    missing = only(
        found(both | {"changelog": [entry("inc.small")]}, before={}), "change-without-entry"
    )
    assert (missing.severity, missing.rule_id) == ("warning", "inc.odd")


def test_an_entry_about_a_judged_decision_is_about_the_field_that_keeps_it():
    more = {"fields/kind/values": ["car", "van", "bus"], "fields/kind/version": 2}
    wider = more | {"decisions/class/outcomes": ["car", "van", "bus"]}
    assert brief(found(wider | {"changelog": [entry("class")]}, before={})) == []


def test_an_entry_about_what_did_not_change_is_a_warning():
    finding = only(found({"changelog": [entry("inc.small")]}, before={}), "entry-without-change")
    assert finding.path == ("changelog", 0)


def test_entries_of_the_version_before_are_not_asked_again():
    log = {"changelog": [entry("inc.small")]}
    assert brief(found(log, before=log)) == []


@pytest.mark.parametrize(
    ("changes", "block", "rule_id"),
    [
        ({"prose/0/text": "Look for vehicles."}, "purpose", ""),
        ({"prose/0/scope": "not night"}, "purpose", ""),
        ({"prose": []}, "purpose", ""),
        ({f"{INDEX}/0/text": "Too small."}, "rules.inc.small.text", "inc.small"),
        ({"fields/size_px/text": ""}, "fields.size_px.text", ""),
        ({"decisions/class/text": "Which one."}, "decisions.class.text", ""),
    ],
)
def test_an_edit_of_prose_needs_a_claim(changes, block, rule_id):
    finding = only(found(changes, before={}), "prose-without-claim")
    assert (finding.severity, finding.rule_id) == ("error", rule_id)
    assert block in finding.message
    logged = changes | {"changelog": [entry(block, meaning="changed")]}
    assert brief(found(logged, before={})) == []


def test_an_entry_without_a_meaning_is_no_claim():
    edited = {"prose/0/text": "Look.", "changelog": [entry("purpose")]}
    assert brief(found(edited, before={})) == [("error", "prose-without-claim")]


def test_a_claim_about_a_text_that_was_not_edited_is_a_warning():
    edited = {
        f"{INDEX}/0/when": "size_px < 7 and night",
        "changelog": [entry("inc.small", meaning="same")],
    }
    assert brief(found(edited, before={})) == [("warning", "claim-without-edit")]


@pytest.mark.parametrize(
    ("version", "is_enough"), [("1.0.1", False), ("1.1.0", False), ("2.0.0", True)]
)
def test_a_version_must_not_declare_less_than_what_changed(version, is_enough):
    moved = {f"{INDEX}/0/when": "size_px < 7 and night", "changelog": [entry("inc.small")]}
    low = found(moved | {"guideline/version": version}, before={})
    assert brief(low) == ([] if is_enough else [("error", "level-too-low")])
    if not is_enough:
        assert (
            "call it 2.0.0" in low[-1].message
            or "call it 2.0.0" in only(low, "level-too-low").message
        )


@pytest.mark.parametrize(
    ("values", "severity"), [([1], "warning"), ([1, 2, 3], "note"), ([1, 3], "warning")]
)
def test_another_vocabulary_under_the_same_version_of_a_field_is_told(values, severity):
    changed = {"fields/text/values": values, "changelog": [entry("text")]}
    told = [f for f in found(changed, before={}) if f.check == "field-redefined"]
    assert severity in {f.severity for f in told}
    assert "version: 2" in told[0].message
    raised = found(changed | {"fields/text/version": 2}, before={})
    assert "field-redefined" not in {f.check for f in raised}


SEEN = {"type": "set", "values": ["cat", "dog"], "from": "attribute", "fuse": "majority"}
CODE = {"type": "enum", "values": ["a", "b"], "from": "attribute", "fuse": "mode"}
INFERRED = {
    "fields/code": {**CODE, "fuse": "posterior"},
    "consensus/inference": {"code": {"method": "mace", "compare": ["majority"]}},
}


def test_a_member_more_is_asked_again_without_another_version_of_the_field():
    more = {"fields/seen": {**SEEN, "values": ["cat", "dog", "cow"]}}
    entries = {"changelog": [entry("seen")]}
    assert brief(found(more | entries, before={"fields/seen": SEEN}), notes=False) == []
    small = found(more | entries | {"guideline/version": "1.1.0"}, before={"fields/seen": SEEN})
    assert "cow can be a value of seen" in only(small, "level-too-low").message


@pytest.mark.parametrize(
    "target",
    [
        "consensus",
        "consensus.inference",
        "consensus.inference.code",
        "inference",
        "code",
        "fields.code",
    ],
)
def test_an_entry_on_the_block_the_model_or_its_field_is_about_another_model(target):
    changed = INFERRED | {"consensus/inference": {"code": {"method": "glad", "compare": ["mace"]}}}
    assert brief(found(changed | {"changelog": [entry(target)]}, before=INFERRED)) == []
    other = found(changed | {"changelog": [entry("kind")]}, before=INFERRED)
    assert "code is inferred by" in only(other, "change-without-entry").message


def test_one_entry_is_enough_for_a_field_that_is_inferred_from_now_on():
    changed = INFERRED | {"changelog": [entry("code")]}
    assert brief(found(changed, before={"fields/code": CODE})) == []


def test_a_field_that_one_method_infers_alone_is_told():
    assert "inferred-alone" not in {f.check for f in found(INFERRED)}
    alone = found(INFERRED | {"consensus/inference": {"code": {"method": "mace"}}})
    assert only(alone, "inferred-alone").path == ("consensus", "inference", "code")


def test_a_first_version_may_speak_of_a_model():
    said = INFERRED | {"changelog": [entry("consensus.inference.code")]}
    assert brief(found(said)) == []


def test_values_that_a_migration_renames_are_the_same_values():
    renamed = {
        "fields/kind/values": ["auto", "van"],
        "decisions/class/outcomes": ["auto", "van"],
        "migrations": [{"decision": "class", "from": "car", "to": "auto"}],
        "changelog": [entry("class")],
    }
    assert brief(found(renamed, before={})) == []


@pytest.mark.parametrize(
    "values",
    [
        ["car", "Car"],
        ["car", "\u0441ar"],
        ["stage I", "stage 1"],
        ["fin", "\ufb01n"],
        ["b\u0430ck", "x"],
    ],
    ids=ascii,
)
def test_values_that_people_take_for_one_another_are_a_warning(values):
    plain = {"type": "enum", "values": values, "from": "attribute", "fuse": "mode"}
    finding = only(found({"fields/text": plain}), "look-alike")
    assert finding.path[:3] == ("fields", "text", "values")


def test_rule_ids_that_differ_in_a_stroke_are_a_warning():
    rules = [RULE | {"id": "inc.1"}, RULE | {"id": "inc.l", "when": "not night"}]
    assert only(found({INDEX: rules}), "look-alike").path[-1] == "id"


@pytest.mark.parametrize(
    "pair", [("car", "van"), ("grade 1", "grade 2"), ("\u03b2", "b")], ids=ascii
)
def test_names_that_differ_are_not_alike(pair):
    left, right = map(skeletons, pair)
    assert not set(left) & set(right)


def test_rules_that_cannot_be_checked_exactly_are_an_error(monkeypatch):
    monkeypatch.setattr("groundkeeper.core.guideline.regions.MAX_CELLS", 1)
    monkeypatch.setattr("groundkeeper.core.guideline.branching.MAX_STEPS", 0)
    finding = only(found({}), "too-complex")
    assert (finding.severity, finding.path) == ("error", ("decisions", "include"))


@pytest.mark.parametrize(
    "match", [{"by": "iou", "at_least": 0.5}, {"by": "similarity", "at_least": 0.5}]
)
def test_shapes_that_nothing_could_score_are_an_error(match):
    alone = found({"scoring/match_iou": None, "consensus/match": match})
    assert only(alone, "shapes-unscored").path == ("scoring",)
    assert f"match.by: {match['by']}" in only(alone, "shapes-unscored").message
