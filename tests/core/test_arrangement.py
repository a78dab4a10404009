"""Layers and groups of records, as most of those who drew them have it."""

import json

import pandas as pd

from groundkeeper.core.consensus.arrangement import free_of, object_groups, z_orders
from groundkeeper.core.guideline.fields import Field


def stated(**by_record):
    """Members and attributes, from what each annotator states of each record."""
    rows = [
        (f"{record}{who}", record, f"r{who}", attributes)
        for record, told in by_record.items()
        for who, attributes in enumerate(told)
    ]
    names = [row[0] for row in rows]
    members = pd.DataFrame(
        {"record_id": [row[1] for row in rows], "annotator": [row[2] for row in rows]}, names
    )
    members = members.assign(era="1.0.0", item_id="it_a")
    return members, pd.Series([json.dumps(row[3]) for row in rows], names)


def test_the_layer_is_the_lower_of_the_middle_two_and_missing_where_nobody_states_one():
    layers = z_orders(*stated(a=[{"z_order": 3}, {"z_order": 1}], b=[{}, {"z_order": "top"}]))
    assert layers.to_dict() == {("a", "1.0.0"): 1}
    # Records of which nobody says it are put in later: it stays a whole number.
    assert layers.reindex([*layers.index, ("b", "1.0.0")]).dtype == "Int64"


def test_records_belong_together_where_more_than_half_of_those_who_drew_both_say_so():
    together, alone = {"group": "pair"}, {}
    groups = object_groups(
        *stated(
            a=[together, together, alone],
            b=[together, together, alone],
            c=[together, alone, alone],
        )
    )
    assert groups.to_dict() == {("a", "1.0.0"): "a", ("b", "1.0.0"): "a"}


def test_a_field_that_is_called_so_keeps_its_own_meaning():
    field = Field.model_validate({"type": "text", "from": "attribute"})
    assert not free_of({"group": field}, "group")
    assert free_of({"group": field}, "z_order")
