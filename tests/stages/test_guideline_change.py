"""A new guideline version over answers that were given under the one before: from impact to the records."""

import shutil

import pandas as pd
import pytest
from builders import small_repository
from ruamel.yaml import YAML

from groundkeeper import tables
from groundkeeper.layout import Layout
from schemas.names import PLAN, RECORD_PARTS, RECORDS, STATES
from stages.runner import execute

SET = small_repository.SET
BEFORE = ("guideline", "items", "sample", "ingest", "consensus", "agreement", "impact", "decide")
AFTER = ("guideline", "ingest", "consensus", "agreement", "impact", "decide")


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    root = small_repository.without_history(tmp_path_factory.mktemp("change") / "first")
    for stage in BEFORE:
        execute(stage, SET, root)
    return root


def table(root, stage, name):
    return tables.read(Layout(root, SET).table(stage, name), name)


@pytest.fixture
def changed(first, tmp_path):
    """A function that writes version 2.0.0 with a change, puts it in force, and runs what depends on it."""

    def run(change, root=tmp_path / "second"):
        shutil.copytree(first, root)
        yaml = YAML()
        folder = Layout(root, SET).guidelines
        document = yaml.load((folder / "1.0.0.yaml").read_text(encoding="utf-8"))
        document["guideline"] |= {"version": "2.0.0", "supersedes": "1.0.0"}
        change(document)
        with (folder / "2.0.0.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(document, file)
        params = yaml.load((root / "params.yaml").read_text(encoding="utf-8"))
        params["sets"][SET]["guideline"]["version"] = "2.0.0"
        with (root / "params.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(params, file)
        for stage in AFTER:
            execute(stage, SET, root)
        return root

    return run


def test_what_a_changed_rule_takes_out_is_kept_as_a_tombstone_without_a_shape(first, changed):
    def change(document):
        document["decisions"]["include"]["rules"][0]["when"] = "diameter_mm < 3 or malignancy <= 2"

    before, root = table(first, "decide", RECORDS), changed(change)
    records, states = table(root, "decide", RECORDS), table(root, "impact", STATES)
    out = before["record_id"][before["malignancy"] <= 2]
    assert len(out)
    assert set(records.loc[records["status"] == "retired", "record_id"]) == set(out)
    assert set(states.loc[states["tombstone"], "record_id"]) == set(out)
    assert set(states["action"]) == {"auto", "untouched"}
    assert not set(table(root, "decide", RECORD_PARTS)["record_id"]) & set(out)
    assert table(root, "impact", PLAN).query("action != 'second_look'").empty


@pytest.mark.slow
def test_a_rating_that_is_no_longer_allowed_is_missing_and_asked_for(first, changed):
    def change(document):
        document["fields"]["malignancy"]["values"] = [1, 2, 3, 4]
        document["decisions"]["suspect"] = {
            "by": "derived",
            "outcomes": ["yes", "no"],
            "default": "no",
            "rules": [{"id": "sus.high", "when": "malignancy >= 4", "then": "yes"}],
        }

    root = changed(change)
    told = table(first, "decide", RECORDS)[["record_id", "malignancy"]]
    records = table(root, "decide", RECORDS).merge(told, on="record_id", suffixes=("", "_before"))
    gone = records["malignancy_before"] == 5
    assert gone.any()
    assert records.loc[gone, ["malignancy", "malignancy_low", "suspect"]].isna().all(axis=None)
    assert (records.loc[~gone, "malignancy"] == records.loc[~gone, "malignancy_before"]).all()
    plan = table(root, "impact", PLAN)
    asked = plan.loc[plan["action"] == "revalidate", "record_id"]
    assert set(asked) == set(records.loc[gone, "record_id"])


@pytest.mark.slow
def test_a_registered_transform_is_made_and_what_it_shrinks_is_decided_by_its_new_size(
    first, changed
):
    def change(document):
        document["conventions"]["outline"] = "boundary"

    root = changed(change)
    before = table(first, "decide", RECORDS).set_index("record_id")["diameter_mm"]
    after = table(root, "decide", RECORDS).set_index("record_id")["diameter_mm"]
    both = pd.concat([before, after], axis=1, keys=["before", "after"]).dropna()
    assert len(both)
    assert (both["after"] < both["before"]).all()
    assert set(table(root, "impact", STATES)["action"]) == {"auto"}
