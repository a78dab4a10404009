"""What the experts could not settle: how grave it is, what positions there are, what an adjudicator changes."""
