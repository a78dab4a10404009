"""Acknowledgements and quizzes as batches of the inbox, and what the commands print of them."""

import json
import shutil
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import repositories
from typer.testing import CliRunner

from groundkeeper import batches, files, guideline_files, people, tables
from groundkeeper.cli import people as commands
from groundkeeper.cli.application import application
from groundkeeper.core.people.results import key_of
from groundkeeper.core.people.said import PeopleEvidence
from groundkeeper.core.people.versions import Versions
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.formats import reader
from groundkeeper.layout import Layout
from schemas.names import (
    ACKNOWLEDGEMENTS,
    ANSWERS,
    ITEMS,
    MEASURES,
    RECORDS,
    SAMPLE,
    TASKS,
)

OLD, NEW = "1.0.0", "2.0.0"
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
GUIDELINE = """\
guideline:
  set: red
  version: {version}{supersedes}
  released: 2026-03-02
  owners: [Ada]
  status: published
fields:
  letters: {{type: number, from: attribute, fuse: median}}
decisions:
  include:
    by: derived
    outcomes: [keep, drop]
    default: keep
    rules: [{{id: inc.short, when: "letters < {least}", then: drop}}]
consensus: {{experts: 3, quorum: 2, match: {{by: item}}, shape: none}}
"""
COUNT = 30


def write_guidelines(root):
    folder = root / "guidelines" / "red"
    folder.mkdir(parents=True)
    for version, least in ((OLD, 5), (NEW, 10)):
        supersedes = f"\n  supersedes: {OLD}" if version == NEW else ""
        text = GUIDELINE.format(version=version, least=least, supersedes=supersedes)
        (folder / f"{version}.yaml").write_text(text, encoding="utf-8")
    params = repositories.PARAMS.replace(f"version: {OLD}", f"version: {NEW}", 1)
    (root / "params.yaml").write_text(params, encoding="utf-8")


def write_tables(layout):
    names = [f"it_{n:02}" for n in range(COUNT)]
    items = pd.DataFrame({"item_id": names, "item_key": names, "uri": names, "group_id": names})
    items = items.assign(sha256=None, width_px=None, height_px=None, frames=1, captured_at=pd.NaT)
    items["captured_at"] = pd.to_datetime(items["captured_at"], utc=True)
    sample = items[["item_id", "group_id"]].assign(
        stratum="routine", prn=0.5, inclusion_probability=1.0, split="dev"
    )
    records = items[["item_id"]].assign(
        record_id=[name.replace("it", "rc") for name in names],
        status="agreed",
        votes=3,
        experts=3,
        confidence=1.0,
        spread_iou=np.nan,
        borderline=False,
        decided_by="consensus",
        rule_ids="{}",
        era=OLD,
        letters=np.arange(COUNT) / 2,
    )
    records = records.reindex(columns=[*RECORDS.columns, "letters"])
    for stage, table, frame in (
        ("items", ITEMS, items),
        ("sample", SAMPLE, sample),
        ("decide", RECORDS, records),
    ):
        tables.write(frame, layout.table(stage, table), table)
    files.write_json(layout.concern("version"), {"version": NEW})


@pytest.fixture
def root(tmp_path):
    root = repositories.pipeline(tmp_path / "repository")
    write_guidelines(root)
    return root


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    root = repositories.pipeline(tmp_path_factory.mktemp("people") / "template")
    write_guidelines(root)
    write_tables(Layout(root, "red"))
    people.acknowledge(root, "red", NEW, ["ada", "bob"], MORNING)
    return root


@pytest.fixture
def built(template, tmp_path):
    return shutil.copytree(template, tmp_path / "built")


def gk(root, *words):
    app = application()
    commands.register(app)
    return CliRunner().invoke(app, ["-C", str(root), *words])


def test_who_has_read_a_version_is_a_batch_and_is_not_said_twice(root):
    done = people.acknowledge(root, "red", NEW, ["bob", "ada", " ada "], MORNING)
    assert done.annotators == ("ada", "bob")
    layout = Layout(root, "red")
    [batch] = batches.load_all(layout.inbox)
    assert (batch, batch.era, batch.identity) == (done.batch, NEW, "known")
    told = reader(batch.format).read(batch.path(layout.inbox), {}, ()).acknowledgements
    assert told["annotator"].tolist() == ["ada", "bob"]
    assert set(told["acknowledged_at"]) == {pd.Timestamp(MORNING)}
    more = people.acknowledge(root, "red", NEW, ["ada", "cyd"])
    assert (more.annotators, more.already) == (("cyd",), ("ada",))
    again = people.acknowledge(root, "red", NEW, ["ada"])
    assert (again.batch, again.already) == (None, ("ada",))
    assert len(batches.load_all(layout.inbox)) == 2


def test_an_unknown_version_nobody_and_a_time_without_a_zone_are_refused(root):
    with pytest.raises(UnknownNameError, match=r"9\.9\.9.*there are: 1\.0\.0, 2\.0\.0"):
        people.acknowledge(root, "red", "9.9.9", ["ada"])
    with pytest.raises(RefusedError, match="no annotator"):
        people.acknowledge(root, "red", NEW, [" "])
    with pytest.raises(RefusedError, match="time zone"):
        people.acknowledge(root, "red", NEW, ["ada"], MORNING.replace(tzinfo=None))
    assert batches.load_all(Layout(root, "red").inbox) == ()


def test_a_quiz_is_a_round_for_those_who_have_read_the_version(built):
    asked = {"old": OLD, "per_side": 2, "seed": 0}
    with pytest.raises(RefusedError, match="cyd: not acknowledged"):
        people.open_quiz(built, "red", "quiz", annotators=["ada", "cyd"], **asked)
    made = people.open_quiz(built, "red", "quiz", annotators=["ada", "bob"], **asked)
    assert (made.batch.round, made.batch.era, made.shortfalls) == ("quiz", NEW, ())
    told = reader("tasks").read(made.batch.path(Layout(built, "red").inbox), {}, ()).tasks
    assert made.tasks == len(told) == 2 * made.records
    assert set(told["scope"]) == {"quiz"}
    assert set(told["annotator"]) == {"ada", "bob"}
    assert not {"expected", "keep", "drop"} & set(told.columns)


def test_a_quiz_without_a_way_to_judge_it_is_refused(built):
    asked = {"annotators": ["ada"], "per_side": 2, "seed": 0}
    with pytest.raises(RefusedError, match="no boundary moved"):
        people.open_quiz(built, "red", "quiz", old=NEW, **asked)
    with pytest.raises(UnknownNameError, match=r"1\.5\.0"):
        people.open_quiz(built, "red", "quiz", old="1.5.0", **asked)
    files.write_json(Layout(built, "red").concern("version"), {"version": OLD})
    with pytest.raises(RefusedError, match=r"was built under 1\.0\.0, in force is 2\.0\.0"):
        people.open_quiz(built, "red", "quiz", old=OLD, **asked)


def test_a_quiz_is_about_any_version_and_its_results_know_the_rule_of_that_one(built):
    layout = Layout(built, "red")
    assert {batch.era for batch in batches.load_all(layout.inbox)} == {NEW}
    made = people.open_quiz(built, "red", "quiz", old=OLD, annotators=["ada"], per_side=2, seed=0)
    told = reader("tasks").read(made.batch.path(layout.inbox), {}, ()).tasks
    versions = Versions.of(guideline_files.load_all(layout.guidelines), NEW, eras={NEW})
    assert versions.before(NEW) is None
    observed = tables.read(layout.table("decide", RECORDS), RECORDS)
    key = key_of(asked_of(told, observed), versions)
    letters = key["record_id"].map(observed.set_index("record_id")["letters"])
    assert key["expected"].tolist() == ["drop" if size < 10 else "keep" for size in letters]
    assert key["old_outcome"].tolist() == ["drop" if size < 5 else "keep" for size in letters]
    assert key["expected"].ne(key["old_outcome"]).any()


def asked_of(tasks, observed):
    """Evidence of those tasks alone, nothing answered."""
    of_item = observed.set_index("record_id")["item_id"]
    issued = tasks.assign(item_id=tasks["record_id"].map(of_item), round="quiz")
    none = pd.DataFrame()
    return PeopleEvidence(none, none, issued, none, none, observed, none)


def test_the_commands_acknowledge_and_ask(built):
    done = gk(
        built, "acknowledge", "red", NEW, "--annotator", "cyd", "--at", "2026-03-02T09:00:00Z"
    )
    assert "cyd acknowledged 2.0.0" in done.stdout
    again = gk(built, "acknowledge", "red", NEW, "--annotator", "cyd")
    assert "had acknowledged 2.0.0 before" in again.stdout
    said = gk(built, "acknowledge", "red", NEW, "--annotator", "cyd", "--json")
    assert json.loads(said.stdout)["already"] == ["cyd"]
    assert gk(built, "acknowledge", "red", NEW, "--annotator", "x", "--at", "soon").exit_code == 2
    words = ["quiz", "open", "red", "quiz", "--old", OLD, "--annotator", "cyd", "--per-side", "40"]
    told = json.loads(gk(built, *words, "--json").stdout)
    assert told["tasks"] == told["records"] == COUNT
    assert told["shortfalls"] == [
        "inc.short, where letters < 10 holds: 20 of 40",
        "inc.short, where letters < 10 does not hold: 10 of 40",
    ]


def measure(name, subject, facet, level, value, n, note=""):
    cells = (name, subject, facet, level, value, np.nan, np.nan, n, n, np.nan, note)
    return dict(zip(MEASURES.columns, cells, strict=True))


def test_the_commands_show_what_the_tables_say(built):
    layout = Layout(built, "red")
    told = pd.DataFrame(
        [
            measure("quiz_right", "ada", "round", "quiz", 0.75, 4),
            measure("quiz_wrong_by_old_rule", "ada", "round", "quiz", 1.0, 1),
            measure("old_rule_share", "bob", "version", NEW, 0.8, 10, "records such as rc_1"),
            measure("old_rule_p", "bob", "version", NEW, 0.001, 10),
            measure("keeps_old_rule", "bob", "version", NEW, 1.0, 10),
            measure("keeps_old_rule", "annotators", "version", "1.1.0", np.nan, 0, "all anonymous"),
        ]
    )
    tables.write(told, layout.table("rounds", MEASURES), MEASURES)
    for table in (ANSWERS, TASKS):
        tables.write(tables.empty(table), layout.table("ingest", table), table)
    read = pd.DataFrame({"annotator": ["ada", "bob"], "version": [NEW, OLD], "batch": "b"})
    read["acknowledged_at"] = pd.Timestamp(MORNING)
    tables.write(read, layout.table("ingest", ACKNOWLEDGEMENTS), ACKNOWLEDGEMENTS)

    [result] = json.loads(gk(built, "quiz", "report", "red", "--json").stdout)
    assert (result["right"], result["wrong"], result["wrong_by_old_rule"]) == (0.75, 1, 1.0)
    assert result["low"] is None
    assert "0.75" in gk(built, "quiz", "report", "red").stdout
    document = json.loads(gk(built, "people", "red", "--json").stdout)
    pending = {(one["annotator"], one["version"]): one["pending"] for one in document["read"]}
    assert pending == {("ada", NEW): False, ("bob", OLD): False, ("bob", NEW): True}
    [bob] = document["old_rule"]
    assert (bob["keeps"], bob["p"], bob["share"]) == (True, 0.001, 0.8)
    assert document["notes"] == ["all anonymous"]
    shown = gk(built, "people", "red").stdout
    assert "pending" in shown
    assert "keeps it" in shown


def test_without_figures_the_command_says_which_stage_to_run(built):
    done = gk(built, "quiz", "report", "red")
    assert done.exit_code == 1
    assert "run the stage that writes it" in done.stderr
