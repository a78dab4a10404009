"""The kinds of answers by name, and which kind a field of a guideline has."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from groundkeeper.core.kinds.bbox import BBOX
from groundkeeper.core.kinds.classes import CLASSES, CLASSES_BY_MASI
from groundkeeper.core.kinds.ellipse import ELLIPSE
from groundkeeper.core.kinds.mask import MASK
from groundkeeper.core.kinds.nominal import CLASS, TAG
from groundkeeper.core.kinds.ordered import INTEGER, NUMBER, ORDINAL
from groundkeeper.core.kinds.points import POINTS
from groundkeeper.core.kinds.polygon import POLYGON
from groundkeeper.core.kinds.polyline import POLYLINE
from groundkeeper.core.kinds.preference import PREFERENCE
from groundkeeper.core.kinds.protocol import Kind
from groundkeeper.core.kinds.ranking import RANKING
from groundkeeper.core.kinds.skeleton import SKELETON
from groundkeeper.core.kinds.span import SPAN
from schemas.enums import Shape

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            CLASS,
            TAG,
            CLASSES,
            CLASSES_BY_MASI,
            ORDINAL,
            NUMBER,
            INTEGER,
            RANKING,
            PREFERENCE,
            SPAN,
            BBOX,
            ELLIPSE,
            POLYGON,
            MASK,
            POLYLINE,
            POINTS,
            SKELETON,
        )
    }
)
"""Every kind of answer. A new one is a module with a ``Kind``, and a line here."""

OF_FIELD: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "enum": CLASS,
        "bool": TAG,
        "ordinal": ORDINAL,
        "number": NUMBER,
        "integer": INTEGER,
        "set": CLASSES,
        "ranking": RANKING,
    }
)
"""The kind of the answers to a field, by the type of the field."""

OF_SHAPE: Final[Mapping[Shape, Kind]] = MappingProxyType(
    {shape: KINDS[shape.value] for shape in Shape if shape != Shape.STATEMENT}
)
"""The kind of the answers that are shapes, by what they were drawn with; a statement has none."""
