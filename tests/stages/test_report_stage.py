import subprocess
import sys

import pytest
from builders.report_tables import nothing, outlined, rated, write

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
