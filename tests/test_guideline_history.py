"""What impact reads of the versions under which answers were given."""

import json

import pytest
from strategies.guideline_documents import document

from groundkeeper import concerns, guideline_history
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.eras import Moved
from groundkeeper.core.guideline.expression import parse
from groundkeeper.core.guideline.normative import concerns as concerns_of
from groundkeeper.core.impact.path import Claim
from groundkeeper.errors import TableError
from groundkeeper.layout import Layout

SMALLER = {"decisions/include/rules/0/when": "size_px < 6 and night"}
WORDING = {"prose/0/text": "Find all vehicles.", "fields/size_px/text": "Its width."}
REWORDED = {"prose/0/text": "Find what moves."}
SCORING = {"scoring/match_iou": 0.7}
BY_ERA = ("fields_by_era", "conventions_by_era", "later_eras")


def claim(meaning):
    entry = {"id": "CHG-9", "kind": "wording", "target": "purpose", "meaning": meaning}
    return {"changelog": [{**entry, "rationale": "Seen.", "decided_by": "Ada"}]}


def line(*changes):
    """Return versions 1.0.0, 2.0.0, ..., each with the changes of all before it and its own."""
    found, so_far = {}, {"guideline/supersedes": None}
    for number, change in enumerate(changes, start=1):
        version = f"{number}.0.0"
        so_far = {**so_far, "changelog": [], **change, "guideline/version": version}
        found[version] = Guideline.model_validate(document(so_far))
        so_far["guideline/supersedes"] = version
    return found


def following(before, version):
    """Return the same guideline once more as *version*, which supersedes it."""
    header = before.guideline.model_copy(update={"version": version, "supersedes": before.version})
    return before.model_copy(update={"guideline": header})


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path, "street")
    layout.folder("guideline").mkdir(parents=True)
    return layout


def written(layout, versions, eras, in_force):
    guideline_history.write(layout, versions, eras, in_force)
    return layout.concern("history").read_bytes()


def test_each_era_has_the_forms_on_its_way_and_the_claims_of_the_steps_between_them(layout):
    versions = line({}, SMALLER, {**REWORDED, **claim("changed")}, {"fields/size_px/version": 2})
    written(layout, versions, ["1.0.0", "3.0.0", "4.0.0"], "4.0.0")
    history = guideline_history.read(layout)
    assert {era: len(stops) for era, stops in history.items()} == {"1.0.0": 3, "3.0.0": 1}
    first, second, third = history["1.0.0"]
    assert [stop.claims for stop in (first, second, third)] == [
        (),
        (Claim("purpose", parse("night")),),
        (),
    ]
    assert third == history["3.0.0"][0]
    assert first.form.decisions.decisions["include"].rules[0].when == parse("size_px < 8 and night")
    assert second.form.consensus == versions["2.0.0"].consensus
    assert second.form.coverage == concerns_of(versions["2.0.0"])["coverage"]
    assert len(json.loads(layout.concern("history").read_text())["forms"]) == 2


def test_equal_forms_in_a_row_are_one_stop_and_a_change_taken_back_is_two(layout):
    back = {"decisions/include/rules/0/when": "size_px < 8 and night"}
    versions = line({}, WORDING, SMALLER, SCORING, back)
    written(layout, versions, ["1.0.0"], "3.0.0")
    (stop,) = guideline_history.read(layout)["1.0.0"]
    written(layout, versions, ["1.0.0"], "5.0.0")
    there, again = guideline_history.read(layout)["1.0.0"]
    assert there == stop
    assert again.form.decisions != stop.form.decisions


def test_back_from_a_newer_era_its_claims_count_as_well(layout):
    written(layout, line({}, {**REWORDED, **claim("changed")}), ["2.0.0"], "1.0.0")
    (stop,) = guideline_history.read(layout)["2.0.0"]
    assert stop.claims == (Claim("purpose", parse("night")),)


@pytest.mark.parametrize(
    "change",
    [{**WORDING, **claim("same")}, {**WORDING, **claim("clarified")}, SCORING],
    ids=["same", "clarified", "scoring"],
)
@pytest.mark.parametrize("before", [{}, SMALLER], ids=["alone", "after a change"])
def test_wording_and_scoring_leave_the_files_as_they_were(change, before, layout):
    versions = line({}, before, change)
    found = []
    for in_force in ("2.0.0", "3.0.0"):
        concerns.write_eras(layout, versions, ["1.0.0"], in_force)
        by_era = [layout.concern(name).read_bytes() for name in BY_ERA]
        found.append([written(layout, versions, ["1.0.0"], in_force), *by_era])
    assert found[0] == found[1]


def test_only_what_differs_is_told_of_the_fields_and_conventions_of_an_era(layout):
    versions = line(
        {},
        {"conventions": {"boxes": "whole"}},
        {
            "fields/kind/values": ["car", "van", "lorry"],
            "decisions/class/outcomes": ["car", "van", "lorry"],
        },
    )
    concerns.write_eras(layout, versions, versions, "3.0.0")
    fields = concerns.fields_by_era(layout)
    assert {era: one["kind"].values for era, one in fields.items()} == {
        "1.0.0": ("car", "van"),
        "2.0.0": ("car", "van"),
    }
    assert concerns.conventions_by_era(layout) == {"1.0.0": {"boxes": Moved("visible", "whole")}}


def test_nothing_is_told_of_a_version_that_nobody_answered_under(layout):
    versions = line({}, {"conventions": {"boxes": "whole"}, "fields/size_px/version": 2}, SMALLER)
    concerns.write_eras(layout, versions, ["2.0.0"], "3.0.0")
    assert concerns.fields_by_era(layout) == concerns.conventions_by_era(layout) == {}


@pytest.mark.parametrize(
    ("eras", "in_force", "later"),
    [
        (["1.0.0", "2.0.0"], "2.0.0", ()),
        (["10.0.0", "1.0.0", "2.0.0", "3.0.0"], "2.0.0", ("3.0.0", "10.0.0")),
        (["1.0.0"], "2.0.0", ()),
        (["2.0.0", "2.1.0"], "3.0.0", ("2.1.0",)),
        (["2.0.0", "3.0.0"], "2.1.0", ("3.0.0",)),
        ([], "2.0.0", ()),
    ],
    ids=["on the way", "gone back", "not answered", "a branch", "from a branch", "no answers"],
)
def test_later_eras_are_those_of_answers_that_do_not_lead_to_the_version_in_force(
    eras, in_force, later, layout
):
    versions = line({}, SMALLER, REWORDED)
    versions["2.1.0"] = following(versions["2.0.0"], "2.1.0")
    versions["10.0.0"] = following(versions["3.0.0"], "10.0.0")
    concerns.write_eras(layout, versions, eras, in_force)
    assert concerns.later_eras(layout) == later


@pytest.mark.parametrize(
    "text", ["[]", '{"paths": {"1.0.0": [{"form": "0", "claims": []}]}, "forms": {}}']
)
def test_a_file_of_another_form_is_refused_with_what_to_do(text, layout):
    for name in ("history", *BY_ERA):
        layout.concern(name).write_text("{}" if name == "later_eras" and text == "[]" else text)
    for read in (
        guideline_history.read,
        concerns.fields_by_era,
        concerns.conventions_by_era,
        concerns.later_eras,
    ):
        with pytest.raises(TableError, match="run the stage `guideline` again"):
            read(layout)
