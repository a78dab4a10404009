"""Outlines of areas, such as polygons with holes: what they share, and how far their boundaries stand apart."""
