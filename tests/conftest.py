"""What tests share: a repository in which the ground truth was built. Nobody writes into it; copy what you change."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from project import ROOT

# A slow machine is no counterexample: properties are bounded by their number of examples, not by a clock.
settings.register_profile("groundkeeper", deadline=None, max_examples=50)
settings.load_profile("groundkeeper")

pytest_plugins = ("bounded_skips",)


@pytest.fixture(scope="session")
def built() -> Path:
    """The root of a repository where `make gt` ran: $GROUNDKEEPER_BUILT, or this one."""
    named = os.environ.get("GROUNDKEEPER_BUILT")
    root = Path(named).resolve() if named else ROOT
    if not any(root.glob("data/gt/*/manifest.json")):
        report = pytest.fail if named else pytest.skip
        report(f"no ground truth was built in {root}; run `make gt` first, as `make test` does")
    return root
