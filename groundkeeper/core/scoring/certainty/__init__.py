"""How sure a score is, who is better, and what moved a score."""
