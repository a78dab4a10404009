import json

import numpy as np
import pandas as pd
import pytest
from builders.people import (
    NEW,
    OLD,
    answer,
    evidence,
    form,
    include,
    items,
    observations,
    records,
    topic,
    versions,
)

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.ids import make_id
from groundkeeper.core.people.boundaries import moved_boundaries
from groundkeeper.core.people.measures import people_measures
from groundkeeper.core.people.quiz import NEAREST, TASK_COLUMNS, Terms, quiz
from groundkeeper.core.people.results import answered, quiz_measures
from groundkeeper.core.people.versions import Versions
from schemas.names import MEASURES

TERMS = Terms(OLD, NEW, ("ada", "bob"), per_side=2, seed=1)
HOW = Resampling(rounds=200, seed=0, confidence=0.95)
SIZES = np.arange(0.05, 12, 0.1)


def asked(table, known=None, terms=TERMS, shown=None):
    of_items = items(len(table)) if shown is None else shown
    return quiz(table, of_items, known or versions(), terms)


def opened(made):
    """The tasks as ingestion hands them on."""
    place = made.tasks["record_id"].str.removeprefix("rc_")
    keys = made.tasks[["plan_id", "annotator"]].itertuples(index=False, name=None)
    ids = [make_id("tk", *key) for key in keys]
    return made.tasks.assign(
        task_id=ids, item_id="it_" + place, round="quiz-2", sequence=2, batch="b2"
    )


def outcomes(made):
    return made.key.set_index("record_id")["expected"].to_dict()


def test_records_on_both_sides_of_a_new_boundary_are_asked_and_those_at_an_old_one_that_moved():
    made = asked(records(SIZES))
    sizes = SIZES[[int(name[3:]) for name in made.key["record_id"]]]
    among = 0.1 * NEAREST * TERMS.per_side
    sides = [(6 - among, 6), (6, 6 + among), (3, 3 + among)]
    assert [int(((sizes > low) & (sizes < high)).sum()) for low, high in sides] == [2, 2, 2]
    assert len(sizes) == 6
    assert made.shortfalls == ()


def test_the_key_has_what_either_version_says():
    made = asked(records(SIZES))
    sizes = SIZES[[int(name[3:]) for name in made.key["record_id"]]]
    assert made.key["expected"].tolist() == ["skip" if size < 6 else "keep" for size in sizes]
    assert made.key["old_outcome"].tolist() == ["keep"] * len(sizes)


def test_everybody_is_asked_the_same_in_words_that_do_not_tell_the_answer():
    made = asked(records(SIZES))
    assert list(made.tasks.columns) == TASK_COLUMNS
    assert made.tasks["question"].nunique() == made.tasks["rule_ids"].nunique() == 1
    assert "keep or skip" in made.tasks["question"].iloc[0]
    told = made.tasks.drop(columns=["plan_id", "item_key", "record_id", "annotator"])
    assert len(told.drop_duplicates()) == 1
    by_annotator = made.tasks.groupby("annotator")["record_id"].agg(set)
    assert by_annotator["ada"] == by_annotator["bob"] == set(made.key["record_id"])
    assert not made.tasks.duplicated(["plan_id", "annotator"]).any()
    assert made.tasks["plan_id"].is_monotonic_increasing


@pytest.mark.parametrize(
    "spoiled",
    [
        {"status": "pending"},
        {"status": "stale"},
        {"size_low": 4.0, "size_high": 8.0},
        {"status": "retired", "votes": 1},
    ],
)
def test_what_is_not_settled_or_not_certain_is_never_asked(spoiled):
    table = records(SIZES)
    near = np.abs(SIZES - 6) < 2
    for column, value in spoiled.items():
        table.loc[near, column] = value
    made = asked(table)
    assert set(made.key["record_id"]).isdisjoint(table.loc[near, "record_id"])
    assert len(made.key) > 0


def test_that_another_decision_is_borderline_does_not_matter():
    table = records(SIZES, grade=3, grade_low=1, grade_high=5)
    ranked = {"by": "derived", "outcomes": ["low", "high"], "default": "low"}
    rank = {**ranked, "rules": [{"id": "high", "when": "grade > 3", "then": "high"}]}
    both = versions(
        form(include=include("size < 3"), rank=rank),
        form(include=include("size < 6"), rank=rank),
    )
    assert asked(table.assign(borderline=True), both).key.equals(asked(table, both).key)
    assert set(asked(table, both).key["decision"]) == {"include"}


def test_sealed_items_are_never_asked():
    split = np.where(SIZES > 7, "dev", "sealed")
    made = asked(records(SIZES), shown=items(len(SIZES), split=split))
    sizes = SIZES[[int(name[3:]) for name in made.key["record_id"]]]
    assert len(sizes) == 2
    assert (sizes > 7).all()
    assert made.shortfalls == ("inc.small, where size < 6 holds: 0 of 2",)


def test_what_the_guideline_alone_took_out_is_asked():
    table = records(SIZES)
    table.loc[SIZES < 6, "status"] = "retired"
    assert sorted(outcomes(asked(table)).values()) == ["keep"] * 2 + ["skip"] * 4


def test_order_of_rows_and_far_records_change_nothing_and_another_seed_does():
    table = records(SIZES)
    first = asked(table)
    again = asked(table.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(first.tasks, again.tasks)
    nearby = records(SIZES)[SIZES < 11]
    assert set(asked(nearby).key["record_id"]) == set(first.key["record_id"])
    seeds = [
        frozenset(asked(table, terms=Terms(OLD, NEW, ("a",), 2, seed)).key["record_id"])
        for seed in range(5)
    ]
    assert len(set(seeds)) > 1


def test_where_another_condition_decides_a_boundary_is_not_asked():
    table = records(SIZES, dark=np.arange(len(SIZES)) % 2 == 0)
    moved = versions(
        form(include=include("size < 3 and not dark")),
        form(include=include("size < 6 and not dark")),
    )
    made = asked(table, moved)
    assert not table.set_index("record_id").loc[made.key["record_id"], "dark"].any()


def test_ordinals_are_near_by_rank_and_flags_where_the_outcome_moved():
    grades = np.tile([1, 2, 3, 4, 5], 4)
    table = records(np.full(20, 9.0), grade=grades, grade_low=grades, grade_high=grades)
    ranked = versions(
        form(include=include("grade < 2")),
        form(include=include("grade < 4")),
    )
    terms = Terms(OLD, NEW, ("ada",), per_side=1, seed=1)
    made = asked(table, ranked, terms)
    near = made.key.merge(table[["record_id", "grade"]], on="record_id")
    assert set(near["grade"]) <= {2, 3, 4}
    assert set(near["expected"]) == {"keep", "skip"}
    dark = records(np.full(20, 9.0), dark=np.arange(20) % 4 == 0)
    flagged = versions(form(include=include("size < 3")), form(include=include("dark")))
    asked_dark = asked(dark, flagged).key.merge(dark[["record_id", "dark"]], on="record_id")
    assert len(asked_dark) == TERMS.per_side
    assert asked_dark["dark"].all()


def test_a_rule_in_other_words_draws_the_same_line_and_one_with_another_outcome_does_not():
    same = form(include=include("not size >= 3"))
    turned = form(include=include("size < 3"))
    assert moved_boundaries(turned, same) == ()
    other = include("size < 3", rules=[{"id": "inc.small", "when": "size < 3", "then": "keep"}])
    assert [line.is_new for line in moved_boundaries(turned, form(include=other))] == [True, False]
    assert asked(records(SIZES), versions(turned, same)).tasks.empty


def test_a_judged_decision_is_asked_where_a_rule_takes_the_choice():
    ruled = versions(
        form(topic=topic()),
        form(topic=topic(("top.long", "size > 6", "news"))),
    )
    table = records(SIZES, topic="advert")
    made = asked(table, ruled)
    long = SIZES[[int(name[3:]) for name in made.key["record_id"]]] > 6
    assert set(made.key.loc[long, "expected"]) == {"news"}
    assert set(made.key.loc[long, "old_outcome"]) == {"advert"}
    # What people chose under the older rules does not say what is right under the newer.
    assert long.all()
    # Nor does what they chose under the newer say what was right before.
    assert asked(table.assign(completed_in=NEW), ruled).key["old_outcome"].isna().all()


def given_answers(made, annotator, say):
    tasks = opened(made)
    rows = []
    for task in tasks[tasks["annotator"] == annotator].to_dict("records"):
        place = int(task["record_id"][3:])
        said = say(place)
        rows.append(
            answer(
                annotator,
                place,
                said={"include": said} if said else {},
                marked=said is not None,
                task_id=task["task_id"],
                scope="quiz",
            )
        )
    return rows


def by_new(place):
    return "skip" if SIZES[place] < 6 else "keep"


def by_old(place):
    return "skip" if SIZES[place] < 3 else "keep"


def figure(table, measure, subject, level):
    [found] = table[
        (table["measure"] == measure) & (table["subject"] == subject) & (table["level"] == level)
    ].to_dict("records")
    return found


def test_results_tell_who_is_right_and_whose_errors_are_the_old_rule():
    made = asked(records(SIZES))
    rows = given_answers(made, "ada", by_new) + given_answers(made, "bob", by_old)
    told = evidence(rows, observations(SIZES), tasks=opened(made))
    table = quiz_measures(told, versions(), HOW)
    assert list(table.columns) == list(MEASURES.columns)
    assert not table.duplicated(list(MEASURES.key)).any()
    ada = figure(table, "quiz_right", "ada", "quiz-2")
    assert (ada["value"], ada["n"], ada["high"]) == (1.0, 6, 1.0)
    assert ada["low"] == pytest.approx(0.025 ** (1 / 6))
    bob = figure(table, "quiz_right", "bob", "inc.small@2.0.0")
    assert (bob["value"], bob["n"]) == (pytest.approx(2 / 6), 6)
    wrong = figure(table, "quiz_wrong_by_old_rule", "bob", "quiz-2")
    assert (wrong["value"], wrong["n"]) == (1.0, 4)
    none = figure(table, "quiz_wrong_by_old_rule", "ada", "quiz-2")
    assert np.isnan(none["value"])
    assert none["note"] == "no wrong answer"


def test_who_answered_nothing_has_no_figure_and_the_reason_is_told():
    made = asked(records(SIZES))
    told = evidence(given_answers(made, "ada", by_new), observations(SIZES), tasks=opened(made))
    bob = figure(quiz_measures(told, versions(), HOW), "quiz_right", "bob", "quiz-2")
    assert np.isnan(bob["value"])
    assert bob["n"] == 0
    assert bob["note"] == "0 of 6 answered; nothing was answered"


def test_the_first_answer_counts_and_finding_nothing_says_skip():
    made = asked(records(SIZES))
    first = given_answers(made, "ada", lambda place: None if by_new(place) == "skip" else "keep")
    for row in first:
        row["refusal"] = "answered_again"
    later = given_answers(made, "ada", lambda _: "skip")
    for row in later:
        row.update(sequence=3, answer_id=row["answer_id"] + "b")
    told = evidence([*later, *first], observations(SIZES), tasks=opened(made))
    assert figure(quiz_measures(told, versions(), HOW), "quiz_right", "ada", "quiz-2")["value"] == 1


def test_answers_to_another_person_s_task_or_of_a_withdrawn_round_do_not_count():
    made = asked(records(SIZES))
    rows = given_answers(made, "ada", by_new)
    for row, refusal in zip(rows, ["not_asked", "withdrawn_plan", "another_era"], strict=False):
        row["refusal"] = refusal
    told = evidence(rows, observations(SIZES), tasks=opened(made))
    assert figure(quiz_measures(told, versions(), HOW), "quiz_right", "ada", "quiz-2")["n"] == 3


def test_the_key_stays_when_the_same_people_answer_again_and_knows_its_own_old_version():
    made = asked(records(SIZES))
    before = evidence([], observations(SIZES), tasks=opened(made))
    newer = observations(np.full(len(SIZES), 9.0), era=NEW)
    after = evidence([], pd.concat([observations(SIZES), newer]), tasks=opened(made))
    pd.testing.assert_frame_equal(answered(before, versions()), answered(after, versions()))
    more = versions()
    between = Versions(more.forms | {"1.1.0": form(include=include("size < 6"))}, NEW)
    pd.testing.assert_frame_equal(answered(before, versions()), answered(before, between))
    unknown = answered(before, Versions({NEW: more.forms[NEW]}, NEW))
    assert unknown["old_outcome"].isna().all()
    assert unknown["expected"].notna().all()


def test_a_quiz_may_be_about_a_version_that_nobody_answered_under():
    made = asked(records(SIZES))
    forms = versions().forms | {"1.1.0": form(include=include("size < 6"))}
    known = Versions(forms, NEW, unused=frozenset({OLD, "1.1.0"}))
    told = evidence(given_answers(made, "bob", by_old), observations(SIZES), tasks=opened(made))
    assert (
        figure(quiz_measures(told, known, HOW), "quiz_wrong_by_old_rule", "bob", "quiz-2")["value"]
        == 1
    )
    assert known.before(NEW) is None
    assert Versions(forms, NEW, unused=frozenset({"1.1.0"})).before(NEW) == OLD


def test_records_that_are_no_longer_known_are_left_out_and_counted():
    made = asked(records(SIZES))
    lost = observations(SIZES)
    lost.loc[lost["record_id"].eq(made.key["record_id"].iloc[0]), "size"] = np.nan
    told = evidence(given_answers(made, "ada", by_new), lost, tasks=opened(made))
    ada = figure(quiz_measures(told, versions(), HOW), "quiz_right", "ada", "quiz-2")
    assert ada["n"] == 5
    assert "1 no longer known" in ada["note"]


def test_all_figures_together_have_the_columns_and_order_of_measures():
    made = asked(records(SIZES))
    told = evidence(given_answers(made, "ada", by_old), observations(SIZES), tasks=opened(made))
    table = people_measures(told, versions(), HOW)
    assert list(table.columns) == list(MEASURES.columns)
    key = list(MEASURES.key)
    assert table[key].to_numpy().tolist() == sorted(table[key].to_numpy().tolist())
    assert json.loads(made.tasks["asks"].iloc[0]) == ["include"]
