"""Every row of the change table, as a worked example."""

import pytest
from builders.value_examples import ALL_EXAMPLES

from groundkeeper.core.diff.compare import compare
from groundkeeper.core.diff.table import TABLE, Kind


def kinds(diff):
    return tuple(one.kind for one in (*diff.moves, *diff.changes, *diff.prose))


@pytest.mark.parametrize("example", ALL_EXAMPLES, ids=lambda example: example.name)
def test_a_change_is_found_as_its_row_and_nothing_else(example):
    diff = compare(*example.versions())
    assert kinds(diff) == example.kinds
    assert diff.level is example.level


def test_every_row_has_an_example():
    assert {kind for example in ALL_EXAMPLES for kind in example.kinds} == set(TABLE) == set(Kind)
