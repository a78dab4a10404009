"""Read params.yaml, one section of one set at a time, into a frozen, checked model."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from groundkeeper.checked import slips
from groundkeeper.errors import SHOWN, ParamsError, UnknownNameError, listing

SET_NAME = re.compile(r"[a-z0-9_-]+")


class StageParams(BaseModel):
    """Parameters of one stage: immutable, and a key that nobody reads is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ResamplingParams(StageParams):
    """How a stage makes the intervals of its figures."""

    rounds: int = Field(default=1000, ge=100, le=100_000, description="bootstrap rounds")
    seed: int = Field(default=0, ge=0, description="seed of the bootstrap")
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="of the intervals")


P = TypeVar("P", bound=StageParams)


def load(model: type[P], path: Path, set_name: str, section: str) -> P:
    """Return ``sets.<set_name>.<section>`` of the file at *path* as *model*.

    A stage whose parameters all have defaults needs no section.

    Raises
    ------
    ParamsError
        If the file cannot be read, or a key is missing, unknown or out of range.
    UnknownNameError
        If the file has no such set.
    """
    sections = set_sections(path, set_name)
    try:
        return model.model_validate(sections.get(section) or {})
    except ValidationError as error:
        where = ("sets", set_name, section)
        lines = [f"  {slip.told(within=where)}" for slip in slips(error, model)]
        rest = [f"  and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        raise ParamsError("\n".join([f"{path}:", *lines[:SHOWN], *rest])) from error


def set_sections(path: Path, set_name: str) -> dict[str, Any]:
    """Return the sections of one set, unchecked."""
    sets = load_sets(path)
    if set_name not in sets:
        raise UnknownNameError("set", set_name, sets)
    return dict(sets[set_name] or {})


def load_sets(path: Path) -> dict[str, Any]:
    """Return the mapping ``sets`` of the file at *path*: set name to its sections, unchecked."""
    try:
        document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"{path}: no such file; run this in the root of a Groundkeeper repository"
        raise ParamsError(message) from None
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        message = f"{path}{line}: not readable as YAML: {error.problem}"
        raise ParamsError(message) from error
    except (YAMLError, UnicodeDecodeError) as error:
        message = f"{path}: not readable as YAML: {' '.join(str(error).split())}"
        raise ParamsError(message) from error
    if not isinstance(document, dict) or not isinstance(document.get("sets"), dict):
        found = listing(document) if isinstance(document, dict) else type(document).__name__
        message = f"{path}: needs a mapping `sets` of set names to their stages; found {found}"
        raise ParamsError(message)
    unknown = sorted(set(document) - {"sets"})
    if unknown:
        message = f"{path}: unknown key {listing(unknown)}; the only key at the top is `sets`"
        raise ParamsError(message)
    wrong = [name for name in document["sets"] if not SET_NAME.fullmatch(str(name))]
    if wrong:
        message = (
            f"{path}: sets: found {listing(wrong)}; a name is of the characters a-z 0-9 _ and -"
        )
        raise ParamsError(message)
    return dict(document["sets"])


def require_sections(path: Path, set_name: str, known: Collection[str]) -> None:
    """Make sure that every section of a set is one that somebody reads.

    Raises
    ------
    ParamsError
        If there is another, such as a misspelt one, whose settings would silently be the defaults.
    """
    unknown = [name for name in set_sections(path, set_name) if name not in known]
    if unknown:
        message = (
            f"{path}: sets.{set_name}: unknown section {listing(unknown)}; "
            f"the sections are {', '.join(known)}"
        )
        raise ParamsError(message)
