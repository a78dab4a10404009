"""Elements of an SVG picture: every text and attribute is escaped, every number spelled one way."""

from typing import TypeAlias

from markupsafe import Markup, escape

Attribute: TypeAlias = str | float | None
NAMESPACE = "http://www.w3.org/2000/svg"


def number(value: float) -> str:
    """Return *value* with at most two decimals and no trailing zeros.

    Examples
    --------
    >>> number(3.0), number(0.126), number(-0.001)
    ('3', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def tag(name: str, *children: str, **attributes: Attribute) -> Markup:
    """Return the element *name*; texts among *children* are escaped, markup is kept.

    A trailing underscore of an attribute's name is dropped and the others become hyphens, so that
    ``class_`` and ``stroke_width`` can be said. An attribute that is None is left out.

    Examples
    --------
    >>> print(tag("text", "a < b", x=1.5, class_="tick"))
    <text x="1.5" class="tick">a &lt; b</text>
    """
    said = Markup("").join(
        Markup(' {}="{}"').format(_spelled(key), value if isinstance(value, str) else number(value))
        for key, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), said, inside)  # noqa: S704 - a constant of this package


def drawing(
    width: float, height: float, *children: str, label: str, standalone: bool = False
) -> Markup:
    """Return a picture of *width* by *height* user units that scales with the room it gets.

    *label* is what a screen reader says. A *standalone* picture is a file of its own.
    """
    return tag(
        "svg",
        tag("title", label),
        *children,
        xmlns=NAMESPACE if standalone else None,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width if standalone else None,
        height=height if standalone else None,
        role="img",
        style=None if standalone else f"max-width:{number(width)}px",
    )


def text(x: float, y: float, content: str, class_: str = "", anchor: str = "start") -> Markup:
    """Return *content* written at (*x*, *y*), its baseline at *y*."""
    return tag("text", content, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """Return a straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def bar(  # noqa: PLR0913 - a rectangle has four numbers
    x: float, y: float, width: float, height: float, class_: str, *, hint: str = ""
) -> Markup:
    """Return a rectangle; *hint* is shown while the pointer rests on it."""
    inside = (tag("title", hint),) if hint else ()
    return tag("rect", *inside, x=x, y=y, width=max(width, 0), height=max(height, 0), class_=class_)


def _spelled(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
