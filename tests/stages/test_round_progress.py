"""How much of a round came back: what people looked at counts, and a draft or a skip is still to come."""

import math

import pandas as pd
import pytest

from groundkeeper.core.ids import make_id
from stages.rounds import progress

NAMED = pd.Series(["an_first", "an_other"])
TASKS = pd.DataFrame(
    {
        "task_id": ["t1", "t2"],
        "round": "r2",
        "item_id": ["x", "y"],
        "experts": [2, 1],
        "record_id": [make_id("rc", "an_first"), None],
    }
)


def answers(*rows):
    """Answers (task, annotator, state[, refusal])."""
    told = pd.DataFrame(
        [(*row, None)[:4] for row in rows],
        columns=["task_id", "annotator", "state", "refusal"],
    )
    return told.assign(round="told")


def shares(told):
    table = progress(TASKS, told, NAMED).set_index("measure")
    return table.loc[["round_answered", "round_complete", "round_refused"], "value"].tolist()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("t1", "ada", "submitted"), ("t1", "bob", "empty")], [0.5, 0.5, 0]),
        ([("t1", "ada", "submitted"), ("t1", "bob", "draft")], [0.5, 0, 0]),
        ([("t1", "ada", "submitted"), ("t2", "bob", "skipped")], [0.5, 0, 0]),
        ([("t1", "ada", "submitted"), ("t2", "ada", "submitted", "not_asked")], [0.5, 0, 0.5]),
        ([("t1", "ada", "submitted"), ("t2", "ada", "draft", "not_asked")], [0.5, 0, 0]),
        ([("t1", "ada", "submitted"), ("t1", "ada", "empty")], [0.5, 0, 0]),
        ([(None, "ada", "submitted"), ("t2", "ada", "empty")], [0.5, 0.5, 0]),
    ],
    ids=["looked", "draft", "skipped", "refused", "refused draft", "same person", "no task"],
)
def test_only_answers_of_people_who_looked_count_for_a_round(told, expected):
    assert shares(answers(*told)) == expected


@pytest.mark.parametrize("state", ["draft", "skipped"])
def test_a_round_of_drafts_and_skips_has_no_answers_yet(state):
    answered, complete, refused = shares(answers(("t1", "ada", state), ("t2", "bob", state)))
    assert (answered, complete) == (0, 0)
    assert math.isnan(refused)


@pytest.mark.parametrize(("named", "share"), [(NAMED, 0), (NAMED[1:], 1)])
def test_tasks_about_records_that_are_no_more_are_counted(named, share):
    table = progress(TASKS, answers(("t1", "ada", "submitted")), named).set_index("measure")
    told = table.loc["round_without_record"]
    assert (told["value"], told["n"]) == (share, 1)
