"""How a table is declared. Imports nothing of this project."""

from dataclasses import dataclass

TYPES = frozenset({"str", "int", "float", "bool", "time", "geometry", "json"})


@dataclass(frozen=True)
class Table:
    """Name, key, columns and openness of one table.

    A type is one of ``TYPES``; a trailing ``?`` allows null. ``time`` is a UTC timestamp, ``geometry`` WKB in image
    pixels, ``json`` canonical JSON text. An *open* table takes further columns whose names come from a guideline
    (fields, decisions) or from the items (facets).
    """

    name: str
    key: tuple[str, ...]
    columns: dict[str, str]
    open: bool = False
