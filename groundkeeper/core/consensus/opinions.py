"""What one method makes of the answers to one field."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.guideline.fields import NUMERIC, Field
from groundkeeper.core.truth.inferred import Fit, Inferred
from groundkeeper.core.truth.labels import code_labels
from groundkeeper.core.truth.methods import infer
from groundkeeper.core.truth.number_methods import infer_numbers
from groundkeeper.core.truth.numbers import InferredNumbers, code_numbers
from groundkeeper.core.truth.quality import quality

SKILL = ["annotator", "measure", "answers", "value", "low", "high", "note"]


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What *method* says of each unit.

    Attributes
    ----------
    value : Series
        The most probable value of each unit, indexed by unit, ascending; None where several are as probable.
    probability : Series
        How probable it is; nan for numbers.
    low, high : Series
        For numbers, the interval that the method has for the value; nan where it has none.
    soft : DataFrame
        ``unit, value, probability``: every value that has a probability; empty for numbers.
    fit : Fit
        How the fit went.
    skills : DataFrame
        One row per annotator and measure: ``annotator, measure, answers, value, low, high, note``.
    """

    method: str
    value: pd.Series
    probability: pd.Series
    low: pd.Series
    high: pd.Series
    soft: pd.DataFrame
    fit: Fit
    skills: pd.DataFrame

    def differs_from(self, other: "Opinion") -> npt.NDArray[np.bool_]:
        """Return of which units *other* says something else: another value, or a number outside the interval."""
        mine, theirs = self.value, other.value
        if self.low.notna().any():
            outside = (theirs.astype("float64") < self.low) | (theirs.astype("float64") > self.high)
            return np.asarray(outside, dtype=np.bool_)
        one_known = mine.isna() != theirs.isna()
        both = mine.notna() & theirs.notna()
        other_value = pd.Series(mine.to_numpy() != theirs.to_numpy(), mine.index)
        return np.asarray(one_known | (both & other_value), dtype=np.bool_)


def opinion(method: str, heard: pd.DataFrame, field: Field) -> Opinion:
    """Return what *method* makes of what was *heard* of *field*.

    Parameters
    ----------
    method : str
        One that fits the type of the field.
    heard : DataFrame
        One row per answer: ``unit, annotator, value, group_id``; no value is missing.
    """
    said = heard.rename(columns={"unit": "task"})
    if field.type in NUMERIC:
        return _of_numbers(method, infer_numbers(method, code_numbers(said)))
    labels = code_labels(
        said.rename(columns={"value": "label"}), classes=tuple(field.vocabulary) or (False, True)
    )
    options = {"scale": tuple(field.vocabulary)} if method == "ordinal_model" else {}
    groups = heard.drop_duplicates("unit").set_index("unit")["group_id"]
    return _of_classes(method, infer(method, labels, **options), groups)


def _of_classes(method: str, found: Inferred, groups: pd.Series) -> Opinion:
    units = pd.Index(found.labels.tasks, name="unit")
    classes = found.labels.classes.to_numpy(dtype=object)
    best = found.posterior.best()
    alone = best.ties == 1
    values = np.full(len(units), None, dtype=object)
    values[alone] = classes[best.label[alone]]
    listed = np.diff(found.posterior.starts)
    soft = pd.DataFrame(
        {
            "unit": np.repeat(units.to_numpy(), listed),
            "value": classes[found.posterior.classes],
            "probability": found.posterior.probability,
        }
    )
    nothing = pd.Series(np.nan, units)
    return Opinion(
        method,
        pd.Series(values, units),
        pd.Series(best.probability, units),
        nothing,
        nothing,
        soft,
        found.fit,
        _accuracies(found, groups),
    )


def _accuracies(found: Inferred, groups: pd.Series) -> pd.DataFrame:
    told = quality(found, groups=groups).rename(columns={"accuracy": "value"})
    accuracies: pd.DataFrame = told.assign(measure="accuracy")[SKILL]
    return accuracies


def _of_numbers(method: str, found: InferredNumbers) -> Opinion:
    units = pd.Index(found.measured.tasks, name="unit")
    answers = np.bincount(found.measured.annotator, minlength=found.measured.n_annotators)
    skills = [
        pd.DataFrame(
            {
                "annotator": found.measured.annotators,
                "measure": measure,
                "answers": answers,
                "value": told.value,
                "low": told.low,
                "high": told.high,
                "note": "",
            }
        )
        for measure, told in (("bias", found.bias), ("noise", found.noise))
        if told is not None
    ]
    return Opinion(
        method,
        pd.Series(found.value, units).astype(object),
        pd.Series(np.nan, units),
        pd.Series(found.low, units),
        pd.Series(found.high, units),
        pd.DataFrame({"unit": [], "value": [], "probability": []}),
        found.fit,
        pd.concat(skills) if skills else pd.DataFrame(columns=SKILL),
    )
