"""``gk guideline impact`` and ``gk what-if``: the contract of their JSON, what people see, and where they work."""

import json
import shutil
import subprocess
import sys

import pytest
from builders import small_repository
from builders.change_examples import NEXT
from ruamel.yaml import YAML
from strategies.guideline_documents import document
from typer.testing import CliRunner

from groundkeeper.cli import app
from stages.runner import execute

SMALL = "decisions/include/rules/0/when"
ROWS = """\
record_id,item_id,size_px,night,kind,text,votes,lead_time_s
a,i,9,true,car,1,3,60
b,i,7,true,car,1,3,30
c,j,9,false,van,1,3,
d,k,,true,van,1,3,90
"""
COUNTS = ["untouched", "auto", "revalidate", "reannotate", "contradiction", "search"]


@pytest.fixture
def gk(tmp_path, monkeypatch):
    """Call ``gk`` where two versions and a file of records lie, outside of any repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "records.csv").write_text(ROWS, encoding="utf-8")
    for name, changes in {
        "old": {"migrations": []},
        "new": {**NEXT, SMALL: "size_px < 10 and night"},
    }.items():
        with (tmp_path / f"{name}.yaml").open("w", encoding="utf-8") as file:
            YAML(typ="safe").dump(document(changes), file)

    def call(*words, status=0):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == status, done.output
        return done.stderr if status else done.stdout

    return call


IMPACT = ("guideline", "impact", "old.yaml", "new.yaml", "--on", "records.csv")
WHAT_IF = ("what-if", "old.yaml", "inc.small", "7..10", "--on", "records.csv")


def test_json_has_the_fields_of_its_contract(gk):
    found = json.loads(gk(*IMPACT, "--json"))
    assert (found["set"], found["old"], found["new"]) == ("street", "1.1.0", "1.2.0")
    assert list(found["counts"]) == COUNTS
    assert list(found["counts"].values()) == [2, 1, 1, 0, 0, 0]
    assert (found["need_a_person"], found["total_records"], found["total_items"]) == (1, 4, 3)
    assert found["hours"]["value"] == pytest.approx(3 * 60 / 3600, abs=1e-3)
    assert list(found["hours"]) == ["value", "low", "high", "n", "note"]
    assert found["hours"]["n"] == 3
    records = {one["record_id"]: one for one in found["records"]}
    assert {name: one["action"] for name, one in records.items()} == {
        "a": "auto",
        "d": "revalidate",
    }
    assert records["a"]["old"] == {"include": "annotate"}
    assert records["a"]["new"] == {"include": "skip"}
    assert records["a"]["rule_ids"] == ["inc.small"]
    assert records["d"]["question"] == "What is size_px? On it rests include."


def test_the_first_line_is_in_units_of_people(gk):
    first = gk(*IMPACT).splitlines()[0]
    assert first.startswith("1 of 4 records need a person: about 0.1 hours (")
    assert "from 3 timed answers). Labelling all 3 items anew: about 0.1 hours" in first


def test_without_times_it_says_so_and_every_note_is_shown(gk, tmp_path):
    (tmp_path / "records.csv").write_text("size_px,size\n,1\n", encoding="utf-8")
    shown = gk(*IMPACT)
    assert "1 of 1 records need a person: no times recorded" in shown
    assert "note: columns that no version speaks of: size\n" in shown
    assert "note: no column item_id: every row is taken for an item of its own\n" in shown
    unknown = {"value": None, "low": None, "high": None}
    told = json.loads(gk(*IMPACT, "--json"))["hours"]
    assert told == unknown | {"n": 0, "note": "no times recorded"}


def test_one_guideline_twice_touches_nothing(gk, tmp_path):
    shutil.copyfile(tmp_path / "old.yaml", tmp_path / "copy.yaml")
    words = ("guideline", "impact", "old.yaml", "copy.yaml", "--on", "records.csv", "--json")
    found = json.loads(gk(*words))
    assert list(found["counts"].values()) == [4, 0, 0, 0, 0, 0]
    assert found["records"] == []


def test_items_are_read_from_their_file_and_mean_nothing_without_records(gk, tmp_path):
    (tmp_path / "items.csv").write_text("item_id,night\ni,true\nj,\nk,true\nl,true\n")
    assert json.loads(gk(*IMPACT, "--items", "items.csv", "--json"))["total_items"] == 4
    words = ("guideline", "impact", "old.yaml", "new.yaml", "--items", "items.csv")
    assert "--items items.csv: found no --on" in gk(*words, status=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("old.yaml", "none.yaml", "--on", "records.csv"), "none.yaml': found no such file"),
        (("old.yaml", "new.yaml", "--on", "none.csv"), "none.csv: found no such file"),
        (("old.yaml", "new.yaml", "--on", "old.yaml"), "found the ending .yaml; allowed are .parq"),
        (("old.yaml", "new.yaml"), "the root of a Groundkeeper repository"),
        (("street@1.1.0", "new.yaml", "--on", "records.csv"), "found no repository to look in"),
    ],
)
def test_a_mistake_is_one_message_and_exit_1(words, told, gk):
    shown = gk("guideline", "impact", *words, status=1)
    assert told in shown
    assert shown.startswith("error: ")


def test_a_cost_curve_has_one_point_a_value(gk):
    points = json.loads(gk(*WHAT_IF, "--json"))
    assert [point["value"] for point in points] == [7, 8, 9, 10]
    assert {point["field"] for point in points} == {"size_px"}
    assert [point["touched"] for point in points] == [2, 0, 1, 2]
    assert [list(point["counts"]) for point in points] == [COUNTS] * 4
    assert [point["counts"]["search"] for point in points] == [2, 0, 0, 0]
    shown = gk(*WHAT_IF)
    assert shown.startswith("inc.small of street@1.1.0: now size is less than 8 px")
    assert "note: items without records are not in the file" in shown


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("inc.smal", "7..9"), "no rule 'inc.smal'; there are: inc.odd, inc.small"),
        (("inc.small", "9..7"), "'9..7': allowed is a range such as 3..8"),
        (("inc.small", "7", "--field", "night"), "inc.small: found the thresholds size_px < 8; "),
    ],
)
def test_a_threshold_that_is_none_is_one_message(words, told, gk):
    assert told in gk("what-if", "old.yaml", *words, "--on", "records.csv", status=1)


@pytest.mark.parametrize("words", [IMPACT, WHAT_IF], ids=lambda words: words[0])
def test_a_file_is_assessed_without_what_runs_pipelines(words, gk, tmp_path):
    gk(*words)
    probe = (
        f"import sys; sys.argv = ['gk', *{words}, '--json']\n"
        "from groundkeeper.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        "heavy = {'dvc', 'git', 'prefect', 'great_expectations', 'pandera', 'scipy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, check=True, capture_output=True)


def test_in_a_repository_versions_and_thresholds_are_those_of_the_set(gk, tmp_path):
    name = small_repository.SET
    root = small_repository.without_history(tmp_path / "set")
    (root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    for stage in ("guideline", "items", "sample", "ingest", "consensus"):
        execute(stage, name, root)
    here = ("-C", str(root))
    twice = (f"{name}@1.0.0", f"{name}@1.0.0")
    found = json.loads(gk(*here, "guideline", "impact", *twice, "--json"))
    assert found["counts"]["untouched"] == found["total_records"] > 10
    points = json.loads(gk(*here, "what-if", name, "inc.small", "3,7,8", "--json"))
    assert [point["touched"] for point in points] == [0, 0, found["total_records"]]
    drafts = root / "drafts"
    drafts.mkdir()
    draft = drafts / "small.yaml"
    text = (root / "guidelines" / name / "1.0.0.yaml").read_text(encoding="utf-8")
    draft.write_text(text.replace('"diameter_mm < 3"', '"diameter_mm < 8"'), encoding="utf-8")
    found = json.loads(gk(*here, "guideline", "impact", twice[0], str(draft), "--json"))
    assert found["counts"]["auto"] == points[2]["counts"]["auto"] > 0
