"""``gk truth spans``: what annotators share, how far they agree, and who marked nothing."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from groundkeeper.cli import app

SPANS = """\
document,annotator,start,end,label
d,ann,0,4,x
d,bob,0,6,x
d,cat,2,6,x
"""
"""The example of ``span_consensus``."""


@pytest.fixture
def gk(tmp_path, monkeypatch):
    """Call ``gk truth spans`` where spans lie, outside of any repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spans.csv").write_text(SPANS, encoding="utf-8")
    who = "".join(f"d,{name}\n" for name in ("ann", "bob", "cat", "dan", "eve", "fay"))
    (tmp_path / "looked.csv").write_text(f"document,annotator\n{who}", encoding="utf-8")

    def call(*words, status=0):
        done = CliRunner().invoke(app, ["truth", "spans", *words])
        assert done.exit_code == status, done.output
        return done.stderr if status else done.stdout

    return call


def test_shared_spans_have_probability_and_support(gk, tmp_path):
    found = json.loads(gk("spans.csv", "--json", "--out", "shared.csv"))
    (span,) = found["shared"]
    assert (span["document"], span["start"], span["end"], span["label"]) == ("d", 0, 6, "x")
    assert span["probability"] == pytest.approx(7 / 9)
    assert span["support"] == pytest.approx(7 / 3)
    assert (found["spans"], found["annotators"], found["documents"]) == (3, 3, 1)
    first = found["pairs"][0]
    assert (first["left"], first["right"], first["exact"]) == ("ann", "bob", 0)
    assert first["partial"] == pytest.approx(0.8)
    assert len(pd.read_csv(tmp_path / "shared.csv")) == 1
    told = gk("spans.csv")
    assert "3 spans by 3 annotators in 1 document; 1 span shared by majority" in told


def test_who_looked_and_marked_nothing_speaks_against_a_span(gk):
    found = json.loads(gk("spans.csv", "--looked", "looked.csv", "--json"))
    assert found["annotators"] == 6
    assert found["shared"] == []
    assert found["alpha"]["x"] is not None


def test_other_methods_serve_and_refuse_the_anonymous(gk):
    found = json.loads(gk("spans.csv", "--method", "dawid_skene", "--by", "all", "--json"))
    assert list(found["alpha"]) == ["all"]
    told = gk("spans.csv", "--method", "dawid_skene", "--identity", "anonymous", status=1)
    assert "the annotators are anonymous" in " ".join(told.split())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("document,annotator,start,end\nd,a,0,1\n", "needed are also label"),
        ("document,annotator,start,end,label\nd,a,0,,x\n", "end: found nothing (line 2)"),
        ("document,annotator,start,end,label\nd,a,0,1.5,x\n", "allowed is a whole number"),
        ("document,annotator,start,end,label\nd,,0,1,x\n", "annotator: found nothing (line 2)"),
        ("document,annotator,start,end,label\nd,a,3,3,x\n", "d: 3 to 3"),
    ],
)
def test_spans_that_cannot_be_read_are_refused(text, told, gk, tmp_path):
    (tmp_path / "spans.csv").write_text(text, encoding="utf-8")
    assert told in " ".join(gk("spans.csv", status=1).split())
