"""Random answers that are lists: sets and rankings of a small vocabulary."""

from hypothesis import strategies as st

from groundkeeper.core.guideline.fields import Field

VOCABULARIES = (["a", "b", "c", "d"], [1, 2, 3], [0.5, 1.5])
ENDLESS = "[" * 100_000
"""Deeper than any reader of JSON goes."""
FUSED = {"set": "majority", "ranking": "borda"}


def declared(kind, values, **keys):
    """Return a field of the type *kind* with those *values*."""
    said = {"type": kind, "from": "attribute", "fuse": FUSED.get(kind), "values": values}
    return Field.model_validate(said | keys)


def vocabularies():
    """Return some of the letters of the first vocabulary and one more, in any order."""
    return st.lists(st.sampled_from("abcde"), min_size=1, unique=True)


@st.composite
def answers(draw):
    """Return a field and an answer to it, a list as people write it."""
    values = draw(st.permutations(VOCABULARIES[0]))
    kind = draw(st.sampled_from(["set", "ranking"]))
    least = 0 if kind == "set" else 1
    named = draw(st.lists(st.sampled_from(values), min_size=least, unique=True))
    if kind == "ranking" and len(named) > 1 and draw(st.booleans()):
        cut = draw(st.integers(0, len(named) - 2))
        named[cut : cut + 2] = [named[cut : cut + 2]]
    return declared(kind, values), named
