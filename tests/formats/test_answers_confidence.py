"""How sure somebody is of what they say, in files of answers."""

import json

import numpy as np
import pytest

from groundkeeper.errors import FormatError
from groundkeeper.formats import answers

ADA = {"item": "scan-1", "annotator": "ada"}


def lines(tmp_path, *told):
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")
    return answers.read(path, {}, ())


def sheet(tmp_path, text):
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding="utf-8")
    return answers.read(path, {}, ())


def test_a_line_may_say_how_sure_it_is_and_how_probable_each_class_is(tmp_path):
    sure = {"label": "cat", "confidence": 0.75, "probabilities": {"dog": 0.25, "cat": 0.75}}
    found = lines(tmp_path, ADA | {"annotations": [sure, {"label": "dog"}]}).annotations
    np.testing.assert_array_equal(found["confidence"], [0.75, np.nan])
    assert found["probabilities"].fillna("").tolist() == ['{"cat":0.75,"dog":0.25}', ""]


def test_a_row_may_say_so_in_columns_of_their_own(tmp_path):
    text = (
        "item,annotator,state,label,confidence,probability_cat,probability_dog,size\n"
        "scan-1,m,,cat,0.9,0.9,0.1,4\n"
        "scan-2,m,empty,,,,,\n"
    )
    (mark,) = sheet(tmp_path, text).annotations.to_dict("records")
    assert (mark["confidence"], mark["label"]) == (0.9, "cat")
    assert json.loads(mark["probabilities"]) == {"cat": 0.9, "dog": 0.1}
    assert json.loads(mark["attributes"]) == {"size": 4}


def test_a_row_of_probabilities_alone_is_a_prediction(tmp_path):
    text = "item,annotator,probability_cat,probability_dog\nscan-1,m,0.3,0.7\n"
    (mark,) = sheet(tmp_path, text).annotations.to_dict("records")
    assert json.loads(mark["probabilities"]) == {"cat": 0.3, "dog": 0.7}
    assert mark["attributes"] == "{}"


def test_probabilities_that_were_written_with_few_digits_add_up(tmp_path):
    thirds = dict.fromkeys(("a", "b", "c"), 0.333)
    found = lines(tmp_path, ADA | {"annotations": [{"probabilities": thirds}]})
    assert json.loads(found.annotations["probabilities"].item()) == thirds


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("nan,,", r"confidence: found 'nan'; allowed is a finite number"),
        ("1.01,,", r"confidence: found '1\.01'; allowed is a number of 1 or less"),
        ("sure,,", r"confidence: found 'sure'; allowed is a number"),
        (",0.5,0.4", r"add up to 0\.9; allowed is 1, within 0\.01; state all classes"),
        (",nan,0.4", r"probabilities\.cat: found 'nan'; allowed is a finite number"),
        (",-0.5,1.5", r"probabilities\.cat: found '-0\.5'; allowed is a number of 0 or more"),
    ],
)
def test_what_is_no_probability_is_refused_with_its_line(cells, said, tmp_path):
    text = "item,annotator,label,confidence,probability_cat,probability_dog\n"
    with pytest.raises(FormatError, match=rf"line 3: .*{said}"):
        sheet(tmp_path, text + f"scan-1,m,cat,0.5,1,0\nscan-2,m,cat,{cells}\n")


def test_nan_is_no_number_of_a_line(tmp_path):
    with pytest.raises(FormatError, match="line 1: not JSON"):
        lines(tmp_path, ADA | {"annotations": [{"confidence": float("nan")}]})


def test_a_label_is_one_of_the_classes_that_have_a_probability(tmp_path):
    told = ADA | {"annotations": [{"label": "cow", "probabilities": {"cat": 0.4, "dog": 0.6}}]}
    with pytest.raises(FormatError, match=r"label 'cow' is none of the classes .*cat, dog"):
        lines(tmp_path, told)
