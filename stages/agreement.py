"""Measure how far the experts agree, before anybody reconciles them.

reads   answers, annotations, parts, clusters, sample, items, fields, consensus
writes  measures, metrics
"""

import pandas as pd

from groundkeeper import concerns, evidence, files, tables
from groundkeeper.core.agreement.annotator_figures import vitality_measures
from groundkeeper.core.agreement.figures import (
    closed_fields,
    independence_note,
    members_of_records,
    presence_figures,
    rating_figures,
    shape_figures,
)
from groundkeeper.core.agreement.months import MONTH, month_of_items
from groundkeeper.core.agreement.objects import sorted_rows
from groundkeeper.core.agreement.of_records import object_measures
from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.voices import deciding
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.measures import defined, metrics, noted, tabulate
from groundkeeper.core.scoring.figures import known_annotators
from groundkeeper.layout import Layout
from groundkeeper.params import ResamplingParams
from schemas.names import CLUSTERS, MEASURES, SAMPLE


class Params(ResamplingParams):
    """How intervals are made."""


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the figures, over everything and by part of the data, with intervals."""
    everything = evidence.read(layout)
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    sample = tables.read(layout.table("sample", SAMPLE), SAMPLE)
    fields = concerns.read(layout, Fields).fields
    consensus = concerns.read(layout, Consensus)

    said = deciding(everything, consensus.quorum)
    members = members_of_records(said.annotations, said.answers, clusters)
    values = answered_values(said, fields)
    figures = rating_figures(members, values, fields)
    if consensus.shape != "none":
        figures += shape_figures(members, said.parts)
        figures += presence_figures(members, said.answers)
    how = Resampling(p.rounds, p.seed, p.confidence)
    dependence = independence_note(said.answers["independence"])
    items, facets = _by_facets(sample, said.answers)
    objects = (
        object_measures(said, members, items, facets, how)
        if consensus.match.by != "item"
        else sorted_rows()
    )
    without = vitality_measures(
        closed_fields(members, values, fields),
        items.set_index("item_id")["group_id"],
        known_annotators(said.answers),
        how,
        dependence,
    )
    broken_down = tabulate(noted(figures, dependence), items, facets, how)
    table = sorted_rows(broken_down, objects, without)
    tables.write(table, layout.table("agreement", MEASURES), MEASURES)
    found = metrics(table)
    files.write_json(layout.metrics("agreement"), found)
    return defined(found)


def _by_facets(sample: pd.DataFrame, answers: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the sampled items with what figures are broken down by, and the names of these columns."""
    items = sample[["item_id", "group_id", "stratum"]]
    month = month_of_items(answers, items["item_id"])
    if month is None:
        return items, ("stratum",)
    return items.assign(**{MONTH: month}), ("stratum", MONTH)
