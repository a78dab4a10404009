import json
import re
import sys
from dataclasses import replace

import pytest
from builders import small_repository
from builders.validated_set import SET, STAGES, good_tables, put, with_tombstones

from groundkeeper import tables
from groundkeeper.errors import GateError, ParamsError
from groundkeeper.layout import Layout
from groundkeeper.params import load
from schemas.names import CHECKS, TABLES
from stages import __main__, runner, validate
from stages.runner import execute

PRODUCTS = ("checks.parquet", "index.html", "results.json")
PARAMS = f"sets:\n  {SET}:\n    validate: {{max_pending_share: 0.3, max_stale_share: 0.0, max_sample_share: 0.25}}\n"


def repository(root, frames):
    (root / "params.yaml").parent.mkdir(parents=True, exist_ok=True)
    (root / "params.yaml").write_text(PARAMS, encoding="utf-8")
    return put(root, frames)


def results(layout):
    return json.loads((layout.folder("validate") / "results.json").read_text(encoding="utf-8"))


def products(layout):
    return {name: (layout.folder("validate") / name).read_bytes() for name in PRODUCTS}


def refusal(layout):
    with pytest.raises(GateError) as caught:
        execute("validate", SET, layout.root)
    return caught.value


@pytest.fixture(scope="module")
def passed(tmp_path_factory):
    layout = repository(tmp_path_factory.mktemp("passed"), good_tables())
    return layout, execute("validate", SET, layout.root)


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    frames = good_tables()
    frames["records"] = frames["records"].assign(
        status=["pending"] * 6 + ["agreed"] * 10, confidence=0.5
    )
    frames["gt_items"] = frames["gt_items"].assign(status=["pending"] * 3 + ["agreed"] * 5)
    frames["measures"] = frames["measures"].assign(value=0.1)
    layout = repository(tmp_path_factory.mktemp("failed"), frames)
    return layout, refusal(layout)


def test_a_good_set_passes(passed):
    layout, metrics = passed
    found = results(layout)
    assert found["passed"] is True
    assert found["warnings"] == []
    assert metrics["gates"] == len(found["gates"])
    assert all(gate["passed"] for gate in found["gates"])


def test_every_check_is_a_row(passed):
    layout, metrics = passed
    rows = tables.read(layout.table("validate", CHECKS), CHECKS)
    assert len(rows) == metrics["checks"]
    assert set(rows["tool"]) == {"pandera", "great_expectations"}


def test_the_same_tables_give_the_same_bytes(passed, tmp_path):
    again = repository(tmp_path / "elsewhere", good_tables())
    execute("validate", SET, again.root)
    assert products(again) == products(passed[0])


def test_a_failing_gate_raises_after_everything_is_written(failed):
    layout, error = failed
    assert {path.name for path in layout.folder("validate").iterdir()} == set(PRODUCTS)
    assert results(layout)["passed"] is False
    message = str(error)
    for part in (
        "records: confidence = votes / experts",
        "set.pending_share",
        "0.375",
        "0 to 0.3",
        "index.html",
        "params.yaml",
    ):
        assert part in message
    assert type(error.__cause__).__name__ == "SchemaErrors"


def test_agreement_warns_and_does_not_gate(failed):
    found = results(failed[0])
    assert "agreement.krippendorff_alpha: not low" in {each["check"] for each in found["warnings"]}
    assert not any(gate["check"].startswith("agreement") for gate in found["gates"])


@pytest.mark.parametrize("state", ["passed", "failed"])
def test_the_docs_open_offline_and_name_no_path_or_time(state, request):
    layout = request.getfixturevalue(state)[0]
    page = (layout.folder("validate") / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|//[a-z]|<script|<link|<img|src=|@import|url\(", page)
    assert str(layout.root) not in page
    assert not re.search(r"20\d\d-\d\d-\d\d|T\d\d:\d\d|[0-9a-f]{8}-[0-9a-f]{4}-", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_docs_say_what_failed(failed):
    page = (failed[0].folder("validate") / "index.html").read_text(encoding="utf-8")
    assert "nothing is released" in page
    assert "records: confidence = votes / experts" in page


def test_the_docs_say_that_all_is_well(passed):
    page = (passed[0].folder("validate") / "index.html").read_text(encoding="utf-8")
    assert "the set may be released" in page
    assert "Failed gates</a>" not in page


@pytest.mark.parametrize("name", STAGES)
def test_a_missing_table_fails_closed(name, tmp_path):
    layout = repository(tmp_path, good_tables())
    layout.table(STAGES[name], TABLES[name]).unlink()
    message = str(refusal(layout))
    assert f"{name}: readable" in message
    assert results(layout)["passed"] is False
    assert str(tmp_path) not in json.dumps(results(layout))


@pytest.mark.parametrize("name", sorted(set(STAGES) - validate.MAY_BE_EMPTY))
def test_an_empty_table_fails_closed(name, tmp_path):
    frames = good_tables()
    frames[name] = frames[name].iloc[:0]
    layout = repository(tmp_path, frames)
    assert f"{name}: has rows" in str(refusal(layout))
    assert results(layout)["passed"] is False


def nothing_found():
    """A set of which a quorum said of every item that there is nothing."""
    frames = good_tables()
    gt_items = frames["gt_items"].assign(records=0, empty=True, empty_answers=4)
    emptied = ("records", "record_parts", "soft_labels", "measures")
    nothing = {name: frames[name].iloc[:0] for name in emptied}
    return {**frames, "gt_items": gt_items, **nothing}


def test_a_set_in_which_nothing_was_found_may_be_released_and_says_so(tmp_path):
    layout = repository(tmp_path, nothing_found())
    execute("validate", SET, layout.root)
    found = results(layout)
    assert found["passed"] is True
    assert {each["check"]: each["found"] for each in found["warnings"]} == {
        "records: something was found": "0",
        "records.class: every class occurs": "no mass, nodule",
    }


@pytest.mark.slow
def test_scans_in_which_no_reader_marked_anything_are_released_by_the_stages(tmp_path):
    found = small_repository.scans(8)
    readings = {number: replace(scan, marks=[]) for number, scan in found.items()}
    root = small_repository.without_history(tmp_path / "repository", readings=readings)
    sizes = {stage: execute(stage, small_repository.SET, root) for stage in runner.STAGES}
    released = {name: sizes["release"][name] for name in ("items", "empty_items", "records")}
    assert released == {"items": 8, "empty_items": 8, "records": 0}
    layout = Layout(root, small_repository.SET)
    assert "There are no records" in (layout.folder("release") / "card.md").read_text("utf-8")
    assert "There are no records" in (layout.folder("report") / "index.html").read_text("utf-8")


def test_records_that_are_lost_fail_closed(tmp_path):
    frames = good_tables()
    emptied = ("records", "record_parts", "soft_labels")
    frames |= {name: frames[name].iloc[:0] for name in emptied}
    layout = repository(tmp_path, frames)
    assert "gt_items: records counted" in str(refusal(layout))
    assert results(layout)["passed"] is False


def test_a_set_in_which_all_was_retired_may_be_released(tmp_path):
    layout = repository(tmp_path, with_tombstones(good_tables(), 16))
    execute("validate", SET, layout.root)
    assert results(layout)["passed"] is True


def test_items_that_fewer_experts_read_than_asked_warn(tmp_path):
    frames = good_tables()
    gt_items = frames["gt_items"]
    frames["gt_items"] = gt_items.assign(experts=[3, *gt_items["experts"][1:]])
    layout = repository(tmp_path, frames)
    execute("validate", SET, layout.root)
    assert results(layout)["warnings"] == [
        {
            "allowed": "at least 4 experts who looked at every sampled item (consensus.experts)",
            "check": "gt_items.experts: as many as asked",
            "found": "1 of 8 fails: 3",
        }
    ]


@pytest.mark.parametrize("concern", ["fields", "decisions", "coverage", "consensus"])
@pytest.mark.parametrize("text", [None, "{", '{"fields": 3}'])
def test_a_guideline_that_cannot_be_read_fails_closed(concern, text, tmp_path):
    layout = repository(tmp_path, good_tables())
    layout.concern(concern).unlink()
    if text is not None:
        layout.concern(concern).write_text(text, encoding="utf-8")
    assert "guideline: readable" in str(refusal(layout))
    assert results(layout)["passed"] is False


def test_a_table_of_another_shape_keeps_the_set_from_being_examined(tmp_path):
    frames = good_tables()
    frames["records"] = frames["records"].drop(columns="include")
    layout = repository(tmp_path, frames)
    message = str(refusal(layout))
    assert "records: the declared columns" in message
    assert "set: examined as a whole" in message


def test_a_value_that_no_field_declares_keeps_the_set_from_being_examined(tmp_path):
    frames = good_tables()
    frames["records"] = frames["records"].assign(diameter_mm="wide")
    layout = repository(tmp_path, frames)
    assert "set: examined as a whole" in str(refusal(layout))


def test_a_bug_while_checking_leaves_no_older_results_that_pass(passed, tmp_path, monkeypatch):
    layout = repository(tmp_path, good_tables())
    layout.folder("validate").mkdir(parents=True)
    (layout.folder("validate") / "results.json").write_bytes(products(passed[0])["results.json"])

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(validate, "subjects", broken)
    with pytest.raises(ZeroDivisionError):
        execute("validate", SET, layout.root)
    assert results(layout)["passed"] is False


@pytest.mark.parametrize(
    "text", ["max_pending_share: 1.5", "min_sample_share: 0", "warn_alpha_below: 2", "typo: 1"]
)
def test_a_limit_out_of_range_is_refused(text, tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(f"sets:\n  {SET}:\n    validate: {{{text}}}\n", encoding="utf-8")
    with pytest.raises(ParamsError, match=text.split(":")[0]):
        load(validate.Params, path, SET, "validate")


def test_a_failing_gate_ends_the_process_with_one_message(failed, monkeypatch):
    layout = failed[0]
    monkeypatch.chdir(layout.root)
    monkeypatch.setattr(sys, "argv", ["stages", "validate", "--set", SET])
    with pytest.raises(SystemExit, match=r"(?s)^error: .*nothing is released"):
        __main__.main()
    assert results(Layout(layout.root, SET))["passed"] is False
