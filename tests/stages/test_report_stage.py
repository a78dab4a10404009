import re
import subprocess
import sys

import pandas as pd
import pytest
from builders import scored_tables
from builders.report_tables import judged, nothing, outlined, rated, write

from groundkeeper.errors import ParamsError, TableError
from stages import report
from stages.runner import execute

PARAMS = "sets:\n  made-up:\n    report: {max_pictures: 3}\n"
LARGEST_PAGE_BYTES = 2_000_000


def page_of(layout):
    return layout.folder("report") / "index.html"


@pytest.mark.parametrize("build", [outlined, rated, nothing])
def test_the_stage_writes_the_same_page_twice(build, tmp_path):
    layout = write(build(), tmp_path)
    report.run(layout, report.Params())
    first = page_of(layout).read_bytes()
    report.run(layout, report.Params())
    assert page_of(layout).read_bytes() == first
    assert len(first) < LARGEST_PAGE_BYTES


def test_everybody_who_is_scored_has_a_page_and_those_of_an_earlier_run_are_gone(tmp_path):
    layout = write(judged(), tmp_path)
    folder = layout.folder("report") / "subjects"
    folder.mkdir(parents=True)
    (folder / "somebody-0123456789.html").write_text("an earlier run")
    figures = report.run(layout, report.Params(max_pictures=0))
    pages = sorted(path.name for path in folder.iterdir())
    assert len(pages) == 3
    assert figures["pages"] == 4
    assert "readers.html" in pages
    links = set(re.findall(r'href="subjects/([^"]+)"', page_of(layout).read_text()))
    assert links == set(pages)


def test_all_products_are_the_same_twice(tmp_path):
    layout = write(judged(), tmp_path)
    report.run(layout, report.Params(max_pictures=2))
    first = {path: path.read_bytes() for path in layout.folder("report").rglob("*.*")}
    report.run(layout, report.Params(max_pictures=2))
    assert {path: path.read_bytes() for path in first} == first
    assert len(first) == 6


def test_a_set_in_which_nobody_is_scored_has_an_empty_folder_of_pages(tmp_path):
    layout = write(nothing(), tmp_path)
    report.run(layout, report.Params())
    assert list((layout.folder("report") / "subjects").iterdir()) == []


def test_the_tables_beside_the_page_have_bounds_and_no_sealed_item(tmp_path):
    layout = write(judged(), tmp_path)
    report.run(layout, report.Params(max_pictures=0))
    scores = pd.read_csv(layout.folder("report") / "scores.csv")
    of_all = scores[(scores["facet"] == "all") & (scores["subject"] == scored_tables.MODEL)]
    accuracy = of_all[of_all["measure"] == "accuracy"].iloc[0]
    assert (accuracy["value"], accuracy["least"], accuracy["most"]) == (0.7, 0.6, 0.8)
    assert scores.loc[scores["facet"] == "month", "least"].isna().all()
    conflicts = pd.read_csv(layout.folder("report") / "conflicts.csv")
    assert "scan-05" not in set(conflicts["item_key"])
    assert {"scan-03", "scan-07"} <= set(conflicts["item_key"])


def test_the_number_of_pictures_comes_from_params(tmp_path):
    layout = write(outlined(), tmp_path)
    (tmp_path / "params.yaml").write_text(PARAMS)
    figures = execute("report", "made-up", tmp_path)
    page = page_of(layout).read_text()
    assert page.count('class="strip"') == 3
    assert figures["records"] == 12
    assert figures["page_kb"] == pytest.approx(len(page.encode()) / 1000, abs=0.1)


def test_the_page_names_no_place_on_this_machine(tmp_path):
    layout = write(outlined(), tmp_path)
    report.run(layout, report.Params())
    assert str(tmp_path) not in page_of(layout).read_text()


def test_a_missing_table_is_named(tmp_path):
    layout = write(outlined(), tmp_path)
    (layout.folder("score") / "conflicts.parquet").unlink()
    with pytest.raises(TableError, match=r"conflicts\.parquet: no such table"):
        report.run(layout, report.Params())


def test_too_many_pictures_are_refused(tmp_path):
    (tmp_path / "params.yaml").write_text(PARAMS.replace("3", "25"))
    with pytest.raises(ParamsError, match=r"sets\.made-up\.report\.max_pictures"):
        execute("report", "made-up", tmp_path)


def test_nothing_heavy_is_imported():
    heavy = "matplotlib great_expectations pandera prefect dvc scipy"
    code = f"import sys, stages.report; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
