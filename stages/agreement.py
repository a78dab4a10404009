"""Measure how far the experts agree, before anybody reconciles them.

reads   answers, annotations, parts, clusters, sample, items, fields, consensus
writes  measures, metrics
"""

from groundkeeper import concerns, evidence, files, tables
from groundkeeper.core.agreement.figures import (
    independence_note,
    members_of_records,
    presence_figures,
    rating_figures,
    shape_figures,
)
from groundkeeper.core.consensus.observe import answered_values
from groundkeeper.core.consensus.voices import deciding
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.measures import defined, metrics, noted, tabulate
from groundkeeper.layout import Layout
from groundkeeper.params import ResamplingParams
from schemas.names import CLUSTERS, MEASURES, SAMPLE


class Params(ResamplingParams):
    """How intervals are made."""


def run(layout: Layout, p: Params) -> dict[str, float]:
    """Write the figures, over everything and by stratum, each with its interval."""
    everything = evidence.read(layout)
    clusters = tables.read(layout.table("consensus", CLUSTERS), CLUSTERS)
    sample = tables.read(layout.table("sample", SAMPLE), SAMPLE)
    fields = concerns.read(layout, Fields).fields
    consensus = concerns.read(layout, Consensus)

    said = deciding(everything, consensus.quorum)
    members = members_of_records(said.annotations, said.answers, clusters)
    figures = rating_figures(members, answered_values(said, fields), fields)
    if consensus.shape != "none":
        figures += shape_figures(members, said.parts)
        figures += presence_figures(members, said.answers)
    how = Resampling(p.rounds, p.seed, p.confidence)
    dependence = independence_note(said.answers["independence"])
    strata = sample[["item_id", "group_id", "stratum"]]
    table = tabulate(noted(figures, dependence), strata, ("stratum",), how)
    tables.write(table, layout.table("agreement", MEASURES), MEASURES)
    found = metrics(table)
    files.write_json(layout.metrics("agreement"), found)
    return defined(found)
