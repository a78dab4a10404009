"""The peers of benchmarks: installed from pins of the project, and measured by a harness that works without them."""

import importlib.util
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from project import ROOT

LISTS = sorted((ROOT / "benchmarks" / "peers").glob("*.txt"))
BENCHMARKS = ROOT / "benchmarks"


def module(folder, name):
    """A script of a folder whose scripts find one another there."""
    sys.path.insert(0, str(ROOT / folder))
    try:
        spec = importlib.util.spec_from_file_location(name, ROOT / folder / f"{name}.py")
        found = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
    finally:
        sys.path.pop(0)
    return found


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    """Labels of a hundred tasks."""
    path = tmp_path_factory.mktemp("labels") / "labels.npz"
    assert module("benchmarks", "generated_labels").write_labels(path, 100) == 500
    return path


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_peer_is_pinned_and_no_index_is_named(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
    assert len({pin.partition("==")[0] for pin in pins}) == len(pins)


def test_the_lists_name_the_peers():
    peers = module("scripts", "peers")
    named = [pin.partition("==")[0] for path in LISTS for pin in peers.named(path)]
    assert named == [
        "cleanlab",
        "crowd-kit",
        "krippendorff",
        "statsmodels",
        "datumaro",
        "irrcac",
        "pylidc",
    ]


def test_an_environment_is_made_anew_when_its_list_changes(tmp_path):
    peers = module("scripts", "peers")
    wanted = tmp_path / "list.txt"
    wanted.write_text("a==1\n", encoding="utf-8")
    assert not peers.is_made(tmp_path, wanted)
    (tmp_path / peers.STAMP).write_bytes(wanted.read_bytes())
    assert peers.is_made(tmp_path, wanted)
    wanted.write_text("a==2\n", encoding="utf-8")
    assert not peers.is_made(tmp_path, wanted)


def test_generated_labels_are_the_same_every_time_and_by_different_annotators(labels, tmp_path):
    again = tmp_path / "again.npz"
    module("benchmarks", "generated_labels").write_labels(again, 100)
    with np.load(labels) as one, np.load(again) as other:
        assert all((one[name] == other[name]).all() for name in one.files)
        pairs = set(zip(one["task"].tolist(), one["annotator"].tolist(), strict=True))
        assert len(pairs) == 500
        assert (one["label"] == one["truth"][one["task"]]).mean() == pytest.approx(0.7, abs=0.1)


def test_the_worker_answers_and_says_how_long_it_took(labels, tmp_path):
    out = tmp_path / "posterior.npz"
    request = {
        "work": "infer", "method": "majority", "file": str(labels), "own_options": {},
        "peer_options": {}, "out": str(out),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-W", "ignore", BENCHMARKS / "own_worker.py"],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert 0 < told["coding"] < told["seconds"]
    with np.load(out) as found:
        assert found["posterior"].shape == (100, 4)
        assert found["posterior"].sum(axis=1) == pytest.approx(np.ones(100))


def test_every_target_is_of_a_size_that_is_run_by_default():
    speed = module("benchmarks", "truth_speed")
    for comparison in speed.COMPARISONS.values():
        assert set(comparison.targets) <= set(comparison.sizes)


def test_answers_differ_by_their_largest_probability_or_by_their_best_class(tmp_path):
    speed = module("benchmarks", "truth_speed")
    left, right = tmp_path / "left.npz", tmp_path / "right.npz"
    np.savez(left, posterior=np.array([[0.6, 0.4], [0.9, 0.1]]))
    np.savez(right, posterior=np.array([[0.4, 0.6], [0.9, 0.1]]))
    assert speed.difference(left, right, by_label=False) == pytest.approx(0.2)
    assert speed.difference(left, right, by_label=True) == 0.5


def test_without_peers_a_benchmark_says_how_to_get_them(tmp_path):
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "truth_speed.py", "--peers", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no such file; `make peers` installs the peers" in done.stderr
