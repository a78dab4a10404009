"""What goes wrong in a whole repository: one clear message, exit status 1, the last release as it was."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import lidc_database as lidc
import pytest
from builders import small_repository
from repositories import CLEAN_GIT, git, refs

from groundkeeper import files, snapshots
from groundkeeper.errors import SnapshotError

pytestmark = pytest.mark.slow  # a whole repository is refreshed again and again

SET = small_repository.SET
GK = str(Path(sys.executable).with_name("gk"))
DVC = str(Path(sys.executable).with_name("dvc"))
KNOWN_USER = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


def environment(**changed):
    """This environment without anybody's git settings, with ``python`` of these tests first."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k != "EMAIL"}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ours |= {**CLEAN_GIT, "PATH": path, "DVC_NO_ANALYTICS": "1", **changed}
    return {name: value for name, value in ours.items() if value is not None}


def refresh(root, *arguments, limit=None, **changed):
    """Run ``gk refresh`` in *root*; files may grow to *limit* bytes."""
    return gk(root, "refresh", *arguments, limit=limit, **changed)


def gk(root, *arguments, limit=None, **changed):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [GK, *arguments],
        cwd=root,
        env=environment(**{**KNOWN_USER, **changed}),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited if limit else None,
    )


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A repository with one snapshot; copy it before you change it."""
    root = small_repository.with_history(tmp_path_factory.mktemp("released") / "repository")
    done = refresh(root)
    assert done.returncode == 0, done.stderr
    assert git(root, "tag", "--list") == f"gt/{SET}/1.0.0/1"
    return root


@pytest.fixture
def repository(released, tmp_path):
    return shutil.copytree(released, tmp_path / "repository", symlinks=True)


@pytest.fixture
def reproduced(repository):
    """A repository as plain ``dvc repro`` leaves it: everything is built and no snapshot taken."""
    git(repository, "tag", "--delete", f"gt/{SET}/1.0.0/1")
    git(repository, "reset", "--quiet", "HEAD~1")
    assert git(repository, "log", "--format=%s") == "start"
    return repository


def edit(root, name, old, new):
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def gt_of(root):
    folder = root / "data" / "gt" / SET
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def wrong_params(root):
    edit(root, "params.yaml", "share: 1", "share: 2")
    return {}, r"sets.lung-nodules.sample.share"


def guideline_with_a_typo(root):
    edit(root, f"guidelines/{SET}/1.0.0.yaml", "diameter_mm < 3", "diametre_mm < 3")
    return {}, "diametre_mm"


def truncated_database(root):
    database = next(root.glob("data/inbox/*/*/readings.sqlite"))
    database.chmod(0o644)
    os.truncate(database, database.stat().st_size // 2)
    return {}, "sha256"


def full_disk_for_dvc(root):
    """Nothing may grow: DVC's own database, the first file that is written, cannot."""
    edit(root, "params.yaml", "warn_alpha_below: 0.4", "warn_alpha_below: 0.5")
    return {"limit": 4_000}, "free space"


def full_disk_for_a_stage(root):
    """The limit is set by the stage's own command: DVC writes as much as it likes, the stage nothing."""
    release = "python -m stages release"
    edit(root, "dvc.yaml", release, f"ulimit -f 0 && {release}")
    return (
        {},
        "records.parquet: cannot be written (File too large); nothing was changed. Free space",
    )


def path_with_limited_git(folder, command):
    """Return a PATH on which ``git COMMAND`` finds no space; git is told so by an error, not killed."""
    real = shutil.which("git")
    shim = folder / f"full-for-{command}" / "git"
    shim.parent.mkdir()
    shim.write_text(
        f"#!/bin/sh\nif [ \"$1\" = {command} ]; then trap '' XFSZ; ulimit -f 0; fi\n"
        f'exec {real} "$@"\n',
        encoding="utf-8",
    )
    shim.chmod(0o755)
    return os.pathsep.join([str(shim.parent), environment()["PATH"]])


def no_identity_where_git_insists(root):
    git(root, "config", "user.useConfigOnly", "true")
    edit(root, "params.yaml", "sealed_share: 0.3", "sealed_share: 0.4")
    return dict.fromkeys(KNOWN_USER, ""), "user.name"


def detached_head(root):
    git(root, "checkout", "--quiet", "--detach")
    return {}, "--no-branch"


@pytest.mark.parametrize(
    "breakage",
    [
        wrong_params,
        guideline_with_a_typo,
        truncated_database,
        full_disk_for_dvc,
        full_disk_for_a_stage,
        no_identity_where_git_insists,
        detached_head,
    ],
)
def test_one_clear_message_and_the_last_release_is_intact(breakage, repository):
    before, gt = refs(repository), gt_of(repository)
    changed, expected = breakage(repository)
    done = refresh(repository, **changed)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: ") == 1, done.stderr
    assert expected in done.stderr
    assert (refs(repository), gt_of(repository)) == (before, gt)


@pytest.mark.parametrize(
    "command", ["update-index", "write-tree", "commit-tree", "mktag", "update-ref"]
)
def test_a_full_disk_at_any_step_of_a_snapshot_moves_nothing(
    command, repository, tmp_path, monkeypatch
):
    for name, value in (CLEAN_GIT | KNOWN_USER).items():
        monkeypatch.setenv(name, value)
    manifest = repository / "data" / "gt" / SET / "manifest.json"
    files.write_json(manifest, files.read_json(manifest) | {"content_digest": "0" * 64})
    before, status = refs(repository), git(repository, "status", "--porcelain")
    with monkeypatch.context() as full:
        full.setenv("PATH", path_with_limited_git(tmp_path, command))
        with pytest.raises(SnapshotError, match=r"(?i)nothing was changed"):
            snapshots.take(repository, [SET])
    assert (refs(repository), git(repository, "status", "--porcelain")) == (before, status)
    assert [made.tag for made in snapshots.take(repository, [SET]).new] == [f"gt/{SET}/1.0.0/2"]


def test_a_full_disk_for_git_is_one_message_and_the_release_waits_for_its_snapshot(
    reproduced, tmp_path
):
    before, gt = refs(reproduced), gt_of(reproduced)
    done = refresh(reproduced, PATH=path_with_limited_git(tmp_path, "commit-tree"))
    assert (done.returncode, done.stderr.count("error: git commit-tree: ")) == (1, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert "Nothing was changed" in done.stderr
    assert (refs(reproduced), gt_of(reproduced)) == (before, gt)


def test_a_full_disk_while_a_file_is_taken_in_leaves_the_inbox_as_it_was(repository):
    file = lidc.write(repository.parent / "more.sqlite", small_repository.scans(2))
    declared = "--format lidc --option unit=scan --round second --era 1.0.0 --licence CC0-1.0"
    arguments = ["inbox", "add", SET, str(file), "--source", "Made up.", *declared.split()]
    inbox, before = repository / "data" / "inbox" / SET, refs(repository)
    there = sorted(inbox.rglob("*"))
    done = gk(repository, *arguments, limit=file.stat().st_size // 2)
    assert (done.returncode, done.stderr.count("error: ")) == (1, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert "nothing was taken in. Free space" in done.stderr
    assert (sorted(inbox.rglob("*")), refs(repository)) == (there, before)


def test_a_clone_without_the_data_takes_the_same_file_back_and_goes_on(released, tmp_path):
    clone = tmp_path / "clone"
    git(released, "clone", "--quiet", str(released), str(clone))
    # What the stages made is fetched, as from a remote, so that none of them has to run; what was read is not.
    shutil.copytree(released / ".dvc" / "cache", clone / ".dvc" / "cache", symlinks=True)
    assert "not here: fetch it" in refresh(clone).stderr
    (batch,) = (released / "data" / "inbox" / SET).glob("*/batch.json")
    declared = json.loads(batch.read_text())
    told = ("format", "round", "era", "source", "licence", "independence", "origin")
    words = ["--option=unit=scan", *(f"--{name}={declared[name]}" for name in told)]
    done = subprocess.run(
        [GK, "inbox", "add", SET, batch.with_name(declared["file"]), *words],
        cwd=clone,
        env=environment(**KNOWN_USER),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "put readings.sqlite back" in done.stdout, done.stderr
    before = refs(clone)
    done = refresh(clone)
    assert done.returncode == 0, done.stderr
    assert (refs(clone), gt_of(clone)) == (before, gt_of(released))


def test_an_unknown_set_is_refused_before_anything_runs(repository):
    done = refresh(repository, "--set", "lung-nodule")
    assert (done.returncode, done.stderr) == (
        1,
        "error: no set 'lung-nodule'; there are: lung-nodules\n",
    )


def test_without_an_identity_the_snapshot_is_signed_by_groundkeeper_and_says_so(reproduced):
    done = refresh(reproduced, **dict.fromkeys(KNOWN_USER))
    assert done.returncode == 0, done.stderr
    assert "Groundkeeper <groundkeeper@localhost>" in done.stdout + done.stderr
    author = git(reproduced, "log", "-1", "--format=%an <%ae>")
    assert author == "Groundkeeper <groundkeeper@localhost>"


def test_a_second_refresh_rebuilds_nothing_and_says_so(repository):
    before = refs(repository)
    done = refresh(repository)
    assert (done.returncode, refs(repository)) == (0, before)
    assert "nothing had to be rebuilt" in done.stdout + done.stderr


def test_plain_dvc_repro_runs_every_stage_to_the_same_products_and_the_same_lock(
    released, tmp_path
):
    root = small_repository.with_history(tmp_path / "plain")
    assert not (root / ".dvc" / "cache" / "runs").exists(), "stages could be restored, not run"
    subprocess.run([DVC, "repro", "--quiet"], cwd=root, env=environment(**KNOWN_USER), check=True)
    assert small_repository.products(root) == small_repository.products(released)
    assert (root / "dvc.lock").read_bytes() == (released / "dvc.lock").read_bytes()


@pytest.mark.parametrize("stage", ["items", "consensus", "validate", "gt"])
def test_a_refresh_killed_with_all_its_stages_and_started_again_gives_the_same_bytes(
    stage, released, tmp_path
):
    root = small_repository.with_history(tmp_path / "killed")
    running = subprocess.Popen(
        [GK, "refresh"],
        cwd=root,
        env=environment(**KNOWN_USER),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while running.poll() is None and not (root / "data" / stage).exists():
        time.sleep(0.005)
    assert running.poll() is None, "it ended before it could be killed"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert git(root, "tag", "--list") == ""
    done = refresh(root)
    assert done.returncode == 0, done.stderr
    assert small_repository.products(root) == small_repository.products(released)
    assert (root / "dvc.lock").read_bytes() == (released / "dvc.lock").read_bytes()
