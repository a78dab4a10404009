import shapely
from strategies.evidence import BY_IOU, FIELDS, evidence_from

from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.consensus.voices import Evidence, deciding, experts_of, voices


def mark(rating):
    return {"parts": {0: shapely.box(0, 0, 4, 4)}, "attributes": {"rating": rating}}


def found(answered, **changed):
    """Evidence of one item; *changed* overwrites columns of the answers, one value an answer."""
    made = evidence_from({("it_a", *key): drawn for key, drawn in answered.items()})
    return Evidence(made.answers.assign(**changed), made.annotations, made.parts, made.items)


def observed(evidence):
    return reconcile(evidence, BY_IOU, FIELDS).observations


def test_a_person_who_answers_twice_in_an_era_has_one_voice_and_it_is_the_latest():
    twice = {("r1", "1.0.0", 1): [mark(5)], ("r1", "1.0.0", 2): [mark(4)]}
    row = observed(found({**twice, ("r2", "1.0.0", 1): [mark(1)], ("r3", "1.0.0", 1): [mark(1)]}))
    assert row[["votes", "experts", "rating"]].to_dict("records") == [
        {"votes": 3, "experts": 3, "rating": 1}
    ]
    assert row["rating_high"].tolist() == [4]
    assert row["spread_iou"].tolist() == [1.0]


def test_drafts_skips_and_models_have_no_voice():
    answered = {(f"r{n}", "1.0.0", 1): [mark(n)] for n in (1, 2, 3)}
    for changed in (
        {"state": ["submitted", "draft", "skipped"]},
        {"origin": ["expert", "model", "synthetic"]},
    ):
        evidence = found(answered, **changed)
        row = observed(evidence).iloc[0]
        assert (row["votes"], row["experts"], row["rating"]) == (1, 1, 1)
        assert len(reconcile(evidence, BY_IOU, FIELDS).clusters) == 1


def test_an_era_in_which_people_looked_and_saw_nothing_is_observed_with_no_votes():
    answered = {("r1", "1.0.0", 1): [mark(2)], ("r1", "2.0.0", 1): [], ("r2", "2.0.0", 1): []}
    table = observed(found(answered)).set_index("era")
    assert table["votes"].to_dict() == {"1.0.0": 1, "2.0.0": 0}
    assert table["experts"].to_dict() == {"1.0.0": 1, "2.0.0": 2}
    assert table["rating"].isna().to_dict() == {"1.0.0": False, "2.0.0": True}


def test_empty_answers_are_counted_once_a_person():
    answered = {("r1", "1.0.0", 1): [mark(2)], ("r1", "1.0.0", 2): [], ("r2", "1.0.0", 1): []}
    assert experts_of(found(answered).answers).to_dict("records") == [
        {"item_id": "it_a", "era": "1.0.0", "experts": 2, "empty_answers": 2}
    ]


def test_agreement_and_scores_see_the_era_that_decides_and_nothing_else():
    answered = {
        ("r1", "1.0.0", 1): [mark(1)],
        ("r2", "1.0.0", 1): [mark(1)],
        ("r1", "2.0.0", 1): [mark(2)],
    }
    evidence = found(answered)
    one = deciding(evidence, quorum=2)
    assert set(one.answers["era"]) == {"1.0.0"}
    assert (len(one.annotations), len(one.parts)) == (2, 2)
    assert set(deciding(evidence, quorum=1).answers["era"]) == {"2.0.0"}


def test_of_equal_times_the_answer_with_the_higher_id_stands():
    answered = {("r1", "1.0.0", 1): [mark(1)], ("r1", "1.0.0", 2): [mark(2)]}
    evidence = found(answered, sequence=[1, 1])
    assert voices(evidence.answers)["answer_id"].tolist() == [max(evidence.answers["answer_id"])]
