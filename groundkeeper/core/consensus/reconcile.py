"""The whole of consensus: clusters over all rounds, record ids, fused observations and shapes per era."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from groundkeeper.core.consensus.alike import pointwise
from groundkeeper.core.consensus.cluster import cluster, overlaps, same_item
from groundkeeper.core.consensus.convention import comparable_pairs, under_those_in_force
from groundkeeper.core.consensus.image_sizes import image_areas
from groundkeeper.core.consensus.observe import observe
from groundkeeper.core.consensus.posterior import Declared, Inferred, infer_fields
from groundkeeper.core.consensus.revalidate import revalidations
from groundkeeper.core.consensus.shaped import arranged, shaped, sigma_of
from groundkeeper.core.consensus.statements import in_order, now_called, statements
from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.guideline.eras import ALIKE, Eras
from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Consensus, Match
from groundkeeper.core.ids import make_id
from schemas.names import THEN


@dataclass(frozen=True)
class Reconciled:
    """Clusters, merged ids, observations, their shapes, answers to single fields; columns as in ``schemas.names``.

    ``inferred`` has the observations, too, with how sure the values are that a model inferred.
    """

    clusters: pd.DataFrame
    aliases: pd.DataFrame
    inferred: Inferred
    parts: pd.DataFrame
    revalidations: pd.DataFrame

    @property
    def observations(self) -> pd.DataFrame:
        """What each record's experts observed in each era."""
        return self.inferred.observations


def reconcile(
    evidence: Evidence,
    consensus: Consensus,
    fields: Mapping[str, Field],
    eras: Eras = ALIKE,
    later: Collection[str] = (),
) -> Reconciled:
    """Return which annotations are one record, and what each record's experts observed in each era.

    The id of a record is anchored in the earliest annotation of its cluster, by (sequence of the batch,
    submitted_at, annotation_id), so later answers do not change it. Where a late answer bridges two records, the
    id of the younger becomes an alias of the older. What answers a task about a record belongs to that record,
    wherever it was drawn.

    What experts observed, and how far apart they stood, is told of shapes under the conventions in force, as far as
    transforms are registered; what is measured of the shapes as they were drawn stands beside it, in columns that end
    in ``@then``. Which annotations are one record is not theirs to change: see ``comparable_pairs``.

    Parameters
    ----------
    fields : mapping
        Field name to its definition, of the version in force.
    eras : Eras
        In what the eras of the answers differ from it.
    later : collection of str
        Eras that do not lead to the version in force.
    """
    marks = in_order(evidence)
    marks["anchor"] = now_called(marks["asked"], marks.loc[marks["asked"].isna(), "annotation_id"])
    match = consensus.match
    drawn = alike(evidence, marks, match)
    turned = under_those_in_force(evidence, eras)
    meant = drawn if turned is evidence else alike(turned, marks, match)
    pairs = _candidates(comparable_pairs(drawn, meant, evidence, eras), marks, match)
    at_least = match.at_least or 1.0
    free = marks[marks["anchor"].isna()]
    own = free["annotation_id"]
    pairs = pairs[pairs["left"].isin(own) & pairs["right"].isin(own)]
    anchors = cluster(free, pairs, at_least)
    named = _apart(marks, marks["anchor"].fillna(marks["annotation_id"]).map(anchors))
    clusters = marks[["annotation_id", "item_id"]].assign(
        record_id=pd.Series(record_ids(named), marks.index, dtype="str")
    )
    said = statements(turned, clusters)
    observations = observe(turned, said, meant, fields, eras)
    parts, observations = shaped(turned, said, observations, meant, consensus)
    observations = arranged(turned, said, observations, fields)
    if turned is not evidence:
        measured = {n: field for n, field in fields.items() if field.source == "geometry"}
        then = observe(evidence, said, drawn, measured, eras)[list(measured)]
        observations = observations.join(then.add_suffix(THEN))
    declared = Declared(fields, eras, consensus.inference, later, consensus.quorum)
    return Reconciled(
        clusters,
        _aliases(free, pairs, at_least, clusters),
        infer_fields(turned, said, observations, declared),
        parts,
        revalidations(turned, clusters, fields, eras),
    )


def _apart(marks: pd.DataFrame, named: pd.Series) -> pd.Series:
    """Return after which annotation each of *marks* is named, where what else an answer drew is not what it answers.

    Who was asked about a record and drew it and something beside it drew two things, however near they are.
    """
    answered = marks["anchor"].notna()
    asked = pd.Series(named[answered].to_numpy(), marks.loc[answered, "answer_id"])
    beside = ~answered & (marks["answer_id"].map(asked) == named)
    return named.mask(beside, marks["annotation_id"])


def alike(evidence: Evidence, marks: pd.DataFrame, match: Match) -> pd.DataFrame:
    """Return how alike every two annotations of an item are that have anything in common.

    Returns
    -------
    DataFrame
        ``left, right, iou``, which is the similarity that their kind has, and ``overlap``, whether both are areas.
    """
    areas = overlaps(evidence.parts, marks)[["left", "right", "iou"]].assign(overlap=True)
    sizes = image_areas(evidence.items, evidence.annotations, evidence.parts)
    others = pointwise(evidence.parts, marks, sizes, sigma_of(match))
    if others.empty:
        return areas
    both = pd.concat([areas, others.assign(overlap=False)])
    return both.sort_values(["left", "right"], ignore_index=True)


def candidate_pairs(evidence: Evidence, marks: pd.DataFrame, match: Match) -> pd.DataFrame:
    """Return the pairs of annotations that may mean the same: those that overlap or are alike, or those of one item."""
    return _candidates(alike(evidence, marks, match), marks, match)


def _candidates(found: pd.DataFrame, marks: pd.DataFrame, match: Match) -> pd.DataFrame:
    if match.by == "item":
        return same_item(marks)
    return found[found["overlap"].astype(bool)] if match.by == "iou" else found


def record_ids(anchors: pd.Series) -> list[str]:
    """Return the record id of each anchor."""
    made = {anchor: make_id("rc", anchor) for anchor in anchors.unique()}
    return [made[anchor] for anchor in anchors]


def _aliases(
    marks: pd.DataFrame, pairs: pd.DataFrame, at_least: float, clusters: pd.DataFrame
) -> pd.DataFrame:
    """Return the ids that records had before a later batch merged them, with the id they have now."""
    now = clusters.set_index("annotation_id")["record_id"]
    merged: dict[str, str] = {}
    for sequence in sorted(marks["sequence"].unique())[:-1]:
        then = marks[marks["sequence"] <= sequence]
        known = pairs["left"].isin(then["annotation_id"]) & pairs["right"].isin(
            then["annotation_id"]
        )
        anchors = cluster(then, pairs[known], at_least)
        before = pd.Series(record_ids(anchors), anchors.index)
        # An annotation's own anchor decides: it stays in the record whose id it gave.
        own = before[anchors.index == anchors.to_numpy()]
        gone = own[own.to_numpy() != now[own.index].to_numpy()]
        merged |= {old: str(now[anchor]) for anchor, old in gone.items()}
    rows = sorted(merged.items())
    return pd.DataFrame(rows, columns=["alias_id", "record_id"], dtype="str")
