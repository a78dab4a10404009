"""What kind of values the class of a set is, by its guideline: which decides by what can be compared."""

from collections.abc import Sequence

from groundkeeper import guideline_versions
from groundkeeper.core.scoring.subjects.guide import Guide
from groundkeeper.errors import UnknownNameError
from groundkeeper.scores.contributions import Measured
from groundkeeper.scores.place import Place


def measured_at(places: Sequence[Place], measure: str, label: str | None = None) -> Measured:
    """Return what is measured, given where; of grades their order, if it is one everywhere.

    A guideline that is no more there says nothing of the class: then it is compared as objects are.

    Raises
    ------
    GuidelineError
        If a guideline cannot be read.
    """
    try:
        guides = [guide_at(place) for place in places]
    except UnknownNameError:
        return Measured(measure, label)
    orders = {_grades(guide) for guide in guides}
    grades = orders.pop() if len(orders) == 1 else ()
    return Measured(measure, label, all(guide.by_item for guide in guides), grades)


def guide_at(place: Place) -> Guide:
    """Return the guideline that the ground truth of *place* was decided under.

    Raises
    ------
    UnknownNameError
        If it is no more there.
    GuidelineError
        If it cannot be read.
    """
    layout = place.layout
    document = guideline_versions.find(f"{layout.set_name}@{place.guideline}", layout.root)
    return Guide(
        document.decisions,
        document.fields,
        document.consensus,
        document.scoring,
        tuple(sorted(document.classes)),
    )


def _grades(guide: Guide) -> tuple[str, ...]:
    """Return the grades of the class in their order; none if it is not graded."""
    field = None if guide.class_by is None else guide.fields.get(guide.class_by)
    return guide.class_names if field is not None and field.type == "ordinal" else ()
