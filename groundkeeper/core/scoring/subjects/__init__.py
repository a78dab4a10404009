"""Everybody who is scored against a ground truth: what they said, as its guideline has it, beside its records."""
