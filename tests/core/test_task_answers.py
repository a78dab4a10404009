"""Answers to tasks: which count, what they speak of, and what becomes of a record by them."""

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from strategies.evidence import BY_IOU, BY_ITEM, FIELDS

from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.ingestion.admission import Asked, Said, admit, sources_of
from groundkeeper.core.ingestion.keys import with_ids
from groundkeeper.core.ingestion.settling import settle
from groundkeeper.core.ingestion.tables import Source, Tables
from groundkeeper.formats import answers as format_of_answers

ITEM = "it_1"
ITEMS = pd.DataFrame({"item_id": [ITEM], "contrast": [True]})
TASK_COLUMNS = ["task_id", "record_id", "asks", "scope", "item_id", "annotator", "era", "round"]
NEAR, SAME, FAR = (shapely.box(x, 0, x + 9, 9).wkt for x in (1, 0, 40))


def said(**attributes):
    return {"attributes": attributes}


def drawn(wkt, **attributes):
    return {"attributes": attributes, "parts": [{"frame": 0, "wkt": wkt}]}


@pytest.fixture
def told(tmp_path):
    """A function that takes in one batch: each person's annotations, or their state, to a task or the whole item."""
    taken = []

    def batch(people, task=None, era="2.0.0", round_name="r2", day=1):
        path = tmp_path / f"{len(taken)}.jsonl"
        lines = []
        for who, what in people.items():
            line = {"item": "scan", "annotator": who, "submitted_at": f"2026-03-{day:02}T00:00:00Z"}
            line |= {"state": what} if isinstance(what, str) else {"annotations": what}
            lines.append(json.dumps(line | ({"task": task} if task else {})))
        path.write_text("\n".join(lines), encoding="utf-8")
        found = format_of_answers.read(path, {}, ())
        source = Source(
            f"b{len(taken)}", len(taken) + 1, round_name, era, "expert", "blind", "known"
        )
        tables = Tables(found.answers, found.annotations, found.parts, found.rejects)
        taken.append(with_ids(source, tables, {"scan": ITEM}, {"scan"}))
        return taken

    return batch


def task(name, record_id, *asks, scope="fields", era="2.0.0"):
    row = (name, record_id, json.dumps(asks), scope, ITEM, None, era, "r2")
    return pd.DataFrame([row], columns=TASK_COLUMNS)


def outcome(batches, tasks=None, rules=BY_ITEM, withdrawn=()):
    """Return the admitted answers, and what consensus makes of them."""
    settled = settle(batches, FIELDS)
    asked = pd.DataFrame(columns=TASK_COLUMNS) if tasks is None else tasks
    people = settled.answers["annotator"].unique()
    read = pd.DataFrame({"annotator": people, "version": "2.0.0"})
    read["acknowledged_at"] = pd.to_datetime(pd.Series([None] * len(people)), utc=True)
    stated = Said(settled.annotations, settled.parts, sources_of(FIELDS))
    answers = admit(settled.answers, stated, Asked(asked, read, frozenset(withdrawn)))
    evidence = Evidence(answers, settled.annotations, settled.parts, ITEMS, asked)
    return answers, reconcile(evidence, rules, FIELDS)


def first_round(told, rules=BY_ITEM):
    shape = [said(rating=2)] if rules is BY_ITEM else [drawn(SAME, rating=2)]
    batches = told({"ada": shape, "bob": shape}, era="1.0.0", round_name="r1")
    _, found = outcome(batches, rules=rules)
    (record,) = found.clusters["record_id"].unique()
    return record


def refusals(answers):
    return answers["refusal"].dropna().tolist()


def of_record(observations, record, era="2.0.0"):
    rows = observations[(observations["record_id"] == record) & (observations["era"] == era)]
    return rows.iloc[0] if len(rows) else None


def test_an_answer_without_its_task_in_a_round_of_tasks_denies_nothing(told):
    record = first_round(told, BY_IOU)
    batches = told({"cy": "empty", "dan": [drawn(FAR, rating=1)]})
    answers, found = outcome(batches, task("tk_1", record, "calcified"), BY_IOU)
    assert refusals(answers) == ["not_asked", "not_asked"]
    assert set(found.observations["era"]) == {"1.0.0"}
    withdrawn, _ = outcome(batches, withdrawn=["r2"])
    assert refusals(withdrawn) == ["withdrawn_plan", "withdrawn_plan"]


@pytest.mark.parametrize("what", [said(rating=4), said()])
def test_an_answer_that_holds_nothing_of_what_was_asked_counts_for_nothing_and_it_is_said(
    what, told
):
    record = first_round(told)
    batches = told({"cy": [what]}, "tk_1")
    answers, found = outcome(batches, task("tk_1", record, "calcified"))
    assert refusals(answers) == ["says_nothing"]
    assert found.revalidations.empty


def test_a_record_that_was_drawn_is_not_replaced_by_one_that_was_not(told):
    record = first_round(told, BY_IOU)
    batches = told({"cy": [said(rating=4)], "dan": [said(rating=4)]}, "tk_1")
    answers, found = outcome(batches, task("tk_1", record, scope="record"), BY_IOU)
    assert refusals(answers) == ["says_nothing", "says_nothing"]
    assert of_record(found.observations, record) is None


def test_what_is_confirmed_stays_and_is_counted_by_record_and_era(told):
    record = first_round(told, BY_IOU)
    batches = told({"cy": [said(confirmed=True)], "dan": [said(confirmed=True)]}, "tk_1")
    answers, found = outcome(batches, task("tk_1", record, scope="record"), BY_IOU)
    assert refusals(answers) == []
    assert of_record(found.observations, record) is None
    (row,) = found.revalidations[["record_id", "era", "asks", "experts"]].itertuples(index=False)
    assert tuple(row) == (record, "2.0.0", "[]", 2)


def test_the_first_annotation_of_an_answer_is_the_first_in_the_file(told):
    record = first_round(told, BY_IOU)
    for day in range(2, 14):
        told({f"cy{day}": [drawn(FAR, rating=4), *[drawn(NEAR, rating=1)] * 11]}, "tk_1", day=day)
    batches = told({"dan": [drawn(FAR, rating=4)]}, "tk_1")
    _, found = outcome(batches, task("tk_1", record, scope="record"), BY_IOU)
    row = of_record(found.observations, record)
    assert (row["votes"], row["rating"], row["rating_high"]) == (13, 4, 4)


def test_what_is_drawn_beside_the_record_that_was_asked_for_is_another_one(told):
    record = first_round(told, BY_IOU)
    batches = told({"cy": [drawn(SAME, rating=4), drawn(NEAR, rating=1)]}, "tk_1")
    _, found = outcome(batches, task("tk_1", record, scope="record"), BY_IOU)
    assert of_record(found.observations, record)["rating"] == 4
    assert len(found.clusters) == 4
    assert found.clusters["record_id"].nunique() == 2


def test_silence_about_the_whole_item_replaces_an_earlier_mark_to_a_task(told):
    record = first_round(told, BY_IOU)
    told({"cy": [drawn(SAME, rating=4)], "dan": [drawn(SAME, rating=4)]}, "tk_1", day=2)
    before = outcome(
        told({"eve": "empty"}, round_name="r3", day=3), task("tk_1", record, scope="record"), BY_IOU
    )[1]
    assert of_record(before.observations, record)[["votes", "experts"]].tolist() == [2, 3]
    batches = told({"cy": "empty"}, round_name="r3", day=4)
    _, found = outcome(batches, task("tk_1", record, scope="record"), BY_IOU)
    assert of_record(found.observations, record)[["votes", "experts"]].tolist() == [1, 3]


def test_answers_to_one_field_are_counted_together_whichever_task_asked_for_it(told):
    record = first_round(told)
    told({"cy": [said(calcified=True)]}, "tk_1")
    batches = told({"dan": [said(calcified=True, rating=5)]}, "tk_2")
    tasks = pd.concat(
        [task("tk_1", record, "calcified"), task("tk_2", record, "calcified", "rating")]
    )
    _, found = outcome(batches, tasks)
    told_of = found.revalidations.set_index("asks")
    assert told_of["experts"].to_dict() == {'["calcified"]': 2, '["rating"]': 1}
    assert bool(told_of.loc['["calcified"]', "calcified"])
    assert told_of.loc['["calcified"]', ["rating", "rating_low"]].isna().all()


def test_of_fields_that_were_not_asked_nothing_is_read(told):
    record = first_round(told)
    batches = told({"cy": [said(calcified=True, rating=5)]}, "tk_1")
    _, found = outcome(batches, task("tk_1", record, "calcified"))
    assert found.revalidations["asks"].tolist() == ['["calcified"]']
    assert np.isnan(found.revalidations["rating"].astype("float64")).all()


def test_an_answer_that_comes_again_keeps_the_names_of_records_and_is_no_fault(told):
    first_round(told)
    names = outcome(told({"cy": [said(rating=1)]}, era="1.0.0", round_name="r1"))[1].clusters
    again = told({"ada": [said(rating=2)], "bob": [said(rating=2)]}, era="1.0.0", round_name="r1")
    assert settle(again, FIELDS).rejects["rule"].tolist() == ["answer_comes_again"] * 2
    pd.testing.assert_frame_equal(outcome(again)[1].clusters, names)
