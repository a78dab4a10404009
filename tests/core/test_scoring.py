import math
from dataclasses import replace
from functools import partial

import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies.evidence import (
    BY_IOU,
    BY_ITEM,
    FIELDS,
    evidence,
    evidence_from,
    fewest,
    shuffled,
)

from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.reconcile import candidate_pairs, reconcile
from groundkeeper.core.consensus.statements import in_order
from groundkeeper.core.consensus.voices import deciding
from groundkeeper.core.estimates import ratio
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Scoring
from groundkeeper.core.scoring import outcomes
from groundkeeper.core.scoring.conflicts import conflicts_of
from groundkeeper.core.scoring.figures import known_annotators, rating_figures
from groundkeeper.core.scoring.object_figures import object_figures
from groundkeeper.core.scoring.ratings import rating_conflicts, rating_errors
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.scoring.subjects.leave_one_out import Scope, leave_one_out
from groundkeeper.core.scoring.subjects.left_out_objects import left_out_sides
from schemas.names import CONFLICTS

BOX = shapely.box(0, 0, 4, 4)
NEAR = shapely.box(0, 0, 4, 3)
FAR = shapely.box(20, 20, 24, 24)
HALF_OFF = shapely.box(2, 0, 6, 4)
GUIDE = Guide({}, FIELDS, BY_IOU, Scoring(match_iou=0.5))


def marks_of(*shapes, **attributes):
    return [{"parts": {0: shape}, "attributes": attributes} for shape in shapes]


def reading(**drawn):
    """What readers drew on one item; a reader without a shape found nothing."""
    return evidence_from({("it_a", who, "1.0.0"): shapes for who, shapes in drawn.items()})


def left_out_of(found, consensus=BY_IOU, scope=None):
    clusters = reconcile(found, consensus, FIELDS).clusters
    said = deciding(found, consensus.quorum)
    marks = in_order(said).merge(clusters[["annotation_id", "record_id"]], on="annotation_id")
    pairs = candidate_pairs(said, marks, consensus.match)
    left_out = leave_one_out(
        marks,
        said.answers,
        pairs,
        at_least=consensus.match.at_least or 1.0,
        quorum=consensus.quorum,
        scope=Scope(set(clusters["record_id"])) if scope is None else scope,
    )
    return left_out, pairs


def left_out_for(found, scope=None):
    """Return what makes two sides, but for the guideline."""
    left_out, pairs = left_out_of(found, scope=scope)
    said = deciding(found, BY_IOU.quorum)
    return left_out, said, pairs, image_areas(said.items, said.annotations, said.parts)


def sides_of(found, scope=None):
    return left_out_sides(*left_out_for(found, scope), GUIDE)


def outcomes_of(found, scope=None):
    sides = sides_of(found, scope)
    return outcomes.outcomes_of(sides.compared(GUIDE), sides.truth, sides.said, sides.named)


def conflicts(found):
    sides = sides_of(found)
    return conflicts_of(sides.compared(GUIDE), sides.truth, sides.said, sides.named)


def counts(outcomes):
    return outcomes["outcome"].value_counts().to_dict()


def values_of(figures):
    """The figures by measure, means over classes left out."""
    return {
        f.measure: float(ratio(f.contributions.sum(axis=0)[None])[0])
        for f in figures
        if not f.measure.startswith("macro")
    }


def test_readers_who_drew_the_same_find_everything():
    drawn = reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(BOX))
    found = outcomes_of(drawn)
    assert counts(found) == {"correct": 3}
    assert found["similarity"].tolist() == [1, 1, 1]
    assert conflicts(drawn).empty


def test_a_reader_is_scored_against_the_others_alone():
    """With r3's own answer in it, the majority region would lie nearer to what r3 drew."""
    found = outcomes_of(reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(NEAR)))
    of_r3 = found[found["subject"] == "r3"]
    assert of_r3["similarity"].tolist() == [12 / 16]


def test_what_no_reader_but_one_drew_is_extra_and_what_one_did_not_draw_is_missing():
    drawn = reading(r1=marks_of(BOX, FAR), r2=marks_of(BOX), r3=[])
    by_reader = {who: counts(rows) for who, rows in outcomes_of(drawn).groupby("subject")}
    assert by_reader["r3"] == {"missing": 1}
    # Without r1 (or r2) a single vote for BOX is left, below the quorum of two: BOX is not judged.
    assert by_reader["r1"] == {"excluded": 1, "extra": 1}
    assert by_reader["r2"] == {"excluded": 1}
    table = conflicts(drawn)
    assert list(table.columns) == list(CONFLICTS.columns)
    assert sorted(table["conflict"]) == ["extra_annotation", "missing_annotation"]
    assert set(table["severity"]) == {"error"}


def test_a_shape_that_misses_its_record_by_a_little_is_extra_and_its_record_missing():
    drawn = reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(HALF_OFF))
    found = outcomes_of(drawn)
    assert counts(found[found["subject"] == "r3"]) == {"extra": 1, "missing": 1}
    table = conflicts(drawn)
    of_r3 = table[table["annotator"] == "r3"]
    assert sorted(of_r3["conflict"]) == ["extra_annotation", "missing_annotation"]


def test_a_match_that_is_less_alike_than_it_should_be_is_worth_a_look():
    drawn = reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(NEAR))
    assert counts(outcomes_of(drawn)) == {"correct": 3}
    (row,) = conflicts(drawn).query("annotator == 'r3'").to_dict("records")
    assert (row["conflict"], row["severity"], row["iou"]) == ("low_overlap", "warning", 12 / 16)


def test_records_that_are_not_settled_are_neither_missed_nor_extra():
    found = outcomes_of(
        reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=[], r4=marks_of(BOX)), scope=Scope(())
    )
    # Of r3, who drew nothing, nothing is asked that could be wrong.
    assert counts(found) == {"excluded": 3, "empty": 1}


def test_a_record_that_the_guideline_ignores_is_neither_asked_for_nor_blamed():
    found = reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(BOX), r4=marks_of(FAR))
    clusters = reconcile(found, BY_IOU, FIELDS).clusters
    everything = set(clusters["record_id"])
    assert counts(outcomes_of(found, Scope(everything))) == {"correct": 3, "missing": 1, "extra": 1}
    assert counts(outcomes_of(found, Scope((), everything))) == {"excluded": 4}


def test_an_item_whose_other_readers_cannot_reach_the_quorum_is_counted_and_not_scored():
    left_out, _ = left_out_of(reading(r1=marks_of(BOX), r2=marks_of(BOX)))
    assert left_out.folds.empty
    assert left_out.skipped == 2


def test_a_reader_of_an_older_era_is_not_judged_by_the_newer():
    found = evidence_from(
        {("it_a", who, "1.0.0"): marks_of(FAR) for who in ("r1", "r2", "r3")}
        | {("it_a", who, "2.0.0"): marks_of(BOX) for who in ("r1", "r2", "r3")}
    )
    assert counts(outcomes_of(found)) == {"correct": 3}


def test_precision_recall_and_f1_are_those_of_the_counts():
    found = outcomes_of(
        reading(r1=marks_of(BOX, FAR), r2=marks_of(BOX), r3=marks_of(BOX), r4=marks_of(HALF_OFF))
    )
    n = counts(found)
    tp, fp, fn = (n.get(name, 0) for name in ("correct", "extra", "missing"))
    figures = values_of(object_figures(found, "readers"))
    assert figures["precision"] == tp / (tp + fp)
    assert figures["recall"] == tp / (tp + fn)
    assert figures["f1"] == 2 * tp / (2 * tp + fp + fn)
    assert figures["iou_mean"] == found["similarity"][found["outcome"] == "correct"].mean()


def test_no_shape_at_all_leaves_precision_undefined():
    figures = values_of(object_figures(outcomes_of(reading(r1=[], r2=[], r3=[])), "readers"))
    assert figures["accuracy"] == figures["items_without_error"] == 1
    assert all(math.isnan(figures[name]) for name in ("precision", "recall", "f1", "iou_mean"))


@fewest
@given(evidence, st.randoms(use_true_random=False))
def test_outcomes_do_not_depend_on_the_order_of_the_rows(found, random):
    pd.testing.assert_frame_equal(outcomes_of(shuffled(found, random)), outcomes_of(found))


@fewest
@given(evidence)
def test_every_shape_of_a_reader_left_out_has_one_outcome_and_each_record_one(found):
    left_out, _ = left_out_of(found)
    table = outcomes_of(found)
    shapes = table["annotation_id"].dropna()
    assert sorted(shapes) == sorted(left_out.marks["annotation_id"])
    scorable = int(left_out.references["scorable"].sum())
    n = counts(table)
    assert n.get("correct", 0) + n.get("missing", 0) <= scorable
    assert not conflicts(found).duplicated(list(CONFLICTS.key)).any()


@fewest
@given(evidence)
def test_one_call_for_all_folds_clusters_as_one_call_for_each(found):
    left_out, _ = left_out_of(found)
    said = deciding(found, BY_IOU.quorum)
    for fold in left_out.folds.itertuples():
        of_item = said.answers["item_id"] == fold.item_id
        others = said.answers[of_item & (said.answers["annotator"] != fold.annotator)]
        clusters = reconcile(said.of(others), BY_IOU, {}).clusters
        one = {frozenset(rows) for _, rows in clusters.groupby("record_id")["annotation_id"]}
        here = left_out.evidence[left_out.evidence["fold"] == fold.fold]
        assert one == {frozenset(rows) for _, rows in here.groupby("reference")["annotation_id"]}


def rated(**ratings):
    drawn = {who: marks_of(BOX, rating=value) for who, value in ratings.items()}
    found = reading(**drawn)
    left_out, _ = left_out_of(found, BY_ITEM)
    return rating_errors(left_out, answered_values(found, FIELDS), FIELDS)


def test_a_rating_is_compared_with_the_lower_median_of_the_others():
    found = rated(r1=1, r2=2, r3=5).query("field == 'rating'")
    assert found.set_index("annotator")["distance"].to_dict() == {"r1": 1, "r2": 1, "r3": 4}
    figures = values_of(rating_figures(found, fields=FIELDS))
    assert figures == {
        "rating_exact": 0,
        "rating_within_one": 2 / 3,
        "rating_absolute_error_mean": 2,
    }
    assert rating_conflicts(found)["conflict"].tolist() == ["mismatching_label"] * 3


def test_equal_ratings_have_no_conflict():
    found = rated(r1=3, r2=3, r3=3)
    assert (found["distance"] == 0).all()
    assert rating_conflicts(found).empty


def test_ratings_of_a_record_below_the_quorum_are_not_scored():
    assert rated(r1=3, r2=3).empty


@fewest
@given(evidence, st.randoms(use_true_random=False))
def test_rating_errors_do_not_depend_on_the_order_of_the_rows(found, random):
    def errors(of):
        left_out, _ = left_out_of(of, BY_ITEM)
        return rating_errors(left_out, answered_values(of, FIELDS), FIELDS)

    one, other = errors(found), errors(shuffled(found, random))
    pd.testing.assert_frame_equal(one, other)
    assert (one["distance"].astype(float) >= 0).all()


def test_anonymous_annotators_have_no_figures_of_their_own():
    answers = pd.DataFrame(
        {"annotator": ["a", "b", "b"], "identity": ["known", "known", "anonymous"]}
    )
    known, why = known_annotators(answers)
    assert known == ["a"]
    assert why == "some annotators are anonymous: no figures of one annotator"


def test_figures_of_one_annotator_carry_the_name():
    found = rated(r1=1, r2=2, r3=5)
    make = partial(rating_figures, fields=FIELDS, annotator="r1")
    assert {f.subject for f in make(found[found["annotator"] == "r1"])} == {"r1/rating"}


def test_a_match_of_another_class_is_a_mismatch_and_counts_once():
    found = reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(BOX))
    who = found.annotations["answer_id"].map(found.answers.set_index("answer_id")["annotator"])
    found.annotations.loc[who == "r3", "label"] = "other"
    kind = {"type": "enum", "values": ["thing", "other"], "from": "label", "fuse": "mode"}
    fields = FIELDS | {"kind": Field.model_validate(kind)}
    guide = replace(GUIDE, fields=fields)
    sides = left_out_sides(*left_out_for(found), guide)
    table = outcomes.outcomes_of(sides.compared(guide), sides.truth, sides.said, sides.named)
    # Without r1 (or r2) the others' classes tie, so nobody can say which is right.
    assert counts(table[table["outcome"] != "empty"]) == {"excluded": 2, "mismatch": 1}
    assert table.query("outcome == 'mismatch'")[
        ["subject", "truth", "said"]
    ].to_numpy().tolist() == [["r3", "thing", "other"]]
