"""What Groundkeeper is asked to do in a comparison; the counterpart of ``peer_worker``."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from answering import answer

from groundkeeper.core.agreement.chance_corrected import fleiss_kappa, gwet_ac
from groundkeeper.core.agreement.conger import conger_kappa
from groundkeeper.core.agreement.krippendorff import (
    Level,
    alpha_of_ratings,
    estimate_alpha,
    krippendorff_alpha,
)
from groundkeeper.core.agreement.patterns import patterns_of_counts, patterns_of_ratings
from groundkeeper.core.agreement.ratings import places_of_ratings
from groundkeeper.core.estimates import Resampling
from groundkeeper.core.truth import methods
from groundkeeper.core.truth.labels import code_labels

Timed = Callable[[], Mapping[str, Any]]


def infer(method: str, file: str, own_options: dict[str, Any], **_: object) -> Timed:
    """Prepare *method*, with the *own_options*, on the labels in *file*.

    Coding the labels is part of what is timed, and told apart as well.
    """
    arrays = np.load(file)
    table = pd.DataFrame({name: arrays[name] for name in ("task", "annotator", "label")})

    def timed() -> Mapping[str, Any]:
        start = time.perf_counter()
        labels = code_labels(table)
        coded = time.perf_counter()
        found = methods.infer(method, labels, **own_options)
        return {
            "posterior": lambda: found.posterior.dense(labels.n_classes),
            "iterations": found.fit.iterations,
            "coding": coded - start,
        }

    return timed


def alpha(file: str, level: Level) -> Timed:
    """Prepare alpha of the ratings in *file*, a row a rater and a column a unit."""
    ratings = np.load(file)["ratings"]
    return lambda: {"value": alpha_of_ratings(ratings, level)}


def alpha_counted(file: str, level: Level) -> Timed:
    """Prepare alpha of ratings that are counted by unit already."""
    arrays = np.load(file)
    counts, values = arrays["counts"], arrays["values"]
    return lambda: {"value": krippendorff_alpha(counts, level, values)}


def fleiss(file: str) -> Timed:
    """Prepare Fleiss' kappa of the counts in *file*, with its standard error."""
    counts = np.load(file)["counts"]

    def timed() -> Mapping[str, Any]:
        patterns = patterns_of_counts(counts)
        return {"value": fleiss_kappa(patterns.counts, multiplicity=patterns.multiplicity).value}

    return timed


def gwet(file: str) -> Timed:
    """Prepare Gwet's AC1 of the ratings in *file*, with its standard error."""
    ratings = np.load(file)["ratings"]

    def timed() -> Mapping[str, Any]:
        patterns = patterns_of_ratings(ratings)
        found = gwet_ac(patterns.counts, multiplicity=patterns.multiplicity)
        return {"value": found.value, "se": found.se}

    return timed


def conger(file: str) -> Timed:
    """Prepare Conger's kappa of the ratings in *file*, with its standard error."""
    ratings = np.load(file)["ratings"]

    def timed() -> Mapping[str, Any]:
        places, values = places_of_ratings(ratings)
        found = conger_kappa(places, np.eye(len(values)))
        return {"value": found.value, "se": found.se}

    return timed


def interval(file: str) -> Timed:
    """Prepare alpha of the ratings in *file* with an interval of a thousand bootstrap rounds over units."""
    ratings = np.load(file)["ratings"]
    how = Resampling(rounds=1000, seed=0, confidence=0.95)

    def timed() -> Mapping[str, Any]:
        patterns = patterns_of_ratings(ratings)
        found = estimate_alpha(patterns, "nominal", how, how.generator("alpha"))
        return {"value": found.value, "low": found.low, "high": found.high}

    return timed


if __name__ == "__main__":
    answer(
        {
            "infer": infer,
            "alpha": alpha,
            "alpha_counted": alpha_counted,
            "fleiss": fleiss,
            "gwet": gwet,
            "conger": conger,
            "interval": interval,
        }
    )
