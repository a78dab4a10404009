"""What goes wrong in a whole repository: one clear message, exit status 1, the last release as it was."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import small_repository
from repositories import CLEAN_GIT, git, refs

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
    return {**ours, **CLEAN_GIT, "PATH": path, "DVC_NO_ANALYTICS": "1", **changed}


def refresh(root, *arguments, limit=None, **changed):
    """Run ``gk refresh`` in *root*; files may grow to *limit* bytes."""

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [GK, "refresh", *arguments],
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


def full_disk(root):
    edit(root, "params.yaml", "warn_alpha_below: 0.4", "warn_alpha_below: 0.5")
    return {"limit": 4_000}, "free space"


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
        full_disk,
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


def test_an_unknown_set_is_refused_before_anything_runs(repository):
    done = refresh(repository, "--set", "lung-nodule")
    assert (done.returncode, done.stderr) == (
        1,
        "error: no set 'lung-nodule'; there are: lung-nodules\n",
    )


def test_without_an_identity_the_snapshot_is_signed_by_groundkeeper_and_says_so(repository):
    edit(repository, "params.yaml", "sealed_share: 0.3", "sealed_share: 0.4")
    done = subprocess.run(
        [GK, "refresh"],
        cwd=repository,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Groundkeeper <groundkeeper@localhost>" in done.stdout + done.stderr
    author = git(repository, "log", "-1", "--format=%an <%ae>")
    assert author == "Groundkeeper <groundkeeper@localhost>"


def test_a_second_refresh_rebuilds_nothing_and_says_so(repository):
    before = refs(repository)
    done = refresh(repository)
    assert (done.returncode, refs(repository)) == (0, before)
    assert "nothing had to be rebuilt" in done.stdout + done.stderr


def test_plain_dvc_repro_finds_the_same_and_writes_the_same_lock(repository):
    lock = (repository / "dvc.lock").read_bytes()
    shutil.rmtree(repository / "data" / "decide")
    (repository / "dvc.lock").unlink()
    subprocess.run(
        [DVC, "repro", "--quiet"], cwd=repository, env=environment(**KNOWN_USER), check=True
    )
    assert (repository / "dvc.lock").read_bytes() == lock


@pytest.mark.slow
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
