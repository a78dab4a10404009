"""Published accuracies of truth inference come out on the published labels, which lie outside of this project."""

import importlib.util
import os
import subprocess
import sys

import pytest
from bounded_skips import AT_MOST
from project import ROOT

NAMED = "GROUNDKEEPER_REFERENCE"


@pytest.fixture(scope="module")
def published():
    """The module that measures; benchmarks are run by path, and find one another in their folder."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        path = ROOT / "benchmarks" / "truth_published.py"
        spec = importlib.util.spec_from_file_location("truth_published", path)
        module = sys.modules["truth_published"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


@pytest.fixture
def folder(published):
    """The folder of the published labels."""
    found = published.reference()
    if found is None:
        pytest.skip(f"{NAMED} names no folder with the published labels; they are not ours to ship")
    assert found.is_dir(), f"{NAMED} names {found.parent}, which has no truth_inference"
    return found


CASES = 20


@pytest.mark.parametrize("case", range(CASES))
def test_an_accuracy_is_within_half_a_point_of_what_is_published(case, folder, published):
    one = published.PUBLISHED[case]
    found = published.measure(folder, one)
    ours = published.accuracy(one, found)
    told = f"{one.dataset} {one.method}: gold for {found.gold_tasks}, {found.labelled} labelled"
    assert abs(ours - one.accuracy) <= published.ALLOWED, f"{told}: {ours:.4f}, not {one.accuracy}"


# What the table of the benchmark leaves out. Zheng et al. (2017), table 6: BCC. Crowd-Kit 1.4.2 measured on snow_rte.
# Where the classes' frequencies are estimated MACE is held to the same.
MORE = [
    ("D_Product", "ibcc", 0.9378, ()),
    ("D_PosSent", "ibcc", 0.960, ()),
    ("snow_rte", "glad", 0.925, ()),
    ("snow_rte", "mace", 0.925, ()),
    ("snow_rte", "mace", 0.925, (("prior", "estimated"), ("strategy", 10))),
    ("D_Product", "mace", 0.929, (("prior", "estimated"), ("strategy", 10))),
]


@pytest.mark.parametrize(("dataset", "method", "accuracy", "options"), MORE)
def test_so_are_further_accuracies(dataset, method, accuracy, options, folder, published):
    one = published.Published(dataset, method, accuracy, "", options)
    ours = published.measure(folder, one).accuracy.value
    assert ours == pytest.approx(accuracy, abs=published.ALLOWED + 1e-9)


def test_gold_of_s_adult_covers_333_of_1517_tasks(folder, published):
    (one,) = (
        one for one in published.PUBLISHED if one.dataset == "S_Adult" and one.method == "glad"
    )
    found = published.measure(folder, one)
    assert (found.gold_tasks, found.labelled) == (1517, 333)
    assert found.coverage == pytest.approx(333 / 1517)
    assert published.read(folder, "S_Adult").repeated == 2922


def test_every_published_figure_is_a_case(published):
    assert len(published.PUBLISHED) == CASES


SOME_SKIPPED = """
import pytest

@pytest.mark.parametrize("n", range({n}))
def test_some(n):
    pytest.skip("GROUNDKEEPER_REFERENCE names no folder")

def test_one():
    pass
"""


@pytest.mark.parametrize(("beyond", "status"), [(0, 0), (1, 1)])
def test_what_is_skipped_without_the_labels_is_told_and_bounded(beyond, status, tmp_path):
    skipped = AT_MOST[NAMED] + beyond
    (tmp_path / "test_some.py").write_text(SOME_SKIPPED.format(n=skipped), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "bounded_skips", "test_some.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    told = f"{skipped} tests skipped for want of {NAMED}; at most {AT_MOST[NAMED]} may be"
    assert told in done.stdout
    assert done.returncode == status
