import itertools
import math

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
    observations,
    topic,
    versions,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.people.acknowledged import reading
from groundkeeper.core.people.exact import holm, stratified_excess
from groundkeeper.core.people.measures import people_measures
from groundkeeper.core.people.old_rule import (
    KEEPERS,
    P_VALUE,
    SHARE,
    compared,
    moved_records,
    old_rule_measures,
    trials,
)
from schemas.names import ACKNOWLEDGEMENTS, TASKS

HOW = Resampling(rounds=200, seed=0, confidence=0.95)
ALPHA = 1 - HOW.confidence
HONEST, KEEPER = 0.15, 0.75
PEOPLE = ("ada", "bob", "cyd", "dan")


def crowd(rates, count, seed):
    """Answers under the new version to *count* records that it hides; who marks one does as the old version says."""
    rng = np.random.default_rng(seed)
    sizes = rng.uniform(3, 6, count)
    rows = [
        answer(name, place, marked=bool(rng.random() < rate))
        for name, rate in rates.items()
        for place in range(count)
    ]
    return evidence(rows, observations(sizes))


def p_values(by_old):
    """Corrected p values of people who all answered the same records, bool[records, people]."""
    events = by_old.sum(axis=1)
    people = np.full(len(by_old), by_old.shape[1])
    return holm([stratified_excess(own, events, people) for own in by_old.T])


def figure(table, measure, subject):
    [found] = table[(table["measure"] == measure) & (table["subject"] == subject)].to_dict(
        "records"
    )
    return found


def test_who_keeps_the_old_rule_is_found_among_honest_people_who_err_and_nobody_else_is():
    told = crowd(dict.fromkeys(PEOPLE[:3], HONEST) | {"dan": KEEPER}, 40, seed=3)
    table = old_rule_measures(told, versions(), HOW)
    assert figure(table, P_VALUE, "dan")["value"] < 1e-4
    assert figure(table, KEEPERS, "dan")["value"] == 1
    assert all(figure(table, P_VALUE, name)["value"] > ALPHA for name in PEOPLE[:3])
    assert all(figure(table, KEEPERS, name)["value"] == 0 for name in PEOPLE[:3])
    assert figure(table, KEEPERS, "annotators")["value"] == 1
    dan = figure(table, SHARE, "dan")
    assert dan["low"] < KEEPER < dan["high"]
    assert (dan["n"], dan["level"]) == (40, NEW)
    assert "others 0.1" in dan["note"]
    assert "records such as rc_0" in dan["note"]


def test_nineteen_of_twenty_who_keep_it_are_found_with_thirty_records():
    rng = np.random.default_rng(5)
    rates = np.array([HONEST, HONEST, HONEST, KEEPER])
    found = [p_values(rng.random((30, 4)) < rates)[3] <= ALPHA for _ in range(200)]
    assert np.mean(found) >= 0.95


@pytest.mark.parametrize("records", [5, 30])
def test_honest_people_are_falsely_accused_no_more_often_than_stated(records):
    rng = np.random.default_rng(7)
    runs = 600
    # Some records are easy and some mislead nearly everybody, which is what a boundary does.
    alarms = [
        min(p_values(rng.random((records, 4)) < rng.beta(0.5, 1.5, (records, 1)))) <= ALPHA
        for _ in range(runs)
    ]
    bound = ALPHA + 2.33 * math.sqrt(ALPHA * (1 - ALPHA) / runs)
    assert np.mean(alarms) <= bound


def test_who_was_given_the_hard_records_is_not_accused_for_it():
    """Pooled shares would accuse ada: 24 of 30, and 36 of 90 for the others, most of whom had easy records."""
    rows = [{"annotator": "ada", "record_id": f"hard {n}", "by_old": n < 24} for n in range(30)]
    rows += [{"annotator": "bob", "record_id": f"hard {n}", "by_old": n >= 6} for n in range(30)]
    for name in ("cyd", "dan"):
        rows += [{"annotator": name, "record_id": f"easy {n}", "by_old": n < 6} for n in range(30)]
    said = pd.DataFrame(rows).assign(decision="include")
    said["item_id"] = said["record_id"]
    groups = pd.Series(said["item_id"].unique(), said["item_id"].unique())
    table = compared(said, groups, HOW).set_index("annotator")
    assert not table["keeps"].any()
    assert table.loc["ada", "others"] == pytest.approx(0.8)


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=3).map(tuple), min_size=1, max_size=5),
    st.data(),
)
def test_the_p_value_is_that_of_trying_all_who_could_have_said_what_was_said(records, data):
    own = [data.draw(st.sampled_from(said)) for said in records]
    found = stratified_excess(
        np.array(own),
        np.array([sum(said) for said in records]),
        np.array([len(s) for s in records]),
    )
    shared = [(said, mine) for said, mine in zip(records, own, strict=True) if len(said) > 1]
    if not shared:
        assert math.isnan(found)
        return
    observed = sum(mine for _, mine in shared)
    ways = list(itertools.product(*(said for said, _ in shared)))
    assert found == pytest.approx(np.mean([sum(way) >= observed for way in ways]))


def test_holm_corrects_as_published():
    """The worked example of R's p.adjust, method holm."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert all(math.isnan(p) for p in holm([math.nan]))


def says(told, known):
    found = trials(told, known, OLD, NEW)
    return dict(
        zip(zip(found["annotator"], found["record_id"], strict=True), found["by_old"], strict=True)
    )


def test_marking_what_became_hidden_is_the_old_rule_and_records_that_did_not_move_say_nothing():
    sizes = [2.0, 4.0, 5.0, 9.0]
    rows = [answer("ada", place, marked=place != 2) for place in range(4)]
    told = evidence(rows, observations(sizes))
    assert says(told, versions()) == {("ada", "rc_001"): True, ("ada", "rc_002"): False}


def widened():
    return versions(form(include=include("size < 6")), form(include=include("size < 3")))


def test_not_marking_what_became_visible_is_the_old_rule_for_those_who_looked():
    rows = [
        answer("ada", 0, marked=False),
        answer("bob", 0),
        answer("cyd", 0, marked=False, scope="search"),
        answer("dan", 0, marked=False, state="skipped"),
    ]
    told = evidence(rows, observations([4.0]))
    assert says(told, widened()) == {
        ("ada", "rc_000"): True,
        ("bob", "rc_000"): False,
        ("cyd", "rc_000"): True,
    }


def test_a_search_for_what_became_visible_says_nothing_of_what_became_hidden():
    rows = [answer("ada", 0, marked=False, scope="search")]
    assert says(evidence(rows, observations([4.0])), versions()) == {}


def test_a_judged_decision_tells_where_a_rule_took_the_choice():
    ruled = versions(form(topic=topic()), form(topic=topic(("top.long", "size > 6", "news"))))
    rows = [
        answer("ada", 0, said={"topic": "advert"}),
        answer("bob", 0, said={"topic": "news"}),
        answer("ada", 1, said={"topic": "advert"}),
    ]
    told = evidence(rows, observations([9.0, 5.0], topic="advert"))
    moved = moved_records(told.observations, ruled, OLD, NEW)
    assert moved[["record_id", "old", "new"]].to_numpy().tolist() == [["rc_000", "advert", "news"]]
    assert says(told, ruled) == {("ada", "rc_000"): True, ("bob", "rc_000"): False}


def test_a_choice_that_people_make_otherwise_without_a_rule_is_no_old_rule():
    ruled = versions(form(topic=topic()), form(topic=topic(("top.long", "size > 6", "news"))))
    seen = [observations([4.0], topic="advert"), observations([4.0], era=NEW, topic="news")]
    assert moved_records(pd.concat(seen), ruled, OLD, NEW).empty


def test_an_answer_about_one_record_is_about_that_of_its_task():
    rows = [answer("ada", 0, said={"include": "keep"}, task_id="tk_1", scope="fields")]
    tasks = pd.DataFrame([{"task_id": "tk_1", "record_id": "rc_000", "scope": "fields"}])
    told = evidence(rows, observations([4.0]), tasks=tasks.reindex(columns=list(TASKS.columns)))
    assert says(told, versions()) == {("ada", "rc_000"): True}


def test_the_latest_answer_to_an_item_counts():
    rows = [answer("ada", 0, sequence=2), answer("ada", 0, sequence=3, marked=False)]
    assert says(evidence(rows, observations([4.0])), versions()) == {("ada", "rc_000"): False}


@pytest.mark.parametrize(
    "more",
    [
        {"era": OLD},
        {"scope": "quiz"},
        {"scope": "audit"},
        {"origin": "model"},
        {"identity": "anonymous"},
        {"refusal": "not_asked"},
    ],
)
def test_answers_that_are_not_regular_ones_of_a_known_person_under_the_new_version_say_nothing(
    more,
):
    assert says(evidence([answer("ada", 0, **more)], observations([4.0])), versions()) == {}


def test_who_answers_without_having_acknowledged_is_looked_at_all_the_same():
    rows = [answer("ada", 0, refusal="not_acknowledged")]
    assert says(evidence(rows, observations([4.0])), versions()) == {("ada", "rc_000"): True}


def test_what_the_same_people_said_at_the_same_time_does_not_decide_what_a_record_is():
    """Two who keep the old rule measure 9 where 4 was agreed before."""
    seen = pd.concat([observations([4.0]), observations([9.0], era=NEW)])
    told = evidence([answer("ada", 0), answer("bob", 0)], seen)
    assert says(told, versions()) == {("ada", "rc_000"): True, ("bob", "rc_000"): True}


def test_of_anonymous_annotators_nothing_is_said_and_the_row_says_why():
    rows = [answer(f"r{n}", n, identity="anonymous") for n in range(3)]
    table = old_rule_measures(evidence(rows, observations([4.0] * 3)), versions(), HOW)
    assert table["measure"].tolist() == [KEEPERS]
    assert table["value"].isna().all()
    assert "anonymous" in table["note"].iloc[0]


def test_of_the_version_in_force_it_is_said_that_nobody_answered():
    told = evidence([answer("ada", 0, era=OLD)], observations([4.0]))
    [row] = old_rule_measures(told, versions(), HOW).to_dict("records")
    assert (row["level"], row["note"]) == (NEW, "nobody has answered under 2.0.0")


def test_without_others_on_the_same_records_there_is_a_share_and_no_p_value():
    told = evidence([answer("ada", 0), answer("bob", 1)], observations([4.0, 5.0]))
    table = old_rule_measures(told, versions(), HOW)
    ada = figure(table, P_VALUE, "ada")
    assert math.isnan(ada["value"])
    assert math.isnan(figure(table, KEEPERS, "ada")["value"])
    assert ada["note"] == "nobody else answered these records"
    assert figure(table, SHARE, "ada")["value"] == 1


def test_patients_with_many_records_do_not_make_an_interval_narrow():
    told = crowd(dict.fromkeys(PEOPLE, HONEST), 40, seed=3)
    alike = told.items.assign(group_id=[f"patient {n // 4}" for n in range(40)])
    few = old_rule_measures(evidence_with(told, alike), versions(), HOW)
    assert figure(few, SHARE, "ada")["groups"] == 10
    one = told.items.assign(group_id="patient")
    none = figure(old_rule_measures(evidence_with(told, one), versions(), HOW), SHARE, "ada")
    assert math.isnan(none["low"])
    assert "1 group," in none["note"]


def evidence_with(told, items):
    return type(told)(**{**vars(told), "items": items})


def test_the_order_of_rows_changes_nothing():
    told = crowd(dict.fromkeys(PEOPLE, 0.4), 12, seed=1)
    turned = type(told)(
        **{name: table.sample(frac=1, random_state=2) for name, table in vars(told).items()}
    )
    pd.testing.assert_frame_equal(
        people_measures(told, versions(), HOW), people_measures(turned, versions(), HOW)
    )


def test_a_verdict_is_no_answer_of_an_annotator_and_says_nothing_of_people():
    verdict = answer("eve", 0) | {"scope": "adjudication", "round": "adjudication"}
    told = evidence([answer("ada", 0, era=OLD), verdict], observations([4.0]))
    no_reading = told.acknowledgements.iloc[:0]
    table = reading(told.answers, told.tasks, no_reading, NEW)
    assert set(table["annotator"]) == {"ada"}
    found = old_rule_measures(told, versions(), HOW)
    assert figure(found, KEEPERS, "annotators")["note"] == f"nobody has answered under {NEW}"


def test_who_has_read_what_is_told_by_version_and_what_was_answered_without():
    early, late = pd.Timestamp("2026-03-01T00:00Z"), pd.Timestamp("2026-03-03T00:00Z")
    rows = [
        answer("ada", 0, submitted_at=late),
        answer("ada", 1, submitted_at=early),
        answer("bob", 0, submitted_at=late),
        answer("cyd", 0, era=OLD),
        answer("r1", 0, identity="anonymous"),
    ]
    told = evidence(rows, observations([4.0, 5.0]))
    read = pd.DataFrame(
        [
            {
                "annotator": "ada",
                "version": NEW,
                "acknowledged_at": pd.Timestamp("2026-03-02", tz="UTC"),
            },
            {"annotator": "cyd", "version": OLD, "acknowledged_at": pd.NaT},
        ]
    ).reindex(columns=list(ACKNOWLEDGEMENTS.columns))
    tasks = pd.DataFrame([{"task_id": "tk_1", "annotator": "eve", "era": "1.1.0"}])
    table = reading(told.answers, tasks, read, NEW).set_index(["annotator", "version"])
    assert table.index.tolist() == [
        ("ada", NEW),
        ("bob", NEW),
        ("cyd", OLD),
        ("cyd", NEW),
        ("eve", "1.1.0"),
        ("eve", NEW),
    ]
    assert table["acknowledged"].tolist() == [True, False, True, False, False, False]
    assert table["pending"].tolist() == [False, True, False, True, True, True]
    assert table["answers"].tolist() == [2, 1, 1, 0, 0, 0]
    assert table["unread_answers"].tolist() == [1, 1, 0, 0, 0, 0]
    assert table["tasks"].tolist() == [0, 0, 0, 0, 1, 0]
