"""What the texts of labels mean: a number however it is spelled, and words with which others say nothing.

pandas writes ``1.0`` into a column with gaps and ``1`` into another; R and pandas write ``NA`` or ``nan`` where nothing
was said. Taken as they stand, these would be classes.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.errors import TableError

WORDS_FOR_NOTHING: Final = frozenset(
    {"NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "null", "NULL", "None"}
)
"""With which R, pandas and spreadsheets write that nothing was said; any may be a class, too."""
USUAL: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
WHOLE: Final = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """Labels as they are meant.

    Attributes
    ----------
    labels : Series
        Texts, each number in one spelling if all are numbers; missing where nothing was said.
    warnings : tuple of str
        What somebody has to know of them.
    """

    labels: pd.Series
    warnings: tuple[str, ...] = ()


def understood(
    path: Path, said: pd.Series, meant: Collection[str] = (), *, as_numbers: bool = False
) -> Understood:
    """Return the labels *said* as they are meant.

    If all are numbers, each is spelled in one way: ``1`` for ``1.0``. Words for nothing among numbers are nothing;
    among other texts they are classes, with a warning. Numbers among other texts stay as they are.

    Parameters
    ----------
    path : Path
        The file, for messages.
    said : Series
        Texts; missing where nothing stands.
    meant : collection of str
        Classes that were named, which are meant even if they are words for nothing.
    as_numbers : bool
        Whether they are measurements, of which any spelling will do.

    Raises
    ------
    TableError
        If one number is spelled in two ways that no program mixes, such as ``1`` and ``01``.

    Examples
    --------
    >>> understood(Path("a.csv"), pd.Series(["1.0", "1", "NA"])).labels.tolist()
    ['1', '1', nan]
    >>> understood(Path("a.csv"), pd.Series(["yes", "1.0"])).labels.tolist()
    ['yes', '1.0']
    """
    found = [str(label) for label in said.dropna().unique()]
    empty = [label for label in found if label in WORDS_FOR_NOTHING and label not in meant]
    others = [label for label in found if label not in empty]
    are_numbers = _are_numbers(others)
    warnings = [_told(said, word, are_numbers=are_numbers) for word in empty]
    if not are_numbers:
        return Understood(said, (*warnings, *_mixed(others)))
    if not as_numbers:
        refuse_two_spellings(path, others)
    spelled = {label: label for label in others} if as_numbers else spelling(others)
    if not empty and all(label == text for label, text in spelled.items()):
        return Understood(said)
    return Understood(said.map(spelled).astype("str"), tuple(warnings))


def spelling(labels: Iterable[str]) -> dict[str, str]:
    """Return how each of *labels* is spelled: numbers in one way, if all are; codes such as ``01`` as they stand.

    Examples
    --------
    >>> spelling(["1.0", "-0.50"]), spelling(["01", "10"]), spelling(["1.0", "no"])
    ({'1.0': '1', '-0.50': '-0.5'}, {'01': '01', '10': '10'}, {'1.0': '1.0', 'no': 'no'})
    """
    texts = list(labels)
    are_numbers = _are_numbers(texts)
    return {
        text: _shortest(text) if are_numbers and USUAL.fullmatch(text) else text for text in texts
    }


def refuse_two_spellings(path: Path, labels: Iterable[str], beside: Iterable[str] = ()) -> None:
    """Refuse *labels* of which two are one number, unless the one is ``1`` and the other ``1.0``.

    Parameters
    ----------
    path : Path
        The file that they are in, for the message.
    labels, beside : iterable of str
        The labels, and those of another file that they are held against.

    Raises
    ------
    TableError
        If two are.

    Examples
    --------
    >>> refuse_two_spellings(Path("a.csv"), ["1", "1.0", "250.5"])
    """
    first: dict[Decimal, str] = {}
    for text in dict.fromkeys((*beside, *labels)):
        if not NUMBER.fullmatch(text):
            continue
        plain = text.removesuffix(".0") if USUAL.fullmatch(text) else text
        other = first.setdefault(Decimal(text), plain)
        if other != plain and {other, plain} != {"0", "-0"}:
            message = (
                f"{path}: found {other!r} and {text!r}, which are one number in two spellings; allowed is one "
                "spelling of a number; write both alike, or as words if they are two classes"
            )
            raise TableError(message)


def spelled_as(labels: pd.Series, classes: Collection[str]) -> pd.Series:
    """Return *labels* with whole numbers spelled as they are among *classes*.

    Examples
    --------
    >>> spelled_as(pd.Series(["1", "no"]), ["1.0", "no"]).tolist()
    ['1.0', 'no']
    """
    known = set(classes)
    others = {}
    for label in map(str, labels.dropna().unique()):
        short = label.removesuffix(".0")
        if label not in known and WHOLE.fullmatch(short):
            others[label] = next((one for one in (short, f"{short}.0") if one in known), label)
    return labels.replace(others).astype("str") if others else labels


def refuse_alike(path: Path, names: Iterable[str], spelled: Mapping[str, str]) -> None:
    """Refuse *names* of columns that are *spelled* alike.

    Raises
    ------
    TableError
        If two are.
    """
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(spelled[name], name)
        if other != name:
            message = (
                f"{path}: found the columns {other!r} and {name!r}, which are one number; allowed is one column a "
                "class; add them up"
            )
            raise TableError(message)


def _are_numbers(labels: Iterable[str]) -> bool:
    """Say whether there are numbers, and nothing else but words for nothing."""
    texts = [label for label in labels if label not in WORDS_FOR_NOTHING]
    return bool(texts) and all(map(NUMBER.fullmatch, texts))


def _shortest(text: str) -> str:
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    short = f"{whole}.{part}" if part else whole
    return "0" if short == "-0" else short


def _told(said: pd.Series, word: str, *, are_numbers: bool) -> str:
    times = f"{np.count_nonzero(said == word):,} times"
    if are_numbers:
        return (
            f"{word!r} is read as nothing said, {times}: all other labels are numbers; name it in --scale if it is "
            "a class"
        )
    return f"{word!r} is read as a class, {times}; leave the cell empty if nothing was said"


def _mixed(labels: Collection[str]) -> list[str]:
    """Return a warning for each number that is two classes, because other labels are texts."""
    among = set(labels)
    return [
        f"{text!r} and '{text}.0' are read as two classes: others are texts; write a number in one spelling"
        for text in sorted(among)
        if WHOLE.fullmatch(text) and f"{text}.0" in among
    ]
