import numpy as np
import pandas as pd
import pytest

from groundkeeper.core.agreement.by_class import one_against_rest, specific_agreement_sums
from groundkeeper.core.agreement.chance_corrected import fleiss_kappa, gwet_ac
from groundkeeper.core.agreement.figures import closed_fields, rating_figures
from groundkeeper.core.agreement.krippendorff import krippendorff_alpha
from groundkeeper.core.agreement.months import month_of_items
from groundkeeper.core.agreement.weights import agreement_weights
from groundkeeper.core.estimates import ratio
from groundkeeper.core.guideline.fields import Field

FIELDS = {
    name: Field.model_validate(declared)
    for name, declared in {
        "grade": {"type": "ordinal", "values": [1, 2, 3], "from": "attribute", "fuse": "median"},
        "tag": {"type": "bool", "from": "attribute", "fuse": "any"},
        "size": {"type": "number", "from": "attribute", "fuse": "median"},
        "note": {"type": "text", "from": "attribute"},
        "facet": {"type": "bool", "from": "metadata", "level": "item"},
    }.items()
}
# Units: grades and tags by annotator; the last unit has a single answer.
GRADES = [[1, 1, 2], [3, 3, 3], [2, 3, 2], [1, 2], [2]]
TAGS = [[True, True, False], [True, True, True], [False, False, False], [True, False], [True]]
COUNTS = np.array([[grades.count(grade) for grade in (1, 2, 3)] for grades in GRADES])


def answered():
    rows = [
        (
            f"an_{unit}{place}",
            f"it_{unit}",
            f"rc_{unit}",
            f"r{place}",
            "1.0.0",
            grade,
            TAGS[unit][place],
        )
        for unit, grades in enumerate(GRADES)
        for place, grade in enumerate(grades)
    ]
    columns = ["annotation_id", "item_id", "record_id", "annotator", "era", "grade", "tag"]
    table = pd.DataFrame(rows, columns=columns)
    values = table.set_index("annotation_id")[["grade", "tag"]].astype(object)
    return table[columns[:5]], values.assign(size=2.0 * table["grade"].to_numpy(), note="text")


@pytest.fixture(scope="module")
def figures():
    found = rating_figures(*answered(), FIELDS)
    return {(figure.measure, figure.subject): figure for figure in found}


def value_of(figure):
    return float(figure.statistic(figure.contributions.sum(axis=0)[None])[0])


def test_every_closed_field_has_every_coefficient_and_each_of_its_values(figures):
    of_grade = {measure for measure, subject in figures if subject == "grade"}
    assert of_grade == {
        "krippendorff_alpha_ordinal",
        "pairs_exact",
        "pairs_within_one",
        "percent_agreement",
        "fleiss_kappa",
        "gwet_ac2",
        "brennan_prediger",
    }
    assert {measure for measure, subject in figures if subject == "tag"} == {
        "krippendorff_alpha_nominal",
        "pairs_exact",
        "percent_agreement",
        "fleiss_kappa",
        "gwet_ac1",
        "brennan_prediger",
    }
    of_value = {subject for measure, subject in figures if measure == "specific_agreement"}
    assert of_value == {"grade=1", "grade=2", "grade=3", "tag=true", "tag=false"}
    assert {measure for measure, subject in figures if subject == "size"} == {
        "krippendorff_alpha_interval"
    }
    assert {subject.split("=")[0] for _, subject in figures} == {"grade", "tag", "size"}


def test_figures_are_the_coefficients_of_the_counts(figures):
    quadratic = agreement_weights("quadratic", range(3))
    assert value_of(figures["fleiss_kappa", "grade"]) == pytest.approx(fleiss_kappa(COUNTS).value)
    assert value_of(figures["gwet_ac2", "grade"]) == pytest.approx(gwet_ac(COUNTS, quadratic).value)
    assert value_of(figures["percent_agreement", "grade"]) == pytest.approx(
        (1 / 3 + 1 + 1 / 3 + 0) / 4
    )
    assert value_of(figures["krippendorff_alpha_ordinal", "grade"]) == pytest.approx(
        krippendorff_alpha(COUNTS, "ordinal")
    )
    # Grade 3: 3 of 3 in the second unit, 1 of 3 in the third: (6 + 0) / (6 + 2).
    assert value_of(figures["specific_agreement", "grade=3"]) == pytest.approx(6 / 8)


def test_units_with_one_answer_count_only_where_the_shares_of_values_do(figures):
    def units(measure):
        return int(figures[measure, "grade"].contributions.any(axis=1).sum())

    assert units("percent_agreement") == units("brennan_prediger") == 4
    assert units("krippendorff_alpha_ordinal") == 4
    assert units("fleiss_kappa") == units("gwet_ac2") == 5


def test_closed_fields_know_who_answered():
    (grades, level), (tags, _) = closed_fields(*answered(), FIELDS)
    assert (grades.name, level, tags.name) == ("grade", "ordinal", "tag")
    assert grades.annotators.tolist()[:3] == ["r0", "r1", "r2"]
    np.testing.assert_array_equal(grades.counts, COUNTS)


def test_a_figure_that_is_undefined_says_why(figures):
    kappa = figures["fleiss_kappa", "grade"]
    assert kappa.reason(np.zeros(6)) == "no unit has two ratings"
    assert kappa.reason(np.ones(6)).startswith("every rating is the same")


def test_specific_agreement_is_that_of_all_pairs():
    sums = specific_agreement_sums(COUNTS).sum(axis=0)
    assert ratio(sums).round(6).tolist() == [
        round(2 / 5, 6),
        round(2 / 7, 6),
        round(6 / 8, 6),
    ]


def test_one_class_against_the_rest_of_two_classes_is_the_whole():
    two = COUNTS[:, :2]
    found = fleiss_kappa(one_against_rest(two, 0)).value
    assert found == pytest.approx(fleiss_kappa(two).value)


def test_there_are_no_months_where_all_answers_are_of_one_or_of_none():
    given = pd.to_datetime(pd.Series(["2026-03-31", None, "2026-03-02"]), utc=True)
    answers = pd.DataFrame({"item_id": ["a", "a", "b"], "submitted_at": given})
    assert month_of_items(answers, pd.Series(["a", "b"])) is None
    assert month_of_items(answers.assign(submitted_at=pd.NaT), pd.Series(["a", "b"])) is None
