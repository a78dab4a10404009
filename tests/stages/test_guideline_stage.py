"""The stage guideline refuses what no record can be built with."""

import pytest
from builders import small_repository

from groundkeeper.errors import GuidelineError
from groundkeeper.guideline_files import load
from groundkeeper.layout import Layout
from stages.guideline import require_derivable


def test_a_guideline_with_a_field_that_cannot_be_worked_out_is_read_but_builds_nothing(tmp_path):
    text = (
        small_repository.PROJECT / "guidelines" / small_repository.SET / "1.0.0.yaml"
    ).read_text()
    path = tmp_path / "1.0.0.yaml"
    path.write_text(text.replace("    function: largest_diameter\n", ""))
    guideline = load(path)
    with pytest.raises(GuidelineError) as refused:
        require_derivable(guideline, Layout(tmp_path, small_repository.SET))
    assert str(refused.value) == (
        "guidelines/lung-nodules/1.0.0.yaml: fields.diameter_mm: found no function on a field from geometry, "
        "which only tells what a table holds; to build records allowed are: area, frames, height, "
        "largest_diameter, volume, width; name one"
    )
