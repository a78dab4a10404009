"""How long the impact of a guideline change on many observations takes, against reading them from Parquet.

    python benchmarks/impact_speed.py            ten million observations of eight fields
    python benchmarks/impact_speed.py 1000000    as many as are named

Reads and assesses in turn, several times in one run, and prints medians and their ratio: machines are noisy, ratios
less so. The ratio should stay at most 3.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from groundkeeper.core.guideline.normative import Coverage, Decisions, Fields, Precision
from groundkeeper.core.guideline.sections import Consensus
from groundkeeper.core.impact.assess import assess
from groundkeeper.core.impact.meaning import Stored
from groundkeeper.core.impact.path import Form, Stop

ALLOWED_RATIO = 3.0
ANSWERED = {"from": "attribute", "level": "object"}
KINDS = ["car", "van", "bus", "bike"]
WEATHERS = ["dry", "rain", "snow"]
FIELDS = {
    "diameter_mm": {"type": "number", "min": 0, "fuse": "median", **ANSWERED},
    "area_px2": {"type": "number", "min": 0, "fuse": "mean", **ANSWERED},
    "occlusion": {"type": "number", "min": 0, "max": 1, "fuse": "median", **ANSWERED},
    "readers": {"type": "integer", "min": 0, "fuse": "median", **ANSWERED},
    "malignancy": {"type": "ordinal", "values": [1, 2, 3, 4, 5], "fuse": "median", **ANSWERED},
    "night": {"type": "bool", "from": "metadata", "level": "item"},
    "kind": {"type": "enum", "values": KINDS, "fuse": "mode", **ANSWERED},
    "weather": {
        "type": "enum",
        "values": WEATHERS,
        "from": "metadata",
        "level": "item",
    },
}


def form(small: float, dark: float, occluded: float, suspicious: int) -> Form:
    """Return a guideline of two decisions over all eight fields, with these thresholds."""
    include = [
        {"id": "inc.small", "when": f"diameter_mm < {small} and not night", "then": "skip"},
        {"id": "inc.dark", "when": f"diameter_mm < {dark} and night", "then": "skip"},
        {"id": "inc.hidden", "when": f"occlusion > {occluded} or area_px2 < 20", "then": "ignore"},
        {"id": "inc.snow", "when": "weather == snow and kind == bike", "then": "ignore"},
    ]
    grade = [
        {"id": "gr.high", "when": f"malignancy >= {suspicious} and readers >= 3", "then": "high"},
        {"id": "gr.low", "when": "malignancy <= 2 or kind in {van, bus}", "then": "low"},
    ]
    derived = {"by": "derived"}
    outcomes = ["annotate", "ignore", "skip"]
    decisions = {
        "include": {
            **derived,
            "outcomes": outcomes,
            "invisible": ["skip"],
            "default": "annotate",
            "rules": include,
        },
        "grade": {**derived, "outcomes": ["high", "low", "mid"], "default": "mid", "rules": grade},
    }
    consensus = {"experts": 4, "quorum": 2, "match": {"by": "item"}, "shape": "none"}
    return Form(
        Decisions.model_validate({"decisions": decisions}),
        Fields.model_validate({"fields": FIELDS}),
        Precision(),
        Coverage(classes=()),
        Consensus.model_validate(consensus),
    )


def observations(rows: int, missing: float = 0.02) -> pd.DataFrame:
    """Return random observations of the eight fields, of which a share is missing."""
    rng = np.random.default_rng(0)

    def gaps(values: np.ndarray) -> pd.Series:
        return pd.Series(values).where(rng.random(rows) >= missing)

    return pd.DataFrame(
        {
            "diameter_mm": gaps(rng.gamma(4, 2, rows)),
            "area_px2": gaps(rng.gamma(2, 60, rows)),
            "occlusion": gaps(rng.random(rows)),
            "readers": gaps(rng.integers(0, 5, rows)).astype("Int64"),
            "malignancy": gaps(rng.integers(1, 6, rows)).astype("Int64"),
            "night": pd.Series(rng.choice([False, True], rows, p=[0.7, 0.3])).astype("boolean"),
            "kind": gaps(rng.choice(np.array(KINDS), rows)).astype("str"),
            "weather": pd.Series(rng.choice(np.array(WEATHERS), rows), dtype="str"),
        }
    )


def main() -> int:
    """Print the figures; return 1 if the ratio is above what is allowed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rows", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    old, new = form(6, 8, 0.8, 4), form(5, 8, 0.7, 3)
    reading, assessing = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "observations.parquet"
        observations(asked.rows).to_parquet(path, index=False)
        print(
            f"{asked.rows:,} observations of {len(FIELDS)} fields, {path.stat().st_size / 1e6:.0f} MB of Parquet"
        )
        for _ in range(asked.rounds):
            start = time.perf_counter()
            table = pq.read_table(path, columns=list(FIELDS)).to_pandas()
            reading.append(time.perf_counter() - start)
            start = time.perf_counter()
            impact = assess(table, [Stop(old)], new, Stored.REBUILT)
            assessing.append(time.perf_counter() - start)
    print(", ".join(f"{action} {count:,}" for action, count in impact.counts().items()))
    read, assessed = statistics.median(reading), statistics.median(assessing)
    ratio = assessed / read
    print(
        f"read {read:.2f} s, impact {assessed:.2f} s: {ratio:.2f} times reading; at most {ALLOWED_RATIO:g} is allowed"
    )
    return int(ratio > ALLOWED_RATIO)


if __name__ == "__main__":
    sys.exit(main())
