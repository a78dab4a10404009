"""Fields of a guideline in words: what they are called, what may be answered, how answers become one."""

from collections.abc import Mapping
from typing import Final

from groundkeeper.core.guideline.fields import Field
from groundkeeper.core.guideline.sections import Inference


def field_name(name: str, field: Field) -> str:
    """Return the name of a field as people say it, without the unit that its values carry.

    Examples
    --------
    >>> diameter = {"type": "number", "unit": "mm", "from": "attribute", "fuse": "median"}
    >>> field_name("largest_diameter_mm", Field.model_validate(diameter))
    'largest diameter'
    """
    return name.removesuffix(f"_{field.unit}" if field.unit else "").replace("_", " ")


def field_values(field: Field) -> str:
    """Return what may be answered.

    Examples
    --------
    >>> age = {"type": "integer", "unit": "years", "min": 0, "from": "metadata", "level": "item"}
    >>> field_values(Field.model_validate(age))
    'a whole number in years, at least 0'
    >>> grade = {"type": "ordinal", "values": [1, 2, 3], "from": "attribute", "fuse": "median"}
    >>> field_values(Field.model_validate(grade))
    'one of 1, 2, 3, in this order'
    >>> seen = {"type": "set", "values": ["cat", "dog"], "from": "attribute", "fuse": "majority"}
    >>> field_values(Field.model_validate(seen))
    'all that apply of cat, dog, or none of them'
    """
    if field.values is not None:
        return _CHOSEN[field.type].format(", ".join(map(str, field.values)))
    if field.type in {"bool", "text"}:
        return "yes or no" if field.type == "bool" else "free text"
    kind = "a whole number" if field.type == "integer" else "a number"
    unit = f" in {field.unit}" if field.unit else ""
    least = f", at least {field.min:g}" if field.min is not None else ""
    most = f", at most {field.max:g}" if field.max is not None else ""
    return f"{kind}{unit}{least}{most}"


def fusion(field: Field, model: Inference | None = None) -> str:
    """Return how the experts' values become one; *model* infers those of a field with ``fuse: posterior``.

    Examples
    --------
    >>> seen = {"type": "set", "values": ["cat", "dog"], "from": "attribute", "fuse": "majority"}
    >>> fusion(Field.model_validate(seen))
    'each value that more than half of the experts choose'
    """
    if model is not None:
        return _inference(model)
    fusions = _SET_FUSIONS if field.type == "set" else _FUSIONS
    return fusions[str(field.fuse)]


def _inference(said: Inference) -> str:
    """Return how a model makes one value of the experts'.

    Examples
    --------
    >>> _inference(Inference(method="dawid_skene", compare=("majority",), at_least=0.9))
    'what the method dawid_skene infers, if it is at least 90 % probable and majority says the same; else an \
adjudicator decides'
    """
    found = f"what the method {said.method} infers"
    conditions = []
    if said.at_least is not None:
        conditions.append(f"it is at least {100 * said.at_least:g} % probable")
    if said.compare:
        verb = "says" if len(said.compare) == 1 else "say"
        conditions.append(f"{' and '.join(said.compare)} {verb} the same")
    return (
        f"{found}, if {' and '.join(conditions)}; else an adjudicator decides"
        if conditions
        else found
    )


_FUSIONS: Final[Mapping[str, str]] = {
    "median": "the middle of the experts' values",
    "mean": "the mean of the experts' values",
    "mode": "what most experts say",
    "max": "the highest of the experts' values",
    "min": "the lowest of the experts' values",
    "any": "yes if any expert says so",
    "all": "yes if every expert says so",
    "borda": "the order of how often each value stands before another one",
    "kemeny": "the order that contradicts the fewest of the experts' preferences",
}
_SET_FUSIONS: Final[Mapping[str, str]] = {
    "majority": "each value that more than half of the experts choose",
    "any": "each value that any expert chooses",
    "all": "each value that every expert chooses",
}
_CHOSEN: Final[Mapping[str, str]] = {
    "enum": "one of {}",
    "ordinal": "one of {}, in this order",
    "set": "all that apply of {}, or none of them",
    "ranking": "some or all of {}, the best first",
}
"""What may be answered where values are listed, by the type of the field."""
