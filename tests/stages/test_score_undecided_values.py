"""Messages that one of five labelled are pending: who beats whom is told over all that they may turn out to be."""

import csv

import numpy as np
import pytest
from builders import labelled_messages as messages
from builders.predicted import predict

from groundkeeper.core.estimates import Resampling
from groundkeeper.layout import Layout
from groundkeeper.scores.bridge import bridge_of
from groundkeeper.scores.cells import RELEASED, Contender, of_place
from groundkeeper.scores.comparing import compare
from groundkeeper.scores.grounds import Ground, Rests
from groundkeeper.scores.measuring import measured_at
from groundkeeper.scores.place import Place
from groundkeeper.scores.undecided_values import undecided_values
from stages.runner import STAGES, execute

SET = messages.SET
BEFORE = STAGES[: STAGES.index("decide") + 1]
NEEDED = (*(name for name in BEFORE if name != "agreement"), "score")
PENDING = 4
HOW = Resampling(rounds=200, seed=1, confidence=0.95)
pytestmark = pytest.mark.slow  # a set is built


def said(model, slips):
    """What a model says: what is true, but for every so many of the messages, counted from the last."""
    for n, true in enumerate(messages.truth()):
        wrong = (messages.MESSAGES - 1 - n) % slips == 0
        topic = messages.TOPICS[(messages.TOPICS.index(true["topic"]) + wrong) % 3]
        stars = true["stars"] % 5 + 1 if wrong else true["stars"]
        values = true | {"topic": topic, "stars": stars}
        mark = {"label": topic, "attributes": values}
        yield {"item": messages.key(n), "annotator": model, "annotations": [mark]}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("undecided") / "one"
    root.mkdir()
    messages.settings(root)
    made = root / "made"
    made.mkdir()
    written = messages.write_files(made)
    alone = {messages.key(n) for n in range(PENDING)}
    with written["answers"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [row for row in rows if row["annotator"] == "ada" or row["item"] not in alone]
    with written["answers"].open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    for sequence, name in enumerate(("items", "answers"), start=1):
        messages.declare(root, written[name], sequence)
    predict(root, SET, [*said("good", 40), *said("poor", 2), *said("also", 2)])
    for name in NEEDED:
        execute(name, SET, root)
    return Place(Layout(root, SET))


def pair(place, *names):
    both = tuple(Contender(name, place) for name in names)
    cells = dict.fromkeys(RELEASED, of_place(*both))
    rests = tuple(Rests(name, "now", "1.0.0", "d", "s") for name in names)
    ground = Ground(rests, (), bridge_of(cells, names), cells, (), both)
    return compare(ground, SET, measured_at([place], "accuracy"), HOW).pair


def test_open_items_are_those_that_both_said_something_of(place):
    found = undecided_values((Contender("good", place), Contender("poor", place)))
    assert found.records >= PENDING
    assert (found.said[0] >= 0).all()
    differ = found.said[0] != found.said[1]
    ends, groups = found.endings("accuracy", found.items.head(0), np.zeros((2, 0, 2)))
    assert len(groups) == found.records
    sizes = np.diff([*ends.first, len(ends.added)])
    # Gone, right for one, right for the other, or for neither; where both said the same, it is right or wrong for both.
    assert sizes.tolist() == np.where(differ, 4, 3).tolist()


def test_a_lead_over_many_items_is_not_lost_to_a_few_that_are_open(place):
    found = pair(place, "good", "poor")
    assert found.followed.records == found.still_open >= PENDING
    assert (found.followed.whatever.ahead, found.followed.whatever.low) == (1, 1)
    assert found.followed.as_drawn is None


def test_of_two_who_say_the_same_it_is_told_that_neither_is_shown_to_be_ahead(place):
    found = pair(place, "poor", "also")
    assert found.followed.whatever.ahead == 0
    assert (found.followed.whatever.low, found.followed.whatever.high) == (0, 1)
