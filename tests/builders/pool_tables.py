"""Made-up tables that no answer moves: the pool, its sample, what was refused, what was checked."""

import pandas as pd


def items(count: int) -> pd.DataFrame:
    """The pool: *count* scans of as many patients."""
    return pd.DataFrame(
        {
            "item_id": f"it_{k:02}",
            "item_key": f"scan-{k:02}",
            "uri": f"lidc://{k}",
            "sha256": None,
            **dict.fromkeys(("width_px", "height_px"), 512),
            "frames": 100,
            "group_id": f"patient-{k:02}",
            "captured_at": pd.NaT,
            "pixel_spacing_mm": 0.7,
        }
        for k in range(count)
    )


def sample(count: int) -> pd.DataFrame:
    """The first *count* items of the pool, every fifth sealed."""
    return pd.DataFrame(
        {
            "item_id": f"it_{k:02}",
            "group_id": f"patient-{k:02}",
            "stratum": "routine",
            "prn": k / 100,
            "inclusion_probability": 0.33,
            "split": "sealed" if k % 5 == 0 else "dev",
        }
        for k in range(count)
    )


def coverage() -> pd.DataFrame:
    """One facet of the sample and of the pool."""
    return pd.DataFrame(
        {
            "facet": ["contrast", "contrast"],
            "level": ["False", "True"],
            "pool_items": [24, 12],
            "pool_share": [2 / 3, 1 / 3],
            "sample_items": [9, 3],
            "sample_share": [0.75, 0.25],
            "expected_items": [8.0, 4.0],
        }
    )


def rejects() -> pd.DataFrame:
    """One refused row."""
    return pd.DataFrame(
        {
            "source": "made-up.sqlite",
            "path": ["annotations/7"],
            "rule": "rating_in_vocabulary",
            "value": "9",
            "allowed": "1, 2, 3, 4, 5",
        }
    )


def checks() -> pd.DataFrame:
    """A gate that passed, and a check that warned."""
    return pd.DataFrame(
        {
            "check": ["records: unique", "agreement: alpha"],
            "tool": ["pandera", "groundkeeper"],
            "gate": [True, False],
            "passed": [True, False],
            "found": ["", "0.43"],
            "allowed": ["unique", "at least 0.67"],
            "examples": "[]",
        }
    )
