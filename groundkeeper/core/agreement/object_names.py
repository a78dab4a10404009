"""Names in the table ``measures`` of what is said of objects that experts had to find. Imports nothing."""

OBJECT = "object"
"""The subject of figures over objects of all labels."""
COMPLETENESS = "completeness"
BOUNDARIES = ("boundary_mean_px", "boundary_p95_px")
"""The measures in px."""
OF_OBJECTS = ("localised_", "matched_", *BOUNDARIES, COMPLETENESS)
"""How the measures of objects begin."""
AT_LEAST = "match_at_least"
"""The facet whose levels are the similarities from which on shapes are put together."""
SIZE = "size"
"""The facet whose levels are the sizes of objects."""
