"""What earlier runs made is found by what a dvc.lock says of it, in the cache or in the remote."""

import shutil

import pytest
import repositories
from repositories import git

from groundkeeper import pipeline, refresh
from groundkeeper.errors import PipelineError, UnknownNameError
from groundkeeper.snapshots import published, snapshots

ITEMS = "data/items/red/items.parquet"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    root = repositories.pipeline(tmp_path_factory.mktemp("kept") / "template")
    refresh.run(root).require_success()
    return root


@pytest.fixture
def root(template, tmp_path):
    return shutil.copytree(template, tmp_path / "repository")


def digest(root, revision="HEAD"):
    return pipeline.outputs(published.text(root, revision, "dvc.lock"), "items@red")[ITEMS]


def test_a_product_of_an_earlier_commit_is_read_where_the_cache_has_it(root):
    before, then = (root / ITEMS).read_bytes(), git(root, "rev-parse", "HEAD")
    (root / "source-red.txt").write_text("red and three more words\n")
    refresh.run(root).require_success()
    assert (root / ITEMS).read_bytes() != before
    md5 = digest(root, then)
    assert pipeline.stored(root, [md5])[md5].read_bytes() == before


def test_a_product_that_the_cache_has_lost_is_fetched(root):
    md5 = digest(root)
    shutil.rmtree(root / ".dvc/cache")
    assert pipeline.stored(root, [md5])[md5].read_bytes() == (root / ITEMS).read_bytes()


def test_a_product_that_is_nowhere_is_refused(root):
    with pytest.raises(
        PipelineError, match=r"neither the cache nor the remote has the files with md5 0{32}"
    ):
        pipeline.stored(root, ["0" * 32])


def test_a_stage_that_never_ran_had_no_products_and_a_broken_lock_is_refused():
    assert pipeline.outputs("", "items@red") == {}
    with pytest.raises(PipelineError, match=r"dvc\.lock: cannot be read"):
        pipeline.outputs("stages: [", "items@red")
    with pytest.raises(PipelineError, match=r"git restore dvc\.lock"):
        pipeline.outputs("- 1\n", "items@red")


def test_the_stages_that_a_stage_needs_come_in_order_and_it_last(template):
    assert pipeline.needed(template, "report@red") == ["items@red", "release@red", "report@red"]
    assert pipeline.needed(template, "items@red") == ["items@red"]
    with pytest.raises(UnknownNameError, match=r"no stage in dvc\.yaml 'score@red'"):
        pipeline.needed(template, "score@red")


@pytest.mark.parametrize("lost", [".dvc/tmp", ".dvc/cache"])
def test_what_a_pointer_speaks_of_is_brought_from_the_cache_or_the_remote(root, lost):
    folder = root / "data/inbox/red/0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / "words.txt").write_text("cat\n")
    pipeline.add(root, folder)
    pipeline.push(root)
    shutil.rmtree(folder)
    shutil.rmtree(root / lost)
    pipeline.bring(root, [folder.with_suffix(".dvc")])
    assert (folder / "words.txt").read_text() == "cat\n"


def test_the_newest_commit_that_holds_a_release_is_found(root):
    (snapshot,) = snapshots(root, "red")
    assert published.holder(root, snapshot) == snapshot.commit
    (root / "params.yaml").write_text((root / "params.yaml").read_text() + "# a remark\n")
    (root / "source-blue.txt").write_text("blue and more words\n")
    done = refresh.run(root)
    assert published.holder(root, snapshot) == done.commit != snapshot.commit


def test_a_release_that_no_commit_of_the_branch_holds_is_in_its_own(root):
    (snapshot,) = snapshots(root, "red")
    git(root, "reset", "-q", "--hard", f"{snapshot.commit}~1")
    assert published.holder(root, snapshot) == snapshot.commit


def test_a_manifest_that_other_code_wrote_is_passed_over(root):
    (snapshot,) = snapshots(root, "red")
    (root / "data/gt/red/manifest.json").write_text("{}")
    git(root, "commit", "-qam", "broken")
    assert published.holder(root, snapshot) == snapshot.commit
