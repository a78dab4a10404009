"""``gk score errors`` of objects that people looked at: which of the claims hold, and what that says of the others."""

import json

import pandas as pd
import pytest
from builders.answered_boxes import answer, box, lines


@pytest.fixture
def gk(command):
    """Call ``gk score errors`` in a folder of its own."""
    return command("score", "errors")


ITEMS_LOOKED_AT = 60


@pytest.fixture
def worksheet(gk, tmp_path):
    """Spend 40 looks on 60 items with a swap, half of them with something overlooked too; return the table of them."""
    names = [f"i{n:02}" for n in range(ITEMS_LOOKED_AT)]
    lines(tmp_path / "truth.jsonl", [answer(n, "gt", ("cat", box(0, 0), None)) for n in names])
    said = [
        answer(
            name,
            "net",
            ("dog", box(0, 0), 0.5 + n / 200),
            *([("cat", box(50, 50), 0.9 - n / 200)] if n % 2 else []),
        )
        for n, name in enumerate(names)
    ]
    lines(tmp_path / "said.jsonl", said)
    words = ("--labels", "truth.jsonl", "--predictions", "said.jsonl")
    gk(*words, "--budget", "40", "--at-random", "0.75", "--csv", "looks.csv")
    return lambda *more, status=0: gk(*words, *more, status=status), pd.read_csv("looks.csv")


def test_looks_at_random_make_probabilities_of_claims_about_objects_by_kind(worksheet):
    call, looks = worksheet
    told = looks.assign(wrong=(looks["kind"] == "swapped").where(looks["look"].notna()))
    told.to_csv("looks.csv", index=False)
    found = json.loads(call("--corrected", "looks.csv", "--json"))
    checked = found["checked"]
    assert (checked["looks"], checked["looks_at_random"]) == (40, 30)
    assert (checked["claims"], checked["wrong"]) == (told["wrong"].notna().sum(), 40)
    assert checked["calibrated"]
    drawn = told[told["look"] == "random"]
    assert checked["error_rate"]["value"] == pytest.approx(drawn["wrong"].astype(float).mean())
    assert checked["error_rate"]["groups"] == 30
    left = pd.DataFrame(found["suspects"])
    assert set(left["item"]) == set(looks.loc[looks["look"].isna(), "item"])
    of_kind = left.groupby("kind")["probability"].agg(["min", "max"])
    assert of_kind.loc["overlooked", "max"] < 0.2
    assert of_kind.loc["swapped", "min"] > 0.8
    assert found["budget"]["expected_errors"] == pytest.approx(left["probability"].sum())
    assert found["budget"]["low"] < 20 < found["budget"]["high"]


def test_a_kind_of_claims_with_few_looks_has_the_curve_of_all(worksheet):
    call, looks = worksheet
    swapped = looks["kind"] == "swapped"
    few = looks["item"].isin(looks.loc[looks["kind"] == "overlooked", "item"].unique()[3:])
    told = looks.assign(wrong=swapped.where(looks["look"].notna() & ~few))
    told.to_csv("looks.csv", index=False)
    text = " ".join(call("--corrected", "looks.csv").split())
    assert "probabilities are those of all kinds of claims together" in text
    assert "errors that no model claims are not in it" in text
    left = pd.DataFrame(json.loads(call("--corrected", "looks.csv", "--json"))["suspects"])
    by_rank = left.sort_values("disagreement")["probability"]
    assert by_rank.is_monotonic_increasing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(wrong=t["wrong"].mask(t["kind"] == "overlooked")), "true or false of every claim"),
        (lambda t: t.assign(disagreement=t["disagreement"] / 2), "another disagreement than now, of the items i"),
        (lambda t: t.drop(columns="wrong").assign(label="cat"), "with a column `wrong`"),
        (lambda t: t.drop(columns=["look", "kind"]), "found no column kind, look"),
        (lambda t: t.drop(columns=["record", "prediction"]), "found no column record, prediction"),
        (lambda t: t.assign(disagreement=t["disagreement"].mask(t.index == 0)), "found 1 claims without `wrong`"),
        (lambda t: t.assign(item="x" + t["item"]), "found none of the 60 items"),
        (lambda t: t.assign(wrong="perhaps"), "wrong: found 'perhaps' (line 2)"),
        (lambda t: pd.concat([t, t.head(1)]), "allowed is every claim once"),
    ],
)  # fmt: skip
def test_what_does_not_say_which_claims_hold_is_refused(worksheet, change, message):
    call, looks = worksheet
    told = looks.assign(wrong=(looks["kind"] == "swapped").where(looks["look"].notna()))
    change(told).to_csv("looks.csv", index=False)
    assert message in " ".join(call("--corrected", "looks.csv", status=1).split())


def test_an_item_that_nothing_is_claimed_of_is_a_look_as_well(gk, tmp_path):
    lines(
        tmp_path / "truth.jsonl",
        [answer("two", "gt", ("cat", box(0, 0), None)), answer("four", "gt")],
    )
    lines(
        tmp_path / "said.jsonl",
        [answer("two", "net", ("dog", box(0, 0), 0.95)), answer("four", "net")],
    )
    words = ("--labels", "truth.jsonl", "--predictions", "said.jsonl")
    gk(*words, "--csv", "looks.csv")
    looks = pd.read_csv("looks.csv")
    silent = looks[looks["kind"].isna()]
    assert (silent["item"].tolist(), silent["likely"].tolist()) == (["four"], [False])
    looks.assign(wrong=[None, False]).to_csv("looks.csv", index=False)
    found = json.loads(gk(*words, "--corrected", "looks.csv", "--json"))
    assert (found["checked"]["looks"], found["checked"]["claims"]) == (1, 0)
    assert [one["item"] for one in found["budget"]["items"]] == ["two"]


def test_looks_made_for_another_model_are_refused(gk, tmp_path):
    names = [f"i{n:02}" for n in range(24)]
    left, right = box(0, 0), box(50, 50)
    cats = [("cat", left, None), ("cat", right, None)]
    lines(tmp_path / "truth.jsonl", [answer(name, "gt", *cats) for name in names])
    said = [answer(n, "mA", ("dog", left, 0.95), ("cat", right, 0.9)) for n in names]
    said += [answer(n, "mB", ("cat", left, 0.9), ("dog", right, 0.95)) for n in names[:12]]
    said += [answer(n, "mB", ("cat", left, 0.9), ("cat", right, 0.9)) for n in names[12:]]
    lines(tmp_path / "said.jsonl", said)
    words = ("--labels", "truth.jsonl", "--predictions", "said.jsonl", "--model")
    gk(*words, "mA", "--csv", "looks.csv")
    looks = pd.read_csv("looks.csv").assign(look="random")
    looks.assign(wrong=[n % 2 > 0 for n in range(24)]).to_csv("looks.csv", index=False)
    own = json.loads(gk(*words, "mA", "--corrected", "looks.csv", "--json"))
    assert own["checked"]["calibrated"]
    assert (own["suspects"], own["budget"]["expected_errors"]) == ([], None)
    refused = " ".join(gk(*words, "mB", "--corrected", "looks.csv", status=1).split())
    assert "found 12 claims that do not hold and that nobody makes now, of the items i" in refused
    looks.assign(wrong=True).to_csv("looks.csv", index=False)
    refused = " ".join(gk(*words, "mB", "--corrected", "looks.csv", status=1).split())
    assert "found 12 claims without `wrong` that are made now, of the items i00, i01" in refused


def test_rows_that_were_left_out_are_noticed_and_those_of_other_items_need_not_be_there(worksheet):
    call, looks = worksheet
    told = looks.assign(wrong=(looks["kind"] == "swapped").where(looks["look"].notna()))
    left = told[told["wrong"] != False]  # noqa: E712 - empty cells are not false
    left.to_csv("looks.csv", index=False)
    refused = " ".join(call("--corrected", "looks.csv", status=1).split())
    assert f"found {len(told) - len(left)} claims without `wrong` that are made now" in refused
    told.dropna(subset="wrong").to_csv("looks.csv", index=False)
    trimmed = json.loads(call("--corrected", "looks.csv", "--json"))
    told.to_csv("looks.csv", index=False)
    assert trimmed == json.loads(call("--corrected", "looks.csv", "--json"))


def test_a_claim_that_holds_may_be_gone_as_the_ground_truth_was_corrected_by_it(
    worksheet, tmp_path
):
    call, looks = worksheet
    told = looks.assign(wrong=(looks["kind"] == "swapped").where(looks["look"].notna()))
    told.to_csv("looks.csv", index=False)
    before = json.loads(call("--corrected", "looks.csv", "--json"))["checked"]
    corrected = set(looks.loc[looks["look"].notna(), "item"].unique()[:3])
    names = [f"i{n:02}" for n in range(ITEMS_LOOKED_AT)]
    truth = [answer(n, "gt", ("dog" if n in corrected else "cat", box(0, 0), None)) for n in names]
    lines(tmp_path / "truth.jsonl", truth)
    now = json.loads(call("--corrected", "looks.csv", "--json"))["checked"]
    assert (now["claims"], now["wrong"]) == (before["claims"], before["wrong"])


def test_no_number_of_errors_is_expected_once_what_is_left_is_unseen(gk, tmp_path):
    names = [f"i{n:02}" for n in range(24)]
    lines(
        tmp_path / "truth.jsonl",
        [answer(n, "gt", ("cat", box(0, 0), None)) for n in [*names, "unseen"]],
    )
    said = [answer(n, "net", ("dog", box(0, 0), 0.5 + k / 50)) for k, n in enumerate(names)]
    lines(tmp_path / "said.jsonl", [*said, answer("unseen", "net")])
    words = ("--labels", "truth.jsonl", "--predictions", "said.jsonl")
    gk(*words, "--csv", "looks.csv")
    looks = pd.read_csv("looks.csv").assign(look="random")
    looks["wrong"] = (looks["disagreement"] > 0.7).where(looks["kind"] == "swapped")
    looks.to_csv("looks.csv", index=False)
    found = json.loads(gk(*words, "--corrected", "looks.csv", "--json"))
    assert found["checked"]["calibrated"]
    assert [row["kind"] for row in found["suspects"]] == ["unseen"]
    spent = found["budget"]
    assert (spent["expected_errors"], spent["low"], spent["high"]) == (None, None, None)
    assert spent["note"] == "no claim is left whose probability is known"
    text = " ".join(gk(*words, "--corrected", "looks.csv").split())
    assert "1 looks, 0 of them at random: no claim is left whose probability is known" in text
    assert "expected" not in text
