"""Boxes with upright edges: which meet, how alike they are, what they make together."""
