"""The pack for a consensus meeting, from a whole set in small: nodules of two sizes, one of them on a boundary."""

import dataclasses
import functools
import json
import re
import shutil

import lidc_database as lidc
import pandas as pd
import pytest
from builders import small_repository
from builders.declared_batch import put
from ruamel.yaml import YAML
from typer.testing import CliRunner

from groundkeeper import meetings
from groundkeeper.cli import meeting as command
from groundkeeper.cli.application import application
from groundkeeper.core.guideline.expression import parse
from groundkeeper.core.impact.what_if import threshold, values
from groundkeeper.layout import Layout
from groundkeeper.reports.meeting import html, pack
from groundkeeper.reports.meeting.cases import SEALED
from groundkeeper.reports.meeting.markdown import markdown
from groundkeeper.reports.meeting.pack import NOTHING
from stages.runner import execute

SET = small_repository.SET
STAGES = ("guideline", "items", "sample", "ingest", "consensus", "impact", "decide")
HOSTILE = '<script>alert("1")</script> | *x* _y_ `z` [a](b)'
LARGE = (40, 42, 44, 46)
"""Sides in px of what four readers draw: 28.3, 29.7, 31.1 and 32.5 mm across, on either side of 30 mm."""


def mark(reader, side):
    outlines = [lidc.Outline(z, lidc.square(60, 100, side)) for z in (-5.0, -2.5)]
    return lidc.Mark(str(reader), outlines, 3)


def readings(large):
    """Twenty-six scans of as many patients; in half of them four readers draw squares of the sides *large*."""
    return {
        number: lidc.Scan(
            patient=f"LIDC-IDRI-{number:04}",
            series=f"1.2.{number}",
            marks=[mark(k, side) for k, side in enumerate(large if number % 2 else (10,) * 4)],
        )
        for number in range(1, 27)
    }


def built(root, large):
    small_repository.without_history(root, readings=readings(large))
    (root / "dvc.yaml").write_text("stages: {}\n")
    for stage in STAGES:
        execute(stage, SET, root)
    return root


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A set about which nobody asked."""
    return built(tmp_path_factory.mktemp("quiet") / "root", LARGE)


@pytest.fixture(scope="module")
def asked(quiet, tmp_path_factory):
    """The same set with questions: two about masses, one of them sealed, and one that names no record."""
    root = tmp_path_factory.mktemp("asked") / "root"
    shutil.copytree(quiet, root)
    known = material(quiet)
    items = known.evidence.items.set_index("item_id")["item_key"]
    large = known.observed[known.observed["diameter_mm"] > 30].sort_values("record_id")
    sealed = large["item_id"].isin(known.sealed)
    assert sealed.any()
    assert not sealed.all()
    lines = ["item,record_id,annotator,rule_id,text,asked_at"]
    for row, when in (
        (large[~sealed].iloc[0], "2026-02-01"),
        (large[sealed].iloc[0], "2026-02-02"),
    ):
        quoted = HOSTILE.replace('"', '""')
        lines.append(
            f'{items[row["item_id"]]},{row["record_id"]},ada,inc.mass,"{quoted}",{when}T10:00:00Z'
        )
    lines.append(f"{items.iloc[0]},,bo,inc.small,Does the line count?,")
    add(root, "\n".join(lines) + "\n")
    execute("ingest", SET, root)
    return root


def add(root, text):
    """Put questions into the inbox without DVC, as ``gk inbox add`` would."""
    source = root / "questions.csv"
    source.write_text(text, encoding="utf-8")
    put(root, SET, source, format="questions", sequence=2, round="questions")
    source.unlink()


@functools.cache
def material(root):
    """What there is to talk about; no test changes it."""
    return meetings.material(Layout(root, SET))


def gk(root, *words):
    app = application()
    command.register(app)
    return CliRunner().invoke(app, ["-C", str(root), "meeting", SET, *map(str, words)])


def texts(root):
    made = pack(material(root))
    return html(made), markdown(made, "meeting.html")


def test_without_a_question_the_meeting_is_about_where_experts_disagree(quiet):
    (topic,) = pack(material(quiet)).topics
    assert (topic.title, topic.where) == (
        "Decision include",
        "Where diameter is more than 30 mm",
    )
    assert (topic.asked, topic.records, topic.contested) == (0, 13, 13)
    assert "26 of 52 answers decide include otherwise" in topic.why
    assert "13 records, 13 groups" in topic.why


def test_positions_stand_side_by_side_with_what_each_would_decide(quiet):
    (topic,) = pack(material(quiet)).topics
    case = topic.cases[0]
    assert case.experts == ("r1", "r2", "r3", "r4")
    diameter, include = case.rows
    assert (diameter.name, diameter.record) == ("diameter", "30.41 mm")
    assert sorted(diameter.experts) == ["28.28 mm", "29.7 mm", "31.11 mm", "32.53 mm"]
    assert (include.name, include.record, include.is_outcome) == ("include", "ignore", True)
    said = [float(text.split()[0]) for text in diameter.experts]
    assert include.experts == tuple("ignore" if size > 30 else "annotate" for size in said)
    assert include.differs == tuple(size <= 30 for size in said)
    assert "malignancy" in case.alike
    assert len(case.panels) == 2


def test_nothing_of_a_sealed_item_is_shown(asked, quiet):
    for root in (asked, quiet):
        known = material(root)
        items = known.evidence.items.set_index("item_id")["item_key"]
        hidden = {items[item] for item in known.sealed}
        for topic in pack(known).topics:
            for case in topic.cases:
                is_hidden = case.title in hidden
                assert not (is_hidden and (case.rows or case.panels or case.alike))
                assert (case.note == SEALED) == (is_hidden and topic.where.startswith("Where"))


def test_questions_are_topics_by_rule_and_cell_and_replace_the_disagreement_there(asked):
    topics = pack(material(asked)).topics
    assert [(t.title, t.where, t.asked, t.records, t.contested) for t in topics] == [
        ("Rule inc.mass", "Where diameter is more than 30 mm", 2, 13, 13),
        ("Rule inc.small", "Wherever the rule decides", 1, 0, 0),
    ]
    mass = topics[0]
    assert [len(case.questions) for case in mass.cases] == [1, 1]
    assert mass.cases[1].note == SEALED
    assert mass.cases[0].questions[0].asked == "under 1.0.0, 2026-02-01"


def test_what_people_wrote_is_shown_as_text(asked):
    page, text = texts(asked)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\\*x\\* \\_y\\_ \\`z\\` \\[a\\](b)" in text
    assert "&#124;" in text


def test_the_page_loads_nothing_and_its_links_lead_somewhere(asked):
    page, text = texts(asked)
    assert not re.search(r"<(script|link|img|iframe|object|embed|base)\b", page, re.IGNORECASE)
    assert not re.search(r"https?://|@import|url\(|\bon[a-z]+\s*=", page, re.IGNORECASE)
    targets = set(re.findall(r'\bid="([^"]+)"', page))
    inside = set(re.findall(r'(?:href|src)="([^"]*)"', page))
    assert inside
    assert inside <= {f"#{target}" for target in targets}
    assert set(re.findall(r"meeting\.html#([\w-]+)", text)) <= targets


def test_every_rule_stands_as_annotators_read_it(asked):
    page, text = texts(asked)
    for said in ("If diameter is more than 30 mm", "A lesion of 34 mm is ignored"):
        assert said in page
        assert said in text


def test_both_papers_leave_room_for_the_decision(asked):
    page, text = texts(asked)
    assert page.count("What was decided") == text.count("What was decided") == 2


def test_the_order_of_the_rows_decides_nothing(asked):
    known = material(asked)
    mixed = {
        name: getattr(known, name).sample(frac=1, random_state=3)
        for name in ("questions", "standing", "observed", "parts", "clusters", "last")
    }
    evidence = dataclasses.replace(
        known.evidence,
        answers=known.evidence.answers.sample(frac=1, random_state=3),
        annotations=known.evidence.annotations.sample(frac=1, random_state=3),
        items=known.evidence.items.sample(frac=1, random_state=3),
    )
    assert html(pack(dataclasses.replace(known, evidence=evidence, **mixed))) == html(pack(known))


def test_a_draft_is_yaml_that_cites_the_questions_and_follows_on_the_changelog(asked):
    known = material(asked)
    for place, topic in enumerate(pack(known).topics, start=1):
        cited = known.topics[place - 1].edge_case_ids
        for draft in topic.drafts:
            read = YAML(typ="safe").load(draft.yaml)
            (entry,) = read["changelog"]
            assert entry["id"] == f"CHG-{place + 1}"
            assert sorted(entry["evidence"]) == sorted(f"edge_case:{name}" for name in cited)
            for decision in read.get("decisions", {}).values():
                parse(decision["rules"][0]["when"])
                assert decision["rules"][0]["id"] == entry["target"]


def test_a_draft_for_a_threshold_can_be_priced_as_it_says(asked):
    known = material(asked)
    priced = [
        draft.command.split()
        for topic in pack(known).topics
        for draft in topic.drafts
        if "what-if" in draft.command
    ]
    assert [words[:4] for words in priced] == [
        ["gk", "what-if", f"{SET}@1.0.0", "inc.mass"],
        ["gk", "what-if", f"{SET}@1.0.0", "inc.small"],
    ]
    for words, now in zip(priced, (30.0, 3.0), strict=True):
        assert now in values(words[4])
        assert min(values(words[4])) >= 0
        assert threshold(known.guideline, words[3]).comparison.constant == now


def test_where_nobody_asked_and_all_agree_there_is_nothing_to_discuss(tmp_path):
    root = built(tmp_path / "root", (44,) * 4)
    done = gk(root, "--out", tmp_path / "out")
    assert done.exit_code == 0
    for said in (
        done.output,
        (tmp_path / "out/meeting.html").read_text(),
        (tmp_path / "out/meeting.md").read_text(),
    ):
        assert NOTHING in said
        assert "2 cells held against the rest of the set, 0 with more of it" in said


def test_the_command_writes_both_papers_and_tells_what_they_hold(asked, tmp_path):
    done = gk(asked, "--out", tmp_path)
    assert done.exit_code == 0
    assert "Rule inc.mass" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["meeting.html", "meeting.md"]
    assert [(tmp_path / f"meeting.{end}").read_text() for end in ("html", "md")] == list(
        texts(asked)
    )


def test_the_command_prints_one_json_document(asked, tmp_path):
    told = json.loads(gk(asked, "--out", tmp_path, "--json").output)
    assert (told["set"], told["guideline"], told["questions"]) == (SET, "1.0.0", 3)
    assert [topic["rule_id"] for topic in told["topics"]] == ["inc.mass", "inc.small"]
    assert told["files"] == [f"{tmp_path.as_posix()}/meeting.{end}" for end in ("md", "html")]


def test_a_set_that_was_not_built_is_said_so(tmp_path):
    root = small_repository.without_history(tmp_path / "root", readings=readings(LARGE))
    (root / "dvc.yaml").write_text("stages: {}\n")
    done = gk(root, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "run the stage that writes it" in done.output
    assert not (tmp_path / "out").exists()


def test_another_version_in_force_than_was_built_is_warned_of(quiet):
    known = dataclasses.replace(material(quiet), in_force="9.0.0")
    (said, *_) = pack(known).warnings
    assert "built under 1.0.0, in force is 9.0.0" in said


def one_mark(known):
    """The first record that was asked about, and one of the marks that people made of it."""
    record = known.topics[0].case_ids[0]
    return record, known.held.who[known.held.who["record_id"] == record].iloc[0]


def alone(known, answer_id):
    """What is known if one answer was about one record alone."""
    answers = known.evidence.answers
    scope = answers["scope"].where(answers["answer_id"] != answer_id, "record")
    evidence = dataclasses.replace(known.evidence, answers=answers.assign(scope=scope))
    return dataclasses.replace(known, evidence=evidence)


def test_who_looked_at_one_record_alone_is_shown_with_what_they_said_of_it(asked):
    known = material(asked)
    _, mark = one_mark(known)
    before, after = (pack(one).topics[0].cases[0] for one in (known, alone(known, mark.answer_id)))
    assert (after.experts, after.rows) == (before.experts, before.rows)


def test_a_later_answer_about_another_record_hides_nothing_that_was_said_of_this_one(asked):
    known = material(asked)
    _, mark = one_mark(known)
    answers = known.evidence.answers
    later = answers[answers["answer_id"] == mark.answer_id].assign(
        answer_id="ao_later", scope="record", sequence=9
    )
    evidence = dataclasses.replace(known.evidence, answers=pd.concat([answers, later]))
    after = pack(dataclasses.replace(known, evidence=evidence)).topics[0].cases[0]
    before = pack(known).topics[0].cases[0]
    assert (after.experts, after.rows, after.panels) == (before.experts, before.rows, before.panels)


def test_who_looked_at_another_record_alone_is_not_shown(asked):
    known = material(asked)
    record, mark = one_mark(known)
    before = pack(known).topics[0].cases[0]
    own = (known.last["record_id"] == record) & (known.last["annotator"] == mark.annotator)
    tables = ("who", "stated", "outcomes")
    held = {name: getattr(known.held, name).drop(index=mark.name) for name in tables}
    silent = dataclasses.replace(
        alone(known, mark.answer_id),
        last=known.last[~own],
        held=dataclasses.replace(known.held, **held),
    )
    after = pack(silent).topics[0].cases[0]
    assert len(after.experts) == len(before.experts) - 1
