"""List every item of the pool, with the facets that are known before anybody labels it.

reads   data/inbox/<set>/
writes  items
"""

from groundkeeper import batches, tables
from groundkeeper.core.ingestion.keys import collect_items
from groundkeeper.formats import items_of
from groundkeeper.layout import Layout
from groundkeeper.params import StageParams
from schemas.names import ITEMS


class Params(StageParams):
    """Nothing can be set."""


def run(layout: Layout, _p: Params) -> dict[str, float]:
    """Write the items of all batches."""
    found = [
        (batch.key, items_of(batch.format, batch.path(layout.inbox), batch.options))
        for batch in batches.taken_in(layout.inbox)
    ]
    items = collect_items(layout.set_name, found)
    tables.write(items, layout.table("items", ITEMS), ITEMS)
    return {"items": float(len(items)), "groups": float(items["group_id"].nunique())}
