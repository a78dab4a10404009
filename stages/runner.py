"""Run one stage by name: the one path that DVC, the command line and the tests share."""

import importlib
import json
import logging
from pathlib import Path
from typing import Protocol, cast

from groundkeeper import params
from groundkeeper.errors import UnknownNameError
from groundkeeper.layout import Layout

log = logging.getLogger(__name__)

Metrics = dict[str, float]

STAGES = (
    "guideline",
    "items",
    "sample",
    "ingest",
    "consensus",
    "agreement",
    "impact",
    "decide",
    "validate",
    "release",
    "score",
    "rounds",
    "report",
)
"""The stages in an order in which each finds its inputs written."""


class Stage(Protocol):
    """What a module in this package provides."""

    Params: type[params.StageParams]

    @staticmethod
    def run(layout: Layout, p: params.StageParams, /) -> Metrics:
        """Read inputs, write outputs, return figures worth a log line."""
        ...


def execute(name: str, set_name: str, root: Path) -> Metrics:
    """Run the stage *name* for the set *set_name* of the repository at *root*; return its figures.

    Raises
    ------
    UnknownNameError
        If there is no such stage or set.
    GroundkeeperError
        Whatever the stage has to say about its parameters and inputs.
    """
    if name not in STAGES:
        raise UnknownNameError("stage", name, STAGES)
    stage = cast("Stage", importlib.import_module(f"stages.{name}"))
    params.require_sections(root / "params.yaml", set_name, STAGES)
    chosen = params.load(stage.Params, root / "params.yaml", set_name, name)
    metrics = stage.run(Layout(root, set_name), chosen)
    log.info("%s@%s: %s", name, set_name, json.dumps(metrics))
    return metrics
