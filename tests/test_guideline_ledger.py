"""What was published stays as it was: the ledger, and the way into it."""

import json

import pytest
import repositories
from project import ROOT
from repositories import git

from groundkeeper import guideline_checks, guideline_ledger, refresh, snapshots
from groundkeeper.errors import GuidelineError
from groundkeeper.guideline_publishing import publish

DRAFT = """\
# status: draft
guideline:
  set: red
  version: 1.0.0
  released: 2026-03-02
  owners: [Ada]
  status: draft  # draft until the lead agrees
fields:
  size_px: {type: number, from: geometry, function: width, fuse: median}
decisions:
  include:
    by: derived
    outcomes: [annotate, skip]
    default: annotate
    rules: [{id: inc.small, when: "size_px < 8", then: skip, text: draft, examples: [7 px]}]
consensus: {experts: 3, quorum: 2, match: {by: item}, shape: none}
"""
FLOW = DRAFT[DRAFT.index("guideline") : DRAFT.index("fields")]
FLOWING = "guideline: {set: red, version: 1.0.0, released: 2026-03-02, owners: [draft], 'status':\n  %s}\n"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "guidelines" / "red"
    made.mkdir(parents=True)
    return made


def write(folder, text=DRAFT, version="1.0.0"):
    path = folder / f"{version}.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def second(text=DRAFT):
    return text.replace("version: 1.0.0", "version: 1.0.1\n  supersedes: 1.0.0")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (DRAFT, b"  status: %s  # draft until"),
        (DRAFT.replace("status: draft ", "status: 'draft' "), b"  status: '%s'  # draft until"),
        (DRAFT.replace(FLOW, FLOWING % "draft"), b"'status':\n  %s}"),
        (DRAFT.replace("\n", "\r\n"), b"  status: %s  # draft until"),
        ("\ufeff" + DRAFT, b"  status: %s  # draft until"),
        (DRAFT.replace("[Ada]", '["\U0001f33f"]'), b"  status: %s  # draft until"),
    ],
    ids=["block", "quoted", "flow", "crlf", "bom", "beyond the first plane"],
)
def test_publishing_changes_the_status_and_no_other_byte(folder, text, status):
    path = write(folder, text)
    before = path.read_bytes()
    done = publish(path)
    assert done.is_new
    assert path.read_bytes() == before.replace(status % b"draft", status % b"published")
    assert path.read_bytes() != before
    assert guideline_ledger.read(folder) == {"1.0.0": guideline_ledger.digest_of(path)}


def test_publishing_again_changes_nothing(folder):
    path = write(folder)
    first = publish(path)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    again = publish(path)
    assert (again.is_new, again.sha256) == (False, first.sha256)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_a_published_version_outside_the_ledger_is_frozen_as_it_is(folder):
    path = write(folder, DRAFT.replace("status: draft ", "status: published "))
    before = path.read_bytes()
    assert [f.finding.check for f in guideline_checks.check(path)] == ["not-frozen"]
    publish(path)
    assert path.read_bytes() == before
    assert guideline_checks.check(path) == ()


def test_publishing_that_was_killed_half_way_is_finished_by_publishing_again(folder, monkeypatch):
    path = write(folder)
    with monkeypatch.context() as broken:
        broken.setattr(guideline_ledger, "add", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            publish(path)
    assert guideline_ledger.read(folder) == {}
    assert publish(path).is_new
    assert guideline_ledger.complaints(folder) == {}


def test_nothing_is_published_where_lint_finds_an_error(folder):
    path = write(folder, DRAFT.replace("function: width, ", ""))
    with pytest.raises(
        GuidelineError, match=r"1\.0\.0\.yaml:9: error: fields\.size_px: .*\nnothing"
    ):
        publish(path)
    assert path.read_bytes() == DRAFT.replace("function: width, ", "").encode()
    assert not (folder / guideline_ledger.LEDGER).exists()


def test_a_draft_is_nothing_to_build_on(folder):
    write(folder)
    with pytest.raises(GuidelineError, match=r"found 1\.0\.0, which is a draft"):
        publish(write(folder, second(), "1.0.1"))


def test_an_edit_after_publishing_is_refused_everywhere(folder):
    path = write(folder)
    publish(path)
    path.write_text(path.read_text().replace("< 8", "< 9"))
    with pytest.raises(GuidelineError, match="was edited; a published version never changes"):
        publish(path)
    with pytest.raises(GuidelineError, match="was edited"):
        publish(write(folder, second(), "1.0.1"))
    errors = [f for f in guideline_checks.check(path) if f.finding.severity == "error"]
    assert [f.finding.check for f in errors] == ["published-changed"]


def test_a_published_version_that_is_gone_is_an_error(folder):
    path = write(folder)
    publish(path)
    path.rename(folder / "1.0.0.yml.old")
    (found,) = guideline_checks.check_folder(folder)
    assert found.path.name == "published.json"
    assert "1.0.0: found a published version that is gone" in found.finding.message


def test_a_version_whose_predecessor_is_not_there_is_checked_as_far_as_it_goes(folder):
    found = guideline_checks.check(write(folder, second(), "1.0.1"))
    assert [f.finding.check for f in found] == ["supersedes-not-found"]


def test_a_file_that_is_not_in_its_place_is_an_error(folder):
    write(folder, DRAFT, "1.1.0")
    (folder / "2.0.0.yml").write_text(DRAFT)
    places = [(f.path.name, f.finding.severity) for f in guideline_checks.check_folder(folder)]
    assert places == [("1.1.0.yaml", "error"), ("2.0.0.yml", "error")]


@pytest.mark.parametrize("text", ["[]", "{", '{"1.0.0": "abc"}'])
def test_a_ledger_that_is_none_is_refused(folder, text):
    (folder / guideline_ledger.LEDGER).write_text(text)
    with pytest.raises(GuidelineError, match=r"published\.json"):
        publish(write(folder))


def test_a_refresh_refuses_a_published_version_that_was_edited(tmp_path):
    root = repositories.pipeline(tmp_path / "repository")
    folder = root / "guidelines" / "red"
    folder.mkdir(parents=True)
    path = write(folder)
    publish(path)
    refresh.prepare(root, ["red"])
    path.write_text(path.read_text().replace("< 8", "< 9"))
    with pytest.raises(
        GuidelineError, match=r"red/1\.0\.0\.yaml: found a published version that was edited"
    ):
        refresh.prepare(root, ["red"])


def test_a_snapshot_holds_the_ledger(tmp_path):
    root = repositories.plain(tmp_path / "repository")
    folder = root / "guidelines" / "red"
    folder.mkdir(parents=True)
    publish(write(folder))
    repositories.release(root, "red", "one")
    taken = snapshots.take(root, ["red"])
    held = git(root, "show", f"{taken.new[0].tag}:guidelines/red/published.json")
    assert json.loads(held) == guideline_ledger.read(folder)


@pytest.mark.parametrize("folder", sorted((ROOT / "guidelines").iterdir()), ids=lambda f: f.name)
def test_the_guidelines_of_the_project_are_frozen_and_without_mistakes(folder):
    found = guideline_checks.check_folder(folder)
    assert {located.finding.severity for located in found} <= {"note"}
    assert {path.stem for path in folder.glob("*.yaml")} == set(guideline_ledger.read(folder))
