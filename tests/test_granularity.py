"""How little a change of a guideline makes run, by the project's own dvc.yaml over a whole set in small."""

import shutil

import pytest
from builders import small_repository

from groundkeeper import pipeline
from groundkeeper.pipeline import State

SET = small_repository.SET

WORDS = ["guideline", "release", "report", "rounds"]
"""Stages that read what a guideline says to people: its document, the release's card and manifest, the page; and who
has to acknowledge which version."""
SCORING = [*WORDS, "score"]
DECISIONS = ["guideline", "impact", "decide", "validate", "release", "rounds", "score", "report"]
CONSENSUS = [*DECISIONS, "consensus", "agreement"]

CLAIM = "  - {id: CHG-2, kind: wording, target: purpose, meaning: same, rationale: Shorter., decided_by: Ada}"
"""Of a change of prose: the changelog says that it means the same."""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A repository in which every stage ran under version 1.0.0."""
    root = small_repository.with_history(tmp_path_factory.mktemp("granularity") / "repository")
    outcome = pipeline.reproduce(root)
    assert outcome.failures == {}
    assert len(outcome.names(State.RAN)) == len(outcome.events)
    return root


def published(root, version, *edits):
    """Put a version into force that supersedes 1.0.0 and differs from it by *edits*, old text to new."""
    text = (root / "guidelines" / SET / "1.0.0.yaml").read_text(encoding="utf-8")
    params = (root / "params.yaml").read_text(encoding="utf-8")
    header = ("  version: 1.0.0\n", f"  version: {version}\n  supersedes: 1.0.0\n")
    for old, new in (header, *edits):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (root / "guidelines" / SET / f"{version}.yaml").write_text(text, encoding="utf-8")
    assert params.count("version: 1.0.0") == 1
    (root / "params.yaml").write_text(
        params.replace("version: 1.0.0", f"version: {version}"), encoding="utf-8"
    )


def ran(root):
    """Bring everything up to date, and return the names of the stages that ran for it."""
    outcome = pipeline.reproduce(root)
    assert outcome.failures == {}
    assert outcome.names(State.RESTORED) == ()
    return sorted(stage.partition("@")[0] for stage in outcome.names(State.RAN))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "edits", "stages"),
    [
        (
            "1.0.1",
            [
                ("Find every nodule of 3", "Find each nodule of 3"),
                ("changelog:\n", f"changelog:\n{CLAIM}\n"),
            ],
            WORDS,
        ),
        ("2.0.0", [("match_iou: 0.5", "match_iou: 0.4")], SCORING),
        (
            "2.0.0",
            [('when: "diameter_mm < 3"\n        then', 'when: "diameter_mm < 9"\n        then')],
            DECISIONS,
        ),
        ("2.0.0", [("quorum: 2", "quorum: 3")], CONSENSUS),
    ],
    ids=["wording", "scoring", "decision", "consensus"],
)
def test_a_change_of_the_guideline_reruns_what_it_can_change_and_nothing_else(
    version, edits, stages, built, tmp_path
):
    root = shutil.copytree(built, tmp_path / "repository")
    published(root, version, *edits)
    assert ran(root) == sorted(stages)
    assert ran(root) == []
