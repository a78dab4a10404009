"""Which code made a product: a digest over every first-party module that a stage can import."""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from groundkeeper.formats import FORMATS

PACKAGES = ("groundkeeper", "schemas", "stages")
DYNAMIC = {"stages.items": tuple(FORMATS.values()), "stages.ingest": tuple(FORMATS.values())}
"""Modules that a stage imports by name while it runs."""


def code_digest(stage: str) -> str:
    """Return the sha256 over the sources of all first-party modules in the import closure of *stage*.

    The closure is read from the sources, so nothing is imported; every ``import``, at the top of a module or
    inside a function, counts.
    """
    digest = hashlib.sha256()
    for name in sorted(closure(f"stages.{stage}")):
        digest.update(f"{name}\n".encode())
        digest.update(_source(name).encode())
    return digest.hexdigest()


def closure(module: str) -> frozenset[str]:
    """Return the names of all first-party modules that *module* needs, itself included."""
    seen: set[str] = set()
    waiting = [module, *DYNAMIC.get(module, ())]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _imports(name)
    return frozenset(seen)


@cache
def _imports(module: str) -> frozenset[str]:
    found = set()
    for node in ast.walk(ast.parse(_source(module))):
        if isinstance(node, ast.Import):
            found |= {name for alias in node.names for name in _with_parents(alias.name)}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= set(_with_parents(node.module))
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(name for name in found if name.split(".")[0] in PACKAGES and _file(name))


def _with_parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[: end + 1]) for end in range(len(parts)))


@cache
def _source(module: str) -> str:
    path = _file(module)
    return path.read_text(encoding="utf-8") if path else ""


@cache
def _file(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin else None
