"""Shapes that were drawn under different conventions, told and compared in one."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.core.conventions import Transform, in_one_convention, transforms
from groundkeeper.core.guideline.eras import Eras


def under_those_in_force(evidence: Evidence, eras: Eras) -> Evidence:
    """Return *evidence* with its parts as they would have been drawn under the conventions in force.

    That is *evidence* itself where nothing has moved that a transform is registered for.
    """
    if not any(_turned_by(eras).values()):
        return evidence
    return replace(
        evidence, parts=in_one_convention(evidence.parts, _era(evidence), eras.conventions)
    )


def comparable_pairs(
    drawn: pd.DataFrame, meant: pd.DataFrame, evidence: Evidence, eras: Eras
) -> pd.DataFrame:
    """Return the pairs by which annotations are said to mean the same: each compared in one convention.

    Two that were drawn alike are compared as they were drawn: what means the same does so whatever is in force, and
    no change of a convention splits a record or gives it another id. Two that were drawn under different
    conventions are compared as they would have been drawn under those in force.

    Parameters
    ----------
    drawn, meant : DataFrame
        Pairs of the shapes as drawn, and of those under the conventions in force: ``left, right, iou``.
    evidence : Evidence
        Whose annotations they are.
    eras : Eras
        Whose conventions differ.
    """
    turned_by = _turned_by(eras)
    if not any(turned_by.values()):
        return drawn
    turned = {name: turned_by.get(era, ()) for name, era in _era(evidence).items()}

    def are_alike(pairs: pd.DataFrame) -> npt.NDArray[np.bool_]:
        ends = zip(pairs["left"], pairs["right"], strict=True)
        return np.array([turned[left] == turned[right] for left, right in ends], dtype=np.bool_)

    both = pd.concat([drawn[are_alike(drawn)], meant[~are_alike(meant)]])
    return both.sort_values(["left", "right"]).reset_index(drop=True)


def _turned_by(eras: Eras) -> dict[str, tuple[Transform, ...]]:
    return {era: transforms(moved) for era, moved in eras.conventions.items()}


def _era(evidence: Evidence) -> pd.Series:
    """Return the era of each annotation, indexed by ``annotation_id``."""
    given = evidence.annotations.set_index("annotation_id")["answer_id"]
    return given.map(evidence.answers.set_index("answer_id")["era"])
