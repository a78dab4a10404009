"""Shapes of several experts as arrays: how alike they are, which mean the same thing, and what they make together.

Everything here is about n shapes at once, in columns; ``core.consensus`` uses it for the tables of a set, ``gk shapes``
for anybody's file. Coordinates are pixels of the image, x to the right and y down.
"""
