"""What changed in how one draws, how exactly, and whether everything is to be found."""

from collections.abc import Iterator

from groundkeeper.core.conventions import registered
from groundkeeper.core.diff.table import Change, Kind
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.guideline.sections import FINENESS, GeometryKind


def drawing_changes(old: Guideline, new: Guideline) -> Iterator[Change]:
    """Yield every change of conventions, precision and coverage."""
    yield from _conventions(old, new)
    yield from _geometry(old, new)
    for kind in new.precision:
        if kind in old.precision:
            yield from _tolerance(kind, old, new)
    yield from _coverage(old, new)


def _conventions(old: Guideline, new: Guideline) -> Iterator[Change]:
    for name in dict.fromkeys((*new.conventions, *old.conventions)):
        before, after = old.conventions.get(name), new.conventions.get(name)
        if before == after:
            continue
        by_itself = registered(name, before, after) is not None
        kind = Kind.CONVENTION_TRANSFORMED if by_itself else Kind.CONVENTION_REDRAWN
        text = f"convention {name}: {after or 'none'}, no longer {before or 'none'}"
        yield Change(
            kind, f"conventions.{name}", before, after, text, _targets("conventions", name)
        )


def _geometry(old: Guideline, new: Guideline) -> Iterator[Change]:
    came = [kind for kind in new.precision if kind not in old.precision]
    gone = [kind for kind in old.precision if kind not in new.precision]
    for kind in came:
        derived = next((o for o in old.precision if _follows(kind, o)), None)
        coarser = Kind.GEOMETRY_COARSER if derived else Kind.GEOMETRY_FINER
        source = f", which follows from the {derived}" if derived else ""
        text = f"a {kind} is kept{source}"
        before = ", ".join(gone) or None
        yield Change(coarser, f"precision.{kind}", before, kind, text, _targets("precision", kind))
    for kind in gone:
        if not any(_follows(k, kind) or _follows(kind, k) for k in came):
            text = f"no {kind} is kept any more"
            where, targets = f"precision.{kind}", _targets("precision", kind)
            yield Change(Kind.GEOMETRY_COARSER, where, kind, None, text, targets)


def _follows(kind: GeometryKind, source: GeometryKind) -> bool:
    """Say whether a geometry of *kind* can be computed from one of the kind *source*."""
    return kind in FINENESS and source in FINENESS and FINENESS[kind] <= FINENESS[source]


def _tolerance(kind: GeometryKind, old: Guideline, new: Guideline) -> Iterator[Change]:
    before, after = old.precision[kind], new.precision[kind]
    where, targets = f"precision.{kind}", _targets("precision", kind)
    if before.measure != after.measure:
        text = (
            f"the precision of a {kind} is measured as {after.measure}, no longer {before.measure}"
        )
        yield Change(
            Kind.MEASURE_CHANGED, f"{where}.measure", before.measure, after.measure, text, targets
        )
    if before.tol_px != after.tol_px:
        is_tighter = after.tol_px < before.tol_px
        row = Kind.PRECISION_TIGHTENED if is_tighter else Kind.PRECISION_LOOSENED
        said = [f"{tolerance.tol_px:g} px" for tolerance in (before, after)]
        text = f"a {kind} is drawn within {said[1]}, no longer {said[0]}"
        yield Change(row, f"{where}.tol_px", said[0], said[1], text, targets)


def _coverage(old: Guideline, new: Guideline) -> Iterator[Change]:
    """Yield the changes of classes that both have; without a word a class is sampled."""
    for name in new.classes:
        before, after = (g.coverage.get(name, "sampled") for g in (old, new))
        if name in old.classes and before != after:
            is_less = after == "sampled"
            kind = Kind.COVERAGE_REDUCED if is_less else Kind.COVERAGE_EXTENDED
            found = "not every" if is_less else "every"
            text = f"{found} {name} of an item is to be found"
            where, targets = f"coverage.{name}", _targets("coverage", name)
            yield Change(kind, where, before, after, text, targets)


def _targets(block: str, name: str) -> tuple[str, ...]:
    return (name, f"{block}.{name}", block)
