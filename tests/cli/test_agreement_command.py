"""``gk agreement``: published values from files in four shapes, reasons for what is undefined, and its JSON."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from groundkeeper.cli import app
from groundkeeper.core.agreement.krippendorff import krippendorff_alpha

PATIENTS = """\
class,A,B,C
A,13,0,0
B,0,20,7
C,0,4,56
"""
"""Two abstractors, 100 patients: data cont3x3abstractors of the R package irrCAC 1.0 (Gwet)."""
FOUR_RATERS = """\
unit,r1,r2,r3,r4
u01,1,1,,1
u02,2,2,3,2
u03,3,3,3,3
u04,3,3,3,3
u05,2,2,2,2
u06,1,2,3,4
u07,4,4,4,4
u08,1,1,2,1
u09,2,2,2,2
u10,,5,5,5
u11,,,1,1
u12,,,3,
"""
"""Twelve units, four raters: data cac.raw4raters of the R package irrCAC 1.0; Krippendorff (2011), example C."""
DISORDERS = """\
Depression,Personality disorder,Schizophrenia,Neurosis,Other
0,0,0,6,0
0,3,0,0,3
0,1,4,0,1
0,0,0,0,6
0,3,0,3,0
2,0,4,0,0
0,0,4,0,2
2,0,3,1,0
2,0,0,4,0
0,0,0,0,6
1,0,0,5,0
1,1,0,4,0
0,3,3,0,0
1,0,0,5,0
0,2,0,3,1
"""
"""Fifteen patients, six raters each: data distrib.6raters of the R package irrCAC 1.0."""
ESTIMATE = ["value", "low", "high", "n", "groups", "effective_n", "note"]


@pytest.fixture
def gk(tmp_path, monkeypatch):
    """Call ``gk agreement`` where ratings lie, outside of any repository."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"patients": PATIENTS, "raters": FOUR_RATERS, "disorders": DISORDERS}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    def call(*words, status=0):
        done = CliRunner().invoke(app, ["agreement", *words])
        assert done.exit_code == status, done.output
        return done.stderr if status else done.stdout

    return call


def values(document):
    """Coefficient and weights to the line of it."""
    return {(one["coefficient"], one["weights"]): one for one in document["coefficients"]}


@pytest.mark.parametrize(
    ("words", "name", "weights", "value", "se"),
    [
        (("patients.csv", "--shape", "contingency"), "cohen_kappa", "identity", 0.7964094, 0.05891072),
        (("patients.csv", "--shape", "contingency"), "scott_pi", "identity", 0.7962397, 0.05905473),
        (("patients.csv", "--shape", "contingency"), "gwet_ac1", "identity", 0.8493305, 0.04321747),
        (("patients.csv", "--shape", "contingency"), "krippendorff_alpha", "nominal", 0.7972585, 0.05905473),
        (("disorders.csv", "--shape", "counts"), "gwet_ac1", "identity", 0.4448007, 0.08418757),
        (("disorders.csv", "--shape", "counts"), "fleiss_kappa", "identity", 0.4139265, 0.08119291),
        (("disorders.csv", "--shape", "counts"), "brennan_prediger", "identity", 0.4388889, 0.08312142),
        (("disorders.csv", "--shape", "counts"), "percent_agreement", "identity", 0.5511111, None),
        (("raters.csv", "--shape", "units-by-raters"), "percent_agreement", "identity", 0.8181818, 0.12561),
        (("raters.csv", "--shape", "units-by-raters"), "conger_kappa", "identity", 0.76282, 0.14917),
        (("raters.csv", "--shape", "units-by-raters"), "gwet_ac1", "identity", 0.77544, 0.14295),
        (("raters.csv", "--shape", "units-by-raters"), "krippendorff_alpha", "nominal", 0.74342, 0.14557),
    ],
)  # fmt: skip
def test_published_values_come_out_to_the_digits_printed(words, name, weights, value, se, gk):
    found = values(json.loads(gk(*words, "--json")))[name, weights]
    digits = len(str(value).partition(".")[2])
    assert round(found["value"], digits) == value
    if se is not None:
        assert round(found["se"], len(str(se).partition(".")[2])) == se


@pytest.mark.parametrize(
    ("level", "alpha"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_of_each_level_is_the_published_one(level, alpha, gk):
    found = values(
        json.loads(gk("raters.csv", "--shape", "units-by-raters", "--level", level, "--json"))
    )
    assert round(found["krippendorff_alpha", level]["value"], 3) == alpha


def test_the_same_ratings_in_long_form_have_the_same_coefficients(gk, tmp_path):
    rows = [line.split(",") for line in FOUR_RATERS.splitlines()]
    long = [
        (row[0], who, said)
        for row in rows[1:]
        for who, said in zip(rows[0][1:], row[1:], strict=True)
    ]
    text = "unit,rater,rating\n" + "".join(",".join(one) + "\n" for one in reversed(long))
    (tmp_path / "long.csv").write_text(text, encoding="utf-8")
    wide = json.loads(gk("raters.csv", "--shape", "units-by-raters", "--json"))
    found = json.loads(gk("long.csv", "--json"))
    assert found["coefficients"] == wide["coefficients"]
    assert (found["units"], found["unsaid"]) == (12, 7)


def test_json_has_the_fields_of_its_contract(gk):
    words = (
        "raters.csv",
        "--shape",
        "units-by-raters",
        "--by-class",
        "--by-annotator",
        "--by-pair",
        "--json",
    )
    found = json.loads(gk(*words))
    assert list(found) == [
        *(
            "file",
            "warnings",
            "shape",
            "level",
            "units",
            "rated_twice",
            "ratings",
            "unsaid",
            "annotators",
            "groups",
            "classes",
        ),
        *("coefficients", "by_class", "by_annotator", "by_pair"),
    ]
    assert found["classes"] == ["1", "2", "3", "4", "5"]
    assert [one["class"] for one in found["by_class"]] == found["classes"]
    assert [one["annotator"] for one in found["by_annotator"]] == ["r1", "r2", "r3", "r4"]
    assert len(found["by_pair"]) == 6
    fewer = json.loads(gk(*words[:-1], "--fewest", "10", "--json"))["by_pair"]
    assert fewer == [one for one in found["by_pair"] if one["n"] >= 10]
    plain = json.loads(gk("disorders.csv", "--shape", "counts", "--json"))
    assert (plain["annotators"], plain["by_class"], plain["by_pair"]) == (None, None, None)


def test_what_is_undefined_says_why(gk, tmp_path):
    found = values(json.loads(gk("disorders.csv", "--shape", "counts", "--json")))
    conger = found["conger_kappa", "identity"]
    assert conger["value"] is None
    assert conger["note"] == "who gave which rating is not known"
    (tmp_path / "same.csv").write_text("a,b\nx,x\nx,x\n", encoding="utf-8")
    shown = gk("same.csv", "--shape", "units-by-raters")
    assert "every rating is the same, so agreement cannot be told from chance" in shown
    (tmp_path / "alone.csv").write_text("unit,rater,rating\n1,a,x\n2,a,y\n", encoding="utf-8")
    assert "no unit has two ratings" in gk("alone.csv")


@pytest.mark.parametrize("text", ["unit,rater,rating\n", "unit,rater,rating\n1,a,\n1,b,\n"])
def test_without_ratings_everything_is_undefined_and_nothing_fails(text, gk, tmp_path):
    (tmp_path / "none.csv").write_text(text, encoding="utf-8")
    words = ("none.csv", "--by-class", "--by-annotator", "--by-pair")
    found = json.loads(gk(*words, "--json"))
    assert {one["note"] for one in found["coefficients"]} == {"no unit has two ratings"}
    assert {one["value"] for one in found["coefficients"]} == {None}
    assert (found["by_class"], found["by_pair"]) == ([], [])
    assert "no unit has two ratings" in gk(*words)


def test_a_high_share_of_agreement_with_a_low_alpha_is_a_warning_and_no_failure(gk, tmp_path):
    (tmp_path / "rare.csv").write_text("x,yes,no\nyes,0,5\nno,5,90\n", encoding="utf-8")
    shown = gk("rare.csv", "--shape", "contingency")
    assert "warning: 90% of pairs agree and alpha is -0.0" in shown
    assert "look at --by-class before judging" in shown
    assert "warning" not in gk("patients.csv", "--shape", "contingency")


def test_intervals_are_resampled_by_group(gk, tmp_path):
    rows = [f"u{n},{n // 3},{'xy'[n % 2]},{'xy'[(n % 7 == 0) ^ n % 2]}" for n in range(60)]
    (tmp_path / "pages.csv").write_text(
        "unit,page,a,b\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    words = ("pages.csv", "--shape", "units-by-raters", "--group", "page")
    found = json.loads(gk(*words, "--json"))
    alpha = values(found)["krippendorff_alpha", "nominal"]["by_group"]
    assert list(alpha) == ESTIMATE
    assert (alpha["n"], alpha["groups"], found["groups"]) == (60, 20, 20)
    assert alpha["low"] < alpha["value"] < alpha["high"]
    assert json.loads(gk(*words, "--json")) == found
    assert json.loads(gk(*words, "--seed", "1", "--json")) != found
    assert "60 in 20 groups" in gk(*words, "--by-class")


def test_anonymous_annotators_have_no_coefficient_of_their_own(gk):
    words = ("raters.csv", "--shape", "units-by-raters", "--identity", "anonymous")
    found = values(json.loads(gk(*words, "--json")))
    assert found["krippendorff_alpha", "nominal"]["value"] == pytest.approx(0.74342, abs=1e-5)
    assert found["conger_kappa", "identity"]["value"] is None
    assert "annotators are anonymous" in found["conger_kappa", "identity"]["note"]
    for besides in ("--by-annotator", "--by-pair"):
        assert "annotators are anonymous" in gk(*words, besides, status=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none.csv",), "none.csv: found no such file"),
        (("raters.csv",), "needed is one annotator"),
        (("disorders.csv", "--shape", "counts", "--by-pair"), "who gave which rating is not known"),
        (
            ("disorders.csv", "--shape", "counts", "--level", "ratio"),
            "on the level ratio allowed are numbers",
        ),
        (
            ("patients.csv", "--shape", "contingency", "--group", "A"),
            "found --group; a table of this shape",
        ),
        (
            ("raters.csv", "--shape", "units-by-raters", "--scale", "1,2"),
            "found the ratings 3, 4, 5; allowed is the",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_1(words, told, gk):
    shown = gk(*words, status=1)
    assert shown.startswith("error: ")
    assert told in shown
    assert shown.count("\n") == 1


def test_weights_by_order_need_the_order_of_the_ratings(gk, tmp_path):
    text = "unit,rater,rating\n1,a,low\n1,b,high\n2,a,medium\n2,b,medium\n3,a,low\n3,b,low\n"
    (tmp_path / "words.csv").write_text(text, encoding="utf-8")
    assert "their order has to be known" in gk("words.csv", "--weights", "linear", status=1)
    named = gk("words.csv", "--weights", "linear", "--scale", "low,medium,high", "--json")
    assert values(json.loads(named))["cohen_kappa", "linear"]["value"] == pytest.approx(0.25)


def test_an_open_quote_does_not_swallow_what_comes_after_it(gk, tmp_path):
    text = 'unit,rater,rating\n1,a,x\n2,a,"y\n3,a,x\n'
    (tmp_path / "open.csv").write_text(text, encoding="utf-8")
    assert "(line 3); allowed is a text of one line" in gk("open.csv", status=1)


def test_numbers_as_pandas_writes_them_are_the_classes_that_they_are(gk, tmp_path):
    (tmp_path / "plain.csv").write_text(FOUR_RATERS, encoding="utf-8")
    pd.read_csv(tmp_path / "plain.csv").to_csv(tmp_path / "pandas.csv", index=False)
    assert "1.0" in (tmp_path / "pandas.csv").read_text(encoding="utf-8")
    found = values(json.loads(gk("pandas.csv", "--shape", "units-by-raters", "--json")))
    assert found["krippendorff_alpha", "nominal"]["value"] == pytest.approx(0.743421, abs=1e-6)


def test_words_for_nothing_are_told_of(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("A,B\nyes,NA\nno,no\nyes,yes\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["agreement", str(path), "--shape", "units-by-raters", "--json"])
    told = "'NA' is read as a class, 1 times; leave the cell empty if nothing was said"
    assert done.stderr == f"warning: {told}\n"
    assert json.loads(done.stdout)["warnings"] == [told]


def test_fractional_counts_give_the_coefficients_of_the_library(gk, tmp_path):
    (tmp_path / "parts.csv").write_text("x,y\n6.99,0.01\n6.99,0.01\n", encoding="utf-8")
    document = json.loads(gk("parts.csv", "--shape", "counts", "--by-class", "--json"))
    found = values(document)
    assert found["fleiss_kappa", "identity"]["value"] == pytest.approx(-0.166667, abs=1e-6)
    assert found["brennan_prediger", "identity"]["value"] == pytest.approx(0.993343, abs=1e-6)
    assert (document["ratings"], document["rated_twice"]) == (14, 2)
    assert document["annotators"] is None
    assert document["by_class"][0]["ratings"] == pytest.approx(13.98)
    assert "14 ratings" in gk("parts.csv", "--shape", "counts")


def test_weights_are_those_of_alpha_too(gk):
    words = ("disorders.csv", "--shape", "counts", "--weights", "quadratic", "--json")
    found = values(json.loads(gk(*words)))
    assert round(found["krippendorff_alpha", "quadratic"]["value"], 6) == 0.259511
    assert round(found["krippendorff_alpha", "quadratic"]["se"], 6) == 0.133958
    assert round(found["krippendorff_alpha", "nominal"]["value"], 7) == 0.4204384
    assert round(found["gwet_ac2", "quadratic"]["value"], 7) == 0.4837438


def distance(one, two, *, is_masi):
    """Jaccard's distance, or Passonneau's."""
    if one == two:
        return 0.0
    alike = len(one & two) / len(one | two)
    nested = one <= two or two <= one
    return 1 - alike * ((2 / 3 if nested else 1 / 3) if is_masi else 1)


SETS = (("a", "ab"), ("ab", "ba"), ("c", "ab"), ("", "c"), ("abc", "b"), ("c", "c"))


def test_sets_have_alpha_by_jaccard_and_masi(gk, tmp_path):
    pairs = [[json.dumps(list(left)), json.dumps(list(right))] for left, right in SETS]
    pd.DataFrame(pairs, columns=["A", "B"]).to_csv(tmp_path / "sets.csv", index=False)
    words = ("sets.csv", "--shape", "units-by-raters", "--level", "set", "--json")
    document = json.loads(gk(*words))
    found = values(document)
    different = sorted({frozenset(one) for pair in SETS for one in pair}, key=sorted)
    counts = np.array([[sum(set(s) == d for s in pair) for d in different] for pair in SETS])
    for name, is_masi in (("jaccard", False), ("masi", True)):
        apart = np.array(
            [[distance(one, two, is_masi=is_masi) for two in different] for one in different]
        )
        expected = krippendorff_alpha(counts, apart)
        assert found["krippendorff_alpha", name]["value"] == pytest.approx(expected)
    assert found["krippendorff_alpha", "nominal"]["value"] < expected
    assert document["level"] == "set"
    classes = {'["a"]', '["a","b"]', '["a","b","c"]', '["b"]', '["c"]', "[]"}
    assert document["classes"] == sorted(classes)


def test_members_of_sets_may_be_separated_by_a_bar(gk, tmp_path):
    path = tmp_path / "sets.csv"
    path.write_text('A,B\na|b,"[""b"", ""a""]"\nc,a | b\nc,c\n', encoding="utf-8")
    words = ("sets.csv", "--shape", "units-by-raters", "--level", "set", "--json")
    assert json.loads(gk(*words))["classes"] == ['["a","b"]', '["c"]']
    path.write_text("A,B\n[a,b\n", encoding="utf-8")
    assert "allowed is a list of texts or numbers as JSON" in gk(*words, status=1)
    assert "found --weights with --level set" in gk(*words, "--weights", "linear", status=1)
