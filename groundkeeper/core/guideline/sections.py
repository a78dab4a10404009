"""The blocks of a guideline other than fields and decisions."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field as Key
from pydantic import model_validator

from groundkeeper.core.guideline.values import (
    Count,
    Day,
    Identifier,
    Name,
    Number,
    SetName,
    Share,
    Strictly,
    Text,
    Version,
    When,
    version_key,
)
from groundkeeper.errors import listing

GeometryKind: TypeAlias = Literal["box", "keypoints", "line", "mask", "point", "polygon", "span"]
FINENESS: Final[Mapping[GeometryKind, int]] = MappingProxyType(
    {"point": 0, "box": 1, "polygon": 2, "mask": 2}
)
"""How fine a geometry is: of these a coarser kind follows from a finer one; the others stand by themselves."""
CoverageKind: TypeAlias = Literal["exhaustive", "sampled"]
Method: TypeAlias = Literal[
    "majority",
    "weighted",
    "one_coin",
    "dawid_skene",
    "glad",
    "mace",
    "ibcc",
    "ordinal_model",
    "mean",
    "median",
    "gaussian_model",
]
"""What infers a value from the answers of several experts."""
_OF_CLASSES: Final[tuple[Method, ...]] = (
    "majority",
    "weighted",
    "one_coin",
    "dawid_skene",
    "glad",
    "mace",
    "ibcc",
)
METHODS: Final[Mapping[str, tuple[Method, ...]]] = MappingProxyType(
    {
        "bool": _OF_CLASSES,
        "enum": _OF_CLASSES,
        "ordinal": (*_OF_CLASSES, "ordinal_model"),
        "number": ("mean", "median", "weighted", "gaussian_model"),
    }
)
"""The methods that infer a value of a field, by its type."""
ShapeRule: TypeAlias = Literal[
    "majority_region",
    "edge_median",
    "weighted_boxes",
    "staple",
    "medoid",
    "by_kind",
    "none",
]
"""What makes one shape out of those that several experts drew."""
Measure: TypeAlias = Literal["boundary_p95", "boundary_max", "edge_max", "iou", "point_distance"]


class Header(Strictly):
    """Which guideline this is.

    Attributes
    ----------
    set
        The set that it is for; the name of the folder.
    version
        MAJOR.MINOR.PATCH; the name of the file.
    supersedes
        The version that it continues; nothing in the first.
    released
        The day from which it holds.
    owners
        Who answers questions about it.
    status
        ``published`` versions never change; publishing writes it.
    """

    set: SetName
    version: Version
    supersedes: Version | None = None
    released: Day
    owners: Annotated[tuple[Text, ...], Key(min_length=1)]
    status: Literal["draft", "published"]

    @model_validator(mode="after")
    def _supersedes_an_older_one(self) -> Self:
        if self.supersedes and version_key(self.supersedes) >= version_key(self.version):
            msg = f"found supersedes {self.supersedes}; allowed is a version below {self.version}"
            raise ValueError(msg)
        return self


class ClassText(Strictly):
    """What a class is, for people.

    Attributes
    ----------
    text
        What it is.
    positive
        Examples that are of the class: records, pictures or words.
    negative
        Examples that are not.
    confused_with
        What it is taken for.
    """

    text: Text = ""
    positive: tuple[Text, ...] = ()
    negative: tuple[Text, ...] = ()
    confused_with: tuple[Text, ...] = ()


class Tolerance(Strictly):
    """How precisely a geometry is to be drawn.

    Attributes
    ----------
    tol_px
        How far a drawing may be off, in pixels.
    measure
        How the distance is measured: the 95th percentile or the largest distance of two boundaries, the
        largest distance of two edges of boxes, the overlap, or the distance of two points.
    """

    tol_px: Annotated[Number, Key(ge=0)]
    measure: Measure


class Match(Strictly):
    """Which annotations of several experts are about the same thing.

    Attributes
    ----------
    by
        ``iou``: those that overlap; ``similarity``: those that are alike as their kind has it, which is IoU of areas,
        object keypoint similarity of points and skeletons, nearness of lines; ``item``: all on one item.
    at_least
        How much alike they must be, in (0, 1]; not with ``by: item``.
    sigma
        How far apart people put the same point, in roots of the area of the thing; 0.09 where nothing is said. With
        ``by: similarity`` alone.
    """

    by: Literal["iou", "similarity", "item"]
    at_least: Share | None = None
    sigma: Share | None = None

    @model_validator(mode="after")
    def _what_is_alike_has_a_threshold(self) -> Self:
        if (self.by == "item") != (self.at_least is None):
            found = "no at_least" if self.at_least is None else "at_least"
            msg = (
                f"found {found} with by: {self.by}; allowed is at_least with by: iou or similarity, "
                "and only so"
            )
            raise ValueError(msg)
        if self.sigma is not None and self.by != "similarity":
            msg = (
                f"found sigma with by: {self.by}; allowed is sigma with by: similarity, and only so"
            )
            raise ValueError(msg)
        return self


class Inference(Strictly):
    """By which model the answers to a field become one value and how sure it is.

    Attributes
    ----------
    method
        Whose value holds.
    compare
        Other methods that are run beside it; records on which they disagree go to an adjudicator.
    at_least
        The smallest probability with which a value holds; below it the value is missing, and what
        rests on it waits for an adjudicator. Not for a number.
    """

    method: Method
    compare: tuple[Method, ...] = ()
    at_least: Share | None = None

    @model_validator(mode="after")
    def _compares_with_others(self) -> Self:
        repeated = sorted(
            name for name, times in Counter((self.method, *self.compare)).items() if times > 1
        )
        if repeated:
            msg = (
                f"found {listing(repeated)} more than once in method and compare; allowed is each method once; "
                "remove the others"
            )
            raise ValueError(msg)
        return self


class Consensus(Strictly):
    """How the answers of several experts become one record.

    Attributes
    ----------
    experts
        How many are asked about an item.
    quorum
        The fewest that settle anything.
    match
        Which of their annotations are about the same thing.
    shape
        ``majority_region``: what at least half of those who drew it drew; ``edge_median``: of boxes, the median of each
        edge; ``weighted_boxes``: of boxes, the mean in which each counts as it is like the others; ``staple``: the
        region that is probable, each expert weighed by how often they are right; ``medoid``: the drawing that is most
        like the others; ``by_kind``: of boxes the median of each edge, of skeletons and points that of each joint and
        point, of other areas the majority region, of lines the medoid; ``none``: no shape. What a rule says nothing of
        goes by its kind.
    inference
        By field with ``fuse: posterior``, the model that infers its value.
    """

    experts: Count
    quorum: Count
    match: Match
    shape: ShapeRule
    inference: dict[Name, Inference] = Key(default_factory=dict)

    @model_validator(mode="after")
    def _quorum_can_be_reached(self) -> Self:
        if self.quorum > self.experts:
            msg = f"found quorum {self.quorum} with {self.experts} experts; allowed is at most all"
            raise ValueError(msg)
        return self


Profile: TypeAlias = Literal["native", "cvat"]
"""How scores are computed: without known errors, or as CVAT computes them."""
PointSize: TypeAlias = Literal["group", "image"]


class Scoring(Strictly):
    """How answers and predictions are held against records, and which records count for nobody.

    ``false`` is not compared. What is not stated has a default of its own: that of CVAT, but for what is said here.

    Attributes
    ----------
    match_iou
        Smallest similarity of a match, an IoU of areas; nothing for records matched by item.
    ignore
        By decision, the outcomes whose records are neither asked for nor blamed.
    profile
        ``native``; ``cvat``, which computes scores as CVAT does, is for files, not for the records of a set.
    class_by
        The decision or field that is the class of a record; the field that comes from labels if nothing is said.
    low_overlap
        Below this similarity a match is worth a look; 0.8 where nothing is said.
    oks_sigma
        How far apart people put the same point, in roots of the area of the thing; as consensus has it, else 0.09.
    point_size
        Of files: whether the size of single points is that of the box of their ``group`` or of the ``image``.
    line_thickness
        Of files: half the width of a line, in roots of the area of the image; 0.01 where nothing is said.
    line_orientation
        Of files: how much more alike a line must be turned, to be taken for one that runs the other way; 0.1.
    attributes
        Whether attributes are compared; they are where nothing is said.
    ignored_attributes
        The attributes that are not.
    groups
        Smallest share of a group that must be common; 0.5 where nothing is said.
    visible
        Of files: share of an object below which it counts as covered; 0.05 where nothing is said.
    panoptic
        Of files: whether only what can be seen of areas is compared; so it is where nothing is said.
    target
        By measure, what an annotator or a model should reach.
    """

    match_iou: Share | None = None
    ignore: dict[Name, tuple[Identifier, ...]] = Key(default_factory=dict)
    profile: Profile | None = None
    class_by: Name | None = None
    low_overlap: Share | None = None
    oks_sigma: Share | None = None
    point_size: PointSize | None = None
    line_thickness: Share | None = None
    line_orientation: Share | Literal[False] | None = None
    attributes: bool | None = None
    ignored_attributes: tuple[Name, ...] | None = None
    groups: Share | Literal[False] | None = None
    visible: Share | Literal[False] | None = None
    panoptic: bool | None = None
    target: dict[Name, Share] | None = None


class Change(Strictly):
    """One entry of the changelog.

    Attributes
    ----------
    id
        Its own id, kept from version to version.
    kind
        A word of yours, such as ``threshold`` or ``wording``.
    target
        What was changed: a rule, field, decision, class, outcome, convention, prose block or block.
    meaning
        Of an edit of prose, which nothing computes: whether what it means is the same, was clarified or
        was changed.
    rationale
        Why.
    evidence
        What the decision rests on: minutes, papers, records.
    decided_by
        Who decided.
    """

    id: Identifier
    kind: Identifier
    target: Identifier
    meaning: Literal["same", "clarified", "changed"] | None = None
    rationale: Text
    evidence: tuple[Text, ...] = ()
    decided_by: Text


class Prose(Strictly):
    """A block of text for people.

    Attributes
    ----------
    id
        By which the changelog speaks of it.
    scope
        The records that it is about; all of them if nothing is said.
    text
        What people read.
    """

    id: Identifier
    scope: When | None = None
    text: Text
