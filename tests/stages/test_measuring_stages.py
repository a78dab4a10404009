"""The stages sample, agreement and score, on small sets of three readers."""

import hashlib
import json
import math

import numpy as np
import pandas as pd
import pytest
import shapely
from strategies.evidence import BY_IOU, BY_ITEM, FIELDS, evidence_from

from groundkeeper import files, tables
from groundkeeper.core.binomial import share_limits
from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.scoring.certainty.covering import covering
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.errors import GuidelineError, ParamsError, SamplingError
from groundkeeper.layout import Layout
from schemas import inference, names, scoring
from schemas.drawn import DRAWN
from stages.runner import execute

SET = "boxes"
OF_MODELS = (
    names.PREDICTIONS,
    names.PREDICTED,
    names.PREDICTED_PARTS,
    names.PREDICTED_REJECTS,
)
PARAMS = """\
sets:
  boxes:
    sample:
      seed: 1
      share: {share}
      sealed_share: 0.3
      strata: [{{name: bright, when: "contrast", min_items: {min_items}}}]
    agreement: {{rounds: 100, seed: 1}}
    score: {{rounds: 100, seed: 1}}
"""


def write_params(root, share="1.0", min_items=1):
    (root / "params.yaml").write_text(PARAMS.format(share=share, min_items=min_items))


def pool(item_ids):
    return pd.DataFrame(
        {
            "item_id": item_ids,
            "item_key": item_ids,
            "uri": "",
            "sha256": None,
            "width_px": 32,
            "height_px": 32,
            "frames": 1,
            "group_id": [f"g{item}" for item in item_ids],
            "captured_at": pd.to_datetime(pd.Series([pd.NaT] * len(item_ids)), utc=True),
            "contrast": [place % 2 == 0 for place in range(len(item_ids))],
        }
    )


def reading(identity="known", independence="blind"):
    """Twelve items, three readers; r3 overlooks what is on every third item."""
    box = shapely.box(0, 0, 4, 4)
    mark = {"parts": {0: box}, "attributes": {"rating": 3, "calcified": True}}
    found = evidence_from(
        {
            (f"it_{item:02}", who, "1.0.0"): [] if who == "r3" and item % 3 == 0 else [mark]
            for item in range(12)
            for who in ("r1", "r2", "r3")
        }
    )
    found.answers["identity"] = identity
    found.answers["independence"] = independence
    return found


@pytest.fixture
def prepared(tmp_path):
    """Write what the stages before agreement and score would have, for a way of matching."""

    def prepare(found, consensus=BY_IOU, match_iou=0.5):
        layout = Layout(tmp_path, SET)
        write_params(tmp_path)
        items = pool(sorted(set(found.answers["item_id"])))
        tables.write(items, layout.table("items", names.ITEMS), names.ITEMS)
        execute("sample", SET, tmp_path)
        clusters = reconcile(found, consensus, {}).clusters
        records = clusters[["record_id", "item_id"]].drop_duplicates()
        records = records.assign(
            status="agreed",
            votes=2,
            experts=3,
            confidence=np.nan,
            **dict.fromkeys((*DRAWN, "adjudication")),
            borderline=False,
            decided_by="consensus",
            rule_ids="[]",
            completed_in=None,
            era="1.0.0",
            **{**dict.fromkeys(FIELDS), "rating": 3, "calcified": True},
        )
        sample = tables.read(layout.table("sample", names.SAMPLE), names.SAMPLE)
        gt_items = sample.drop(columns="prn").assign(
            item_key=sample["item_id"],
            uri=sample["item_id"],
            status="agreed",
            empty=False,
            records=1,
            experts=3,
            empty_answers=0,
        )
        for stage, table, frame in (
            ("ingest", names.ANSWERS, found.answers),
            ("ingest", names.ANNOTATIONS, found.annotations),
            ("ingest", names.PARTS, found.parts),
            *(("ingest", of, tables.empty(of)) for of in OF_MODELS),
            ("ingest", inference.GOLD, tables.empty(inference.GOLD)),
            ("consensus", names.CLUSTERS, clusters),
            ("consensus", inference.POSTERIORS, tables.empty(inference.POSTERIORS)),
            ("consensus", inference.DISPUTES, tables.empty(inference.DISPUTES)),
            ("decide", names.RECORDS, records),
            ("decide", names.GT_ITEMS, gt_items),
            ("decide", names.RECORD_PARTS, tables.empty(names.RECORD_PARTS)),
            ("decide", inference.SOFT_LABELS, tables.empty(inference.SOFT_LABELS)),
        ):
            tables.write(frame, layout.table(stage, table), table)
        fields = {
            name: field.model_dump(mode="json", by_alias=True, exclude_none=True)
            for name, field in FIELDS.items()
        }
        files.write_json(layout.concern("fields"), {"fields": fields})
        files.write_json(layout.concern("consensus"), consensus.model_dump(exclude_none=True))
        files.write_json(layout.concern("decisions"), {"decisions": {}})
        files.write_json(layout.concern("coverage"), {"classes": []})
        files.write_json(layout.concern("scoring"), {"match_iou": match_iou} if match_iou else {})
        return layout

    return prepare


def measures(layout, stage):
    return tables.read(layout.table(stage, names.MEASURES), names.MEASURES).set_index(
        ["measure", "subject", "facet", "level"]
    )


def digests(layout, stage):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in layout.folder(stage).iterdir()
    }


def test_a_census_writes_sample_coverage_and_sizes(prepared):
    layout = prepared(reading())
    sample = tables.read(layout.table("sample", names.SAMPLE), names.SAMPLE)
    covered = tables.read(layout.table("sample", names.COVERAGE), names.COVERAGE)
    assert len(sample) == 12
    assert set(covered["facet"]) == {"contrast", "stratum"}
    figures = files.read_json(layout.metrics("sample"))
    assert figures["items"] == 12
    assert figures["items.bright"] + figures["items.routine"] == 12


@pytest.mark.parametrize("share", ["0.04", "0.2", "0.99"])
def test_a_share_that_is_neither_small_nor_a_census_is_refused(tmp_path, share):
    write_params(tmp_path, share)
    with pytest.raises(ParamsError, match=r"sample\.share: .*0\.05 to 0\.15, or exactly 1"):
        execute("sample", SET, tmp_path)


def test_a_target_above_its_stratum_is_refused(prepared):
    layout = prepared(reading())
    write_params(layout.root, min_items=7)
    with pytest.raises(SamplingError, match="min_items is 7, but the pool has 6"):
        execute("sample", SET, layout.root)


def test_agreement_has_a_figure_for_shapes_presence_and_each_rating(prepared):
    layout = prepared(reading())
    execute("agreement", SET, layout.root)
    found = measures(layout, "agreement")
    whole = found.xs(("all", "all"), level=("facet", "level"))
    assert whole.loc[("dice_mean", "frame"), "value"] == 1
    # Four of twelve records: 2 of 3 experts; 2 * (8 * 3 + 4 * 1) / (8 * 6 + 4 * 4).
    assert whole.loc[("presence_positive_agreement", "record"), "value"] == 56 / 64
    assert whole.loc[("presence_overall_agreement", "item"), "value"] == 28 / 36
    assert whole.loc[("pairs_exact", "rating"), "value"] == 1
    alpha = whole.loc[("krippendorff_alpha_ordinal", "rating")]
    assert math.isnan(alpha["value"])
    assert alpha["note"] == "every rating is the same, so agreement cannot be told from chance"
    assert {"bright", "routine"} <= set(found.index.get_level_values("level"))
    figures = json.loads(layout.metrics("agreement").read_text())
    assert figures["krippendorff_alpha_ordinal.rating"] is None


def test_objects_have_agreement_by_threshold_and_by_size_and_completeness(prepared):
    layout = prepared(reading())
    execute("agreement", SET, layout.root)
    found = measures(layout, "agreement")
    by_threshold = found.xs("match_at_least", level="facet")
    assert set(by_threshold.index.get_level_values("level")) == {"0.3", "0.4", "0.5", "0.6", "0.7"}
    # The boxes are all the same, so that the threshold makes no difference.
    f1 = by_threshold.xs(("localised_f1", "object"), level=("measure", "subject"))["value"]
    assert set(f1) == {56 / 64}
    whole = found.xs(("all", "all"), level=("facet", "level"))
    assert whole.loc[("boundary_p95_px", "frame"), "value"] == 0
    assert whole.loc[("localised_alpha", "object"), "n"] == 12
    assert set(found.xs("size", level="facet").index.get_level_values("level")) == {"small"}
    complete = whole.loc[("completeness", "object")]
    # r3 missed four objects, and nobody found one alone.
    assert (complete["value"], complete["n"], complete["groups"]) == (1, 12, 12)
    assert "no interval" in complete["note"]


def test_completeness_of_readings_that_were_not_blind_is_refused_and_says_why(prepared):
    layout = prepared(reading(independence="unblinded"))
    execute("agreement", SET, layout.root)
    complete = measures(layout, "agreement").loc["completeness"]
    assert len(complete) == 1
    assert math.isnan(complete["value"].iloc[0])
    assert "refused" in complete["note"].iloc[0]


def test_records_that_are_items_have_no_figures_of_objects(prepared):
    layout = prepared(reading(), BY_ITEM, match_iou=None)
    execute("agreement", SET, layout.root)
    found = set(measures(layout, "agreement").index.get_level_values("measure"))
    assert not [name for name in found if name.startswith(("localised", "matched", "complete"))]


def test_every_known_reader_has_agreement_without_them(prepared):
    layout = prepared(reading())
    execute("agreement", SET, layout.root)
    found = measures(layout, "agreement")
    without = found.xs("annotator", level="facet")
    assert set(without.index.get_level_values("measure")) == {
        "krippendorff_alpha_without",
        "krippendorff_alpha_change_without",
    }
    assert set(without.index.get_level_values("level")) == {"r1", "r2", "r3"}
    assert without["note"].str.contains("without them every rating is the same").all()


def test_of_anonymous_readers_one_row_says_that_there_is_no_agreement_without_them(prepared):
    layout = prepared(reading(identity="anonymous"))
    execute("agreement", SET, layout.root)
    without = measures(layout, "agreement").xs("annotator", level="facet")
    assert len(without) == 1
    assert "annotators are anonymous" in without["note"].iloc[0]


def test_agreement_is_broken_down_by_month_where_there_are_several(prepared):
    found = reading()
    day = pd.Timestamp("2026-03-31", tz="UTC")
    later = found.answers["item_id"] > "it_05"
    found.answers["submitted_at"] = day
    layout = prepared(found)
    execute("agreement", SET, layout.root)
    assert "month" not in measures(layout, "agreement").index.get_level_values("facet")
    found.answers["submitted_at"] = [day + pd.Timedelta(days=int(late)) for late in later]
    layout = prepared(found)
    execute("agreement", SET, layout.root)
    months = measures(layout, "agreement").xs("month", level="facet")
    assert set(months.index.get_level_values("level")) == {"2026-03", "2026-04"}
    assert months.loc[("dice_mean", "frame"), "n"].gt(0).all()


def test_reads_that_were_not_blind_are_said_to_be_on_every_figure(prepared):
    layout = prepared(reading(independence="unblinded"))
    for stage in ("agreement", "score"):
        execute(stage, SET, layout.root)
        assert measures(layout, stage)["note"].str.startswith("reads were not independent").all()


def test_a_known_reader_has_scores_of_their_own(prepared):
    layout = prepared(reading())
    execute("score", SET, layout.root)
    whole = measures(layout, "score").xs(("all", "all"), level=("facet", "level"))
    assert whole.loc[("recall", "r3"), "value"] == 8 / 12
    assert whole.loc[("precision", "r3"), "value"] == 1
    assert whole.loc[("recall", "r3"), "n"] == 12
    conflicts = tables.read(layout.table("score", names.CONFLICTS), names.CONFLICTS)
    assert set(conflicts["conflict"]) == {"missing_annotation"}
    assert set(conflicts["annotator"]) == {"r3"}


def test_readers_have_the_intervals_that_models_have(prepared):
    layout = prepared(reading())
    execute("score", SET, layout.root)
    whole = measures(layout, "score").xs(("all", "all"), level=("facet", "level"))
    exact = [limit.item() for limit in share_limits(np.array([8 / 12]), np.array([12.0]), 0.95)]
    assert whole.loc[("recall", "r3"), ["low", "high"]].tolist() == pytest.approx(exact)
    outcomes = tables.read(layout.table("score", scoring.OUTCOMES), scoring.OUTCOMES)
    told = [
        figure
        for figure in object_figures(outcomes, "readers")
        if (figure.measure, figure.subject) == ("f1", "readers")
    ]
    found = covering(told[0].contributions, told[0].item_ids, told[0].statistic, 0.95)
    pooled = whole.loc[("f1", "readers"), ["low", "high"]]
    assert pooled.tolist() == pytest.approx([found.low, found.high])


def test_anonymous_readers_are_scored_together_alone(prepared):
    layout = prepared(reading(identity="anonymous"))
    execute("score", SET, layout.root)
    found = measures(layout, "score")
    assert set(found.index.get_level_values("subject")) == {"readers"}
    assert found["note"].str.contains("annotators are anonymous").all()


def test_ratings_are_scored_where_records_are_items(prepared):
    layout = prepared(reading(), BY_ITEM, match_iou=None)
    execute("score", SET, layout.root)
    whole = measures(layout, "score").xs(("all", "all"), level=("facet", "level"))
    assert whole.loc[("rating_exact", "rating"), "value"] == 1
    assert whole.loc[("rating_absolute_error_mean", "rating"), "value"] == 0


def test_a_guideline_without_an_iou_to_score_at_is_refused(prepared):
    layout = prepared(reading(), match_iou=None)
    with pytest.raises(GuidelineError, match="match_iou"):
        execute("score", SET, layout.root)


@pytest.mark.parametrize("stage", ["sample", "agreement", "score"])
def test_the_same_inputs_give_the_same_bytes(prepared, stage):
    layout = prepared(reading())
    execute(stage, SET, layout.root)
    first = digests(layout, stage)
    execute(stage, SET, layout.root)
    assert digests(layout, stage) == first
