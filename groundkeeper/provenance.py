"""What made a product: a digest over all first-party code and data of a stage, and the libraries that compute."""

import ast
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from groundkeeper.formats import FORMATS

PACKAGES = ("groundkeeper", "schemas", "stages")
DYNAMIC = {"stages.items": tuple(FORMATS.values()), "stages.ingest": tuple(FORMATS.values())}
"""Modules that a stage imports by name while it runs."""
LIBRARIES = ("numpy", "pandas", "pyarrow", "shapely")
"""What computes and writes the products."""


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries whose results are in the products, by name.

    GEOS does the geometry of shapely and comes with it.

    Examples
    --------
    >>> sorted(library_versions())
    ['geos', 'numpy', 'pandas', 'pyarrow', 'shapely']
    """
    import shapely  # noqa: PLC0415 - only a release asks, and it has it loaded

    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"geos": shapely.geos_version_string, **versions}


def code_digest(stage: str) -> str:
    """Return the sha256 over all first-party modules in the import closure of *stage*, and their data.

    The closure is read from the sources, so nothing is imported; every ``import``, at the top of a module or
    inside a function, counts. Of each package in it every file counts that is no Python source, such as a table of
    corrections or the template of a page.
    """
    digest = hashlib.sha256()
    modules = sorted(closure(f"stages.{stage}"))
    for name in modules:
        digest.update(f"{name}\n".encode())
        digest.update(_source(name).encode())
    for name in modules:
        for place, content in _package_data(name):
            digest.update(f"{name} {place} {len(content)}\n".encode())
            digest.update(content)
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
def _package_data(module: str) -> tuple[tuple[str, bytes], ...]:
    """Return the data of *module*, if it is a package: place below it and content, those of subpackages apart."""
    path = _file(module)
    if path is None or path.name != "__init__.py":
        return ()
    return tuple(
        (found.relative_to(path.parent).as_posix(), found.read_bytes())
        for found in sorted(_files_of_package(path.parent))
    )


def _files_of_package(folder: Path) -> Iterator[Path]:
    """Give the files that are no Python, of this package alone; hidden ones and caches are no part of it."""
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir() and not (path / "__init__.py").is_file():
            yield from _files_of_package(path)
        elif path.is_file() and path.suffix not in {".py", ".pyc"}:
            yield path


@cache
def _file(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin else None
