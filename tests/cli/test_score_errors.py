"""``gk score errors`` of files of labels: its JSON, what people see, what is refused and what is counted."""

import json

import numpy as np
import pandas as pd
import pytest

DOCUMENT = ["set", "counts", "warnings", "details", "checked", "budget", "curve", "suspects"]
SUSPECT = [
    *("item", "record", "prediction", "kind", "label", "instead", "quality", "disagreement"),
    *("probability", "likely", "where"),
]
FILES = ("--labels", "labels.csv", "--predictions", "probs.csv")
SWAPPED = {"i00": "b", "i01": "a"}


@pytest.fixture
def gk(command):
    """Call ``gk score errors`` where the files of 40 items lie, of which two were given the label of the other."""
    call = command("score", "errors")
    items = [f"i{n:02}" for n in range(40)]
    true = ["a" if n % 2 == 0 else "b" for n in range(40)]
    given = [SWAPPED.get(item, label) for item, label in zip(items, true, strict=True)]
    a = [0.9 if label == "a" else 0.2 for label in true]
    pd.DataFrame({"item": items, "label": given, "page": [n // 4 for n in range(40)]}).to_csv(
        "labels.csv", index=False
    )
    wide = pd.DataFrame({"item": items, "p_a": a, "p_b": [round(1 - p, 6) for p in a]})
    wide.to_csv("probs.csv", index=False)
    wide.melt("item", var_name="class", value_name="probability").assign(
        **{"class": lambda rows: rows["class"].str[2:]}
    ).to_csv("long.csv", index=False)
    return call


def likely(document):
    return {(row["item"], row["instead"]) for row in document["suspects"] if row["likely"]}


def test_json_has_the_fields_of_its_contract_and_the_swapped_labels(gk):
    found = json.loads(gk(*FILES, "--out-of-sample", "--json"))
    assert list(found) == DOCUMENT
    assert list(found["suspects"][0]) == SUSPECT
    assert likely(found) == {("i00", "a"), ("i01", "b")}
    assert found["warnings"] == []
    assert found["details"]["confident_joint"] == [[19, 1], [1, 19]]
    assert found["details"]["joint_disagreement"] == pytest.approx(0.05)
    assert len(found["suspects"]) == 40


def test_both_forms_of_a_file_of_probabilities_and_two_models_that_agree_say_the_same(gk):
    one = json.loads(gk(*FILES, "--json"))
    for others in (("long.csv",), ("probs.csv", "long.csv")):
        named = [word for name in others for word in ("--predictions", name)]
        other = json.loads(gk("--labels", "labels.csv", *named, "--json"))
        assert likely(other) == likely(one)
        assert other["counts"]["models"] == len(others)


def test_the_order_of_rows_does_not_matter(gk):
    one = gk(*FILES, "--json")
    for name in ("labels.csv", "probs.csv"):
        pd.read_csv(name).sample(frac=1, random_state=1).to_csv(name, index=False)
    assert gk(*FILES, "--json") == one


def test_a_budget_is_spent_where_errors_are_expected_and_in_part_at_random(gk):
    found = json.loads(
        gk(*FILES, "--budget", "10", "--at-random", "0.3", "--csv", "out.csv", "--json")
    )
    looks = found["budget"]["items"]
    assert len(looks) == found["budget"]["looks"] == 10
    assert sum(one["why"] == "random" for one in looks) == 3
    assert len({one["item"] for one in looks}) == 10
    assert found["budget"]["suspicion"] > found["budget"]["suspicion_at_random"] == 0.25
    written = pd.read_csv("out.csv")
    assert written["look"].value_counts().to_dict() == {"ranked": 7, "random": 3}


def test_before_anybody_looked_at_random_there_is_an_order_and_no_number_of_errors(gk):
    found = json.loads(gk(*FILES, "--budget", "10", "--json"))
    for name in ("expected_errors", "low", "high", "expected_at_random"):
        assert found["budget"][name] is None
    assert found["budget"]["note"].startswith(
        "disagreement, uncalibrated: not a probability that the label is wrong"
    )
    assert all(row["expected"] is None for row in found["budget"]["items"])
    assert all(row["probability"] is None for row in found["suspects"])
    told = [row["disagreement"] for row in found["suspects"]]
    assert told == sorted(told, reverse=True)
    assert found["curve"][-1]["suspicion"] == pytest.approx(1)
    assert all(row[name] is None for row in found["curve"] for name in ("expected", "low", "high"))
    text = " ".join(gk(*FILES, "--budget", "10").split())
    assert "uncalibrated: not a probability that the label is wrong" in text
    assert "expected" not in text


@pytest.mark.parametrize("at_random", [0, 9])
def test_looks_that_were_chosen_alone_make_no_probabilities(gk, at_random):
    looked = pd.read_csv("labels.csv").head(30)
    looked.assign(random=looked.index < at_random).to_csv("found.csv", index=False)
    found = json.loads(gk(*FILES, "--corrected", "found.csv", "--json"))
    assert not found["checked"]["calibrated"]
    assert found["budget"]["expected_errors"] is None
    assert "too few looks to say how probable" in gk(*FILES, "--corrected", "found.csv")


def test_looks_at_random_make_numbers_of_errors_with_limits(gk):
    looked = pd.read_csv("labels.csv").head(30)
    looked.assign(random=True).to_csv("found.csv", index=False)
    found = json.loads(gk(*FILES, "--corrected", "found.csv", "--json"))
    spent = found["budget"]
    assert spent["note"] == ""
    assert 0 <= spent["low"] < spent["expected_errors"] < spent["high"]
    assert spent["expected_errors"] == pytest.approx(
        sum(row["probability"] for row in found["suspects"])
    )
    assert "are expected to find" in " ".join(gk(*FILES, "--corrected", "found.csv").split())


def test_corrections_make_probabilities_and_say_how_many_errors_there_are(gk):
    found = json.loads(gk(*FILES, "--json"))
    looked = pd.read_csv("labels.csv").head(30)
    looked["label"] = looked["item"].map(
        {item: "ab"[n % 2] for n, item in enumerate(looked["item"])}
    )
    looked.assign(random=looked.index >= 4).to_csv("found.csv", index=False)
    checked = json.loads(gk(*FILES, "--corrected", "found.csv", "--group", "page", "--json"))
    assert checked["checked"]["looks"] == 30
    assert checked["checked"]["wrong"] == 2
    assert checked["checked"]["error_rate"]["value"] == 0
    # Looks at random in eight pages of four: too few groups for limits.
    assert checked["checked"]["error_rate"]["high"] is None
    assert "groups" in checked["checked"]["error_rate"]["note"]
    assert checked["checked"]["area"]["value"] is None
    assert checked["checked"]["calibrated"]
    assert {row["item"] for row in checked["suspects"]} == {f"i{n}" for n in range(30, 40)}
    assert len(found["suspects"]) == 40


def test_labels_that_were_found_and_labels_that_were_found_wrong_teach_the_same(gk):
    gk(*FILES, "--csv", "looks.csv")
    looks = pd.read_csv("looks.csv")
    part = looks["item"].isin([f"i{n:02}" for n in range(30)])
    wrong = looks["item"].isin(SWAPPED)
    looks.assign(wrong=wrong.where(part), look="random").to_csv("looks.csv", index=False)
    right = looks["label"].where(~wrong, looks["instead"])
    pd.DataFrame({"item": looks["item"], "label": right})[part].assign(random=True).to_csv(
        "found.csv", index=False
    )
    one, other = (
        json.loads(gk(*FILES, "--corrected", name, "--json")) for name in ("looks.csv", "found.csv")
    )
    assert one["checked"] == other["checked"]
    assert one["checked"]["wrong"] == 2
    assert one["budget"] == other["budget"]


def test_what_is_not_known_of_the_predictions_is_asked_for(gk):
    assert "--out-of-sample" in json.loads(gk(*FILES, "--json"))["warnings"][0]
    assert (
        "trained on these labels" in json.loads(gk(*FILES, "--in-sample", "--json"))["warnings"][0]
    )


def test_a_model_that_repeats_all_labels_is_not_believed(gk):
    items = [f"j{n:02}" for n in range(60)]
    labels = pd.DataFrame({"item": items, "label": ["ab"[n % 2] for n in range(60)]})
    labels.to_csv("labels.csv", index=False)
    pd.DataFrame(
        {"item": items, "p_a": [1.0 - n % 2 for n in range(60)], "p_b": [n % 2 for n in range(60)]}
    ).to_csv("probs.csv", index=False)
    found = json.loads(gk(*FILES, "--out-of-sample", "--json"))
    assert any("repeats every single label" in warning for warning in found["warnings"])


def test_what_has_no_counterpart_is_left_out_and_counted(gk):
    labels = pd.read_csv("labels.csv")
    labels.loc[39, "label"] = None
    pd.concat([labels, pd.DataFrame({"item": ["x"], "label": ["a"]})]).to_csv(
        "labels.csv", index=False
    )
    probs = pd.read_csv("probs.csv")
    pd.concat([probs, pd.DataFrame({"item": ["y"], "p_a": [1.0], "p_b": [0.0]})]).to_csv(
        "probs.csv", index=False
    )
    counts = json.loads(gk(*FILES, "--json"))["counts"]
    assert counts["items"] == 39
    assert counts["without_label"] == 1
    assert counts["without_prediction"] == 1
    assert counts["predictions_without_label"] == 2


def test_a_class_with_few_labels_is_named_and_has_no_threshold(gk):
    labels = pd.read_csv("labels.csv")
    labels.loc[39, "label"] = "c"
    labels.to_csv("labels.csv", index=False)
    pd.read_csv("probs.csv").assign(p_c=0.0).to_csv("probs.csv", index=False)
    found = json.loads(gk(*FILES, "--json"))
    assert found["details"]["thresholds"][2] is None
    assert any(
        "fewer than 5 labels" in warning and "c (1)" in warning for warning in found["warnings"]
    )


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("p_a", "", "p_a: found nothing (line 2); allowed is a probability from 0 to 1"),
        ("p_a", "nan", "p_a: found 'nan' (line 2)"),
        ("p_a", "-0.1", "allowed is 0 or more"),
        ("p_a", "1.5", "allowed is 1 or less"),
        ("p_b", "0.5", "sum of the probabilities of an item: found 1.4 (line 2); allowed is 1"),
        ("item", "i01", "found 'i01' (line 3); allowed is every item once"),
    ],
)
def test_probabilities_that_are_none_are_refused_with_their_line(gk, column, value, message):
    probs = pd.read_csv("probs.csv", dtype=str)
    probs.loc[0, column] = value
    probs.to_csv("probs.csv", index=False)
    assert message in gk(*FILES, status=1)


def test_classes_that_only_one_side_knows_are_refused(gk):
    pd.read_csv("probs.csv").assign(p_z=0.0).to_csv("probs.csv", index=False)
    assert "found predictions of z, which no label is" in gk(*FILES, status=1)
    assert json.loads(gk(*FILES, "--scale", "a,b,z", "--json"))["details"]["classes"] == [
        "a",
        "b",
        "z",
    ]
    pd.read_csv("probs.csv")[["item", "p_a"]].assign(p_a=1.0).to_csv("probs.csv", index=False)
    assert "found labels b, which nothing is predicted for" in gk(*FILES, status=1)
    assert "found labels b; allowed are a" in gk(*FILES, "--scale", "a", status=1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "found neither of SET and --labels"),
        (("some-set", *FILES), "found both of SET and --labels"),
        (("--labels", "labels.csv"), "found no --predictions"),
        ((*FILES, "--budget", "0"), "a budget of 0 looks"),
        ((*FILES, "--budget", "5", "--at-random", "2"), "2.0 of the budget at random"),
        ((*FILES, "--ordinal"), "--ordinal without --scale"),
        ((*FILES, "--model", "m"), "--model with tables of probabilities"),
        ((*FILES, "--csv", "labels.csv"), "would be overwritten"),
    ],
)
def test_what_makes_no_sense_is_refused(gk, words, message):
    assert message in gk(*words, status=1)


def test_people_see_the_suspects_and_what_to_do(gk):
    text = gk(*FILES, "--budget", "5")
    assert "likely wrong: 2" in text
    assert "i00" in text
    assert "5 looks, 1 of them at random, take" in text
    assert "--corrected" in text


def test_grades_come_by_how_far_they_are_off(gk):
    items = [f"i{n:02}" for n in range(30)]
    grades = [n % 3 + 1 for n in range(30)]
    pd.DataFrame({"item": items, "label": [3, 1, *grades[2:]]}).to_csv("labels.csv", index=False)
    chance = np.full((30, 3), 0.1) + 0.7 * np.eye(3)[[grade - 1 for grade in grades]]
    pd.DataFrame(chance.round(6), columns=["p_1", "p_2", "p_3"]).assign(item=items).to_csv(
        "probs.csv", index=False
    )
    found = json.loads(gk(*FILES, "--ordinal", "--scale", "1,2,3", "--json"))["suspects"]
    # Given 3 where 1 is meant is farther off than given 1 where 2 is.
    assert [row["item"] for row in found[:2]] == ["i00", "i01"]
