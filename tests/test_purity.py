"""The core and the schemas compute: they open no file, look at no clock and keep no state between calls."""

import ast

import pytest
from project import ROOT

PURE = [
    *sorted((ROOT / "groundkeeper/core").rglob("*.py")),
    *sorted((ROOT / "schemas").rglob("*.py")),
]
TOUCHING = {
    "open",
    "read_bytes",
    "read_csv",
    "read_json",
    "read_parquet",
    "read_text",
    "to_csv",
    "to_parquet",
    "to_pickle",
    "write_bytes",
    "write_text",
    "print",
    "input",
    "now",
    "utcnow",
    "today",
    "seed",
}
"""Calls that reach outside."""

BY_CHANCE = {"default_rng"}
"""Calls that reach outside unless they are handed something."""


def calls(tree):
    made = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    functions = [call.func for call in made if not (call.args and name_of(call.func) in BY_CHANCE)]
    return {name_of(function) for function in functions}


def name_of(function):
    return getattr(function, "id", None) or getattr(function, "attr", None)


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_reaches_outside(path):
    assert calls(ast.parse(path.read_text(encoding="utf-8"))) & (TOUCHING | BY_CHANCE) == set()


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_state_outlives_a_call(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Global)] == []


def test_the_search_finds_what_it_looks_for():
    tree = ast.parse("pd.read_csv('x')\nopen('y')\nnp.random.default_rng()\ndefault_rng(7)")
    assert calls(tree) == {"read_csv", "open", "default_rng"}
