"""What is compared, and from when on two objects are one thing."""

from dataclasses import dataclass, fields
from typing import Final

from groundkeeper.core.guideline.sections import PointSize, Profile, Scoring

OFF: Final = ("line_orientation", "groups", "visible")
"""What ``false`` in a guideline switches off."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How objects are held against one another. The defaults are those of CVAT 2.64.

    Attributes
    ----------
    profile
        ``native``: what is undefined is nan, an item in which both sides have nothing is an agreement. ``cvat``: as
        CVAT computes it, its known errors included, so that teams can compare.
    match_iou
        Smallest similarity of two objects that are one thing, itself included.
    low_overlap
        Below it a match is worth a look.
    oks_sigma
        How far apart people put the same point, in roots of the area of the thing.
    point_size
        What the size of single points is taken from: the box of their group, or the image.
    line_thickness
        Half the width of a line, in roots of the area of the image.
    line_orientation
        How much more alike a line must be when it is turned, to be taken for one that runs the other way; None: the
        direction is not compared.
    attributes
        Whether attributes are compared.
    ignored_attributes
        Those that are not.
    groups
        Smallest share of a group that must be common; None: groups are not compared.
    visible
        Share of an object below which it counts as covered; None: not looked at.
    panoptic
        Whether only what can be seen of areas is compared, those of higher layers lying over the others.
    empty_is_annotated
        In profile ``cvat``, whether an item in which both sides have nothing is an agreement. In ``native`` it is one.
    """

    profile: Profile = "native"
    match_iou: float = 0.4
    low_overlap: float = 0.8
    oks_sigma: float = 0.09
    point_size: PointSize = "group"
    line_thickness: float = 0.01
    line_orientation: float | None = 0.1
    attributes: bool = True
    ignored_attributes: tuple[str, ...] = ()
    groups: float | None = 0.5
    visible: float | None = 0.05
    panoptic: bool = True
    empty_is_annotated: bool = False


def settings_of(scoring: Scoring) -> Settings:
    """Return the settings that a guideline states, and the default where it says nothing.

    Examples
    --------
    >>> settings_of(Scoring(match_iou=0.5)).match_iou, settings_of(Scoring(match_iou=0.5)).low_overlap
    (0.5, 0.8)
    """
    stated = {field.name: getattr(scoring, field.name, None) for field in fields(Settings)}
    known = {name: value for name, value in stated.items() if value is not None}
    off = dict.fromkeys(name for name in OFF if known.get(name) is False)
    return Settings(**(known | off))
