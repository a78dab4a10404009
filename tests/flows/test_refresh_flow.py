"""The flow does what `gk refresh` and `dvc repro` do, and the deployment of prefect.yaml runs it."""

import contextlib
import importlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from builders import small_repository
from prefect.logging import disable_run_logger
from prefect.states import Failed
from project import ROOT, load_yaml
from repositories import git, pipeline

from flows import refresh as module
from groundkeeper.errors import InboxError, PipelineError, SnapshotConflictError, SnapshotError
from groundkeeper.pipeline import Event, State
from groundkeeper.snapshots import snapshots

TOOLS = Path(sys.executable).parent
DEPLOYMENT = load_yaml("prefect.yaml")["deployments"][0]


@pytest.fixture
def repository(tmp_path):
    """A small repository with three stages and two sets, of which nothing was built."""
    return pipeline(tmp_path / "repository")


@pytest.fixture
def without_server(monkeypatch):
    """The flow as a plain function: no server, no retries, the log lines dropped."""
    monkeypatch.setattr(module, "reproduce", module.reproduce.fn)
    monkeypatch.setattr(module, "release", module.release.fn)
    with disable_run_logger():
        yield module.refresh.fn


def tool(name, *words, cwd, **environment):
    """What a command of this environment prints; fails the test if the command fails."""
    path = os.pathsep.join([str(TOOLS), os.environ["PATH"]])
    done = subprocess.run(
        [TOOLS / name, *words],
        cwd=cwd,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lock_of_a_plain_repro(repository, into):
    """dvc.lock as plain `dvc repro` writes it in a clone of *repository*."""
    git(repository, "clone", "-q", str(repository), str(into))
    tool("dvc", "repro", "-q", cwd=into)
    return lock(into)


def lock(repository):
    return (repository / "dvc.lock").read_bytes()


def test_the_flow_leaves_the_lock_that_dvc_repro_leaves(repository, without_server, tmp_path):
    plain = lock_of_a_plain_repro(repository, tmp_path / "plain")
    without_server(repository)
    assert lock(repository) == plain


def test_the_flow_makes_one_commit_and_a_tag_for_each_set(repository, without_server):
    without_server(repository)
    made = snapshots(repository)
    assert sorted(snapshot.tag for snapshot in made) == ["gt/blue/1.0.0/1", "gt/red/1.0.0/1"]
    assert len({snapshot.commit for snapshot in made}) == 1


def test_a_second_run_of_the_flow_changes_nothing(repository, without_server):
    without_server(repository)
    before = git(repository, "rev-parse", "HEAD"), git(repository, "tag")
    without_server(repository)
    assert (git(repository, "rev-parse", "HEAD"), git(repository, "tag")) == before


def test_a_set_that_fails_keeps_its_release_and_does_not_stop_the_other(repository, without_server):
    without_server(repository)
    released = repository / "data/gt/red/records.parquet"
    before = released.read_bytes()
    (repository / "source-red.txt").write_text("red break\n")
    (repository / "source-blue.txt").write_text("blue one two three\n")
    with pytest.raises(PipelineError, match=r"release@red: .*take it out"):
        without_server(repository)
    assert released.read_bytes() == before
    assert snapshots(repository, "blue")[0].tag == "gt/blue/1.0.0/2"
    assert snapshots(repository, "red")[0].tag == "gt/red/1.0.0/1"


def test_only_a_repository_that_was_busy_is_tried_again():
    failed = module.StageFailedError(Event("release@red", State.FAILED, message="no"))
    retried = {
        type(error).__name__: module.repository_was_busy(None, None, Failed(data=error))
        for error in (failed, PipelineError("busy"), TypeError("a bug"))
    }
    assert retried == {"StageFailedError": False, "PipelineError": True, "TypeError": False}


def test_a_release_is_tried_again_only_where_that_can_help():
    errors = (
        PipelineError("the remote is away"),
        SnapshotConflictError("the branch moved"),
        SnapshotError("HEAD is detached"),
        InboxError("edited"),
        TypeError("a bug"),
    )
    retried = [module.may_pass_later(None, None, Failed(data=error)) for error in errors]
    assert retried == [True, True, False, False, False]
    assert module.release.retry_condition_fn is module.may_pass_later


def test_the_flow_takes_no_answer_from_a_cache():
    assert not module.reproduce.cache_policy.compute_key(None, {}, {})
    assert not module.release.cache_policy.compute_key(None, {}, {})


def test_the_deployment_is_scheduled_and_runs_one_at_a_time():
    file, _, function = DEPLOYMENT["entrypoint"].partition(":")
    flow = getattr(importlib.import_module(file.removesuffix(".py").replace("/", ".")), function)
    assert flow.name == "refresh"
    assert DEPLOYMENT["schedules"][0]["cron"]
    assert DEPLOYMENT["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
    assert set(DEPLOYMENT["parameters"]) <= set(flow.parameters.properties)


@pytest.mark.slow
def test_the_server_can_be_imported():
    """It cannot with every version of FastAPI that Prefect admits."""
    subprocess.run([sys.executable, "-c", "import prefect.server.api.server"], check=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def served(repository, environment):
    """The address of a server with a worker and the deployments of *repository*."""
    port = free_port()
    log = repository.with_name("serve.log")
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "scripts/serve_prefect.py", "--port", str(port)],
            cwd=repository,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            ready = next((line for line in process.stdout if line.startswith("ready: ")), None)
            assert ready, log.read_text()
            yield ready.split("=", 1)[1].strip()
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            assert process.wait(90) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


@pytest.mark.slow
def test_the_deployment_runs_the_real_stages_on_a_real_server_and_worker(tmp_path):
    repository = small_repository.with_history(tmp_path / "repository")
    shutil.copytree(ROOT / "scripts", repository / "scripts")
    shutil.copy(ROOT / "prefect.yaml", repository)
    plain = shutil.copytree(repository, tmp_path / "plain")
    tool("dvc", "repro", "-q", cwd=plain)
    environment = {"PREFECT_HOME": str(tmp_path / "prefect")}
    with served(repository, environment) as address:
        run = ("deployment", "run", f"refresh/{DEPLOYMENT['name']}", "--watch")
        said = tool("prefect", *run, cwd=repository, PREFECT_API_URL=address, **environment)
    assert "Completed" in said
    assert lock(repository) == lock(plain)
    assert small_repository.products(repository) == small_repository.products(plain)
    assert [snapshot.tag for snapshot in snapshots(repository)] == ["gt/lung-nodules/1.0.0/1"]
