"""What crowd-kit, krippendorff, statsmodels and irrCAC are asked to do, each with the Python of its environment."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from answering import answer

Timed = Callable[[], Mapping[str, Any]]

MODELS = {
    "majority": "MajorityVote",
    "dawid_skene": "DawidSkene",
    "one_coin": "OneCoinDawidSkene",
    "glad": "GLAD",
    "mace": "MACE",
}


def infer(method: str, file: str, peer_options: dict[str, Any], **_: object) -> Timed:
    """Prepare crowd-kit's *method*, with the *peer_options*, on the labels in *file*."""
    arrays = np.load(file)
    table = pd.DataFrame({name: arrays[name] for name in ("task", "annotator", "label")})
    table = table.rename(columns={"annotator": "worker"})
    kind = getattr(import_module("crowdkit.aggregation"), MODELS[method])

    def timed() -> Mapping[str, Any]:
        soft = kind(**peer_options).fit_predict_proba(table)
        return {
            "posterior": lambda: (
                soft.sort_index().sort_index(axis=1).fillna(0.0).to_numpy(np.float64)
            )
        }

    return timed


def alpha(file: str, level: str) -> Timed:
    """Prepare alpha by krippendorff of the ratings in *file*, a row a rater and a column a unit."""
    ratings = np.load(file)["ratings"]
    compute = import_module("krippendorff").alpha
    return lambda: {"value": float(compute(reliability_data=ratings, level_of_measurement=level))}


def alpha_counted(file: str, level: str) -> Timed:
    """Prepare alpha by krippendorff of ratings that are counted by unit already."""
    arrays = np.load(file)
    told = {"value_counts": arrays["counts"], "value_domain": arrays["values"]}
    compute = import_module("krippendorff").alpha
    return lambda: {"value": float(compute(**told, level_of_measurement=level))}


def fleiss(file: str) -> Timed:
    """Prepare Fleiss' kappa of the counts in *file* by statsmodels."""
    counts = np.load(file)["counts"]
    compute = import_module("statsmodels.stats.inter_rater").fleiss_kappa
    return lambda: {"value": float(compute(counts))}


def gwet(file: str) -> Timed:
    """Prepare Gwet's AC1 by irrCAC of the ratings in *file*, with its standard error."""
    return _irrcac(file, "gwet")


def conger(file: str) -> Timed:
    """Prepare Conger's kappa by irrCAC of the ratings in *file*, with its standard error."""
    return _irrcac(file, "conger")


def _irrcac(file: str, name: str) -> Timed:
    table = pd.DataFrame(np.load(file)["ratings"].T)
    kind = import_module("irrCAC.raw").CAC

    def timed() -> Mapping[str, Any]:
        found = getattr(kind(table, digits=12), name)()["est"]
        return {"value": float(found["coefficient_value"]), "se": float(found["se"])}

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
        }
    )
