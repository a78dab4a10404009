"""The records held against gold, where somebody knows what is right."""
