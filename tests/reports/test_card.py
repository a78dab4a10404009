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


def of(**counts):
    manifest = {
        "set": "scans",
        "guideline": {"version": "1.0.0", "digest": "d" * 64},
        "content_digest": "c" * 64,
        "counts": COUNTS | counts,
        "headline": [],
    }
    return card(
        manifest, [declared("a.sqlite", "a" * 64)], [{"id": "how-to-draw", "text": "Around."}]
    )


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
    assert "Retired records are traces: newer readings found nothing there." in of(retired=2)


def test_what_the_guideline_says_to_people_is_on_the_card():
    assert "* **how to draw**: Around." in of().splitlines()
