"""What a guideline makes of predictions: each is decided as if it were a record that one person observed."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from groundkeeper.core.consensus.arrangement import GROUP, z_orders
from groundkeeper.core.consensus.observe import observed_values
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.allowed import fits
from groundkeeper.core.guideline.evaluate import decide
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import LOOKED
from schemas.names import OBSERVATIONS


@dataclass(frozen=True)
class Said:
    """What is scored.

    Attributes
    ----------
    answers : DataFrame
        One row per answer that looked: ``answer_id, item_id, annotator, origin``, sorted by annotator and item.
    objects : DataFrame
        One row per annotation of them: ``annotation_id, item_id, annotator, confidence``; ``drawn_as``; ``class``;
        ``group``, what its annotator calls those that it belongs with; ``layer``, how high it lies, 0 where nothing is
        said; ``ignored``, whether the guideline would not ask for it;
        and ``foreign``, the label that the guideline does not know. Sorted by annotator, item and annotation.
    rated : DataFrame
        What they say of every field that somebody rates, indexed by ``annotation_id``.
    parts : DataFrame
        ``annotation_id, frame, geometry``.
    """

    answers: pd.DataFrame
    objects: pd.DataFrame
    rated: pd.DataFrame
    parts: pd.DataFrame

    def of(self, annotator: str) -> "Said":
        """Return what one of them said."""
        objects = self.objects[self.objects["annotator"] == annotator].reset_index(drop=True)
        return Said(
            self.answers[self.answers["annotator"] == annotator].reset_index(drop=True),
            objects,
            self.rated.loc[objects["annotation_id"]],
            self.parts[self.parts["annotation_id"].isin(objects["annotation_id"])],
        )


def decided(evidence: Evidence, guide: Guide) -> Said:
    """Return what the guideline in force makes of every annotation of *evidence*.

    A decision that rests on what an annotation does not say stays open, and then asks for it: only what the guideline
    surely decides to be invisible, or to count for nobody, is out of scope. How many voted is not known of it.
    """
    looked = evidence.answers[evidence.answers["state"].isin(LOOKED)]
    heard = evidence.of(looked)
    who = looked[["answer_id", "annotator"]]
    order = ["annotator", "item_id", "annotation_id"]
    told = heard.annotations.merge(who, on="answer_id").sort_values(order, ignore_index=True)
    table = (
        told[["item_id"]]
        .assign(record_id=told["annotation_id"])
        .reindex(columns=list(OBSERVATIONS.columns))
    )
    group = pd.Series(told.index, index=pd.Index(told["annotation_id"], name="annotation_id"))
    if told.empty:
        values = pd.DataFrame(columns=list(guide.fields), index=told.index, dtype=object)
    else:
        values = observed_values(table, heard, group, guide.fields, guide.fields)
    for name, decision in guide.decisions.items():
        values[name] = pd.Series(
            decide(decision, values, guide.fields).outcome, told.index, dtype=object
        )
    objects = told[["annotation_id", "item_id", "annotator", "confidence"]].assign(
        **{"class": guide.classes_of(values)},
        drawn_as=told["kind"],
        group=_groups(told["attributes"]),
        layer=_layers(told),
        ignored=guide.leaves_no_trace(values)
        | guide.counts_for_nobody(values)
        | guide.makes_no_records(told["kind"]),
        foreign=_foreign(told["label"], guide),
    )
    named = looked[["answer_id", "item_id", "annotator", "origin"]]
    return Said(
        named.sort_values(["annotator", "item_id"], ignore_index=True),
        objects,
        guide.rated_values(values).set_axis(objects["annotation_id"]),
        heard.parts[["annotation_id", "frame", "geometry"]],
    )


def lie_outside(said: Said, items: pd.DataFrame) -> Booleans:
    """Return which of the objects of *said* lie beyond their image somewhere, as far as its size is known, bool [n].

    Parameters
    ----------
    said : Said
        What is scored.
    items : DataFrame
        ``item_id, width_px, height_px``.
    """
    bounds = shapely.bounds(said.parts["geometry"].to_numpy(dtype=object)).reshape(-1, 4)
    item = said.parts["annotation_id"].map(said.objects.set_index("annotation_id")["item_id"])
    known = items.set_index("item_id").reindex(item)
    width, height = (known[name].to_numpy(dtype=np.float64) for name in ("width_px", "height_px"))
    beyond = (bounds[:, :2] < 0).any(axis=1) | (bounds[:, 2] > width) | (bounds[:, 3] > height)
    found = said.objects["annotation_id"].isin(said.parts.loc[beyond, "annotation_id"])
    return found.to_numpy(dtype=np.bool_)


def _groups(attributes: pd.Series) -> pd.Series:
    stated = [json.loads(text).get(GROUP) for text in attributes]
    named = [None if one is None else canonical_json(one) for one in stated]
    return pd.Series(named, attributes.index, dtype="str")


def _layers(told: pd.DataFrame) -> Integers:
    """Return how high each annotation lies, as it states itself, int64 [n]."""
    alone = told.set_index("annotation_id", drop=False)
    each = alone[["annotation_id"]].set_axis(["record_id"], axis=1).assign(era="")
    stated = z_orders(each, alone["attributes"]).droplevel("era").reindex(told["annotation_id"])
    return stated.fillna(0).to_numpy(dtype=np.int64)


def _foreign(labels: pd.Series, guide: Guide) -> pd.Series:
    """Return the labels that a field from labels does not allow, missing where all do."""
    checked = [field for field in guide.fields.values() if field.source == "label"]
    strange = [
        label for label in labels.dropna().unique() if not all(fits(label, one) for one in checked)
    ]
    return labels.where(labels.isin(strange)).astype("str")
