import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from groundkeeper.reports import outlines, page, pictures, scales
from groundkeeper.reports.outlines import Reading, Subject
from groundkeeper.reports.svg import NAMESPACE, tag

HOSTILE = "<script>alert('1')</script>"
values = st.floats(-1e6, 1e6)


def shapes(picture, name):
    """The elements of a picture that have this name."""
    root = ET.fromstring(picture)  # noqa: S314 - made by the code under test
    return [e for e in root.iter() if e.tag.removeprefix(f"{{{NAMESPACE}}}") == name]


def with_class(picture, name, class_):
    return [e for e in shapes(picture, name) if e.get("class") == class_]


def test_text_and_attributes_are_escaped():
    assert tag("text", HOSTILE, title='"') == Markup(
        '<text title="&#34;">&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</text>'
    )


@given(low=values, span=st.floats(1e-3, 1e6), about=st.integers(2, 12))
def test_ticks_are_inside_ascending_and_not_more_than_asked_for(low, span, about):
    found = scales.ticks(low, low + span, about)
    assert len(found) <= about + 1
    assert list(found) == sorted(found)
    slack = 1e-6 * span + 1e-6
    assert all(low - slack <= tick <= low + span + slack for tick in found)


@given(st.lists(values, min_size=1, max_size=30), st.integers(2, 20))
def test_every_value_lies_in_a_bin(numbers, about):
    edges = scales.bin_edges(tuple(numbers), about)
    slack = 1e-6 * (max(numbers) - min(numbers)) + 1e-6
    assert edges[0] <= min(numbers) + slack
    assert max(numbers) < edges[-1] + slack
    assert np.all(np.diff(edges) > 0)


@pytest.mark.parametrize("start", [0.0, 42.0])
def test_a_scale_maps_its_ends_onto_its_ends(start):
    scale = scales.Scale(-1, 3, start, 240)
    assert (scale(-1), scale(3)) == (start, 240)


def test_a_histogram_draws_every_finite_value_once():
    picture = pictures.histogram(
        {"agreed": [1, 2, 2, math.nan], "pending": [9]}, "size, mm", "sizes"
    )
    hints = [e.find("title").text for e in shapes(picture, "rect")]
    assert sum(int(hint.split(": ")[1].split()[0]) for hint in hints) == 4


def test_a_histogram_of_nothing_has_an_axis_and_no_bar():
    picture = pictures.histogram({}, "size, mm", "sizes")
    assert shapes(picture, "rect") == []
    assert "size, mm" in picture


def test_columns_are_as_high_as_their_counts():
    picture = pictures.columns(["1", "2"], {"agreed": [2, 4]}, "votes", "votes")
    low, high = (float(e.get("height")) for e in with_class(picture, "rect", "fill-agreed"))
    assert high == pytest.approx(2 * low)


def test_an_undefined_value_has_neither_dot_nor_whisker():
    picture = pictures.interval_row(math.nan, math.nan, math.nan, pictures.interval_scale(()))
    assert shapes(picture, "circle") == []
    assert with_class(picture, "line", "whisker") == []
    assert "undefined" in picture


def test_a_value_without_interval_has_a_dot_alone():
    picture = pictures.interval_row(0.5, math.nan, math.nan, pictures.interval_scale(()))
    assert "0.50, no interval" in picture
    assert "nan" not in picture
    assert len(shapes(picture, "circle")) == 1
    assert with_class(picture, "line", "whisker") == []


def test_a_negative_value_widens_the_scale():
    scale = pictures.interval_scale([-0.13, 0.4, math.nan])
    assert (scale.low, scale.high) == (-0.2, 1.0)


def test_proportions_share_the_bar():
    picture = pictures.proportions({"agreed": 3, "pending": 1}, "status")
    widths = {e.get("class"): float(e.get("width")) for e in shapes(picture, "rect")}
    assert widths == {"empty": 1000, "fill-agreed": 750, "fill-pending": 250}


def test_proportions_of_nothing_are_an_empty_bar():
    picture = pictures.proportions({}, "status")
    assert [e.get("class") for e in shapes(picture, "rect")] == ["empty"]


def test_a_matrix_of_nothing_is_not_shaded():
    picture = pictures.matrix([[0, 0], [0, 0]], ["a", "b"], "one against another", "pairs")
    assert {e.get("fill-opacity") for e in with_class(picture, "rect", "shade")} == {"0"}


@pytest.fixture
def subject():
    square, hole = shapely.box(10, 20, 30, 40), shapely.box(15, 25, 20, 30)
    return Subject(
        title=HOSTILE,
        readings=(
            Reading("r1", {4: square, 5: square.difference(hole)}),
            Reading("r2", {5: shapely.box(12, 20, 30, 44)}),
            Reading("r3", {}),
        ),
        consensus={5: square},
        spacing_mm=0.7,
    )


def test_there_is_a_panel_for_each_slice_on_which_anybody_drew(subject):
    panels = outlines.panels(subject)
    assert [shapes(p, "title")[0].text.split(",")[1].strip() for p in panels] == [
        "slice 4: outlines of r1",
        "slice 5: outlines of r1",
    ]
    assert "1 of 3 drew here" in panels[0]
    assert "2 of 3 drew here" in panels[1]


def test_a_hole_is_a_ring_of_its_own(subject):
    second = outlines.panels(subject)[1]
    assert [p.get("d").count("Z") for p in shapes(second, "path")] == [1, 2, 1]


def test_the_consensus_is_drawn_only_where_it_is(subject):
    counts = [len(with_class(p, "path", "consensus")) for p in outlines.panels(subject)]
    assert counts == [0, 1]


def test_all_panels_have_one_scale_and_everything_is_inside(subject):
    for panel in outlines.panels(subject):
        for outline in shapes(panel, "path"):
            numbers = outline.get("d").replace("M", " ").replace("L", " ").replace("Z", " ").split()
            assert all(0 <= float(number) <= outlines.PANEL for number in numbers)


def test_the_scale_bar_is_as_long_as_it_says(subject):
    first = outlines.panels(subject)[0]
    (drawn,) = with_class(first, "line", "scale-bar")
    (label,) = with_class(first, "text", "scale-text")
    shown = outlines.window(subject, (4, 5))
    length_px = (float(drawn.get("x2")) - float(drawn.get("x1"))) / shown.zoom
    assert length_px * 0.7 == pytest.approx(float(label.text.removesuffix(" mm")), rel=0.01)


def test_without_a_known_spacing_the_scale_bar_is_in_pixels(subject):
    unknown = Subject(subject.title, subject.readings, subject.consensus)
    (label,) = with_class(outlines.panels(unknown)[0], "text", "scale-text")
    assert label.text.endswith(" px")


def test_readers_differ_in_colour_and_in_dash():
    count = len(outlines.COLOURS)
    drawn = [shapes(outlines.key(k), "path")[0] for k in range(count)]
    assert len({line.get("class") for line in drawn}) == count
    assert len({line.get("stroke-dasharray") for line in drawn}) == count
    assert len(set(outlines.COLOURS)) == count


@pytest.mark.parametrize("index", range(len(outlines.COLOURS)))
def test_every_reader_has_the_same_colour_on_a_page_and_alone(index):
    style, _, _ = page.environment().loader.get_source(page.environment(), "style.css")
    colour = outlines.COLOURS[index]
    assert f"--reader-{index + 1}: {colour};" in style
    assert f".reader-{index + 1} {{ stroke: var(--reader-{index + 1}); }}" in style
    assert f".reader-{index + 1}{{stroke:{colour}}}" in outlines.STYLE


def test_a_strip_stands_alone_and_says_who_made_the_data(subject):
    strip = outlines.strip(subject, ["Made by nobody, CC0."])
    assert strip.startswith(f'<svg xmlns="{NAMESPACE}"')
    assert "Made by nobody, CC0." in strip
    assert HOSTILE not in strip
    assert [t.text for t in shapes(strip, "text")][-5:-1] == ["r1", "r2", "r3", "consensus"]


def test_a_strip_of_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing was drawn"):
        outlines.strip(Subject("empty", (), {}), [])


@given(st.lists(st.integers(0, 500), unique=True, max_size=40), st.integers(1, 6))
def test_chosen_slices_are_some_of_those_there_are(frames, most):
    ordered = sorted(frames)
    chosen = outlines.spread_out(ordered, most)
    assert len(chosen) == min(most, len(ordered))
    assert list(chosen) == sorted(set(chosen) & set(ordered))
