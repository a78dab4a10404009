"""A replay that is killed, wherever, and called again ends as one that was not."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from builders.versioned_repository import MOVED, TAGS, left_behind, tags, versioned

from groundkeeper.replay import replay

pytestmark = pytest.mark.slow

RUN = "import sys; from groundkeeper.cli import app; app()"
BY_ITSELF = """\
import os, signal, sys
from pathlib import Path
from groundkeeper.replay import replay
events = []
def watch(event):
    events.append(event)
    if len(events) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
replay(Path(sys.argv[1]), "red", on_stage=watch)
"""


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


@pytest.mark.parametrize("event", [1, 4, 6, 7, 10, 12, 13, 16, 18])
def test_killed_at_any_step_and_called_again_it_ends_as_if_it_had_not_been(root, replayed, event):
    killed = subprocess.run([sys.executable, "-c", BY_ITSELF, root, str(event)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert left_behind(root)
    assert [stop.moved for stop in replay(root, "red").stops] == MOVED
    assert tags(root) == tags(replayed[0])
    assert left_behind(root) == []


def test_killed_while_a_stage_runs_its_orphan_does_no_harm(root, replayed, tmp_path):
    pause = tmp_path / "pause"
    pause.touch()
    command = [sys.executable, "-c", RUN, "-C", root, "replay", "red"]
    process = subprocess.Popen(command, env={**os.environ, "PAUSE_AT_1_1_0": str(pause)})
    while not pause.with_suffix(".reached").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert list(tags(root)) == TAGS[:1]
    said = replay(root, "red", on_stage=lambda _: pause.unlink(missing_ok=True))
    assert [stop.moved for stop in said.stops] == MOVED
    assert tags(root) == tags(replayed[0])
    time.sleep(1)
    replay(root, "red")
    assert left_behind(root) == []


@pytest.mark.parametrize("call", ["worktree add", "read-tree -u", "update-ref", "worktree remove"])
def test_killed_before_a_call_of_git_the_same_call_goes_on(root, replayed, tmp_path, call):
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    real = shutil.which("git")
    fake.write_text(
        f'#!/bin/sh\ncase "$*" in *"{call}"*) kill -9 $PPID; exit 1;; esac\nexec {real} "$@"\n'
    )
    fake.chmod(0o755)
    path = os.pathsep.join([str(fake.parent), os.environ["PATH"]])
    command = [sys.executable, "-c", RUN, "-C", root, "replay", "red"]
    killed = subprocess.run(command, env={**os.environ, "PATH": path}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [stop.moved for stop in replay(root, "red").stops] == MOVED
    assert (tags(root), left_behind(root)) == (tags(replayed[0]), [])
