"""Consensus and adjudication together: what is observed of each record, whoever settled it."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from groundkeeper.core.adjudication.applied import Applied, Words, with_verdicts
from groundkeeper.core.consensus.reconcile import Reconciled, reconcile
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.eras import ALIKE, Eras
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Consensus


def reconciled(
    evidence: Evidence,
    consensus: Consensus,
    fields: Mapping[str, Field],
    eras: Eras = ALIKE,
    later: Collection[str] = (),
) -> Reconciled:
    """Return what the experts of each record come to, and in its place what an adjudicator decided.

    Parameters are those of ``core.consensus.reconcile``; *evidence* has the verdicts. An adjudicator is heard after the
    experts, and is none of them: clusters, ids, votes, what models learn and whom they trust are as without verdicts.
    """
    found = reconcile(evidence, consensus, fields, eras, later)
    observed = Applied(found.observations, found.parts)
    is_drawn = consensus.shape != "none"
    decided = with_verdicts(observed, evidence, found.clusters, Words(fields, eras), drawn=is_drawn)
    inferred = replace(found.inferred, observations=decided.observations)
    return replace(found, inferred=inferred, parts=decided.parts)
