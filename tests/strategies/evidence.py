"""Answers of a few annotators to a few items, drawn at random: boxes in frames, ratings, empty answers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from hypothesis import settings
from hypothesis import strategies as st

from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.ids import canonical_json, make_id
from schemas.names import ANNOTATIONS, ANSWERS, PARTS

FIELDS = {
    "area_px2": Field.model_validate(
        {"type": "number", "from": "geometry", "function": "area", "fuse": "median", "unit": "px2"}
    ),
    "rating": Field.model_validate(
        {"type": "ordinal", "values": [1, 2, 3, 4, 5], "from": "attribute", "fuse": "median"}
    ),
    "calcified": Field.model_validate({"type": "bool", "from": "attribute", "fuse": "any"}),
    "kind": Field.model_validate(
        {"type": "enum", "values": ["solid", "part"], "from": "attribute", "fuse": "mode"}
    ),
    "signs": Field.model_validate(
        {
            "type": "set",
            "values": ["spikes", "fat", "cavity"],
            "from": "attribute",
            "fuse": "majority",
        }
    ),
    "cause": Field.model_validate(
        {"type": "ranking", "values": ["scar", "tumour"], "from": "attribute", "fuse": "borda"}
    ),
    "contrast": Field.model_validate({"type": "bool", "from": "metadata", "level": "item"}),
    "support": Field.model_validate({"type": "integer", "from": "derived", "function": "votes"}),
}
"""One field of every kind that consensus fuses."""

BY_IOU = Consensus.model_validate(
    {
        "experts": 3,
        "quorum": 2,
        "match": {"by": "iou", "at_least": 0.2},
        "shape": "majority_region",
    }
)
BY_ITEM = Consensus.model_validate(
    {"experts": 3, "quorum": 2, "match": {"by": "item"}, "shape": "none"}
)

few = settings(max_examples=8)
"""For laws of evidence: each example holds several answers, and a tenth of a second goes into its tables."""
fewest = settings(max_examples=4)
"""For those that take the tables apart and put them together several times for one example."""

corners = st.integers(0, 6)
boxes = st.builds(
    lambda x, y, width, height: shapely.box(x, y, x + width, y + height),
    corners,
    corners,
    st.integers(1, 5),
    st.integers(1, 5),
)
marks = st.fixed_dictionaries(
    {
        "parts": st.dictionaries(st.integers(0, 2), boxes, min_size=1, max_size=2),
        "attributes": st.fixed_dictionaries(
            {},
            optional={
                "rating": st.integers(1, 5),
                "calcified": st.booleans(),
                "kind": st.sampled_from(["solid", "part"]),
                "signs": st.lists(st.sampled_from(["fat", "spikes"]), unique=True),
                "cause": st.sampled_from([["scar"], ["tumour", "scar"], [["tumour", "scar"]]]),
            },
        ),
    }
)
responses = st.dictionaries(
    st.tuples(
        st.sampled_from(["it_a", "it_b"]),
        st.sampled_from(["r1", "r2", "r3"]),
        st.sampled_from(["1.0.0", "2.0.0"]),
        st.sampled_from([1, 2]),
    ),
    st.lists(marks, max_size=3),
    min_size=1,
    max_size=8,
)


def mark_id(item, annotator, era, turn, place):
    """Return the id that ``evidence_from`` gives to a mark."""
    return make_id("an", make_id("ao", item, annotator, era, turn), str(place))


def evidence_from(answered):
    """Build the tables of ingestion from {(item, annotator, era): [marks]}; a fourth key is the round."""
    answers, annotations, parts = [], [], []
    for (item, annotator, era, *rounds), drawn in answered.items():
        turn = rounds[0] if rounds else 1
        answer_id = make_id("ao", item, annotator, era, turn)
        state = "submitted" if drawn else "empty"
        answers.append(
            {
                "answer_id": answer_id,
                "item_id": item,
                "annotator": annotator,
                "round": f"round-{era}-{turn}",
                "era": era,
                "sequence": 2 * int(era[0]) + turn,
                "state": state,
                "submitted_at": pd.NaT,
                "lead_time_s": np.nan,
                "tool": "test",
                "origin": "expert",
                "independence": "blind",
                "identity": "known",
                "shown_prediction": False,
                "batch": f"b{era[0]}",
                "task_id": None,
                "scope": "item",
                "refusal": None,
            }
        )
        for place, mark in enumerate(drawn):
            annotation_id = mark_id(item, annotator, era, turn, place)
            annotations.append(
                {
                    "annotation_id": annotation_id,
                    "answer_id": answer_id,
                    "item_id": item,
                    "ordinal": place,
                    "kind": "polygon",
                    "label": "thing",
                    "value": np.nan,
                    "start": np.nan,
                    "end": np.nan,
                    "attributes": canonical_json(mark["attributes"]),
                    "confidence": np.nan,
                    "probabilities": None,
                }
            )
            parts += [
                {"annotation_id": annotation_id, "frame": frame, "geometry": box, "repaired": False}
                for frame, box in mark["parts"].items()
            ]
    items = pd.DataFrame({"item_id": ["it_a", "it_b"], "contrast": [True, False]})
    frame = pd.DataFrame(answers, columns=list(ANSWERS.columns))
    frame["submitted_at"] = pd.to_datetime(frame["submitted_at"], utc=True)
    return Evidence(
        frame,
        pd.DataFrame(annotations, columns=list(ANNOTATIONS.columns)),
        pd.DataFrame(parts, columns=list(PARTS.columns)).astype({"frame": "int64"}),
        items,
    )


evidence = responses.map(evidence_from)


def shuffled(found, random):
    """Return the same evidence with the rows of every table in another order."""
    tables = {
        name: getattr(found, name).sample(frac=1, random_state=random.randint(0, 999))
        for name in ("answers", "annotations", "parts", "items")
    }
    return replace(found, **tables)
