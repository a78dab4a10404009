from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.guideline_documents import guideline

from groundkeeper.core.guideline.expression import parse
from groundkeeper.core.impact.path import Claim, path, step
from groundkeeper.errors import UnknownNameError

BLANK = guideline()


def version(number, supersedes=None, **blocks):
    """Return a guideline that is nothing but its place in the line, and what *blocks* say."""
    header = BLANK.guideline.model_copy(update={"version": number, "supersedes": supersedes})
    return BLANK.model_copy(update={"guideline": header, **blocks})


def versions(*lines):
    """Return versions from lines such as ``1.0.0 < 1.1.0``, the newer after the older."""
    supersedes = {}
    for line in lines:
        older, *rest = line.split(" < ")
        supersedes.setdefault(older, None)
        supersedes |= dict(zip(rest, (older, *rest), strict=False))
    return {number: version(number, before) for number, before in supersedes.items()}


def stops(steps):
    return [step.old.version for step in steps[:1]] + [step.new.version for step in steps]


def changed(target, **block):
    entry = {"id": f"CHG-{target}", "kind": "wording", "target": target, "meaning": "changed"}
    entry |= {"rationale": "Seen.", "decided_by": "Ada"} | block
    return type(BLANK.changelog[0]).model_validate(entry)


BRANCHED = versions("1.0.0 < 1.1.0 < 2.0.0", "1.1.0 < 1.2.0 < 1.3.0", "3.0.0 < 3.1.0")


@pytest.mark.parametrize(
    ("start", "end", "way"),
    [
        ("1.0.0", "2.0.0", ["1.0.0", "1.1.0", "2.0.0"]),
        ("2.0.0", "1.0.0", ["2.0.0", "1.1.0", "1.0.0"]),
        ("1.3.0", "2.0.0", ["1.3.0", "1.2.0", "1.1.0", "2.0.0"]),
        ("2.0.0", "3.1.0", ["2.0.0", "3.1.0"]),
        ("1.1.0", "1.1.0", []),
    ],
    ids=["down", "up", "up and down", "unconnected", "nowhere"],
)
def test_the_way_goes_up_to_the_nearest_common_version_and_down_again(start, end, way):
    assert stops(path(BRANCHED, start, end)) == way


@given(st.data())
def test_every_step_is_between_a_version_and_the_one_it_supersedes_and_none_comes_twice(data):
    names = [f"{n}.0.0" for n in range(1, 8)]
    tree = {
        name: version(name, data.draw(st.sampled_from(names[:n])) if n else None)
        for n, name in enumerate(names)
    }
    start, end = data.draw(st.tuples(*2 * [st.sampled_from(names)]))
    way = stops(path(tree, start, end)) or [start]
    assert (way[0], way[-1], len(set(way))) == (start, end, len(way))
    for one, other in pairwise(way):
        assert one == tree[other].guideline.supersedes or other == tree[one].guideline.supersedes
    assert stops(path(tree, end, start)) == (way[::-1] if start != end else [])


def test_a_long_line_is_walked_without_recursion():
    line = versions(" < ".join(f"1.{n}.0" for n in range(3000)))
    assert len(path(line, "1.0.0", "1.2999.0")) == 2999


def test_a_line_ends_where_a_version_is_not_at_hand():
    known = versions("1.0.0 < 1.1.0 < 1.2.0")
    del known["1.1.0"]
    assert stops(path(known, "1.0.0", "1.2.0")) == ["1.0.0", "1.2.0"]


def test_an_unknown_version_is_refused_with_the_known_ones():
    with pytest.raises(
        UnknownNameError, match=r"no guideline version '9\.0\.0'; there are: 1\.0\.0"
    ):
        path(BRANCHED, "1.0.0", "9.0.0")


EDITED = {
    "guideline/version": "2.0.0",
    "guideline/supersedes": "1.1.0",
    "prose/0/text": "Find everything on wheels.",
    "decisions/include/rules/0/text": "Too small to see.",
    "fields/size_px/text": "Its width.",
}


def edited(*claims):
    """Return two versions of which the newer one edits three texts, and says what the edits mean."""
    entries = [claim.model_dump() for claim in claims]
    return guideline(), guideline({**EDITED, "changelog": entries, "migrations": []})


def test_a_step_makes_the_claims_about_its_edits_in_both_directions_each_with_the_scope_of_its_text():
    old, new = edited(
        changed("purpose"), changed("inc.small"), changed("size_px", meaning="clarified")
    )
    claims = {
        Claim("purpose", parse("night")),
        Claim("rules.inc.small.text", parse("size_px < 8 and night")),
    }
    assert set(step(old, new).claims) == set(step(new, old).claims) == claims


def test_an_entry_about_what_was_not_edited_or_that_was_there_before_claims_nothing():
    old, new = edited(changed("night"), changed("inc.odd"))
    assert step(old, new).claims == ()
    kept = new.model_copy(update={"changelog": (changed("purpose"),)})
    again = kept.model_copy(
        update={"guideline": kept.guideline.model_copy(update={"version": "2.0.1"})}
    )
    assert step(kept, again).claims == ()


def test_migrations_are_made_once_and_only_forwards():
    to_car = {"decision": "class", "from": "van", "to": "car"}
    old = guideline({"migrations": []})
    new = guideline({"guideline/version": "2.0.0", "migrations": [to_car]})
    again = guideline({"guideline/version": "2.0.1", "migrations": [to_car]})
    assert step(old, new).migrations == new.migrations
    assert step(new, again).migrations == step(new, old).migrations == ()


def test_the_scope_of_a_block_that_was_taken_out_is_that_of_the_older_version():
    new = version("2.0.0", "1.0.0", prose=(), changelog=(changed("purpose"),))
    steps = path({"1.0.0": version("1.0.0"), "2.0.0": new}, "1.0.0", "2.0.0")
    assert steps[0].claims == (Claim("purpose", parse("night")),)
