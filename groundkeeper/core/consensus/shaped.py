"""The shapes of all records in all eras, how far apart their experts stood, and how they are arranged."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.arrangement import GROUP, Z_ORDER, free_of, object_groups, z_orders
from groundkeeper.core.consensus.drawings import Drawings, fitting
from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.consensus.made_as import made_as
from groundkeeper.core.consensus.one_shape import one_shape
from groundkeeper.core.consensus.spread import frame_spreads, record_spreads
from groundkeeper.core.consensus.statements import KEY, Statements
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Consensus, Match
from groundkeeper.core.shapes.points.keypoints import SIGMA
from schemas.drawn import SPREADS
from schemas.names import OBSERVATION_PARTS


def sigma_of(match: Match) -> float:
    """Return how far apart people put the same point, in roots of the area of the thing."""
    return SIGMA if match.sigma is None else match.sigma


def shaped(
    evidence: Evidence,
    said: Statements,
    observations: pd.DataFrame,
    alike: pd.DataFrame,
    consensus: Consensus,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the one shape of each record in each era, and how far its experts stood apart.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion, and the items.
    said : Statements
        Which annotations are one record, and the last word of each person on each.
    observations : DataFrame
        One row per record and era: ``record_id, item_id, era, votes, spread_iou``.
    alike : DataFrame
        How alike annotations are: ``left, right, iou``.
    consensus : Consensus
        What makes one shape of several, and how points are compared.

    Returns
    -------
    (DataFrame, DataFrame)
        The table ``observation_parts``, and *observations* with ``drawn_as`` and the spreads. Nothing is known of how
        far apart people stood who drew nothing.
    """
    of_era = pd.MultiIndex.from_frame(observations[KEY])
    drawn = evidence.parts.merge(said.members[KEY], left_on="annotation_id", right_index=True)
    drawn = drawn.reset_index(drop=True)
    kinds = evidence.annotations.set_index("annotation_id")["kind"]
    sizes = image_areas(evidence.items, evidence.annotations, evidence.parts)
    image = sizes.reindex(observations["item_id"])
    parts = pd.DataFrame(
        {
            # A record has one shape in each era, so what is put together is (record, era).
            "record": of_era.get_indexer(pd.MultiIndex.from_frame(drawn[KEY])),
            "annotation_id": drawn["annotation_id"],
            "frame": drawn["frame"],
            "geometry": drawn["geometry"],
            "kind": drawn["annotation_id"].map(kinds),
        }
    )
    votes = observations["votes"].to_numpy(dtype=np.int64)
    drawings = fitting(
        Drawings(parts, votes, alike, image.to_numpy(dtype=np.float64), sigma_of(consensus.match))
    )
    shapes = one_shape(drawings, consensus.shape)
    made = frame_spreads(drawings, shapes)
    apart = record_spreads(made).reindex(range(len(observations)))
    named = made_as(shapes, drawings)
    told = observations.assign(
        drawn_as=named.to_numpy(),
        spread_iou=observations["spread_iou"].where(named.notna().to_numpy()),
        **{name: apart[name].to_numpy() for name in SPREADS},
    )
    keys = observations[KEY].iloc[made["record"].astype("int64")].reset_index(drop=True)
    table = pd.concat([keys, made.drop(columns="record")], axis=1)
    return table[list(OBSERVATION_PARTS.columns)], told


def arranged(
    evidence: Evidence, said: Statements, observations: pd.DataFrame, fields: Mapping[str, Field]
) -> pd.DataFrame:
    """Return *observations* with ``z_order`` and ``object_group``, as far as experts state them.

    An attribute by which a field of the guideline is called says what the field says, and nothing else.
    """
    attributes = evidence.annotations.set_index("annotation_id")["attributes"]
    keys = pd.MultiIndex.from_frame(observations[KEY])
    found = observations
    for column, attribute, voted in (
        ("z_order", Z_ORDER, z_orders),
        ("object_group", GROUP, object_groups),
    ):
        if free_of(fields, attribute) and attributes.str.contains(f'"{attribute}"').any():
            values = voted(said.members, attributes).reindex(keys)
            found = found.assign(
                **{column: values.astype(object).where(values.notna(), None).to_numpy()}
            )
    return found
