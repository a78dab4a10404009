"""What several versions of a guideline say of the same records, as far as each can read what is stored of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.era_rows import known_in_force
from groundkeeper.core.guideline.columns import with_ending
from groundkeeper.core.guideline.correspondence import redefined, renamed, same_rules
from groundkeeper.core.guideline.decisions import Decision
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.evaluate import Possible, decide, possible, possible_between
from groundkeeper.core.guideline.values import version_key
from groundkeeper.core.impact.completion import COMPLETED
from groundkeeper.core.impact.path import Form
from schemas.names import SPREAD_ENDINGS

Outcomes: TypeAlias = npt.NDArray[np.object_]
"""An outcome per row, None where it is unknown [n]."""


@dataclass(frozen=True)
class Versions:
    """The forms of some versions of one guideline, and which of them is in force.

    Records are tables whose columns are the fields in force, such as ``carried``, with an ``era`` and, where single
    fields were answered later, the era of these.

    Attributes
    ----------
    forms
        By version.
    in_force
        One of them.
    unused
        Those that nobody answered or was asked under. A quiz may be about one; nobody can be used to it.
    """

    forms: Mapping[str, Form]
    in_force: str
    unused: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, guidelines: Mapping[str, Guideline], in_force: str, eras: Collection[str]
    ) -> "Versions":
        """Return all versions of a guideline, of which people answered or were asked under *eras*."""
        forms = {version: Form.of(guideline) for version, guideline in guidelines.items()}
        return cls(forms, in_force, frozenset(forms).difference(eras, {in_force}))

    def before(self, version: str) -> str | None:
        """Return the newest version older than *version* that somebody answered or was asked under, or None."""
        used = self.forms.keys() - self.unused
        older = [one for one in used if version_key(one) < version_key(version)]
        return max(older, key=version_key, default=None)

    def decision(self, version: str, name: str) -> Decision:
        """Return the decision *name* of *version*."""
        return self.forms[version].decisions.decisions[name]

    def shared(self, old: str, new: str) -> tuple[str, ...]:
        """Return the decisions that both versions have, in the order of the newer one."""
        then = self.forms[old].decisions.decisions
        return tuple(name for name in self.forms[new].decisions.decisions if name in then)

    def columns(self, version: str, records: pd.DataFrame) -> pd.DataFrame:
        """Return the fields of *version* as far as *records* tell them, with their extents, on the same index.

        A field that means something else in force is missing, and so is a value that *version* does not allow.
        """
        then, now = (self.forms[one].fields.fields for one in (version, self.in_force))
        later = renamed(then, now)
        found = {}
        for name, field in then.items():
            called = later.get(name, name)
            if called in now and redefined(field, now[called], name, called):
                continue
            for end in ("", *SPREAD_ENDINGS):
                if f"{called}{end}" in records:
                    found[f"{name}{end}"] = records[f"{called}{end}"]
        return known_in_force(pd.DataFrame(found, index=records.index), then)

    def outcomes(self, version: str, name: str, records: pd.DataFrame) -> Outcomes:
        """Return what *version* decides of each record, None where that is unknown.

        Of a judged decision that is what its rules leave as the only choice; else what people chose under a version
        that asked by the same rules, if it is among the choices.
        """
        decision, fields = self.decision(version, name), self.forms[version].fields.fields
        columns = self.columns(version, records)
        made = decide(decision, columns, fields).outcome
        if decision.by == "derived":
            return made
        choices = possible(decision, columns, fields)
        only = np.array(decision.outcomes, dtype=object)[choices.argmax(axis=1)]
        stands = _is_open(decision, made, choices) & self._asked_alike(version, name, records)
        ruled = made.copy()
        ruled[~stands] = None
        forced = choices.sum(axis=1) == 1
        ruled[forced] = only[forced]
        return ruled

    def choices(self, version: str, name: str, records: pd.DataFrame) -> list[frozenset[str]]:
        """Return which outcomes *version* leaves open for each record."""
        decision = self.decision(version, name)
        fields = self.forms[version].fields.fields
        found = possible(decision, self.columns(version, records), fields)
        return [
            frozenset(o for o, is_open in zip(decision.outcomes, row, strict=True) if is_open)
            for row in found.tolist()
        ]

    def is_certain(self, version: str, name: str, records: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return whether a decision is the same between the experts' lowest and highest values, bool [n].

        What people judge has no such extent, and is certain.
        """
        decision = self.decision(version, name)
        if decision.by == "judged":
            return np.ones(len(records), dtype=np.bool_)
        columns = self.columns(version, records)
        low, high = (with_ending(columns, ending) for ending in SPREAD_ENDINGS)
        fields = self.forms[version].fields.fields
        between = possible_between(decision, low, high, columns, fields)
        certain: npt.NDArray[np.bool_] = between.sum(axis=1) == 1
        return certain

    def rests_on(
        self, version: str, name: str, field: str, records: pd.DataFrame
    ) -> npt.NDArray[np.bool_]:
        """Return whether another value of *field* could bring about another outcome, bool [n]."""
        without = self.columns(version, records).drop(columns=field, errors="ignore")
        fields = self.forms[version].fields.fields
        rests: npt.NDArray[np.bool_] = (
            possible(self.decision(version, name), without, fields).sum(axis=1) > 1
        )
        return rests

    def _asked_alike(self, version: str, name: str, records: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return whether what people chose was chosen under the rules of *version*, bool [n]."""
        asked = self.decision(version, name)
        alike = [
            era
            for era, form in self.forms.items()
            if name in form.decisions.decisions
            and same_rules(form.decisions.decisions[name], asked)
        ]
        asked_in = records["era"].isin(alike)
        if COMPLETED in records:
            asked_in &= records[COMPLETED].isna() | records[COMPLETED].isin(alike)
        return asked_in.to_numpy(dtype=np.bool_)


def best_known(
    observations: pd.DataFrame, quorum: int, *, apart_from: str | None = None
) -> pd.DataFrame:
    """Return of each record the observation by which to say what it is, sorted by ``record_id``.

    That is the newest in which a quorum saw it, of another era than *apart_from* if there is one: whether people keep
    a rule is not to be held against what the same people said at the same time.

    Parameters
    ----------
    observations : DataFrame
        One row per record and era: ``record_id, era, votes`` and more.
    quorum : int
        The fewest who settle anything.
    apart_from : str, optional
        An era.

    Examples
    --------
    >>> seen = pd.DataFrame(
    ...     {"record_id": "rc_1", "era": ["1.0.0", "1.1.0", "2.0.0"], "votes": [3, 1, 3]}
    ... )
    >>> best_known(seen, 2)["era"].tolist(), best_known(seen, 2, apart_from="2.0.0")["era"].tolist()
    (['2.0.0'], ['1.0.0'])
    """
    ordered = observations.assign(
        _enough=observations["votes"] >= quorum,
        _apart=observations["era"] != apart_from,
        _age=observations["era"].map(version_key),
    ).sort_values(["record_id", "_enough", "_apart", "_age"])
    best = ordered.drop_duplicates("record_id", keep="last")
    return best[list(observations.columns)].reset_index(drop=True)


def _is_open(decision: Decision, made: Outcomes, choices: Possible) -> npt.NDArray[np.bool_]:
    """Return whether the outcome of each row is among its choices, bool [n]."""
    places = {outcome: place for place, outcome in enumerate(decision.outcomes)}
    return np.array(
        [
            outcome in places and bool(row[places[outcome]])
            for outcome, row in zip(made.tolist(), choices, strict=True)
        ],
        dtype=np.bool_,
    )
