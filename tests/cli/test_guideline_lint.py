"""``gk guideline lint`` and ``publish``: lines as compilers print them, one JSON document, an exit status."""

import json
import subprocess
import sys

import pytest
from strategies.guideline_documents import document
from typer.testing import CliRunner

from groundkeeper import guideline_ledger
from groundkeeper.cli import app

FIRST = {
    "guideline/version": "1.0.0",
    "guideline/supersedes": None,
    "decisions/include/rules/1/examples": ["3 px, cut off"],
    "decisions/include/rules/1/opaque/scope": "agreeing < 2",
}
SECOND = FIRST | {
    "guideline/version": "1.0.1",
    "guideline/supersedes": "1.0.0",
    "guideline/status": "draft",
    "decisions/include/rules/0/when": "size_px < 7 and night",
}
KEYS = ["file", "line", "severity", "check", "rule_id", "path", "message"]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository with one published version, and one that is not what it declares."""
    (tmp_path / "params.yaml").write_text("sets: {street: {guideline: {version: 1.0.0}}}\n")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    folder = tmp_path / "guidelines" / "street"
    folder.mkdir(parents=True)
    write(folder / "1.0.0.yaml", FIRST)
    write(folder / "1.0.1.yaml", SECOND)
    monkeypatch.chdir(tmp_path)
    guideline_ledger.add(folder, "1.0.0", guideline_ledger.digest_of(folder / "1.0.0.yaml"))
    return tmp_path


def write(path, changes):
    """Write the guideline as JSON, which is YAML; one key a line."""
    path.write_text(json.dumps(document(changes), indent=1))


def gk(*words):
    return CliRunner().invoke(app, ["guideline", *map(str, words)])


def line_of(text, root, version="1.0.1"):
    lines = (root / f"guidelines/street/{version}.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_findings_are_lines_with_file_line_severity_and_rule(root):
    done = gk("lint")
    assert done.exit_code == 1
    place = f"guidelines/street/1.0.1.yaml:{line_of('1.0.1', root)}: error: guideline.version: "
    assert f"{place}found 1.0.1, a patch step from 1.0.0, but what changed is major" in done.output
    rule = line_of("inc.small", root) - 1
    assert f"guidelines/street/1.0.1.yaml:{rule}: error: inc.small: found a change" in done.output
    assert done.output.splitlines()[-1] == "2 errors, 0 warnings, 2 notes in 2 files"


@pytest.mark.usefixtures("root")
def test_findings_are_one_array_of_json():
    found = json.loads(gk("lint", "street@1.0.1", "--json").output)
    assert [list(one) for one in found] == [KEYS] * len(found)
    errors = {one["check"] for one in found if one["severity"] == "error"}
    assert errors == {"level-too-low", "change-without-entry"}


def test_warnings_fail_only_if_strict(root):
    write(root / "guidelines/street/1.0.0.yaml", FIRST | {"decisions/include/rules/0/examples": []})
    (root / "guidelines/street/published.json").unlink()
    assert gk("lint", "street@1.0.0").exit_code == 0
    assert gk("lint", "street@1.0.0", "--strict").exit_code == 1


def test_a_file_that_is_no_guideline_is_a_finding_beside_the_others(root):
    (root / "guidelines/street/1.0.2.yaml").write_text("guideline: {set: street}\n")
    done = gk("lint", "street")
    assert done.exit_code == 1
    assert "1.0.2.yaml:1: error: guideline.version: found nothing" in done.output
    assert "1.0.1.yaml" in done.output
    assert "in 3 files" in done.output


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("road", "no set 'road'; there are: street"),
        ("street@9.0.0", "1.0.0, 1.0.1"),
        ("no/such.yaml", "no such file"),
    ],
)
@pytest.mark.usefixtures("root")
def test_what_is_not_there_is_one_message(word, message):
    done = gk("lint", word)
    assert done.exit_code == 1
    assert message in done.stderr


def test_a_version_with_errors_is_not_published(root):
    before = (root / "guidelines/street/1.0.1.yaml").read_bytes()
    done = gk("publish", "street@1.0.1")
    assert done.exit_code == 1
    assert "a patch step from 1.0.0, but what changed is major" in done.stderr
    assert (root / "guidelines/street/1.0.1.yaml").read_bytes() == before


def test_a_version_without_errors_is_published_once(root):
    entry = {"kind": "threshold", "target": "inc.small", "rationale": "Seen.", "decided_by": "Ada"}
    log = {"changelog": [{"id": "CHG-2", **entry}], "guideline/version": "2.0.0"}
    write(root / "guidelines/street/2.0.0.yaml", SECOND | log)
    (root / "guidelines/street/1.0.1.yaml").unlink()
    first = json.loads(gk("publish", "street@2.0.0", "--json").output)
    assert (first["new"], first["version"]) == (True, "2.0.0")
    again = gk("publish", "guidelines/street/2.0.0.yaml")
    assert again.output == f"street@2.0.0: published before, unchanged, sha256 {first['sha256']}\n"
    assert gk("lint", "--strict").exit_code == 0


def test_a_file_is_checked_outside_any_repository_and_without_the_tools_of_one(tmp_path):
    write(tmp_path / "old.yaml", FIRST)
    code = (
        "import sys; sys.argv = ['gk', 'guideline', 'lint', 'old.yaml', '--json']\n"
        "from groundkeeper.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code, done.code\n"
        "found = {'dvc', 'git', 'prefect', 'great_expectations', 'pandera'} & set(sys.modules)\n"
        "assert not found, found"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {one["file"] for one in json.loads(done.stdout)} == {"old.yaml"}
