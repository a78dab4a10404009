"""Labels that are likely wrong, of a set or of anybody's files: found, ordered, and what a budget of looks finds."""

from groundkeeper.suspects.budget import Spent, spend
from groundkeeper.suspects.found import Suspects

__all__ = ["Spent", "Suspects", "spend"]
