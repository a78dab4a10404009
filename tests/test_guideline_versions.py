import re

import pytest
import typer
from project import ROOT

from groundkeeper.cli.application import root_if_any
from groundkeeper.errors import GuidelineError, UnknownNameError
from groundkeeper.guideline_versions import find, path_of

TEXT = """\
guideline: {set: SET, version: VERSION, released: 2026-03-02, owners: [Ada], status: published}
fields: {night: {type: bool, from: metadata, level: item}}
decisions:
  include: {by: derived, outcomes: [annotate, skip], default: annotate}
consensus: {experts: 3, quorum: 2, match: {by: item}, shape: none}
"""


def write(path, set_name="street", version="1.0.0"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT.replace("SET", set_name).replace("VERSION", version))
    return path


@pytest.fixture
def root(tmp_path):
    for set_name, version in (("street", "1.0.0"), ("street", "10.2.0"), ("forest", "1.0.0")):
        write(tmp_path / f"guidelines/{set_name}/{version}.yaml", set_name, version)
    return tmp_path


def refusal(reference, root):
    with pytest.raises((GuidelineError, UnknownNameError)) as caught:
        find(reference, root)
    return str(caught.value)


def test_a_version_of_a_set_is_found_in_the_repository(root):
    assert find("street@10.2.0", root).version == "10.2.0"
    assert path_of("street@10.2.0", root) == root / "guidelines/street/10.2.0.yaml"


@pytest.mark.parametrize("name", ["old.yaml", "street@9.9.9.yaml", "OLD.YML", "here/street@1.0.0"])
def test_a_path_needs_no_repository_and_says_nothing_of_set_or_version(tmp_path, monkeypatch, name):
    write(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert find(name, None).version == "1.0.0"
    assert path_of(str(tmp_path / name), None) == tmp_path / name


def test_a_file_without_an_ending_is_found_by_its_name(tmp_path, monkeypatch):
    write(tmp_path / "before")
    monkeypatch.chdir(tmp_path)
    assert find("before", None).set_name == "street"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("road@1.0.0", "no set 'road'; there are: forest, street"),
        ("../street@1.0.0", r"'\.\./street@1.0.0': found no such file; .* check the spelling"),
        ("street@2.0.0", "no version 'street@2.0.0'; there are: 1.0.0, 10.2.0"),
        ("street@01.0.0", "no version 'street@01.0.0'; there are: 1.0.0, 10.2.0"),
        (
            "street@1.0",
            "'street@1.0': found no MAJOR.MINOR.PATCH after a set; allowed is SET@X.Y.Z",
        ),
        ("street@", "'street@': found no MAJOR.MINOR.PATCH after a set"),
        ("@1.0.0", "'@1.0.0': found no MAJOR.MINOR.PATCH after a set"),
        ("street@1.0.0@1.0.0", "found no MAJOR.MINOR.PATCH after a set"),
        (
            "street",
            "'street': found no such file; allowed is SET@X.Y.Z in a repository, or the path",
        ),
        ("", "'': found a folder; allowed is SET@X.Y.Z"),
        ("new.yaml", "'new.yaml': found no such file"),
        (".", r"'\.': found a folder"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(root, reference, message):
    assert re.search(message, refusal(reference, root))


def test_outside_a_repository_the_message_says_how_to_name_one():
    assert "`gk -C FOLDER ...`, or name the file by its path" in refusal("street@1.0.0", None)


def test_a_version_is_held_against_the_place_of_its_file(root):
    write(root / "guidelines/street/2.0.0.yaml", "street", "1.0.0")
    assert "guideline.version: found 1.0.0; the place of the file says 2.0.0" in refusal(
        "street@2.0.0", root
    )


def test_a_repository_without_guidelines_has_no_sets(tmp_path):
    assert refusal("street@1.0.0", tmp_path) == "no set 'street'; there are: none"


def test_one_broken_version_leaves_the_others_readable(root):
    (root / "guidelines/street/3.0.0.yaml").write_text("nothing: here")
    assert find("street@1.0.0", root).version == "1.0.0"


@pytest.mark.parametrize(("start", "expected"), [(ROOT / "tests", None), (ROOT, ROOT)])
def test_a_root_that_was_given_is_taken_as_it_is(start, expected):
    command = typer.main.get_command(
        typer.Typer(callback=lambda: None, invoke_without_command=True)
    )
    assert root_if_any(typer.Context(command, obj=start)) == expected


def test_without_one_given_the_root_is_the_nearest_around_here(monkeypatch, tmp_path):
    command = typer.main.get_command(
        typer.Typer(callback=lambda: None, invoke_without_command=True)
    )
    monkeypatch.chdir(ROOT / "tests")
    assert root_if_any(typer.Context(command, obj=None)) == ROOT
    monkeypatch.chdir(tmp_path)
    assert root_if_any(typer.Context(command, obj=None)) is None
