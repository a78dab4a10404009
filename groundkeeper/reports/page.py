"""From a template and what it shows to one HTML file: strict, escaped, with its stylesheet inside."""

import functools
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

UNDEFINED = "undefined"
PRINTED = {
    "ac1": "AC1",
    "ac2": "AC2",
    "brennan": "Brennan",
    "dice": "Dice",
    "dice_mean": "mean Dice",
    "f1": "F1",
    "fleiss": "Fleiss'",
    "gwet": "Gwet's",
    "iou": "IoU",
    "iou_mean": "mean IoU",
    "krippendorff": "Krippendorff's",
    "prediger": "Prediger",
}
"""Names, and words of names, that are not printed as they are stored."""


def render(template: str, **context: Any) -> str:  # noqa: ANN401 - whatever the template shows
    """Return the page that *template* makes of *context*.

    Raises
    ------
    jinja2.UndefinedError
        If the template speaks of something that *context* does not have.
    """
    return environment().get_template(template).render(context)


@functools.cache
def environment() -> "Environment":
    """Return the environment of the templates: escaping is on, and a missing name is an error."""
    from jinja2 import (  # noqa: PLC0415 - every command imports the words of this module, few make a page
        Environment,
        PackageLoader,
        StrictUndefined,
    )

    made = Environment(
        loader=PackageLoader("groundkeeper.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "figure": figure,
        "count": count,
        "share": share,
        "words": words,
        "sentence": sentence,
    }
    return made


def figure(value: float | None, digits: int = 2) -> str:
    """Return *value* for a reader; what is not known is never shown as a number.

    Examples
    --------
    >>> figure(0.7968), figure(-0.001), figure(float("nan")), figure(None)
    ('0.80', '0.00', 'undefined', 'undefined')
    """
    if value is None or math.isnan(value):
        return UNDEFINED
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if not float(text) else text


def count(value: float | None) -> str:
    """Return a number of things with its thousands apart, without decimals where it is whole.

    Examples
    --------
    >>> count(41406), count(12.25), count(None)
    ('41,406', '12.2', 'undefined')
    """
    if value is None or math.isnan(value):
        return UNDEFINED
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def share(part: float, whole: float = 1.0, digits: int = 1) -> str:
    """Return *part* of *whole* in percent, the sign held to its number; of nothing, a share is undefined.

    Examples
    --------
    >>> share(3, 20).split(), share(0, 0)
    (['15.0', '%'], 'undefined')
    """
    if math.isnan(part):
        return UNDEFINED
    return f"{100 * part / whole:.{digits}f}\N{NO-BREAK SPACE}%" if whole else UNDEFINED


def words(name: str) -> str:
    """Return a name of the tables as words, acronyms and people as the field prints them.

    Examples
    --------
    >>> words("low_overlap"), words("iou_mean")
    ('low overlap', 'mean IoU')
    """
    return PRINTED.get(name, " ".join(PRINTED.get(word, word) for word in name.split("_")))


def sentence(text: str) -> str:
    """Return *text* with a capital and a full stop.

    Examples
    --------
    >>> sentence("no pairs")
    'No pairs.'
    """
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."
