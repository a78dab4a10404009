"""Annotators along a guideline change: what they have read, whether they tell the new rule, and who keeps the old."""
