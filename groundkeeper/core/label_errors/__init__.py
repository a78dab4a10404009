"""Labels that are likely wrong: where predictions of models disagree with them, and what to look at first."""
