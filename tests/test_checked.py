"""What a person reads of a document that has another form than it should: never the words of pydantic."""

import importlib
import time

import pytest
from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from groundkeeper import batches, concerns, withdrawn
from groundkeeper.adjudication import shape_file
from groundkeeper.batches import Batch
from groundkeeper.checked import ALLOWED, checked, shown, slips
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.errors import FormatError, InboxError, SnapshotError, TableError
from groundkeeper.formats import answers, items, tasks, verdicts
from groundkeeper.params import ResamplingParams
from groundkeeper.scored_files import coco_files, cvat_files
from groundkeeper.snapshots import manifest
from groundkeeper.snapshots.manifest import Manifest
from groundkeeper.withdrawn import Withdrawal
from stages.runner import STAGES

ANSWER, ITEM, TASK, VERDICT = answers._Answer, items._Item, tasks._Task, verdicts._Verdict
COCO, CVAT, RESAMPLED = coco_files._Dataset, cvat_files.Task, ResamplingParams
PARAMS = [importlib.import_module(f"stages.{name}").Params for name in STAGES]
FORMS = (
    *(ANSWER, ITEM, TASK, VERDICT, shape_file._Shape, Batch, Guideline, Manifest, Withdrawal),
    *(COCO, coco_files._Result, CVAT, *PARAMS),
)
IN_WORDS_OF_THEIR_OWN = {"missing", "extra_forbidden", "value_error"}

OF_NODE = {
    "bool": {"bool_type", "bool_parsing"},
    "date": {"date_from_datetime_inexact", "date_from_datetime_parsing"},
    "datetime": {"datetime_type", "datetime_parsing", "datetime_from_date_parsing"},
    "dict": {"dict_type"},
    "enum": {"enum"},
    "float": {"float_type", "float_parsing", "finite_number"},
    "function-after": {"value_error", "spelling"},
    "function-plain": {"value_error"},
    "function-before": {"value_error"},
    "function-wrap": {"value_error"},
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float"},
    "list": {"list_type"},
    "literal": {"literal_error"},
    "model": {"model_type"},
    "model-fields": {"missing", "extra_forbidden"},
    "str": {"string_type"},
    "tuple": {"tuple_type", "missing", "too_long"},
}
"""What a node of a schema can find wrong in JSON."""
OF_LIMIT = {
    "ge": "greater_than_equal",
    "gt": "greater_than",
    "le": "less_than_equal",
    "lt": "less_than",
    "pattern": "string_pattern_mismatch",
    "tz_constraint": "timezone_aware",
}
HARMLESS = {"any", "chain", "default", "definition-ref", "definitions", "model-field", "none"} | {
    *("nullable", "tagged-union", "union")
}
"""Nodes that find nothing wrong themselves."""
PASSED_OVER = {"metadata", "serialization", "config", "cls", "function"}


def reachable(node):
    """The types of all errors that a schema can find, node by node."""
    if isinstance(node, (list, tuple)):
        return set().union(*map(reachable, node))
    if not isinstance(node, dict):
        return set()
    kind = node.get("type")
    if kind == "json-or-python":
        return set()  # any JSON
    found = {OF_LIMIT[name] for name in node if name in OF_LIMIT}
    if isinstance(kind, str):
        assert kind in OF_NODE or kind in HARMLESS, f"what can a node {kind} find wrong?"
        found |= OF_NODE.get(kind, set())
        for name in {"min_length", "max_length"} & node.keys():
            short = "short" if name == "min_length" else "long"
            found.add(f"string_too_{short}" if kind == "str" else f"too_{short}")
    return found.union(
        *(reachable(inner) for name, inner in node.items() if name not in PASSED_OVER)
    )


REACHABLE = reachable([form.__pydantic_core_schema__ for form in FORMS])

ADA = {"item": "i", "annotator": "ada"}
TIME = "a time with its zone, such as 2026-03-02T10:00:00Z"
KEYS = "a block of keys with their values"
NINES = "9" * 5000
SHAPE = "annotations[0].parts[0]"


def drawn(**shape):
    return ADA | {"annotations": [{"parts": [{"frame": 0} | shape]}]}


def empty(**more):
    return ADA | {"state": "empty"} | more


def slip(kind, form, told, place, found, allowed):
    """A type of error, what has it of which form, and the message."""
    return kind, form, told, f"{place}: found {found}; allowed is {allowed}; correct it"


def timed(kind, found):
    return slip(kind, ANSWER, empty(submitted_at=found), "submitted_at", repr(found), TIME)


def took(kind, found, allowed):
    return slip(kind, ANSWER, empty(lead_time_s=found), "lead_time_s", repr(found), allowed)


def framed(kind, found):
    return slip(kind, ANSWER, drawn(frame=found), f"{SHAPE}.frame", repr(found), "a whole number")


SLIPS = [
    (
        "missing",
        ANSWER,
        {"item": "i"},
        "annotator: found nothing, and it is needed; add it",
    ),
    (
        "missing",
        ANSWER,
        drawn(bbox=[0, 0, 1]),
        f"{SHAPE}.bbox[3]: found nothing, and it is needed; add it",
    ),
    (
        "extra_forbidden",
        ANSWER,
        ADA | {"annotations": [{"colour": "red"}]},
        (
            "annotations[0].colour: found an unknown key; allowed are label, attributes, kind, parts, track, "
            "confidence, probabilities; leave it out, or correct its name"
        ),
    ),
    (
        "value_error",
        ANSWER,
        ADA,
        "state is submitted, but there is no annotation; who found nothing says empty",
    ),
    (
        "value_error",
        ITEM,
        {"item": "a\tb"},
        r"item: found 'a\tb'; it holds '\t', which no name has; leave it out",
    ),
    (
        "value_error",
        TASK,
        {"asks": "size"},
        "asks: found 'size'; needed is a JSON array of names, such as [\"size_mm\"]; correct it",
    ),
    slip("spelling", TASK, {"task_id": "1"}, "task_id", "'1'", "tk_ and 20 hex digits"),
    slip("spelling", Batch, {"era": "1.0"}, "era", "'1.0'", "MAJOR.MINOR.PATCH such as 1.0.0"),
    ("model_type", ANSWER, [1], f"found [1]; allowed is {KEYS}; correct it"),
    slip(
        *("dict_type", ANSWER, ADA | {"annotations": [{"attributes": 3}]}),
        *("annotations[0].attributes", "3", KEYS),
    ),
    slip("list_type", COCO, {"images": 3}, "images", "3", "a list"),
    slip("tuple_type", ANSWER, ADA | {"annotations": 3}, "annotations", "3", "a list"),
    slip(
        *("too_short", ANSWER, drawn(points=[])),
        *(f"{SHAPE}.points", "[]", "a list of length 1 or more"),
    ),
    slip(
        *("too_long", ANSWER, drawn(bbox=[0, 0, 1, 1, 1])),
        *(f"{SHAPE}.bbox", "[0, 0, 1, 1, 1]", "a list of length 4 or less"),
    ),
    slip("string_type", ANSWER, ADA | {"item": 7}, "item", "7", "a text"),
    slip(
        *("string_too_short", ANSWER, ADA | {"item": ""}),
        *("item", "''", "a text of length 1 or more"),
    ),
    slip(
        *("string_too_short", ANSWER, ADA | {"annotations": [{"probabilities": {"": 1}}]}),
        *("annotations[0].probabilities.", "''", "a text of length 1 or more"),
    ),
    slip(
        *("string_too_long", VERDICT, {"rationale": NINES * 3}, "rationale"),
        *(f"'{NINES[:199]}...", "a text of at most 10000 characters"),
    ),
    slip(
        *("enum", ANSWER, ADA | {"state": "gone"}),
        *("state", "'gone'", "'submitted', 'empty', 'skipped' or 'draft'"),
    ),
    slip(
        *("literal_error", ANSWER, drawn(skeleton=[[0, 0, 3]])),
        *(f"{SHAPE}.skeleton[0][2]", "3", "0, 1 or 2"),
    ),
    slip(
        *("bool_type", ANSWER, empty(shown_prediction=[])),
        *("shown_prediction", "[]", "true or false"),
    ),
    slip(
        *("bool_parsing", ANSWER, empty(shown_prediction="no?")),
        *("shown_prediction", "'no?'", "true or false"),
    ),
    slip(
        *("int_type", ANSWER, drawn(frame=None)),
        *(f"{SHAPE}.frame", "nothing", "a whole number"),
    ),
    framed("int_parsing", "x"),
    framed("int_from_float", 0.5),
    slip(
        *("int_parsing_size", ITEM, {"item": "i", "frames": NINES}),
        *("frames", f"'{NINES[:199]}...", "a whole number"),
    ),
    took("float_type", [], "a number"),
    took("float_parsing", "two", "a number"),
    took("finite_number", "inf", "a finite number"),
    took("greater_than_equal", -1, "a number of 0 or more"),
    slip(
        *("greater_than", ANSWER, drawn(bbox=[0, 0, 1, 0])),
        *(f"{SHAPE}.bbox[3]", "0", "a number above 0"),
    ),
    slip(
        *("less_than_equal", ANSWER, drawn(bbox=[2e9, 0, 1, 1])),
        *(f"{SHAPE}.bbox[0]", "2000000000.0", "a number of 1000000000 or less"),
    ),
    timed("datetime_type", []),
    timed("datetime_parsing", 1e30),
    timed("datetime_from_date_parsing", "2026-03"),
    timed("timezone_aware", "2026-03-02T10:00"),
    slip(
        *("date_from_datetime_parsing", Guideline, {"guideline": {"released": "2026-13-02"}}),
        *("guideline.released", "'2026-13-02'", "a date such as 2026-03-02"),
    ),
    slip(
        *("date_from_datetime_inexact", Guideline, {"guideline": {"released": f"{TIME[-20:]}"}}),
        *("guideline.released", "'2026-03-02T10:00:00Z'", "a date such as 2026-03-02"),
    ),
    slip(
        *("less_than", RESAMPLED, {"confidence": 1}),
        *("confidence", "1", "a number below 1"),
    ),
    slip(
        *("string_pattern_mismatch", Guideline, {"guideline": {"set": "A"}}),
        *("guideline.set", "'A'", "a text of the form ^[a-z0-9_-]{1,63}$"),
    ),
]


@pytest.mark.parametrize(("kind", "form", "told", "said"), SLIPS)
def test_each_slip_is_told_in_plain_words_with_its_place(kind, form, told, said):
    with pytest.raises(ValidationError) as caught:
        form.model_validate(told)
    assert kind in {details["type"] for details in caught.value.errors()}
    assert said in [slip.told() for slip in slips(caught.value, form)]


def test_every_slip_that_a_form_can_have_is_among_them_and_has_words():
    assert {kind for kind, *_ in SLIPS} == REACHABLE
    assert set(ALLOWED) | IN_WORDS_OF_THEIR_OWN == REACHABLE


def test_an_error_that_nobody_thought_of_is_not_told_in_the_words_of_pydantic():
    wrong = InitErrorDetails(type="decimal_type", loc=("item",), input="x")
    error = ValidationError.from_exception_data("Answer", [wrong])
    (slip,) = slips(error, ANSWER)
    assert slip.told() == "item: found 'x'; allowed is another value; correct it"


def test_of_a_value_that_may_be_of_several_kinds_the_one_that_was_meant_is_told():
    def said(counts):
        with pytest.raises(FormatError) as caught:
            checked(
                ANSWER, drawn(rle={"size": [2, 2], "counts": counts}), "line 3", "draw it again"
            )
        return str(caught.value)

    place = f"line 3: {SHAPE}.rle.counts"
    assert said(7) == f"{place}: found 7; allowed is a text or a list; draw it again"
    assert said([4, -2]) == f"{place}[1]: found -2; allowed is a number of 0 or more; draw it again"


def test_a_long_value_is_cut():
    assert shown("x" * 1000) == f"'{'x' * 199}..."


def test_a_key_is_told_by_the_name_that_the_document_has_for_it():
    field = {"type": "number", "from": "nowhere"}
    told = {"fields": {"size": field, "Big": field | {"tpye": 3}}}
    with pytest.raises(ValidationError) as caught:
        Guideline.model_validate(told)
    said = [slip.told() for slip in slips(caught.value, Guideline)]
    assert any(one.startswith("fields.size.from: found 'nowhere'; allowed is") for one in said)
    (unknown,) = [one for one in said if "tpye" in one]
    assert unknown.endswith("; write type")
    # Of a key and of what stands under it, both are told.
    assert any(one.startswith("fields.Big: found 'Big'; allowed is a text of") for one in said)


def test_as_many_slips_as_a_document_can_hold_are_told_in_bounded_time():
    told = {"guideline": {f"a{n}": 1 for n in range(10_000)}}
    with pytest.raises(ValidationError) as caught:
        Guideline.model_validate(told)
    start = time.process_time()
    assert len(slips(caught.value, Guideline)) > 10_000
    assert time.process_time() - start < 10


def test_where_nothing_is_to_be_corrected_by_hand_that_is_not_asked_for(tmp_path):
    (tmp_path / "0123456789abcdef").mkdir()
    (tmp_path / "0123456789abcdef" / "batch.json").write_text('{"era": 1}', encoding="utf-8")
    with pytest.raises(InboxError, match=r"found nothing, and it is needed; restore it with `dvc"):
        batches.load_all(tmp_path)
    for parse, error, remedy in (
        (withdrawn.parse, InboxError, "restore it with `git restore`"),
        (manifest.parse, SnapshotError, r"release the set again \(`gk refresh`\)"),
    ):
        with pytest.raises(error, match=f"^here: found 3; allowed is a .*; {remedy}$"):
            parse("3", "here")
        with pytest.raises(error, match=rf"^here: not JSON \(.*\); {remedy}$"):
            parse("{", "here")
    with pytest.raises(
        TableError, match=r"^here: fields: found 3; .*; run the stage `guideline` a"
    ):
        concerns.parse({"fields": 3}, Fields, "here")
