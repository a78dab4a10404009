import itertools
import math
from functools import partial

import numpy as np
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

from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.reconcile import candidate_pairs, reconcile
from groundkeeper.core.consensus.statements import in_order
from groundkeeper.core.consensus.voices import deciding
from groundkeeper.core.estimates import ratio
from groundkeeper.core.scoring.figures import known_annotators, rating_figures, shape_figures
from groundkeeper.core.scoring.leave_one_out import Scope, leave_one_out
from groundkeeper.core.scoring.matching import assign, match
from groundkeeper.core.scoring.ratings import rating_conflicts, rating_errors
from groundkeeper.core.scoring.shapes import conflicts, shape_outcomes
from schemas.names import CONFLICTS

BOX = shapely.box(0, 0, 4, 4)
NEAR = shapely.box(0, 0, 4, 3)
FAR = shapely.box(20, 20, 24, 24)
HALF_OFF = shapely.box(2, 0, 6, 4)


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


def outcomes_of(found, scope=None):
    left_out, pairs = left_out_of(found, scope=scope)
    return shape_outcomes(left_out, found.annotations, found.parts, pairs, 0.5)


def counts(outcomes):
    return outcomes["outcome"].value_counts().to_dict()


def values_of(figures):
    return {f.measure: float(ratio(f.contributions.sum(axis=0)[None])[0]) for f in figures}


@given(
    st.integers(1, 5).flatmap(
        lambda rows: st.lists(
            st.lists(st.integers(0, 8), min_size=rows, max_size=rows), min_size=1, max_size=5
        )
    )
)
def test_an_assignment_is_worth_as_much_as_the_best_of_all(rows):
    worth = np.array(rows, dtype=float)
    given_columns = assign(worth)
    used = [column for column in given_columns if column >= 0]
    found = sum(worth[row, column] for row, column in enumerate(given_columns) if column >= 0)
    square = np.zeros((max(worth.shape),) * 2)
    square[: worth.shape[0], : worth.shape[1]] = worth
    best = max(
        square[range(len(square)), list(order)].sum()
        for order in itertools.permutations(range(len(square)))
    )
    assert len(used) == len(set(used))
    assert found == best


pairs_to_match = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), st.integers(1, 10), max_size=16
)


@given(pairs_to_match, st.randoms(use_true_random=False))
def test_matching_uses_each_side_once_and_does_not_depend_on_the_order_of_the_rows(found, random):
    rows = [(left, right, iou / 10) for (left, right), iou in found.items()]
    table, again = (
        match(pd.DataFrame(order, columns=["left", "right", "iou"]), 0.3)
        for order in (rows, random.sample(rows, len(rows)))
    )
    assert not table["left"].duplicated().any()
    assert not table["right"].duplicated().any()
    assert (table["iou"] >= 0.3).all()
    pd.testing.assert_frame_equal(table, again)


def test_readers_who_drew_the_same_find_everything():
    found = outcomes_of(reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(BOX)))
    assert counts(found) == {"tp": 3}
    assert found["iou"].tolist() == [1, 1, 1]
    assert conflicts(found).empty


def test_a_reader_is_scored_against_the_others_alone():
    """With r3's own answer in it, the majority region would lie nearer to what r3 drew."""
    found = outcomes_of(reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(NEAR)))
    of_r3 = found[found["annotator"] == "r3"]
    assert of_r3["iou"].tolist() == [12 / 16]


def test_what_no_reader_but_one_drew_is_extra_and_what_one_did_not_draw_is_missing():
    found = outcomes_of(reading(r1=marks_of(BOX, FAR), r2=marks_of(BOX), r3=[]))
    by_reader = {who: counts(rows) for who, rows in found.groupby("annotator")}
    assert by_reader["r3"] == {"fn": 1}
    # Without r1 (or r2) a single vote for BOX is left, below the quorum of two: BOX is not judged.
    assert by_reader["r1"] == {"excluded": 1, "fp": 1}
    assert by_reader["r2"] == {"excluded": 1}
    table = conflicts(found)
    assert list(table.columns) == list(CONFLICTS.columns)
    assert sorted(table["conflict"]) == ["extra", "missing"]


def test_a_shape_that_misses_its_record_by_a_little_is_one_conflict_of_low_overlap():
    found = outcomes_of(reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(HALF_OFF)))
    of_r3 = found[found["annotator"] == "r3"]
    assert counts(of_r3) == {"fp": 1, "fn": 1}
    table = conflicts(of_r3)
    assert table["conflict"].tolist() == ["low_overlap"]
    assert table["iou"].tolist() == [8 / 24]
    assert table["record_id"].notna().all()


def test_records_that_are_not_settled_are_neither_missed_nor_extra():
    found = outcomes_of(
        reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=[], r4=marks_of(BOX)), scope=Scope(())
    )
    assert counts(found) == {"excluded": 3}


def test_a_record_that_the_guideline_ignores_is_neither_asked_for_nor_blamed():
    found = reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(BOX), r4=marks_of(FAR))
    clusters = reconcile(found, BY_IOU, FIELDS).clusters
    everything = set(clusters["record_id"])
    assert counts(outcomes_of(found, Scope(everything))) == {"tp": 3, "fn": 1, "fp": 1}
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
    assert counts(outcomes_of(found)) == {"tp": 3}


def test_precision_recall_and_f1_are_those_of_the_counts():
    found = outcomes_of(
        reading(r1=marks_of(BOX, FAR), r2=marks_of(BOX), r3=marks_of(BOX), r4=marks_of(HALF_OFF))
    )
    n = counts(found)
    tp, fp, fn = (n.get(name, 0) for name in ("tp", "fp", "fn"))
    figures = values_of(shape_figures(found))
    assert figures["precision"] == tp / (tp + fp)
    assert figures["recall"] == tp / (tp + fn)
    assert figures["f1"] == 2 * tp / (2 * tp + fp + fn)
    assert figures["iou_mean"] == found["iou"][found["outcome"] == "tp"].mean()


def test_no_shape_at_all_leaves_precision_undefined():
    figures = values_of(shape_figures(outcomes_of(reading(r1=[], r2=[], r3=[]))))
    assert all(math.isnan(value) for value in figures.values())


@fewest
@given(evidence, st.randoms(use_true_random=False))
def test_outcomes_do_not_depend_on_the_order_of_the_rows(found, random):
    pd.testing.assert_frame_equal(outcomes_of(shuffled(found, random)), outcomes_of(found))


@fewest
@given(evidence)
def test_every_shape_of_a_reader_left_out_has_one_outcome_and_each_record_one(found):
    left_out, pairs = left_out_of(found)
    outcomes = shape_outcomes(left_out, found.annotations, found.parts, pairs, 0.5)
    shapes = outcomes["annotation_id"].dropna()
    assert sorted(shapes) == sorted(left_out.marks["annotation_id"])
    scorable = int(left_out.references["scorable"].sum())
    n = counts(outcomes)
    assert n.get("tp", 0) + n.get("fn", 0) <= scorable
    assert not conflicts(outcomes).duplicated(list(CONFLICTS.key)).any()


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
    assert rating_conflicts(found)["conflict"].tolist() == ["mismatch"] * 3


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


def test_a_match_of_another_kind_is_a_mismatch():
    found = reading(r1=marks_of(BOX), r2=marks_of(BOX), r3=marks_of(BOX))
    who = found.annotations["answer_id"].map(found.answers.set_index("answer_id")["annotator"])
    found.annotations.loc[who == "r3", "kind"] = "line"
    table = conflicts(outcomes_of(found))
    # Without r1 (or r2) the others' kinds tie, so nobody can say which is right.
    assert table[["annotator", "conflict"]].to_numpy().tolist() == [["r3", "mismatch"]]
