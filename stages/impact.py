"""Say what the guideline in force means for records answered under older versions.

reads   observations, other_versions.json, decisions, fields, precision
writes  states, plan
"""

from pydantic import JsonValue

from groundkeeper import concerns, files, tables
from groundkeeper.core.guideline.normative import Decisions, Fields, Precision
from groundkeeper.core.impact import Rules, assess
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from schemas.enums import Action
from schemas.names import OBSERVATIONS, PLAN, STATES


class Params(StageParams):
    """Nothing can be set."""


def run(layout: Layout, _p: Params) -> dict[str, float]:
    """Write the state of every observation and the plan of work for people."""
    observations = tables.read(layout.table("consensus", OBSERVATIONS), OBSERVATIONS)
    path = layout.folder("guideline") / "other_versions.json"
    others = {era: _rules(form, f"{path}: {era}") for era, form in files.read_json(path).items()}
    current = Rules(
        concerns.read(layout, Decisions).decisions,
        concerns.read(layout, Fields).fields,
        concerns.read(layout, Precision).conventions,
    )
    impact = assess(observations, others, current)
    tables.write(impact.states, layout.table("impact", STATES), STATES)
    tables.write(impact.plan, layout.table("impact", PLAN), PLAN)
    return {str(action): float((impact.states["action"] == action).sum()) for action in Action}


def _rules(form: dict[str, JsonValue], where: str) -> Rules:
    return Rules(
        concerns.parse(form["decisions"], Decisions, where).decisions,
        concerns.parse(form["fields"], Fields, where).fields,
        concerns.parse(form["precision"], Precision, where).conventions,
    )
