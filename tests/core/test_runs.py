"""Places in columns, against lists that are written out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.runs import members, members_in_parts, numbered, offsets_of, ranks_of

runs = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 6)), max_size=12)


def columns(some):
    return np.array(some, dtype=np.int64).reshape(-1, 2).T


@given(runs)
def test_members_are_those_of_every_run_one_after_the_other(some):
    first, counts = columns(some)
    run, place = members(first, counts)
    wanted = [(n, begin + k) for n, (begin, count) in enumerate(some) for k in range(count)]
    assert list(zip(run.tolist(), place.tolist(), strict=True)) == wanted
    assert (numbered(counts) == place - first[run]).all()
    assert np.diff(offsets_of(counts)).tolist() == counts.tolist()


@given(runs, st.integers(1, 20))
def test_parts_are_whole_runs_no_more_at_once_than_asked_for_unless_one_alone_is(some, at_once):
    first, counts = columns(some)
    parts = list(members_in_parts(first, counts, at_once))
    for side, whole in enumerate(members(first, counts)):
        assert [place for part in parts for place in part[side].tolist()] == whole.tolist()
    assert all(len(run) <= at_once or len(set(run.tolist())) == 1 for run, _ in parts)


@given(st.permutations(range(8)))
def test_everything_stands_in_an_order_at_its_rank(order):
    ranks = ranks_of(np.array(order))
    assert [order[rank] for rank in ranks] == list(range(8))
