"""What people answered to single fields of records, fused: what completes an older observation."""

import json
from collections.abc import Hashable, Mapping

import pandas as pd

from groundkeeper.core.consensus.observe import answered_values, observed_values
from groundkeeper.core.consensus.statements import now_called
from groundkeeper.core.consensus.voices import ARRIVED, Evidence, of_scope, spoken
from groundkeeper.core.era_rows import by_fields
from groundkeeper.core.guideline.eras import SAID, Eras, columns_of, read_as
from groundkeeper.core.guideline.fields import ORDERED, Field
from schemas.enums import Scope
from schemas.names import SPREAD_ENDINGS

KEY = ["record_id", "era", "asks"]
COLUMNS = ["record_id", "item_id", "era", "asks", "experts"]


def revalidations(
    evidence: Evidence, clusters: pd.DataFrame, fields: Mapping[str, Field], eras: Eras
) -> pd.DataFrame:
    """Return the answers to tasks about single fields, fused by record, era and what was asked.

    The last answer of each person counts. Fields that were not asked are missing, whatever an answer says of them.

    Parameters
    ----------
    evidence : Evidence
        The tables of ingestion, and the tasks.
    clusters : DataFrame
        One row per annotation: ``annotation_id, record_id, item_id``.
    fields : mapping
        Field name to its definition, of the version in force.
    eras : Eras
        In what the eras of the answers differ from it.

    Returns
    -------
    DataFrame
        ``record_id, item_id, era, asks`` (JSON); ``experts``, how many people gave a value of the field that fewest
        gave one of; and columns of fields as observations have them. Sorted by ``record_id, era, asks``.
    """
    said = _answered(evidence, clusters)
    table = said[[*KEY, "item_id"]].drop_duplicates().sort_values(KEY, ignore_index=True)
    place = pd.MultiIndex.from_frame(table[KEY])
    group = pd.Series(
        place.get_indexer(pd.MultiIndex.from_frame(said[KEY])), said["annotation_id"], dtype="int64"
    )
    columns = columns_of(fields, eras)
    fused, experts = [], []
    for era, rows in by_fields(table["era"], eras):
        here = table[rows]
        heard = evidence.of_annotations(group.index[group.isin(here.index)])
        asked = {name for text in here["asks"].unique() for name in json.loads(text)}
        stated = _as_stated({n: f for n, f in read_as(era, fields, eras).items() if n in asked})
        values = observed_values(here, heard, group, stated, columns)
        fused.append(_asked_alone(values, here["asks"]))
        experts.append(_people(here, heard, group, stated))
    found = table.assign(experts=pd.concat(experts))[COLUMNS]
    return found.join(pd.concat(fused)).reset_index(drop=True)


def _answered(evidence: Evidence, clusters: pd.DataFrame) -> pd.DataFrame:
    """Return the last answer of each person about the fields of a record: ``annotation_id``, the key, ``item_id``."""
    given = of_scope(spoken(evidence.answers), Scope.FIELDS)
    tasks = evidence.tasks.set_index("task_id")[["record_id", "asks"]]
    asked = given[["answer_id", "item_id", "annotator", "era", "task_id", *ARRIVED[:2]]].join(
        tasks, on="task_id"
    )
    anchor = now_called(asked["record_id"].astype("str"), clusters["annotation_id"])
    record = anchor.map(clusters.set_index("annotation_id")["record_id"])
    asked = asked.assign(record_id=record.astype("str"))
    said = asked[asked["record_id"].notna()].merge(
        evidence.annotations[["annotation_id", "answer_id"]], on="answer_id"
    )
    ordered = said.sort_values([*ARRIVED, "annotation_id"], na_position="first")
    return ordered.drop_duplicates([*KEY, "annotator"], keep="last")


def _as_stated(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return *fields* as people state them: what is known of an item, or was drawn, is an attribute of the answer."""
    return {
        name: field
        if field.source in SAID
        else field.model_copy(
            update={
                "source": "attribute",
                "fuse": field.fuse or ("median" if field.type in ORDERED else "mode"),
            }
        )
        for name, field in fields.items()
    }


def _asked_alone(values: pd.DataFrame, asks: pd.Series) -> pd.DataFrame:
    """Return *values* without those of fields that were not asked in their row."""
    asked = {text: frozenset(json.loads(text)) for text in asks.unique()}
    kept = {}
    for column in values.columns:
        name = next((column.removesuffix(e) for e in SPREAD_ENDINGS if column.endswith(e)), column)
        wanted = asks.map({text: bool({name, column} & names) for text, names in asked.items()})
        kept[column] = values[column].where(wanted.astype(bool))
    return pd.DataFrame(kept, index=values.index)


def _people(
    table: pd.DataFrame, said: Evidence, group: pd.Series, fields: Mapping[str, Field]
) -> pd.Series:
    """Return how many people gave a value of the field of each row that fewest gave one of."""
    values = answered_values(said, fields)
    given = (
        values.notna().groupby(group.reindex(values.index)).sum().reindex(table.index, fill_value=0)
    )
    counts: dict[Hashable, dict[Hashable, int]] = given.to_dict("index")
    fewest = [
        min((counts[row][name] for name in json.loads(asks) if name in given), default=0)
        for row, asks in table["asks"].items()
    ]
    return pd.Series(fewest, table.index, dtype="int64")
