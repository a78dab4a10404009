import subprocess
import sys
from typing import get_args

import pytest
from pydantic import ValidationError
from strategies.guideline_documents import document, guideline

from groundkeeper.core.derived_fields import GEOMETRY_FUNCTIONS, RECORD_FUNCTIONS
from groundkeeper.core.guideline.document import Guideline, prose_blocks
from groundkeeper.core.guideline.expression import parse
from groundkeeper.core.guideline.fields import (
    FUSIONS,
    GeometryFunctionName,
    RecordFunctionName,
)
from groundkeeper.core.guideline.normative import normative
from groundkeeper.core.guideline.sections import METHODS, Method
from groundkeeper.core.guideline.values import version_key
from schemas.names import GT_ITEMS, OBSERVATIONS, RECORDS, STATES

NUMBER = {"type": "number", "from": "attribute", "fuse": "median"}
ENUM = {"type": "enum", "values": ["a"], "from": "attribute", "fuse": "mode"}
SET = {"type": "set", "values": ["cat", "dog"], "from": "attribute", "fuse": "majority"}
RANKING = {**SET, "type": "ranking", "fuse": "borda"}
INFERRED = {**ENUM, "fuse": "posterior"}


def test_a_guideline_that_uses_every_block_is_read():
    read = guideline()
    assert (read.set_name, read.version) == ("street", "1.1.0")
    assert read.decisions["include"].rules[0].when == parse("size_px < 8 and night")
    assert read.fields["text"].source_name("text") == "text"


def test_a_guideline_survives_its_own_json():
    read = guideline()
    assert Guideline.model_validate_json(read.model_dump_json(by_alias=True)) == read


def test_prose_has_ids_from_its_place_and_the_scope_of_its_rule():
    blocks = {block.id: block.scope for block in prose_blocks(guideline())}
    assert blocks == {
        "purpose": parse("night"),
        "fields.size_px.text": None,
        "classes.vehicle.text": None,
        "decisions.include.text": None,
        "rules.inc.small.text": parse("size_px < 8 and night"),
        "attributes.text.text": parse("size_px >= 8"),
    }


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"fields/size_px/colour": 1}, "fields.size_px.colour", "Extra inputs"),
        ({"fields/size_px": {**NUMBER, "fuse": "mode"}}, "fields.size_px", "median or mean or max"),
        ({"fields/size_px": {**NUMBER, "fuse": None}}, "fields.size_px", "without fuse"),
        (
            {"fields/size_px": {**NUMBER, "values": [1]}},
            "fields.size_px",
            "values on a field of type number",
        ),
        ({"fields/size_px": {**NUMBER, "min": 2, "max": 1}}, "fields.size_px", "min 2 above max 1"),
        ({"fields/size_px": {**NUMBER, "min": float("inf")}}, "fields.size_px.min", "finite"),
        ({"fields/size_px": {**NUMBER, "min": True}}, "fields.size_px.min", "valid number"),
        ({"fields/size_px/function": "girth"}, "fields.size_px.function", "'largest_diameter'"),
        (
            {"fields/size_px/function": "votes"},
            "fields.size_px",
            "function: votes on a field from geometry",
        ),
        (
            {"fields/size_px": {**NUMBER, "function": "width"}},
            "fields.size_px",
            "function on a field from attribute",
        ),
        ({"fields/size_px/level": "item"}, "fields.size_px", "geometry on level item"),
        ({"fields/kind": {**ENUM, "values": None}}, "fields.kind", "without values"),
        ({"fields/kind/fuse": "median"}, "fields.kind", "allowed is mode or posterior"),
        (
            {"fields/kind/values": ["car", "car", "van"]},
            "fields.kind.values",
            "repeated values: car",
        ),
        ({"fields/kind/values": ["car", 1]}, "fields.kind", "numbers and texts"),
        ({"fields/kind/values": ["car", True]}, "fields.kind.values.1", "found True"),
        ({"fields/kind/values": ["car", "e\u0301"]}, "fields.kind.values.1", "normal form C"),
        ({"fields/kind/values": []}, "fields.kind.values", "at least 1"),
        ({"fields/text/values": [2, 1]}, "fields.text", "ordinal numbers ascend"),
        ({"fields/text/fuse": "mean"}, "fields.text", "fuse: mean on a ordinal field"),
        ({"fields/night/level": "object"}, "fields.night", "metadata on level object"),
        ({"fields/night/fuse": "any"}, "fields.night", "no fuse"),
        ({"fields/night/min": 0}, "fields.night", "min, max or unit on a field of type bool"),
        ({"fields/agreeing/type": "bool"}, "fields.agreeing", "type bool from derived"),
        ({"fields/agreeing/attribute": "votes"}, "fields.agreeing", "use function"),
        ({"fields/note/fuse": "mode"}, "fields.note", "fuse: mode on a text field"),
        ({"fields/seen": {**SET, "values": None}}, "fields.seen", "type set without values"),
        ({"fields/seen": {**SET, "values": []}}, "fields.seen.values", "at least 1"),
        (
            {"fields/seen": {**SET, "fuse": "mode"}},
            "fields.seen",
            "allowed is majority or any or all",
        ),
        ({"fields/seen": {**RANKING, "fuse": "any"}}, "fields.seen", "allowed is borda or kemeny"),
        ({"fields/seen": {**SET, "min": 1}}, "fields.seen", "min, max or unit on a field of type"),
        ({"fields/seen": {**SET, "from": "label"}}, "fields.seen", "type set from label"),
        (
            {"fields/seen": {**SET, "from": "metadata", "level": "item", "fuse": None}},
            "fields.seen",
            "a list from attribute",
        ),
        (
            {"consensus/inference": {"kind": {"method": "magic"}}},
            "consensus.inference.kind.method",
            "'dawid_skene'",
        ),
        (
            {"consensus/inference": {"kind": {"method": "mace", "compare": ["glad", "mace"]}}},
            "consensus.inference.kind",
            "found mace more than once",
        ),
        (
            {"consensus/inference": {"kind": {"method": "mace", "compare": ["glad", "glad"]}}},
            "consensus.inference.kind",
            "found glad more than once",
        ),
        (
            {"consensus/inference": {"kind": {"method": "mace", "at_least": 0}}},
            "consensus.inference.kind.at_least",
            "greater than 0",
        ),
        ({"fields/Größe": NUMBER}, "fields.Größe.[key]", "match pattern"),
        ({"guideline/version": "1.0"}, "guideline.version", "MAJOR.MINOR.PATCH"),
        ({"guideline/version": "01.0.0"}, "guideline.version", "MAJOR.MINOR.PATCH"),
        ({"guideline/supersedes": "1.1.0"}, "guideline", "a version below 1.1.0"),
        ({"guideline/set": "Street"}, "guideline.set", "match pattern"),
        ({"guideline/released": 20260302}, "guideline.released", "a date such as"),
        ({"guideline/owners": []}, "guideline.owners", "at least 1"),
        ({"decisions": {}}, "decisions", "at least 1"),
        ({"decisions/include/default": None}, "decisions.include", "found no default"),
        ({"decisions/include/field": "kind"}, "decisions.include", "field on a derived"),
        ({"decisions/class/field": None}, "decisions.class", "no field on a judged"),
        ({"decisions/include/rules/0/opaque": {}}, "decisions.include.rules.0", "found both"),
        ({"decisions/include/rules/0/when": None}, "decisions.include.rules.0", "found neither"),
        ({"decisions/include/rules/0/id": "default"}, "decisions.include.rules.0", "reserved"),
        (
            {"decisions/include/rules/0/when": "size_px <"},
            "decisions.include.rules.0.when",
            "column 10",
        ),
        (
            {"decisions/include/rules/0/when": 3},
            "decisions.include.rules.0.when",
            "put it in quotes",
        ),
        ({"consensus/quorum": 4}, "consensus", "quorum 4 with 3 experts"),
        ({"consensus/quorum": 0}, "consensus.quorum", "greater than or equal to 1"),
        ({"consensus/quorum": True}, "consensus.quorum", "valid integer"),
        ({"consensus/match": {"by": "iou"}}, "consensus.match", "no at_least"),
        (
            {"consensus/match": {"by": "item", "at_least": 0.5}},
            "consensus.match",
            "at_least with by: item",
        ),
        ({"consensus/match/at_least": 0}, "consensus.match.at_least", "greater than 0"),
        ({"consensus/match": {"by": "similarity"}}, "consensus.match", "no at_least"),
        ({"consensus/match/sigma": 0.1}, "consensus.match", "sigma with by: iou"),
        ({"scoring/match_iou": 1.5}, "scoring.match_iou", "less than or equal to 1"),
        ({"precision/blob": {"tol_px": 1, "measure": "iou"}}, "precision.blob.[key]", "'polygon'"),
    ],
)
def test_a_block_that_is_wrong_in_itself_is_refused(changes, place, message):
    with pytest.raises(ValidationError) as caught:
        guideline(changes)
    (error,) = caught.value.errors()
    assert ".".join(map(str, error["loc"])) == place
    assert message in error["msg"]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {"decisions/include/rules/1/id": "inc.small"},
            "decisions/include/rules/1/id",
            "a second rule",
        ),
        (
            {"decisions/include/rules/0/then": "drop"},
            "decisions/include/rules/0/then",
            "found drop; the outcomes are: annotate, skip",
        ),
        ({"decisions/include/default": "drop"}, "decisions/include/default", "found drop"),
        ({"decisions/include/invisible": ["drop"]}, "decisions/include/invisible/0", "found drop"),
        (
            {"decisions/include/rules/0/when": "sise < 3"},
            "decisions/include/rules/0/when",
            "no field 'sise'",
        ),
        (
            {"decisions/include/rules/1/opaque": {"scope": "kind < car"}},
            "decisions/include/rules/1/opaque/scope",
            "no order",
        ),
        ({"decisions/class/field": "night"}, "decisions/class/field", "stored in an enum field"),
        (
            {"fields/kind/values": ["car", "van", "bus"]},
            "decisions/class/field",
            "stored in an enum field",
        ),
        (
            {"decisions/kind": document()["decisions"]["include"] | {"rules": []}},
            "decisions/kind",
            "a field and a decision called kind",
        ),
        ({"fields/status": NUMBER}, "fields/status", "columns of a record"),
        ({"fields/size_low": NUMBER}, "fields/size_low", "rename it"),
        (
            {"attributes/night": {}},
            "attributes/night",
            "the fields from attributes are: text, note",
        ),
        (
            {"attributes/text/required_when": "text == 3"},
            "attributes/text/required_when",
            "3 is not a value of text",
        ),
        ({"coverage/tree": "sampled"}, "coverage/tree", "the classes are: vehicle"),
        (
            {"migrations/0/decision": "kind"},
            "migrations/0/decision",
            "the decisions are: include, class",
        ),
        ({"migrations/0/to": "lorry"}, "migrations/0/to", "the outcomes are: car, van"),
        ({"migrations/0/when": "night < 1"}, "migrations/0/when", "write night or not night"),
        *(
            (
                {"fields/seen": field, "decisions/include/rules/0/when": when},
                "decisions/include/rules/0/when",
                f"seen is a {field['type']} field, which rules cannot speak about; declare a bool field for each",
            )
            for field in (SET, RANKING)
            for when in ("seen", "seen == cat", "seen in {cat, dog}", "not (night and seen != cat)")
        ),
        (
            {"fields/seen": SET, "attributes/seen": {"required_when": "seen == cat"}},
            "attributes/seen/required_when",
            "declare a bool field for each member",
        ),
        (
            {"fields/code": INFERRED},
            "fields/code/fuse",
            "no entry code in consensus.inference; the methods for a field of type enum are: majority, weighted",
        ),
        (
            {"consensus/inference": {"kind": {"method": "mace"}}},
            "consensus/inference/kind",
            "found kind; the fields with fuse: posterior are: none; write fuse: posterior on the field",
        ),
        (
            {"fields/code": INFERRED, "consensus/inference": {"code": {"method": "median"}}},
            "consensus/inference/code/method",
            "found median for a field of type enum; allowed is majority, weighted, one_coin, dawid_skene",
        ),
        (
            {
                "fields/code": {**NUMBER, "fuse": "posterior"},
                "consensus/inference": {"code": {"method": "mean", "compare": ["median", "glad"]}},
            },
            "consensus/inference/code/compare/1",
            "found glad for a field of type number; allowed is mean, median, weighted, gaussian_model",
        ),
        (
            {
                "fields/code": {**NUMBER, "fuse": "posterior"},
                "consensus/inference": {"code": {"method": "mean", "at_least": 0.9}},
            },
            "consensus/inference/code/at_least",
            "found at_least for a field of type number",
        ),
        ({"prose/0/scope": "dusk"}, "prose/0/scope", "no field 'dusk'"),
        (
            {"prose": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]},
            "prose/1/id",
            "a second prose block",
        ),
        ({"changelog": document()["changelog"] * 2}, "changelog/1/id", "a second change"),
    ],
)
def test_blocks_that_contradict_one_another_are_refused(changes, path, message):
    with pytest.raises(ValidationError) as caught:
        guideline(changes)
    (found,) = caught.value.errors()[0]["ctx"]["error"].found
    assert "/".join(map(str, found.path)) == path
    assert message in found.message


def test_every_contradiction_is_found_at_once():
    with pytest.raises(ValidationError) as caught:
        guideline({"coverage/tree": "sampled", "fields/era": NUMBER, "prose/0/scope": "dusk"})
    assert len(caught.value.errors()[0]["ctx"]["error"].found) == 3


@pytest.mark.parametrize("table", [OBSERVATIONS, STATES, RECORDS, GT_ITEMS], ids=lambda t: t.name)
def test_no_field_or_decision_has_the_name_of_a_column_it_would_meet(table):
    include = document()["decisions"]["include"] | {"rules": []}
    for name in table.columns:
        for change in ({f"fields/{name}": NUMBER}, {f"decisions/{name}": include}):
            with pytest.raises(ValidationError, match="columns of a record"):
                guideline(change)


def test_a_field_may_be_called_as_the_facet_that_it_is_read_from():
    width = {"type": "integer", "from": "metadata", "level": "item"}
    assert guideline({"fields/width_px": width}).fields["width_px"].source == "metadata"


@pytest.mark.parametrize(
    ("field", "inference"),
    [
        (INFERRED, {"method": "dawid_skene", "compare": ["majority", "glad"], "at_least": 1}),
        ({"type": "bool", "from": "label", "fuse": "posterior"}, {"method": "ibcc"}),
        (
            {**INFERRED, "type": "ordinal"},
            {"method": "ordinal_model", "compare": ["weighted"], "at_least": 0.5},
        ),
        (
            {"type": "number", "from": "geometry", "function": "area", "fuse": "posterior"},
            {"method": "gaussian_model", "compare": ["median", "mean"]},
        ),
    ],
    ids=lambda said: said.get("type", said.get("method")),
)
def test_a_field_is_inferred_by_a_method_for_its_type(field, inference):
    read = guideline({"fields/code": field, "consensus/inference": {"code": inference}})
    assert Guideline.model_validate_json(read.model_dump_json(by_alias=True)) == read
    written = normative(read)["consensus"]["inference"]["code"]
    assert written == {"compare": [], **inference}


def test_every_type_that_may_be_inferred_has_methods():
    inferred = {name for name, fusions in FUSIONS.items() if "posterior" in fusions}
    assert inferred == set(METHODS)
    assert {method for named in METHODS.values() for method in named} == set(get_args(Method))


def test_sets_and_rankings_are_asked_for_like_other_attributes():
    read = guideline({"fields/seen": SET, "fields/best": {**RANKING, "level": "item"}} | {
        "attributes/seen": {"required_when": "size_px > 3"}, "attributes/best": {},
    })  # fmt: skip
    assert Guideline.model_validate_json(read.model_dump_json(by_alias=True)) == read
    assert list(read.fields["seen"].vocabulary) == ["cat", "dog"]


def test_a_guideline_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        guideline().consensus.quorum = 1


def test_the_names_a_guideline_may_use_are_the_registered_functions():
    assert set(get_args(GeometryFunctionName)) == set(GEOMETRY_FUNCTIONS)
    assert set(get_args(RecordFunctionName)) == set(RECORD_FUNCTIONS)


def test_versions_are_ordered_by_number():
    assert sorted(["10.0.0", "9.10.0", "9.9.9"], key=version_key) == ["9.9.9", "9.10.0", "10.0.0"]


def test_reading_a_guideline_imports_neither_numpy_nor_pandas():
    code = (
        "import sys, groundkeeper.guideline_files\n"
        "print(sorted({'numpy', 'pandas', 'shapely'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
