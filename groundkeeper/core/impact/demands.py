"""What a change of a guideline asks of records beside their decisions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.conventions import registered
from groundkeeper.core.era_rows import allowed_values
from groundkeeper.core.guideline.correspondence import inferred_otherwise, redefined, renamed
from groundkeeper.core.guideline.eras import SAID
from groundkeeper.core.guideline.evaluate import FALSE, TRUE, truth
from groundkeeper.core.guideline.expression import Expression, fields_used
from groundkeeper.core.guideline.fields import CLOSED, LISTED
from groundkeeper.core.guideline.regions import Regions, RuleList
from groundkeeper.core.guideline.sections import FINENESS, GeometryKind
from groundkeeper.core.impact.meaning import Readings, Stored, same_values
from groundkeeper.core.impact.path import Claim, Form
from groundkeeper.core.impact.precision import drawn_with, is_tighter, spread
from groundkeeper.core.impact.verdicts import AUTO, REANNOTATE, REVALIDATE, Flags, cells_of
from schemas.names import THEN


@dataclass(frozen=True)
class Demand:
    """One reason to touch records.

    Attributes
    ----------
    kind
        Row of the change table.
    where
        Block of the guideline that changed.
    action
        Place in ``verdicts.GRAVITY``.
    rows
        The records it touches, bool [n].
    asks
        Fields that have to be asked for.
    is_remade
        Whether the records are made anew from answers that are not here, so that none of them is surely the same.
    """

    kind: str
    where: str
    action: np.int8
    rows: Flags
    asks: tuple[str, ...] = ()
    is_remade: bool = False


@dataclass(frozen=True)
class Between:
    """Some records, the form of the guideline under which they were made, and the one in force."""

    table: pd.DataFrame
    then: Form
    now: Form
    read: Readings
    stored: Stored
    answered: Mapping[str, Flags] = field(default_factory=dict)

    @property
    def columns_now(self) -> dict[str, pd.Series]:
        """The fields as they read now."""
        return self.read.of(self.table)

    def present(self, name: str) -> Flags:
        """Return which records have a value of the field called *name* now, whatever it was called, bool [n]."""
        names = (name, *(old for old, new in self.renames.items() if new == name))
        column = next((self.table[name] for name in names if name in self.table), None)
        if column is None:
            return np.zeros(len(self.table), dtype=np.bool_)
        return column.notna().to_numpy(dtype=np.bool_)

    def was(self, name: str) -> pd.Series | None:
        """Return what was stored of the field called *name*, before anybody was asked for it again; None if nothing."""
        return self.table.get(f"{name}{THEN}") if name in self.answered else self.table.get(name)

    def unanswered(self, name: str) -> Flags:
        """Return which records have a stored value of a field, and no newer answer, bool [n]."""
        was = self.was(name)
        if name not in self.answered or was is None:
            return self.present(name)
        found: Flags = was.notna().to_numpy(dtype=np.bool_) & ~self.answered[name]
        return found

    def fused(self, name: str) -> Flags:
        """Return which records have a value of a field by fusing, or none because fusing left it open, bool [n]."""
        newer = self.answered.get(name, np.zeros(len(self.table), dtype=np.bool_))
        return np.asarray(~newer, dtype=np.bool_)

    @cached_property
    def renames(self) -> dict[str, str]:
        """Fields that are called otherwise now, by their old name."""
        return renamed(self.then.fields.fields, self.now.fields.fields)

    def all_rows(self) -> Flags:
        """Return every record."""
        return np.ones(len(self.table), dtype=np.bool_)


def demands(
    between: Between,
    claims: Sequence[tuple[Claim, Flags]],
    tolerances: Mapping[GeometryKind, Flags],
) -> Iterator[Demand]:
    """Yield what the change asks of each record beside its decisions.

    Parameters
    ----------
    between : Between
        The records, and the two versions.
    claims : sequence of (Claim, bool[n])
        Those made on the way, each with the records of which nobody has said since that they are right.
    tolerances : mapping
        The kinds of geometry that have to be drawn more precisely than at some step before, with the records of which
        nobody has said since that they are right, bool [n].
    """
    yield from _redefined(between)
    yield from _required(between)
    yield from _claimed(between, claims)
    yield from _drawn_otherwise(between)
    yield from _tightened(between, tolerances)
    yield from _reconciled(between)


def _redefined(between: Between) -> Iterator[Demand]:
    old, new = between.then.fields.fields, between.now.fields.fields
    stored_by = {decision.field for decision in between.now.decisions.decisions.values()}
    for name, declared in new.items():
        present = between.unanswered(name)
        if name not in old:
            continue
        where, is_answered = f"fields.{name}", between.stored is Stored.ANSWERED
        if old[name].fuse != declared.fuse:
            fused = between.fused(name)
            yield Demand("fused otherwise", where, AUTO, fused, is_remade=is_answered)
        if declared.source not in SAID:
            if redefined(old[name], declared, name, name):
                yield Demand(
                    "field measured otherwise", where, AUTO, present, is_remade=is_answered
                )
            continue
        differing = redefined(old[name], declared, name, name)
        if differing:
            kind = "members added" if differing == ["values"] else "field redefined"
            yield Demand(kind, where, REVALIDATE, present, (name,))
        elif declared.type in CLOSED | LISTED and name not in stored_by:
            yield from _worded_otherwise(between, name, present)


def _worded_otherwise(between: Between, name: str, present: Flags) -> Iterator[Demand]:
    """Yield where a stored value that is *present* is none of the vocabulary now, or is written in another order."""
    was, declared = between.was(name), between.now.fields.fields[name]
    if was is None:
        return
    known = allowed_values(was, declared)
    gone = present & known.isna().to_numpy(dtype=np.bool_)
    yield Demand("value removed", f"fields.{name}", REVALIDATE, gone, (name,))
    if declared.type in LISTED:
        turned = present & ~gone & ~same_values(known, was).to_numpy(dtype=np.bool_)
        yield Demand("members in another order", f"fields.{name}", AUTO, turned)


def _required(between: Between) -> Iterator[Demand]:
    new = between.now.decisions.attributes
    old = {
        between.renames.get(name, name): said
        for name, said in between.then.decisions.attributes.items()
    }
    for name, attribute in new.items():
        before = old.get(name)
        missing = ~between.present(name)
        if before is not None and before.required_when == attribute.required_when:
            continue
        if before is not None:
            missing &= _comes_to_hold(between, before.required_when, attribute.required_when)
        else:
            missing &= _holds(between, attribute.required_when) != FALSE
        yield Demand("attribute required", f"attributes.{name}", REVALIDATE, missing, (name,))
    for name, attribute in old.items():
        if name not in new:
            dropped = (_held(between, attribute.required_when) != FALSE) & between.present(name)
            yield Demand("attribute no longer required", f"attributes.{name}", AUTO, dropped)


def _comes_to_hold(between: Between, old: Expression | None, new: Expression | None) -> Flags:
    """Return where *new* may hold and *old* not, looking at both together."""
    found: Flags = np.zeros(len(between.table), dtype=np.bool_)
    if old is not None and new is None:
        found |= _held(between, old) != TRUE
    if old is not None and new is not None:
        regions = Regions.of(
            RuleList((old,), between.read.old, between.read.then),
            RuleList((new,), between.read.new, {}),
        )
        cells = cells_of(regions, between.columns_now, len(between.table))
        reached = regions.reached(*regions.bounds(cells.places))
        comes = reached.row[(reached.rules[:, 0] == 1) & (reached.rules[:, 1] == 0)]
        found |= (np.bincount(comes, minlength=len(cells.first)) > 0)[cells.of_row]
    return found


def _claimed(between: Between, claims: Sequence[tuple[Claim, Flags]]) -> Iterator[Demand]:
    for claim, unconfirmed in claims:
        where = (_holds(between, claim.scope) != FALSE) & unconfirmed
        yield Demand("meaning of the text changed", claim.id, REVALIDATE, where)


def _drawn_otherwise(between: Between) -> Iterator[Demand]:
    old, new = between.then.precision.conventions, between.now.precision.conventions
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after or after is None:
            continue
        is_known = before is not None and registered(name, before, after) is not None
        action = AUTO if is_known else REANNOTATE
        unmade = is_known and between.stored is Stored.ANSWERED
        yield Demand(
            "convention changed",
            f"conventions.{name}",
            action,
            between.all_rows(),
            is_remade=unmade,
        )
    kinds_then, kinds_now = (
        frozenset(form.precision.precision) for form in (between.then, between.now)
    )
    if kinds_then and kinds_now - kinds_then:
        finest = max((FINENESS.get(kind, -1) for kind in kinds_then), default=-1)
        come = sorted(kinds_now - kinds_then)
        is_coarser = all(0 <= FINENESS.get(kind, -1) <= finest for kind in come)
        action = AUTO if is_coarser else REANNOTATE
        kind = "geometry coarser" if is_coarser else "geometry finer"
        yield Demand(kind, f"precision.{come[0]}", action, between.all_rows())


def _tightened(between: Between, unconfirmed: Mapping[GeometryKind, Flags]) -> Iterator[Demand]:
    """Yield the records whose experts stood farther apart than is allowed now, and those of which it is not known."""
    old = between.then.precision.precision
    for kind, tolerance in between.now.precision.precision.items():
        if kind not in old or not is_tighter(old[kind], tolerance):
            continue
        concerned, apart = drawn_with(between.table, kind), spread(between.table, tolerance)
        where, title = f"precision.{kind}", "precision tightened"
        outside, unknown = apart > tolerance.tol_px, np.isnan(apart)
        yield Demand(title, where, REANNOTATE, concerned & outside)
        # Nothing is asked but whether it is right: who says so has looked how precisely it is drawn.
        yield Demand(title, where, REVALIDATE, concerned & unknown & unconfirmed[kind])


def _reconciled(between: Between) -> Iterator[Demand]:
    old, new = between.then.consensus, between.now.consensus
    if (old.match, old.shape) != (new.match, new.shape):
        yield Demand("consensus recomputed", "consensus", AUTO, between.all_rows(), is_remade=True)
    if old.quorum != new.quorum:
        crosses = np.zeros(len(between.table), dtype=np.bool_)
        for name in ("votes", "experts"):
            if name in between.table:
                count = between.table[name].to_numpy(dtype=np.float64, na_value=np.nan)
                crosses |= (count >= old.quorum) != (count >= new.quorum)
        yield Demand("quorum changed", "consensus.quorum", AUTO, crosses)
    is_answered = between.stored is Stored.ANSWERED
    for name in inferred_otherwise(old, new, between.renames):
        where, fused = f"consensus.inference.{name}", between.fused(name)
        yield Demand("inferred otherwise", where, AUTO, fused, is_remade=is_answered)


def _holds(between: Between, condition: Expression | None) -> npt.NDArray[np.int8]:
    """Return whether *condition* holds of each record now, int8 [n]; of all where there is none."""
    return _truth(condition, between, between.now, between.then)


def _held(between: Between, condition: Expression | None) -> npt.NDArray[np.int8]:
    return _truth(condition, between, between.then, between.now)


def _truth(
    condition: Expression | None, between: Between, own: Form, other: Form
) -> npt.NDArray[np.int8]:
    """Return the truth of *condition* in the words of *own*, else of the *other* form; unknown in neither's."""
    rows = len(between.table)
    if condition is None:
        return np.full(rows, TRUE)
    columns = between.columns_now
    for form in (own, other):
        fields = form.fields.fields
        if fields_used(condition) <= fields.keys():
            axes = between.read.then if form is between.then else {}
            known = {
                name: columns[axes.get(name, name)]
                for name in fields
                if axes.get(name, name) in columns
            }
            return truth(condition, {"": between.all_rows(), **known}, fields)
    return np.full(rows, 1, dtype=np.int8)
