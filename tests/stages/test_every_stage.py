"""What holds for the thirteen stages one after the other, over a whole set in small."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import lidc_database
import pandas as pd
import pytest
from builders import small_repository
from project import paths, pipeline

from groundkeeper import files, tables
from groundkeeper.errors import FormatError, GroundkeeperError
from groundkeeper.layout import Layout
from schemas.names import GT_ITEMS, RECORDS
from stages.runner import STAGES, execute

SET = small_repository.SET
GUIDELINE = f"guidelines/{SET}/1.0.0.yaml"
UP_TO_THE_RELEASE = STAGES[: STAGES.index("release") + 1]

DIE_AFTER_THE_FIRST_PRODUCT = """
import os, signal, sys
from pathlib import Path
from groundkeeper import expectations, table_checks
from stages.runner import STAGES, execute

expectations.examine(())  # what takes long to import is imported here, not in a child and here again

put = Path.replace
def put_and_die(self, target):
    put(self, target)
    os.kill(os.getpid(), signal.SIGKILL)

for name in STAGES:
    child = os.fork()
    if not child:
        Path.replace = put_and_die
        execute(name, sys.argv[1], Path())
        os._exit(0)
    ended = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL, (name, ended)
    execute(name, sys.argv[1], Path())
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return run_all(small_repository.without_history(tmp_path_factory.mktemp("set") / "one"))


def run_all(root, stages=STAGES):
    for name in stages:
        execute(name, SET, root)
    return root


def test_a_whole_set_is_released_from_made_up_readings(done):
    layout = Layout(done, SET)
    records = tables.read(layout.table("release", RECORDS), RECORDS)
    items = tables.read(layout.table("release", GT_ITEMS), GT_ITEMS)
    manifest = files.read_json(layout.manifest)
    assert manifest["counts"]["records"] == len(records) > 10
    assert (len(items), items["empty"].sum()) == (small_repository.SCANS, 13)
    assert set(records["status"]) == {"agreed", "pending"}


@pytest.mark.slow
def test_two_runs_give_the_same_bytes(done, tmp_path):
    again = run_all(small_repository.without_history(tmp_path / "two"))
    one, other = small_repository.products(done), small_repository.products(again)
    assert set(one) == set(other)
    assert [name for name in one if one[name] != other[name]] == []


@pytest.mark.slow
def test_rows_in_another_order_give_the_same_content_digest(done, tmp_path):
    turned = small_repository.without_history(tmp_path / "turned", backwards=True)
    run_all(turned, UP_TO_THE_RELEASE)
    one, other = (files.read_json(Layout(root, SET).manifest) for root in (done, turned))
    assert one["inputs"] != other["inputs"]
    assert one["content_digest"] == other["content_digest"]


@pytest.mark.slow
def test_a_stage_killed_while_it_writes_and_run_again_gives_the_same_bytes(done, tmp_path):
    root = small_repository.without_history(tmp_path / "killed")
    subprocess.run(
        [sys.executable, "-c", DIE_AFTER_THE_FIRST_PRODUCT, SET],
        cwd=root,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=True,
    )
    assert small_repository.products(root) == small_repository.products(done)


@pytest.mark.slow
def test_a_second_round_by_the_same_readers_replaces_the_first_and_is_released(tmp_path):
    said = small_repository.scans(seed=8)
    twice = small_repository.without_history(tmp_path / "twice")
    again = lidc_database.write(tmp_path / "again.sqlite", said)
    small_repository.declare(twice, again, round="second", sequence=2)
    once = small_repository.without_history(tmp_path / "once", readings=said)
    columns = ["item_id", "diameter_mm", "malignancy", "votes", "experts", "status", "spread_iou"]
    layouts = [Layout(run_all(root, UP_TO_THE_RELEASE), SET) for root in (twice, once)]
    found, expected = (
        tables.read(layout.table("release", RECORDS), RECORDS)[columns]
        .sort_values(columns)
        .reset_index(drop=True)
        for layout in layouts
    )
    assert len(found) > 10
    pd.testing.assert_frame_equal(found, expected)


def declared(stage):
    """The data that dvc.yaml says *stage* reads, below the root, and those it writes."""
    body = pipeline()[stage]
    read = [path.replace("${key}", SET) for path in paths(body["deps"])]
    data = [path for path in read if path.startswith(("data/", "guidelines/"))]
    made = paths([*body.get("outs", []), *body.get("metrics", [])])
    return data, [path.replace("${key}", SET) for path in made]


def written(root, made):
    """The bytes of what is *made*, of every file of a folder; each of them is there."""
    assert all((root / path).exists() for path in made)
    found = [
        file
        for path in made
        for file in ((root / path).rglob("*") if (root / path).is_dir() else [root / path])
    ]
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in found}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_needs_what_dvc_yaml_says_it_reads_and_nothing_else(stage, done, tmp_path):
    data, made = declared(stage)
    root = tmp_path / "apart"
    for path in ("params.yaml", *data):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (done / path).is_dir() else shutil.copyfile
        copy(done / path, root / path)
    execute(stage, SET, root)
    apart, whole = (written(there, made) for there in (root, done))
    assert apart == whole
    for path in data:
        (root / path).rename(root / "hidden")
        with pytest.raises(GroundkeeperError):
            execute(stage, SET, root)
        (root / "hidden").rename(root / path)


def test_products_hold_no_path_of_this_machine(done):
    here = str(done).encode()
    assert [name for name, data in small_repository.products(done).items() if here in data] == []


def test_a_truncated_database_is_one_clear_error(tmp_path):
    root = small_repository.without_history(tmp_path / "cut")
    database = next(root.glob("data/inbox/*/*/readings.sqlite"))
    cut = tmp_path / "readings.sqlite"
    cut.write_bytes(database.read_bytes()[: database.stat().st_size // 2])
    for folder in (root / "data" / "inbox" / SET).iterdir():
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    small_repository.declare(root, cut)
    with pytest.raises(FormatError, match=r"readings\.sqlite"):
        execute("items", SET, root)


def changed(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("stage", "old", "new", "message"),
    [
        ("sample", "seed: 1", "sead: 1", r"sead: found an unknown key"),
        ("sample", "share: 1", "share: 0.5", r"sample\.share"),
        ("sample", "report:", "reporrt:", r"unknown section reporrt; the sections are guideline"),
        ("guideline", "version: 1.0.0", "version: 7.0.0", "no guideline version"),
        ("guideline", "then: skip", "than: skip", r"1\.0\.0\.yaml:\d+"),
        ("guideline", "diameter_mm < 3", "diametre_mm < 3", r"1\.0\.0\.yaml:\d+.*diametre_mm"),
    ],
)
def test_a_typo_is_one_error_that_says_where(stage, old, new, message, tmp_path):
    root = small_repository.without_history(tmp_path / "typo")
    if stage == "sample":
        execute("items", SET, root)
    file = "params.yaml" if stage == "sample" or "version" in old else GUIDELINE
    changed(root, file, old, new)
    with pytest.raises(GroundkeeperError, match=message):
        execute(stage, SET, root)


def command(root, *arguments, limit=None):
    """Run ``python -m stages`` in *root*, in which no file may grow beyond *limit* bytes."""

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "stages", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(small_repository.PROJECT)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited if limit else None,
    )


def test_a_full_disk_is_one_message_and_leaves_the_tables_as_they_were(done, tmp_path):
    root = shutil.copytree(done, tmp_path / "full")
    ended = command(root, "ingest", "--set", SET, limit=2_000)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "File too large" in ended.stderr
    assert "nothing was changed" in ended.stderr
    assert ended.stderr.startswith("error: ")
    assert small_repository.products(root) == small_repository.products(done)


def test_the_command_prints_one_message_and_exits_with_1(tmp_path):
    root = small_repository.without_history(tmp_path / "one")
    ended = command(root, "sample", "--set", "lung-nodule")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "error: no set 'lung-nodule'; there are: lung-nodules\n"
