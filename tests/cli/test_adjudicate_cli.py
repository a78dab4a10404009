"""``gk adjudicate``: from the queue through the inbox to the released records, over real git and DVC."""

import json
import shutil

import pandas as pd
import pytest
from builders.open_cases import (
    SET,
    WHY,
    batches_of,
    build,
    case_with,
    gk,
    record,
    refused,
    stating,
    table,
    take_in,
    told,
)
from builders.verdicts import line
from ruamel.yaml import YAML

from groundkeeper import adjudication, inbox
from groundkeeper.errors import InboxError
from groundkeeper.layout import Layout
from schemas.adjudication import ADJUDICATION_QUEUE, VERDICTS
from schemas.names import ANSWERS, EDGE_CASES, GT_ITEMS, ITEMS, PLAN, RECORD_PARTS, RECORDS


@pytest.fixture
def root(open_ones, tmp_path):
    return shutil.copytree(open_ones, tmp_path / "repository", symlinks=True)


def test_the_list_is_the_queue_in_its_order_and_next_is_its_first(root):
    queue = table(root, "decide", ADJUDICATION_QUEUE)
    ordered = queue.sort_values(["expected_error", "record_id"], ascending=[False, True])
    found = told(root, "list", SET)
    assert [one["record"] for one in found] == ordered["record_id"].tolist()
    assert {one["state"] for one in found} == {"open"}
    assert found[0]["expected_error"] == ordered["expected_error"].iloc[0]
    picture = root / "there" / "case.svg"
    case = told(root, "next", SET, "--picture", picture)
    assert (case["record"], case["picture"]) == (found[0]["record"], picture.as_posix())
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert case["experts_anonymous"]
    words = gk(root, "list", SET, "--limit", 1).stdout
    assert f"{len(found)} open, 0 gap, 0 decided; {len(found) - 1} more" in words


def test_nobodys_name_is_shown_to_the_adjudicator(root):
    names = set(table(root, "ingest", ANSWERS)["annotator"])
    case = case_with(root)
    shown = gk(root, "next", SET, case["record"], "--picture", root / "case.svg").stdout
    drawn = (root / "case.svg").read_text(encoding="utf-8")
    for text in (shown, drawn, json.dumps(case)):
        assert not any(name in text for name in names)


def test_a_position_that_is_chosen_is_the_record(root):
    case = case_with(root)
    chosen = case["positions"][-1]
    said = told(root, "decide", SET, case["record"], "--verdict", chosen["letter"], *WHY)
    assert said["position"] == chosen["annotations"]
    (one,) = [row for row in told(root, "list", SET) if row["state"] == "decided"]
    assert (one["record"], one["built"], one["adjudicator"]) == (case["record"], False, "eve")
    build(root)
    row = record(root, case["record"])
    assert row[["status", "decided_by"]].tolist() == ["adjudicated", "adjudicator"]
    assert row[["votes", "experts"]].tolist() == [case["votes"], case["experts"]]
    assert row["malignancy"] == chosen["attributes"]["malignancy"]
    parts = table(root, "decide", RECORD_PARTS)
    mine = parts[parts["record_id"] == case["record"]]
    assert sorted(mine["frame"]) == chosen["frames"]
    assert case["record"] not in set(table(root, "decide", ADJUDICATION_QUEUE)["record_id"])
    (one,) = [row for row in told(root, "list", SET) if row["state"] == "decided"]
    assert (one["built"], one["letter"]) == (True, chosen["letter"])


@pytest.mark.slow
def test_a_verdict_is_reversed_by_a_new_one_that_names_it_and_both_are_kept(root):
    case = case_with(root)
    told(root, "decide", SET, case["record"], "--verdict", "A", *WHY)
    (first,) = [row for row in told(root, "list", SET) if row["state"] == "decided"]
    message = refused(root, "decide", SET, case["record"], "--verdict", "absent", *WHY)
    assert f"allowed is `--reverses {first['verdict_id']}`" in message
    again = ("--verdict", "absent", "--reverses", first["verdict_id"], *WHY)
    told(root, "decide", SET, case["record"], *again)
    build(root)
    row = record(root, case["record"])
    assert row[["status", "decided_by"]].tolist() == ["retired", "adjudicator"]
    kept = table(root, "ingest", VERDICTS)
    assert kept["refusal"].isna().all()
    assert set(kept["reverses"].dropna()) == {first["verdict_id"]}
    assert set(kept["verdict"]) == {"position", "absent"}
    item = table(root, "decide", GT_ITEMS).set_index("item_id").loc[row["item_id"]]
    alive = table(root, "decide", RECORDS).query("status != 'retired'")
    assert item["records"] == (alive["item_id"] == row["item_id"]).sum()


def test_a_gap_of_the_guideline_decides_nothing_and_becomes_an_edge_case(root):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    before = record(root, case["record"])
    words = ("--verdict", "guideline_gap", "--by", "eve", "--rationale", "What of a cavity?")
    told(root, "decide", SET, case["record"], *words)
    assert told(root, "next", SET, "--picture", root / "case.svg")["record"] != case["record"]
    build(root)
    (row,) = table(root, "ingest", EDGE_CASES).to_dict("records")
    assert (row["record_id"], row["annotator"], row["text"]) == (
        case["record"],
        "eve",
        "What of a cavity?",
    )
    after = record(root, case["record"])
    assert after["status"] == before["status"]
    assert pd.isna(after["adjudication"])
    (one,) = [row for row in told(root, "list", SET) if row["state"] == "gap"]
    assert one["record"] == case["record"]
    told(root, "decide", SET, case["record"], "--verdict", "A", *WHY)


def drawn(root, frame=1):
    path = root / "shape.json"
    ring = "POLYGON ((10 10, 30 10, 30 30, 10 30, 10 10))"
    path.write_text(json.dumps({"kind": "polygon", "parts": [{"frame": frame, "wkt": ring}]}))
    return path


@pytest.mark.slow
def test_neither_has_values_and_a_shape_of_its_own(root):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    words = ("--verdict", "neither", "--shape", drawn(root), *stating(case, malignancy=5), *WHY)
    told(root, "decide", SET, case["record"], *words)
    build(root)
    row = record(root, case["record"])
    assert (row["status"], row["malignancy"]) == ("adjudicated", 5)
    parts = table(root, "decide", RECORD_PARTS)
    (part,) = parts[parts["record_id"] == case["record"]].to_dict("records")
    assert (part["frame"], part["geometry"].area) == (1, 400.0)


def test_what_cannot_count_is_refused_before_anything_is_written(root):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    name = case["record"]
    answers = table(root, "ingest", ANSWERS)
    items = {row["item"]: row["record"] for row in told(root, "list", SET)}
    expert = next(who for who in answers["annotator"] if case["item"].split("-")[-1] in who)
    neither = ("--verdict", "neither", *WHY)
    expected = {
        ("decide", SET, "rc_" + "0" * 20, "--verdict", "A", *WHY): "no case of lung-nodules",
        ("decide", SET, name, "--verdict", "Q", *WHY): "no verdict on",
        ("decide", SET, name, "--verdict", "A", *WHY, "--rule", "nope"): "no rule of lung-nodules@",
        ("decide", SET, name, "--verdict", "A", *WHY, "--reverses", "ao_1"): "no `--reverses`",
        ("decide", SET, name, "--verdict", "A", *WHY, "--value", "malignancy=1"): "neither alone",
        ("decide", SET, name, *neither): "found neither without a shape",
        ("decide", SET, name, *neither, "--value", "malignancy=9"): "allowed is 1, 2, 3, 4, 5",
        ("decide", SET, name, *neither, "--value", "diameter_mm=9"): "said in words",
        ("decide", SET, name, *neither, "--shape", str(drawn(root, 99))): "found frames 99",
        ("decide", SET, name, "--verdict", "A", "--by", "eve", "--rationale", " "): "says nothing",
    }
    assert name in items.values()
    for words, message in expected.items():
        assert message in refused(root, *words), words
    own = ("--by", expert, "--rationale", "Mine was right.")
    cases = [
        one
        for one in items.values()
        if "among the experts" in gk(root, "decide", SET, one, "--verdict", "A", *own).stderr
    ]
    assert cases, "an expert settled a case of their own"
    assert (
        gk(root, "decide", SET, name, "--verdict", "A", *WHY, "--at", "2027-01-01").exit_code == 2
    )
    assert gk(root, "decide", SET, name, "--verdict", "A", *WHY, "--value", "x").exit_code == 2


def test_killed_before_the_last_step_the_same_command_finishes_it(root):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    words = ("decide", SET, case["record"], "--verdict", "A", *WHY)
    before = batches_of(root)
    first = told(root, *words)
    (root / "data" / "inbox" / SET / f"{first['batch']}.dvc").unlink()
    assert told(root, *words) == first
    assert set(batches_of(root)) - set(before) == {first["batch"], f"{first['batch']}.dvc"}
    inbox.verify(root, SET)


@pytest.mark.parametrize(
    ("malignancy", "other"),
    [(1, ()), (5, ("--at", "2027-02-03T00:00:00Z")), (5, ("--reverses", "ao_other"))],
)
def test_who_says_anything_else_after_a_kill_is_told_what_was_decided(root, malignancy, other):
    case = case_with(root)
    words = ("decide", SET, case["record"], "--verdict", "neither", *WHY)
    shape = ("--shape", drawn(root))
    first = told(root, *words, *shape, *stating(case, malignancy=5))
    (root / "data" / "inbox" / SET / f"{first['batch']}.dvc").unlink()
    done = gk(root, *words, *shape, *stating(case, malignancy=malignancy), *other)
    assert done.exit_code == 1
    assert "--reverses ao_" in done.stderr


@pytest.mark.slow
def test_the_same_gap_twice_is_one_question(root):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    words = ("decide", SET, case["record"], "--verdict", "guideline_gap", "--by", "eve")
    first = told(root, *words, "--rationale", "What of a cavity?")
    before = batches_of(root)
    assert told(root, *words, "--rationale", "What of a cavity?") == first
    assert batches_of(root) == before
    assert "allowed is one for each person" in refused(root, *words, "--rationale", "And a scar?")


def test_killed_while_the_batch_is_made_nothing_is_there(root, monkeypatch):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    before = batches_of(root)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(inbox, "_flush", killed)
    ruling = adjudication.Ruling("A", "It follows the vessel.", "eve")
    with pytest.raises(KeyboardInterrupt):
        adjudication.decide(root, SET, case["record"], ruling)
    assert batches_of(root) == before
    assert told(root, "next", SET, "--picture", root / "case.svg")["record"] == case["record"]


@pytest.mark.parametrize(
    ("facts", "declared", "message"),
    [
        ({}, {"identity": "anonymous"}, "identity known"),
        ({}, {"origin": "model"}, "origin model"),
        ({"rule": "no.such"}, {}, "verdicts on no.such, which is no rule"),
        (
            {"verdict": "neither", "attributes": {"malignancy": 9}},
            {},
            "malignancy 9; allowed is 1, 2, 3, 4, 5",
        ),
        ({"verdict": "neither", "attributes": {"colour": 1}}, {}, "answers to colour"),
    ],
)
def test_a_file_of_verdicts_that_could_not_count_is_refused_at_the_door(
    root, tmp_path, facts, declared, message
):
    path = tmp_path / "verdicts.jsonl"
    path.write_text(f"{json.dumps(line(**facts))}\n", encoding="utf-8")
    before = batches_of(root)
    with pytest.raises(InboxError, match=message):
        take_in(root, path, **declared)
    assert batches_of(root) == before


@pytest.mark.slow
def test_the_verdict_of_an_expert_that_comes_as_a_file_is_kept_and_does_not_count(root, tmp_path):
    case = told(root, "next", SET, "--picture", root / "case.svg")
    items = table(root, "items", ITEMS)
    item_id = items.set_index("item_key")["item_id"][case["item"]]
    answers = table(root, "ingest", ANSWERS)
    expert = answers.loc[answers["item_id"] == item_id, "annotator"].iloc[0]
    path = tmp_path / "verdicts.jsonl"
    said = line(record=case["record"], item=case["item"], adjudicator=expert)
    path.write_text(f"{json.dumps(said)}\n", encoding="utf-8")
    take_in(root, path)
    build(root)
    assert table(root, "ingest", VERDICTS)["refusal"].tolist() == ["one_of_the_experts"]
    assert pd.isna(record(root, case["record"])["adjudication"])
    metrics = json.loads(Layout(root, SET).metrics("ingest").read_text(encoding="utf-8"))
    assert (metrics["refused_one_of_the_experts"], metrics["verdicts_admitted"]) == (1, 0)


def next_version(root):
    """Put a version in force that asks for something nobody was asked for before."""
    folder, yaml = Layout(root, SET).guidelines, YAML()
    said = yaml.load((folder / "1.0.0.yaml").read_text(encoding="utf-8"))
    said["guideline"] |= {"version": "2.0.0", "supersedes": "1.0.0"}
    said["fields"]["solid"] = {"type": "bool", "from": "attribute", "fuse": "mode"}
    said["attributes"]["solid"] = {"required_when": "diameter_mm >= 3"}
    with (folder / "2.0.0.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(said, file)
    params = root / "params.yaml"
    params.write_text(
        params.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 2.0.0")
    )


@pytest.mark.slow
def test_a_change_asks_about_adjudicated_records_like_any_and_about_absent_ones_nobody(root):
    there, gone = (one["record"] for one in told(root, "list", SET)[:2])
    told(root, "decide", SET, there, "--verdict", "A", *WHY)
    told(root, "decide", SET, gone, "--verdict", "absent", *WHY)
    build(root)
    assert [record(root, one)["status"] for one in (there, gone)] == ["adjudicated", "retired"]
    next_version(root)
    build(root)
    assert [record(root, one)["status"] for one in (there, gone)] == ["stale", "retired"]
    asked = set(table(root, "impact", PLAN)["record_id"])
    assert there in asked
    assert gone not in asked
    states = {one["record"]: one["state"] for one in told(root, "list", SET)}
    assert (states[there], states[gone]) == ("decided", "decided")
    (one,) = [one for one in told(root, "list", SET) if one["record"] == gone]
    again = ("--reverses", one["verdict_id"], *WHY)
    message = refused(root, "decide", SET, gone, "--verdict", "A", *again)
    assert "found nothing said of solid; the guideline requires it here" in message
    case = told(root, "next", SET, gone, "--picture", root / "case.svg")
    own = ("--verdict", "neither", "--shape", drawn(root), *stating(case, solid="true"), *again)
    told(root, "decide", SET, gone, *own)
    build(root)
    row = record(root, gone)
    assert row[["status", "era"]].tolist() == ["adjudicated", "2.0.0"]
