"""``gk inbox``: the declaration on the command line becomes the declaration of the batch."""

import json

import pytest
import repositories
from typer.testing import CliRunner

from groundkeeper.cli import app

DECLARED = [
    *("--format", "lidc", "--round", "r1", "--era", "1.0.0", "--source", "here"),
    *("--licence", "CC0-1.0", "--independence", "unblinded", "--option", "unit=scan"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return repositories.pipeline(tmp_path_factory.mktemp("cli-inbox") / "repository")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "answers.txt"
    path.write_text("answers")
    return path


def gk(root, *words):
    return CliRunner().invoke(app, ["-C", str(root), "inbox", *map(str, words)])


def test_a_file_is_taken_in_once_and_listed(root, file):
    first, second = (gk(root, "add", "red", file, *DECLARED, "--json") for _ in range(2))
    added, again = json.loads(first.stdout), json.loads(second.stdout)
    assert (added.pop("new"), again.pop("new")) == (True, False)
    assert added == again
    assert added["options"] == {"unit": "scan"}
    assert added["independence"] == "unblinded"
    assert json.loads(gk(root, "list", "--json").stdout) == [{"set": "red", **added}]
    assert "answers.txt" in gk(root, "list", "red").stdout
    words = gk(root, "add", "red", file, *DECLARED)
    assert words.exit_code == 0
    assert "already; nothing changed" in words.stdout


def test_an_empty_inbox_says_how_to_fill_it(root):
    assert "gk inbox add" in gk(root, "list", "blue").stdout
    assert json.loads(gk(root, "list", "blue", "--json").stdout) == []


@pytest.mark.parametrize("option", ["unit", "=scan"])
def test_an_option_without_a_key_or_value_is_a_usage_error(root, file, option):
    done = gk(root, "add", "red", file, *DECLARED, "--option", option)
    assert done.exit_code == 2
    assert "KEY=VALUE" in done.stderr


def test_a_digest_that_differs_is_refused(root, file):
    done = gk(root, "add", "blue", file, *DECLARED, "--sha256", "0" * 64)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"error: {file}: sha256 is ")
