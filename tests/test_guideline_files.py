import os
import time
from pathlib import Path

import pytest

from groundkeeper.core.guideline.document import prose_blocks
from groundkeeper.core.guideline.expression import parse
from groundkeeper.core.guideline.sentences import sentence
from groundkeeper.errors import GuidelineError, UnknownNameError
from groundkeeper.guideline_files import MAX_BYTES, load, load_all

GUIDELINES = Path(__file__).resolve().parents[1] / "guidelines"

GOOD = """\
guideline: {set: street, version: 1.0.0, released: 2026-03-02, owners: [Ada], status: published}
fields:
  size_px:
    type: number
    from: geometry
    function: width
    fuse: median
decisions:
  include:
    by: derived
    outcomes: [annotate, skip]
    default: annotate
    rules:
      - id: inc.small
        when: "size_px < 8"
        then: skip
consensus: {experts: 3, quorum: 2, match: {by: item}, shape: none}
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "guidelines" / "street"
    made.mkdir(parents=True)
    return made


def write(folder, text, name="1.0.0.yaml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path):
    with pytest.raises(GuidelineError) as caught:
        load(path)
    return str(caught.value)


def test_a_good_guideline_is_read(folder):
    guideline = load(write(folder, GOOD))
    assert guideline.decisions["include"].rules[0].when == parse("size_px < 8")


def test_a_guideline_lies_anywhere_when_it_is_named_by_path(tmp_path):
    assert load(write(tmp_path, GOOD, "old.yaml")).version == "1.0.0"


def test_yaml_is_read_as_version_1_2(folder):
    text = GOOD.replace("[annotate, skip]", "[no, off]").replace("default: annotate", "default: no")
    guideline = load(write(folder, text.replace("then: skip", "then: off")))
    assert guideline.decisions["include"].outcomes == ("no", "off")


def test_a_byte_order_mark_and_windows_line_ends_are_read(folder):
    assert load(write(folder, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "    fuse: median",
            "    fuse: median\n    tpye: x",
            8,
            "fields.size_px.tpye: found an unknown key; allowed are .*; write type",
        ),
        (
            "        then: skip",
            "        tehn: skip\n        then: skip",
            16,
            r"decisions.include.rules\[0\].tehn: .* write then",
        ),
        ("consensus: {", "consensus: {\n  expert: 1, ", 18, "consensus.expert: .* write experts"),
        (
            "decisions:\n",
            "decision: 3\ndecisions:\n",
            8,
            "decision: found an unknown key; .* write decisions",
        ),
        (
            "    type: number\n",
            "    type: number\n    type: integer\n",
            5,
            "fields.size_px.type: found the key twice, first in line 4",
        ),
        (
            "    type: number",
            "    type: nmber",
            4,
            "fields.size_px.type: found 'nmber'; allowed is 'number', 'integer'",
        ),
        (
            "    fuse: median",
            "    fuse: mode",
            3,
            "fields.size_px: found fuse: mode on a number field from geometry; allowed is median or mean",
        ),
        (
            "    type: number\n",
            "",
            3,
            "fields.size_px.type: found nothing, and it is needed; add it",
        ),
        ("function: width", "function: girth", 6, "fields.size_px.function: found 'girth'"),
        (
            "size_px < 8",
            "size_px = 8",
            15,
            r"decisions.include.rules\[0\].when: column 9: found '='",
        ),
        (
            "size_px < 8",
            "sise_px < 8",
            15,
            r"decisions.include.rules\[0\].when: .*no field 'sise_px' is declared; there are: size_px",
        ),
        (
            '"size_px < 8"',
            "3",
            15,
            r"decisions.include.rules\[0\].when: found 3; allowed is an expression",
        ),
        (
            "then: skip",
            "then: drop",
            16,
            r"decisions.include.rules\[0\].then: found drop; the outcomes are: annotate, skip",
        ),
        ("default: annotate", "default: maybe", 12, "decisions.include.default: found maybe"),
        ("quorum: 2", "quorum: 4", 17, "consensus: found quorum 4 with 3 experts"),
        (
            "quorum: 2",
            "quorum: two",
            17,
            "consensus.quorum: found 'two'; allowed is a whole number; correct it",
        ),
        (
            "quorum: 2",
            "quorum: .nan",
            17,
            "consensus.quorum: found .nan; allowed are finite numbers",
        ),
        (
            "quorum: 2",
            "quorum: 1e999",
            17,
            "consensus.quorum: found 1e999; allowed are finite numbers",
        ),
        (
            "version: 1.0.0",
            "version: 1.0",
            1,
            "guideline.version: found 1.0; allowed is MAJOR.MINOR.PATCH",
        ),
        ("2026-03-02", "2026-13-02", 1, "guideline.released: found '2026-13-02'; allowed is"),
        (
            "  size_px:\n",
            "  Size-px:\n",
            3,
            "fields.Size-px: found 'Size-px'; allowed is a text of the form",
        ),
        ("  size_px:\n", "  ? [a]\n  : 1\n  size_px:\n", 3, "fields: found a key that is no word"),
        ("    fuse: median", "\tfuse: median", 7, "not YAML 1.2: .*correct the syntax"),
        ("    fuse: median", "   fuse: median", 7, "not YAML 1.2"),
        ("outcomes: [annotate, skip]", "outcomes: [annotate, skip", 12, "not YAML 1.2"),
        (
            "    type: number",
            "    type: &t number",
            4,
            "fields.size_px.type: found an anchor or alias",
        ),
        ("    type: number", "    type: *t", 4, "fields.size_px.type: found an anchor or alias"),
        (
            "    type: number",
            "    type: !!str number",
            4,
            "fields.size_px.type: found the tag .*str; allowed is none",
        ),
        ("    type: number", "    type: !!python/object:os.system x", 4, "found the tag"),
        ("consensus:", "---\nconsensus:", 17, "found a second document"),
        ("guideline: {", "%YAML 1.1\n---\nguideline: {", 1, "found a directive"),
        ("    type: number", "    type: n\u0000", 4, r"not YAML 1.2: found the character U\+0000"),
    ],
)
def test_a_mistake_is_refused_with_its_file_and_line(folder, old, new, line, message):
    assert GOOD.count(old) == 1
    path = write(folder, GOOD.replace(old, new))
    with pytest.raises(GuidelineError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path.as_posix()}:{line}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1: found nothing; allowed is a guideline"),
        ("# only a comment\n", "1: found nothing"),
        ("- a\n", "1: found no mapping"),
        ("just words\n", "1: found no mapping"),
        (b"set: \xff\xfe\n", "found bytes that are not UTF-8 at 5"),
        (b"\x89PNG\r\n\x1a\n\x00", "found bytes that are not UTF-8 at 0"),
    ],
)
def test_what_is_no_guideline_at_all_is_refused(folder, text, message):
    assert message in refusal(write(folder, text))


def test_a_file_that_is_not_there_is_refused(folder):
    assert "found no such file" in refusal(folder / "9.9.9.yaml")
    assert "found no such file" in refusal(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(folder):
    path = write(folder, GOOD)
    path.chmod(0)
    assert "cannot be read: Permission denied" in refusal(path)


def test_many_problems_are_listed_in_the_order_of_the_file_and_the_rest_counted(folder):
    bad = "".join(f"  f{n:02}: {{type: nmber, from: metadata, level: item}}\n" for n in range(13))
    lines = refusal(write(folder, GOOD.replace("decisions:\n", f"{bad}decisions:\n"))).splitlines()
    assert [line.split(":")[1] for line in lines[:10]] == [str(n) for n in range(8, 18)]
    assert lines[10:] == ["and 3 more problems"]


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "found an anchor or alias"),
        ("a: " + "[" * 100_000, "nested more than 20 deep"),
        ("a: " + "{b: " * 50_000, "nested more than 20 deep"),
        ("- " * 100_000, "nested more than 20 deep"),
        ("a: x\n" * 50_000, "found the key twice"),
        ("x" * (MAX_BYTES + 1), f"allowed are {MAX_BYTES}"),
        ("a: '" + "x" * 900_000, "not YAML 1.2"),
        (GOOD.replace("size_px < 8", "(" * 9_000), "at most 32 nested"),
        (GOOD.replace("size_px < 8", "not " * 2_000), "at most 32 nested"),
        (GOOD.replace("quorum: 2", "quorum: " + "9" * 5_000), "found 999"),
        (
            GOOD.replace("[annotate, skip]", f"[{', '.join(f'o{n}' for n in range(10_001))}]"),
            "allowed is a list of length 10000 or less",
        ),
    ],
    ids=[
        "laughs",
        "brackets",
        "braces",
        "dashes",
        "keys",
        "size",
        "quote",
        "parentheses",
        "nots",
        "digits",
        "outcomes",
    ],
)
def test_hostile_files_are_settled_in_bounded_time(folder, text, message):
    start = time.process_time()
    assert message in refusal(write(folder, text))
    assert time.process_time() - start < 10


def test_the_values_shown_in_a_message_are_short(folder):
    assert len(refusal(write(folder, GOOD.replace("type: number", f"type: {'x' * 5000}")))) < 500


def test_versions_are_read_in_their_order(folder):
    for version, before in (("1.0.0", None), ("10.0.0", "9.0.0"), ("9.0.0", "1.0.0")):
        supersedes = f", supersedes: {before}" if before else ""
        write(folder, GOOD.replace("1.0.0", f"{version}{supersedes}"), f"{version}.yaml")
    (folder / "README.md").write_text("Not a guideline.")
    assert list(load_all(folder)) == ["1.0.0", "9.0.0", "10.0.0"]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (GOOD, "2.0.0.yaml", "guideline.version: found 1.0.0; the place of the file says 2.0.0"),
        (GOOD.replace("street", "road"), "1.0.0.yaml", "guideline.set: found road; .* says street"),
        (GOOD, "1.0.0.yml", "found the ending .yml; allowed is .yaml"),
        (
            GOOD.replace("1.0.0", "1.0.0, supersedes: 0.9.0"),
            "1.0.0.yaml",
            "supersedes: found 0.9.0; the versions here are: 1.0.0",
        ),
    ],
)
def test_a_file_in_the_wrong_place_is_refused(folder, text, name, message):
    write(folder, text, name)
    with pytest.raises(GuidelineError, match=message):
        load_all(folder)


def test_a_set_without_a_version_is_refused(folder):
    with pytest.raises(GuidelineError, match="found no version"):
        load_all(folder)


def test_an_unknown_set_is_refused_with_those_there_are(folder):
    with pytest.raises(UnknownNameError, match="no set 'stret'; there are: street"):
        load_all(folder.parent / "stret")


@pytest.mark.parametrize("name", ["lung-nodules", "nodule-malignancy"])
def test_the_guidelines_of_this_repository_are_read_and_every_rule_is_explained(name):
    for guideline in load_all(GUIDELINES / name).values():
        explained = {block.id for block in prose_blocks(guideline)}
        for decision in guideline.decisions.values():
            for rule in decision.rules:
                assert f"rules.{rule.id}.text" in explained
                assert rule.examples
                assert sentence(rule.when, guideline.fields)
        assert {f"fields.{field}.text" for field in guideline.fields} <= explained
