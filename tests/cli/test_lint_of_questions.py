"""A guideline that cites questions of annotators is held against those of the set as it was last built."""

import shutil

import pandas as pd
import pytest
from project import ROOT

from groundkeeper import tables
from groundkeeper.guideline_checks import check
from groundkeeper.guideline_files import load
from groundkeeper.layout import Layout
from schemas.names import EDGE_CASES

SET = "lung-nodules"
ASKED = [f"ec_{digit * 20}" for digit in "ab"]
NOBODY = f"ec_{'0' * 20}"


def question(edge_case_id):
    return {
        "edge_case_id": edge_case_id,
        "item_id": "it_1",
        "record_id": None,
        "annotator": "ada",
        "era": "1.0.0",
        "rule_id": "inc.mass",
        "text": "Is it a mass?",
        "asked_at": pd.Timestamp("2026-02-01T10:00:00Z"),
        "batch": "b",
    }


@pytest.fixture
def layout(tmp_path):
    """A repository with the first version of a guideline, and two questions about its rule on masses."""
    found = Layout(tmp_path, SET)
    found.guidelines.mkdir(parents=True)
    first = ROOT / "guidelines" / SET / "1.0.0.yaml"
    shutil.copyfile(first, found.guidelines / first.name)
    table = pd.DataFrame([question(name) for name in ASKED])
    tables.write(table, found.table("ingest", EDGE_CASES), EDGE_CASES)
    return found


def citing(layout, cited):
    """The path of a version 2.0.0 that moves the rule about masses, and cites *cited* as evidence for that."""
    text = (layout.guidelines / "1.0.0.yaml").read_text(encoding="utf-8")
    text = text.replace("version: 1.0.0", "version: 2.0.0\n  supersedes: 1.0.0", 1)
    text = text.replace("status: published", "status: draft").replace("> 30", "> 31")
    text += (
        "  - {id: CHG-2, kind: threshold, target: inc.mass, rationale: Seen., decided_by: Ada,\n"
        f"     evidence: [minutes, {', '.join(f'edge_case:{name}' for name in cited)}]}}\n"
    )
    path = layout.guidelines / "2.0.0.yaml"
    path.write_text(text, encoding="utf-8")
    assert load(path).version == "2.0.0"
    return path


def about_evidence(path):
    return [one for one in check(path) if one.finding.check.startswith("edge-case")]


def test_a_version_that_cites_the_questions_it_answers_is_clean(layout):
    assert about_evidence(citing(layout, ASKED)) == []


def test_a_question_that_is_not_in_the_set_is_an_error_with_file_and_line(layout):
    path = citing(layout, [*ASKED, NOBODY])
    (one,) = about_evidence(path)
    assert (one.path, one.finding.severity) == (path, "error")
    assert NOBODY in path.read_text().splitlines()[one.line - 1]


def test_a_question_about_a_changed_rule_that_is_passed_over_is_a_note_at_the_rule(layout):
    path = citing(layout, ASKED[:1])
    (one,) = about_evidence(path)
    assert (one.finding.severity, one.finding.rule_id) == ("note", "inc.mass")
    assert path.read_text().splitlines()[one.line - 1].strip() == "- id: inc.mass"
    assert ASKED[1] in one.finding.message


def test_where_nothing_was_built_it_is_not_looked_which_questions_there_are(layout):
    shutil.rmtree(layout.root / "data")
    assert about_evidence(citing(layout, [NOBODY])) == []


def test_a_copy_of_a_version_elsewhere_is_not_held_against_the_set(layout, tmp_path):
    path = citing(layout, [NOBODY])
    draft = tmp_path / "draft.yaml"
    shutil.copyfile(path, draft)
    assert about_evidence(draft) == []
