"""Opening the audit of a change over a set whose guideline moved one threshold."""

import json
import re
import shutil
from collections import Counter

import pandas as pd
import pytest
from builders import small_repository
from ruamel.yaml import YAML
from typer.testing import CliRunner

from groundkeeper import audits, batches, rounds, tables
from groundkeeper.cli import auditing
from groundkeeper.cli.application import application
from groundkeeper.core.audit.design import Goal
from groundkeeper.core.audit.draw import AUDITED
from groundkeeper.core.audit.tasks import DRAWN
from groundkeeper.core.ids import make_id
from groundkeeper.errors import RefusedError, TableError, UnknownNameError
from groundkeeper.formats.frames import TASK_TYPES
from groundkeeper.layout import Layout
from schemas.names import ANSWERS, CARRIED, MEASURES, STATES
from stages.runner import execute

SET = small_repository.SET
STAGES = ("guideline", "items", "sample", "ingest", "consensus", "agreement", "impact")
GOAL = Goal(0.2, 0.9)
PANEL = ["ada", "bo", "cy"]


def put_in_force(root):
    """Write version 2.0.0, which takes out what is not suspicious, and put it in force."""
    yaml = YAML()
    folder = Layout(root, SET).guidelines
    document = yaml.load((folder / "1.0.0.yaml").read_text(encoding="utf-8"))
    document["guideline"] |= {"version": "2.0.0", "supersedes": "1.0.0"}
    document["decisions"]["include"]["rules"][0]["when"] = "diameter_mm < 3 or malignancy <= 2"
    with (folder / "2.0.0.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    params = yaml.load((root / "params.yaml").read_text(encoding="utf-8"))
    params["sets"][SET]["guideline"]["version"] = "2.0.0"
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(params, file)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    made = small_repository.without_history(tmp_path_factory.mktemp("audits") / "repository")
    put_in_force(made)
    (made / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    for stage in STAGES:
        execute(stage, SET, made)
    return made


@pytest.fixture
def issued(monkeypatch):
    """What rounds were opened with; nothing is taken in."""
    found = []

    def issue(root, set_name, round_name, tasks, era, *, source):
        found.append((round_name, tasks, era, source))
        (batch, *_) = batches.load_all(Layout(root, set_name).inbox)
        return batch.model_copy(update={"round": round_name})

    monkeypatch.setattr(rounds, "issue", issue)
    return found


def open_audit(root, **changed):
    return audits.open_audit(
        root, SET, "a1", **{"old": "1.0.0", "goal": GOAL, "annotators": PANEL, **changed}
    )


def test_the_pool_is_what_nobody_is_asked_about(root):
    layout = Layout(root, SET)
    states = tables.read(layout.table("impact", STATES), STATES)
    carried = tables.read(layout.table("impact", CARRIED), CARRIED)
    pool = audits.pool_of(layout, "1.0.0", "2.0.0")
    seen = carried.loc[carried["votes"] > 0, "record_id"]
    wanted = states[
        states["action"].isin([str(a) for a in AUDITED]) & states["record_id"].isin(seen)
    ]
    assert set(pool["record_id"]) == set(wanted["record_id"])
    assert pool["record_id"].is_unique
    ratings = carried.set_index("record_id")["malignancy"]
    spread = (carried["malignancy_high"] - carried["malignancy_low"]).median()
    astride = states.set_index("record_id")["second_look"]
    record = pool["record_id"]
    is_near = (record.map(ratings) - 2.5).abs() <= spread / 2
    assert pool["near"].tolist() == (is_near | record.map(astride)).tolist()
    assert 0 < pool["near"].sum() < len(pool)


def test_tasks_are_blind_and_balanced(root, issued):
    opened = open_audit(root)
    ((name, tasks, era, source),) = issued
    assert (name, era, source) == ("a1", "2.0.0", "audit of 1.0.0 to 2.0.0")
    assert set(TASK_TYPES) - {"task_id"} <= set(tasks.columns)
    assert set(DRAWN) <= set(tasks.columns)
    assert len(tasks) == opened.readings == 2 * sum(opened.drawn.values())
    assert Counter(tasks["era"]) == {"1.0.0": opened.readings / 2, "2.0.0": opened.readings / 2}
    assert (tasks["arm"].map({"old": "1.0.0", "new": "2.0.0"}) == tasks["era"]).all()
    for told in ("question", "asks", "rule_ids", "priority", "unit", "action", "scope"):
        assert len(set(tasks[told])) == 1, f"{told} tells the arms apart"
    assert set(json.loads(tasks["asks"].iloc[0])) >= {"diameter_mm", "malignancy"}
    assert set(tasks["annotator"]) <= set(PANEL)
    assert not tasks.duplicated(["record_id", "annotator"]).any()


def test_the_same_audit_is_the_same_round(root, issued):
    open_audit(root)
    open_audit(root, annotators=PANEL[::-1])
    pd.testing.assert_frame_equal(issued[0][1], issued[1][1])


def test_readers_who_are_not_known_are_refused(root):
    with pytest.raises(RefusedError, match=r"annotators of unknown identity.*--annotator"):
        open_audit(root, annotators=None)


def test_one_reader_is_no_panel(root, issued):
    with pytest.raises(RefusedError, match="the panel is ada; allowed are 2 people or more"):
        open_audit(root, annotators=["ada"])
    assert issued == []


def answered_by(root, folder, *people):
    """A copy of the repository in which *people*, who are known, gave the answers to every item."""
    made = shutil.copytree(root, folder)
    path = Layout(made, SET).table("ingest", ANSWERS)
    once = tables.read(path, ANSWERS).drop_duplicates(["item_id", "era"])
    told = [
        once.assign(
            annotator=who,
            identity="known",
            answer_id=[make_id("ao", who, a) for a in once["answer_id"]],
        )
        for who in people
    ]
    tables.write(pd.concat(told), path, ANSWERS)
    return made


def test_a_record_that_one_person_answered_is_read_once_and_less_is_promised(
    root, issued, tmp_path
):
    of_two = open_audit(answered_by(root, tmp_path / "two", "ada", "bo"), annotators=None)
    of_one = open_audit(answered_by(root, tmp_path / "one", "ada"), annotators=None)
    assert (of_two.drawn, of_two.read_once) == (of_one.drawn, 0)
    assert of_one.read_once == of_one.readings == sum(of_one.drawn.values())
    assert set(issued[1][1]["annotator"]) == {"ada"}
    for action in of_one.drawn:
        assert of_two.bounds[action] < of_one.bounds[action]
        assert of_one.is_enough(action) == (of_one.bounds[action] <= GOAL.miss_rate)
    assert not all(map(of_one.is_enough, of_one.drawn))


@pytest.mark.usefixtures("issued")
def test_the_command_says_which_records_are_read_once(root, tmp_path):
    made = answered_by(root, tmp_path / "one", "ada")
    words = ["audit", "open", SET, "a1", "--old", "1.0.0", "--miss-rate", "0.2"]
    told = " ".join(gk(made, *words).output.split())
    assert re.search(r"(\d+) of \1 drawn records are read by one person, under one version", told)
    document = json.loads(gk(made, *words, "--json").stdout)
    assert document["read_once"] == document["readings"]
    for one in document["actions"]:
        assert one["is_enough"] == (one["bound"] <= 0.2)


def test_nothing_changed_is_nothing_to_audit(root):
    with pytest.raises(RefusedError, match=r"2\.0\.0 is in force, so nothing changed"):
        open_audit(root, old="2.0.0")
    with pytest.raises(UnknownNameError, match=r"no version 'lung-nodules@9\.9\.9'"):
        open_audit(root, old="9.9.9")


def test_an_impact_of_another_version_is_refused(root, tmp_path):
    stale = shutil.copytree(root, tmp_path / "stale")
    (stale / "params.yaml").write_text(
        (stale / "params.yaml").read_text(encoding="utf-8").replace("2.0.0", "1.0.0"),
        encoding="utf-8",
    )
    with pytest.raises(
        RefusedError, match=r"impact is that of version 2\.0\.0, in force is 1\.0\.0"
    ):
        open_audit(stale)


def gk(root, *words):
    app = application()
    auditing.register(app)
    return CliRunner().invoke(app, ["-C", str(root), *words])


@pytest.mark.usefixtures("issued")
def test_the_command_says_how_much_is_drawn_and_what_it_shows(root):
    words = ["audit", "open", SET, "a1", "--old", "1.0.0", "--miss-rate", "0.01"]
    readers = [word for name in PANEL for word in ("--annotator", name)]
    told = gk(root, *words, *readers)
    assert told.exit_code == 0, told.output
    assert "opened the audit of 1.0.0 to 2.0.0 as a1" in told.output
    assert "too few to show a miss rate of 0.01" in " ".join(told.output.split())
    document = json.loads(gk(root, *words, *readers, "--json").stdout)
    assert [one["action"] for one in document["actions"]] == ["untouched", "auto"]
    assert document["readings"] == 2 * sum(one["drawn"] for one in document["actions"])


def test_the_report_prints_the_figures_of_audits_alone(root):
    path = Layout(root, SET).table(audits.STAGE, MEASURES)
    row = {"subject": "a1", "facet": "action", "level": "auto", "value": 0.04, "n": 9, "groups": 8}
    made = pd.DataFrame(
        [
            {"measure": "audit_missed_bound", **row, "effective_n": 7.5, "note": "one-sided, 95%"},
            {"measure": "quiz_right", **row, "effective_n": 7.5, "note": ""},
        ]
    ).reindex(columns=list(MEASURES.columns))
    tables.write(made.astype({"low": "float64", "high": "float64"}), path, MEASURES)
    told = gk(root, "audit", "report", SET)
    assert "missed_bound" in told.output
    assert "quiz" not in told.output
    (row,) = json.loads(gk(root, "audit", "report", SET, "--json").stdout)
    assert (row["value"], row["low"], row["n"]) == (0.04, None, 9)
    path.unlink()


def test_a_report_before_anything_was_measured_is_an_error(root):
    with pytest.raises(TableError):
        audits.report(root, SET)
    with pytest.raises(UnknownNameError):
        audits.report(root, "nowhere")
