import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundkeeper.core.lidc.sessions import infer_sessions

NAMES = st.one_of(
    st.integers(0, 30_000).map(str),
    st.integers(1, 9).map("Nodule {:03}".format),
    st.integers(1, 30_000).map("IL057_{}".format),
)
SCANS = st.lists(st.tuples(NAMES, st.integers(0, 5)), max_size=12)


def inferred(names, nodules, sessions=4):
    return infer_sessions(range(len(names)), names, nodules, sessions).tolist()


def test_a_session_has_ended_where_a_nodule_comes_again():
    assert inferred(["1", "2", "3", "4"], [0, 1, 0, 1]) == [1, 1, 2, 2]


def test_a_session_has_ended_where_the_way_of_naming_changes():
    names = ["Nodule 001", "Nodule 002", "IL057_127736", "MI014_18032", "0"]
    assert inferred(names, [0, 1, 2, 3, 4]) == [1, 1, 2, 3, 4]


def test_a_wide_jump_of_numbers_places_the_end_that_a_repeat_calls_for():
    # Nodule 0 repeats, so there is an end before the fourth mark: the jump says it is before the third.
    assert inferred(["101", "104", "25001", "25004"], [0, 1, 2, 0]) == [1, 1, 2, 2]


def test_the_first_scan_of_the_collection_comes_out_as_its_annotation_file_has_it():
    names = [
        "3",
        "4",
        "6",
        "12321",
        "12325",
        "12329",
        "16309",
        "16332",
        "16313",
        "16317",
        "2046",
        "2050",
        "2054",
    ]
    nodules = [3, 1, 0, 3, 1, 0, 3, 2, 1, 0, 3, 1, 0]
    assert inferred(names, nodules) == [1] * 3 + [2] * 3 + [3] * 4 + [4] * 3


def test_there_are_never_more_sessions_than_the_scan_had():
    assert max(inferred(["1", "2", "3", "4", "5"], [0] * 5)) == 4


def test_eight_sessions_are_found_where_there_were_eight():
    assert inferred(["1"] * 8, [0] * 8, sessions=8) == list(range(1, 9))


def test_a_reader_may_mark_one_nodule_twice_where_the_sessions_are_used_up():
    names = ["Nodule 001", "Nodule 002", "IL057_1", "MI014_2", "0"]
    assert inferred(names, [0, 0, 0, 0, 0]) == [1, 1, 2, 3, 4]


def test_no_marks_need_no_session():
    assert inferred([], []) == []


@pytest.mark.parametrize("sessions", [0, -1])
def test_a_scan_without_sessions_is_refused(sessions):
    with pytest.raises(ValueError, match="at least 1"):
        inferred(["1"], [0], sessions)


def test_ids_names_and_nodules_of_different_length_are_refused():
    with pytest.raises(ValueError, match="one each per mark"):
        infer_sessions([1, 2], ["1"], [0], 4)


@given(SCANS, st.integers(1, 8))
def test_sessions_follow_one_another_without_gap_within_their_number(scan, sessions):
    found = inferred([name for name, _ in scan], [nodule for _, nodule in scan], sessions)
    assert found == sorted(found)
    assert set(found) == set(range(1, len(set(found)) + 1))
    assert len(set(found)) <= sessions


@given(SCANS, st.randoms(use_true_random=False))
def test_inference_depends_on_ids_and_not_on_the_order_of_rows(scan, random):
    names, nodules = [name for name, _ in scan], [nodule for _, nodule in scan]
    order = list(range(len(scan)))
    random.shuffle(order)
    shuffled = infer_sessions(order, [names[i] for i in order], [nodules[i] for i in order], 4)
    assert np.array_equal(shuffled, np.array(inferred(names, nodules))[order] if order else [])


@given(SCANS, st.integers(0, 1000))
def test_what_nodules_are_called_does_not_matter(scan, shift):
    names, nodules = [name for name, _ in scan], [nodule for _, nodule in scan]
    assert inferred(names, nodules) == inferred(names, [shift - nodule for nodule in nodules])


@given(SCANS)
def test_a_session_never_repeats_a_nodule_while_sessions_are_left(scan):
    names, nodules = [name for name, _ in scan], [nodule for _, nodule in scan]
    found = inferred(names, nodules, sessions=max(len(scan), 1))
    assert len(set(zip(found, nodules, strict=True))) == len(scan)
