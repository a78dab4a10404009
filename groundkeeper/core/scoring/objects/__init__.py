"""Objects of the ground truth and those that somebody drew, held against one another; on arrays."""
