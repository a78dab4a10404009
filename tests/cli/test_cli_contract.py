"""Every command: help with an example, one JSON document, one message when it fails."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import repositories
from repositories import git
from typer.main import get_command
from typer.testing import CliRunner

from groundkeeper import refresh
from groundkeeper.cli import app, running

FIELDS_OF_LOG = ["tag", "set", "guideline", "n", "commit", "created", "records", "content_digest"]
FULL = Path("/dev/full")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    root = repositories.pipeline(tmp_path_factory.mktemp("cli") / "template")
    refresh.run(root)
    return root


@pytest.fixture
def root(template, tmp_path):
    return shutil.copytree(template, tmp_path / "repository")


def gk(root, *words):
    return CliRunner().invoke(app, ["-C", str(root), *map(str, words)])


def commands(group=None, names=()):
    """Every command with the words that call it."""
    group = group or get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*names, name))
        else:
            yield (*names, name)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_help_ends_with_an_example_of_this_command(words):
    text = CliRunner().invoke(app, [*words, "--help"]).output
    example = " ".join(text[text.index("Example:") :].split())
    assert example.startswith(f"Example: gk {' '.join(words)}")


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_can_print_json(words):
    assert "--json" in CliRunner().invoke(app, [*words, "--help"]).output


def test_log_prints_the_fields_of_its_contract(template):
    done = gk(template, "log", "--json")
    documents = json.loads(done.stdout)
    assert [list(document) for document in documents] == [FIELDS_OF_LOG] * 2
    assert {document["tag"] for document in documents} == {"gt/red/1.0.0/1", "gt/blue/1.0.0/1"}


def test_log_can_be_narrowed(template):
    assert [d["set"] for d in json.loads(gk(template, "log", "red", "--json").stdout)] == ["red"]
    assert json.loads(gk(template, "log", "--guideline", "9.9.9", "--json").stdout) == []
    assert "gt/red/1.0.0/1" in gk(template, "log", "red").stdout


def test_status_says_where_each_set_stands(root):
    (root / "source-red.txt").write_text("red new\n")
    red, blue = json.loads(gk(root, "status", "--json").stdout)
    assert (red["set"], red["guideline"], red["tag"]) == ("red", "1.0.0", "gt/red/1.0.0/1")
    assert red["counts"]["agreed"] == 1
    assert red["stale"][0] == {"stage": "items@red", "reasons": ["modified source-red.txt"]}
    assert blue["stale"] == []
    shown = gk(root, "status").stdout
    assert "red: out of date: items@red, release@red" in shown
    assert "blue: out of date: nothing" in shown
    assert json.loads(gk(root, "status", "--fast", "--json").stdout)[0]["stale"] is None


def test_refresh_prints_a_table_and_where_to_look(root):
    (root / "source-red.txt").write_text("red new\n")
    done = gk(root, "refresh")
    assert done.exit_code == 0
    assert "new snapshots: gt/red/1.0.0/2" in done.stdout
    assert "0.80 [0.70, 0.90] (n 4, groups 2)" in done.stdout
    assert f"open {root}/data/report/red/index.html" in done.stdout
    assert "release@red" in done.stderr, "progress is told on stderr"
    assert "release@blue" not in done.stderr


def test_a_second_refresh_says_that_nothing_had_to_be_rebuilt(template):
    assert gk(template, "refresh").stdout.splitlines()[-1] == "nothing had to be rebuilt"


def test_refresh_prints_one_document_with_what_is_new(root):
    (root / "source-red.txt").write_text("red new\n")
    document = json.loads(gk(root, "refresh", "--set", "red", "--json").stdout)
    assert [snapshot["tag"] for snapshot in document["new"]] == ["gt/red/1.0.0/2"]
    assert [stage["state"] for stage in document["stages"]] == ["ran", "ran", "ran"]
    assert document["sets"][0]["tag"] == "gt/red/1.0.0/2"
    assert document["commit"] == git(root, "rev-parse", "HEAD")


def test_a_failed_refresh_is_one_message_in_the_words_of_the_stage(root):
    (root / "source-red.txt").write_text("red break\n")
    done = gk(root, "refresh", "--json")
    assert done.exit_code == 1
    last = done.stderr.splitlines()[-1]
    assert last == "error: release@red: source-red.txt: holds the word break; take it out"
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["new"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["refresh", "--set", "green"], "no set 'green'; there are: blue, red"),
        (["status", "--set", "green"], "no set 'green'; there are: blue, red"),
        (["log", "green"], "no set 'green'; there are: blue, red"),
        (["inbox", "list", "green"], "no set 'green'; there are: blue, red"),
        (["run", "bake", "--set", "red"], "no stage 'bake'; there are: agreement, "),
        (["run", "items", "--set", "green"], "no set 'green'; there are: blue, red"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_a_wrong_name_is_one_line_on_stderr(template, words, said):
    done = gk(template, *words, *([] if words[0] == "run" else ["--json"]))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert re.fullmatch(f"error: {re.escape(said)}.*\n", done.stderr)


def test_run_prints_the_figures_of_one_stage(template, monkeypatch):
    figures = {"records": 12.0, "alpha": float("nan")}
    monkeypatch.setattr(running, "execute", lambda *_: figures)
    shown = gk(template, "run", "decide", "--set", "red").stdout
    assert re.search(r"decide@red .* value", shown)
    assert re.search(r"records .* 12 ", shown)
    document = json.loads(gk(template, "run", "decide", "--set", "red", "--json").stdout)
    assert document == {"records": 12.0, "alpha": None}, "undefined is null, for JSON has no nan"


def test_outside_a_repository_every_command_says_how_to_name_one(tmp_path):
    done = gk(tmp_path, "log")
    assert done.exit_code == 1
    assert "gk -C FOLDER" in done.stderr


def test_the_root_is_found_from_below(template, monkeypatch):
    monkeypatch.chdir(template / "data" / "gt")
    assert len(json.loads(CliRunner().invoke(app, ["log", "--json"]).stdout)) == 2


def test_a_bug_keeps_its_traceback(template, monkeypatch):
    monkeypatch.setattr(refresh, "run", lambda *_, **__: 1 / 0)
    assert isinstance(gk(template, "refresh").exception, ZeroDivisionError)


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", [("--version",), ("log", "--json")], ids=" ".join)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_is_refused_is_one_message(template, words, unbuffered):
    command = [
        sys.executable,
        "-c",
        "from groundkeeper.cli import app; app()",
        "-C",
        template,
        *words,
    ]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with FULL.open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment
        )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: what was to be written was refused (No space left on device)")


def test_version_is_printed():
    assert re.fullmatch(
        r"groundkeeper \d+\.\d+\.\d+\n", CliRunner().invoke(app, ["--version"]).stdout
    )
