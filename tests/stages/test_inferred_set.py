"""A set of plain labels, from the files that docs/labels.md shows to the released soft labels."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import repositories
from builders import labelled_messages as messages
from builders import small_repository
from project import Document, pipeline
from ruamel.yaml import YAML
from typer.testing import CliRunner

from groundkeeper import files, tables
from groundkeeper.cli import app
from groundkeeper.formats import reader
from groundkeeper.layout import Layout
from schemas.adjudication import ADJUDICATION_QUEUE
from schemas.inference import DISPUTES, FITS, GOLD, POSTERIORS, SKILLS, SOFT_LABELS
from schemas.names import CHECKS, GT_ITEMS, ITEMS, MEASURES, RECORDS, REJECTS
from stages.runner import STAGES, execute

SET = messages.SET
PAGE = Document.at(messages.PAGE)
UP_TO_INGEST = STAGES[: STAGES.index("ingest") + 1]
TELL_THE_ORDER = {
    f"data/ingest/{SET}/answers.parquet",
    f"data/gt/{SET}/manifest.json",
    f"data/gt/{SET}/card.md",
    f"data/report/{SET}/index.html",
}
"""Products that say in which order batches came."""


def run(root, stages=STAGES):
    for name in stages:
        execute(name, SET, root)
    return root


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return run(messages.repository(tmp_path_factory.mktemp("labels") / "one"))


@pytest.fixture(scope="module")
def layout(done):
    return Layout(done, SET)


def read(layout, stage, table):
    return tables.read(layout.table(stage, table), table)


def figures(layout):
    table = read(layout, "score", MEASURES)
    return table[table["facet"] == "all"].set_index(["measure", "subject"])["value"]


def test_every_item_has_its_group_its_facets_and_no_size(layout):
    items = read(layout, "items", ITEMS)
    assert (len(items), items["group_id"].nunique()) == (80, 20)
    assert items["width_px"].isna().all()
    assert set(items["frames"]) == {1}
    assert {"language", "words"} <= set(items.columns)


def test_every_item_becomes_one_record_with_its_decisions(layout):
    records = read(layout, "release", RECORDS)
    assert len(records) == records["item_id"].nunique() == messages.MESSAGES
    assert set(records["queue"].dropna()) == set(messages.TOPICS)
    assert set(records["escalate"]) == {"now", "later"}
    known = records["topic"].notna()
    assert (records.loc[known, "queue"] == records.loc[known, "topic"]).all()
    assert set(records.loc[~known, "status"]) <= {"pending"}


def test_inferred_topics_are_right_more_often_than_counted_ones(layout):
    found = figures(layout)
    inferred = found["gold_accuracy_of_method", "topic/dawid_skene"]
    assert inferred >= 0.9
    assert inferred > found["gold_accuracy_of_method", "topic/majority"]


def test_the_figures_against_gold_are_those_of_the_truth(layout):
    records = read(layout, "release", RECORDS)
    keys = read(layout, "release", GT_ITEMS).set_index("item_id")["item_key"]
    by_key = records.assign(key=records["item_id"].map(keys)).set_index("key")
    known = messages.truth()[: messages.GOLD]
    found = figures(layout)
    for name in ("topic", "urgent", "stars"):
        values = by_key.loc[[messages.key(n) for n in range(messages.GOLD)], name]
        there = [(value, true[name]) for value, true in zip(values, known, strict=True)]
        said = [value == true for value, true in there if value is not None and value == value]  # noqa: PLR0124 - nan
        assert found["gold_coverage", name] == pytest.approx(len(said) / messages.GOLD)
        assert found["gold_accuracy", name] == pytest.approx(sum(said) / len(said))


def test_calibration_is_measured_of_the_inferred_field_alone(layout):
    table = read(layout, "score", MEASURES)
    curve = table[table["measure"] == "reliability"]
    assert set(curve["subject"]) == {"topic"}
    assert set(curve["facet"]) == {"probability"}
    assert curve["n"].sum() == messages.GOLD
    found = figures(layout)
    right = found["gold_accuracy_of_method", "topic/dawid_skene"]
    assert found["gold_error", "topic"] == pytest.approx(1 - right)
    assert found["gold_error_least_certain", "topic"] > found["gold_error", "topic"]
    assert "gold_brier_score" not in table.loc[table["subject"] == "urgent", "measure"].tolist()


def test_gold_takes_no_part_in_what_it_judges(layout, tmp_path):
    without = messages.repository(tmp_path / "without", ("items", "answers"))
    other = Layout(run(without, (*UP_TO_INGEST, "consensus", "impact", "decide", "score")), SET)
    for stage, table in (("consensus", POSTERIORS), ("decide", RECORDS), ("decide", SOFT_LABELS)):
        assert layout.table(stage, table).read_bytes() == other.table(stage, table).read_bytes()
    scores = read(other, "score", MEASURES)
    (row,) = scores[scores["measure"].str.startswith(("gold", "reliab"))].to_dict("records")
    assert row["note"].startswith("there is no gold")
    assert files.read_json(other.metrics("score"))["gold_accuracy.topic"] is None


def test_the_fits_say_which_method_holds(layout):
    fits = read(layout, "consensus", FITS).set_index("method")
    assert fits["chosen"].to_dict() == {"dawid_skene": True, "majority": False, "one_coin": False}
    assert fits["answers"].tolist() == [400] * 3
    assert fits["converged"].all()
    assert fits.loc["majority", "differing"] > 0


def test_poor_annotators_are_told_from_good_ones(layout):
    skills = read(layout, "consensus", SKILLS).set_index("annotator")["value"]
    poor = list(messages.POOR)
    assert set(skills.index) == set(messages.ANNOTATORS)
    assert skills[poor].max() < skills.drop(poor).min()


def test_messages_on_which_methods_differ_wait_for_an_adjudicator(layout):
    disputes = read(layout, "consensus", DISPUTES)
    queue = read(layout, "decide", ADJUDICATION_QUEUE).set_index("record_id")["reason"]
    assert set(disputes["method"]) <= {"majority", "one_coin"}
    assert set(disputes["record_id"]) <= set(queue.index)
    waiting = queue.index[queue == "methods_differ"]
    assert len(waiting) > 0
    assert set(waiting) <= set(disputes["record_id"])


def test_soft_labels_are_released_with_weights(layout):
    soft = read(layout, "release", SOFT_LABELS)
    records = read(layout, "release", RECORDS)
    settled = records.loc[records["status"] == "agreed", "record_id"]
    assert set(soft["field"]) == {"topic"}
    assert set(soft["record_id"]) == set(settled)
    assert soft.groupby("record_id")["probability"].sum().to_numpy() == pytest.approx(1)
    assert soft["weight"].to_numpy() == pytest.approx(soft["probability"].to_numpy())
    manifest = files.read_json(layout.manifest)
    assert manifest["counts"]["records"] == messages.MESSAGES


def test_no_gate_fails_and_nothing_is_refused(layout):
    checks = read(layout, "validate", CHECKS)
    assert checks.loc[checks["gate"], "passed"].all()
    assert read(layout, "ingest", REJECTS).empty
    assert len(read(layout, "ingest", GOLD)) == 3 * messages.GOLD


def test_the_report_has_what_was_inferred_and_how_it_stands_against_gold(layout):
    page = (layout.folder("report") / "index.html").read_text(encoding="utf-8")
    assert '<section id="inference">' in page
    assert '<section id="gold">' in page
    assert "<title>reliability of topic</title>" in page
    scores = page[page.index('<section id="scores">') :]
    assert "gold" not in scores[: scores.index("</section>")].lower()


def test_the_report_prints_names_as_they_are(layout):
    page = (layout.folder("report") / "index.html").read_text(encoding="utf-8")
    assert page.count('<h3 class="name">topic</h3>') == 2
    for name in ("dawid_skene", *messages.ANNOTATORS):
        assert f'<td class="name"><code>{name}</code>' in page
    assert "topic/dawid_skene" in page
    assert "td:first-child:not(.name, .id)::first-letter" in page


def test_the_card_says_nothing_of_annotators_that_only_items_and_gold_leave_open(layout):
    card = (layout.folder("release") / "card.md").read_text(encoding="utf-8")
    assert "gold.csv" in card
    for untrue in ("anonymous", "independent of one another", "A sample of the pool"):
        assert untrue not in card


@pytest.mark.slow
def test_the_order_in_which_the_files_come_decides_nothing(done, tmp_path):
    turned = run(messages.repository(tmp_path / "turned", ("gold", "answers", "items")))
    one, other = small_repository.products(done), small_repository.products(turned)
    assert set(one) == set(other)
    differing = {name for name in one if one[name] != other[name]}
    assert differing <= TELL_THE_ORDER
    digests = [
        files.read_json(Layout(root, SET).manifest)["content_digest"] for root in (done, turned)
    ]
    assert digests[0] == digests[1]


def test_annotators_without_lasting_names_are_refused_with_the_way_out(tmp_path):
    root = messages.repository(tmp_path / "anonymous", identity="anonymous")
    run(root, UP_TO_INGEST)
    ended = subprocess.run(
        [sys.executable, "-m", "stages", "consensus", "--set", SET],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(small_repository.PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: consensus.inference.topic: ")
    assert "anonymous" in ended.stderr
    assert "majority" in ended.stderr


def test_gold_that_is_corrected_counts_and_what_it_replaced_is_listed(done, layout, tmp_path):
    root = tmp_path / "corrected"
    shutil.copytree(done, root, ignore=shutil.ignore_patterns("gt", "report", "score"))
    corrected = tmp_path / "gold.csv"
    corrected.write_text("item,field,value\nmessage-001,stars,5\nmessage-002,topic,weather\n")
    messages.declare(root, corrected, 4, round="gold-2")
    execute("ingest", SET, root)
    other = Layout(root, SET)
    assert messages.truth()[0]["stars"] != 5
    gold, rejects = read(other, "ingest", GOLD), read(other, "ingest", REJECTS)
    assert len(gold) == len(read(layout, "ingest", GOLD))
    assert sorted(rejects["rule"]) == ["latest_gold_stands", "value_is_allowed"]


@pytest.mark.parametrize("name", ["items", "answers", "gold"])
def test_the_files_of_the_page_are_read_by_their_formats(name, tmp_path):
    path = tmp_path / f"{name}.csv"
    path.write_text(messages.shown(f"{name}.csv"), encoding="utf-8")
    found = getattr(reader(name).read(path, {}, {"message-001", "message-002"}), name)
    assert len(found) == len(messages.shown(f"{name}.csv").splitlines()) - 1


def test_every_measure_and_product_that_the_page_names_is_there(layout, done):
    measures = set(read(layout, "score", MEASURES)["measure"])
    named = re.findall(r"`((?:gold_|reliability)\w*)`", PAGE.text)
    assert len(named) > 8
    assert set(named) <= measures
    products = re.findall(r"`(data/[\w/.]+)`", PAGE.text)
    assert [path for path in products if not (done / path).is_file()] == []


def test_the_settings_of_the_page_are_all_that_dvc_asks_for():
    shown = YAML(typ="safe", pure=True).load(messages.shown("params.yaml"))["sets"][SET]
    tracked = {path for body in pipeline().values() for path in body.get("params", [])}
    named = {path.removeprefix("sets.${key}").removeprefix(".") for path in tracked}
    assert set(shown) == named - {""}


def test_the_commands_of_the_page_take_in_what_the_stages_read(done, tmp_path):
    root = repositories.pipeline(tmp_path / "repository")
    guideline = root / messages.GUIDELINE
    guideline.parent.mkdir(parents=True)
    guideline.write_text(messages.shown(messages.GUIDELINE), encoding="utf-8")
    (root / "params.yaml").write_text(messages.shown("params.yaml"), encoding="utf-8")
    written = messages.write_files(tmp_path)
    block = next(block for block in PAGE.blocks("sh") if "inbox add" in block)
    for line in block.splitlines()[:-1]:
        words = shlex.split(line)[1:]
        told = [str(written[w[:-4]]) if w.endswith(".csv") else w for w in words]
        ended = CliRunner().invoke(app, ["-C", str(root), *told])
        assert ended.exit_code == 0, ended.output
    run(root, UP_TO_INGEST)
    for name in ("annotations", "gold", "answers"):
        path = f"data/ingest/{SET}/{name}.parquet"
        assert (root / path).read_bytes() == (done / path).read_bytes(), name
