"""The pipeline: DVC's answers, without DVC's noise."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import dvc.repo
import pytest
import repositories

from groundkeeper import pipeline
from groundkeeper.errors import PipelineError, UnknownNameError
from groundkeeper.pipeline import Event, State, commands, locks

RED, BLUE = (
    tuple(f"{name}@{key}" for name in ("items", "release", "report")) for key in ("red", "blue")
)
ORDER = [stage for pair in zip(RED, BLUE, strict=True) for stage in pair]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A repository in which everything was built once."""
    root = repositories.pipeline(tmp_path_factory.mktemp("pipeline") / "template")
    assert pipeline.reproduce(root).names(State.RAN) == tuple(ORDER)
    return root


@pytest.fixture
def root(template, tmp_path):
    return shutil.copytree(template, tmp_path / "repository")


def test_stages_come_after_all_they_depend_on(template):
    assert pipeline.stages_in_order(template) == ORDER
    assert pipeline.stages_in_order(template, ["red"]) == list(RED)


def test_an_unknown_set_is_refused_with_the_known_ones(template):
    with pytest.raises(UnknownNameError, match="'green'; there are: blue, red"):
        pipeline.stages_in_order(template, ["green"])


def test_an_unknown_stage_is_refused_with_the_known_ones(template):
    for ask in (
        lambda: pipeline.reproduce(template, ["x"]),
        lambda: pipeline.dependents(template, "x"),
    ):
        with pytest.raises(UnknownNameError, match=r"no stage in dvc\.yaml 'x'; there are: items"):
            ask()


def test_dependents_are_all_that_need_a_stage(template):
    assert pipeline.dependents(template, "items@red") == {"release@red", "report@red"}
    assert pipeline.dependents(template, "report@red") == frozenset()


def test_a_second_run_finds_nothing_to_do(template):
    outcome = pipeline.reproduce(template)
    assert outcome.names(State.UNCHANGED) == tuple(ORDER)
    assert outcome.rebuilt == ()
    assert pipeline.status(template) == {}


def test_an_edit_reruns_what_depends_on_it_and_stops_where_bytes_stay(root):
    (root / "source-red.txt").write_text("red one three\n")
    assert pipeline.status(root)["items@red"] == ("modified source-red.txt",)
    outcome = pipeline.reproduce(root)
    assert outcome.names(State.RAN) == RED
    assert outcome.names(State.UNCHANGED) == BLUE


def test_status_names_a_changed_parameter(root):
    (root / "params.yaml").write_text(repositories.PARAMS.replace("0.1", "0.2", 1))
    (reason,) = pipeline.status(root)["release@red"]
    assert "sets.red" in reason


def test_an_edit_taken_back_is_restored_from_the_cache(root):
    before = (root / "data/gt/red/records.parquet").read_text()
    for text in ("red other\n", before):
        (root / "source-red.txt").write_text(text)
        outcome = pipeline.reproduce(root)
    assert "items@red" in outcome.names(State.RESTORED)
    assert (root / "data/gt/red/records.parquet").read_text() == before


def test_the_lock_file_is_that_of_dvc_itself(template, root, monkeypatch):
    plain = root.with_name("plain")
    shutil.copytree(root, plain)
    for repository in (root, plain):
        (repository / "source-red.txt").write_text("changed\n")
    pipeline.reproduce(root)
    monkeypatch.chdir(plain)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with dvc.repo.Repo() as repo:
        repo.reproduce()
    assert (root / "dvc.lock").read_bytes() == (plain / "dvc.lock").read_bytes()
    assert (root / "dvc.lock").read_bytes() != (template / "dvc.lock").read_bytes()


def test_a_failing_stage_says_its_own_words_and_the_other_set_is_finished(root, capfd):
    (root / "source-red.txt").write_text("break\n")
    (root / "source-blue.txt").write_text("blue again\n")
    seen: list[Event] = []
    outcome = pipeline.reproduce(root, on_stage=seen.append)
    assert outcome.failures == {"release@red": "source-red.txt: holds the word break; take it out"}
    assert outcome.names(State.SKIPPED) == ("report@red",)
    assert set(outcome.names(State.RAN)) == {*BLUE, "items@red"}
    assert {e.stage for e in seen if e.state is State.STARTED} == {*ORDER} - {"report@red"}
    assert capfd.readouterr() == ("", ""), "neither DVC nor the stage writes on the terminal"


def test_without_keep_going_the_first_failure_is_the_last_stage(root):
    (root / "source-red.txt").write_text("break\n")
    outcome = pipeline.reproduce(root, keep_going=False)
    assert outcome.names(State.FAILED) == ("release@red",)
    assert outcome.names(State.SKIPPED) == tuple(ORDER[ORDER.index("release@red") + 1 :])


def test_the_products_of_a_failed_stage_can_be_restored(root):
    product = root / "data/gt/red/records.parquet"
    before = product.read_bytes()
    (root / "source-red.txt").write_text("break\n")
    pipeline.reproduce(root, ["items@red", "release@red"])
    assert product.read_bytes() != before
    pipeline.restore_outputs(root, "release@red")
    assert product.read_bytes() == before


def test_what_the_cache_does_not_hold_is_named_by_its_digest(root):
    folder = root / "data/gt/red"
    digests = {
        f"data/gt/red/{name}": hashlib.md5(
            (folder / name).read_bytes(), usedforsecurity=False
        ).hexdigest()
        for name in ("manifest.json", "card.md")
    }
    shutil.rmtree(folder)
    assert pipeline.restore_outputs(root, "release@red") == digests


def test_data_that_a_pointer_does_not_describe_are_found_even_without_their_cache(root):
    folders = [root / "data/inbox/red" / name for name in ("a" * 16, "b" * 16, "c" * 16)]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "file").write_text(folder.name)
        pipeline.add(root, folder)
    pointers = [folder.with_name(f"{folder.name}.dvc") for folder in folders]
    assert pipeline.changed(root, pointers) == ()
    shutil.rmtree(root / ".dvc/cache")
    (folders[0] / "file").write_text("edited")
    shutil.rmtree(folders[1])
    assert pipeline.changed(root, pointers) == tuple(pointers[:2])


def test_a_stage_that_never_succeeded_has_nothing_to_restore(tmp_path):
    root = repositories.pipeline(tmp_path / "new")
    assert pipeline.restore_outputs(root, "release@red") == {}
    assert not (root / "data/gt/red").exists()


def test_stages_run_with_this_interpreter_and_one_thread_for_algebra(root):
    probe = "import os, sys; print(sys.executable, os.environ['OMP_NUM_THREADS'])"
    (root / "probe.py").write_text(probe)
    (root / "dvc.yaml").write_text("stages: {probe: {cmd: python probe.py > out.txt}}\n")
    assert pipeline.reproduce(root).names(State.RAN) == ("probe",)
    assert (root / "out.txt").read_text() == f"{sys.executable} 1\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("kill -9 $$", "ended by signal 9 (SIGKILL) without a word"),
        ("exit 3", "exit status 3 without a word"),
        ("echo a; echo b >&2; exit 2", "exit status 2; its last lines:\n  a\n  b"),
        ("echo 'error: p.yaml:'; echo '  a: bad'; exit 1", "p.yaml:\n  a: bad"),
    ],
)
def test_however_a_stage_ends_there_is_one_message(root, command, said):
    (root / "run.sh").write_text(command)
    (root / "dvc.yaml").write_text("stages: {one: {cmd: exec sh run.sh}}\n")
    assert pipeline.reproduce(root).failures == {"one": said}


def test_a_missing_input_is_named(root):
    (root / "source-red.txt").unlink()
    assert "source-red.txt" in pipeline.reproduce(root).failures["items@red"]


@pytest.mark.parametrize("text", ["stages: [", "stages: {a: {command: x}}", "stages: {a: {b: c}}"])
def test_a_broken_dvc_yaml_is_one_message(root, text):
    (root / "dvc.yaml").write_text(text)
    with pytest.raises(PipelineError, match=r"DVC: .*dvc\.yaml"):
        pipeline.stages_in_order(root)


def test_a_folder_without_dvc_is_refused(tmp_path):
    with pytest.raises(PipelineError, match="not a DVC repository"):
        pipeline.status(tmp_path)


def test_entries_that_a_dead_process_left_do_not_block(root):
    product = root / "data" / "items" / "red" / "items.parquet"
    for pid in (_dead_pid(), 1):
        _write_rwlock(root, product, pid)
        (root / "source-red.txt").write_text(f"words for {pid}\n")
        assert "items@red" in pipeline.reproduce(root).names(State.RAN)


def test_a_process_at_work_is_named_and_what_to_do(root):
    product = root / "data" / "items" / "red" / "items.parquet"
    holder = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        time.sleep(0.1)
        _write_rwlock(root, product, holder.pid)
        (root / "source-red.txt").write_text("more words\n")
        with pytest.raises(PipelineError, match=f"process {holder.pid}: dvc repro") as refused:
            pipeline.reproduce(root)
    finally:
        holder.communicate()
    assert "run the same command again" in str(refused.value)


def test_a_lock_that_is_held_is_refused_after_a_moment(root):
    holder = (
        "import sys, zc.lockfile; lock = zc.lockfile.LockFile('.dvc/tmp/lock');"
        "print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        with pytest.raises(PipelineError, match=f"another process.*\n  process {process.pid}"):
            pipeline.reproduce(root)
        process.stdin.close()


def test_threads_of_one_process_take_turns(root):
    (root / "source-red.txt").write_text("for two threads\n")
    outcomes = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(pipeline.reproduce(root, ["items@red"])))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(o.events[0].state.value for o in outcomes) == ["ran", "unchanged"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_the_running_stage_is_ended_with_its_children(root, number):
    (root / "run.sh").write_text("sleep 60 & echo $! > child; echo $$ > started; wait\n")
    (root / "dvc.yaml").write_text("stages: {long: {cmd: sh run.sh}}\n")
    code = (
        "import signal, sys; from pathlib import Path; from groundkeeper import pipeline\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "pipeline.reproduce(Path())"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=root, stderr=subprocess.PIPE)
    started = root / "started"
    deadline = time.monotonic() + 60
    while not (started.exists() and started.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode in {-signal.SIGINT, 130, 143}
    for name in ("started", "child"):
        assert not _runs(int((root / name).read_text())), f"{name} was left running"


def test_killed_while_a_stage_runs_the_next_run_makes_the_same(root):
    product = root / "data" / "items" / "red" / "items.parquet"
    (root / "source-red.txt").write_text("one two three four\n")
    (root / "dvc.yaml").write_text(
        (root / "dvc.yaml").read_text().replace("wc -w <", "sh once.sh && wc -w <")
    )
    kill = "[ -e killed ] || { touch killed; kill -9 $(cut -d' ' -f4 /proc/$PPID/stat); exit 1; }\n"
    (root / "once.sh").write_text(kill)
    code = "from pathlib import Path; from groundkeeper import pipeline; pipeline.reproduce(Path())"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert json.loads((root / ".dvc" / "tmp" / "rwlock").read_text())["write"], "it died at work"
    assert pipeline.reproduce(root).failures == {}
    assert product.read_text().strip() == "4"


def test_dvc_still_starts_commands_where_they_are_recorded():
    with commands.recorded() as record:
        run = sys.modules["dvc.stage.run"]
        run._run("/bin/sh", "echo words", cwd=".", env=dict(os.environ), close_fds=True)
    assert record.commands == ["echo words"]
    assert list(record.lines) == ["words"]
    assert run._run.__module__ == "dvc.stage.run", "the hook is taken away again"


def test_an_unreadable_lock_file_is_left_to_dvc(tmp_path):
    (tmp_path / "rwlock").write_text("{")
    assert locks.release_dead(tmp_path) == 0


def test_dvc_is_imported_when_it_is_needed():
    probe = "import sys, groundkeeper.pipeline; print({'pandas', 'dvc'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def _write_rwlock(root: Path, product: Path, pid: int) -> None:
    entry = {"pid": pid, "cmd": "dvc repro"}
    path = root / ".dvc" / "tmp" / "rwlock"
    path.write_text(json.dumps({"write": {str(product): entry}, "read": {}}))


def _dead_pid() -> int:
    with subprocess.Popen(["true"]) as process:
        return process.pid


def _runs(pid: int) -> bool:
    """Whether the process does anything; a dead one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
