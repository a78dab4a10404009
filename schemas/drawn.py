"""Columns of what the experts of one record drew: with what, how far apart they stood. Imports nothing."""

SPREADS: dict[str, str] = {
    "spread_boundary_p95_px": "float?",
    "spread_boundary_max_px": "float?",
    "spread_edge_max_px": "float?",
    "spread_point_distance_px": "float?",
}
"""How far the drawings of the experts stand from the shape that they made together, by the measure of a precision.

The largest over the experts, so that all of them drew it within that: of outlines and lines the 95th percentile of the
distance or the largest, in both directions; of boxes the largest of their four edges; of points the largest. Missing
where a kind has no such thing, where fewer than two drew it, and where they made nothing together.
"""

DRAWN: dict[str, str] = {
    "drawn_as": "str?",
    "spread_iou": "float?",
    **SPREADS,
    "z_order": "int?",
    "object_group": "str?",
}
"""What it was drawn with (``Shape``), how far apart experts stood, which layer it is in, and what it belongs with.

``spread_iou`` is the mean similarity of two experts' drawings, an IoU of areas; ``object_group`` is the id of the first
record of those that most of the experts put together.
"""
