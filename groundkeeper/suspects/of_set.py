"""Records of a set that are likely wrong, by the predictions that models handed in, as the last refresh built them.

What a prediction is taken for, and which of them can be judged, is what the stage ``score`` made of it: a record has
the class that it is scored as, what is out of scope speaks against nothing, and records that are not settled count for
nobody.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from groundkeeper import evidence, tables
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.impact.hours import rates, timed
from groundkeeper.core.label_errors.objects import Thresholds
from groundkeeper.errors import RefusedError, UnknownNameError, listing
from groundkeeper.layout import Layout
from groundkeeper.suspects.classes import Asked
from groundkeeper.suspects.drawn import SAID, TRUTH, Drawn, around, held, suspects
from groundkeeper.suspects.found import Suspects
from groundkeeper.suspects.labels_of_set import of_labels
from schemas.enums import LOOKED, SETTLED, Outcome, Split
from schemas.names import GT_ITEMS, RECORD_PARTS, RECORDS
from schemas.scoring import OUTCOMES

HOW: Final = Resampling(rounds=1000, seed=0, confidence=0.95)
"""Of how long people take."""


def of_set(layout: Layout, asked: Asked, thresholds: Thresholds, model: str | None) -> Suspects:
    """Return what models say is wrong with the settled records of a set.

    Parameters
    ----------
    layout : Layout
    asked : Asked
        Of a set whose items are the records.
    thresholds : Thresholds
        Of a set of shapes.
    model : str, optional
        Only this one; without it all that handed in predictions, of shapes those that say of each how sure they are.

    Raises
    ------
    TableError
        If the stages did not run.
    RefusedError
        If no model handed in predictions of items with settled records, or says how sure it is.
    UnknownNameError
        If there is no such model.
    """
    said = evidence.predictions(layout)
    answers = said.answers[said.answers["state"].isin(LOOKED)]
    models = sorted(answers["annotator"].unique())
    if not models:
        message = (
            f"{layout.set_name}: no model handed in predictions; add them with `gk inbox add {layout.set_name} FILE "
            "--format answers --origin model`, and `gk refresh`"
        )
        raise RefusedError(message)
    if model is not None and model not in models:
        raise UnknownNameError("model", model, models)
    chosen = models if model is None else [model]
    outcomes = tables.read(layout.table("score", OUTCOMES), OUTCOMES)
    told = said.of(answers[answers["annotator"].isin(chosen)])
    warnings: tuple[str, ...] = ()
    if told.parts.empty:
        found = of_labels(layout, told, outcomes[outcomes["subject"].isin(chosen)], asked)
    else:
        _refuse_grades(layout, asked)
        unsure = _unsure(said.of(answers))
        sure = _sure(layout, chosen, [name for name in models if name not in unsure], unsure)
        warnings = _left_out([unsure[name] for name in chosen if name in unsure])
        told = said.of(answers[answers["annotator"].isin(sure)])
        found = _of_shapes(layout, told, outcomes[outcomes["subject"].isin(sure)], thresholds)
    people = evidence.read(layout)
    found = replace(found, warnings=(*found.warnings, *warnings, *_sealed(layout, found)))
    pace = rates(timed(people.answers, people.annotations, people.items), HOW).item
    return replace(found, pace=None if math.isnan(pace.value) else pace)


def _unsure(said: Evidence) -> dict[str, str]:
    """Return the models that do not say of each shape how sure they are, each with of how many it does not."""
    missing = _marks(said).set_index("annotator")["confidence"].isna().groupby(level=0)
    often = missing.agg(["sum", "size"])
    return {
        str(name): f"{name} ({without:,} of {drawn:,})"
        for name, without, drawn in often[often["sum"] > 0].itertuples()
    }


def _sure(
    layout: Layout, chosen: Sequence[str], known: Sequence[str], unsure: Mapping[str, str]
) -> list[str]:
    """Return those of the *chosen* models that are *known* to say how sure they are.

    Raises
    ------
    RefusedError
        If none of them does.
    """
    sure = [name for name in chosen if name in known]
    if sure:
        return sure
    do_next = "have the model state it"
    if known:
        do_next += f", or name one that does (--model): {listing(known)}"
    message = (
        f"{layout.set_name}: found predictions without confidence of {listing(unsure[name] for name in chosen)}; "
        f"needed is one of each, from 0 to 1, as what a model is not sure of speaks against nothing; {do_next}"
    )
    raise RefusedError(message)


def _left_out(unsure: Sequence[str]) -> tuple[str, ...]:
    """Return a warning of the models that are left out, if there are any."""
    if not unsure:
        return ()
    return (f"left out are models with predictions without confidence: {listing(unsure)}",)


def _marks(said: Evidence) -> pd.DataFrame:
    """Return the annotations that were drawn, with the model of each."""
    marks = said.annotations.merge(said.answers[["answer_id", "annotator"]], on="answer_id")
    return marks[marks["annotation_id"].isin(said.parts["annotation_id"])]


def _sealed(layout: Layout, found: Suspects) -> tuple[str, ...]:
    """Return a warning if suspects are in items that whoever makes models must not see."""
    gt_items = tables.read(layout.table("decide", GT_ITEMS), GT_ITEMS)
    sealed = gt_items.loc[gt_items["split"] == Split.SEALED, "item_key"]
    among = int(found.rows["item"].isin(sealed).sum())
    if not among:
        return ()
    message = (
        f"{among} of the suspects are in items of the split sealed: for those who keep the ground truth, not for those "
        "who make models"
    )
    return (message,)


def _of_shapes(
    layout: Layout, said: Evidence, outcomes: pd.DataFrame, thresholds: Thresholds
) -> Suspects:
    records = tables.read(layout.table("decide", RECORDS), RECORDS)
    parts = tables.read(layout.table("decide", RECORD_PARTS), RECORD_PARTS)
    gt_items = tables.read(layout.table("decide", GT_ITEMS), GT_ITEMS)
    keys = gt_items.set_index("item_id")["item_key"]
    classes_of = outcomes.dropna(subset=["record_id"]).drop_duplicates("record_id")
    known = records["record_id"].map(classes_of.set_index("record_id")["truth"])
    counts_for_nobody = ~records["status"].isin(SETTLED) | known.isna()
    truth = Drawn(
        pd.DataFrame(
            {
                "id": records["record_id"],
                "item": records["item_id"].map(keys),
                "label": known,
                "ignored": counts_for_nobody,
            }
        ),
        parts.rename(columns={"record_id": "id"})[["id", "frame", "geometry"]],
    )
    drawn = _predicted(said, outcomes, keys)
    sides, boxes = {}, around(TRUTH, truth.parts)
    scored = set(keys[gt_items.set_index("item_id")["status"].isin(SETTLED)])
    looked = said.answers.assign(item=said.answers["item_id"].map(keys))
    for name, answers in looked.groupby("annotator"):
        items = sorted(set(answers["item"].dropna()) & scored)
        here = _with_items(drawn, items, str(name))
        boxes |= around(SAID, here.parts)
        sized = said.items.assign(item_id=said.items["item_id"].map(keys))
        sized = sized[sized["item_id"].isin(items)]
        sides[str(name)] = held(_with_items(truth, items), here, sized)
    if not any(one.items for one in sides.values()):
        message = f"{layout.set_name}: no settled item has predictions; settle records, or predict other items"
        raise RefusedError(message)
    seen = {item for one in sides.values() for item in one.items}
    counts = {
        "items": len(seen),
        "items_open": int((~gt_items["status"].isin(SETTLED)).sum()),
        "without_prediction": len(scored - seen),
        "predictions_not_in_gt": int(looked["item"].isna().sum()),
        "records_ignored": int((truth.rows["ignored"] & truth.rows["item"].isin(seen)).sum()),
        "models": len(sides),
    }
    groups = gt_items.set_index("item_key")["group_id"]
    return suspects(sides, thresholds, boxes, counts, groups=groups)


def _predicted(said: Evidence, outcomes: pd.DataFrame, keys: pd.Series) -> Drawn:
    """Return the predictions as the stage ``score`` takes them; what it leaves out is ignored."""
    marks = _marks(said)
    named = outcomes.dropna(subset=["annotation_id"]).drop_duplicates("annotation_id")
    judged = named[named["outcome"] != Outcome.EXCLUDED].set_index("annotation_id")["said"]
    label = marks["annotation_id"].map(judged)
    rows = pd.DataFrame(
        {
            "id": marks["annotation_id"],
            "item": marks["item_id"].map(keys),
            "label": label,
            "ignored": ~marks["annotation_id"].isin(judged.index),
            "confidence": marks["confidence"],
            "model": marks["annotator"],
        }
    )
    parts = said.parts.rename(columns={"annotation_id": "id"})
    return Drawn(rows, parts[["id", "frame", "geometry"]])


def _with_items(drawn: Drawn, items: list[str], model: str | None = None) -> Drawn:
    rows = drawn.rows[drawn.rows["item"].isin(items)]
    if model is not None:
        rows = rows[rows["model"] == model]
    return Drawn(rows, drawn.parts[drawn.parts["id"].isin(rows["id"])])


def _refuse_grades(layout: Layout, asked: Asked) -> None:
    if asked.is_ordinal or asked.scale is not None:
        message = f"{layout.set_name}: found --ordinal or --scale with shapes; they have no use for it; leave it out"
        raise RefusedError(message)
