"""What a guideline says of scoring: which class something has, what counts for nobody, and what is compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.consensus.shaped import sigma_of
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.fields import CLOSED, NUMERIC, Field
from groundkeeper.core.guideline.scorable import RATED
from groundkeeper.core.guideline.sections import Consensus, Scoring
from groundkeeper.core.ids import canonical_json
from groundkeeper.core.scoring.objects.settings import Settings, settings_of
from groundkeeper.core.scoring.objects.sides import NONE, Booleans
from groundkeeper.core.shapes.drawn import Integers
from schemas.enums import AREAS

OBJECT: Final = "object"
"""The class of everything where a guideline knows no classes."""


@dataclass(frozen=True, slots=True)
class Guide:
    """The guideline in force, as far as scores rest on it."""

    decisions: Mapping[str, Decision]
    fields: Mapping[str, Field]
    consensus: Consensus
    scoring: Scoring
    classes: tuple[str, ...] = ()
    """The classes that the guideline describes to people; none where it describes none."""

    @property
    def only_class(self) -> str:
        """How everything is called where all is of one class: as the guideline calls its only one, else an object."""
        return self.classes[0] if len(self.classes) == 1 else OBJECT

    @property
    def by_item(self) -> bool:
        """Whether records are items, so that nothing has to be found in them."""
        return self.consensus.match.by == "item"

    @property
    def class_by(self) -> str | None:
        """The decision or field that is the class of a record; None where everything is of one class.

        Where a guideline does not say it, it is the field that comes from labels; where records are items and there is
        none, the one with a vocabulary that somebody rates. Of several it is the first by name.
        """
        if self.scoring.class_by is not None:
            return self.scoring.class_by
        sources = ("label", "attribute") if self.by_item else ("label",)
        named = (
            name
            for source in sources
            for name, field in sorted(self.fields.items())
            if field.source == source and (source == "label" or field.type in CLOSED)
        )
        return next(named, None)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes that a record can have, as far as the guideline lists them."""
        name = self.class_by
        if name is None:
            return (self.only_class,)
        if name in self.decisions:
            decision = self.decisions[name]
            hidden = {*decision.invisible, *self.scoring.ignore.get(name, ())}
            return tuple(outcome for outcome in decision.outcomes if outcome not in hidden)
        return self.values_of(name)

    def classes_behind(self, names: Iterable[str]) -> set[str]:
        """Return ``field/value`` of every value that the guideline lists for the fields with *names*."""
        return {f"{name}/{value}" for name in names for value in self.values_of(name)}

    def values_of(self, name: str) -> tuple[str, ...]:
        """Return the values of a field that the guideline lists, as texts."""
        return vocabulary_of(self.fields[name])

    @property
    def settings(self) -> Settings:
        """How objects are held against one another."""
        return settings_of(self.scoring)

    @property
    def sigma(self) -> float:
        """How far apart people put the same point: as scoring says, else as consensus says."""
        stated = self.scoring.oks_sigma
        return sigma_of(self.consensus.match) if stated is None else stated

    @property
    def attributes(self) -> tuple[str, ...]:
        """The fields that somebody rates and that can be equal, but for the class and those that are not compared."""
        settings = self.settings
        if not settings.attributes:
            return ()
        passed_over = {*settings.ignored_attributes, self.class_by}
        return tuple(
            name
            for name in self.rated
            if self.fields[name].type not in NUMERIC
            and not passed_over & {name, self.fields[name].source_name(name)}
        )

    @property
    def classes_from(self) -> tuple[str, ...]:
        """The column that tells the class of a row; none where everything is of one."""
        return () if self.class_by is None else (self.class_by,)

    @property
    def rated(self) -> tuple[str, ...]:
        """The fields that somebody rates, but for texts."""
        return tuple(
            name
            for name, field in self.fields.items()
            if field.source in RATED and field.type != "text"
        )

    def rated_values(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the values of the rated fields of each row of *table*: numbers as they are, all else as text."""
        values = {
            name: table[name].astype("float64")
            if self.fields[name].type in NUMERIC
            else as_text(table[name])
            for name in self.rated
        }
        return pd.DataFrame(values, index=table.index)

    def classes_of(self, table: pd.DataFrame) -> pd.Series:
        """Return the class of each row of *table*, which has the fields and decisions; missing where none is known.

        Examples
        --------
        >>> match = {"by": "iou", "at_least": 0.5}
        >>> rules = Consensus(experts=1, quorum=1, match=match, shape="none")
        >>> Guide({}, {}, rules, Scoring(class_by="grade")).classes_of(pd.DataFrame({"grade": [3.0, None]})).tolist()
        ['3', nan]
        """
        if self.class_by is None:
            return pd.Series(self.only_class, table.index, dtype="str")
        return as_text(table[self.class_by])

    def counts_for_nobody(self, table: pd.DataFrame) -> Booleans:
        """Return which rows of *table* have an outcome that is neither asked for nor blamed, bool [n]."""
        ignored = np.zeros(len(table), dtype=np.bool_)
        for decision, outcomes in self.scoring.ignore.items():
            ignored |= table[decision].isin(outcomes).to_numpy(dtype=np.bool_)
        return ignored

    def leaves_no_trace(self, table: pd.DataFrame) -> Booleans:
        """Return which rows of *table* the guideline decides to be invisible, bool [n]."""
        hidden = np.zeros(len(table), dtype=np.bool_)
        for name, decision in self.decisions.items():
            hidden |= table[name].isin(decision.invisible).to_numpy(dtype=np.bool_)
        return hidden

    def makes_no_records(self, kinds: pd.Series) -> Booleans:
        """Return which annotations, by their kinds, no record comes of: where areas are matched, all but areas."""
        if self.consensus.match.by != "iou":
            return np.zeros(len(kinds), dtype=np.bool_)
        return ~kinds.isin(list(AREAS)).to_numpy(dtype=np.bool_)


def vocabulary_of(field: Field) -> tuple[str, ...]:
    """Return the values that *field* lists, as texts in their order."""
    values = [False, True] if field.type == "bool" else list(field.vocabulary)
    return tuple(as_text(pd.Series(values, dtype=object)))


def as_text(values: pd.Series) -> pd.Series:
    """Return *values* as texts, whole numbers without a point and truths as JSON has them; missing stays missing.

    Examples
    --------
    >>> as_text(pd.Series([True, None, "solid", 2.0], dtype=object)).tolist()
    ['true', nan, 'solid', '2']
    """
    texts = [None if _is_missing(value) else _text(value) for value in values]
    return pd.Series(texts, values.index, dtype="str")


def codes_of(*sides: pd.Series, also: Sequence[str] = ()) -> tuple[list[Integers], list[str]]:
    """Return a code for each text of several *sides*, the same on all, ``NONE`` where missing; and the texts.

    The texts are all that a side has and those that there may be *also*, sorted.

    Examples
    --------
    >>> codes, names = codes_of(pd.Series(["dog", None], dtype="str"), pd.Series(["cat"], dtype="str"))
    >>> [side.tolist() for side in codes], names
    ([[1, -1], [0]], ['cat', 'dog'])
    """
    names = sorted({*also, *(name for side in sides for name in side.dropna())})
    place = {name: code for code, name in enumerate(names)}
    codes = [np.array([place.get(name, NONE) for name in side], dtype=np.int64) for side in sides]
    return codes, names


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    number = float(str(value))
    return str(int(number)) if number.is_integer() else canonical_json(number)
