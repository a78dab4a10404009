"""``gk truth``: the contract of its JSON, what people see, what is written, and that it needs no repository."""

import json
import math
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from groundkeeper.cli import app
from groundkeeper.cli.truth import METHODS_HELP
from groundkeeper.core.truth.dawid_skene import PVLDB_2017
from groundkeeper.core.truth.methods import METHODS
from groundkeeper.core.truth.number_methods import NUMBER_METHODS

SAID = {"ann": "xxyyxyxyxxyx", "ben": "xxyyxyxyxxyy", "cid": "yxyyxxxyxyyx", "dot": "xyyyxyxyxx"}
TRUTH = "xxyyxyxyxxyx"
ESTIMATE = ["value", "low", "high", "n", "groups", "effective_n", "note"]
DOCUMENT = [
    *("file", "warnings", "method", "options", "identity", "counts", "classes", "tied", "fit"),
    *("prevalence", "gold", "annotators", "answers"),
]


@pytest.fixture
def gk(tmp_path, monkeypatch):
    """Call ``gk`` where labels, measurements and gold lie, outside of any repository."""
    monkeypatch.chdir(tmp_path)
    labels = pd.DataFrame(
        [
            (f"t{n:02}", who, label, n // 4)
            for who, word in SAID.items()
            for n, label in enumerate(word)
        ],
        columns=["task", "annotator", "label", "page"],
    )
    labels.to_csv("labels.csv", index=False)
    measured = labels.assign(
        label=labels["label"].map({"x": 1.5, "y": 4.0}) + (labels["annotator"] == "ben")
    )
    measured.to_csv("measured.csv", index=False)
    gold = pd.DataFrame({"task": [f"t{n:02}" for n in range(12)], "label": list(TRUTH)})
    pd.concat([gold, pd.DataFrame({"task": ["unseen"], "label": ["x"]})]).to_csv(
        "gold.csv", index=False
    )
    gold.assign(label=gold["label"].map({"x": 1.5, "y": 4.0})).to_csv("true.csv", index=False)

    def call(*words, status=0):
        done = CliRunner().invoke(app, ["truth", *words])
        assert done.exit_code == status, done.output
        return done.stderr if status else done.stdout

    return call


def test_json_has_the_fields_of_its_contract(gk):
    found = json.loads(gk("infer", "labels.csv", "--gold", "gold.csv", "--json"))
    assert list(found) == DOCUMENT
    assert found["counts"] == {
        "tasks": 12, "labelled": 12, "labels": 46, "annotators": 4, "repeated": 0, "unsaid": 0
    }  # fmt: skip
    assert found["file"] == "labels.csv"
    assert found["fit"]["iterations"] == 0
    assert found["fit"]["value"] is None
    gold = found["gold"]
    assert (gold["tasks"], gold["labelled"]) == (13, 12)
    assert gold["coverage"] == pytest.approx(12 / 13)
    assert list(gold["accuracy"]) == ESTIMATE
    assert gold["accuracy_over_all_gold"]["if_right"] == pytest.approx(
        (12 * gold["accuracy"]["value"] + 1) / 13
    )
    assert {"curve", "levels", "error_least_certain", "expected_calibration_error"} <= set(
        gold["calibration"]
    )
    first = found["answers"][0]
    assert (first["task"], first["label"], first["probability"], first["ties"]) == (
        "t00",
        "x",
        0.75,
        1,
    )
    assert first["soft"] == [
        {"label": "x", "probability": 0.75},
        {"label": "y", "probability": 0.25},
    ]
    assert math.isclose(sum(one["probability"] for one in first["soft"]), 1)


def test_what_is_undefined_is_null_and_says_why(gk, tmp_path):
    with (tmp_path / "labels.csv").open("a") as file:
        file.write("nobody,ann,,9\n")
    found = json.loads(gk("infer", "labels.csv", "--json"))
    (unlabelled,) = (one for one in found["answers"] if one["task"] == "nobody")
    assert unlabelled == {
        "task": "nobody", "label": None, "probability": None, "ties": 0, "answers": 0,
        "note": "nobody labelled it", "soft": [],
    }  # fmt: skip
    assert found["counts"]["unsaid"] == 1
    assert found["gold"] is None
    assert found["annotators"][0]["low"] is None
    assert found["annotators"][0]["note"].startswith("no interval of accuracy: ")


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_can_be_asked_for_and_is_named_in_the_help(method, gk):
    found = json.loads(gk("infer", "labels.csv", "--method", method, "--scale", "x,y", "--json"))
    assert found["method"] == method
    for one in found["answers"]:
        assert sum(soft["probability"] for soft in one["soft"]) == pytest.approx(1)
    assert f"{method}," in METHODS_HELP.replace(";", ",")


def test_measurements_have_methods_of_their_own(gk):
    for method in NUMBER_METHODS:
        assert method in METHODS_HELP.partition("--number")[2]
    words = ("infer", "measured.csv", "--number", "--gold", "true.csv", "--json")
    found = json.loads(gk(*words))
    assert found["method"] == "median"
    assert found["answers"][0]["value"] == pytest.approx(2.0)
    assert found["gold"]["mean_absolute_error"]["n"] == 12
    assert found["gold"]["within_interval"]["value"] is None
    assert found["gold"]["within_interval"]["note"] == "median has no intervals"
    modelled = json.loads(gk(*words, "--method", "gaussian_model"))
    biases = {one["annotator"]: one["bias"] for one in modelled["annotators"]}
    assert max(biases, key=biases.get) == "ben"
    assert "truth within the interval" in gk(*words[:-1], "--method", "mean")


def test_people_see_coverage_beside_accuracy(gk):
    shown = gk("infer", "labels.csv", "--method", "dawid_skene", "--gold", "gold.csv")
    assert "labels.csv: 12 tasks, 12 of them labelled; 46 labels by 4 annotators" in shown
    assert "gold for 13 tasks, 12 of them labelled" in shown
    assert "takes for granted that each annotator has a confusion of their own" in shown
    assert "iterations, log-likelihood" in shown
    assert "among the least certain 20 %" in shown
    assert "whatever they are" in shown


def test_all_tables_go_to_a_folder_and_soft_labels_to_a_file(gk, tmp_path):
    shown = gk("infer", "labels.csv", "--method", "one_coin", "--out", "found")
    names = ["soft_labels.csv", "truth.csv", "annotators.csv", "summary.json"]
    assert [line.split("/")[1] for line in shown.splitlines() if line.startswith("wrote")] == names
    soft = pd.read_csv(tmp_path / "found" / "soft_labels.csv")
    assert soft.columns.tolist() == ["task", "label", "probability"]
    assert soft.groupby("task")["probability"].sum().tolist() == pytest.approx([1.0] * 12)
    gk("infer", "labels.csv", "--method", "one_coin", "--out", "soft.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "soft.parquet"), soft, check_dtype=False
    )


def test_the_order_of_rows_changes_no_byte(gk, tmp_path):
    gk("infer", "labels.csv", "--method", "dawid_skene", "--out", "one")
    pd.read_csv("labels.csv").sample(frac=1, random_state=1).to_csv("labels.csv", index=False)
    gk("infer", "labels.csv", "--method", "dawid_skene", "--out", "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_methods_are_shown_side_by_side_and_none_is_called_best(gk, tmp_path):
    words = ("compare", "labels.csv", "--gold", "gold.csv")
    shown = gk(*words, "--disputed", "disputed.csv")
    assert "best" not in shown
    assert "left out ordinal_model: it needs the order of the classes: --scale" in shown
    assert "gold for 13 tasks, 12 of them labelled" in shown
    found = json.loads(gk(*words, "--json"))
    names = [one["method"] for one in found["methods"]]
    assert names == [name for name in METHODS if name != "ordinal_model"]
    assert len(found["pairs"]) == len(names) * (len(names) - 1) / 2
    assert found["methods"][0]["calibration"]["error_least_certain"]["n"] == 2
    disputed = pd.read_csv(tmp_path / "disputed.csv")
    assert disputed["task"].nunique() == found["disputed_tasks"]
    assert [one["task"] for one in found["disputed"]] == disputed["task"].tolist()


def test_methods_to_compare_can_be_named(gk):
    found = json.loads(gk("compare", "labels.csv", "--methods", "mace,majority,mace", "--json"))
    assert [one["method"] for one in found["methods"]] == ["mace", "majority"]
    assert found["gold"] is None
    assert found["methods"][0]["accuracy"] is None
    assert found["left_out"] == []


def test_anonymous_annotators_have_no_skill(gk):
    anonymous = ("--identity", "anonymous")
    for method in ("dawid_skene", "weighted"):
        told = gk("infer", "labels.csv", "--method", method, *anonymous, status=1)
        assert "the annotators are anonymous" in told
    assert "only within one item; allowed are mean, median" in gk(
        "infer", "measured.csv", "--number", "--method", "gaussian_model", *anonymous, status=1
    )
    assert gk("infer", "labels.csv", *anonymous).startswith("labels.csv: 12 tasks")
    found = json.loads(gk("compare", "labels.csv", *anonymous, "--json"))
    assert [one["method"] for one in found["methods"]] == ["majority"]
    assert len(found["left_out"]) == len(METHODS) - 1
    assert "anonymous" in gk("compare", "labels.csv", "--methods", "glad", *anonymous, status=1)


@pytest.mark.parametrize("rows", ["", "t1,ann,\n", "t1,ann,x\n", "t1,ann,x\nt1,ann,y\nt1,ann,y\n"])
def test_little_or_nothing_to_go_by_is_no_failure(rows, gk, tmp_path):
    (tmp_path / "few.csv").write_text(f"task,annotator,label\n{rows}", encoding="utf-8")
    found = json.loads(gk("compare", "few.csv", "--scale", "x,y", "--json"))
    assert len(found["methods"]) + len(found["left_out"]) == len(METHODS)
    told = json.loads(gk("infer", "few.csv", "--gold", "gold.csv", "--json"))
    assert told["gold"]["labelled"] == 0
    assert told["gold"]["accuracy"]["value"] is None
    assert told["gold"]["accuracy"]["note"].endswith("none of 13 gold tasks has a label")
    assert "undefined" in gk("infer", "few.csv", "--gold", "gold.csv")


def test_a_hundred_thousand_classes_are_no_trouble_for_a_vote(gk, tmp_path):
    labels = pd.DataFrame({"task": range(100_000), "annotator": "ann", "label": range(100_000)})
    labels.to_csv(tmp_path / "many.csv", index=False)
    gk("infer", "many.csv", "--out", "soft.csv")
    assert len(pd.read_csv(tmp_path / "soft.csv")) == 100_000
    told = gk("infer", "many.csv", "--method", "dawid_skene", status=1)
    assert "GB" in told
    assert told.count("\n") == 1


def test_intervals_are_by_group_where_groups_are_named(gk):
    found = json.loads(gk("infer", "labels.csv", "--group", "page", "--gold", "gold.csv", "--json"))
    assert found["gold"]["accuracy"]["groups"] == 3
    assert found["gold"]["accuracy"]["low"] is None
    assert found["gold"]["accuracy"]["note"] == "no interval: 3 groups, fewer than 10"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("infer", "none.csv"), "none.csv: found no such file"),
        (("infer", "labels.csv", "--gold", "none.csv"), "none.csv: found no such file"),
        (
            ("infer", "labels.csv", "--method", "best"),
            "no method of truth inference 'best'; there are: dawid_skene",
        ),
        (
            ("infer", "measured.csv", "--number", "--method", "glad"),
            "no method for measurements 'glad'",
        ),
        (("infer", "labels.csv", "--number"), "allowed is a number"),
        (("infer", "measured.csv", "--number", "--scale", "a,b"), "measurements have no classes"),
        (("infer", "labels.csv", "--scale", "x"), "found y; allowed is the scale x"),
        (("infer", "labels.csv", "--method", "ordinal_model"), "needs the order of the classes"),
        (("infer", "labels.csv", "--out", "labels.csv"), "would be overwritten"),
        (
            ("infer", "labels.csv", "--out", "gold.csv/x"),
            "found a file where a folder is to be: gold.csv",
        ),
        (("compare", "labels.csv", "--methods", "majority,best"), "'best'; there are"),
        (("compare", "labels.csv", "--disputed", "gold.txt"), "found the ending .txt"),
    ],
)
def test_a_mistake_is_one_line_and_exit_1_and_nothing_is_written(words, told, gk, tmp_path):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    shown = gk(*words, status=1)
    assert shown.startswith("error: ")
    assert told in shown
    assert shown.count("\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "words", [["truth"], ["truth", "infer"], ["truth", "compare"], ["agreement"]]
)
def test_help_imports_nothing_heavy(words):
    probe = (
        f"import sys; sys.argv = ['gk', *{words}, '--help']\n"
        "from groundkeeper.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'scipy', 'numba'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True)


def test_a_file_needs_neither_pipeline_nor_kernels_where_votes_are_counted(gk, tmp_path):
    gk("infer", "labels.csv")
    probe = (
        "import sys; sys.argv = ['gk', 'truth', 'infer', 'labels.csv', '--json']\n"
        "from groundkeeper.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        "heavy = {'dvc', 'prefect', 'great_expectations', 'pandera', 'numba', 'scipy.optimize', 'scipy.stats'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, check=True, capture_output=True)


def test_options_of_a_method_are_those_of_its_function(gk):
    words = ("infer", "labels.csv", "--method", "dawid_skene", "--json")
    preset = json.loads(gk(*words, "--preset", "pvldb-2017"))
    written = [f"--option={name}={value}" for name, value in PVLDB_2017.items()]
    assert preset == json.loads(gk(*words, *written))
    assert preset["options"] == dict(PVLDB_2017)
    assert preset["fit"]["iterations"] == 20
    fewer = json.loads(gk(*words, "--preset", "pvldb-2017", "--option", "iterations=3"))
    assert fewer["fit"]["iterations"] == 3
    assert json.loads(gk(*words))["options"] == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("glad", "--option", "floor=1"), "found 'floor=1'; allowed for glad are, with their defaults, iterations="),
        (("majority", "--option", "floor=1"), "allowed for majority are no options"),
        (("dawid_skene", "--option", "floor"), "write one as NAME=VALUE"),
        (("dawid_skene", "--option", "floor=low"), "floor: found 'low'; allowed is a number"),
        (("dawid_skene", "--option", "iterations=1.5"), "found '1.5'; allowed is a whole number"),
        (("dawid_skene", "--option", "start=here"), "found 'here'; allowed are votes, diagonal"),
        (("dawid_skene", "--option", "floor=1", "--option", "floor=2"), "found floor twice"),
        (("dawid_skene", "--option", "diagonal=3"), "diagonal"),
        (("mace", "--preset", "crowd-kit"), "found crowd-kit with the method mace; allowed is dawid_skene"),
        (("median", "--number", "--option", "a=1"), "found --option or --preset with --number"),
    ],
)  # fmt: skip
def test_options_that_a_method_has_not_are_refused_with_those_it_has(words, told, gk):
    assert told in " ".join(gk("infer", "labels.csv", "--method", *words, status=1).split())


def test_words_for_nothing_are_told_of_by_both_commands(gk, tmp_path):
    (tmp_path / "few.csv").write_text(
        "task,annotator,label\nt,a,1.0\nt,b,1\nt,c,NA\nu,a,2\n", encoding="utf-8"
    )
    told = "'NA' is read as nothing said, 1 times: all other labels are numbers; name it in --scale"
    found = json.loads(gk("infer", "few.csv", "--json"))
    assert found["warnings"][0].startswith(told)
    assert found["counts"]["unsaid"] == 1
    assert found["classes"] == ["1", "2"]
    compared = json.loads(gk("compare", "few.csv", "--methods", "majority,weighted", "--json"))
    assert compared["warnings"] == found["warnings"]
