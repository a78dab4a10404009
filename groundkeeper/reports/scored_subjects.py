"""Who is scored and has a page of their own, and which rows of the tables of scores are about whom."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from groundkeeper.core.scoring.figures import POOLED
from groundkeeper.core.scoring.subjects.own_names import PART
from groundkeeper.reports.found import Found
from groundkeeper.reports.gold import without_gold
from groundkeeper.reports.page_names import file_name
from schemas.enums import Identity, Origin

Kind: TypeAlias = Literal["readers", "model", "annotator"]
ORDER: tuple[Kind, ...] = ("readers", "model", "annotator")


@dataclass(frozen=True)
class ScoredSubject:
    """Somebody, or some model, who is scored.

    Attributes
    ----------
    name
        As in the tables.
    kind
        ``readers``: all annotators together, each against what the others make.
    page
        Name of the file of its page.
    rests_on
        Its row of the table ``scored``; all readers together have none.
    """

    name: str
    kind: Kind
    page: str
    rests_on: Mapping[Hashable, Any] | None

    @property
    def title(self) -> str:
        """What it is called on a page."""
        return "all readers" if self.kind == "readers" else self.name


def with_pages(found: Found) -> tuple[ScoredSubject, ...]:
    """Return who has a page: all readers together, models, and annotators whose name means one person."""
    nameless = set(found.answers.loc[found.answers["identity"] != Identity.KNOWN, "annotator"])
    subjects = [_subject(row) for row in found.scored.to_dict("records")]
    kept = [one for one in subjects if one.kind != "annotator" or one.name not in nameless]
    scored_readers = without_gold(found.scores)["subject"]
    of_models = models_of(found.scored)
    if not all(_owner(subject, of_models)[0] in of_models for subject in scored_readers):
        kept.append(ScoredSubject(POOLED, "readers", "readers.html", None))
    return tuple(sorted(kept, key=lambda one: (ORDER.index(one.kind), one.name)))


def owned(measures: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Return *measures* with ``owner``, who a row is about, and ``part``, the class or field of it, or ''.

    A row about nobody of *names* is about all readers.

    Examples
    --------
    >>> rows = pd.DataFrame({"subject": ["net", "net/car", "readers", "malignancy"]})
    >>> owned(rows, {"net", "readers"})[["owner", "part"]].to_numpy().tolist()
    [['net', ''], ['net', 'car'], ['readers', ''], ['readers', 'malignancy']]
    """
    of = {subject: _owner(subject, names) for subject in measures["subject"].unique()}
    owner = measures["subject"].map({subject: found[0] for subject, found in of.items()})
    part = measures["subject"].map({subject: found[1] for subject, found in of.items()})
    return measures.assign(owner=owner.astype(object), part=part.astype(object))


def rows_of(
    table: pd.DataFrame, column: str, subject: ScoredSubject, models: set[str]
) -> pd.DataFrame:
    """Return the rows of *table* that are about *subject*: about all readers are those that are about no model.

    Parameters
    ----------
    table : DataFrame
        With one row per object or conflict, and who it is about in *column*.
    column : str
        Where it says so.
    subject : ScoredSubject
        Who is asked about.
    models : set of str
        The names of the models.
    """
    if subject.kind != "readers":
        return table[table[column] == subject.name]
    return table[~table[column].isin(models)]


def models_of(scored: pd.DataFrame) -> set[str]:
    """Return the names of the models that are scored."""
    return set(scored.loc[scored["origin"] == Origin.MODEL, "subject"])


def _subject(row: Mapping[Hashable, Any]) -> ScoredSubject:
    name = str(row["subject"])
    if row["origin"] == Origin.MODEL:
        return ScoredSubject(name, "model", file_name(name), row)
    return ScoredSubject(name, "annotator", file_name(name), row)


def _owner(subject: str, names: Collection[str]) -> tuple[str, str]:
    """Return the longest of *names* that begins *subject*, and the rest of it.

    The stage that scores refuses names by which it could be another one: see ``subjects.own_names``.
    """
    cuts = [len(subject), *np.flatnonzero([letter == PART for letter in subject])[::-1].tolist()]
    for cut in cuts:
        if subject[:cut] in names:
            return subject[:cut], subject[cut + 1 :]
    return (POOLED, "") if subject == POOLED else (POOLED, subject)
