"""Faults seeded into the code of impact, each of which the laws of impact have to catch."""

import importlib
import inspect
import types

import numpy as np
import pytest
from strategies.changes import drawn, rebuilt

from groundkeeper.core.impact import assess as assessing
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Stop

FAULTS = {
    "what differs in one of several cases counts as the same": (
        "derived",
        "stays = every(row, then == now, count)",
        "stays = ~every(row, then != now, count)",
    ),
    "the newer rules are read as the older ones": (
        "derived",
        "place_then[reached.rules[:, 0]], place_now[reached.rules[:, 1]]",
        "place_then[reached.rules[:, 0]], place_now[reached.rules[:, 0].clip(max=len(new.rules))]",
    ),
    "a field that is fused otherwise is taken for the same": (
        "meaning",
        "    return same_meaning(old, new, before, after)",
        "    return not redefined(old, new, before, after)",
    ),
    "what is hidden now was always hidden": (
        "assess",
        "action[leaves & ~hidden_then] = AUTO",
        "action[leaves] = UNTOUCHED",
    ),
    "only the first decision counts": (
        "assess",
        "np.maximum(action, verdict.action[verdict.cell], out=action)",
        "action = action if action.any() else verdict.action[verdict.cell].copy()",
    ),
    "a missing value is the lowest one": (
        "derived",
        "regions.reached(*regions.bounds(cells.places))\n    place_then",
        "regions.reached(*[regions.bounds(cells.places)[0]] * 2)\n    place_then",
    ),
}
SEEDS = range(43, 103)
"""One draw of sixty shows a field that is fused otherwise; these begin shortly before one that does."""


def missed(seed):
    """How many records differ between two full rebuilds and are called untouched."""
    found = drawn(seed, records=60)
    impact = assessing.assess(found.observed_now, [Stop(found.old)], found.new, Stored.REBUILT)
    then, now = rebuilt(found.old, found.observed_then), rebuilt(found.new, found.observed_now)
    differs = np.array([before != after for before, after in zip(then, now, strict=True)])
    return int((differs & (impact.action == 0)).sum())


def faulty(name, right, wrong):
    """The module with a fault in it."""
    module = importlib.import_module(f"groundkeeper.core.impact.{name}")
    source = inspect.getsource(module)
    assert source.count(right) == 1, f"{name} no longer says {right!r}; seed another fault"
    broken = types.ModuleType(module.__name__)
    exec(compile(source.replace(right, wrong), module.__file__, "exec"), broken.__dict__)  # noqa: S102
    return module, broken


@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_caught(fault, monkeypatch):
    module, broken = faulty(*FAULTS[fault])
    for user in (assessing, module):
        for name, made in vars(broken).items():
            if isinstance(made, types.FunctionType) and hasattr(user, name):
                monkeypatch.setattr(user, name, made)
    assert any(missed(seed) for seed in SEEDS)


def test_without_a_fault_nothing_is_missed():
    assert not any(missed(seed) for seed in SEEDS[:5])
