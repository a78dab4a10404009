"""Rules of the house that no linter knows."""

import os
import re
import subprocess
import tomllib

import pytest
from packaging.requirements import Requirement
from project import PACKAGES, ROOT

CODE = sorted(
    path
    for folder in (*PACKAGES, "benchmarks", "scripts", "tests")
    for path in (ROOT / folder).rglob("*.py")
)
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = [
    ROOT / name
    for name in ("Makefile", "dvc.yaml", "params.yaml", "prefect.yaml", "pyproject.toml")
]
LONGEST = 400
SAYS_NOTHING = {"common", "helpers", "misc", "util", "utils"}
A_PLACE_ON_A_MACHINE = re.compile(r"(?<![\w.$}])/(?:home|Users|root|work|mnt|opt|tmp|var)/\w")
AN_ADDRESS = re.compile(r"\w+://|\bfile:|--(?:extra-)?index|--find-links|--trusted-host")


def relative(path):
    return path.relative_to(ROOT).as_posix()


def requirements(name):
    """Distribution name to the requirement that a file has for it."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    texts = [line.split("#")[0].strip() for line in lines]
    return [Requirement(text) for text in texts if text]


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("path", CODE, ids=relative)
def test_a_module_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", CODE, ids=relative)
def test_a_module_has_a_name_that_says_what_it_holds(path):
    assert not SAYS_NOTHING & {*path.relative_to(ROOT).with_suffix("").parts}


@pytest.mark.parametrize("path", [*CODE, *DOCUMENTS, *SETTINGS], ids=relative)
def test_no_file_names_a_place_on_somebodys_machine(path):
    found = A_PLACE_ON_A_MACHINE.findall(path.read_text(encoding="utf-8"))
    assert found == []


def test_test_files_have_names_of_their_own():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", ["requirements.in", "requirements.lock"])
def test_the_requirements_name_no_index(name):
    found = AN_ADDRESS.findall((ROOT / name).read_text(encoding="utf-8"))
    assert found == []


def test_the_lock_satisfies_what_is_asked_for():
    pins = {}
    for pin in requirements("requirements.lock"):
        pins.setdefault(canonical(pin.name), []).append(next(iter(pin.specifier)).version)
    for wanted in requirements("requirements.in"):
        chosen = pins.get(canonical(wanted.name), [])
        assert chosen, f"{wanted.name} is not in requirements.lock; run `make lock`"
        assert all(version in wanted.specifier for version in chosen), str(wanted)


def test_the_requirements_are_those_of_the_project():
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    declared = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
        *document["dependency-groups"]["dev"],
    ]
    asked = {canonical(each.name): each.specifier for each in requirements("requirements.in")}
    for wanted in map(Requirement, declared):
        if wanted.name != project["name"]:
            assert asked.get(canonical(wanted.name)) == wanted.specifier, str(wanted)


def test_the_scripts_that_are_run_by_name_can_be_run():
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_pre_commit_runs_what_ci_runs():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"entry: (.*)", hooks) == ["make lint"]
    assert "repo: local" in hooks
    assert "make lint" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_make_lists_every_target_that_a_person_calls():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[1] for line in listed.stdout.splitlines()] == phony.split()


def test_where_all_is_made_make_has_nothing_left_to_do_but_to_refresh(built):
    if not (built / ".venv/.installed").exists():
        pytest.skip("this repository was built in another environment")
    planned = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "gt"],
        cwd=built,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = planned.stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("gk refresh")
