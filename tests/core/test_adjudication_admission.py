"""Which verdicts count; those that do not are kept with the reason."""

import numpy as np
import pandas as pd
import pytest
from builders.verdicts import table, verdict, with_verdicts
from strategies.evidence import evidence_from, mark_id

from groundkeeper import tables
from groundkeeper.core.adjudication.admission import admit_verdicts
from groundkeeper.core.adjudication.verdicts import gaps, together, verdicts_of
from groundkeeper.core.consensus.voices import voices
from groundkeeper.core.ids import make_id
from groundkeeper.core.ingestion.admission import Asked, Said, admit
from groundkeeper.core.ingestion.tables import Source
from groundkeeper.formats.frames import VERDICT_TYPES, empty
from schemas.enums import Scope
from schemas.names import ACKNOWLEDGEMENTS, EDGE_CASES, TASKS

MARK = {"parts": {}, "attributes": {"rating": 3}}
EXPERTS = evidence_from({("it_a", "r1", "1.0.0"): [MARK], ("it_a", "r2", "1.0.0"): []})
RECORD = make_id("rc", mark_id("it_a", "r1", "1.0.0", 1, 0))


def refusals(*rows, later=()):
    """Return by verdict why it does not count, through both steps of admission."""
    everything = with_verdicts(EXPERTS, [(row, None) for row in rows])
    said = Said(everything.annotations, everything.parts)
    asked = Asked(
        tables.empty(TASKS), tables.empty(ACKNOWLEDGEMENTS), frozenset(), frozenset(later)
    )
    answers = admit(everything.answers, said, asked)
    judged = together([everything.verdicts], answers)
    found = admit_verdicts(answers, judged, everything.annotations)
    by_answer = found.answers.set_index("answer_id")["refusal"]
    by_verdict = found.verdicts.set_index("verdict_id")["refusal"]
    assert by_answer[by_verdict.index].fillna("").tolist() == by_verdict.fillna("").tolist()
    assert found.answers.set_index("answer_id")["scope"].eq(Scope.ADJUDICATION).sum() == len(rows)
    return [by_verdict[row["verdict_id"]] for row in rows]


def counts(reason):
    return reason is None or (isinstance(reason, float) and np.isnan(reason))


def test_a_verdict_of_somebody_else_on_a_known_record_counts():
    assert counts(refusals(verdict(RECORD))[0])


@pytest.mark.parametrize("expert", ["r1", "r2"])
def test_nobody_settles_what_they_had_a_part_in_also_if_they_marked_nothing(expert):
    assert refusals(verdict(RECORD, adjudicator=expert)) == ["one_of_the_experts"]


def test_an_expert_of_another_item_may():
    assert counts(refusals(verdict(RECORD, adjudicator="r3"))[0])


def test_a_record_that_no_expert_named_is_unknown_and_so_is_one_of_another_item():
    assert refusals(verdict(make_id("rc", "an_none"))) == ["unknown_record"]
    assert refusals(verdict(RECORD, item_id="it_b")) == ["unknown_record"]


def test_what_was_decided_is_decided_again_only_by_who_says_what_they_reverse():
    first = verdict(RECORD, sequence=1)
    again = verdict(RECORD, "absent", sequence=2)
    reversing = verdict(RECORD, "neither", sequence=3, reverses=first["verdict_id"])
    found = refusals(first, again, reversing)
    assert [counts(found[0]), found[1], counts(found[2])] == [True, "already_decided", True]


def test_a_verdict_that_reverses_none_on_its_item_is_refused_and_withdraws_nothing():
    first = verdict(RECORD, sequence=1)
    elsewhere = verdict(RECORD, "absent", sequence=2, item_id="it_b", reverses=first["verdict_id"])
    unknown = verdict(RECORD, "absent", sequence=3, reverses="ao_nobody")
    found = refusals(first, elsewhere, unknown)
    assert [counts(found[0]), *found[1:]] == [True, "unknown_record", "unknown_record"]


def test_a_verdict_that_does_not_count_stands_in_nobodys_way():
    by_expert = verdict(RECORD, sequence=1, adjudicator="r1")
    found = refusals(by_expert, verdict(RECORD, "absent", sequence=2))
    assert (found[0], counts(found[1])) == ("one_of_the_experts", True)


def test_a_verdict_under_a_version_after_the_one_in_force_waits_for_it():
    assert refusals(verdict(RECORD, era="2.0.0"), later=["2.0.0"]) == ["later_version"]


def test_verdicts_are_no_voices():
    everything = with_verdicts(EXPERTS, [(verdict(RECORD), MARK)])
    assert set(voices(everything.answers)["annotator"]) == {"r1", "r2"}


def test_a_verdict_has_the_id_of_its_answer_and_waits_for_its_item_to_be_sampled():
    told = pd.DataFrame(
        {
            "answer_key": ["k1", "k2"],
            "item_key": ["x", "unsampled"],
            "adjudicator": "eve",
            "record_id": RECORD,
            "verdict": "absent",
            "letter": None,
            "positions": "[]",
            "rationale": "Nothing there.",
            "rule_id": None,
            "reverses": None,
            "decided_at": pd.Timestamp("2027-02-01", tz="UTC"),
        }
    )
    assert list(told) == list(VERDICT_TYPES)
    source = Source("b", 4, "adjudication", "1.0.0", "expert", "unblinded", "known")
    (row,) = verdicts_of(source, told, {"x": "it_x"}).to_dict("records")
    expected = make_id("ao", "it_x", "eve", "adjudication", "1.0.0", "k1")
    assert (row["verdict_id"], row["item_id"], row["sequence"]) == (expected, "it_x", 4)
    assert verdicts_of(source, empty(VERDICT_TYPES), {}).empty


def test_a_verdict_that_comes_again_arrived_when_it_first_came():
    row = verdict(RECORD, sequence=2, batch="first")
    answers = with_verdicts(EXPERTS, [(row, None)]).answers
    twice = together([table(row), table(row | {"sequence": 9, "batch": "second"})], answers)
    assert twice[["sequence", "batch"]].to_numpy().tolist() == [[2, "first"]]


def test_a_gap_that_counts_becomes_an_edge_case_and_no_other_verdict_does():
    asked = verdict(RECORD, "guideline_gap", rationale="What of a cavity?", rule_id="inc.small")
    refused = verdict(RECORD, "guideline_gap", refusal="one_of_the_experts")
    found = gaps(table(asked, refused, verdict(RECORD)))
    assert list(found) == list(EDGE_CASES.columns)
    (row,) = found.to_dict("records")
    assert (row["text"], row["rule_id"], row["record_id"], row["annotator"]) == (
        "What of a cavity?",
        "inc.small",
        RECORD,
        "eve",
    )
