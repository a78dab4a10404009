"""What the documents show is there, and what they tell people to type works."""

import json
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from project import ROOT, Document
from typer.testing import CliRunner

from groundkeeper.cli import app

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").glob("*.md"))
)
README = Document.at("README.md")
UNNAMED = {"groundkeeper.egg-info", "build", "dist", "dvc.lock"}
"""Entries at the top that tools make."""
TOOLS = Path(sys.executable).parent


def commands(page):
    """The lines that a page tells people to type, as words; comments are dropped."""
    lines = [line for block in Document.at(page).blocks("sh") for line in block.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


TYPED = [(page, words) for page in PAGES for words in commands(page)]
GK = sorted({tuple(words) for _, words in TYPED if words[0] == "gk"})
READS = {("log",), ("status",), ("what-if",), ("inbox", "list"), ("guideline", "lint")}
MADE_UP = {"messages", "street"}
"""Sets of examples."""
READ_ONLY = [
    words
    for words in GK
    if (words[1:2] in READS or words[1:3] in READS) and not MADE_UP & set(words)
]


def gk(*words):
    """What the command prints, run in this process and folder; fails the test if the command fails."""
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def words_of(table):
    """How often each word is in *table*, every number taken for 0: where lines break depends on the numbers."""
    return Counter(re.findall(r"[^\s│┃─━┏┓┗┛┡┩┳┻╇┴└┘]+", re.sub(r"-?\d+(?:\.\d+)?", "0", table)))


def test_the_readme_names_every_entry_at_the_top_and_no_other():
    named = {row[0].strip("`").rstrip("/") for row in README.rows("path")}
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert named == there - UNNAMED - {"README.md"}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    folder = (ROOT / page).parent
    assert [target for target in Document.at(page).links() if not (folder / target).exists()] == []


def test_every_target_of_make_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    asked = {words[-1] for _, words in TYPED if words[0] == "make"}
    assert asked
    assert asked <= targets


def test_every_script_exists():
    asked = {
        word for _, words in TYPED for word in words if re.match(r"(scripts|benchmarks)/", word)
    }
    assert asked
    assert [path for path in asked if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("words", GK, ids=" ".join)
def test_every_command_and_option_of_gk_is_known(words):
    """Asked for help, so that nothing is done: an unknown command or option fails all the same."""
    shown = gk(*words[1:], "--help")
    assert [word for word in words if word.startswith("--") and word not in shown] == []


@pytest.mark.parametrize("words", READ_ONLY, ids=" ".join)
def test_every_command_of_gk_that_only_reads_runs(words, built, monkeypatch):
    monkeypatch.chdir(built)
    gk(*words[1:])


def test_the_output_that_the_readme_shows_has_the_shape_of_the_real_one(built):
    (shown,) = README.blocks("text")
    done = subprocess.run(
        [TOOLS / "gk", "status", "--fast"], cwd=built, capture_output=True, text=True, check=True
    )
    assert words_of(shown) == words_of(done.stdout)


def test_the_cost_curve_that_the_readme_shows_is_the_real_one(built, monkeypatch):
    monkeypatch.chdir(built)
    asked = next(words for words in GK if words[1:3] == ("what-if", "lung-nodules@1.0.0"))
    keys = ("value", "touched", "need_a_person", "second_looks")
    points = json.loads(gk(*asked[1:], "--json"))
    curve = [[f"{point[key]:g}" for key in keys] for point in points]
    assert README.rows("threshold, mm") == curve
