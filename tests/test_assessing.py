"""Records of a file and observations of a set, held against other versions."""

import shutil

import pandas as pd
import pytest
from builders import small_repository
from builders.change_examples import NEXT
from ruamel.yaml import YAML
from strategies.guideline_documents import document, guideline

from groundkeeper import files, guideline_files, record_files
from groundkeeper.assessing import OfFile, OfSet, of_set
from groundkeeper.errors import GuidelineError, TableError
from groundkeeper.guideline_ways import between
from groundkeeper.layout import Layout
from stages.runner import execute

SET = small_repository.SET
SMALL = "decisions/include/rules/0/when"


def classes(version, before, *values, **moved):
    """The changes that make a version with these values of ``kind``, and where those before went."""
    migrations = [{"decision": "class", "from": old, "to": new} for old, new in moved.items()]
    changes = {"guideline/version": version, "guideline/supersedes": before}
    named = {"fields/kind/values": list(values), "decisions/class/outcomes": list(values)}
    return changes | named | {"migrations": migrations}


ONE = classes("1.0.0", None, "car", "lorry")
TWO = classes("2.0.0", "1.0.0", "car", "truck", lorry="truck")
THREE = classes("3.0.0", "2.0.0", "car", "van", truck="van")


@pytest.fixture
def write(tmp_path):
    """Write versions and records beside one another, and return what assesses them."""

    def run(*versions, records="kind,size_px,text,night\nlorry,9,1,true\ncar,9,1,true\n", **named):
        for number, changes in enumerate(versions):
            path = tmp_path / f"{number}.yaml"
            with path.open("w", encoding="utf-8") as file:
                YAML(typ="safe").dump(document(changes), file)
        for name, content in named.items():
            (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
        (tmp_path / "records.csv").write_text(records, encoding="utf-8")
        return OfFile(tmp_path / "records.csv", guideline(versions[0]), folders=[tmp_path])

    return run


def touched(assessed):
    return {action: count for action, count in assessed.found.counts().items() if count}


def test_migrations_are_made_step_by_step_through_the_versions_that_lie_beside_the_two(write):
    junk = {"other": "a: [1, 2]\n", "broken": "guideline: {set: street, ", "text": "street"}
    assessed = write(ONE, TWO, THREE, **junk).assess(guideline(THREE))
    assert touched(assessed) == {"untouched": 1, "auto": 1}
    assert not any("version 2.0.0" in note for note in assessed.notes)


def test_without_the_version_in_between_the_two_are_compared_directly_and_it_is_said(write):
    assessed = write(ONE, THREE).assess(guideline(THREE))
    assert touched(assessed) == {"untouched": 1, "reannotate": 1, "search": 2}
    assert assessed.notes[0].startswith(
        "no file beside the two is version 2.0.0, through which 3.0.0"
    )


def test_of_several_files_of_one_version_that_differ_none_is_taken(write, tmp_path):
    other = {**TWO, "migrations": []}
    of_file = write(ONE, THREE, TWO, other)
    assert "no file beside the two is version 2.0.0" in of_file.assess(guideline(THREE)).notes[0]
    (tmp_path / "2.yaml").rename(tmp_path / "2.0.0.yaml")
    assert touched(of_file.assess(guideline(THREE))) == {"untouched": 1, "auto": 1}


def test_records_may_be_of_any_version_on_the_way(write):
    rows = "era,kind,size_px,text,night\n1.0.0,lorry,9,1,true\n2.0.0,truck,9,1,true\n"
    records = f"{rows}3.0.0,van,9,1,true\n,car,9,1,true\n"
    assessed = write(ONE, TWO, THREE, records=records).assess(guideline(THREE))
    assert touched(assessed) == {"untouched": 2, "auto": 2}


def test_two_drafts_of_one_version_are_compared_and_equal_ones_have_no_way_between(write):
    of_file = write({"migrations": []}, records="size_px,night,text,kind\n9,true,1,car\n")
    moved = {"migrations": [], SMALL: "size_px < 10 and night"}
    assert touched(of_file.assess(guideline(moved))) == {"auto": 1}
    assert touched(of_file.assess(guideline({"migrations": []}))) == {"untouched": 1}
    assert between(guideline(ONE), guideline(ONE)).steps == ()


def test_a_record_of_several_eras_counts_once_in_the_newest_that_enough_experts_decided(write):
    header = "record_id,item_id,era,experts,size_px,night,text,kind\n"
    rows = [
        "a,i,1.1.0,3,9,true,1,car\n",
        "a,i,1.2.0,3,9,true,1,car\n",
        "b,j,1.1.0,3,9,true,1,car\n",
        "b,j,1.2.0,1,9,true,1,car\n",
    ]
    later = {**NEXT, SMALL: "size_px < 10 and night"}
    for order in (rows, rows[::-1]):
        of_file = write({"migrations": []}, records=header + "".join(order))
        assessed = of_file.assess(guideline(later))
        assert (assessed.records, touched(assessed)) == (2, {"untouched": 1, "auto": 1})
        assert "rows left out, for another era decides the record: 2" in assessed.notes


def test_an_item_is_looked_at_in_the_newest_era_of_its_records_and_has_one_value_of_each_facet(
    write,
):
    fewer = {**NEXT, SMALL: "size_px < 4 and night"}
    header = "item_id,era,size_px,night,text,kind\n"
    rows = ["i,1.1.0,9,true,1,car\n", "i,1.2.0,9,true,1,car\n", "j,1.1.0,9,true,1,car\n"]
    for order in (rows, rows[::-1]):
        of_file = write({"migrations": []}, records=header + "".join(order))
        assert touched(of_file.assess(guideline(fewer)))["search"] == 1
    of_file = write({"migrations": []}, records=header + rows[0] + rows[0].replace("true", "false"))
    with pytest.raises(TableError, match="night: found several values for the item i; allowed is"):
        of_file.assess(guideline(fewer))


def test_all_items_are_searched_where_they_are_named_and_every_item_of_a_record_must_be(
    write, tmp_path
):
    write({"migrations": []}, records="item_id,size_px,night,text,kind\na,9,false,1,car\n")
    fewer = guideline({**NEXT, SMALL: "size_px < 4 and night"})
    items = tmp_path / "items.csv"

    def assess():
        old = guideline({"migrations": []})
        return OfFile(tmp_path / "records.csv", old, items).assess(fewer)

    items.write_text("item_id,night\na,false\nb,true\nc,\n", encoding="utf-8")
    assert (touched(assess())["search"], assess().items) == (2, 3)
    items.write_text("item_id,night\nb,true\n", encoding="utf-8")
    with pytest.raises(
        TableError, match=r"items\.csv: item_id: found no a, of which .*records\.csv"
    ):
        assess()


def test_a_file_is_read_once_as_long_as_its_columns_mean_the_same(write, monkeypatch):
    read, calls = record_files.read, []
    monkeypatch.setattr(record_files, "read", lambda *a: calls.append(a) or read(*a))
    of_file = write({"migrations": []}, records="size_px,night\n9,true\n4,true\n")
    counts = [
        touched(of_file.assess(guideline({"migrations": [], SMALL: f"size_px < {n} and night"})))
        for n in (5, 8, 10)
    ]
    assert [one.get("auto", 0) for one in counts] == [0, 0, 1]
    assert len(calls) == 1
    of_file.assess(guideline({"migrations": [], "fields/size_px/max": 99}))
    assert len(calls) == 2


BENIGN = {"id": "inc.benign", "when": "malignancy < 3", "then": "ignore"}


def with_versions(root):
    """Add versions in which malignancy is fused by its maximum, then by its median again with a rule about it."""
    folder = Layout(root, SET).guidelines
    yaml = YAML()
    first = folder / "1.0.0.yaml"
    for version, before, fuse, rules in (
        ("2.0.0", "1.0.0", "max", []),
        ("3.0.0", "2.0.0", "median", [BENIGN]),
        ("3.1.0", "3.0.0", "max", [BENIGN]),
    ):
        told = yaml.load(first.read_text(encoding="utf-8"))
        told["guideline"] |= {"version": version, "supersedes": before, "status": "draft"}
        told["fields"]["malignancy"]["fuse"] = fuse
        told["decisions"]["include"]["rules"] += rules
        with (folder / f"{version}.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(told, file)


def put_in_force(root, version, *stages):
    params = root / "params.yaml"
    yaml = YAML()
    told = yaml.load(params.read_text(encoding="utf-8"))
    told["sets"][SET]["guideline"]["version"] = version
    with params.open("w", encoding="utf-8") as file:
        yaml.dump(told, file)
    return [execute(stage, SET, root) for stage in stages]


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A set answered under 1.0.0, its observations built under 2.0.0."""
    root = small_repository.without_history(tmp_path_factory.mktemp("set") / "one")
    with_versions(root)
    put_in_force(root, "2.0.0", "guideline", "items", "sample", "ingest", "consensus")
    return root


@pytest.fixture
def versions(repository):
    return guideline_files.load_all(Layout(repository, SET).guidelines)


def answered_under(root, era):
    """Say of the only batch of *root* that its answers were given under another version."""
    (declaration,) = Layout(root, SET).inbox.glob("*/batch.json")
    files.write_json(declaration, files.read_json(declaration) | {"era": era})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.0.0", "3.1.0"),
        pytest.param("1.0.0", "3.0.0", marks=pytest.mark.slow),
        pytest.param("2.0.0", "3.0.0", marks=pytest.mark.slow),
        pytest.param("2.0.0", "3.1.0", marks=pytest.mark.slow),
    ],
)
def test_a_set_gets_the_numbers_that_building_answers_of_the_older_version_under_the_newer_gives(
    old, new, repository, versions, tmp_path
):
    shutil.copytree(repository, tmp_path / "built")
    answered_under(tmp_path / "built", old)
    *_, figures = put_in_force(
        tmp_path / "built", new, "guideline", "ingest", "consensus", "impact"
    )
    found = OfSet(Layout(repository, SET), versions[old]).assess(versions[new])
    counts = found.found.counts()
    assert {name: counts[name] for name in counts if name != "search"} == {
        name: figures[name] for name in counts if name != "search"
    }
    assert found.found.second_looks() == figures["second_looks"]
    assert not any("compared directly" in note for note in found.notes)
    assert figures["auto"] > 0


def test_what_the_observations_were_built_under_counts_and_not_what_params_say_by_now(
    repository, versions, tmp_path
):
    shutil.copytree(repository, tmp_path / "bumped")
    put_in_force(tmp_path / "bumped", "3.0.0")
    old, new = versions["2.0.0"], versions["3.0.0"]
    before, after = (
        OfSet(Layout(root, SET), old).assess(new).found.counts()
        for root in (repository, tmp_path / "bumped")
    )
    assert before == after


def test_answers_are_reconciled_only_where_the_version_says_so_and_then_once(
    repository, versions, monkeypatch
):
    reconciled, calls = of_set.reconciled, []
    monkeypatch.setattr(of_set, "reconciled", lambda *a: calls.append(a) or reconciled(*a))
    fields = versions["3.1.0"].fields
    other = fields["malignancy"].model_copy(update={"text": "Otherwise said."})
    worded = versions["3.1.0"].model_copy(update={"fields": fields | {"malignancy": other}})
    of = OfSet(Layout(repository, SET), versions["1.0.0"])
    of.assess(worded)
    assert calls == []
    for _ in range(2):
        of.assess(versions["3.0.0"])
    assert len(calls) == 1


def test_a_draft_of_a_set_is_reached_through_the_version_it_continues(repository, versions):
    old, drafted = versions["2.0.0"], versions["3.1.0"]
    header = {"version": "4.0.0", "supersedes": "3.1.0"}
    draft = drafted.model_copy(update={"guideline": drafted.guideline.model_copy(update=header)})
    of = OfSet(Layout(repository, SET), old)
    found, expected = of.assess(draft), of.assess(drafted)
    assert (found.found.counts(), found.notes) == (expected.found.counts(), expected.notes)
    with pytest.raises(
        GuidelineError, match=r"street@1\.1\.0: found another set; allowed is lung-n"
    ):
        of.assess(guideline())


def test_the_observations_of_a_set_can_be_held_against_a_version_as_a_file(repository, versions):
    layout = Layout(repository, SET)
    table = layout.folder("consensus") / "observations.parquet"
    of_file = OfFile(table, versions["1.0.0"], folders=[layout.guidelines])
    found = of_file.assess(versions["2.0.0"])
    assert found.records == pd.read_parquet(table)["record_id"].nunique() > 10
