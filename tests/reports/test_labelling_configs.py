import json
import re
import xml.etree.ElementTree as ET

import pytest
from project import ROOT
from strategies.guideline_documents import guideline

from groundkeeper.errors import GuidelineError
from groundkeeper.guideline_files import load
from groundkeeper.reports.guideline_entries import entries
from groundkeeper.reports.labelling import cvat, label_studio
from groundkeeper.reports.labelling.questions import labelling

OWN = [load(path) for path in sorted(ROOT.glob("guidelines/*/*.yaml"))]
GUIDELINES = [*OWN, guideline()]
ASKED = {"Choices", "Number", "TextArea", "Ranker"}
DRAWN = {"RectangleLabels", "PolygonLabels", "BrushLabels", "KeyPointLabels", "Labels"}
HOSTILE_VALUES = ['a "b" <c> & d', "it's `x` | $ y", "e,f", "ümläut ✓", "]]>", "&amp;", "{{ z }}"]
ANSWERS = {
    "seen": {"type": "bool", "from": "attribute", "fuse": "any", "level": "item"},
    "count": {"type": "integer", "min": 0.5, "max": 9, "from": "attribute", "fuse": "median"},
    "share": {"type": "number", "unit": "%", "min": 0.1, "from": "attribute", "fuse": "mean"},
    "again": {
        "type": "enum",
        "values": ["x"],
        "from": "attribute",
        "fuse": "mode",
        "attribute": "note",
    },
    "grade": {
        "type": "ordinal",
        "values": list(range(12)),
        "from": "attribute",
        "fuse": "median",
        "attribute": "Grade.1",
    },
}
FIELDS = {f"fields/{name}": said for name, said in ANSWERS.items()}
NOT_DRAWN = {
    "precision": {},
    "fields/size_px": {"type": "number", "from": "attribute", "fuse": "median"},
    "consensus/match": {"by": "item"},
}


def in_label_studio(one, medium=None):
    return label_studio.project(one, entries(one), medium)


def controls(one, medium=None):
    """Every control of the configuration, by name; checked for what Label Studio checks."""
    text = in_label_studio(one, medium).label_config
    view = ET.fromstring(text)  # noqa: S314 - it was written a line above
    assert view.tag == "View"
    named = [element for element in view.iter() if "name" in element.attrib]
    by_name = {element.get("name"): element for element in named}
    assert len(by_name) == len(named), "names are unique"
    for element in named:
        if element.tag == "Bucket":
            continue
        assert element.tag in ASKED | DRAWN | {"Image", "Text", "List"}
        shows = {"List"} if element.tag == "Ranker" else {"Image", "Text"}
        assert "toName" not in element.attrib or by_name[element.get("toName")].tag in shows
        assert element.tag not in DRAWN | {"Choices"} or [c.get("value") for c in element]
    return by_name


def in_cvat(one, medium=None):
    """The labels by name, read back from JSON; checked for what CVAT's constructor and server check."""
    written = cvat.labels(labelling(one, entries(one), cvat.TOOL, medium))
    labels = json.loads(json.dumps(written))
    assert len({label["name"] for label in labels}) == len(labels)
    for label in labels:
        assert set(label) == {"name", "type", "attributes"}
        assert label["type"] in {"any", "mask", "points", "polygon", "polyline", "rectangle", "tag"}
        assert len({a["name"] for a in label["attributes"]}) == len(label["attributes"])
        for attribute in label["attributes"]:
            keys = {"name", "mutable", "input_type", "default_value", "values"}
            assert set(attribute) == keys
            values = attribute["values"]
            assert attribute["input_type"] in {"radio", "select", "text"}
            assert values
            assert all(isinstance(value, str) and len(value) <= 200 for value in values)
            assert len({value.strip() for value in values}) == len(values)
            assert len("\n".join(values)) <= 4096
            assert attribute["default_value"] in values
    return {label["name"]: label for label in labels}


def offered(control):
    return [choice.get("value") for choice in control]


@pytest.mark.parametrize("one", GUIDELINES, ids=lambda one: one.set_name)
def test_every_attribute_is_asked_once_in_both_tools(one):
    keys = {f.source_name(n) for n, f in one.fields.items() if f.source == "attribute"}
    asked = {name for name, control in controls(one).items() if control.tag in ASKED}
    assert asked == keys
    for label in in_cvat(one).values():
        assert {attribute["name"] for attribute in label["attributes"]} == keys


@pytest.mark.parametrize("one", GUIDELINES, ids=lambda one: one.set_name)
def test_the_same_guideline_gives_the_same_bytes(one):
    assert in_label_studio(one) == in_label_studio(one)
    first, second = (labelling(one, entries(one), cvat.TOOL) for _ in range(2))
    assert cvat.guide(first) == cvat.guide(second)


def test_the_nodules_are_polygons_rated_one_by_one():
    nodules = OWN[0]
    found = controls(nodules)
    assert found["polygon"].tag == "PolygonLabels"
    assert offered(found["polygon"]) == ["nodule"]
    assert offered(found["malignancy"]) == ["1", "2", "3", "4", "5"]
    assert found["malignancy"].get("perRegion") == "true"
    assert found["malignancy"].get("required") is None, "it is required of some nodules only"
    text = in_label_studio(nodules).expert_instruction
    assert (
        "Required when diameter is at least 3 mm, which Label Studio does not check: subtlety,"
        in text
    )
    assert in_cvat(nodules)["nodule"]["type"] == "polygon"


def test_what_is_rated_as_a_whole_is_asked_of_the_item():
    (malignancy,) = (own for own in OWN if own.set_name == "nodule-malignancy")
    asked = controls(malignancy)["malignancy"]
    assert (asked.get("perRegion"), asked.get("required")) == (None, "true")
    tag = in_cvat(malignancy)["item"]
    assert tag["type"] == "tag"
    values = tag["attributes"][0]["values"]
    assert values == ["__undefined__", "1", "2", "3", "4", "5"], "nothing is answered beforehand"


def test_each_answer_has_the_control_of_its_type():
    found = controls(guideline(FIELDS))
    assert offered(found["seen"]) == ["true", "false"]
    assert found["seen"].get("perRegion") is None
    count, share = found["count"], found["share"]
    assert [count.get(key) for key in ("min", "max", "step")] == ["1", "9", "1"]
    assert [share.get(key) for key in ("min", "max", "step")] == ["0.1", None, None]
    assert found["Grade.1"].get("layout") == "select", "many values are a list"
    assert found["note"].tag == "TextArea", "two fields of one attribute are asked once"
    labels = in_cvat(guideline(FIELDS))
    kinds = {a["name"]: a["input_type"] for a in labels["car"]["attributes"]}
    assert kinds == {
        "text": "radio", "note": "text", "count": "text", "share": "text", "Grade.1": "select",
    }  # fmt: skip
    assert [a["name"] for a in labels["item"]["attributes"]] == ["seen"]
    assert labels["item"]["attributes"][0]["values"] == ["__undefined__", "true", "false"]


def test_a_field_called_as_the_item_or_a_shape_keeps_its_name():
    said = {"type": "text", "from": "attribute"}
    found = controls(guideline({"fields/image": said, "fields/box": said}))
    assert (found["image"].tag, found["box"].tag) == ("TextArea", "TextArea")
    assert (found["image_"].tag, found["box_"].tag) == ("Image", "RectangleLabels")


@pytest.mark.parametrize(
    ("kinds", "tags", "left_out", "in_cvat_type"),
    [
        (["mask"], ["BrushLabels"], [], "mask"),
        (["point"], ["KeyPointLabels"], [], "points"),
        (["keypoints"], ["KeyPointLabels"], [], "points"),
        (["polygon", "box"], ["PolygonLabels", "RectangleLabels"], [], "any"),
        (["box", "line"], ["RectangleLabels"], ["line"], "any"),
        (["box", "span"], ["RectangleLabels"], ["span"], "rectangle"),
    ],
    ids=str,
)
def test_each_kind_of_geometry_has_its_tool(kinds, tags, left_out, in_cvat_type):
    one = guideline({"precision": {kind: {"tol_px": 1, "measure": "iou"} for kind in kinds}})
    assert [c.tag for c in controls(one).values() if c.tag in DRAWN] == tags
    text = in_label_studio(one).expert_instruction
    assert all(f"which the guideline asks for: {kind}." in text for kind in left_out)
    assert ("is not set up for" in text) == bool(left_out)
    assert in_cvat(one)["car"]["type"] == in_cvat_type


def test_lines_are_drawn_in_cvat_and_refused_for_label_studio():
    one = guideline({"precision": {"line": {"tol_px": 1, "measure": "point_distance"}}})
    assert in_cvat(one)["van"]["type"] == "polyline"
    with pytest.raises(
        GuidelineError, match=r"found line, where .* can draw: box, keypoints, mask"
    ):
        in_label_studio(one)


def test_spans_are_labelled_on_a_text_and_not_in_cvat():
    one = guideline({"precision": {"span": {"tol_px": 0, "measure": "iou"}}})
    found = controls(one)
    assert (found["text_"].tag, found["text_"].get("value")) == ("Text", "$text")
    assert (found["span"].tag, offered(found["span"])) == ("Labels", ["car", "van"])
    with pytest.raises(GuidelineError, match="CVAT shows: image;"):
        in_cvat(one)


def test_without_shapes_the_label_is_chosen_and_the_medium_can_be():
    one = guideline(NOT_DRAWN)
    assert offered(controls(one)["kind"]) == ["car", "van"]
    assert controls(one)["image"].get("value") == "$image"
    assert controls(one, "text")["text_"].get("value") == "$text"
    labels = in_cvat(one)
    assert {name: label["type"] for name, label in labels.items()} == dict.fromkeys(
        ("car", "van", "item"), "tag"
    )
    assert not labels["car"]["attributes"]


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({}, ["car", "van"]),
        ({"fields/kind/from": "attribute"}, ["vehicle"]),
        ({"fields/kind/from": "attribute", "classes": {}, "coverage": {}}, ["street"]),
        (
            {
                "fields/kind": {"type": "text", "from": "label"},
                "decisions/class": None,
                "migrations": [],
            },
            ["vehicle"],
        ),
    ],
    ids=["the values of the label", "the classes", "the name of the set", "an open label"],
)
def test_shapes_are_labelled_with(changes, labels):
    one = guideline(changes)
    assert offered(controls(one)["box"]) == labels
    assert list(in_cvat(one)) == labels


def test_a_judged_decision_is_asked_for_through_its_field():
    found = controls(guideline({"fields/kind/from": "attribute"}))
    assert offered(found["kind"]) == ["car", "van"]


@pytest.mark.parametrize("source", ["label", "attribute"])
def test_hostile_values_survive(source):
    one = guideline({"fields/kind/values": HOSTILE_VALUES, "fields/kind/from": source} | {
        "decisions/class": None, "migrations": [],
    })  # fmt: skip
    found = controls(one)
    assert offered(found["box" if source == "label" else "kind"]) == HOSTILE_VALUES
    labels = in_cvat(one)
    if source == "label":
        assert list(labels) == HOSTILE_VALUES
    else:
        (kind,) = (a for a in labels["vehicle"]["attributes"] if a["name"] == "kind")
        assert kind["values"] == ["__undefined__", *HOSTILE_VALUES]
    tags = re.findall("<([a-z0-9]+)", in_label_studio(one).expert_instruction)
    assert set(tags) <= {"h1", "h2", "h3", "p", "ul", "ol", "li", "b"}


def test_a_value_that_label_studio_would_read_as_a_variable_is_refused():
    one = guideline({"fields/text/values": ["$5", "$9"], "fields/text/type": "enum"} | {
        "fields/text/fuse": "mode",
    })  # fmt: skip
    with pytest.raises(GuidelineError, match="Label Studio reads '\\$5' as a variable"):
        in_label_studio(one)
    assert "car" in in_cvat(one)


def test_what_is_too_long_for_cvat_is_typed_or_refused():
    many = [f"value {number:04}" for number in range(1000)]
    field = {"type": "enum", "values": many, "from": "attribute", "fuse": "mode"}
    (kind,) = (
        a
        for a in in_cvat(guideline({"fields/code": field}))["car"]["attributes"]
        if a["name"] == "code"
    )
    assert kind["input_type"] == "text"
    with pytest.raises(GuidelineError, match="of 65 characters; CVAT takes at most 64"):
        in_cvat(guideline({"fields/note/attribute": "n" * 65}))


@pytest.mark.parametrize(
    ("changes", "medium", "message"),
    [
        ({}, "text", "found text as the medium of box; allowed is image"),
        ({"precision": {}}, None, "precision: found none, where shapes are asked for"),
        (
            {"fields/other": {"type": "enum", "values": ["bus"], "from": "label", "fuse": "mode"}},
            None,
            "fields: found labels that have no value in common",
        ),
        (
            NOT_DRAWN
            | {
                "fields/size_px": {"type": "number", "from": "metadata", "level": "item"},
                "fields/kind": {"type": "bool", "from": "metadata", "level": "item"},
                "fields/text": {"type": "number", "from": "metadata", "level": "item"},
                "fields/note": None,
                "attributes": {},
                "decisions/class": None,
                "migrations": [],
            },
            None,
            "fields: found no field from label or attribute",
        ),
    ],
    ids=["medium", "no shapes", "no label", "nothing asked"],
)
def test_what_a_tool_cannot_show_is_refused(changes, medium, message):
    for tool in (in_label_studio, in_cvat):
        with pytest.raises(GuidelineError, match=message):
            tool(guideline(changes), medium)


SEEN = {"type": "set", "values": ["cat", "dog"], "from": "attribute", "fuse": "majority"}
BEST = {**SEEN, "type": "ranking", "fuse": "borda", "level": "item"}


def test_a_set_is_as_many_choices_as_apply_or_that_none_does():
    one = guideline({"fields/seen": SEEN, "attributes/seen": {}})
    seen = controls(one)["seen"]
    keys = ("choice", "perRegion", "required")
    assert [seen.get(key) for key in keys] == ["multiple", "true", "true"]
    assert offered(seen) == ["cat", "dog", "none of these"], "an empty answer can be told from none"
    told = in_label_studio(one).expert_instruction
    assert "Of seen, choose all that apply, or &#39;none of these&#39; alone." in told
    named = guideline({"fields/seen": {**SEEN, "values": ["cat", "none of these"]}})
    assert offered(controls(named)["seen"]) == ["cat", "none of these", "none of these_"]


def test_a_ranking_is_made_of_the_values_in_the_data_of_the_task():
    other = {**BEST, "values": [2, 1]}
    one = guideline({"fields/best": BEST, "fields/values_1": other, "attributes/best": {}})
    project = in_label_studio(one)
    found = controls(one)
    assert {name for name, control in found.items() if control.tag == "Ranker"} == {
        "best",
        "values_1",
    }
    shown = found[found["best"].get("toName")]
    assert (shown.tag, shown.get("value")) == ("List", "$values_1")
    assert [bucket.get("name") for bucket in found["best"]] == ["ranked_1"]
    assert project.task_data == {
        "values_1": [{"id": "cat", "title": "cat"}, {"id": "dog", "title": "dog"}],
        "values_2": [{"id": "2", "title": "2"}, {"id": "1", "title": "1"}],
    }
    assert "task_data" not in project.as_json()
    assert "Always required, which Label Studio does not check: best." in project.expert_instruction
    assert not in_label_studio(guideline()).task_data


@pytest.mark.parametrize(
    ("tool", "field", "message"),
    [
        (
            in_label_studio,
            {**BEST, "level": "object"},
            r"found asked \(ranking\); the lists that can be asked for in Label Studio of an object are: set;",
        ),
        (
            in_cvat,
            SEEN,
            r"found asked \(set\); the lists that can be asked for in CVAT of an object are: none;",
        ),
        (
            in_cvat,
            BEST,
            r"found asked \(ranking\); the lists .* in CVAT of an item are: none; declare a field of",
        ),
    ],
    ids=["a ranking of each object", "a set in CVAT", "a ranking in CVAT"],
)
def test_a_list_that_a_tool_cannot_ask_for_is_refused(tool, field, message):
    with pytest.raises(GuidelineError, match=message):
        tool(guideline({"fields/asked": field}))


def test_the_title_of_a_project_fits_and_keeps_the_version():
    title = in_label_studio(guideline({"guideline/set": "s" * 63})).title
    assert len(title) == 50
    assert title.endswith("s 1.1.0")
