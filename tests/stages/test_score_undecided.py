"""A record that one of three drew is pending: who beats whom is told over both of its endings."""

import numpy as np
import pytest
from builders import drawn_shapes
from builders.drawn_shapes import SET, shapes
from builders.predicted import predict

from groundkeeper.core.estimates import Resampling
from groundkeeper.layout import Layout
from groundkeeper.scores.bridge import bridge_of
from groundkeeper.scores.cells import RELEASED, Contender, of_place
from groundkeeper.scores.comparing import compare
from groundkeeper.scores.contributions import Measured
from groundkeeper.scores.following import BUILT_AGAIN, NOT_FOLLOWED
from groundkeeper.scores.grounds import Ground, Rests
from groundkeeper.scores.place import Place
from groundkeeper.scores.undecided import undecided
from stages.runner import STAGES, execute

BEFORE = STAGES[: STAGES.index("decide") + 1]
NEEDED = (*(name for name in BEFORE if name != "agreement"), "score")
ALONE = {"label": "bbox", "parts": [{"frame": 0, "bbox": [160, 70, 30, 20]}]}
HOW = Resampling(rounds=100, seed=1, confidence=0.95)
pytestmark = pytest.mark.slow  # a set is built


def said(model, *, alone=False, without=()):
    """What a model finds in every picture: all that is there, the record that one drew, and not some kinds."""
    marks = [
        {"label": kind, "parts": [{"frame": 0, **shape}]}
        for kind, shape in shapes(0.5, 0).items()
        if kind not in without
    ]
    told = {"annotator": model, "state": "empty"}
    for picture in range(3):
        own = [*marks, *([ALONE] if alone and not picture else [])]
        yield {"item": f"street-{picture}", "annotator": model, "annotations": own}
    yield {"item": "street-3", **told}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    everything = drawn_shapes.answers()
    everything[0]["annotations"].append(ALONE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn_shapes, "answers", lambda: everything)
        root = drawn_shapes.repository(tmp_path_factory.mktemp("undecided") / "one")
    rows = [*said("net", alone=True), *said("other"), *said("blind", without=("bbox", "mask"))]
    predict(root, SET, rows)
    for name in NEEDED:
        execute(name, SET, root)
    return Place(Layout(root, SET))


def ground(place, *names, is_read=True):
    both = tuple(Contender(name, place) for name in names)
    cells = dict.fromkeys(RELEASED, of_place(*both))
    rests = tuple(Rests(name, "now", "1.0.0", "d", "s") for name in names)
    return Ground(rests, (), bridge_of(cells, names), cells, (), both if is_read else None)


def pair(place, *names, measure="f1", label=None, **more):
    return compare(ground(place, *names, **more), SET, Measured(measure, label), HOW).pair


def test_the_endings_are_those_of_the_pending_record(place):
    found = ground(place, "net", "other")
    (record,) = found.cells[0, 0].open_records.to_dict("records")
    parts = undecided(found.read_from, [record["item_id"]])
    nothing = np.zeros((2, 4, 2))
    as_drawn, _ = parts.as_drawn().endings("f1", found.bridge.items, nothing)
    another_class = [0, 2, 0, 1]
    assert as_drawn.added.tolist() == [[0, 1, 0, 0], another_class, [2, 2, 0, 1]]
    assert as_drawn.unit.tolist() == [found.bridge.item_ids.index(record["item_id"])]
    assert as_drawn.settled.sum(axis=0).tolist() == [14, 14, 14, 14]
    assert parts.redrawn == 1


def test_whoever_alone_found_what_is_pending_is_surely_neither_better_nor_worse(place):
    found = pair(place, "net", "other")
    assert (found.still_open, found.difference.value) == (1, 0)
    assert (found.followed.as_drawn.ahead, found.followed.whatever.ahead) == (0, 0)


def test_a_lead_that_one_record_cannot_take_is_shown_to_be_one(place):
    found = pair(place, "net", "blind")
    assert (found.followed.as_drawn.ahead, found.followed.whatever.ahead) == (1, 1)
    assert pair(place, "blind", "net").followed.whatever.ahead == -1
    told = found.followed.as_json()
    assert told["whatever"] == {"low": None, "high": None, "ahead": "first"}
    assert told["records_redrawn"] == 1


def test_where_nothing_can_be_followed_it_is_said_why(place):
    assert pair(place, "net", "other", label="bbox").followed.note == NOT_FOLLOWED
    assert pair(place, "net", "other", measure="iou_mean").followed.note == NOT_FOLLOWED
    assert pair(place, "net", "other", is_read=False).followed.note == BUILT_AGAIN
