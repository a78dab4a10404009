import pytest
from builders.declared_batch import declared

from groundkeeper.reports.card import card

COUNTS = {
    "pool_items": 40,
    "items": 8,
    "answers": 32,
    "empty_items": 3,
    "records": 5,
    "pending": 1,
    "stale": 0,
    "agreed": 4,
    "adjudicated": 0,
    "retired": 0,
}
NOTHING = {"empty_items": 8, "records": 0, "pending": 0, "agreed": 0}


ANSWERS = declared("a.sqlite", "a" * 64)
NO_ANSWERS = [
    declared("items.csv", "b" * 64, format="items", independence="unknown"),
    declared("gold.csv", "c" * 64, format="gold", independence="unknown"),
]
PROSE = ({"id": "how-to-draw", "text": "Around."},)


def of(batches=(ANSWERS,), prose=PROSE, *, is_census=False, **counts):
    manifest = {
        "set": "scans",
        "guideline": {"version": "1.0.0", "digest": "d" * 64},
        "content_digest": "c" * 64,
        "counts": COUNTS | counts,
        "headline": [],
    }
    return card(manifest, batches, prose, {ANSWERS.key}, is_census=is_census)


def test_pending_records_are_explained_and_nothing_else():
    text = of()
    assert "Pending records miss the quorum" in text
    assert "Retired" not in text
    assert "no records" not in text


@pytest.mark.parametrize("retired", [0, 2])
def test_a_set_in_which_nothing_was_found_says_so(retired):
    text = of(**NOTHING, retired=retired)
    assert (
        "There are no records: nothing that the guideline asks for was found. 8 of 8 items" in text
    )
    assert "Pending records" not in text


def test_tombstones_are_explained_where_there_are_any():
    assert (
        "Retired records are traces, and none of the records: newer readings found nothing there"
        in of(retired=2)
    )


def test_what_the_guideline_says_to_people_is_on_the_card():
    assert "* **how to draw**: Around." in of().splitlines()


def test_a_section_without_lines_is_left_out():
    assert "What the guideline says" not in of(prose=())
    known = declared("a.sqlite", "a" * 64, independence="blind", identity="known")
    assert "## Limits" not in of([known], is_census=True)


def test_only_batches_that_answers_came_from_speak_of_annotators():
    known = declared("a.sqlite", "a" * 64, independence="blind", identity="known")
    shown = of([known, *NO_ANSWERS])
    assert "anonymous" not in shown
    assert "independent" not in shown
    assert "File `gold.csv`" in shown
    shown = of([ANSWERS, *NO_ANSWERS])
    assert "Annotators are anonymous" in shown
    assert "not known to be, independent" in shown


def test_a_census_is_not_called_a_sample():
    assert "A sample of the pool" in of()
    assert "A sample of the pool" not in of(is_census=True)
