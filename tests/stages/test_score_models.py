"""Models scored against the ground truth of a set, which their predictions never touch."""

import copy
import json
from shutil import copytree

import pandas as pd
import pytest
from builders import drawn_shapes
from builders.drawn_shapes import KINDS, SET, shapes
from builders.predicted import predict

from groundkeeper import files, tables
from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.errors import FormatError, GuidelineError, RefusedError
from groundkeeper.layout import Layout
from schemas.enums import AREAS
from schemas.names import MEASURES, PREDICTED_REJECTS, PREDICTIONS, TABLES
from stages.runner import STAGES, execute

MODEL = "detector@3"
MEASURED = STAGES[: STAGES.index("score") + 1]
TO_DECIDE = tuple(name for name in STAGES[: STAGES.index("decide") + 1] if name != "agreement")


def seen(picture, *, without=(), also=(), off=0.5):
    """What a model finds in a picture: everything, but for the kinds that it is *without*."""
    marks = [
        {"label": kind, "confidence": 0.9, "parts": [{"frame": 0, **shape}]}
        for kind, shape in shapes(off, 0).items()
        if kind not in without
    ]
    return found(picture, *marks, *also)


def found(picture, *marks):
    told = {"item": f"street-{picture}", "annotator": MODEL}
    return told | ({"annotations": list(marks)} if marks else {"state": "empty"})


def box(x, y, width, height, label="bbox", **more):
    return {"label": label, "parts": [{"frame": 0, "bbox": [x, y, width, height]}], **more}


ROWS = [
    seen(0),
    seen(1, without=("bbox",), also=(box(180, 80, 10, 10), box(11, 10, 30, 20, "zebra"))),
    seen(2, without=("polygon",), also=(box(190, 90, 40, 40, "ellipse"),)),
    found(3),
    {"item": "street-99", "annotator": MODEL, "state": "empty"},
]


def run(root, stages=MEASURED):
    for name in stages:
        execute(name, SET, root)
    return Layout(root, SET)


def read(layout, name, stage="score"):
    return tables.read(layout.table(stage, TABLES[name]), TABLES[name])


def products(layout):
    """The bytes of what every stage wrote, but for what models said and how everybody is scored."""
    written = sorted(path for path in (layout.root / "data").rglob("*") if path.is_file())
    return {
        path.relative_to(layout.root).as_posix(): path.read_bytes()
        for path in written
        if not {"inbox", "score"} & set(path.parts) and "predict" not in path.name
    }


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    return run(drawn_shapes.repository(tmp_path_factory.mktemp("people") / "one"))


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    root = drawn_shapes.repository(tmp_path_factory.mktemp("models") / "one")
    predict(root, SET, ROWS)
    return run(root)


@pytest.fixture(scope="module")
def outcomes(layout):
    table = read(layout, "outcomes")
    return table[table["subject"] == MODEL]


def measured(layout, subject=MODEL):
    table = tables.read(layout.table("score", MEASURES), MEASURES)
    whole = table[(table["facet"] == "all") & (table["subject"] == subject)]
    return whole.set_index("measure")["value"]


def test_a_prediction_changes_nothing_but_scores(layout, without):
    one, other = products(layout), products(without)
    told = "data/ingest/street/metrics.json"
    figures = [json.loads(each.pop(told)) for each in (one, other)]
    assert figures[0] | {"models": 0.0, "predictions": 0.0, "predicted_rejects": 0.0} == figures[1]
    assert one == other


def test_what_people_come_to_is_the_same_beside_a_model(layout, without):
    for name in ("measures", "outcomes", "conflicts", "confusion", "scored"):
        with_model, alone = read(layout, name), read(without, name)
        subject = "annotator" if name == "conflicts" else "subject"
        people = ~with_model[subject].str.startswith(MODEL)
        pd.testing.assert_frame_equal(with_model[people].reset_index(drop=True), alone)


def test_a_model_is_counted_apart_from_people(layout):
    counts = files.read_json(layout.metrics("ingest"))
    assert (counts["models"], counts["predictions"], counts["predicted_rejects"]) == (1, 4, 1)
    assert counts["answers"] == 12
    rejects = tables.read(layout.table("ingest", PREDICTED_REJECTS), PREDICTED_REJECTS)
    assert rejects[["rule", "value"]].to_numpy().tolist() == [["item_is_known", "street-99"]]


def test_every_object_of_either_side_has_its_outcome(outcomes):
    # 21 records; the box of one picture and the polygon of another are not found.
    assert outcomes["outcome"].value_counts().to_dict() == {
        "correct": 19,
        "missing": 2,
        "extra": 2,
        "empty": 1,
        "excluded": 1,
    }
    missed = outcomes[outcomes["outcome"] == "missing"]
    assert sorted(missed["truth"]) == ["bbox", "polygon"]
    assert set(outcomes["confidence"].dropna()) == {0.9}


def test_lines_and_points_are_matched_as_areas_are(outcomes):
    right = outcomes[outcomes["outcome"] == "correct"].groupby("truth")["similarity"].agg(list)
    assert set(right.index) == set(KINDS)
    assert all(len(right[kind]) == 3 for kind in ("polyline", "points", "skeleton", "mask"))
    assert min(min(alike) for alike in right) >= 0.5


def test_the_figures_are_those_of_the_outcomes(layout):
    values = measured(layout)
    assert values["precision"] == pytest.approx(19 / 21)
    assert values["recall"] == pytest.approx(19 / 21)
    assert values["f1"] == pytest.approx(2 * 19 / (2 * 19 + 2 + 2))
    assert values["accuracy"] == pytest.approx(20 / 24)
    assert measured(layout, f"{MODEL}/bbox")["recall"] == pytest.approx(2 / 3)
    assert files.read_json(layout.metrics("score"))[f"recall.{MODEL}"] == pytest.approx(19 / 21)


def test_a_class_that_the_guideline_does_not_know_is_excluded_and_told(layout, outcomes):
    excluded = outcomes[outcomes["outcome"] == "excluded"]
    assert excluded["said"].tolist() == ["zebra"]
    # What it lay on is missing all the same.
    assert "bbox" in set(outcomes.loc[outcomes["outcome"] == "missing", "truth"])
    (scored,) = read(layout, "scored").query("subject == @MODEL").to_dict("records")
    assert json.loads(scored["foreign_classes"]) == {"zebra": 1}


def test_a_score_says_what_it_rests_on(layout, without):
    (scored,) = read(layout, "scored").query("subject == @MODEL").to_dict("records")
    assert (scored["gt_items"], scored["items"], scored["items_without_answer"]) == (4, 4, 0)
    assert (scored["items_not_in_gt"], scored["records"], scored["shapes_outside"]) == (0, 21, 0)
    assert (scored["items_unknown"], scored["values_refused"]) == (1, 0)
    assert scored["origin"] == "model"
    assert len(scored["content_digest"]) == len(scored["settings_digest"]) == 64
    assert set(read(without, "scored")["content_digest"]) == {scored["content_digest"]}
    assert set(read(without, "scored")["origin"]) == {"expert"}


def test_confusion_adds_up_to_the_outcomes(layout, outcomes):
    cells = read(layout, "confusion").query("subject == @MODEL")
    assert cells["n"].sum() == (outcomes["outcome"] != "excluded").sum()
    empty = cells.query("said == 'unmatched' and truth == 'unmatched'")
    assert empty["n"].tolist() == [1]


def test_where_nothing_is_open_the_bounds_are_the_score(layout):
    bounds = read(layout, "bounds").query("subject == @MODEL").set_index("measure")
    assert (bounds["low"] == bounds["high"]).all()
    assert bounds.loc["recall", "score"] == pytest.approx(19 / 21)


def test_the_latest_prediction_of_a_model_stands_whatever_run_it_is_of(tmp_path):
    root = drawn_shapes.repository(tmp_path / "one")
    predict(root, SET, [seen(0), seen(1)], 7)
    predict(root, SET, [found(0)], 8, era="1.0.0", round="another")
    layout = run(root, ("guideline", "items", "sample", "ingest"))
    told = tables.read(layout.table("ingest", PREDICTIONS), PREDICTIONS)
    assert sorted(told["state"]) == ["empty", "submitted"]
    counts = files.read_json(layout.metrics("ingest"))
    assert (counts["predictions"], counts["predictions_replaced"]) == (2, 1)
    assert counts["reject_share"] == 0


def test_what_a_model_says_of_nothing_known_has_a_score_of_nothing(tmp_path):
    root = drawn_shapes.repository(tmp_path / "one")
    predict(root, SET, [{"item": "street-99", "annotator": MODEL, "state": "empty"}])
    layout = run(root, (*TO_DECIDE, "score"))
    (scored,) = read(layout, "scored").query("subject == @MODEL").to_dict("records")
    assert (scored["origin"], scored["items"], scored["items_unknown"]) == ("model", 0, 1)
    assert scored["items_without_answer"] == scored["gt_items"] == 4
    table = tables.read(layout.table("score", MEASURES), MEASURES)
    of_model = table[table["subject"] == MODEL].set_index("measure")
    assert {"precision", "recall", "f1", "accuracy"} <= set(of_model.index)
    assert of_model["value"].isna().all()
    assert (of_model["n"] == 0).all()
    assert (of_model["note"].str.count(r"left out: 1 that the set does not have\)") == 1).all()


def test_without_a_settled_record_there_is_no_gold(layout, tmp_path):
    copytree(layout.root, tmp_path / "one")
    other = Layout(tmp_path / "one", SET)
    for name, more in (("records", {}), ("gt_items", {"experts": 0})):
        table = read(other, name, "decide").assign(status="pending", **more)
        tables.write(table, other.table("decide", TABLES[name]), TABLES[name])
    execute("score", SET, other.root)
    values = measured(other)
    assert values[["precision", "recall", "f1", "accuracy"]].isna().all()
    table = tables.read(other.table("score", MEASURES), MEASURES)
    assert table.loc[table["subject"] == MODEL, "note"].str.startswith("no gold").all()
    (scored,) = read(other, "scored").query("subject == @MODEL").to_dict("records")
    assert (scored["items"], scored["items_open"], scored["records"]) == (0, 4, 0)


def test_open_records_are_in_the_bounds_and_not_in_the_score(layout, tmp_path):
    copytree(layout.root, tmp_path / "one")
    other = Layout(tmp_path / "one", SET)
    records = read(other, "records", "decide")
    missed = read(layout, "outcomes").query("subject == @MODEL and outcome == 'missing'")
    is_open = records["record_id"] == missed["record_id"].iloc[0]
    items = read(other, "gt_items", "decide")
    of_open = items["item_id"].isin(records.loc[is_open, "item_id"])
    for table, frame, rows in (("records", records, is_open), ("gt_items", items, of_open)):
        told = frame.assign(status=frame["status"].mask(rows, "pending"))
        tables.write(told, other.table("decide", TABLES[table]), TABLES[table])
    execute("score", SET, other.root)
    assert measured(other)["recall"] == pytest.approx(19 / 20)
    bounds = read(other, "bounds").query("subject == @MODEL").set_index("measure").loc["recall"]
    assert bounds["low"] == pytest.approx(19 / 21)
    assert bounds["high"] == pytest.approx(19 / 20)
    assert bounds["records_open"] == 1


def test_a_model_that_is_called_as_an_expert_is_refused(tmp_path):
    root = drawn_shapes.repository(tmp_path / "one")
    item = {"item": "street-99", "state": "empty"}
    predict(root, SET, [found(0) | {"annotator": "ada"}, item | {"annotator": "bob"}])
    (own,) = root.glob(f"data/inbox/{SET}/*/predictions.jsonl")
    (theirs,) = root.glob(f"data/inbox/{SET}/*/answers.jsonl")
    both = ", ".join(sorted((own.parent.name, theirs.parent.name)))
    with pytest.raises(RefusedError, match=r"models called ada, bob, as annotators are") as told:
        run(root, (*TO_DECIDE, "score"))
    assert f"gk inbox remove {SET} BATCH`: ada in {both}, bob in {both})" in str(told.value)


@pytest.mark.parametrize("other", ["net/bbox", "readers/bbox"])
def test_a_model_that_could_be_a_class_of_another_is_refused_by_name(tmp_path, other):
    root = drawn_shapes.repository(tmp_path / "one")
    predict(root, SET, [seen(0) | {"annotator": name} for name in ("net", other)])
    (batch,) = {path.parent.name for path in root.glob(f"data/inbox/{SET}/*/predictions.jsonl")}
    name = f"{other} \\(which could be a part of {other.split('/')[0]}\\)"
    with pytest.raises(
        RefusedError, match=f"set {SET}: found names .*: {name}; .*gk inbox remove"
    ) as told:
        run(root, (*TO_DECIDE, "score"))
    assert f"gk inbox remove {SET} BATCH`: {other} in {batch})" in str(told.value)


def test_the_profile_of_frames_is_refused_in_a_set_and_says_where_it_is(layout, tmp_path):
    copytree(layout.root, tmp_path / "one")
    other = Layout(tmp_path / "one", SET)
    files.write_json(other.concern("scoring"), {"match_iou": 0.5, "profile": "cvat"})
    with pytest.raises(GuidelineError, match="gk score files --profile cvat"):
        execute("score", SET, other.root)


@pytest.mark.slow
def test_the_order_of_predictions_changes_nothing(layout, tmp_path):
    root = drawn_shapes.repository(tmp_path / "one")
    turned = copy.deepcopy(ROWS)[::-1]
    predict(root, SET, turned)
    other = run(root, (*TO_DECIDE, "score"))
    one, two = (read(each, "outcomes").drop(columns="annotation_id") for each in (layout, other))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"confidence": 1.5}, r"confidence: found 1\.5; allowed is a number of 1 or less"),
        ({"confidence": -0.1}, r"confidence: found -0\.1; allowed is a number of 0 or more"),
        ({"probabilities": {"bbox": 0.5, "mask": 0.2}}, r"add up to 0\.7; allowed is 1"),
        ({"probabilities": {"mask": 1.0}}, r"label 'bbox' is none of the classes"),
        (
            {"probabilities": {"bbox": 2.0}},
            r"probabilities\.bbox: found 2\.0; allowed is a number of 1 or less",
        ),
    ],
)
def test_what_is_no_probability_is_refused_with_its_line(more, said, tmp_path):
    root = drawn_shapes.repository(tmp_path / "one")
    predict(root, SET, [found(0), found(1, box(0, 0, 9, 9, **more))])
    with pytest.raises(FormatError, match=rf"line 2: annotations\[0\].*{said}"):
        run(root, ("guideline", "items", "sample", "ingest"))


def changed(layout, name, stage, how):
    table = read(layout, name, stage)
    tables.write(how(table), layout.table(stage, TABLES[name]), TABLES[name])


@pytest.fixture(scope="module")
def areas(layout, tmp_path_factory):
    """The same with areas alone, captured over two months, of items that were drawn by different odds."""
    root = tmp_path_factory.mktemp("areas") / "one"
    copytree(layout.root, root)
    other = Layout(root, SET)
    keys = {f"street-{n}": n for n in range(4)}
    chance = {n: 1.0 if n == 0 else 0.25 for n in range(4)}
    changed(other, "records", "decide", lambda t: t[t["drawn_as"].isin(AREAS)])
    changed(
        other, "predicted", "ingest", lambda t: t[t["kind"].isin(AREAS)].fillna({"confidence": 0.8})
    )
    place = read(other, "gt_items", "decide").set_index("item_id")["item_key"].map(keys)
    changed(
        other,
        "gt_items",
        "decide",
        lambda t: t.assign(inclusion_probability=t["item_id"].map(place).map(chance)),
    )
    months = pd.to_datetime(pd.Series(["2026-01-05", *["2026-02-05"] * 3]), utc=True)
    changed(
        other,
        "items",
        "items",
        lambda t: t.assign(captured_at=t["item_id"].map(place).map(months)),
    )
    execute("score", SET, root)
    return other


def test_a_model_has_average_precision_where_all_are_areas_with_a_confidence(layout, areas):
    assert not [name for name in measured(layout).index if name.startswith(("bbox_", "segm_"))]
    values = measured(areas)
    assert 0 < values["segm_ap50"] <= 1
    assert measured(areas, f"{MODEL}/bbox")["segm_ar100"] <= 2 / 3


def test_a_figure_of_the_pool_weighs_what_was_drawn_seldom(areas, layout):
    assert not [name for name in measured(layout).index if name.endswith("_of_pool")]
    outcomes = read(areas, "outcomes").query("subject == @MODEL")
    items = read(areas, "gt_items", "decide").set_index("item_id")["inclusion_probability"]
    weight = 1 / outcomes["item_id"].map(items)
    right, missed = ((outcomes["outcome"] == one) * weight for one in ("correct", "missing"))
    values = measured(areas)
    assert values["recall_of_pool"] == pytest.approx(right.sum() / (right + missed).sum())
    assert values["recall_of_pool"] != values["recall"]
    assert {"accuracy_of_pool", "precision_of_pool", "f1_of_pool"} <= set(values.index)
    assert "accuracy_of_pool" in measured(areas, POOLED).index


def test_figures_are_broken_down_by_the_month_of_capture(areas):
    table = tables.read(areas.table("score", MEASURES), MEASURES)
    of_model = table[(table["subject"] == MODEL) & (table["facet"] == "month")]
    assert set(of_model["level"]) == {"2026-01", "2026-02"}
    recall = of_model.set_index(["measure", "level"])["value"]["recall"]
    assert recall["2026-01"] == 1 > recall["2026-02"]
