"""What the figures of a score mean, in words that need no other page."""

import re
from collections.abc import Mapping
from typing import Final

from groundkeeper.reports.page import words
from schemas.enums import Conflict, Outcome

HEADLINES: Final = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "iou_mean",
    "dice_mean",
    "macro_f1",
    "items_without_error",
    "balanced_accuracy",
    "within_one",
    "mean_absolute_error",
    "cohen_kappa",
    "quadratic_kappa",
    "rating_exact",
    "rating_within_one",
    "rating_absolute_error_mean",
)
"""The measures that are said first, in this order."""

IN_THE_TABLE: Final = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "mean_absolute_error",
    "rating_exact",
    "rating_within_one",
)
"""The measures by which those who are scored stand side by side."""

BY_PART: Final = frozenset({*IN_THE_TABLE, "iou_mean", "within_one"})
"""The measures that are shown for each part of the data; the table ``measures`` has all."""

PER_ITEM: Final = "_per_item"
"""How the names of the figures end that count conflicts."""

ITEMS_WITH: Final = "items_with_"
"""How the names of the figures begin that are the share of items with a conflict."""

OF_POOL: Final = "_of_pool"
"""How the names of the figures end that are about the pool."""

ABOUT_THE_POOL: Final = "Of the pool: each item counts for as many as it was drawn to stand for."

COCO: Final = re.compile(
    r"(bbox|segm|keypoints)_(?P<of>ap|ar)(?P<at>\d*)(_(?P<size>small|medium|large))?"
)
"""The names of the figures that the COCO API prints."""

LOWER_IS_BETTER: Final = frozenset(
    {
        "mean_absolute_error",
        "rating_absolute_error_mean",
        "root_mean_squared_error",
        "unscored_share",
    }
)

MEANINGS: Final[Mapping[str, str]] = {
    "accuracy": "Of everything that is in the ground truth or was said, the share that is right: found, and of the "
    "right class. An item in which both have nothing counts as right.",
    "precision": "Of what was said and can be judged, the share that is right. Low: much is said that is not there.",
    "recall": "Of what is in the ground truth, the share that was found and called what it is. Low: much is missed.",
    "f1": "Precision and recall in one figure, their harmonic mean: 2 PR / (P + R). It is high only if both are.",
    "iou_mean": "How well what was matched is drawn: the shared area over the area of both together, on average. "
    "What was missed is not in it.",
    "dice_mean": "How well what was matched is drawn: twice the shared area over the sum of both areas, on average.",
    "macro_precision": "The mean of the precision of each class that was said: a rare class weighs as much as a common "
    "one, and one that is not in the ground truth counts as 0.",
    "macro_recall": "The mean of the recall of each class of the ground truth; a class missed entirely counts as 0.",
    "macro_f1": "The mean of the F1 of each class that either side has; one missed entirely counts as 0, as does one "
    "that is not in the ground truth.",
    "items_without_error": "The share of the items in which nothing is missing, extra or of another class.",
    "cohen_kappa": "Agreement on the class beyond what two who only guess at these rates reach by chance.",
    "quadratic_kappa": "Agreement beyond chance in which a near miss counts almost as a hit: by squared steps.",
    "balanced_accuracy": "The mean over the classes of the share that was recognised: a rare class weighs as much as a "
    "common one.",
    "within_one": "The share of the grades that are at most one step of the scale away.",
    "mean_absolute_error": "How far what was said is away, on average: steps of a scale, or the unit of a number; "
    "lower is better.",
    "root_mean_squared_error": "How far numbers are away, a far miss weighing more; lower is better.",
    "bias": "How much too high what was said is, on average; below 0 it is too low.",
    "r_squared": "Which share of the variation of the ground truth is explained; below 0 it does worse than its mean.",
    "concordance": "How near what was said lies to the line on which both are the same; 1 is on it.",
    "rating_exact": "The share of the ratings that are the same as those scored against.",
    "rating_within_one": "The share of the ratings that are at most one step of the scale away.",
    "rating_absolute_error_mean": "How far the ratings are away, on average; lower is better.",
    "unscored_share": "The share of what was said that nobody can judge: it touches only what the ground truth leaves "
    "open. It counts neither for nor against.",
    "average_precision": "The area below precision over recall as the model is asked to be less and less sure.",
    "average_recall": "The recall that is reached if a model may say a fixed number of things, on average.",
}
"""One or two sentences a measure."""

BOUNDS: Final = """\
The lowest and the highest value that the figure can take, whatever the records turn out to be that are still open. \
It is no interval: it says what settling them can change, not what another sample would."""

EFFECTIVE: Final = """\
Items of one group (one patient, one document) are alike, so an interval is of how much groups differ. Effective \
n says how many independent observations the data are worth."""

CONFLICTS: Final[Mapping[str, str]] = {
    Conflict.MISSING: "in the ground truth, and nothing that was said matches it",
    Conflict.EXTRA: "said, and nothing of the ground truth matches it",
    Conflict.MISMATCH: "the same thing, called by another class",
    Conflict.LOW_OVERLAP: "the same thing, drawn less alike than it should be",
    Conflict.ATTRIBUTES: "the same thing, with other attributes",
    Conflict.DIRECTION: "the same line, drawn the other way round",
    Conflict.GROUPS: "the same thing, put together with other things",
    Conflict.COVERED: "next to nothing of it can be seen under other shapes of the answer",
}
"""What each conflict is."""

OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.CORRECT: "right",
    Outcome.MISMATCH: "another class",
    Outcome.MISSING: "missing",
    Outcome.EXTRA: "extra",
}
"""The heads of a table of what became of the objects of an item."""

SETTINGS: Final[Mapping[str, str]] = {
    "profile": "how figures are computed",
    "match_iou": "two shapes are one thing if they are at least so much alike",
    "low_overlap": "a match below it is worth a look",
    "oks_sigma": "how far apart people put the same point, in roots of the area of the thing",
    "attributes": "attributes are compared",
    "ignored_attributes": "attributes that are not",
    "groups": "smallest share of a group that must be common",
}
"""What each setting decides that matters to the records of a set."""


def meaning(measure: str) -> str:
    """Return what *measure* says, or '' of one that speaks for itself.

    Examples
    --------
    >>> meaning("rating_exact")
    'The share of the ratings that are the same as those scored against.'
    >>> meaning("low_overlap_per_item")
    'How often on an item, on average: the same thing, drawn less alike than it should be.'
    >>> meaning("items_with_extra_annotation")
    'The items with it: said, and nothing of the ground truth matches it.'
    >>> meaning("bbox_ap50").removeprefix(MEANINGS["average_precision"])
    ' A match shares 50 % of both areas or more.'
    """
    conflict = measure.removesuffix(PER_ITEM).removeprefix(ITEMS_WITH)
    if conflict != measure and conflict in CONFLICTS:
        how = (
            "How often on an item, on average"
            if measure.endswith(PER_ITEM)
            else "The items with it"
        )
        return f"{how}: {CONFLICTS[conflict]}."
    of_sample = measure.removesuffix(OF_POOL)
    if of_sample != measure and of_sample in MEANINGS:
        return f"{MEANINGS[of_sample]} {ABOUT_THE_POOL}"
    return _of_coco(measure) or MEANINGS.get(measure, "")


def _of_coco(measure: str) -> str:
    """Return what a figure of the COCO API says, such as ``bbox_ap50``, or '' of another."""
    found = COCO.fullmatch(measure)
    if found is None:
        return ""
    which = f"average_{'precision' if found['of'] == 'ap' else 'recall'}"
    if found["of"] == "ar" and found["at"]:
        more = f"Of an image at most {found['at']} things are looked at."
    elif found["at"]:
        more = f"A match shares {found['at']} % of both areas or more."
    else:
        more = "Over matches from 50 to 95 %."
    size = f" Of {found['size']} things alone, as COCO has it." if found["size"] else ""
    return f"{MEANINGS[which]} {more}{size}"


def title(measure: str) -> str:
    """Return the name of *measure* as people say it.

    Examples
    --------
    >>> title("iou_mean"), title("macro_f1"), title("cohen_kappa")
    ('Mean IoU', 'Macro F1', "Cohen's kappa")
    >>> title("bbox_ap_small"), title("segm_ar100")
    ('AP small (bbox)', 'AR100 (segm)')
    """
    known = {
        "cohen_kappa": "Cohen's kappa",
        "r_squared": "R squared",
    }
    coco = COCO.fullmatch(measure)
    if coco is not None:
        by, name = measure.split("_", 1)
        return f"{words(f'{name[:2].upper()}{name[2:]}')} ({by})"
    spoken = words(measure)
    return known.get(measure, spoken[:1].upper() + spoken[1:])
