import importlib.metadata
import json
import shutil
import subprocess
import sys

import grimp
import pytest
import shapely
from project import ROOT

from groundkeeper import provenance
from stages.runner import STAGES


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("groundkeeper", "schemas", "stages", cache_dir=None)


@pytest.mark.parametrize("stage", STAGES)
def test_the_closure_is_what_an_independent_import_graph_finds(stage, graph):
    module = f"stages.{stage}"
    roots = {module, *provenance.DYNAMIC.get(module, ())}
    expected = roots.union(*(graph.find_upstream_modules(root) for root in roots))
    found = provenance.closure(module)
    packages = {name for name in found if name not in expected}
    assert expected <= found
    assert all(any(other.startswith(f"{name}.") for other in expected) for name in packages)


def test_a_stage_rests_on_other_code_than_its_neighbour():
    assert provenance.code_digest("items") != provenance.code_digest("sample")
    assert provenance.code_digest("items") == provenance.code_digest("items")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the packages, to be changed and put back."""
    root = tmp_path_factory.mktemp("project")
    for name in provenance.PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    return root


@pytest.fixture(scope="module")
def unchanged(project):
    """The digest of every stage in the copy as it is."""
    return digests(project)


def digests(root):
    """The digest of every stage, by a new process: sources are read once in each."""
    code = (
        "import json; from groundkeeper.provenance import code_digest; from stages.runner import STAGES; "
        "print(json.dumps({stage: code_digest(stage) for stage in STAGES}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "rests_on_it", "does_not"),
    [
        ("groundkeeper/formats/lidc_overrides.yaml", {"items", "ingest"}, {"consensus", "decide"}),
        ("groundkeeper/reports/templates/set.html.j2", {"report"}, {"items", "ingest", "decide"}),
    ],
)
def test_the_data_of_a_package_is_part_of_what_rests_on_it(
    project, unchanged, name, rests_on_it, does_not
):
    path = project / name
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    after = digests(project)
    path.write_bytes(content)
    changed = {stage for stage in STAGES if unchanged[stage] != after[stage]}
    assert rests_on_it <= changed
    assert not does_not & changed


def test_what_an_editor_or_python_leaves_behind_is_no_part_of_the_code(project, unchanged):
    left = [project / "groundkeeper" / ".DS_Store", project / "schemas" / "__pycache__" / "x.bin"]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"left")
    assert digests(project) == unchanged
    for path in left:
        path.unlink()


def test_the_libraries_that_compute_are_named_with_their_versions():
    versions = provenance.library_versions()
    assert set(versions) == {"geos", "numpy", "pandas", "pyarrow", "shapely"}
    assert versions["shapely"] == importlib.metadata.version("shapely")
    assert versions["geos"] == ".".join(map(str, shapely.geos_version))
