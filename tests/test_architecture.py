"""docs/architecture.md says what the imports and dvc.yaml say."""

import ast
import re
import tomllib

import networkx as nx
import pytest
from project import PACKAGES, ROOT, Document, import_graph, paths, pipeline

DOCUMENT = Document.at("docs/architecture.md")
LAYERS = {row[0]: re.findall(r"`([^`]+)`", row[1]) for row in DOCUMENT.rows("layer")}
PLACE = {layer: position for position, layer in enumerate(LAYERS)}


def layer_of(module):
    """The layer whose modules name *module* or a package around it; the bare package has none."""
    found = [
        layer
        for layer, members in LAYERS.items()
        if any(module == member or module.startswith(f"{member}.") for member in members)
    ]
    assert len(found) <= 1, f"{module} is in the layers {found}"
    return found[0] if found else None


def layer_imports():
    graph = import_graph()
    pairs = {
        (layer_of(importer), layer_of(imported))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    return {(a, b) for a, b in pairs if a and b and a != b}


def test_every_module_is_in_a_layer():
    without = sorted(module for module in import_graph().modules if layer_of(module) is None)
    assert without == ["groundkeeper"], "name the others in the table of layers"


def test_every_module_of_the_table_exists():
    named = {member for members in LAYERS.values() for member in members}
    assert named <= import_graph().modules


def test_imports_go_down():
    upward = sorted((a, b) for a, b in layer_imports() if PLACE[a] > PLACE[b])
    assert upward == []


def test_the_picture_has_an_arrow_for_every_import_that_no_other_arrows_imply():
    (picture,) = DOCUMENT.blocks("mermaid")
    drawn = set(re.findall(r"^ +(\w+) --> (\w+)$", picture, flags=re.MULTILINE))
    real = set(nx.transitive_reduction(nx.DiGraph(layer_imports())).edges)
    arrows = "\n".join(
        f"    {a} --> {b}" for a, b in sorted(real, key=lambda e: [PLACE[x] for x in e])
    )
    assert drawn == real, f"the picture should be:\n{arrows}"


def test_the_contract_has_the_layers_of_the_table():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert [sorted(layer.split(" : ")) for layer in layers] == list(map(sorted, LAYERS.values()))
    assert set(project["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)


def imported_by_name(path):
    """The top packages that a module imports with ``import_module("...")``, which no graph shows."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {
        call.args[0].value.split(".")[0]
        for call in calls
        if getattr(call.func, "attr", getattr(call.func, "id", "")) == "import_module"
        if isinstance(call.args[0], ast.Constant)
    }


def test_what_is_imported_by_name_while_running_keeps_to_the_layers():
    found = {
        (path.relative_to(ROOT).parts[1], name)
        for path in (ROOT / "groundkeeper").rglob("*.py")
        for name in imported_by_name(path)
    }
    assert ("pipeline", "dvc") in found
    assert {place for place, _ in found} == {"pipeline"}
    assert not any(
        imported_by_name(path)
        for name in ("flows", "schemas", "stages")
        for path in (ROOT / name).rglob("*.py")
    )


def test_the_stages_are_those_of_dvc_yaml_in_its_order():
    assert [row[0].strip("`") for row in DOCUMENT.rows("stage")] == list(pipeline())


@pytest.mark.parametrize("row", DOCUMENT.rows("stage"), ids=lambda row: row[0].strip("`"))
def test_the_table_of_stages_says_what_dvc_yaml_says(row):
    name, read, written = (re.findall(r"`([^`]+)`", cell) for cell in row)
    stage = pipeline()[name[0]]
    sources = [path.split("/") for path in paths(stage["deps"])]
    assert set(read) == {
        parts[1] if parts[0] == "data" else parts[0]
        for parts in sources
        if parts[0] in {"data", "guidelines"}
    }
    products = paths([*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])])
    assert set(written) == {path.rsplit("/", 1)[1] for path in products}
