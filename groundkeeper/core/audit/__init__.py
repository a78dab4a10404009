"""The audit of a guideline change: how many records to read again, which, by whom, and what the readings bound."""
