"""Points, skeletons and lines: how near they are, and what they make together."""
