import json

import pytest
from strategies.guideline_documents import document, guideline

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.normative import (
    CONCERNS,
    concerns,
    digest,
    normative,
)

NUMBER = {"type": "number", "from": "attribute", "fuse": "median"}

EDITORIAL = [
    {"guideline/version": "1.1.1", "guideline/supersedes": "1.1.0"},
    {"guideline/owners": ["Ada", "Grace"]},
    {"guideline/released": "2026-04-01"},
    {"guideline/status": "draft"},
    {"fields/size_px/text": "How wide it is."},
    {"classes/vehicle/text": "Rolls."},
    {"classes/vehicle/positive": []},
    {"decisions/include/text": ""},
    {"decisions/include/rules/0/text": "Clearer."},
    {"decisions/include/rules/0/examples": ["6 px", "7 px"]},
    {"decisions/include/rules/0/when": "size_px < 8.0  and (night)"},
    {"attributes/text/text": "Do ask."},
    {"changelog": []},
    {"prose": []},
]
SUBSTANTIAL = [
    ({"fields/size_px/version": 2}, "fields"),
    ({"fields/size_px/min": 1}, "fields"),
    ({"fields/text/values": [1, 2, 3]}, "fields"),
    ({"fields/note": None}, "fields"),
    ({"decisions/include/rules/0/when": "size_px < 9 and night"}, "decisions"),
    ({"decisions/include/rules/0/id": "inc.tiny"}, "decisions"),
    ({"decisions/include/rules": document()["decisions"]["include"]["rules"][::-1]}, "decisions"),
    ({"decisions/include/invisible": []}, "decisions"),
    ({"attributes/text/required_when": "night"}, "decisions"),
    ({"migrations": []}, "decisions"),
    ({"consensus/quorum": 3}, "consensus"),
    ({"precision/box/tol_px": 1}, "precision"),
    ({"conventions/boxes": "whole"}, "precision"),
    ({"classes/tree": {}}, "coverage"),
    ({"coverage/vehicle": "sampled"}, "coverage"),
    ({"scoring/match_iou": 0.6}, "scoring"),
]


@pytest.mark.parametrize("changes", EDITORIAL, ids=lambda changes: next(iter(changes)))
def test_an_editorial_change_leaves_every_concern_as_it_was(changes):
    edited = guideline(changes)
    assert edited != guideline() or "when" in next(iter(changes))
    assert normative(edited) == normative(guideline())


@pytest.mark.parametrize(("changes", "concern"), SUBSTANTIAL)
def test_a_change_of_substance_changes_its_own_concern_alone(changes, concern):
    before, after = normative(guideline()), normative(guideline(changes))
    assert [name for name in CONCERNS if digest(before[name]) != digest(after[name])] == [concern]


def test_each_concern_is_read_back_from_its_json():
    read = guideline()
    for name, value in normative(read).items():
        again = CONCERNS[name].model_validate(json.loads(json.dumps(value)))
        assert again.model_dump() == _without_text(concerns(read)[name].model_dump())


def test_what_is_read_back_is_normative_already():
    for name, value in normative(guideline()).items():
        again = CONCERNS[name].model_validate(value)
        dumped = again.model_dump(mode="json", by_alias=True, exclude_none=True)
        assert _without_empty_prose(dumped) == _without_empty_prose(value)


def test_no_prose_is_in_it_and_a_field_called_text_stays():
    value = normative(guideline())
    said = json.dumps(value)
    for prose in ("The width", "Too small", "7 px", "Ask for it", "Whether", "Seen in", "Find"):
        assert prose not in said
    assert value["fields"]["fields"]["text"]["values"] == [1, 2]
    assert value["decisions"]["attributes"] == {"text": {"required_when": "size_px >= 8"}}


def test_expressions_are_in_their_one_spelling():
    value = normative(guideline({"decisions/include/rules/0/when": "(size_px<8.0)and night"}))
    assert value["decisions"]["decisions"]["include"]["rules"][0]["when"] == "size_px < 8 and night"


def test_the_order_of_keys_in_the_file_does_not_matter():
    turned = _turned(document())
    turned["decisions"] = document()["decisions"]
    before, after = normative(guideline()), normative(Guideline.model_validate(turned))
    assert json.dumps(before) == json.dumps(after)


def test_digests_differ_where_values_do():
    digests = {digest(value) for value in normative(guideline()).values()}
    assert len(digests) == len(CONCERNS)
    assert all(len(found) == 64 for found in digests)


def _turned(value):
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return value


def _without_text(value):
    """Return the dump with the prose of its blocks emptied."""
    attributes = value.get("attributes")
    of_attributes = attributes.values() if isinstance(attributes, dict) else ()
    for block in (*value.get("fields", {}).values(), *of_attributes):
        block["text"] = ""
    for decision in value.get("decisions", {}).values():
        decision["text"] = ""
        for rule in decision["rules"]:
            rule["text"], rule["examples"] = "", ()
    return value


def _without_empty_prose(value):
    if isinstance(value, dict):
        kept = {
            k: v for k, v in value.items() if k not in {"text", "examples"} or v not in ("", [])
        }
        return {key: _without_empty_prose(kept[key]) for key in kept}
    return [_without_empty_prose(entry) for entry in value] if isinstance(value, list) else value
