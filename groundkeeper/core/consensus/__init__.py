"""Fusion: which annotations mean the same thing, and what they say together."""
