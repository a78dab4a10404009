"""Each rule of the tables has a case that breaks it, and it alone."""

import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import shapely
from builders.validated_set import CONCERNS, good_tables, ident, with_tombstones
from pandera.errors import SchemaErrors

from groundkeeper import table_checks
from groundkeeper.core.checks import EXAMPLES, failed_gates, to_frame
from groundkeeper.errors import SHOWN, TableError
from schemas import rules
from schemas.names import CHECKS, TABLES


def known(tables):
    fields, decisions = CONCERNS["fields"]["fields"], CONCERNS["decisions"]["decisions"]
    return table_checks.Surroundings(fields, decisions, tables)


def failed(name, tables):
    report = table_checks.check(tables[name], TABLES[name], known(tables))
    return [outcome.check for outcome in failed_gates(report.outcomes)]


def put(column, value):
    """A mutation: *value* in the first row of *column*."""

    def mutate(frame):
        changed = frame[column].astype(object)
        changed.iloc[0] = value
        return frame.assign(**{column: changed.infer_objects()})

    return mutate


def all_of(*mutations):
    def mutate(frame):
        for mutation in mutations:
            frame = mutation(frame)
        return frame

    return mutate


def twice(column):
    return lambda frame: frame.assign(**{column: [frame[column].iloc[1], *frame[column].iloc[1:]]})


SUM_TO_ONE = "soft_labels: probabilities of one record_id, field sum to 1"
BROKEN = [
    ("items", put("item_id", "it_1"), "items.item_id: a well-formed id"),
    ("items", put("item_key", None), "items.item_key: never null"),
    ("items", put("sha256", "abc"), "items.sha256: well-formed"),
    ("items", put("width_px", 0), "items.width_px: in its range"),
    ("items", put("height_px", -5), "items.height_px: in its range"),
    ("items", put("frames", 0), "items.frames: in its range"),
    ("items", put("width_px", 0.5), "items.width_px: of its type"),
    ("items", put("contrast", "yes"), "items.contrast: in the field's vocabulary"),
    ("items", twice("item_id"), "items: a unique key"),
    ("items", lambda frame: frame.assign(captured_at="today"), "items.captured_at: of its type"),
    ("items", lambda frame: frame.drop(columns="uri"), "items: the declared columns"),
    (
        "sample",
        put("prn", 1.0),
        {"sample.prn: in its range", "sample: prn < inclusion_probability"},
    ),
    ("sample", put("prn", 0.2), "sample: prn < inclusion_probability"),
    ("sample", put("inclusion_probability", 1.5), "sample.inclusion_probability: in its range"),
    (
        "sample",
        put("inclusion_probability", 0.0),
        {"sample.inclusion_probability: in its range", "sample: prn < inclusion_probability"},
    ),
    ("sample", put("split", "test"), "sample.split: in its vocabulary"),
    ("sample", put("group_id", "patient-99"), "sample: group_id as in items"),
    (
        "sample",
        put("item_id", ident("it", 99)),
        {"sample.item_id: occurs in items.item_id", "sample.item_id: occurs in gt_items.item_id"},
    ),
    (
        "sample",
        put("item_id", ident("it", 20)),
        {"sample.item_id: occurs in gt_items.item_id", "sample: group_id as in items"},
    ),
    ("sample", lambda frame: frame.assign(extra=1), "sample: the declared columns"),
    ("coverage", put("pool_share", 1.1), "coverage.pool_share: in its range"),
    ("coverage", put("sample_items", 21), "coverage: sample_items <= pool_items"),
    ("coverage", put("expected_items", -1.0), "coverage.expected_items: in its range"),
    ("answers", put("answer_id", ident("an", 0)), "answers.answer_id: a well-formed id"),
    ("answers", put("state", "done"), "answers.state: in its vocabulary"),
    ("answers", put("origin", "alien"), "answers.origin: in its vocabulary"),
    ("answers", put("independence", "some"), "answers.independence: in its vocabulary"),
    ("answers", put("identity", "Ada"), "answers.identity: in its vocabulary"),
    ("answers", put("era", "1.0"), "answers.era: well-formed"),
    ("answers", put("lead_time_s", -1.0), "answers.lead_time_s: in its range"),
    ("answers", put("sequence", -1), "answers.sequence: in its range"),
    ("answers", put("shown_prediction", 2), "answers.shown_prediction: of its type"),
    ("answers", put("item_id", ident("it", 99)), "answers.item_id: occurs in items.item_id"),
    ("measures", put("n", -1), "measures.n: in its range"),
    ("measures", put("low", 0.9), "measures: low <= high"),
    ("gt_items", put("status", "done"), "gt_items.status: in its vocabulary"),
    ("gt_items", put("split", "sealed"), "gt_items: split as in sample"),
    ("gt_items", put("stratum", "edge"), "gt_items: stratum as in sample"),
    ("gt_items", put("inclusion_probability", 0.3), "gt_items: inclusion_probability as in sample"),
    (
        "gt_items",
        put("status", "adjudicated"),
        "gt_items: status no better than that of the worst record",
    ),
    ("gt_items", put("records", 3), "gt_items: records counted"),
    ("gt_items", put("empty_answers", 5), "gt_items: empty_answers <= experts"),
    (
        "gt_items",
        all_of(
            put("item_id", ident("it", 20)),
            put("item_key", "scan-20"),
            put("uri", "archive/scan-20"),
            put("records", 0),
        ),
        "gt_items.item_id: occurs in sample.item_id",
    ),
    ("records", put("record_id", "rc_1"), "records.record_id: a well-formed id"),
    ("records", put("item_id", ident("it", 30)), "records.item_id: occurs in gt_items.item_id"),
    ("records", put("status", "fine"), "records.status: in its vocabulary"),
    (
        "records",
        all_of(put("votes", 5), put("confidence", 1.25)),
        {"records: votes <= experts", "records.confidence: in its range"},
    ),
    (
        "records",
        put("votes", -1),
        {"records.votes: in its range", "records: confidence = votes / experts"},
    ),
    ("records", put("confidence", 0.5), "records: confidence = votes / experts"),
    ("records", put("confidence", np.nan), "records: confidence = votes / experts"),
    ("records", put("spread_iou", 1.01), "records.spread_iou: in its range"),
    ("records", put("rule_ids", '{"b":1, "a":2}'), "records.rule_ids: canonical JSON"),
    ("records", put("borderline", None), "records.borderline: never null"),
    ("records", put("class", "tumour"), "records.class: an outcome of its decision"),
    ("records", put("diameter_mm", 501.0), "records.diameter_mm: in the field's range"),
    ("records", put("diameter_mm", -0.1), "records.diameter_mm: in the field's range"),
    (
        "records",
        lambda frame: frame.assign(diameter_mm="wide"),
        "records.diameter_mm: in the field's range",
    ),
    ("records", put("malignancy", 6), "records.malignancy: in the field's vocabulary"),
    ("records", put("malignancy_low", 0), "records.malignancy_low: in the field's vocabulary"),
    ("records", put("margin", "soft"), "records.margin: in the field's vocabulary"),
    ("records", lambda frame: frame.drop(columns="class"), "records: the declared columns"),
    (
        "record_parts",
        put("geometry", shapely.box(500, 500, 513, 512)),
        "record_parts: geometry inside the canvas",
    ),
    (
        "record_parts",
        put("geometry", shapely.box(-1, 0, 5, 5)),
        "record_parts: geometry inside the canvas",
    ),
    (
        "record_parts",
        put("geometry", shapely.Point(5, 5)),
        "record_parts.geometry: a valid shape",
    ),
    (
        "record_parts",
        put("geometry", shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])),
        "record_parts.geometry: a valid shape",
    ),
    ("record_parts", put("frame", 100), "record_parts: frame of the item"),
    (
        "record_parts",
        put("frame", -1),
        {"record_parts.frame: in its range", "record_parts: frame of the item"},
    ),
    (
        "record_parts",
        put("record_id", ident("rc", 99)),
        "record_parts.record_id: occurs in records.record_id",
    ),
    (
        "record_parts",
        lambda frame: frame.assign(geometry=b"wkb"),
        "record_parts.geometry: of its type",
    ),
    ("soft_labels", put("probability", 1.5), {"soft_labels.probability: in its range", SUM_TO_ONE}),
    ("soft_labels", put("probability", 0.5), SUM_TO_ONE),
    ("soft_labels", put("weight", -1.0), "soft_labels.weight: in its range"),
    ("soft_labels", put("value", "sharp"), "soft_labels.value: canonical JSON"),
    (
        "soft_labels",
        put("record_id", ident("rc", 99)),
        {"soft_labels.record_id: occurs in records.record_id", SUM_TO_ONE},
    ),
]


@pytest.mark.parametrize("name", good_tables())
def test_good_tables_pass_every_check(name):
    assert failed(name, good_tables()) == []


@pytest.mark.parametrize(
    ("name", "mutate", "expected"), BROKEN, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(BROKEN)]
)
def test_one_thing_broken_fails_its_check_alone(name, mutate, expected):
    tables = good_tables()
    tables[name] = mutate(tables[name])
    assert set(failed(name, tables)) == ({expected} if isinstance(expected, str) else expected)


def test_a_table_without_rows_passes_what_is_said_of_rows():
    tables = good_tables()
    for name, frame in tables.items():
        assert failed(name, {**tables, name: frame.iloc[:0]}) == [], name


def test_a_check_does_not_change_what_it_checks():
    tables = good_tables()
    before = {name: frame.copy(deep=True) for name, frame in tables.items()}
    for name in tables:
        failed(name, tables)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(tables[name], frame)


def test_the_order_and_index_of_rows_do_not_matter():
    tables = good_tables()
    broken = tables["records"].assign(confidence=0.5, status="fine")
    shuffled = broken.sample(frac=1, random_state=1)
    first, second = (
        table_checks.check(frame, TABLES["records"], known(tables)) for frame in (broken, shuffled)
    )
    assert first.outcomes == second.outcomes


def test_a_failure_names_table_column_key_value_and_what_is_allowed():
    tables = good_tables()
    broken = put("split", "test")(tables["sample"])
    with pytest.raises(TableError) as caught:
        table_checks.require(broken, TABLES["sample"], known(tables))
    message = str(caught.value)
    for part in ("sample.split", ident("it", 0), "split=test", "dev, sealed", "1 of 8 rows fails"):
        assert part in message
    assert isinstance(caught.value.__cause__, SchemaErrors)


def test_a_good_table_is_required_in_silence():
    tables = good_tables()
    table_checks.require(tables["sample"], TABLES["sample"], known(tables))


def test_an_undeclared_column_does_not_hide_other_faults():
    tables = good_tables()
    broken = put("split", "test")(tables["sample"]).assign(extra=1)
    tables["sample"] = broken
    assert set(failed("sample", tables)) == {
        "sample: the declared columns",
        "sample.split: in its vocabulary",
    }


def test_a_part_without_a_known_canvas_or_record_is_not_said_to_leave_it():
    tables = good_tables()
    tables["items"] = tables["items"].assign(width_px=None, height_px=None)
    tables["record_parts"] = put("geometry", shapely.box(0, 0, 9999, 9999))(tables["record_parts"])
    assert failed("record_parts", tables) == []


def test_an_item_found_empty_may_be_agreed_over_few_marks():
    tables = good_tables()
    records = tables["records"]
    tables["records"] = records.assign(status=["pending"] * 2 + ["agreed"] * (len(records) - 2))
    tables["gt_items"] = put("empty", True)(tables["gt_items"])  # noqa: FBT003 - a value of the column
    assert failed("gt_items", tables) == []


def test_a_retired_record_does_not_count_for_its_item():
    items = pd.DataFrame(
        {"item_id": ["a"], "status": ["adjudicated"], "empty": [False], "records": [1]}
    )
    records = pd.DataFrame({"item_id": ["a", "a"], "status": ["retired", "adjudicated"]})
    assert rules.is_no_better(items, records).all()
    assert rules.are_counted(items, records).all()


def test_a_tombstone_has_no_votes_outcomes_or_values_and_is_valid():
    tables = with_tombstones(good_tables(), 2)
    for name in ("records", "gt_items", "record_parts"):
        assert failed(name, tables) == []


def test_a_tombstone_that_an_item_counts_as_a_record_is_a_fault():
    tables = with_tombstones(good_tables(), 2)
    tables["gt_items"] = put("records", 2)(tables["gt_items"])
    assert failed("gt_items", tables) == ["gt_items: records counted"]


def test_an_observation_may_have_no_votes():
    records = good_tables()["records"]
    facts = records[["record_id", "item_id", "era", "experts"]].assign(votes=0)
    unsaid = TABLES["observations"].columns.keys() - set(facts)
    observations = facts.assign(**dict.fromkeys(unsaid))
    assert failed("observations", {"observations": observations}) == []


def test_the_report_of_a_hundred_thousand_bad_rows_is_small_and_fast():
    rows = 100_000
    one = good_tables()["records"].iloc[:1]
    broken = one.loc[one.index.repeat(rows)].assign(
        status="x", votes=9, rule_ids="{", record_id="rc_x"
    )
    start = time.perf_counter()
    with pytest.raises(TableError) as caught:
        table_checks.require(broken, TABLES["records"], known(good_tables()))
    seconds = time.perf_counter() - start
    assert len(str(caught.value)) < 8_000
    assert str(caught.value).count("\n") <= SHOWN + 1
    outcomes = table_checks.check(broken, TABLES["records"], known(good_tables())).outcomes
    assert max(len(outcome.examples) for outcome in outcomes) == EXAMPLES
    assert f"{rows} of {rows} rows fail" in str(caught.value)
    assert seconds < 20


def test_a_check_that_cannot_be_made_fails():
    tables = good_tables()
    tables["items"] = tables["items"].drop(columns="width_px")
    report = table_checks.check(tables["record_parts"], TABLES["record_parts"], known(tables))
    broken = failed_gates(report.outcomes)
    assert [outcome.check for outcome in broken] == ["record_parts: geometry inside the canvas"]
    assert "cannot be checked" in broken[0].found


def test_outcomes_are_rows_of_the_checks_table():
    tables = good_tables()
    outcomes = table_checks.check(put("frames", 0)(tables["items"]), TABLES["items"]).outcomes
    frame = to_frame(outcomes)
    assert table_checks.check(frame, CHECKS).outcomes
    table_checks.require(frame, CHECKS)
    shown = json.loads(frame.set_index("check").loc["items.frames: in its range", "examples"])
    assert shown == [{"frames": 0, "item_id": ident("it", 0)}]


def test_pandera_is_imported_by_nobody_else():
    modules = "groundkeeper.tables, groundkeeper.core.set_rules, stages.validate"
    code = f"import sys, {modules}; sys.exit('pandera' in sys.modules or 'great_expectations' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
