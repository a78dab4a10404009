"""The work for people that follows from an impact: exact questions about records, and items to search."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.entropy import entropy
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.ids import canonical_json, make_id
from groundkeeper.core.impact.assess import Impact
from groundkeeper.core.impact.path import Form
from groundkeeper.core.impact.plan import details
from groundkeeper.core.impact.search import Search, Searched
from schemas.enums import Action, Task, Unit

PRIORITY: Final = {
    Task.CONTRADICTION: 4.0,
    Task.REANNOTATE: 3.0,
    Task.REVALIDATE: 2.0,
    Task.SEARCH: 1.0,
    Task.SECOND_LOOK: 0.5,
}
"""What is wrong goes before what is unknown, and that before what is only unsure."""

ENTERS: Final = 0.4
"""How much more urgent a record is that can enter or leave the GT."""
OPEN: Final = 0.1
"""How much more urgent a record is that half of the people saw, and half did not."""


def work_on_records(impact: Impact, hours_per_record: float, form: Form) -> pd.DataFrame:
    """Return the work that records ask for: the columns of ``schemas.names.PLAN``, one row a record.

    Contradictions and second looks are for as many experts as settle anything; everything else is for as many as the
    guideline asks for. Who is asked for fields alone answers these; else the record is looked at as a whole.

    Parameters
    ----------
    form : Form
        The guideline in force: what its decisions store is judged, and what they hide can leave the GT.
    """
    told = details(impact)
    told["task"] = told["action"].map(TASKS)
    told.loc[told["task"].isna() & told["second_look"], "task"] = Task.SECOND_LOOK
    told = told[told["task"].notna()]
    keys = told[["record_id", "era", "task", "asks"]].itertuples(index=False, name=None)
    one = told["task"].isin([Task.CONTRADICTION, Task.SECOND_LOOK])
    people = np.where(one, form.consensus.quorum, form.consensus.experts)
    decisions = form.decisions.decisions
    fields = frozenset(form.fields.fields) - {decision.field for decision in decisions.values()}
    return pd.DataFrame(
        {
            "plan_id": [make_id("pl", *map(str, key), *asks) for *key, asks in keys],
            "item_id": told["item_id"],
            "record_id": told["record_id"],
            "unit": [
                str(_unit(task, asks, fields))
                for task, asks in zip(told["task"], told["asks"], strict=True)
            ],
            "action": told["task"].map(str),
            "rule_ids": [canonical_json(list(names)) for names in told["rule_ids"]],
            "asks": [canonical_json(list(names)) for names in told["asks"]],
            "old_outcome": [canonical_json(outcomes) for outcomes in told["old"]],
            "new_outcome": [canonical_json(outcomes) for outcomes in told["new"]],
            "question": [question(row) for row in told.to_dict("records")],
            "experts": people,
            "priority": _priority(impact, told, decisions),
            "hours": people * hours_per_record,
        }
    )


def work_on_items(found: Searched, hours_per_item: float, experts: int) -> pd.DataFrame:
    """Return the items to search: the columns of ``schemas.names.PLAN``, one row an item, whatever the reasons."""
    places = np.flatnonzero(found.asked())
    holding = [[r for r in found.reasons if r.items[place]] for place in places.tolist()]
    chosen = found.item_id.to_numpy()[places]
    rule_ids = [
        dict.fromkeys(rule for reason in held for rule in reason.rule_ids) for held in holding
    ]
    return pd.DataFrame(
        {
            "plan_id": [
                make_id("pl", str(item), str(Task.SEARCH), *(reason.where for reason in held))
                for item, held in zip(chosen, holding, strict=True)
            ],
            "item_id": chosen,
            "record_id": pd.Series([None] * len(chosen), dtype="str"),
            "unit": [str(_place(held)) for held in holding],
            "action": str(Task.SEARCH),
            "rule_ids": [canonical_json(list(names)) for names in rule_ids],
            "asks": "[]",
            "old_outcome": pd.Series([None] * len(chosen), dtype="str"),
            "new_outcome": pd.Series([None] * len(chosen), dtype="str"),
            "question": [" ".join(reason.question for reason in held) for held in holding],
            "experts": experts,
            "priority": PRIORITY[Task.SEARCH],
            "hours": experts * hours_per_item,
        }
    )


def _unit(task: Task, asks: Sequence[str], fields: frozenset[str]) -> Unit:
    """Return how much one task about a record is about: the fields that are asked, or all of it."""
    alone = task == Task.REVALIDATE and asks and fields.issuperset(asks)
    return Unit.FIELD if alone else Unit.RECORD


def _place(reasons: Sequence[Search]) -> Unit:
    """Return how much of an item has to be searched: what rules left out, or everything."""
    return Unit.REGION if all(reason.rule_ids for reason in reasons) else Unit.ITEM


def _priority(
    impact: Impact, told: pd.DataFrame, decisions: Mapping[str, Decision]
) -> npt.NDArray[np.float64]:
    """Return how much each task can change the ground truth, float64 [n].

    What kind of work it is comes first (``PRIORITY``). Within it, 0.4 for records that can enter or leave the GT and
    not only change within it; and up to 0.1 for how open it is that the record is there, the binary entropy of its
    share of votes.
    """
    hiding = {name for name, decision in decisions.items() if decision.invisible}
    enters = [bool(hiding.intersection(names)) for names in told["decisions"]]
    found = told["task"].map(PRIORITY).to_numpy(dtype=np.float64) + ENTERS * np.array(enters)
    if {"votes", "experts"} <= set(impact.table):
        share = (impact.table["votes"] / impact.table["experts"]).to_numpy(dtype=np.float64)
        keys = pd.MultiIndex.from_frame(impact.table[["record_id", "era"]])
        place = keys.get_indexer(pd.MultiIndex.from_frame(told[["record_id", "era"]]))
        found += OPEN * entropy(share[place])
    return np.asarray(found, dtype=np.float64)


TASKS: Final = {
    str(Action.REVALIDATE): Task.REVALIDATE,
    str(Action.REANNOTATE): Task.REANNOTATE,
    str(Action.CONTRADICTION): Task.CONTRADICTION,
}
"""What people are asked to do, by the action on the record."""


def question(told: Mapping[Hashable, object]) -> str:
    """Return what a person is asked about one record, from a row of ``details``.

    Examples
    --------
    >>> question({"action": "revalidate", "asks": ("size",), "concerned": ("include",), "old": {},
    ...           "reasons": (), "second_look": False})
    'What is size? On it rests include.'
    """
    asks = _listed(told["asks"])
    decisions = _listed(told["concerned"])
    reasons = _listed(told["reasons"])
    match told["action"]:
        case Action.CONTRADICTION:
            return (
                f"What is stored for {decisions} is ruled out by its own guideline. Which is right?"
            )
        case Action.REANNOTATE if decisions:
            return f"Please decide {decisions} again under the guideline in force."
        case Action.REANNOTATE:
            return f"Please draw this again under the guideline in force ({reasons})."
        case Action.REVALIDATE if asks:
            rests = (
                f"On it rests {decisions}."
                if decisions
                else f"The guideline asks for it ({reasons})."
            )
            return f"What is {asks}? {rests}"
        case Action.REVALIDATE:
            return f"Is what is stored of this still right? The {reasons or 'guideline changed'}."
        case _:
            return f"The experts stood apart where {decisions or 'a boundary'} moved. Is it right?"


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, Sequence) else ""
