"""What gold says of records and of the probabilities behind them, on tables small enough to work out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.estimates import Resampling
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.scoring.gold.figures import Records, gold_measures
from schemas.names import MEASURES

ERA = "1.0.0"
HOW = Resampling(100, 1, 0.95)
SAID = {"from": "attribute"}
FIELDS = {
    "kind": Field.model_validate(
        SAID | {"type": "enum", "values": ["a", "b", "c"], "fuse": "posterior"}
    ),
    "stars": Field.model_validate(
        SAID | {"type": "ordinal", "values": [1, 2, 3, 4, 5], "fuse": "median"}
    ),
    "size": Field.model_validate(SAID | {"type": "number", "fuse": "mean"}),
    "tags": Field.model_validate(SAID | {"type": "set", "values": ["x", "y"], "fuse": "majority"}),
}
BY_ITEM = {"experts": 3, "quorum": 1, "match": {"by": "item"}, "shape": "none"}
HOW_INFERRED = {"kind": {"method": "dawid_skene", "compare": ["majority"]}}
POSTERIORS = (
    {"a": 0.95, "b": 0.05},
    {"a": 0.9, "b": 0.1},
    {"b": 0.85, "a": 0.1, "c": 0.05},
    {"a": 0.5, "b": 0.5},
    {"c": 0.75, "a": 0.25},
)
"""Of records 0 to 4; the fourth ties."""
RIGHT = ("a", "b", "b", "a", "c")


def consensus(**changed):
    return Consensus.model_validate(BY_ITEM | {"inference": HOW_INFERRED} | changed)


def record(n, **said):
    kind = ("a", "a", "b", None, "c")[n] if n < 5 else None
    row = {
        "record_id": f"rc_{n}",
        "item_id": f"it_{n}",
        "era": ERA,
        "status": "agreed",
        "kind": kind,
        "stars": 3,
        "size": 2.5,
        "tags": '["x"]',
    }
    return row | said


def posteriors(rows=POSTERIORS):
    return pd.DataFrame(
        [
            {
                "record_id": f"rc_{n}",
                "era": ERA,
                "field": "kind",
                "value": canonical_json(value),
                "probability": probability,
            }
            for n, row in enumerate(rows)
            for value, probability in row.items()
        ]
    )


def disputes(*rows):
    """Record, and what the majority says of it instead, None where it ties."""
    return pd.DataFrame(
        [
            {
                "record_id": f"rc_{n}",
                "era": ERA,
                "field": "kind",
                "method": "majority",
                "value": canonical_json(value),
            }
            for n, value in rows
        ],
        columns=["record_id", "era", "field", "method", "value"],
    )


def gold(name, *values):
    return pd.DataFrame(
        [
            {"item_id": f"it_{n}", "field": name, "value": canonical_json(value), "batch": "b"}
            for n, value in enumerate(values)
        ],
        columns=["item_id", "field", "value", "batch"],
    )


def measured(known, records=None, rules=None, disputed=None, soft=None):
    found = [record(n) for n in range(5)] if records is None else records
    judged = Records(
        pd.DataFrame(found).astype({"kind": "str"}),
        posteriors() if soft is None else soft,
        disputes((1, "b"), (3, "b"), (4, None)) if disputed is None else disputed,
        FIELDS,
        rules or consensus(),
    )
    items = pd.DataFrame({"item_id": [f"it_{n}" for n in range(8)]})
    table = gold_measures(known, judged, items.assign(group_id=items["item_id"]), HOW)
    assert list(table.columns) == list(MEASURES.columns)
    return table


def values(table, level="all"):
    rows = table[table["level"] == level]
    return {
        (m, s): v for m, s, v in zip(rows["measure"], rows["subject"], rows["value"], strict=True)
    }


def test_coverage_is_of_the_items_with_gold_and_accuracy_of_those_with_a_value():
    table = measured(gold("kind", *RIGHT, "a"))
    found = values(table)
    assert found["gold_coverage", "kind"] == 4 / 6
    assert found["gold_accuracy", "kind"] == 3 / 4
    n = table.set_index(["measure", "subject", "level"])["n"]
    assert n["gold_coverage", "kind", "all"] == 6
    assert n["gold_accuracy", "kind", "all"] == 4


def test_every_method_is_judged_on_the_same_items_and_a_tie_is_not_right():
    table = measured(gold("kind", *RIGHT))
    found = values(table)
    assert found["gold_accuracy_of_method", "kind/dawid_skene"] == 3 / 5
    assert found["gold_accuracy_of_method", "kind/majority"] == 3 / 5
    notes = table.set_index(["measure", "subject"])["note"]
    for method in ("dawid_skene", "majority"):
        note = notes["gold_accuracy_of_method", f"kind/{method}"]
        assert note.startswith("1 without one most probable value are not right")


def test_the_same_items_and_values_have_the_same_interval_in_both_rows():
    sure = [{"a": 0.9, "b": 0.1}] * 12
    judged = Records(
        pd.DataFrame([record(n, kind="a") for n in range(12)]).astype({"kind": "str"}),
        posteriors(sure),
        disputes(),
        FIELDS,
        consensus(),
    )
    keys = [f"it_{n}" for n in range(12)]
    items = pd.DataFrame({"item_id": keys, "group_id": keys})
    table = gold_measures(gold("kind", *"aaaaaaaabbbb"), judged, items, HOW)
    rows = table.set_index(["measure", "subject"])[["value", "low", "high", "n", "effective_n"]]
    accuracy = rows.loc["gold_accuracy", "kind"].tolist()
    assert accuracy[0] == 8 / 12
    assert accuracy[1] < accuracy[0] < accuracy[2]
    for method in ("dawid_skene", "majority"):
        assert rows.loc["gold_accuracy_of_method", f"kind/{method}"].tolist() == accuracy


def test_the_probabilities_are_held_against_gold():
    found = values(measured(gold("kind", *RIGHT)))
    squares = (0.05**2 * 2, 0.9**2 * 2, 0.15**2 + 0.1**2 + 0.05**2, 0.5, 0.25**2 * 2)
    assert found["gold_brier_score", "kind"] == pytest.approx(np.mean(squares))
    assert found["gold_error", "kind"] == (1 + 0.5) / 5
    assert found["gold_error_least_certain", "kind"] == 0.5
    apart = (0.5 - 0.5) + abs(0.75 - 1) + abs(0.85 - 1) + abs(0.95 + 0.9 - 1)
    assert found["gold_expected_calibration_error", "kind"] == pytest.approx(apart / 5)
    by_chance = sum(
        math.sqrt(2 / math.pi * p * (1 - p) * n)
        for p, n in ((0.5, 1), (0.75, 1), (0.85, 1), (0.925, 2))
    )
    assert found["gold_calibration_error_by_chance", "kind"] == pytest.approx(by_chance / 5)


def test_reliability_has_a_row_for_every_bin_with_items():
    table = measured(gold("kind", *RIGHT))
    curve = table[table["facet"] == "probability"].set_index(["measure", "level"])
    assert curve["value"]["reliability"].to_dict() == {
        "0.5 to 0.6": 0.5,
        "0.7 to 0.8": 1.0,
        "0.8 to 0.9": 1.0,
        "0.9 to 1": 0.5,
    }
    assert curve["value"]["reliability_said"].to_dict() == pytest.approx(
        {"0.5 to 0.6": 0.5, "0.7 to 0.8": 0.75, "0.8 to 0.9": 0.85, "0.9 to 1": 0.925}
    )
    assert curve["n"]["reliability"].tolist() == [1, 1, 1, 2]


def test_a_probability_of_one_is_in_the_last_bin_and_one_of_nine_tenths_in_no_lower_one():
    soft = posteriors([{"a": 1.0}, {"a": 0.9, "b": 0.1}, {"b": 0.899999, "a": 0.100001}])
    table = measured(gold("kind", "a", "a", "b"), soft=soft, disputed=disputes())
    assert sorted(table.loc[table["measure"] == "reliability", "level"]) == [
        "0.8 to 0.9",
        "0.9 to 1",
    ]


def test_ordered_fields_have_an_error_and_numbers_no_accuracy():
    known = pd.concat([gold("stars", 3, 5, 4), gold("size", 2.5, 3.5)])
    found = values(measured(known, rules=consensus(inference={})))
    assert found == {
        ("gold_coverage", "stars"): 1,
        ("gold_accuracy", "stars"): 1 / 3,
        ("gold_absolute_error_mean", "stars"): 1,
        ("gold_coverage", "size"): 1,
        ("gold_absolute_error_mean", "size"): 0.5,
    }


def test_a_set_is_right_where_all_of_it_is():
    known = gold("tags", ["x"], ["x", "y"], [])
    found = values(measured(known, rules=consensus(inference={})))
    assert found["gold_accuracy", "tags"] == 1 / 3


def test_without_gold_an_inferred_field_has_one_row_that_says_so():
    (row,) = measured(gold("kind")).to_dict("records")
    assert (row["measure"], row["subject"], row["n"]) == ("gold_accuracy", "kind", 0)
    assert math.isnan(row["value"])
    assert row["note"].startswith("there is no gold")


def test_without_gold_and_inference_there_is_no_row():
    assert measured(gold("kind"), rules=consensus(inference={})).empty


def test_gold_of_a_set_of_objects_judges_nothing_and_says_why():
    by_iou = consensus(match={"by": "iou", "at_least": 0.5}, inference={})
    (row,) = measured(gold("kind", *RIGHT), rules=by_iou).to_dict("records")
    assert math.isnan(row["value"])
    assert row["note"].startswith("gold is about items")


def test_tombstones_and_items_with_several_records_are_not_covered():
    gone = [record(0, status="retired"), record(1), record(7, item_id="it_1"), record(2)]
    found = values(measured(gold("kind", *RIGHT[:3]), records=gone))
    assert found["gold_coverage", "kind"] == 1 / 3
    assert found["gold_accuracy", "kind"] == 1


def test_a_record_whose_value_comes_of_newer_answers_does_not_judge_the_model():
    newer = [record(0, kind="c"), *(record(n) for n in range(1, 5))]
    table = measured(gold("kind", *RIGHT), records=newer)
    n = table.set_index(["measure", "subject"])["n"]
    assert n["gold_error", "kind"] == 4
    assert n["gold_accuracy", "kind"] == 4


def test_gold_with_a_value_that_nobody_named_is_wrong_with_certainty():
    found = values(measured(gold("kind", "c"), records=[record(0)], disputed=disputes()))
    assert found["gold_error", "kind"] == 1
    assert found["gold_brier_score", "kind"] == pytest.approx(0.95**2 + 0.05**2 + 1)


def test_inferred_fields_without_a_record_are_undefined_and_say_why():
    table = measured(gold("kind", *RIGHT), records=[record(6)])
    undefined = table[table["value"].isna()]
    assert set(undefined["measure"]) >= {"gold_accuracy", "gold_error", "gold_brier_score"}
    assert not undefined["note"].eq("").any()
    assert not table["measure"].str.startswith("reliability").any()


def test_the_order_of_rows_decides_nothing_and_repeated_gold_counts_once():
    known = pd.concat([gold("kind", *RIGHT), gold("stars", 3, 4)])
    twice = pd.concat([known, known.assign(batch="c")])
    turned = measured(
        twice[::-1],
        records=[record(n) for n in range(5)][::-1],
        soft=posteriors()[::-1],
        disputed=disputes((4, None), (3, "b"), (1, "b")),
    )
    pd.testing.assert_frame_equal(turned, measured(known))
