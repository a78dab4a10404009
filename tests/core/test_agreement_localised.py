import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.agreement.by_class import one_against_rest
from groundkeeper.core.agreement.krippendorff import alpha_of_ratings, krippendorff_alpha
from groundkeeper.core.agreement.localised import label_figures, object_figures, rate
from groundkeeper.core.agreement.located import areas, on_common_frames, pairs_of
from groundkeeper.core.agreement.matched import boundary_figures, matched_figures
from groundkeeper.core.agreement.objects import THRESHOLDS, Marks, object_agreement
from groundkeeper.core.agreement.sizes import size_of_objects
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.shapes.drawn import NO_LABEL, Clusters, Drawn, Pairs

CAT, DOG = 0, 1
HOW = Resampling(rounds=50, seed=1, confidence=0.95)


def drawn_and_clusters(objects, panels):
    """Who drew what: *objects* as (item, {annotator: label}), *panels* the annotators who looked at each item."""
    shapes = sorted(
        (item, who, record, label)
        for record, (item, said) in enumerate(objects)
        for who, label in said.items()
    )
    item, who, record, label = np.array(shapes, dtype=np.int64).reshape(-1, 4).T
    drew = {(i, w) for i, w, _, _ in shapes}
    empty = [(i, w) for i, panel in enumerate(panels) for w in panel if (i, w) not in drew]
    nothing = np.array(empty, dtype=np.int64).reshape(-1, 2).T
    # Clusters are numbered by their first members.
    order = {one: place for place, one in enumerate(dict.fromkeys(record.tolist()))}
    numbered = np.array([order[one] for one in record.tolist()], dtype=np.int64)
    return Drawn(item, who, label, *nothing), Clusters(numbered, np.ones(len(order), bool))


def value(figures, measure, subject="object"):
    (figure,) = [f for f in figures if (f.measure, f.subject) == (measure, subject)]
    total = figure.contributions.sum(axis=0)
    found = float(figure.statistic(total[None])[0])
    return found if not math.isnan(found) else figure.reason(total)


def figures_of(objects, panels, labels=("cat", "dog")):
    drawn, clusters = drawn_and_clusters(objects, panels)
    rated = rate(drawn, clusters, len(labels))
    ids = np.array([f"it_{place}" for place in range(len(panels))], dtype=object)
    return [*object_figures(rated, ids), *label_figures(rated, ids, labels)]


SAID = [
    (0, {0: CAT, 1: CAT, 2: DOG}),
    (0, {0: DOG}),
    (1, {0: CAT, 1: CAT}),
    (1, {1: DOG, 2: DOG}),
    (2, {2: CAT}),
]
"""Five objects in three items; the fourth item is empty, and annotator 2 did not look at the last two."""
PANELS = [(0, 1, 2), (0, 1, 2), (0, 2), (0, 1)]


def test_alpha_after_localisation_is_that_of_a_table_with_absent_where_somebody_looked_and_drew_nothing():
    found = figures_of(SAID, PANELS)
    table = [
        ["cat", "dog", "cat", "absent", "absent"],
        ["cat", "absent", "cat", "dog", None],
        ["dog", "absent", "absent", "dog", "cat"],
    ]
    assert value(found, "localised_alpha") == pytest.approx(alpha_of_ratings(table, "nominal"))


def test_alpha_of_the_class_alone_is_among_those_who_found_the_object():
    found = figures_of(SAID, PANELS)
    table = [
        ["cat", "dog", "cat", None, None],
        ["cat", None, "cat", "dog", None],
        ["dog", None, None, "dog", "cat"],
    ]
    expected = alpha_of_ratings(table, "nominal")
    assert value(found, "localised_class_alpha") == pytest.approx(expected)


def test_f1_is_that_of_every_expert_against_every_other():
    # Matches of a pair on the items that both saw, and the shapes of both: 0 and 1, 0 and 2, 1 and 2.
    matches, shapes = (2, 1, 2), (3 + 3, 3 + 3, 3 + 2)
    found = figures_of(SAID, PANELS)
    assert value(found, "localised_f1") == pytest.approx(2 * sum(matches) / sum(shapes))


def test_agreement_on_a_label_asks_for_the_label_too():
    found = figures_of(SAID, PANELS)
    # Of cats, pairs who both said cat: 1 of the first object, 1 of the third; each said it to two others, or one.
    assert value(found, "localised_f1", "label=cat") == pytest.approx((2 + 2) / (2 * 2 + 2 * 2 + 1))
    of_cats = [
        ["cat", "not", "cat", "not", "not"],
        ["cat", "not", "cat", "not", None],
        ["not", "not", "not", "not", "cat"],
    ]
    expected = alpha_of_ratings(of_cats, "nominal")
    assert value(found, "localised_alpha", "label=cat") == pytest.approx(expected)


def test_objects_that_all_but_one_of_four_always_mark_have_an_alpha_below_chance():
    objects = [(item, {who: CAT for who in range(4) if who != item % 4}) for item in range(400)]
    found = figures_of(objects, [range(4)] * 400)
    assert value(found, "localised_f1") == pytest.approx(2 / 3)
    assert value(found, "localised_alpha") == pytest.approx(-1 / 3, abs=1e-3)


def test_items_in_which_nobody_marks_anything_are_not_counted():
    without, with_empty = figures_of(SAID, PANELS[:3]), figures_of(SAID, [*PANELS, (0, 1, 2)])
    for measure in ("localised_alpha", "localised_class_alpha", "localised_f1"):
        assert value(without, measure) == value(with_empty, measure)


@pytest.mark.parametrize(
    ("objects", "panels", "measure", "reason"),
    [
        ([(0, {0: CAT})], [(0,)], "localised_alpha", "no unit has two ratings"),
        ([(0, {0: CAT})], [(0,)], "localised_f1", "items that two experts looked at"),
        ([(0, {0: CAT, 1: CAT})], [(0, 1)], "localised_alpha", "every rating is the same"),
        ([], [(0, 1)], "localised_f1", "nothing was marked"),
        ([], [(0, 1)], "localised_alpha", "no unit has two ratings"),
    ],
)
def test_what_is_undefined_says_why(objects, panels, measure, reason):
    assert reason in value(figures_of(objects, panels), measure)


def test_shapes_that_nobody_named_are_of_a_class_of_their_own():
    unnamed = [(item, {0: NO_LABEL, 1: NO_LABEL if item else CAT}) for item in range(3)]
    found = figures_of(unnamed, [(0, 1)] * 3)
    table = [["none", "none", "none"], ["cat", "none", "none"]]
    assert value(found, "localised_alpha") == pytest.approx(alpha_of_ratings(table, "nominal"))


def test_matched_shapes_count_every_two_of_an_object_and_pairs_with_nothing_in_common_as_zero():
    drawn, _ = drawn_and_clusters([(0, {0: CAT, 1: CAT, 2: CAT})], [(0, 1, 2)])
    pairs = Pairs(np.array([0, 1]), np.array([1, 2]), np.array([0.5, 0.4]))
    together = Clusters(np.zeros(3, dtype=np.int64), np.ones(1, dtype=bool))
    iou, dice = matched_figures(drawn, pairs, together, np.ones(3, bool), np.array(["it"]))
    assert iou.contributions.tolist() == [[0.9, 3.0]]
    assert dice.contributions[0, 0] == pytest.approx(2 / 3 + 0.8 / 1.4)
    lines = [*matched_figures(drawn, pairs, together, np.zeros(3, bool), np.array(["it"]))]
    assert value(lines, "matched_dice_mean") == "no two experts drew an area around the same thing"


def test_dice_comes_from_iou_as_from_the_shapes():
    # Shapes of 16 and 15 square px that share 9.
    iou, dice = np.array([9 / 22]), np.array([18 / 31])
    drawn, together = drawn_and_clusters([(0, {0: CAT, 1: CAT})], [(0, 1)])
    pairs = Pairs(np.array([0]), np.array([1]), iou)
    figures = matched_figures(drawn, pairs, together, np.ones(2, bool), np.array(["it"]))
    assert value([*figures], "matched_dice_mean") == pytest.approx(dice[0])


def test_boundaries_that_are_not_there_are_not_counted():
    mean, p95 = np.array([1.0, np.nan, 3.0]), np.array([2.0, np.nan, 5.0])
    found = [*boundary_figures(mean, p95, np.array(["a", "b", "b"]))]
    assert value(found, "boundary_mean_px", "frame") == 2.0
    assert value(found, "boundary_p95_px", "frame") == 3.5


def test_sizes_begin_at_the_limits_of_coco():
    area = np.array([1023.9, 1024.0, 9215.9, 9216.0])
    alone = Clusters(np.arange(4), np.ones(4, dtype=bool))
    assert size_of_objects(area, alone).tolist() == ["small", "medium", "medium", "large"]


def marks(shift, n=20):
    """Two annotators box *n* objects of 100 px2, one of them *shift* px to the right."""
    iou = (10 - shift) / (10 + shift)
    item = np.repeat(np.arange(n), 2)
    drawn = Drawn(item, np.tile([0, 1], n), np.zeros(2 * n, dtype=np.int64))
    pairs = Pairs(np.arange(0, 2 * n, 2), np.arange(1, 2 * n, 2), np.full(n, iou))
    ids = [f"it_{place:02}" for place in range(n)]
    items = pd.DataFrame({"item_id": ids, "group_id": ids})
    return Marks(drawn, pairs, ["cat"], np.full(2 * n, 100.0), items)


def test_agreement_falls_at_the_threshold_above_which_nothing_is_put_together():
    # 10 px wide, 3 px apart: an IoU of 7 / 13 = 0.54.
    table = object_agreement(marks(shift=3), HOW)
    of_threshold = table[table["facet"] == "match_at_least"]
    f1 = of_threshold[of_threshold["measure"] == "localised_f1"].set_index("level")["value"]
    assert list(f1.index) == [f"{threshold:g}" for threshold in THRESHOLDS]
    assert f1.tolist() == [1, 1, 1, 0, 0]
    iou = of_threshold[of_threshold["measure"] == "matched_iou_mean"].set_index("level")["value"]
    assert iou["0.5"] == pytest.approx(7 / 13)
    assert math.isnan(iou["0.6"])
    assert set(table.loc[table["facet"] == "size", "level"]) == {"small"}


def test_agreement_on_a_file_of_nothing_is_undefined():
    nothing = np.zeros(0, dtype=np.int64)
    drawn = Drawn(nothing, nothing, nothing, np.array([0, 0]), np.array([0, 1]))
    items = pd.DataFrame({"item_id": ["it"], "group_id": ["it"]})
    pairs = Pairs(nothing, nothing, np.zeros(0))
    table = object_agreement(Marks(drawn, pairs, [], np.zeros(0), items), HOW)
    assert table["value"].isna().all()
    assert (table["note"] != "").all()


def test_alpha_of_all_labels_lies_between_those_of_each_and_of_absent():
    drawn, clusters = drawn_and_clusters(SAID, PANELS)
    rated = rate(drawn, clusters, 2)
    each = [krippendorff_alpha(one_against_rest(rated.ratings, k), "nominal") for k in (1, 2, 3)]
    whole = value(figures_of(SAID, PANELS), "localised_alpha")
    assert min(each) < whole < max(each)


said = st.dictionaries(st.integers(0, 3), st.sampled_from([CAT, DOG]), min_size=1)


@given(st.lists(st.tuples(st.integers(0, 3), said), max_size=8), st.permutations(range(4)))
def test_names_of_annotators_and_items_do_not_matter(objects, names):
    panels = [tuple(range(4))] * 4
    renamed = [
        (names[item], {names[who]: label for who, label in labels.items()})
        for item, labels in objects
    ]
    left, right = figures_of(objects, panels), figures_of(renamed, panels)
    for one in left:
        other = value(right, one.measure, one.subject)
        assert value(left, one.measure, one.subject) == pytest.approx(other)


@given(st.lists(st.tuples(st.integers(0, 3), said), max_size=8))
def test_f1_is_a_share_and_alpha_is_at_most_1(objects):
    found = figures_of(objects, [tuple(range(4))] * 4)
    for figure in found:
        at = value(found, figure.measure, figure.subject)
        if isinstance(at, float):
            assert at <= 1 + 1e-12
            assert at >= 0 or figure.measure != "localised_f1"


def test_pairs_and_areas_are_by_the_place_of_the_annotation():
    ids = pd.Index(["c", "a", "b"])
    table = pd.DataFrame({"left": ["a", "b"], "right": ["c", "c"], "iou": [0.5, 0.25]})
    pairs = pairs_of(table, ids)
    assert (pairs.left.tolist(), pairs.right.tolist()) == ([0, 0], [1, 2])
    assert pairs.similarity.tolist() == [0.5, 0.25]
    parts = pd.DataFrame({"annotation_id": ["a", "a", "b"], "frame": [0, 1, 0]})
    parts["geometry"] = [shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 2), shapely.Point(0, 0)]
    np.testing.assert_array_equal(areas(parts, ids), [np.nan, 4.0, np.nan])


def test_common_frames_are_those_that_both_experts_of_a_record_drew_on():
    members = pd.DataFrame(
        {"annotation_id": ["a", "b", "c"], "item_id": "it", "era": "1.0.0"}
        | {"record_id": ["rc", "rc", "other"], "annotator": ["r1", "r2", "r2"]}
    )
    parts = pd.DataFrame({"annotation_id": list("aabbc"), "frame": [0, 1, 1, 2, 1]})
    parts["geometry"] = shapely.box(0, 0, [1, 2, 3, 4, 5], 1)
    both = on_common_frames(members, parts)
    assert both[["left", "right", "frame"]].to_numpy().tolist() == [["a", "b", 1]]
    assert both["drawn_right"].iloc[0].area == 3
