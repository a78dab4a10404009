"""How the measures are called that rest on gold; to name them needs nothing of what computes them."""

from typing import Final

OF_GOLD: Final = ("gold_", "reliability")
"""How their names begin."""

PROBABILITY: Final = "probability"
"""The facet of the rows of ``reliability``, whose levels are ranges of what a model was sure by."""

NO_GOLD: Final = "there is no gold; `gk inbox add --format gold` takes it in"
"""Why the figures of an inferred field are undefined for which there is none."""
