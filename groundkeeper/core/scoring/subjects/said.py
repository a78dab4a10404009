"""What a guideline makes of predictions: each is decided as if it were a record that one person observed."""

import json
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.arrangement import GROUP, z_orders
from groundkeeper.core.consensus.observe import observed_values
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.geometry import bounding_boxes, outside_images
from groundkeeper.core.guideline.allowed import fits
from groundkeeper.core.guideline.evaluate import decide
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.scoring.objects.sides import Booleans
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import LOOKED, Origin
from schemas.names import OBSERVATIONS

NOT_ALLOWED: Final = "value_is_allowed"
"""The rule by which a value is refused that its field does not allow."""
NOWHERE: Final = "item_is_known"
"""The rule by which an answer is refused whose item no batch describes."""
OF_ATTRIBUTE: Final = "/attributes/"
"""What stands between an annotation and its attribute in the place of such a value."""
REFUSED: Final = ("annotation_id", "field", "value")
"""The columns of ``Said.refused``."""
UNKNOWN: Final = ("annotator", "item_key")
"""The columns of ``Said.unknown``."""


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
        ``foreign``, the label that the guideline does not know; and ``outside``, whether all of it lies where its item
        has nothing: beyond the image, or in frames that there are not. Sorted by annotator, item and annotation.
    rated : DataFrame
        What they say of every field that somebody rates, indexed by ``annotation_id``.
    parts : DataFrame
        ``annotation_id, frame, geometry``.
    refused : DataFrame
        ``annotation_id, field, value``: what they say that the field does not allow, as text, and is in no other table.
    unknown : DataFrame
        ``annotator, item_key``: the items that they name and the set does not have, each once.
    """

    answers: pd.DataFrame
    objects: pd.DataFrame
    rated: pd.DataFrame
    parts: pd.DataFrame
    refused: pd.DataFrame = dataclass_field(default_factory=lambda: pd.DataFrame(columns=REFUSED))
    unknown: pd.DataFrame = dataclass_field(default_factory=lambda: pd.DataFrame(columns=UNKNOWN))

    def of(self, annotator: str) -> "Said":
        """Return what one of them said."""
        objects = self.objects[self.objects["annotator"] == annotator].reset_index(drop=True)
        return Said(
            self.answers[self.answers["annotator"] == annotator].reset_index(drop=True),
            objects,
            self.rated.loc[objects["annotation_id"]],
            self.parts[self.parts["annotation_id"].isin(objects["annotation_id"])],
            self.refused[self.refused["annotation_id"].isin(objects["annotation_id"])],
            self.unknown[self.unknown["annotator"] == annotator],
        )

    def not_among(self, item_ids: pd.Series) -> int:
        """Return how many of the items that they looked at are none of *item_ids*."""
        return int((~self.answers["item_id"].isin(item_ids)).sum())


def decided(evidence: Evidence, guide: Guide) -> Said:
    """Return what the guideline in force makes of every annotation of *evidence*.

    A decision that rests on what an annotation does not say stays open, and then asks for it: only what the guideline
    surely decides to be invisible, or to count for nobody, is out of scope. How many voted is not known of it.
    """
    looked = evidence.answers[evidence.answers["state"].isin(LOOKED)]
    heard = evidence.of(looked)
    who = looked[["answer_id", "annotator", "origin"]]
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
        foreign=_foreign(told["label"], told["origin"], guide),
        outside=_outside(told, heard.parts, evidence.items),
    )
    named = looked[["answer_id", "item_id", "annotator", "origin"]]
    return Said(
        named.sort_values(["annotator", "item_id"], ignore_index=True),
        objects,
        guide.rated_values(values).set_axis(objects["annotation_id"]),
        heard.parts[["annotation_id", "frame", "geometry"]],
    )


def refused_values(rejects: pd.DataFrame, guide: Guide) -> pd.DataFrame:
    """Return the values among *rejects* that a field of *guide* does not allow, as ``Said.refused`` has them.

    A value that reads like one that is allowed, as the text "3" does where 3 is a grade, is told from it.

    Parameters
    ----------
    rejects : DataFrame
        ``path, rule, value``: the place is that of an annotation and its attribute.
    guide : Guide
        The guideline in force.

    Examples
    --------
    >>> from groundkeeper.core.guideline.fields import Field
    >>> from groundkeeper.core.guideline.sections import Consensus, Scoring
    >>> grade = Field.model_validate({"type": "ordinal", "values": [1, 2], "from": "attribute", "fuse": "median"})
    >>> rules = Consensus(experts=1, quorum=1, match={"by": "item"}, shape="none")
    >>> path = ["an_1/attributes/grade", "an_2/attributes/grade"]
    >>> rejects = pd.DataFrame({"path": path, "rule": "value_is_allowed", "value": ["9", '"2"']})
    >>> refused_values(rejects, Guide({}, {"grade": grade}, rules, Scoring())).to_numpy().tolist()
    [['an_1', 'grade', '9'], ['an_2', 'grade', '2 (not read)']]
    """
    source = {
        field.source_name(name): name
        for name, field in guide.fields.items()
        if field.source == "attribute"
    }
    rows = []
    foreign = rejects[rejects["rule"] == NOT_ALLOWED]
    for path, text in foreign[["path", "value"]].itertuples(index=False, name=None):
        annotation_id, _, attribute = path.partition(OF_ATTRIBUTE)
        if attribute in source:
            name, value = source[attribute], json.loads(text)
            shown = value if isinstance(value, str) else text
            known = guide.values_of(name)
            rows.append((annotation_id, name, f"{shown} (not read)" if shown in known else shown))
    return pd.DataFrame(rows, columns=list(REFUSED), dtype="str")


def unknown_items(rejects: pd.DataFrame) -> pd.DataFrame:
    """Return the items among *rejects* that the set does not have, as ``Said.unknown`` has them.

    Parameters
    ----------
    rejects : DataFrame
        ``annotator, rule, value``.

    Examples
    --------
    >>> rejects = pd.DataFrame({"annotator": "net", "rule": "item_is_known", "value": ["i9", "i9", "i8"]})
    >>> unknown_items(rejects).to_numpy().tolist()
    [['net', 'i9'], ['net', 'i8']]
    """
    nowhere = rejects.loc[rejects["rule"] == NOWHERE, ["annotator", "value"]]
    return nowhere.drop_duplicates().set_axis(list(UNKNOWN), axis=1)


def _outside(told: pd.DataFrame, parts: pd.DataFrame, items: pd.DataFrame) -> Booleans:
    """Return of which annotations all parts lie where their item has nothing, as far as its size is known, bool [n].

    What lies in the image in part counts as it is drawn.

    Parameters
    ----------
    told : DataFrame
        ``annotation_id, item_id``.
    parts : DataFrame
        ``annotation_id, frame, geometry``.
    items : DataFrame
        ``item_id``, and ``width_px, height_px, frames`` as far as they are known.
    """
    bounds = bounding_boxes(parts["geometry"].to_numpy(dtype=object))
    item = parts["annotation_id"].map(told.set_index("annotation_id")["item_id"])
    sized = items.set_index("item_id").reindex(
        index=item, columns=["width_px", "height_px", "frames"]
    )
    known = sized.astype("float64").to_numpy()
    frame = parts["frame"].to_numpy(dtype=np.float64)
    beyond = (frame < 0) | (frame >= known[:, 2]) | outside_images(bounds, known[:, :2])
    inside = parts.loc[~beyond, "annotation_id"]
    drawn = told["annotation_id"].isin(parts["annotation_id"])
    return (drawn & ~told["annotation_id"].isin(inside)).to_numpy(dtype=np.bool_)


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


def _foreign(labels: pd.Series, origins: pd.Series, guide: Guide) -> pd.Series:
    """Return the labels that the guideline does not know, missing where it does.

    They are those that a field from labels does not allow. Where it has none, they are those of models that are none of
    its classes, if it describes any: the labels of people mean nothing there.
    """
    checked = [field for field in guide.fields.values() if field.source == "label"]
    if checked or guide.by_item or not guide.classes:
        known = {one for one in labels.dropna().unique() if all(fits(one, by) for by in checked)}
        return labels.mask(labels.isin(known)).astype("str")
    strange = (origins == Origin.MODEL) & ~labels.isin(guide.classes)
    return labels.where(strange).astype("str")
