"""``gk replay``: one document or a table, progress, and exit 1 when a version is refused."""

import json

import pytest
from builders.versioned_repository import MOVED, TAGS, under, versioned
from typer.testing import CliRunner

from groundkeeper.cli import app


def gk(root, *words):
    return CliRunner().invoke(app, ["-C", str(root), "replay", "red", *words])


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A repository and what the first replay of its earlier versions printed."""
    root = versioned(tmp_path_factory.mktemp("cli") / "repository")
    return root, gk(root, "--earlier")


def test_the_command_prints_a_table_and_tells_its_progress(first):
    root, shown = first
    assert shown.exit_code == 0
    assert all(tag in shown.stdout for tag in TAGS[:2])
    assert "1.1.0 release@red" in shown.stderr
    again = gk(root, "--earlier")
    assert "there before" in again.stdout
    assert again.stderr == ""


def test_the_command_prints_one_document(first):
    document = json.loads(gk(first[0], "--earlier", "--json").stdout)
    assert document["set"] == "red"
    fields = ["version", "tag", "new", "records", "moved", "seconds", "message"]
    assert [list(one) for one in document["versions"]] == [fields] * 2
    assert [one["tag"] for one in document["versions"]] == TAGS[:2]
    assert [one["moved"] for one in document["versions"]] == [None, vars(MOVED[1])]


def test_the_command_fails_when_a_version_is_refused(tmp_path):
    root = versioned(tmp_path / "repository", "cat refused-1.0.0")
    shown = gk(root, "--earlier", "--json")
    assert shown.exit_code == 1
    assert [one["tag"] for one in json.loads(shown.stdout)["versions"]] == [None, TAGS[1]]
    said = shown.stderr.splitlines()[-1]
    assert said == "error: 1.0.0: release@red: words.txt: refuses 1.0.0"


def test_without_an_earlier_version_the_command_says_so(tmp_path):
    root = under(versioned(tmp_path / "repository"), "1.0.0")
    assert gk(root, "--earlier").stdout == "red: no version before the one in force\n"
