"""The figures of audits as rows of measures."""

import math

import numpy as np
import pandas as pd
import pytest
from strategies.guideline_documents import guideline

from groundkeeper.core.audit.figures import audit_measures, measures
from groundkeeper.core.impact.affected import Course
from groundkeeper.core.impact.path import Form
from schemas.names import MEASURES

NAMES = {
    "audit_differs_old",
    "audit_differs_new",
    "audit_difference",
    "audit_difference_bound",
    "audit_missed",
    "audit_missed_bound",
    "audit_traced",
    "audit_traced_bound",
}


def audit(records, new=(), old=(), stratum="untouched/far", name="a1", missing=()):
    """Tasks and readings of so many records, each of its own patient; those named differ in an arm."""
    number = np.arange(records)
    one = pd.DataFrame(
        {
            "task_id": [f"{name}{stratum}{n}" for n in number],
            "round": name,
            "stratum": stratum,
            "record_id": number,
            "group_id": number,
            "inclusion_probability": 0.1,
        }
    )
    arms = [
        one.assign(arm=arm, task_id=one["task_id"] + arm, differs=np.isin(number, list(which)))
        for arm, which in (("old", old), ("new", new))
    ]
    read = pd.concat(arms, ignore_index=True).astype({"differs": "boolean"})
    return read, read[~read["record_id"].isin(missing)]


def value(table, measure, level="untouched"):
    (row,) = table[(table["measure"] == f"audit_{measure}") & (table["level"] == level)].to_dict(
        "records"
    )
    return row


def test_untouched_and_auto_are_told_apart_with_every_figure():
    asked, read = (
        pd.concat(pair) for pair in zip(audit(40), audit(30, stratum="auto/near"), strict=True)
    )
    found = measures(asked, read, 0.95)
    assert list(found.columns) == list(MEASURES.columns)
    for level, n in (("untouched", 40), ("auto", 30)):
        here = found[found["level"] == level]
        assert set(here["measure"]) == NAMES
        assert value(found, "differs_new", level)["n"] == n
        assert value(found, "difference", level)["n"] == 2 * n
    assert not found.duplicated(list(MEASURES.key)).any()


def test_nothing_found_is_a_bound_and_never_a_certainty():
    asked, read = audit(59)
    found = measures(asked, read, 0.95)
    assert value(found, "difference")["value"] == 0
    assert value(found, "difference")["low"] < -0.05 < 0.05 < value(found, "difference")["high"]
    assert value(found, "difference_bound")["value"] == pytest.approx(0.0495, abs=1e-4)
    assert value(found, "traced_bound")["value"] == pytest.approx(0.0495, abs=2e-4)
    assert value(found, "traced_bound")["note"] == "one-sided, 95 %"
    assert (value(found, "traced")["groups"], value(found, "traced")["effective_n"]) == (59, 59)


def test_what_differs_alike_in_both_arms_was_not_missed():
    noisy = range(0, 300, 10)
    found = measures(*audit(300, new=noisy, old=noisy), 0.95)
    assert value(found, "differs_new")["value"] == pytest.approx(0.1)
    assert value(found, "missed")["value"] == pytest.approx(0)
    assert value(found, "missed_bound")["value"] < 0.06


def test_an_adjudicator_who_traces_nothing_narrows_the_bound():
    noisy = range(0, 300, 10)
    asked, read = audit(300, new=noisy, old=noisy)
    looked = read.assign(traced=pd.array([False] * len(read), dtype="boolean"))
    untold, told = (measures(asked, one, 0.95) for one in (read, looked))
    assert value(untold, "traced_bound")["value"] > 0.1
    assert (
        "30 readings that differ are not traced yet and count as missed"
        in value(untold, "traced")["note"]
    )
    assert value(told, "traced_bound")["value"] == pytest.approx(0.0112, abs=3e-4)
    assert value(told, "traced")["value"] == 0


def test_readings_that_are_not_in_are_counted():
    found = measures(*audit(40, missing=range(10)), 0.95)
    assert value(found, "difference")["note"] == "60 of 80 readings are in"


def test_an_audit_that_nobody_has_answered_is_too_small_to_say():
    asked, read = audit(40)
    found = measures(asked, read.head(0), 0.95)
    assert found.loc[~found["measure"].str.endswith("bound"), "value"].isna().all()
    assert found[["low", "high"]].isna().all(axis=None)
    assert value(found, "traced_bound")["value"] == 1
    assert value(found, "traced_bound")["note"].startswith("too few readings to say")
    assert value(found, "missed")["note"].startswith("too few readings to say")


def test_a_newer_text_that_is_read_with_less_noise_bounds_nothing_by_the_difference():
    found = measures(*audit(200, new=[], old=range(60)), 0.95)
    assert math.isnan(value(found, "missed_bound")["value"])
    assert value(found, "missed_bound")["note"].startswith("the newer version is read more alike")
    assert "too few" not in value(found, "missed")["note"]
    assert value(found, "traced_bound")["value"] < 0.03


def test_rounds_have_figures_of_their_own():
    asked, read = (pd.concat(pair) for pair in zip(audit(40), audit(50, name="a2"), strict=True))
    found = measures(asked, read, 0.95)
    assert set(found["subject"]) == {"a1", "a2"}
    assert len(found) == 2 * len(NAMES)


def test_the_order_of_the_rows_decides_nothing():
    asked, read = audit(80, new=range(9), old=range(5, 12))
    mixed = measures(
        asked.sample(frac=1, random_state=1), read.sample(frac=1, random_state=2), 0.95
    )
    pd.testing.assert_frame_equal(measures(asked, read, 0.95), mixed)


def test_without_an_audit_there_are_no_figures():
    now = Form.of(guideline())
    tasks = pd.DataFrame(
        columns=[
            "task_id",
            "round",
            "stratum",
            "arm",
            "record_id",
            "inclusion_probability",
            "scope",
            "item_id",
        ]
    )
    said = pd.DataFrame(columns=["task_id", "era", "state"])
    carried = pd.DataFrame({"record_id": ["r"], "era": "1.1.0", "experts": 3})
    items = pd.DataFrame({"item_id": ["i"], "group_id": "g"})
    found = audit_measures(tasks, said, carried, items, Course({}, now), confidence=0.95)
    assert found.empty
    assert list(found.columns) == list(MEASURES.columns)


def test_from_answers_to_figures():
    size = 30
    number = [f"{n}" for n in range(size)]
    tasks = pd.concat(
        [
            pd.DataFrame(
                {
                    "task_id": [f"{arm}{n}" for n in number],
                    "round": "a1",
                    "scope": "audit",
                    "stratum": "untouched/far",
                    "arm": arm,
                    "record_id": [f"r{n}" for n in number],
                    "item_id": [f"i{n}" for n in number],
                    "inclusion_probability": 0.2,
                }
            )
            for arm in ("old", "new")
        ]
    )
    record = {"size_px": 20.0, "kind": "car", "night": True, "agreeing": 3, "text": 1}
    carried = pd.DataFrame(
        {"record_id": [f"r{n}" for n in number], "era": "1.1.0", "experts": 3}
    ).assign(**record)
    said = tasks[["task_id", "arm"]].assign(era="1.1.0", state="submitted", **record)
    said.loc[(said["arm"] == "new") & said["task_id"].isin(["new1", "new2", "new3"]), "kind"] = (
        "van"
    )
    items = pd.DataFrame({"item_id": [f"i{n}" for n in number], "group_id": number})
    course = Course({}, Form.of(guideline()))
    given = (tasks, said.drop(columns="arm"), carried, items, course)
    found = audit_measures(*given, confidence=0.9)
    assert value(found, "differs_old")["value"] == 0
    assert value(found, "missed")["value"] == pytest.approx(0.1)
    adjudicated = pd.DataFrame(
        {"task_id": ["new1", "new2", "new3"], "traced": [True, False, False]}
    )
    traced = audit_measures(*given, confidence=0.9, traced=adjudicated)
    assert value(traced, "traced")["value"] == pytest.approx(1 / 30)
