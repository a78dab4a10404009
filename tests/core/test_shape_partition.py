"""The partition of components into records is the best one, and says so only where that is known."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundkeeper.core.shapes.clustering import partition as partitions
from groundkeeper.core.shapes.clustering.assembly_kernels import SIMILAR, WHOLE
from groundkeeper.core.shapes.clustering.components import cluster_pairs
from groundkeeper.core.shapes.clustering.connected import connected
from groundkeeper.core.shapes.clustering.partition import best_partition
from groundkeeper.core.shapes.drawn import EXACTNESS, NO_LABEL, Drawn, Pairs
from groundkeeper.errors import TableError

SHAPES = 8
few = settings(deadline=None, max_examples=80)


@st.composite
def little_graphs(draw):
    """Up to ``SHAPES`` shapes, some that have something in common, with many ties."""
    n = draw(st.integers(2, SHAPES))
    annotator = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    label = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
    values = draw(st.sampled_from([(0.5,), (0.25, 0.5, 0.75), tuple(np.linspace(0.2, 0.99, 40))]))
    apart = [(i, j) for i, j in itertools.combinations(range(n), 2) if annotator[i] != annotator[j]]
    similarity = {pair: draw(st.sampled_from(values)) for pair in apart if draw(st.booleans())}
    return annotator, label, similarity


at_leasts = st.sampled_from([0.25, 0.5, 0.6])


def graph(annotator, label, similarity):
    drawn = Drawn(np.zeros(len(annotator), np.int64), np.array(annotator), np.array(label))
    ends = np.array(list(similarity), dtype=np.int64).reshape(-1, 2)
    values = np.array(list(similarity.values()), dtype=np.float64)
    return drawn, Pairs(ends[:, 0], ends[:, 1], values)


def worth(annotator, label, similarity, at_least):
    """Return what each two shapes that may be in one record are worth there."""
    joins = {}
    for i, j in itertools.combinations(range(len(annotator)), 2):
        if annotator[i] == annotator[j]:
            continue
        alike = similarity.get((i, j), 0.0)
        sure = alike if alike >= at_least else alike / at_least - 1.0
        joins[i, j] = round(sure * EXACTNESS) * SIMILAR
        joins[i, j] += alike > 0 and label[i] == label[j] != NO_LABEL
    return joins


def all_partitions(n, joins):
    """Give every partition with what it is worth, the lowest numbers first."""

    def extend(numbers, groups, value):
        if len(numbers) == n:
            yield numbers, value
            return
        shape = len(numbers)
        for number, members in enumerate(groups):
            if all((member, shape) in joins for member in members):
                more = sum(joins[member, shape] for member in members)
                larger = [*groups[:number], [*members, shape], *groups[number + 1 :]]
                yield from extend([*numbers, number], larger, value + more)
        yield from extend([*numbers, len(groups)], [*groups, [shape]], value)

    yield from extend([], [], 0)


def value_of(record, joins):
    return sum(one for (i, j), one in joins.items() if record[i] == record[j])


@few
@given(little=little_graphs(), at_least=at_leasts)
def test_the_best_of_all_partitions_is_found_and_of_equals_the_one_of_the_lowest_ranks(
    little, at_least
):
    joins = worth(*little, at_least)
    # max takes the first of equals, and the partitions come in the order of their numbers.
    best, _ = max(all_partitions(len(little[0]), joins), key=lambda one: one[1])
    found = cluster_pairs(*graph(*little), at_least)
    assert found.record.tolist() == best
    assert found.exact.all()


@settings(deadline=None, max_examples=40)
@given(little=little_graphs(), at_least=at_leasts)
def test_compiled_and_interpreted_the_kernel_answers_alike(little, at_least):
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(vars(partitions.partition), "compiled", raising=False)
        interpreted = cluster_pairs(*graph(*little), at_least)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "BY_HAND", -1)
        compiled = cluster_pairs(*graph(*little), at_least)
    assert np.array_equal(interpreted.record, compiled.record)
    assert np.array_equal(interpreted.exact, compiled.exact)


@pytest.mark.parametrize(("objects", "annotators"), [(2, 8), (6, 4), (4, 9)])
@pytest.mark.parametrize("effort", [0, 300, 20_000])
def test_compiled_and_interpreted_a_search_that_is_cut_off_answers_alike(
    objects, annotators, effort
):
    drawn, pairs = jittered(np.random.default_rng(objects), objects, annotators, 1.5)
    component = of_alike(drawn, pairs, 0.6)
    kept = component[pairs.left] == component[pairs.right]
    pairs = Pairs(pairs.left[kept], pairs.right[kept], pairs.similarity[kept])
    found = []
    for by_hand in (1 << 62, -1):
        with pytest.MonkeyPatch.context() as patch:
            if by_hand > 0:
                patch.delitem(vars(partitions.partition), "compiled", raising=False)
            patch.setattr(partitions, "BY_HAND", by_hand)
            found.append(best_partition(drawn, pairs, 0.6, component, effort))
    assert np.array_equal(found[0].lowest, found[1].lowest)
    assert np.array_equal(found[0].exact, found[1].exact)


def test_what_python_began_the_compiled_kernel_ends(monkeypatch):
    annotator = [0, 1, 2] * 40
    similarity = {(i, i + 1): 0.5 + i / 400 for i in range(120) if i % 3 != 2}
    pairs = graph(annotator, [0] * 120, similarity)
    whole = cluster_pairs(*pairs, 0.5)
    monkeypatch.delitem(vars(partitions.partition), "compiled", raising=False)
    # As many as it asks for at first, which the search of the first components uses up.
    monkeypatch.setattr(partitions, "BY_HAND", 6 * len(similarity))
    in_two = cluster_pairs(*pairs, 0.5)
    assert np.array_equal(whole.record, in_two.record)
    assert in_two.record.tolist()[:6] == [0, 1, 1, 2, 3, 3]


@few
@given(little=little_graphs(), at_least=at_leasts, effort=st.integers(0, 12))
def test_little_effort_gives_a_lawful_partition_and_claims_no_more_than_it_knows(
    little, at_least, effort
):
    drawn, pairs = graph(*little)
    joins = worth(*little, at_least)
    component = of_alike(drawn, pairs, at_least)
    kept = component[pairs.left] == component[pairs.right]
    pairs = Pairs(pairs.left[kept], pairs.right[kept], pairs.similarity[kept])
    found = best_partition(drawn, pairs, at_least, component, effort)
    asked = np.union1d(pairs.left, pairs.right).tolist()
    for one, other in itertools.combinations(asked, 2):
        if found.lowest[one] == found.lowest[other]:
            assert (one, other) in joins
    if found.exact.all():
        best = max(value for _, value in all_partitions(len(drawn), joins))
        assert value_of(found.lowest, joins) == best


def of_alike(drawn, pairs, at_least):
    alike = pairs.at_least(at_least)
    return connected(len(drawn), alike.left, alike.right)


def triple(first, second, ends):
    """Return a chain of three annotators' shapes."""
    return graph([0, 1, 2], [0, 0, 0], {(0, 1): first, (0, 2): ends, (1, 2): second})


@pytest.mark.parametrize(
    ("ends", "record"),
    [(0.0, [0, 0, 1]), (0.19, [0, 0, 1]), (0.21, [0, 0, 0]), (0.5, [0, 0, 0])],
)
def test_a_chain_is_cut_where_its_ends_differ_by_more_than_the_weaker_link_is_worth(ends, record):
    # 0.6 + 0.6 - (1 - 0.19 / 0.5) = 0.58 is less than one link, 0.6 + 0.6 - (1 - 0.21 / 0.5) = 0.62 is more.
    found = cluster_pairs(*triple(0.6, 0.6, ends), 0.5)
    assert found.record.tolist() == record
    assert found.exact.all()


def test_what_has_nothing_in_common_counts_the_same_whether_it_is_listed_or_not():
    listed = graph([0, 1, 2, 1], [0] * 4, {(0, 1): 0.6, (0, 2): 0.0, (1, 2): 0.6, (2, 3): 0.0})
    left_out = graph([0, 1, 2, 1], [0] * 4, {(0, 1): 0.6, (1, 2): 0.6})
    found = [cluster_pairs(*pairs, 0.5).record.tolist() for pairs in (listed, left_out)]
    assert found == [[0, 0, 1, 2]] * 2


def test_two_that_are_not_alike_share_a_record_where_enough_others_hold_them_together():
    similarity = dict.fromkeys(itertools.combinations(range(6), 2), 0.7)
    del similarity[0, 5]
    whole = cluster_pairs(*graph(range(6), [0] * 6, similarity), 0.5)
    assert whole.record.tolist() == [0] * 6
    assert whole.exact.all()


def jittered(rng, objects, annotators, apart):
    """Return shapes on a line: the nearer, the more alike."""
    where = np.concatenate(
        [np.arange(objects) * apart + rng.normal(0, 1, objects) for _ in range(annotators)]
    )
    by = np.repeat(np.arange(annotators), objects)
    left, right = np.triu_indices(len(where), 1)
    similarity = 1 - np.abs(where[left] - where[right]) / 8
    keep = (by[left] != by[right]) & (similarity > 0)
    drawn = Drawn(np.zeros(len(by), np.int64), by, np.zeros(len(by), np.int64))
    return drawn, Pairs(left[keep], right[keep], similarity[keep])


@pytest.mark.parametrize("seed", range(5))
def test_of_two_annotators_the_assignment_is_optimal_however_many_shapes_are_connected(seed):
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - an oracle of one test

    drawn, pairs = jittered(np.random.default_rng(seed), 150, 2, 1.5)
    found = cluster_pairs(drawn, pairs, 0.4)
    alike = pairs.at_least(0.4)
    gain = np.zeros((150, 150))
    gain[alike.left, alike.right - 150] = alike.similarity
    rows, columns = linear_sum_assignment(gain, maximize=True)
    together = found.record[pairs.left] == found.record[pairs.right]
    assert pairs.similarity[together].sum() == pytest.approx(gain[rows, columns].sum(), abs=1e-6)
    assert pairs.similarity[together].min() >= 0.4
    assert found.exact.all()


def test_exactness_without_search_comes_from_the_bound_of_two_annotators():
    drawn, pairs = jittered(np.random.default_rng(0), 60, 2, 1.5)
    pairs = pairs.at_least(0.4)
    component = of_alike(drawn, pairs, 0.4)
    assert best_partition(drawn, pairs, 0.4, component, effort=0).exact.all()


@pytest.mark.parametrize(("objects", "annotators"), [(8, 40), (100, 3), (12, 12)])
def test_a_component_too_large_for_all_ways_is_divided_well_and_told_not_to_be_exact(
    objects, annotators
):
    drawn, pairs = jittered(np.random.default_rng(0), objects, annotators, 1.0)
    found = cluster_pairs(drawn, pairs, 0.4)
    assert not found.exact.all()
    members = np.column_stack([found.record, drawn.annotator])
    assert len(np.unique(members, axis=0)) == len(drawn)
    joins = worth_of_all(drawn, pairs, 0.4)
    ours = together(found.record, joins)
    # At least as good as putting pairs together one by one.
    assert ours >= together(greedy(drawn, pairs, 0.4, joins), joins)
    # No shape would be better alone, and no two records as one.
    assert (joins * (found.record[:, None] == found.record)).sum(axis=1).min() > -1e-6
    for one, other in itertools.combinations(range(len(found)), 2):
        left, right = found.record == one, found.record == other
        if not set(drawn.annotator[left]) & set(drawn.annotator[right]):
            assert joins[np.ix_(left, right)].sum() <= 0


def worth_of_all(drawn, pairs, at_least):
    """Return what each two are worth together, [n, n]."""
    joins = np.full((len(drawn), len(drawn)), -1.0)
    alike = pairs.similarity >= at_least
    counted = np.where(alike, pairs.similarity, pairs.similarity / at_least - 1)
    joins[pairs.left, pairs.right] = joins[pairs.right, pairs.left] = counted
    np.fill_diagonal(joins, 0.0)
    return joins


def together(record, joins):
    return joins[record[:, None] == record[None, :]].sum() / 2


def greedy(drawn, pairs, at_least, joins):
    alike = pairs.at_least(at_least)
    record = np.arange(len(drawn))
    members = {shape: [shape] for shape in record.tolist()}
    for place in np.argsort(-alike.similarity, kind="stable"):
        one, other = record[alike.left[place]], record[alike.right[place]]
        if one == other:
            continue
        left, right = members[one], members[other]
        if set(drawn.annotator[left]) & set(drawn.annotator[right]):
            continue
        if joins[np.ix_(left, right)].sum() > 0:
            record[right] = one
            members[one] = left + members.pop(other)
    return record


def equal_shapes(by):
    left, right = np.triu_indices(len(by), 1)
    keep = by[left] != by[right]
    drawn = Drawn(np.zeros(len(by), np.int64), by, np.zeros(len(by), np.int64))
    return drawn, Pairs(left[keep], right[keep], np.ones(keep.sum()))


def test_three_hundred_equal_shapes_of_two_annotators_are_paired_in_the_order_of_their_ranks():
    found = cluster_pairs(*equal_shapes(np.repeat([0, 1], 150)), 0.5)
    assert found.record.tolist() == list(range(150)) * 2
    assert found.exact.all()


def test_three_hundred_equal_shapes_of_forty_annotators_make_as_few_records_as_there_can_be():
    by = np.arange(300) % 40
    found = cluster_pairs(*equal_shapes(by), 0.5)
    assert np.array_equal(found.record, np.arange(300) // 40)
    assert found.exact.all()


@pytest.mark.parametrize("at_least", [0.0, -0.5, 1.5, float("nan")])
def test_nothing_but_a_similarity_above_0_says_from_where_on_shapes_are_alike(at_least):
    with pytest.raises(TableError, match="how alike shapes are at least"):
        cluster_pairs(*triple(0.6, 0.6, 0.6), at_least)


def test_the_worth_of_a_pair_leaves_room_for_the_sums_of_large_components():
    # All pairs of a thousand shapes, each as the same or as nothing in common.
    assert 1000 * 999 // 2 * WHOLE < 1 << 63
