"""``gk score errors`` of objects in files of answers, and of the records of a set."""

import json

import pandas as pd
import pytest
import shapely
from builders.answered_boxes import answer, box, lines

from groundkeeper import tables
from groundkeeper.layout import Layout
from schemas.names import (
    ANNOTATIONS,
    ANSWERS,
    GT_ITEMS,
    ITEMS,
    PARTS,
    PREDICTED,
    PREDICTED_PARTS,
    PREDICTIONS,
    RECORD_PARTS,
    RECORDS,
)
from schemas.scoring import OUTCOMES


@pytest.fixture
def gk(command):
    """Call ``gk score errors`` in a folder of its own."""
    return command("score", "errors")


@pytest.fixture
def drawn(gk, tmp_path):
    """Objects of four items: one in order, one with a swap, one with something overlooked, one with neither side."""
    lines(
        tmp_path / "truth.jsonl",
        [
            answer("one", "gt", ("cat", box(0, 0), None), ("cat", box(50, 50), None)),
            answer("two", "gt", ("cat", box(0, 0), None)),
            answer("three", "gt"),
            answer("four", "gt"),
            answer("five", "gt"),
        ],
    )
    lines(
        tmp_path / "said.jsonl",
        [
            answer("one", "net", ("cat", box(0, 0), 0.9), ("cat", box(54, 50), 0.9)),
            answer("two", "net", ("dog", box(0, 0), 0.95)),
            answer("three", "net", ("cat", box(20, 20), 0.8)),
            answer("four", "net"),
            answer("six", "net"),
        ],
    )
    return gk


def test_objects_are_swapped_overlooked_or_badly_placed_and_items_pooled(drawn):
    found = json.loads(drawn("--labels", "truth.jsonl", "--predictions", "said.jsonl", "--json"))
    told = [(row["item"], row["kind"], row["label"], row["instead"]) for row in found["suspects"]]
    assert told == [
        ("two", "swapped", "cat", "dog"),
        ("three", "overlooked", None, "cat"),
        ("one", "badly_placed", "cat", None),
    ]
    assert found["counts"]["without_prediction"] == 1
    assert found["counts"]["predictions_not_in_gt"] == 1
    quality = {one["item"]: one["quality"]["all"] for one in found["details"]["items"]}
    assert list(quality) == ["two", "three", "one", "four"]
    assert quality["four"] == 1
    assert found["suspects"][1]["where"] == "frame 0: 20 20 30 30"


def test_two_models_share_what_each_claims(drawn, tmp_path):
    lines(
        tmp_path / "more.jsonl", [answer(item, "other") for item in ("one", "two", "three", "four")]
    )
    words = (
        "--labels",
        "truth.jsonl",
        "--predictions",
        "said.jsonl",
        "--predictions",
        "more.jsonl",
        "--json",
    )
    found = json.loads(drawn(*words))
    swapped = next(row for row in found["suspects"] if row["kind"] == "swapped")
    assert swapped["disagreement"] == pytest.approx(0.95 / 2)
    assert swapped["probability"] is None
    unseen = [row for row in found["suspects"] if row["kind"] == "unseen"]
    assert unseen
    assert all(row["disagreement"] is None for row in unseen)
    alone = json.loads(drawn(*words, "--model", "net"))
    assert len(alone["suspects"]) == 3
    assert "found no model 'nobody'; there are: net, other" in drawn(
        *words, "--model", "nobody", status=1
    )


def of_models(gk, folder, *told):
    """Return the suspects of one item with a cat, or with nothing, by models that say *told*."""
    words = ["--labels", "truth.jsonl", "--json"]
    for n, answers in enumerate(told):
        lines(folder / f"{n}.jsonl", answers)
        words += ["--predictions", f"{n}.jsonl"]
    found = json.loads(gk(*words))
    return [row for row in found["suspects"] if row["disagreement"] is not None]


@pytest.mark.parametrize("models", [1, 2, 3])
def test_models_that_agree_on_a_swap_make_one_claim_that_is_as_likely_as_one_makes_it(
    gk, tmp_path, models
):
    lines(tmp_path / "truth.jsonl", [answer("one", "gt", ("cat", box(0, 0), None))])
    told = [[answer("one", f"net{n}", ("dog", box(0, 0), 0.95))] for n in range(models)]
    (only,) = of_models(gk, tmp_path, *told)
    assert (only["kind"], only["instead"], only["likely"]) == ("swapped", "dog", True)
    assert only["disagreement"] == pytest.approx(0.95)


def test_models_that_agree_that_something_is_wrong_are_pooled_whatever_they_would_have_it_be(
    gk, tmp_path
):
    lines(tmp_path / "truth.jsonl", [answer("one", "gt", ("cat", box(0, 0), None))])
    told = [
        [answer("one", f"net{n}", (name, box(0, 0), 0.9))]
        for n, name in enumerate(("dog", "fox", "dog"))
    ]
    (only,) = of_models(gk, tmp_path, *told)
    assert (only["instead"], only["disagreement"]) == ("dog", pytest.approx(0.9))


def test_what_several_models_find_overlooked_is_one_claim_if_it_is_alike(gk, tmp_path):
    lines(tmp_path / "truth.jsonl", [answer("one", "gt")])
    told = [
        [answer("one", "a", ("cat", box(0, 0), 0.9), ("cat", box(50, 50), 0.8))],
        [answer("one", "b", ("cat", box(1, 0), 0.7))],
        [answer("one", "c", ("dog", box(0, 1), 0.8))],
    ]
    found = of_models(gk, tmp_path, *told)
    assert [(row["where"], row["instead"], row["likely"]) for row in found] == [
        ("frame 0: 0 0 10 10", "cat", True),
        ("frame 0: 50 50 60 60", "cat", False),
    ]
    assert [row["disagreement"] for row in found] == pytest.approx([0.8, 0.8 / 3])
    assert of_models(gk, tmp_path, *told[::-1]) == found


def test_two_predictions_of_one_model_are_never_one_claim(gk, tmp_path):
    lines(tmp_path / "truth.jsonl", [answer("one", "gt")])
    told = [[answer("one", "a", ("cat", box(0, 0), 0.9), ("dog", box(0, 0), 0.8))]]
    found = of_models(gk, tmp_path, *told)
    assert [row["disagreement"] for row in found] == pytest.approx([0.9, 0.8])


def test_a_model_that_never_looked_at_an_item_says_nothing_of_it(gk, tmp_path):
    lines(
        tmp_path / "truth.jsonl",
        [answer(item, "gt", ("cat", box(0, 0), None)) for item in ("one", "two")],
    )
    told = [
        [answer(item, "a", ("dog", box(0, 0), 0.9)) for item in ("one", "two")],
        [answer("two", "b", ("cat", box(0, 0), 0.9))],
    ]
    found = {row["item"]: row["disagreement"] for row in of_models(gk, tmp_path, *told)}
    assert found == {"one": pytest.approx(0.9), "two": pytest.approx(0.45)}


def test_predictions_without_confidence_and_several_answers_to_an_item_are_refused(drawn, tmp_path):
    lines(tmp_path / "said.jsonl", [answer("one", "net", ("cat", box(0, 0), None))])
    words = ("--labels", "truth.jsonl", "--predictions", "said.jsonl")
    assert "found 1 predictions without confidence, in the items one" in drawn(*words, status=1)
    lines(tmp_path / "said.jsonl", [answer("nine", "net")])
    assert "none of its 5 items has a prediction" in drawn(*words, status=1)
    lines(tmp_path / "truth.jsonl", [answer("one", "gt"), answer("one", "ann")])
    assert "found several answers to one" in drawn(*words, status=1)


def some(table, rows, **same):
    """Rows of *table*: what is not said is what its type has for nothing."""
    nothing = {"str": "x", "int": 0, "float": 0.0, "bool": False, "json": "{}"}
    made = pd.DataFrame(rows).assign(**same)
    for name, kind in table.columns.items():
        if name not in made:
            made[name] = None if kind.endswith("?") else nothing.get(kind, "x")
    return made[[*table.columns]]


@pytest.fixture
def layout(tmp_path):
    """A set of three settled items and one that is open, with the predictions of one model."""
    (tmp_path / "params.yaml").write_text("sets:\n  cats: {}\n", encoding="utf-8")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    place = Layout(tmp_path, "cats")
    items = [f"it_{n}" for n in range(4)]
    known = {"item_id": items, "item_key": list("abcd"), "group_id": list("wxyz")}
    status = ["agreed", "agreed", "adjudicated", "pending"]
    put = lambda stage, table, rows, **same: tables.write(  # noqa: E731 - said once for six tables
        some(table, rows, **same), place.table(stage, table), table
    )
    put("items", ITEMS, known, frames=1)
    put(
        "ingest", ANSWERS, {"answer_id": ["an_p"], "item_id": ["it_0"], "lead_time_s": [360.0]},
        origin="human", state="submitted", scope="item",
    )  # fmt: skip
    put("ingest", ANNOTATIONS, {"annotation_id": ["ao_p"], "answer_id": ["an_p"]})
    put("ingest", PARTS, {"annotation_id": [], "frame": [], "geometry": []})
    put("decide", GT_ITEMS, known | {"status": status, "split": ["dev", "sealed", "dev", "dev"]})
    put(
        "ingest", PREDICTIONS, {"answer_id": [f"an_{n}" for n in range(4)], "item_id": items},
        annotator="net", origin="model", state="submitted",
    )  # fmt: skip
    return put, items, status


def test_a_set_of_shapes_is_held_against_the_predictions_in_its_inbox(gk, layout):
    put, items, status = layout
    records = [f"rc_{n}" for n in range(4)]
    put("decide", RECORDS, {"record_id": records, "item_id": items, "status": status})
    shapes = [shapely.box(0, 0, 10, 10)] * 4
    put("decide", RECORD_PARTS, {"record_id": records, "frame": 0, "geometry": shapes})
    marks = [f"ao_{n}" for n in range(4)]
    put(
        "ingest", PREDICTED,
        {"annotation_id": marks, "answer_id": [f"an_{n}" for n in range(4)], "item_id": items,
         "label": ["cat", "dog", "cat", "dog"], "confidence": 0.9},
        kind="bbox",
    )  # fmt: skip
    moved = [shapely.box(0, 0, 10, 10)] * 2 + [shapely.box(4, 0, 14, 10), shapely.box(0, 0, 10, 10)]
    put("ingest", PREDICTED_PARTS, {"annotation_id": marks, "frame": 0, "geometry": moved})
    put(
        "score", OUTCOMES,
        {"item_id": items[:3], "record_id": records[:3], "annotation_id": marks[:3],
         "outcome": ["correct", "mismatch", "correct"], "truth": "cat", "said": ["cat", "dog", "cat"]},
        subject="net",
    )  # fmt: skip
    found = json.loads(gk("cats", "--match", "0.4", "--json"))
    told = [(row["item"], row["record"], row["kind"], row["instead"]) for row in found["suspects"]]
    assert told == [("b", "rc_1", "swapped", "dog"), ("c", "rc_2", "badly_placed", None)]
    assert found["set"] == "cats"
    assert any("1 of the suspects are in items of the split sealed" in w for w in found["warnings"])
    assert found["counts"]["items"] == 3
    assert found["counts"]["items_open"] == 1
    assert found["budget"]["hours"] == pytest.approx(0.3)
    assert "gk adjudicate next cats RECORD" in " ".join(gk("cats").split())
    gk("cats", "--match", "0.4", "--csv", "looks.csv")
    pd.read_csv("looks.csv").assign(wrong=True).to_csv("looks.csv", index=False)
    looked = json.loads(gk("cats", "--match", "0.4", "--corrected", "looks.csv", "--json"))
    assert (looked["checked"]["looks"], looked["checked"]["wrong"]) == (3, 2)
    assert looked["suspects"] == []
    told = " ".join(gk("cats", "--match", "0.4", "--corrected", "looks.csv").split())
    assert "looked at: 3 items, 0 of them at random; claims about them: 2, which hold: 2" in told
    assert "--ordinal or --scale with shapes" in gk("cats", "--scale", "cat,dog", status=1)
    assert "no model 'other'; there are: net" in gk("cats", "--model", "other", status=1)


def test_models_that_state_no_confidence_are_named_and_keep_nobody_else_from_being_looked_at(
    gk, layout
):
    put, items, status = layout
    both = [f"an_{n}" for n in range(8)]
    put(
        "ingest", PREDICTIONS,
        {"answer_id": both, "item_id": items * 2, "annotator": ["mute"] * 4 + ["net"] * 4},
        origin="model", state="submitted",
    )  # fmt: skip
    records, marks = [f"rc_{n}" for n in range(4)], [f"ao_{n}" for n in range(8)]
    put("decide", RECORDS, {"record_id": records, "item_id": items, "status": status})
    shapes = [shapely.box(0, 0, 10, 10)] * 8
    put("decide", RECORD_PARTS, {"record_id": records, "frame": 0, "geometry": shapes[:4]})
    put(
        "ingest", PREDICTED,
        {"annotation_id": marks, "answer_id": both, "item_id": items * 2, "label": "cat",
         "confidence": [None, None, 0.9, 0.9] + [0.9] * 4},
        kind="bbox",
    )  # fmt: skip
    put("ingest", PREDICTED_PARTS, {"annotation_id": marks, "frame": 0, "geometry": shapes})
    put(
        "score", OUTCOMES,
        {"item_id": items[:3] * 2, "record_id": records[:3] * 2, "annotation_id": marks[:3] + marks[4:7],
         "subject": ["mute"] * 3 + ["net"] * 3},
        outcome="mismatch", truth="cat", said="dog",
    )  # fmt: skip
    found = json.loads(gk("cats", "--json"))
    assert any("left out are models" in w and "mute (2 of 4)" in w for w in found["warnings"])
    assert found["counts"]["models"] == 1
    assert {row["prediction"] for row in found["suspects"]} == {marks[4], marks[5], marks[6]}
    assert json.loads(gk("cats", "--model", "net", "--json"))["suspects"] == found["suspects"]
    refused = " ".join(gk("cats", "--model", "mute", status=1).split())
    assert "without confidence of mute (2 of 4)" in refused
    assert "(--model): net" in refused


@pytest.mark.parametrize("named", [True, False], ids=["of objects", "of values of items"])
def test_a_set_of_labels_is_held_against_probabilities_or_what_a_confidence_leaves(
    gk, layout, named
):
    put, items, status = layout
    marks = [f"ao_{n}" for n in range(4)]
    put(
        "ingest", PREDICTED,
        {"annotation_id": marks, "answer_id": [f"an_{n}" for n in range(4)], "item_id": items,
         "label": ["cat", "dog", "cat", "dog"], "confidence": [None, 0.9, None, None],
         "probabilities": ['{"cat":0.8,"dog":0.2}', None, None, None]},
        kind="statement",
    )  # fmt: skip
    put("ingest", PREDICTED_PARTS, {"annotation_id": [], "frame": [], "geometry": []})
    records = [f"rc_{n}" for n in range(4)]
    put("decide", RECORDS, {"record_id": records, "item_id": items, "status": status})
    names = {"record_id": records[:3], "annotation_id": marks[:3]} if named else {}
    put(
        "score", OUTCOMES,
        names | {"item_id": items[:3], "outcome": ["correct", "mismatch", "correct"], "truth": "cat",
         "said": ["cat", "dog", "cat"]},
        subject="net",
    )  # fmt: skip
    found = json.loads(gk("cats", "--json"))
    assert [row["record"] for row in found["suspects"]] == ["rc_1", "rc_0"]
    assert found["counts"]["predictions_not_sure"] == 1
    assert [(row["item"], round(row["quality"], 6)) for row in found["suspects"]] == [
        ("b", 0.1),
        ("a", 0.8),
    ]
    assert any("spread evenly" in warning for warning in found["warnings"])
    scaled = json.loads(gk("cats", "--ordinal", "--scale", "dog,cat", "--json"))
    assert scaled["details"]["classes"] == ["dog", "cat"]
    assert "found the classes dog; allowed is the scale cat" in gk(
        "cats", "--scale", "cat", status=1
    )


def test_a_set_without_predictions_says_how_to_hand_them_in(gk, layout):
    put, _, _ = layout
    put("ingest", PREDICTIONS, {"answer_id": []})
    put("ingest", PREDICTED, {"annotation_id": []})
    put("ingest", PREDICTED_PARTS, {"annotation_id": [], "frame": [], "geometry": []})
    assert "no model handed in predictions; add them with `gk inbox add cats FILE" in gk(
        "cats", status=1
    )
