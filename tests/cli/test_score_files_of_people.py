"""``gk score files`` on what several people say, and when: each on their own, and by month."""

import pytest
from builders.score_files import answer, box, call, document_and_values, shape, write


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Work in a folder of its own, outside of any repository."""
    monkeypatch.chdir(tmp_path)


def by_month(document, measure):
    """The value of a figure over all classes, by who it is of and month."""
    return {
        (one["subject"], one["level"]): one["value"]
        for one in document["figures"]
        if (one["measure"], one["facet"]) == (measure, "month") and "/" not in one["subject"]
    }


def test_values_of_several_annotators_are_scored_each_on_their_own():
    write("gt.csv", "item,class", "a,cat", "b,dog", "c,dog")
    write(
        "said.csv",
        "item,annotator,class",
        *("a,ada,cat", "b,ada,dog", "a,bo,dog", "b,bo,dog", "c,bo,dog", "z,bo,cat"),
    )
    document, values = document_and_values("gt.csv", "said.csv")
    assert document["subjects"] == ["ada", "bo"]
    assert values["accuracy", "ada"] == 1.0
    assert values["accuracy", "bo"] == pytest.approx(2 / 3)
    assert document["excluded"] == {
        "items of the truth of which nothing was said, of ada": 1,
        "items that the truth does not have, of bo": 1,
    }
    write("again.csv", "item,annotator,class", "a,ada,cat", "a,ada,dog")
    assert "each item once" in call("gt.csv", "again.csv", status=1).stderr
    write("nobody.csv", "item,annotator,class", "a,,cat")
    assert "the annotator of every row" in call("gt.csv", "nobody.csv", status=1).stderr


def test_numbers_and_spans_of_several_annotators_are_too():
    write("gt.csv", "item,value", "a,1", "b,2")
    write("said.csv", "item,worker,value", "a,ada,1", "b,ada,4", "a,bo,2")
    _, values = document_and_values("gt.csv", "said.csv")
    assert values["mean_absolute_error", "ada"] == 1.0
    assert values["mean_absolute_error", "bo"] == 1.0
    write("gt.csv", "document,start,end,label", "d,0,4,name", "e,0,4,name")
    rows = ["d,ada,0,4,name", "e,ada,,,", "d,bo,0,4,name", "d,bo,0,4,name"]
    write("said.csv", "document,annotator,start,end,label", *rows)
    document, values = document_and_values("gt.csv", "said.csv")
    assert values["exact_recall", "ada"] == 0.5
    assert values["exact_recall", "bo"] == 1.0
    assert document["excluded"] == {
        "items without an answer of bo": 1,
        "spans that were said once more, of bo": 1,
    }


def test_who_answered_in_several_months_has_figures_by_month():
    write("gt.csv", "item,class", "a,cat", "b,dog", "c,dog")
    write(
        "said.csv",
        "item,annotator,class,submitted_at",
        *("a,ada,cat,2026-03-31", "b,ada,cat,2026-04-01T08:00:00Z", "c,ada,dog,"),
        *("a,bo,cat,2026-03-02", "b,bo,cat,2026-03-03", "c,bo,dog,2026-03-04"),
    )
    document, values = document_and_values("gt.csv", "said.csv")
    assert values["accuracy", "ada"] == pytest.approx(2 / 3)
    # Of who answered in one month alone the figures by month are those over everything.
    assert by_month(document, "accuracy") == {
        ("ada", "2026-03"): 1.0,
        ("ada", "2026-04"): 0.0,
        ("ada", "unknown"): 1.0,
    }
    shown = call("gt.csv", "said.csv").stdout
    assert "by month" in shown
    write("said.csv", "item,class,submitted_at", "a,cat,yesterday")
    assert "'yesterday' (line 2)" in call("gt.csv", "said.csv", status=1).stderr


def test_objects_have_figures_by_month_from_tables_and_from_answers():
    write("gt.csv", "item,label,x,y,width,height", "a,cat,0,0,9,9", "b,cat,0,0,9,9")
    rows = ["a,cat,0,0,9,9,2026-03", "b,cat,50,50,9,9,2026-05"]
    write("said.csv", "item,label,x,y,width,height,month", *rows)
    drawn = [("a", 0, "2026-03-05T08:00:00Z"), ("b", 50, "2026-05-05T08:00:00Z")]
    write(
        "said.jsonl",
        *(
            answer(item, "said", shape("cat", [box(x, x, 9, 9)]), submitted_at=when)
            for item, x, when in drawn
        ),
    )
    for name in ("said.csv", "said.jsonl"):
        document, _ = document_and_values("gt.csv", name)
        assert by_month(document, "recall") == {("said", "2026-03"): 1.0, ("said", "2026-05"): 0.0}
