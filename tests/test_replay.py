"""A replay: one snapshot per guideline version on the way, and nothing of the user's moves."""

import json
import re
import shutil
import subprocess

import pytest
import repositories
from builders.versioned_repository import (
    IN_FORCE,
    KEY,
    MOVED,
    PARAMS,
    TAGS,
    WAY,
    WORDS,
    left_behind,
    of_the_user,
    tags,
    take_in,
    under,
    versioned,
)
from repositories import git

from groundkeeper import pipeline, refresh
from groundkeeper.errors import (
    GuidelineError,
    InboxError,
    ParamsError,
    PipelineError,
    SnapshotError,
    UnknownNameError,
)
from groundkeeper.pipeline import Event, State
from groundkeeper.replay import put_in_force, replay, way

pytestmark = pytest.mark.slow  # version after version is built in a second work tree


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A clone in which a batch was taken in and nothing was ever built."""
    return versioned(tmp_path_factory.mktemp("replay") / "fresh")


@pytest.fixture(scope="module")
def replayed(fresh, tmp_path_factory):
    """The same after a replay, and what the replay said."""
    root = shutil.copytree(fresh, tmp_path_factory.mktemp("replayed") / "repository")
    return root, replay(root, "red")


@pytest.fixture
def root(fresh, tmp_path):
    return shutil.copytree(fresh, tmp_path / "repository")


@pytest.fixture
def alone(root):
    """A set with one version on the way, where more of them would show no more."""
    return under(root, "1.0.0")


@pytest.fixture
def done(replayed, tmp_path):
    return shutil.copytree(replayed[0], tmp_path / "repository")


def test_every_version_up_to_the_one_in_force_has_a_snapshot_and_the_next_one_has_none(replayed):
    root, said = replayed
    assert [stop.snapshot.tag for stop in said.stops] == TAGS
    assert list(tags(root)) == TAGS
    assert [snapshot.tag for snapshot in said.new] == TAGS
    said.require_success()


def test_each_snapshot_follows_the_last_commit_and_has_its_version_in_force(replayed):
    root, _ = replayed
    head = git(root, "rev-parse", "main")
    for version, tag in zip(WAY, TAGS, strict=True):
        assert git(root, "rev-parse", f"{tag}^{{commit}}~") == head
        assert git(root, "show", f"{tag}:params.yaml") == PARAMS.replace(IN_FORCE, version).strip()
        manifest = json.loads(git(root, "show", f"{tag}:data/gt/red/manifest.json"))
        assert manifest["guideline"]["version"] == version
        assert git(root, "show", f"{tag}:data/inbox/red/{KEY}.dvc")


def test_what_moved_is_counted_against_the_version_before(replayed):
    _, said = replayed
    assert [stop.moved for stop in said.stops] == MOVED


def test_nothing_of_the_user_is_touched(alone):
    (alone / "notes.txt").write_text("mine\n")
    (alone / "make.py").write_text((alone / "make.py").read_text() + "# staged\n")
    git(alone, "add", "make.py")
    before = of_the_user(alone)
    replay(alone, "red")
    assert of_the_user(alone) == before
    assert left_behind(alone) == []


def test_a_second_replay_builds_nothing_and_says_the_same(done, replayed):
    before = repositories.refs(done)
    events = []
    again = replay(done, "red", on_stage=events.append)
    assert (events, again.new) == ([], ())
    assert [stop.snapshot for stop in again.stops] == [s.snapshot for s in replayed[1].stops]
    assert [stop.moved for stop in again.stops] == MOVED
    assert repositories.refs(done) == before


def test_a_snapshot_whose_data_are_lost_is_there_and_nothing_is_said_of_what_moved(done):
    shutil.rmtree(done / ".dvc/cache")
    again = replay(done, "red")
    assert [(stop.snapshot.tag, stop.moved) for stop in again.stops] == [(t, None) for t in TAGS]


def test_a_batch_that_is_here_and_in_no_cache_is_good_enough(alone):
    shutil.rmtree(alone / ".dvc/cache")
    assert [s.tag for s in replay(alone, "red").new] == TAGS[:1]


def test_a_batch_that_was_edited_is_refused_before_anything_is_made(alone):
    (alone / f"data/inbox/red/{KEY}/words.txt").write_text("other words")
    with pytest.raises(InboxError, match=r"batch\.json"):
        replay(alone, "red")
    assert not (alone / ".git/groundkeeper").exists()


def test_what_dvc_remembers_of_the_scratch_tree_goes_with_it(alone):
    found = []

    def look(event: Event) -> None:
        if event.state is State.RAN:
            found.extend((alone / ".git/groundkeeper").glob("scratch-*/.dvc/tmp/site/**/*.db"))

    replay(alone, "red", on_stage=look)
    assert found, (
        "in the scratch tree, and not where DVC remembers for the user, for every path anew"
    )


def test_new_answers_give_every_version_a_second_snapshot(done):
    take_in(done, "lion mouse", "f" * 16)
    again = replay(done, "red")
    assert [s.tag for s in again.new] == [f"gt/red/{version}/2" for version in WAY]
    assert [stop.snapshot.records for stop in again.stops] == [7, 6, 7]


def test_other_code_with_the_same_content_makes_no_second_snapshot(done):
    (done / "make.py").write_text((done / "make.py").read_text() + "# another line\n")
    git(done, "commit", "-qam", "a remark")
    before, events = tags(done), []
    again = replay(done, "red", on_stage=events.append)
    ran = [event.stage for event in events if event.state is State.RAN]
    assert [stage for stage in ran if "release" in stage] == [f"{v} release@red" for v in WAY]
    assert (again.new, tags(done)) == ((), before)
    assert [stop.moved for stop in again.stops] == MOVED


def test_edits_of_parameters_count_and_edits_of_code_are_named_and_left_out(root):
    text = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(text.replace(IN_FORCE, "1.1.0") + "# mine\n")
    (root / "make.py").write_text("raise SystemExit('not this one')\n")
    said = replay(root, "red")
    assert [stop.snapshot.tag for stop in said.stops] == TAGS[:2]
    assert "# mine" in git(root, "show", f"{TAGS[0]}:params.yaml")
    assert said.notes == ("make.py: edited and not committed; built as committed",)


def test_a_version_that_is_refused_has_no_snapshot_and_the_others_have(tmp_path):
    root = versioned(tmp_path / "repository", "cat bear refused-1.1.0")
    said = replay(root, "red")
    found = [stop.snapshot and stop.snapshot.tag for stop in said.stops]
    assert found == [TAGS[0], None, TAGS[2]]
    assert said.stops[2].moved == MOVED[2], "against 1.0.0"
    with pytest.raises(PipelineError) as raised:
        said.require_success()
    assert str(raised.value) == "1.1.0: release@red: words.txt: refuses 1.1.0"


def test_the_version_in_force_can_be_left_to_the_refresh_that_puts_it_on_the_branch(root):
    assert [s.tag for s in replay(root, "red", earlier=True).new] == TAGS[:2]
    done = refresh.run(root, ["red"])
    assert [s.tag for s in done.new] == TAGS[2:]
    assert git(root, "rev-list", "--count", f"{TAGS[0]}^{{commit}}..main") == "1"
    assert git(root, "rev-parse", "main") == done.commit
    head = repositories.refs(root)
    assert (replay(root, "red").new, repositories.refs(root)) == ((), head)


def test_a_refresh_after_a_whole_replay_finds_its_content_released(done):
    refreshed = refresh.run(done, ["red"])
    assert (refreshed.new, list(tags(done))) == ((), TAGS)


def test_the_data_go_where_those_of_a_refresh_go(done, tmp_path):
    clone = tmp_path / "clone"
    git(done, "clone", "-q", str(done), str(clone))
    git(clone, "checkout", "-q", TAGS[1])
    shutil.copytree(done / ".dvc/remote", clone / ".dvc/remote")
    with pipeline._session(clone) as repo:
        repo.pull()
    assert (clone / f"data/inbox/red/{KEY}/words.txt").read_text() == f"{WORDS}\n"
    assert (clone / "data/gt/red/records.parquet").is_file()


def test_settings_of_this_machine_hold_there_too(alone, tmp_path):
    with pipeline._session(alone) as repo, repo.config.edit("local") as local:
        local["cache"]["dir"] = str(tmp_path / "elsewhere")
        local["remote"]["store"] = {"url": str(tmp_path / "store")}
        local["core"]["remote"] = "store"
    replay(alone, "red").require_success()
    assert any((tmp_path / "elsewhere").rglob("*"))
    assert any((tmp_path / "store").rglob("*"))
    assert not (alone / ".dvc/remote").exists()


def test_a_shallow_clone_on_no_branch_is_good_enough(fresh, tmp_path):
    clone = tmp_path / "clone"
    git(fresh, "clone", "-q", "--depth", "1", fresh.as_uri(), str(clone))
    git(clone, "checkout", "-q", "--detach")
    take_in(under(clone, "1.0.0"), WORDS)
    assert [s.tag for s in replay(clone, "red").new] == TAGS[:1]
    assert git(clone, "rev-parse", "--is-shallow-repository") == "true"


def test_a_repository_below_the_top_of_git_is_good_enough(alone, tmp_path, replayed):
    top = tmp_path / "top"
    shutil.copytree(alone, top / "below")
    shutil.move(top / "below/.git", top / ".git")
    git(top, "add", "--all", "below/make.py", "below/data")
    git(top, "commit", "-qam", "moved")
    assert [s.tag for s in replay(top / "below", "red").new] == TAGS[:1]
    path = "data/gt/red/manifest.json"
    assert git(top, "show", f"{TAGS[0]}:below/{path}") == git(
        replayed[0], "show", f"{TAGS[0]}:{path}"
    )


def test_a_hook_of_the_user_does_not_run_and_git_needs_no_name(alone, monkeypatch):
    hook = alone / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ran\nexit 1\n")
    hook.chmod(0o755)
    repositories.no_identity(monkeypatch)
    git(alone, "config", "--unset", "user.name")
    git(alone, "config", "--unset", "user.email")
    (note,) = replay(alone, "red").notes
    assert note.startswith("git does not know who you are")
    assert list(alone.rglob("ran")) == []


def test_of_two_replays_at_once_the_second_is_refused_and_the_first_goes_on(alone):
    refused = []

    def call_again(event: Event) -> None:
        if event.state is State.STARTED:
            with pytest.raises(SnapshotError, match="another replay works in this repository"):
                replay(alone, "red")
            refused.append(event.stage)

    assert [s.tag for s in replay(alone, "red", on_stage=call_again).new] == TAGS[:1]
    assert refused


def test_what_was_killed_while_it_was_made_is_removed_though_git_holds_it_locked(alone):
    home = alone / ".git/groundkeeper"
    git(alone, "worktree", "add", "-q", "--lock", "--detach", str(home / "scratch-locked"))
    (home / "scratch-empty").mkdir()
    replay(alone, "red")
    assert left_behind(alone) == []


def test_stopped_it_leaves_nothing_behind_and_the_same_call_goes_on(root, replayed):
    before = of_the_user(root)

    def stop(event: Event) -> None:
        if event.stage == "1.1.0 release@red":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(root, "red", on_stage=stop)
    assert (of_the_user(root), left_behind(root)) == (before, [])
    assert [s.tag for s in replay(root, "red").new] == TAGS[1:]
    assert tags(root) == tags(replayed[0])


def test_a_work_tree_of_the_user_stays_though_it_is_not_there_now(alone, tmp_path):
    git(alone, "worktree", "add", "-q", "--detach", str(tmp_path / "mine"))
    shutil.move(tmp_path / "mine", tmp_path / "on-another-disk")
    replay(alone, "red")
    assert left_behind(alone) == [f"worktree {tmp_path / 'mine'}"]


def test_the_way_is_the_line_to_the_version_in_force(fresh):
    assert way(fresh, "red") == WAY


def test_a_set_that_is_not_there_a_version_that_is_not_there_and_a_draft_are_refused(root):
    with pytest.raises(UnknownNameError, match="no set 'green'"):
        replay(root, "green")
    under(root, "2.5.0")
    with pytest.raises(UnknownNameError, match=r"no version 'red@2\.5\.0'"):
        replay(root, "red")
    draft = (root / "guidelines/red/3.0.0.yaml").read_text().replace("published", "draft")
    text = draft.replace("3.0.0", "2.5.0")
    (root / "guidelines/red/2.5.0.yaml").write_text(text)
    with pytest.raises(GuidelineError, match="found draft"):
        replay(root, "red")
    assert not (root / ".git/groundkeeper").exists()


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_version_is_replaced_where_it_stands_and_nothing_else(tmp_path, quote, end):
    lines = [
        *("# 1.0.0", "sets:", "  a: {guideline: {version: 1.0.0}}  # é", "  b:", "    guideline:"),
        *(f"      version: {quote}1.0.0{quote} # 1.0.0", "    sample: 1", ""),
    ]
    path = tmp_path / "params.yaml"
    path.write_bytes(end.join(lines).encode())
    put_in_force(tmp_path, "b", "1.1.0")
    lines[5] = f"      version: {quote}1.1.0{quote} # 1.0.0"
    assert path.read_bytes().decode() == end.join(lines)


def test_a_version_that_other_sets_share_is_not_replaced(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("sets:\n  a: &a {guideline: {version: 1.0.0}}\n  b: *a\n")
    with pytest.raises(ParamsError, match=r"sets\.b\.guideline\.version: cannot be replaced"):
        put_in_force(tmp_path, "b", "1.1.0")


def test_make_replays_what_has_several_versions_and_was_never_released(tmp_path):
    for name, versions in (("several", ("1.0.0", "1.0.1")), ("single", ("1.0.0",))):
        (tmp_path / "guidelines" / name).mkdir(parents=True)
        for version in versions:
            (tmp_path / "guidelines" / name / f"{version}.yaml").touch()
    makefile = repositories.PROJECT / "Makefile"
    ask = ["make", "-n", "-f", makefile, "-C", tmp_path, "gt", "SCANS=", "NODULES="]

    def planned():
        done = subprocess.run(ask, capture_output=True, text=True, check=True)
        return re.findall(r"bin/gk (\w+(?: \S+ --earlier)?)", done.stdout)

    assert planned() == ["replay several --earlier", "refresh"]
    (tmp_path / "data/gt/several").mkdir(parents=True)
    (tmp_path / "data/gt/several/manifest.json").touch()
    assert planned() == ["refresh"]
