"""Edits of prose and what is claimed of them."""

import pytest
from builders.change_examples import NEXT, claim
from strategies.guideline_documents import guideline

from groundkeeper.core.diff.claims import prose_edits
from groundkeeper.core.diff.levels import Level

WORDS = {"prose/0/text": "Find everything on wheels."}


def edits(new, old=None):
    return prose_edits(guideline(old), guideline({**NEXT, **new}))


@pytest.mark.parametrize(
    ("change", "block"),
    [
        (WORDS, "purpose"),
        ({"prose/0/scope": "size_px < 3"}, "purpose"),
        ({"fields/size_px/text": "How wide."}, "fields.size_px.text"),
        ({"classes/vehicle/text": "Rolls."}, "classes.vehicle.text"),
        ({"classes/vehicle/positive": ["p1", "p2"]}, "classes.vehicle.positive"),
        ({"classes/vehicle/confused_with": []}, "classes.vehicle.confused_with"),
        ({"decisions/include/text": "Counts or not."}, "decisions.include.text"),
        ({"decisions/include/rules/1/text": "Odd."}, "rules.inc.odd.text"),
        ({"decisions/include/rules/0/examples": ["6 px"]}, "rules.inc.small.examples"),
        ({"attributes/text/text": "Read it."}, "attributes.text.text"),
    ],
    ids=str,
)
def test_every_text_is_watched(change, block):
    (edit,) = edits(change)
    assert (edit.block, edit.claim, edit.level) == (block, None, Level.PATCH)


def test_a_claim_may_name_the_text_or_what_it_describes():
    change = {"decisions/include/rules/0/text": "Tiny."}
    for target in ("inc.small", "rules.inc.small", "rules.inc.small.text"):
        (edit,) = edits({**change, **claim(target, "clarified")})
        assert (edit.claim, edit.meaning) == ("CHG-2", "clarified")
    (edit,) = edits({**change, **claim("inc.odd", "clarified")})
    assert edit.claim is None


def test_an_entry_that_the_older_version_has_claims_nothing():
    (edit,) = edits({**WORDS, **claim("purpose", "same")}, old=claim("purpose", "same"))
    assert edit.claim is None


def test_of_several_claims_the_strongest_counts():
    entries = [
        {**claim("purpose", meaning)["changelog"][0], "id": meaning}
        for meaning in ("same", "changed", "clarified")
    ]
    (edit,) = edits({**WORDS, "changelog": entries})
    assert (edit.claim, edit.level) == ("changed", Level.MAJOR)


def test_the_text_of_what_is_new_or_gone_is_no_edit():
    rule = {"id": "inc.far", "when": "agreeing < 2", "then": "skip", "text": "Far away."}
    assert edits({"decisions/include/rules/0": rule}) == ()
    assert (
        edits(
            {"fields/weight": {"type": "number", "from": "attribute", "fuse": "mean", "text": "kg"}}
        )
        == ()
    )


def test_a_threshold_that_moves_is_no_edit_of_the_text_beside_it():
    assert edits({"decisions/include/rules/0/when": "size_px < 9 and night"}) == ()
