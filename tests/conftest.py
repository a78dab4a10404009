"""What tests share: repositories in which something was built. Nobody writes into these; copy what you change."""

import os
from pathlib import Path

import pytest
from builders import scored_repository
from hypothesis import settings
from project import ROOT

# A slow machine is no counterexample: properties are bounded by their number of examples, not by a clock.
# Each run draws anew, so many runs try much; `--hypothesis-profile thorough` tries much at once.
settings.register_profile("groundkeeper", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=500)
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


@pytest.fixture(scope="session")
def two_snapshots(tmp_path_factory) -> Path:
    """A small repository with two snapshots, between which scores moved."""
    return scored_repository.moved(tmp_path_factory.mktemp("scored") / "repository")
