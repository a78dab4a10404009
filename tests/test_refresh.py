"""A refresh: look first, build, keep what failed as it was, snapshot what was released."""

import json
import shutil

import pytest
import repositories
from repositories import git, refs

from groundkeeper import pipeline, refresh, snapshots
from groundkeeper.errors import PipelineError, SnapshotError, UnknownNameError
from groundkeeper.pipeline import State

RELEASED = ("records.parquet", "manifest.json", "card.md")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A repository that was refreshed once."""
    root = repositories.pipeline(tmp_path_factory.mktemp("refresh") / "template")
    done = refresh.run(root)
    assert [s.tag for s in done.new] == ["gt/blue/1.0.0/1", "gt/red/1.0.0/1"]
    assert done.pushed > 0
    return root


@pytest.fixture
def root(template, tmp_path):
    return shutil.copytree(template, tmp_path / "repository")


def released(root, set_name="red"):
    return {name: (root / "data" / "gt" / set_name / name).read_bytes() for name in RELEASED}


def test_the_snapshot_leaves_nothing_uncommitted(template):
    assert git(template, "status", "--short") == ""
    tracked = git(template, "ls-tree", "-r", "--name-only", "HEAD", "data").splitlines()
    kept = [
        f"data/gt/{name}/{file}"
        for name in ("blue", "red")
        for file in ("card.md", "manifest.json")
    ]
    assert tracked == ["data/.gitignore", *kept], "and no product of DVC is in git"


def test_a_second_refresh_rebuilds_and_makes_nothing(root):
    before = refs(root)
    done = refresh.run(root)
    assert (done.outcome.rebuilt, done.new, done.commit, done.pushed) == ((), (), None, 0)
    assert refs(root) == before


def test_one_set_alone_can_be_refreshed(root):
    for name in ("red", "blue"):
        (root / f"source-{name}.txt").write_text(f"{name} new\n")
    done = refresh.run(root, ["blue"])
    assert {event.stage.partition("@")[2] for event in done.outcome.events} == {"blue"}
    assert [s.tag for s in done.new] == ["gt/blue/1.0.0/2"]


def test_an_unknown_set_is_refused_before_anything_runs(root):
    with pytest.raises(UnknownNameError, match="no set 'green'; there are: blue, red"):
        refresh.run(root, ["red", "green"])


def test_a_failed_release_keeps_its_ground_truth_and_the_other_set_gets_its_snapshot(root):
    before = released(root)
    (root / "source-red.txt").write_text("red break\n")
    (root / "source-blue.txt").write_text("blue new\n")
    done = refresh.run(root)
    assert [s.tag for s in done.new] == ["gt/blue/1.0.0/2"]
    assert released(root) == before
    assert git(root, "rev-parse", "gt/red/1.0.0/1^{commit}") != done.commit
    with pytest.raises(PipelineError, match=r"release@red: source-red\.txt: holds the word"):
        done.require_success()


def test_the_snapshot_of_one_set_holds_nothing_of_a_set_that_failed(root):
    before = git(root, "show", "HEAD:dvc.lock").split("  items@blue:")[0]
    (root / "source-red.txt").write_text("red break\n")
    (root / "source-blue.txt").write_text("blue new\n")
    refresh.run(root)
    assert git(root, "diff", "--name-only", "HEAD~", "HEAD").splitlines() == [
        *("data/gt/blue/manifest.json", "dvc.lock"),
    ]
    assert git(root, "show", "HEAD:dvc.lock").split("  items@blue:")[0] == before
    assert "items@red" in before


def test_nothing_is_committed_while_a_set_fails_and_no_other_has_new_content(root):
    before = refs(root)
    (root / "source-red.txt").write_text("red break\n")
    with (root / "params.yaml").open("a") as params:
        params.write("# half way through an edit\n")
    done = refresh.run(root)
    assert done.outcome.names(State.FAILED) == ("release@red",)
    assert (done.commit, refs(root)) == (None, before)
    assert " M params.yaml" in git(root, "status", "--short").splitlines()


def test_after_a_failure_a_branch_at_an_older_snapshot_has_its_own_release_back(root):
    before = released(root)
    (root / "source-red.txt").write_text("red new\n")
    refresh.run(root)
    git(root, "checkout", "-q", "-f", "-B", "main", "gt/red/1.0.0/1")
    with pipeline._session(root) as repo:
        repo.checkout(force=True)
    assert released(root) == before
    (root / "source-red.txt").write_text("red break\n")
    assert refresh.run(root).outcome.names(State.FAILED) == ("release@red",)
    assert released(root) == before


def test_a_failure_before_any_release_moves_nothing(root):
    before, refs_before = released(root), refs(root)
    (root / "source-red.txt").unlink()
    done = refresh.run(root, ["red"])
    assert done.outcome.names(State.FAILED, State.SKIPPED) == (
        *("items@red", "release@red", "report@red"),
    )
    assert (released(root), refs(root)) == (before, refs_before)


def test_a_release_that_a_killed_run_had_removed_comes_back_though_it_is_not_its_turn(root):
    before = released(root)
    shutil.rmtree(root / "data" / "gt" / "red")
    (root / "source-red.txt").unlink()
    (root / "source-blue.txt").write_text("blue new\n")
    assert [s.tag for s in refresh.run(root).new] == ["gt/blue/1.0.0/2"]
    assert released(root) == before
    assert "data/gt/red/manifest.json" in git(root, "ls-tree", "-r", "--name-only", "HEAD")


def test_mended_after_a_failure_the_same_command_goes_on(root):
    (root / "source-red.txt").write_text("red break\n")
    refresh.run(root)
    (root / "source-red.txt").write_text("red mended\n")
    done = refresh.run(root)
    done.require_success()
    assert [s.tag for s in done.new] == ["gt/red/1.0.0/2"]
    assert git(root, "status", "--short") == "M source-red.txt"


def test_stopped_while_it_releases_the_ground_truth_is_put_back(root, monkeypatch):
    before = released(root)
    (root / "source-red.txt").write_text("red new\n")
    reproduce = pipeline.reproduce

    def stopped(root, _stages, watch):
        reproduce(root, ["items@red"], watch)
        watch(pipeline.Event("release@red", State.STARTED))
        shutil.rmtree(root / "data" / "gt" / "red")
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "reproduce", stopped)
    with pytest.raises(KeyboardInterrupt):
        refresh.run(root, ["red"])
    assert released(root) == before


def test_a_detached_head_is_refused_before_anything_runs(root, monkeypatch):
    git(root, "checkout", "-q", "--detach")
    monkeypatch.setattr(pipeline, "reproduce", lambda *_: pytest.fail("it ran"))
    with pytest.raises(SnapshotError, match="--no-branch"):
        refresh.run(root)


def test_without_a_branch_the_tag_alone_is_made(root):
    git(root, "checkout", "-q", "--detach")
    (root / "source-red.txt").write_text("red new\n")
    head = git(root, "rev-parse", "HEAD")
    assert [s.tag for s in refresh.run(root, no_branch=True).new] == ["gt/red/1.0.0/2"]
    assert git(root, "rev-parse", "HEAD") == git(root, "rev-parse", "main") == head


def test_a_remote_that_cannot_be_written_leaves_no_snapshot(root):
    shutil.rmtree(root / ".dvc" / "remote")
    (root / ".dvc" / "remote").write_text("a file where the folder should be")
    (root / "source-red.txt").write_text("red new\n")
    before = refs(root)
    with pytest.raises(PipelineError, match="DVC: "):
        refresh.run(root)
    assert refs(root) == before


def test_the_data_of_a_snapshot_can_be_fetched_into_another_clone(root, tmp_path):
    clone = tmp_path / "clone"
    git(root, "clone", "-q", str(root), str(clone))
    git(clone, "checkout", "-q", "gt/red/1.0.0/1")
    shutil.copytree(root / ".dvc" / "remote", clone / ".dvc" / "remote")
    with pipeline._session(clone) as repo:
        repo.pull(["release@red"])
    assert released(clone) == released(root)


def test_the_pieces_that_a_flow_uses_do_what_the_whole_does(root):
    (root / "source-red.txt").write_text("red new\n")
    plan = refresh.prepare(root)
    events = [pipeline.reproduce(root, [stage]).events[0] for stage in plan.stages]
    done = refresh.finish(plan, pipeline.Outcome(tuple(events)))
    assert [s.tag for s in done.new] == ["gt/red/1.0.0/2"]
    manifest = json.loads((root / "data/gt/red/manifest.json").read_text())
    assert snapshots.snapshots(root)[0].content_digest == manifest["content_digest"]
