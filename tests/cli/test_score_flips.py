"""``gk score flips`` on the tables of a set, and rounds that ask first for what could turn a ranking round."""

import json

import numpy as np
import pandas as pd
import pytest
from builders import small_repository
from typer.testing import CliRunner

from groundkeeper import files, flips, rounds, tables
from groundkeeper.cli import app, score
from groundkeeper.cli.application import application
from groundkeeper.errors import RefusedError, UnknownNameError
from groundkeeper.formats import reader
from groundkeeper.layout import Layout
from schemas.names import GT_ITEMS, PLAN, PREDICTIONS, RECORDS
from schemas.scoring import BOUNDS, OUTCOMES, SCORED
from stages.runner import execute

SET = small_repository.SET
ITEMS = [f"i{n}" for n in range(5)]
CONSENSUS = {
    "experts": 3,
    "quorum": 2,
    "match": {"by": "iou", "at_least": 0.1},
    "shape": "none",
}
BUILD = ("guideline", "items", "sample", "ingest", "consensus", "impact", "decide")
ROW = [
    *("record_id", "item_id", "status", "doubt", "action", "priority", "first", "second", "gap"),
    *("lowest", "move", "of_gap", "flips", "place"),
]


def outcome(subject, number, what, said="nodule", record="r"):
    """What became of one record: *said* None where nothing was said."""
    return {
        "subject": subject,
        "item_id": f"i{number % 5}",
        "record_id": f"{record}{number}",
        "annotation_id": said and f"{subject}{record}{number}",
        "outcome": what,
        "truth": "nodule",
        "said": said,
    }


def write_outcomes(layout, rows):
    kinds = {"str": "str", "float": "float64"}
    types = {name: kinds[kind.removesuffix("?")] for name, kind in OUTCOMES.columns.items()}
    frame = pd.DataFrame(rows).reindex(columns=list(OUTCOMES.columns)).astype(types)
    tables.write(frame, layout.table("score", OUTCOMES), OUTCOMES)


def filled(rows, table, columns):
    """Rows with the columns of *table*, those that are not given as empty as their type can be."""
    nothing = {"str": "", "int": 0, "float": 0.0, "bool": False, "json": "[]"}
    frame = pd.DataFrame(rows, columns=columns)
    for name, kind in table.columns.items():
        if name not in frame:
            frame[name] = None if kind.endswith("?") else nothing[kind]
    return frame[list(table.columns)]


def write_models(layout, of_models, people=()):
    """Say who is a model and looked at which items, and who is an annotator."""
    answers = [
        (f"{name}{item}", item, name, "submitted")
        for name, items in of_models.items()
        for item in items
    ]
    columns = ["answer_id", "item_id", "annotator", "state"]
    told = filled(answers, PREDICTIONS, columns).assign(sequence=0)
    tables.write(told, layout.table("ingest", PREDICTIONS), PREDICTIONS)
    subjects = [(name, "model") for name in of_models] + [(name, "human") for name in people]
    scored = filled(subjects, SCORED, ["subject", "origin"]).assign(foreign_classes="{}")
    tables.write(scored, layout.table("score", SCORED), SCORED)


def write_items(layout, states):
    items = filled(states, GT_ITEMS, ["item_id", "status", "experts"])
    tables.write(items, layout.table("decide", GT_ITEMS), GT_ITEMS)
    layout.concern("consensus").parent.mkdir(parents=True, exist_ok=True)
    files.write_json(layout.concern("consensus"), CONSENSUS)


def write_bounds(layout, of_models):
    rows = [(name, "recall", *ends) for name, ends in of_models.items()]
    told = filled(rows, BOUNDS, ["subject", "measure", "low", "high"])
    tables.write(told, layout.table("score", BOUNDS), BOUNDS)


@pytest.fixture
def layout(tmp_path):
    """Ada finds nine of ten, Bob eight; of three pending records each found one, and nobody the third."""
    (tmp_path / "params.yaml").write_text("sets: {}\n", encoding="utf-8")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    found = Layout(tmp_path, SET)
    rows = [outcome("ada", n, "correct") for n in range(9)]
    rows += [outcome("bob", n, "correct") for n in range(8)]
    rows += [outcome("ada", 9, "missing", None)]
    rows += [outcome("bob", n, "missing", None) for n in (8, 9)]
    rows += [
        outcome("ada", 0, "excluded", record="open"),
        outcome("bob", 1, "excluded", record="open"),
    ]
    write_outcomes(found, rows)
    states = [(f"open{n}", f"i{n}", "pending", 2, 3) for n in range(3)]
    states += [(f"r{n}", f"i{n % 5}", "agreed", 3, 3) for n in range(10)]
    records = filled(states, RECORDS, ["record_id", "item_id", "status", "votes", "experts"])
    tables.write(records, found.table("decide", RECORDS), RECORDS)
    asked = [("p0", "open0", "i0", 3.0), ("p1", "open1", "i1", 1.0), ("p2", "open2", "i2", 2.0)]
    plan = filled(asked, PLAN, ["plan_id", "record_id", "item_id", "priority"])
    tables.write(plan.assign(action="reannotate"), found.table("impact", PLAN), PLAN)
    write_items(found, [(f"i{n}", "agreed", 3) for n in range(5)])
    write_models(found, {"ada": ITEMS, "bob": ITEMS})
    write_bounds(found, {"ada": (0.7, 0.9), "bob": (0.6, 0.85)})
    return found


def gk(layout, *words, status=0):
    alone = application()
    score.register(alone)
    done = CliRunner().invoke(alone, ["-C", str(layout.root), "score", "flips", SET, *words])
    assert done.exit_code == status, done.output
    return done.stderr if status else done.stdout


def test_the_record_that_could_turn_the_ranking_round_comes_first(layout):
    told = json.loads(gk(layout, "--measure", "recall", "--json"))
    assert told["records_in_doubt"] == 3
    (lead,) = told["leads"]
    assert (lead["first"], lead["second"], round(lead["gap"], 6)) == ("ada", "bob", 0.1)
    assert list(told["records"][0]) == ROW
    assert [one["record_id"] for one in told["records"]] == ["open1", "open0", "open2"]
    first = told["records"][0]
    # Bob's own record is there: nine of eleven each.
    assert round(first["lowest"], 6) == round(9 / 11 - 9 / 11, 6)
    assert not first["flips"]


def test_a_lead_is_called_safe_only_where_the_bounds_are_apart(layout):
    assert flips.flips(layout, "recall").safe == [False]
    shown = gk(layout, "--measure", "recall")
    assert "not shown" in shown
    assert flips.CAVEAT in shown
    assert "over 5 items that all of them answered" in shown
    write_bounds(layout, {"ada": (0.7, 0.9), "bob": (0.2, 0.65)})
    assert flips.flips(layout, "recall").safe == [True]
    told = json.loads(gk(layout, "--measure", "recall", "--json"))
    assert (told["leads"][0]["safe"], told["note"]) == (True, flips.CAVEAT)


def test_no_lead_is_safe_where_settled_records_are_doubted_too(layout):
    write_bounds(layout, {"ada": (0.7, 0.9), "bob": (0.2, 0.65)})
    path = layout.table("decide", RECORDS)
    records = tables.read(path, RECORDS)
    tables.write(records.assign(confidence=0.5), path, RECORDS)
    assert flips.flips(layout, "recall", below=0.8).safe == [False]
    assert flips.flips(layout, "recall").safe == [True]


def test_models_are_ranked_over_the_items_that_all_of_them_answered(layout):
    # Ada answered one item, with one record that she finds; the other found nothing else wrong in four more.
    rows = [outcome("ada", 0, "correct")]
    rows += [
        outcome("bob", n, "correct" if n else "missing", "nodule" if n else None) for n in range(5)
    ]
    write_outcomes(layout, rows)
    write_models(layout, {"ada": ["i0"], "bob": ITEMS})
    write_bounds(layout, {"ada": (1, 1), "bob": (0.1, 0.2)})
    told = json.loads(gk(layout, "--measure", "recall", "--json"))
    (lead,) = told["leads"]
    assert (told["items"], told["items_left_out"]) == (1, {"ada": 0, "bob": 4})
    assert lead["gap"] == 1, "nothing of four out of five"
    assert lead["safe"] is False, "the bounds of Bob are over other items"
    assert "bob is scored in 4 others too" in gk(layout, "--measure", "recall")
    write_models(layout, {"ada": ["i0"], "bob": ITEMS[1:]})
    assert "all answered" in gk(layout, status=1)


def test_a_model_of_few_items_narrows_nobody_else(layout):
    rows = [outcome("ada", n, "correct") for n in range(5)]
    rows += [outcome("bob", n, "correct") for n in range(4)] + [outcome("bob", 4, "missing", None)]
    rows += [outcome("eve", 0, "correct"), outcome("zoe", 3, "correct")]
    write_outcomes(layout, rows)
    write_models(layout, {"ada": ITEMS, "bob": ITEMS, "eve": ["i0"], "zoe": ["i3"]})
    told = json.loads(gk(layout, "--measure", "recall", "--json"))
    leads = [(one["first"], one["second"], one["items"], one["is_tie"]) for one in told["leads"]]
    assert leads == [
        ("ada", "bob", 5, False),
        ("bob", "eve", 1, True),
        ("bob", "zoe", 1, True),
    ]
    assert told["leads"][1]["items_left_out"] == {"bob": 4, "eve": 0}
    shown = " ".join(gk(layout, "--measure", "recall").split())
    assert "level" in shown
    assert (
        "bob and eve: over 1 items, as eve answered no others; bob is scored in 4 others too"
        in shown
    )
    assert flips.flips(layout, "recall", between=("ada", "eve")).items == 1


def test_who_is_in_no_lead_is_told_with_the_reason(layout):
    rows = [outcome(who, n, "correct") for who in ("ada", "bob") for n in range(5)]
    write_outcomes(layout, [*rows, outcome("eve", 0, "extra") | {"truth": None}])
    write_models(layout, {"ada": ITEMS, "bob": ITEMS, "eve": ["i0"], "zoe": ["i9"]})
    shown = " ".join(gk(layout, "--measure", "recall").split())
    assert "eve: in no lead, as it has no score" in shown
    write_models(layout, {"ada": ITEMS[:3], "bob": ITEMS[:3], "eve": ITEMS[3:]})
    write_outcomes(layout, [*rows, outcome("eve", 4, "correct")])
    assert "eve: not compared" in " ".join(gk(layout, "--measure", "recall").split())


def test_who_answered_and_drew_nothing_misses_what_is_confirmed(layout):
    rows = [outcome("ada", n, "correct") for n in (1, 2)] + [outcome("bob", 1, "correct")]
    rows += [outcome("bob", 2, "missing", None), outcome("bob", 0, "excluded", record="open")]
    write_outcomes(layout, rows)
    (first, *_) = flips.flips(layout, "recall").table.to_dict("records")
    # Nothing of Ada is in the item of the pending record: she answered, and would have missed it.
    assert first["record_id"] == "open0"
    assert first["lowest"] == pytest.approx(2 / 3 - 2 / 3)


def test_annotators_are_in_no_ranking(layout):
    write_models(layout, {"ada": ITEMS}, people=["bob"])
    assert "annotators are in none" in gk(layout, status=1)
    assert "bob" in gk(layout, "--between", "ada", "bob", status=1)


def test_items_that_nobody_is_scored_in_are_told_and_left_out(layout):
    write_items(layout, [("i0", "pending", 1), *((f"i{n}", "agreed", 3) for n in range(1, 5))])
    found = flips.flips(layout, "recall")
    assert (found.items, found.items_open) == (4, 1)
    assert "1 items are in no score yet" in gk(layout)


def test_the_same_is_shown_to_people_and_written_as_csv(layout, tmp_path):
    shown = gk(layout, "--csv", str(tmp_path / "flips.csv"))
    assert "ada over bob" in shown
    written = pd.read_csv(tmp_path / "flips.csv")
    assert list(written.columns) == ROW
    assert np.isfinite(written["move"]).all()


def test_settled_records_that_are_doubted_are_listed_on_demand(layout):
    path = layout.table("decide", RECORDS)
    records = tables.read(path, RECORDS)
    sure = records.assign(confidence=np.where(records["record_id"] == "r8", 0.55, 0.99))
    tables.write(sure, path, RECORDS)
    assert json.loads(gk(layout, "--json"))["records_in_doubt"] == 3
    told = json.loads(gk(layout, "--settled", "0.8", "--json"))
    assert told["records_in_doubt"] == 4
    (row,) = [one for one in told["records"] if one["record_id"] == "r8"]
    assert round(row["doubt"], 2) == 0.45


def test_what_cannot_be_ranked_is_refused(layout):
    assert "measure of a ranking" in gk(layout, "--measure", "beauty", status=1)
    assert "eve" in gk(layout, "--between", "ada", "eve", status=1)
    write_outcomes(layout, [outcome("ada", 1, "correct")])
    assert "a ranking needs two" in gk(layout, status=1)
    write_models(layout, {"ada": ITEMS})
    assert "a ranking needs two" in gk(layout, status=1)
    values = [outcome("ada", 1, "correct") | {"record_id": None}]
    write_outcomes(layout, values)
    with pytest.raises(RefusedError, match="values of items"):
        flips.flips(layout)
    with pytest.raises(UnknownNameError):
        flips.flips(layout, "beauty")


def test_tasks_come_in_the_order_of_the_ranking_then_of_the_plan(layout):
    plan = tables.read(layout.table("impact", PLAN), PLAN)
    more = plan.iloc[[0]].assign(plan_id="p9", record_id=None, priority=9.0)
    tasks = pd.concat([plan, more], ignore_index=True)
    ordered = flips.ranking_first("recall")(layout, tasks)
    assert ordered["plan_id"].tolist() == ["p1", "p0", "p2", "p9"]
    assert ordered["priority"].tolist() == [4, 3, 2, 1]
    assert flips.ranking_first("recall", 2)(layout, tasks)["plan_id"].tolist() == ["p1", "p0"]
    assert tasks["priority"].tolist() == [3, 1, 2, 9], "what was given stays as it is"


def test_without_being_asked_for_the_plan_is_as_it_was(layout):
    tasks = tables.read(layout.table("impact", PLAN), PLAN)
    pd.testing.assert_frame_equal(flips.plan_first()(layout, tasks), tasks)
    assert flips.plan_first(2)(layout, tasks)["plan_id"].tolist() == ["p0", "p2"]


def test_a_round_asks_first_for_what_could_turn_the_ranking_round(tmp_path):
    root = small_repository.with_history(tmp_path / "repository")
    for stage in BUILD:
        execute(stage, SET, root)
    layout = Layout(root, SET)
    path = layout.table("impact", PLAN)
    plan = tables.read(path, PLAN)
    there = layout.table("decide", RECORDS)
    records = tables.read(there, RECORDS)
    pending = records.head(3)
    status = np.where(records.index < 3, "pending", records["status"])
    tables.write(records.assign(status=status), there, RECORDS)
    asked = [
        (f"pl_{n:020}", row.record_id, row.item_id, 5.0 - n)
        for n, row in enumerate(pending.itertuples())
    ]
    work = filled(asked, PLAN, ["plan_id", "record_id", "item_id", "priority"])
    work = work.assign(action="reannotate", unit="record", experts=2, question="What is it?")
    tables.write(pd.concat([plan.iloc[:0], work]), path, PLAN)
    last = pending.iloc[2]
    rows = [outcome(who, n, "correct") for who in ("ada", "bob") for n in range(4)]
    rows += [outcome("bob", 4, "extra")]
    rows += [
        outcome("bob", 5, "excluded") | {"record_id": last["record_id"], "item_id": last["item_id"]}
    ]
    write_outcomes(layout, rows)
    items = {*(row["item_id"] for row in rows), *pending["item_id"]}
    write_models(layout, {"ada": sorted(items), "bob": sorted(items)})
    write_bounds(layout, {})
    write_items(layout, [(item, "agreed", 3) for item in sorted(items)])

    words = ["round", "open", SET, "r2", "--first", "ranking", "--most", "2", "--json"]
    done = CliRunner().invoke(app, ["-C", str(root), *words])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["tasks"] == 2
    (one,) = rounds.rounds(root, SET)
    told = reader("tasks").read(one.batch.path(layout.inbox), one.batch.options, ()).tasks
    ordered = told.sort_values("priority", ascending=False)
    assert ordered["record_id"].tolist() == [last["record_id"], pending.iloc[0]["record_id"]]
