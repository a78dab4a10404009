"""Scores are read where they were made: in the work tree, or as a commit keeps them that holds a snapshot."""

import shutil

import pytest
import repositories
from builders import scored_repository as red
from repositories import git

from groundkeeper import pipeline, refresh
from groundkeeper.errors import PipelineError, TableError, UnknownNameError
from groundkeeper.scores.history import Figure, history
from groundkeeper.scores.place import at, here, near, place
from groundkeeper.scores.shown import Wanted, shown


@pytest.fixture
def root(two_snapshots, tmp_path):
    return shutil.copytree(two_snapshots, tmp_path / "repository")


def f1(where, subject):
    figures = shown(where, Wanted(subject)).figures
    return figures.set_index("measure").loc["f1", "value"]


def test_scores_at_a_snapshot_are_those_it_was_released_with(two_snapshots):
    assert f1(at(two_snapshots, "red", red.FIRST), "first") == 32 / 40
    assert f1(at(two_snapshots, "red", red.SECOND), "first") == 22 / 40
    assert f1(at(two_snapshots, "red", red.SECOND), "second") == 30 / 40


def test_a_snapshot_may_be_named_by_its_end(two_snapshots):
    assert at(two_snapshots, "red", "1.0.0/1") == at(two_snapshots, "red", red.FIRST)


def test_the_work_tree_names_the_snapshot_whose_ground_truth_it_has(two_snapshots):
    assert shown(here(two_snapshots, "red"), Wanted()).against == red.SECOND
    assert (
        place(two_snapshots, "red", "now")
        == place(two_snapshots, "red", None)
        == here(two_snapshots, "red")
    )


def test_what_is_not_released_says_so(root):
    red.take_in(root, 5, "ada", {0: 9}, origin="human")
    pipeline.reproduce(root, ["decide@red", "score@red"])
    found = shown(here(root, "red"), Wanted())
    assert (found.against, found.is_released) == ("working tree, not released", False)
    assert found.as_json()["snapshot"] is None


def test_what_was_predicted_after_a_snapshot_is_scored_against_it(root):
    red.take_in(root, 5, "third", red.words(), origin="model")
    refresh.run(root).require_success()
    assert list(git(root, "tag").split()) == [red.FIRST, red.SECOND], "the ground truth is the same"
    assert f1(at(root, "red", red.SECOND), "third") == 30 / 40
    with pytest.raises(UnknownNameError, match=r"'third'; there are: ada, first$"):
        f1(at(root, "red", red.FIRST), "third")


def test_what_a_score_rests_on_is_told_with_it(two_snapshots):
    document = shown(at(two_snapshots, "red", red.FIRST), Wanted("first")).as_json()
    assert (document["snapshot"], document["guideline"]) == (red.FIRST, "1.0.0")
    assert document["content_digest"] == at(two_snapshots, "red", red.FIRST).snapshot.content_digest
    (subject,) = document["subjects"]
    assert (subject["origin"], subject["coverage"], subject["settings_digest"]) == (
        "model",
        1.0,
        "settings",
    )


def test_bounds_stand_beside_the_figures_over_everything_alone(root):
    red.take_in(root, 5, "ada", {0: "1.5", 1: "9.5"}, origin="human")
    pipeline.reproduce(root, ["decide@red", "score@red"])
    where = here(root, "red")
    whole = shown(where, Wanted("second")).figures.set_index("measure").loc["f1"]
    assert (whole["min"], whole["max"]) == (28 / 40, 30 / 40)
    assert shown(where, Wanted("second", facet="thick")).figures["min"].isna().all()


def test_figures_of_a_class_and_by_facet_are_told_when_asked_for(two_snapshots):
    where = at(two_snapshots, "red", red.FIRST)
    assert shown(where, Wanted(label="long")).figures["subject"].tolist() == [
        "ada/long",
        "first/long",
    ]
    levels = shown(where, Wanted("first", facet="thick")).figures[["facet", "level"]]
    assert set(map(tuple, levels.to_numpy())) == {("thick", "yes")}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted("fist"), "no subject scored at gt/red/1.0.0/1 'fist'; there are: ada, first"),
        (Wanted(label="lung"), "no class 'lung'; there are: long"),
        (Wanted(facet="thin"), "no facet 'thin'; there are: thick"),
    ],
)
def test_unknown_names_are_refused_with_what_there_is(two_snapshots, wanted, message):
    with pytest.raises(UnknownNameError) as raised:
        shown(at(two_snapshots, "red", red.FIRST), wanted)
    assert str(raised.value) == message


def test_an_unknown_snapshot_is_refused_with_those_there_are(two_snapshots):
    with pytest.raises(
        UnknownNameError, match=r"no snapshot '3\.0\.0/1'; there are: gt/red/1\.0\.0/1"
    ):
        at(two_snapshots, "red", "3.0.0/1")


def test_of_many_names_the_most_alike_are_listed_first():
    names = [f"detector-{number:02}" for number in range(40)]
    assert near("detector-7", names)[0] in {
        "detector-07",
        "detector-17",
        "detector-27",
        "detector-37",
    }
    assert len(near("detector-7", names)) == 10


def test_tables_are_fetched_from_the_remote_where_the_cache_has_lost_them(root):
    shutil.rmtree(root / ".dvc/cache")
    assert f1(at(root, "red", red.FIRST), "first") == 32 / 40


def test_tables_that_are_nowhere_are_refused(root):
    for folder in (".dvc/cache", ".dvc/remote"):
        shutil.rmtree(root / folder)
    with pytest.raises(PipelineError, match="neither the cache nor the remote"):
        f1(at(root, "red", red.FIRST), "first")
    entries = history(root, "red", Figure("first", "f1"))
    assert {entry.note for entry in entries} == {
        "its tables are neither in the cache nor in the remote"
    }


def test_a_snapshot_of_older_code_says_how_its_scores_are_had(tmp_path):
    root = red.scored(tmp_path / "repository", tables=("measures",))
    red.take_in(root, 1, "ada", red.lengths(), origin="human")
    red.take_in(root, 2, "first", red.words(), origin="model")
    refresh.run(root).require_success()
    with pytest.raises(
        TableError,
        match=r"older code, or never; `gk score show red --at gt/red/1\.0\.0/1 --afresh`",
    ):
        shown(at(root, "red", red.FIRST), Wanted())
    assert [e.note for e in history(root, "red", Figure("first", "f1"))] == [
        "older code scored it, or nobody"
    ]


def test_nothing_that_is_asked_moves_anything(root):
    before = (repositories.refs(root), git(root, "status", "--porcelain"))
    shown(at(root, "red", red.FIRST), Wanted())
    history(root, "red", Figure("first", "f1"))
    assert (repositories.refs(root), git(root, "status", "--porcelain")) == before


def test_history_has_every_snapshot_and_says_what_lies_between_two(two_snapshots):
    first, second = history(two_snapshots, "red", Figure("first", "f1"))
    assert [(e.tag, e.value, e.n) for e in (first, second)] == [
        (red.FIRST, 0.8, 40),
        (red.SECOND, 0.55, 40),
    ]
    assert (first.apart, first.unknown, second.apart) == ((), (), ("content_digest", "guideline"))


def test_history_of_a_model_begins_where_it_was_first_scored(two_snapshots):
    entries = history(two_snapshots, "red", Figure("second", "f1"))
    assert [(e.value, e.note) for e in entries] == [
        (None, "nothing of this subject was scored"),
        (0.75, ""),
    ]


def test_history_can_be_of_a_class(two_snapshots):
    assert [e.note for e in history(two_snapshots, "red", Figure("first", "f1", "long"))] == [
        "of a class"
    ] * 2


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        (Figure("thrid", "f1"), "no subject 'thrid'; there are: ada, first, second"),
        (Figure("first", "f2"), "no measure of first 'f2'; there are: accuracy, f1"),
    ],
)
def test_history_of_what_was_never_scored_is_refused(two_snapshots, figure, message):
    with pytest.raises(UnknownNameError) as raised:
        history(two_snapshots, "red", figure)
    assert str(raised.value) == message
