"""Rounds as an operator has them: a plan opened, handed out, answered and taken back; over real git and DVC."""

import json
import shutil
import threading
from datetime import UTC, datetime

import pandas as pd
import pytest
from builders import small_repository
from ruamel.yaml import YAML
from typer.testing import CliRunner

from groundkeeper import batches, inbox, people, rounds, tables
from groundkeeper.cli import app
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.formats import tasks as tasks_format
from groundkeeper.inbox.exclusive import alone
from groundkeeper.layout import Layout
from schemas.names import ANSWERS, MEASURES, PLAN, RECORDS, STATES
from stages.runner import execute

SET = small_repository.SET
BUILD = ("guideline", "items", "sample", "ingest", "consensus", "impact", "decide")
NEW = "2.0.0"
EARLIER = datetime(2026, 3, 2, tzinfo=UTC)
"""Before anybody answers."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A set answered under 1.0.0, with 2.0.0 in force, which requires an attribute that nobody recorded."""
    root = small_repository.with_history(tmp_path_factory.mktemp("rounds") / "built")
    folder = Layout(root, SET).guidelines
    yaml = YAML()
    told = yaml.load((folder / "1.0.0.yaml").read_text(encoding="utf-8"))
    told["guideline"] |= {"version": NEW, "supersedes": "1.0.0"}
    told["fields"]["solid"] = {
        "type": "bool",
        "from": "attribute",
        "fuse": "mode",
        "text": "Whether it is solid all through.",
    }
    told["attributes"]["solid"] = {"required_when": "diameter_mm >= 3"}
    with (folder / f"{NEW}.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(told, file)
    params = yaml.load((root / "params.yaml").read_text(encoding="utf-8"))
    params["sets"][SET]["guideline"]["version"] = NEW
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(params, file)
    for stage in BUILD:
        execute(stage, SET, root)
    return root


@pytest.fixture
def root(built, tmp_path):
    return shutil.copytree(built, tmp_path / "repository", symlinks=True)


@pytest.fixture(scope="module")
def opened(built, tmp_path_factory):
    """The set with its plan handed out as round r2, and ada, who has read the version in force."""
    root = shutil.copytree(built, tmp_path_factory.mktemp("opened") / "repository", symlinks=True)
    rounds.open_plan(root, SET, "r2")
    people.acknowledge(root, SET, NEW, ["ada"], EARLIER)
    return root


@pytest.fixture
def asked(opened, tmp_path):
    """A copy of it to work on."""
    return shutil.copytree(opened, tmp_path / "repository", symlinks=True)


def gk(root, *words):
    return CliRunner().invoke(app, ["-C", str(root), *words])


def table(root, stage, which):
    return tables.read(Layout(root, SET).table(stage, which), which)


def answered(root, tmp_path, who, value, state=""):
    """Hand *who* the tasks of round r2, take them in again filled with *value*."""
    sheet = tmp_path / f"{who}.csv"
    assert (
        gk(root, "round", "export", SET, "r2", "--annotator", who, "--out", str(sheet)).exit_code
        == 0
    )
    told = pd.read_csv(sheet, dtype=str, keep_default_na=False)
    filled = told.assign(solid=value, state=state, submitted_at="2026-04-01T09:00:00Z")
    filled.to_csv(sheet, index=False)
    inbox.add(
        root,
        SET,
        sheet,
        format="answers",
        round="r2",
        era=NEW,
        source=who,
        licence="own",
        identity="known",
    )


def test_what_a_change_asks_is_asked_answered_and_then_current(root, tmp_path):
    plan = table(root, "impact", PLAN)
    assert set(plan["unit"]) == {"field"}
    assert set(table(root, "decide", RECORDS)["status"]) <= {"stale", "pending"}
    told = gk(root, "round", "open", SET, "r2", "--json")
    assert json.loads(told.stdout)["tasks"] == len(plan)

    refused = gk(root, "round", "export", SET, "r2", "--annotator", "ada", "--out", "ada.csv")
    assert refused.exit_code == 1
    assert "ada has not acknowledged lung-nodules 2.0.0" in refused.stderr
    people.acknowledge(root, SET, NEW, ["ada", "bob"], EARLIER)
    for who in ("ada", "bob"):
        answered(root, tmp_path, who, "true")
    for stage in (
        "items",
        "sample",
        "guideline",
        "ingest",
        "consensus",
        "impact",
        "decide",
        "rounds",
    ):
        execute(stage, SET, root)

    records = table(root, "decide", RECORDS)
    asked = records[records["record_id"].isin(plan["record_id"])]
    assert asked["solid"].eq(True).all()  # noqa: FBT003 - what everybody said
    assert set(asked["completed_in"]) == {NEW}
    assert "stale" not in set(records["status"])
    assert set(table(root, "impact", STATES)["action"]) <= {"untouched", "auto"}
    assert table(root, "impact", PLAN).query("action != 'second_look'").empty
    (one,) = rounds.rounds(root, SET)
    assert (one.tasks, one.answered, one.answers, one.refused) == (
        len(plan),
        len(plan),
        2 * len(plan),
        0,
    )
    shares = table(root, "rounds", MEASURES).set_index("measure")["value"]
    # Four experts were asked for and two answered: enough to decide, and not what was asked.
    assert shares[["round_answered", "round_complete", "round_refused"]].tolist() == [1, 0, 0]


def test_nothing_is_asked_twice_and_a_round_that_is_taken_back_keeps_its_name(root):
    batch, tasks = rounds.open_plan(root, SET, "r2")
    again, _ = rounds.open_plan(root, SET, "r2")
    assert again == batch
    with pytest.raises(RefusedError, match=f"{tasks} of them in other rounds"):
        rounds.open_plan(root, SET, "r3")
    rounds.withdraw(root, SET, "r2", reason="the rule is discussed again")
    with pytest.raises(RefusedError, match="there was a round r2 already"):
        rounds.open_plan(root, SET, "r2")
    assert rounds.open_plan(root, SET, "r3")[1] == tasks
    told = json.loads(gk(root, "round", "list", SET, "--json").stdout)
    assert [(one["round"], one["tasks"], one["withdrawn"]) for one in told] == [
        ("r3", tasks, None),
        ("r2", None, "the rule is discussed again"),
    ]
    (row,) = [line for line in gk(root, "round", "list", SET).stdout.splitlines() if "r2" in line]
    assert [cell.strip() for cell in row.split("│")][4:6] == ["-", "0"]


def pointer(root, batch):
    return Layout(root, SET).inbox / f"{batch.key}.dvc"


def less_to_ask(root):
    """Let the plan move: it asks for one thing less."""
    path = Layout(root, SET).table("impact", PLAN)
    tables.write(tables.read(path, PLAN).iloc[1:].reset_index(drop=True), path, PLAN)


def test_a_round_that_was_killed_half_way_is_finished_though_the_plan_moved(root):
    batch, tasks = rounds.open_plan(root, SET, "r2")
    pointer(root, batch).unlink()
    less_to_ask(root)
    assert rounds.open_plan(root, SET, "r2") == (batch, tasks)
    assert pointer(root, batch).is_file()
    inbox.verify(root, SET)
    with pytest.raises(RefusedError, match="there was a round r2 already"):
        rounds.open_plan(root, SET, "r2")


def test_a_round_that_was_killed_half_way_is_whole_again_though_another_version_is_in_force(root):
    batch, _ = rounds.open_plan(root, SET, "r2")
    pointer(root, batch).unlink()
    params = root / "params.yaml"
    params.write_text(params.read_text(encoding="utf-8").replace(NEW, "1.0.0"), encoding="utf-8")
    with pytest.raises(RefusedError, match=r"the plan is of version 2\.0\.0"):
        rounds.open_plan(root, SET, "r2")
    inbox.verify(root, SET)


def test_a_round_that_was_killed_half_way_can_be_taken_back(root):
    batch, tasks = rounds.open_plan(root, SET, "r2")
    pointer(root, batch).unlink()
    assert rounds.withdraw(root, SET, "r2", reason="nobody needs it").batch == batch
    inbox.verify(root, SET)
    assert rounds.open_plan(root, SET, "r3")[1] == tasks


def test_of_two_rounds_opened_at_once_one_has_the_tasks(root):
    refused = []

    def opened_elsewhere():
        with pytest.raises(RefusedError, match="of them in other rounds") as caught:
            rounds.open_plan(root, SET, "r3")
        refused.append(caught.value)

    other = threading.Thread(target=opened_elsewhere)
    with alone(Layout(root, SET).inbox):
        other.start()
        other.join(timeout=1)
        assert other.is_alive(), "waits before it looks what is asked"
        batch, _ = rounds.open_plan(root, SET, "r2")
    other.join()
    assert len(refused) == 1
    assert [one.batch for one in rounds.rounds(root, SET)] == [batch]


def test_a_task_that_was_skipped_or_drafted_is_still_to_be_done(asked, tmp_path):
    people.acknowledge(asked, SET, NEW, ["bob"], EARLIER)
    sheet = rounds.handed_out(asked, SET, "r2", "ada")
    answered(asked, tmp_path, "ada", "", "skipped")
    answered(asked, tmp_path, "bob", "true", "draft")
    execute("ingest", SET, asked)
    (one,) = rounds.rounds(asked, SET)
    assert (one.answered, one.answers, one.refused) == (0, 0, 0)
    pd.testing.assert_frame_equal(rounds.handed_out(asked, SET, "r2", "ada"), sheet)
    assert len(rounds.handed_out(asked, SET, "r2", "bob")) == len(sheet)


def test_who_is_asked_about_a_whole_record_again_may_confirm_it(asked):
    (one,) = rounds.rounds(asked, SET)
    assert "confirmed" not in rounds.handed_out(asked, SET, "r2", "ada")
    tasks = tasks_format.read(one.batch.path(Layout(asked, SET).inbox), {}, ()).tasks
    again = tasks.assign(unit="record", scope="record", action="revalidate").iloc[:2]
    rounds.issue(asked, SET, "r3", again, NEW, source="by hand")
    sheet = rounds.handed_out(asked, SET, "r3", "ada")
    assert sheet["confirmed"].tolist() == ["", ""]
    rounds.issue(asked, SET, "r4", again.assign(action="reannotate"), NEW, source="by hand")
    assert "confirmed" not in rounds.handed_out(asked, SET, "r4", "ada")


def test_what_was_handed_out_is_one_document(asked, tmp_path):
    (one,) = rounds.rounds(asked, SET)
    out = str(tmp_path / "ada.csv")
    done = gk(asked, "round", "export", SET, "r2", "--annotator", "ada", "--out", out, "--json")
    assert json.loads(done.stdout) == {
        "set": SET,
        "round": "r2",
        "annotator": "ada",
        "out": out,
        "tasks": one.tasks,
    }


def test_questions_say_what_the_guideline_says_of_the_field(root):
    batch, _ = rounds.open_plan(root, SET, "r2")
    text = (batch.path(Layout(root, SET).inbox)).read_text(encoding="utf-8")
    assert "What is solid?" in text
    assert "Whether it is solid all through." in text


def test_a_plan_of_another_version_is_not_opened(root):
    params = root / "params.yaml"
    params.write_text(params.read_text(encoding="utf-8").replace(NEW, "1.0.0"), encoding="utf-8")
    with pytest.raises(RefusedError, match=r"the plan is of version 2\.0\.0, in force is 1\.0\.0"):
        rounds.open_plan(root, SET, "r2")
    assert [batch.format for batch in batches.load_all(Layout(root, SET).inbox)] == ["lidc"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", SET, "r9", "--annotator", "ada", "--out", "a.csv"), "no open round"),
        (("withdraw", SET, "r9", "--reason", "none"), "no open round"),
        (("open", "livers", "r2"), "no set 'livers'"),
        (("open", SET, "r2", "--only", "contradiction"), "nothing to ask"),
    ],
)
def test_what_is_not_there_is_said_and_changes_nothing(words, said, built):
    done = gk(built, "round", *words)
    assert done.exit_code == 1
    assert said in done.stderr
    assert len(batches.load_all(Layout(built, SET).inbox)) == 1


def test_a_sheet_is_csv_or_parquet(asked, tmp_path):
    for ending, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        out = tmp_path / f"ada{ending}"
        export = ("round", "export", SET, "r2", "--annotator", "ada", "--out", str(out))
        assert gk(asked, *export).exit_code == 0
        assert {"item", "annotator", "task", "solid", "task_question"} <= set(read(out).columns)
    wrong = gk(asked, "round", "export", SET, "r2", "--annotator", "ada", "--out", "ada.xlsx")
    assert wrong.exit_code == 1
    assert "allowed are .csv and .parquet" in wrong.stderr


def test_tasks_of_one_version_are_one_sheet(asked):
    with pytest.raises(UnknownNameError, match=r"1\.0\.0"):
        rounds.handed_out(asked, SET, "r2", "ada", era="1.0.0")
    assert len(rounds.handed_out(asked, SET, "r2", "ada", era=NEW))


@pytest.mark.slow
def test_answers_that_nobody_asked_for_are_kept_and_count_for_nothing(asked, tmp_path):
    answered(asked, tmp_path, "ada", "false")
    rounds.withdraw(asked, SET, "r2", reason="asked the wrong thing")
    before = table(asked, "decide", RECORDS)
    for stage in ("guideline", "ingest", "consensus", "impact", "decide"):
        execute(stage, SET, asked)
    told = table(asked, "ingest", ANSWERS).dropna(subset="task_id")
    assert set(told["refusal"]) == {"withdrawn_plan"}
    pd.testing.assert_frame_equal(table(asked, "decide", RECORDS), before)
    (gone,) = rounds.rounds(asked, SET)
    assert (gone.refused, gone.withdrawn) == (len(told), "asked the wrong thing")
