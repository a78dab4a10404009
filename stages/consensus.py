"""Say which annotations mean the same thing, and fuse what they say.

reads   answers, annotations, parts, verdicts, tasks, items, consensus, fields, fields_by_era, conventions_by_era,
        later_eras
writes  clusters, record_aliases, observations, observation_parts, revalidations, posteriors, fits, skills, disputes
"""

from dataclasses import replace

from groundkeeper import concerns, evidence, tables
from groundkeeper.core.adjudication.reconciled import reconciled
from groundkeeper.core.guideline.eras import Eras
from groundkeeper.core.guideline.normative import Fields
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from schemas.adjudication import VERDICTS
from schemas.inference import DISPUTES, FITS, POSTERIORS, SKILLS
from schemas.names import (
    CLUSTERS,
    OBSERVATION_PARTS,
    OBSERVATIONS,
    RECORD_ALIASES,
    REVALIDATIONS,
    TASKS,
)


class Params(StageParams):
    """Nothing can be set: how experts are reconciled is the guideline's to say."""


def run(layout: Layout, _p: Params) -> dict[str, float]:
    """Write the clusters and the fused observations."""
    tasks = tables.read(layout.table("ingest", TASKS), TASKS)
    verdicts = tables.read(layout.table("ingest", VERDICTS), VERDICTS)
    everything = replace(evidence.read(layout), tasks=tasks, verdicts=verdicts)
    rules = concerns.read(layout, Consensus)
    eras = Eras(concerns.fields_by_era(layout), concerns.conventions_by_era(layout))
    fields = concerns.read(layout, Fields).fields
    found = reconciled(everything, rules, fields, eras, concerns.later_eras(layout))
    for table, frame in (
        (CLUSTERS, found.clusters),
        (RECORD_ALIASES, found.aliases),
        (OBSERVATIONS, found.observations),
        (OBSERVATION_PARTS, found.parts),
        (REVALIDATIONS, found.revalidations),
        (POSTERIORS, found.inferred.posteriors),
        (FITS, found.inferred.fits),
        (SKILLS, found.inferred.skills),
        (DISPUTES, found.inferred.disputes),
    ):
        tables.write(frame, layout.table("consensus", table), table)
    return {
        "records": float(found.observations["record_id"].nunique()),
        "annotations": float(len(found.clusters)),
    }
