"""Names that people take for one another: other case, other script, other digits."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Final

from groundkeeper.core.guideline.consistency import Path
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.core.lint.finding import Finding

_WORD: Final = re.compile(r"[^\W\d_]+")
_TWINS: Final = (
    (
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u04bb\u0501\u051b\u051d\u043a\u043c\u0442\u0432\u043d",
        "aeopcyxisjhdqwkmtbh",
    ),  # Cyrillic
    (
        "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0405\u0408",
        "ABEKMHOPCTYXlSJ",
    ),  # Cyrillic capitals
    ("\u03b1\u03b9\u03bd\u03bf\u03ba\u03c1\u03c4\u03c5\u03c7", "aivokptux"),  # Greek
    (
        "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
        "ABEZHlKMNOPTYX",
    ),  # Greek capitals
    ("01I", "Oll"),  # digits, and the capital that is a stroke
)
_LATIN_TWINS: Final = MappingProxyType(
    {ord(char): twin for chars, twins in _TWINS for char, twin in zip(chars, twins, strict=True)}
)
"""Letters and digits to the Latin letters that they look like."""


def look_alikes(guideline: Guideline) -> Iterator[Finding]:
    """Yield names that look like an earlier one of the same kind, and names of several scripts."""
    for kind, placed in _kinds(guideline):
        seen: dict[str, str] = {}
        for path, name in placed:
            message = _complaint(name, seen)
            if message:
                advice = f"found {message}; a {kind} is to be told by eye; rename one of them"
                yield Finding("warning", "look-alike", path, "", advice)


def skeletons(name: str) -> tuple[str, str]:
    """Return what *name* is if case does not count, and what it looks like; equal ones are confused.

    Examples
    --------
    >>> skeletons("Stage I") == skeletons("stage 1")
    False
    >>> skeletons("Stage I")[1] == skeletons("stage 1")[1]
    True
    >>> skeletons("van")[0] == skeletons("VAN")[0]
    True
    """
    compatible = unicodedata.normalize("NFKC", name)
    return compatible.casefold(), compatible.translate(_LATIN_TWINS).casefold()


def mixes_scripts(name: str) -> bool:
    r"""Return whether a word of *name* has Latin letters and others that look like Latin ones.

    Examples
    --------
    >>> mixes_scripts("\u0441ar"), mixes_scripts("\u03b2-catenin"), mixes_scripts("\u00e9tage 1")
    (True, False, False)
    """
    return any(
        any(_is_latin(char) for char in word)
        and any(not _is_latin(char) and ord(char) in _LATIN_TWINS for char in word)
        for word in _WORD.findall(name)
    )


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")


def _complaint(name: str, seen: dict[str, str]) -> str:
    """Return what is wrong with *name* after those *seen*, and remember it."""
    forms = [f"{kind} {form}" for kind, form in zip("cl", skeletons(name), strict=True)]
    twin = next((seen[form] for form in forms if form in seen), None)
    for form in forms:
        seen.setdefault(form, name)
    if twin is not None:
        return f"{twin!a} and {name!a}, which look alike ({twin} and {name})"
    if mixes_scripts(name):
        return f"{name!a} ({name}), which mixes letters of several scripts"
    return ""


def _kinds(guideline: Guideline) -> Iterator[tuple[str, Iterable[tuple[Path, str]]]]:
    for name, field in guideline.fields.items():
        texts = enumerate(field.values or ())
        yield "value", [(("fields", name, "values", i), v) for i, v in texts if isinstance(v, str)]
    for name, decision in guideline.decisions.items():
        outcomes = enumerate(decision.outcomes)
        yield "outcome", [(("decisions", name, "outcomes", i), o) for i, o in outcomes]
    yield (
        "rule id",
        [
            (("decisions", name, "rules", i, "id"), rule.id)
            for name, decision in guideline.decisions.items()
            for i, rule in enumerate(decision.rules)
        ],
    )
    yield "class", [(("classes", name), name) for name in guideline.classes]
    yield "field", [(("fields", name), name) for name in guideline.fields]
