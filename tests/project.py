"""What the tests ask of the project itself: its imports, its pipeline file, its documents."""

import functools
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grimp
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
PACKAGES = ("flows", "stages", "schemas", "groundkeeper")


@functools.cache
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def load_yaml(name: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load((ROOT / name).read_text(encoding="utf-8"))


def pipeline() -> dict[str, dict[str, Any]]:
    """Stage name to its body in dvc.yaml, with ``${key}`` and the like as they stand."""
    return {name: body["do"] for name, body in load_yaml("dvc.yaml")["stages"].items()}


def paths(entries: list[str | dict[str, Any]]) -> list[str]:
    """The paths of a list of deps, outs or metrics, without their options."""
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


def file_of(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    assert spec is not None, module
    assert spec.origin is not None, module
    return Path(spec.origin)


@dataclass(frozen=True)
class Document:
    """A document in Markdown, by what tests look for in it."""

    text: str

    @classmethod
    def at(cls, name: str) -> "Document":
        return cls((ROOT / name).read_text(encoding="utf-8"))

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks in *language*."""
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, flags=re.DOTALL | re.MULTILINE)

    def rows(self, first_heading: str) -> list[list[str]]:
        """The cells of the table whose first column has this heading, without its head."""
        lines = self.text.splitlines()
        start = next(
            n for n, line in enumerate(lines) if re.match(rf"\| *{first_heading} *\|", line)
        )
        found = []
        for line in lines[start + 2 :]:
            if not line.startswith("|"):
                break
            found.append([cell.strip() for cell in line.strip("|").split("|")])
        return found

    def links(self) -> list[str]:
        """The targets of links and pictures that lie in this repository."""
        targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", self.text)
        return [target for target in targets if "://" not in target]
