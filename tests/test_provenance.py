import grimp
import pytest

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
