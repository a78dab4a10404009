import pandas as pd
import pytest
from hypothesis import given
from strategies.evidence import BY_IOU, FIELDS, evidence

from groundkeeper.core.consensus.reconcile import reconcile
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.impact import Rules, assess


def include(threshold):
    return Decision.model_validate(
        {
            "by": "derived",
            "outcomes": ["annotate", "skip"],
            "default": "annotate",
            "rules": [{"id": "inc.small", "when": f"area_px2 < {threshold}", "then": "skip"}],
        }
    )


def rules(threshold=6, **changed):
    facts = {"decisions": {"include": include(threshold)}, "fields": FIELDS, "conventions": {}}
    return Rules(**{**facts, **changed})


def observed(*areas):
    return pd.DataFrame(
        {
            "record_id": [f"rc_{n}" for n in range(len(areas))],
            "item_id": "it_a",
            "era": "1.0.0",
            "area_px2": areas,
        }
    )


def actions(table, older, current):
    return assess(table, {"1.0.0": older} if older else {}, current).states["action"].tolist()


@given(evidence)
def test_over_a_single_version_impact_is_the_identity(found):
    observations = reconcile(found, BY_IOU, FIELDS).observations
    impact = assess(observations, {}, rules())
    assert impact.states[["record_id", "era"]].apply(tuple, axis=1).tolist() == sorted(
        observations[["record_id", "era"]].apply(tuple, axis=1)
    )
    assert set(impact.states["action"]) <= {"untouched"}
    assert impact.plan.empty


def test_a_moved_threshold_touches_what_lies_between_and_asks_where_the_value_is_missing():
    found = actions(observed(4.0, 7.0, 9.0, None), rules(6), rules(8))
    assert found == ["untouched", "auto", "untouched", "revalidate"]


def test_a_field_that_means_something_else_makes_its_stored_values_unknown():
    redefined = {**FIELDS, "area_px2": FIELDS["area_px2"].model_copy(update={"version": 2})}
    assert actions(observed(4.0), rules(6), rules(6, fields=redefined)) == ["revalidate"]


def test_another_convention_needs_new_drawings():
    assert actions(observed(4.0), rules(6), rules(6, conventions={"outline": "boundary"})) == [
        "reannotate"
    ]


@pytest.mark.parametrize(("kind", "action"), [("solid", "untouched"), ("part", "contradiction")])
def test_a_stored_outcome_that_its_own_rules_exclude_is_a_contradiction(kind, action):
    judged = Decision.model_validate(
        {
            "by": "judged",
            "field": "kind",
            "outcomes": ["solid", "part"],
            "rules": [{"id": "small.is.solid", "when": "area_px2 < 6", "then": "solid"}],
        }
    )
    table = observed(4.0).assign(kind=kind)
    impact = assess(table, {}, rules(decisions={"kind_class": judged}))
    assert impact.states["action"].tolist() == [action]
    assert impact.plan["action"].tolist() == ([action] if action == "contradiction" else [])
