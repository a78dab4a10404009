"""Records, answers and tasks of a small set whose rule for size moved from 3 to 6: below it a thing is skipped.

Every record is alone on an item of its own, whose group is given.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd

from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields, Precision
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.ids import canonical_json, make_id
from groundkeeper.core.impact.path import Form
from groundkeeper.core.people.said import PeopleEvidence
from groundkeeper.core.people.versions import Versions
from schemas.names import ACKNOWLEDGEMENTS, ANNOTATIONS, ANSWERS, TASKS

OLD, NEW = "1.0.0", "2.0.0"
FIELDS = {
    "size": {"type": "number", "min": 0, "from": "attribute", "fuse": "median"},
    "grade": {"type": "ordinal", "values": [1, 2, 3, 4, 5], "from": "attribute", "fuse": "median"},
    "dark": {"type": "bool", "from": "metadata", "level": "item"},
    "topic": {"type": "enum", "values": ["news", "advert"], "from": "attribute", "fuse": "mode"},
}
CONSENSUS = {"experts": 3, "quorum": 2, "match": {"by": "item"}, "shape": "none"}


def include(when, **more):
    """A decision that skips, and so hides, where *when* holds."""
    return {
        "by": "derived",
        "outcomes": ["keep", "skip"],
        "invisible": ["skip"],
        "default": "keep",
        "rules": [{"id": "inc.small", "when": when, "then": "skip"}],
        **more,
    }


def topic(*rules):
    """A decision that people make, with rules that take it from them."""
    named = [{"id": name, "when": when, "then": then} for name, when, then in rules]
    return {"by": "judged", "outcomes": ["news", "advert"], "field": "topic", "rules": named}


def form(**decisions):
    """A form with those decisions."""
    return Form(
        Decisions.model_validate({"decisions": decisions}),
        Fields.model_validate({"fields": FIELDS}),
        Precision.model_validate({}),
        Coverage.model_validate({"classes": ["thing"]}),
        Consensus.model_validate(CONSENSUS),
    )


def versions(old=None, new=None):
    """Both versions, the newer in force."""
    forms = {
        OLD: old or form(include=include("size < 3")),
        NEW: new or form(include=include("size < 6")),
    }
    return Versions(forms, NEW)


def observations(sizes, *, era=OLD, votes=3, **more):
    """One fused observation a record: rc_000 on it_000 and so on; *more* are further columns."""
    count = len(sizes)
    table = pd.DataFrame(
        {
            "record_id": [f"rc_{n:03}" for n in range(count)],
            "item_id": [f"it_{n:03}" for n in range(count)],
            "era": era,
            "votes": votes,
            "experts": 3,
            "size": np.asarray(sizes, dtype=np.float64),
            "size_low": np.asarray(sizes, dtype=np.float64),
            "size_high": np.asarray(sizes, dtype=np.float64),
        }
    )
    return table.assign(**more)


def records(sizes, **more):
    """The same as settled records of ground truth."""
    return observations(sizes).assign(status="agreed", borderline=False, **more)


def items(count, groups=None, **more):
    """The items of those records."""
    names = [f"it_{n:03}" for n in range(count)]
    group = groups if groups is not None else [f"patient {n}" for n in range(count)]
    keys = [f"key {n:03}" for n in range(count)]
    return pd.DataFrame({"item_id": names, "item_key": keys, "group_id": group}).assign(**more)


def answer(annotator, place, *, said=None, era=NEW, marked=True, **more):
    """One answer about record *place*: a mark that states what is *said*, or nothing found."""
    key = json.dumps([annotator, place, era, more.get("task_id"), more.get("sequence")])
    given = {
        "answer_id": make_id("ao", key),
        "item_id": f"it_{place:03}",
        "annotator": annotator,
        "round": "r2",
        "era": era,
        "sequence": 2,
        "state": "submitted" if marked else "empty",
        "submitted_at": pd.NaT,
        "lead_time_s": np.nan,
        "tool": "test",
        "origin": "expert",
        "independence": "blind",
        "identity": "known",
        "shown_prediction": False,
        "batch": "b2",
        "task_id": None,
        "scope": "item",
        "refusal": None,
    }
    return {**given, **more, "said": canonical_json(said or {})}


def evidence(given, observed, **more):
    """The tables that those answers make."""
    told = pd.DataFrame(given, columns=[*ANSWERS.columns, "said"])
    told["submitted_at"] = pd.to_datetime(told["submitted_at"], utc=True)
    marks = told[told["state"] == "submitted"]
    annotations = pd.DataFrame(
        {
            "annotation_id": marks["answer_id"].str.replace("ao_", "an_"),
            "answer_id": marks["answer_id"],
            "item_id": marks["item_id"],
            "ordinal": 0,
            "kind": "statement",
            "label": None,
            "attributes": marks["said"],
        }
    ).reindex(columns=list(ANNOTATIONS.columns))
    clusters = annotations[["annotation_id", "item_id"]].assign(
        record_id=annotations["item_id"].str.replace("it_", "rc_")
    )
    found = PeopleEvidence(
        answers=told[list(ANSWERS.columns)],
        annotations=annotations,
        tasks=pd.DataFrame(columns=list(TASKS.columns)),
        acknowledgements=pd.DataFrame(columns=list(ACKNOWLEDGEMENTS.columns)),
        clusters=clusters[marks["scope"].eq("item").to_numpy()],
        observations=observed,
        items=items(len(observed)),
    )
    return replace(found, **more)
