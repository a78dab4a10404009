import numpy as np
import pandas as pd
import pytest
import shapely

from groundkeeper.core.digest import content_digest
from schemas.names import RECORD_PARTS, RECORDS

ROWS = pd.DataFrame(
    {
        "record_id": ["rc_b", "rc_a"],
        "frame": [1, 2],
        "geometry": [shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1, 1)],
    }
)


def digest(rows, table=RECORD_PARTS):
    return content_digest({"t": (rows, table)})


def test_row_and_column_order_and_the_start_of_a_ring_do_not_matter():
    turned = ROWS.iloc[::-1, ::-1].copy()
    turned["geometry"] = [
        shapely.Polygon([(1, 1), (0, 1), (0, 0), (1, 0)]),
        shapely.Polygon([(2, 2), (2, 0), (0, 0), (0, 2)]),
    ]
    assert digest(turned) == digest(ROWS)


@pytest.mark.parametrize(
    "changed",
    [
        ROWS.iloc[:1],
        ROWS.assign(frame=[1, 3]),
        ROWS.assign(record_id=["rc_b", "rc_c"]),
        ROWS.assign(geometry=[shapely.box(0, 0, 2, 2.0000001), shapely.box(0, 0, 1, 1)]),
    ],
)
def test_any_change_of_content_changes_the_digest(changed):
    assert digest(changed) != digest(ROWS)


def test_text_is_kept_apart_and_null_is_not_an_empty_text():
    def rows(*labels):
        return pd.DataFrame({"record_id": ["1", "2"], "grade": labels})

    found = [
        digest(rows(*pair), RECORDS)
        for pair in (("ab", "c"), ("a", "bc"), ("", "abc"), (None, "abc"))
    ]
    assert len(set(found)) == 4


def test_integers_and_doubles_of_one_value_are_the_same_and_nan_has_one_form():
    one = pd.DataFrame({"record_id": ["1", "2"], "rating": pd.array([3, None], dtype="Int64")})
    other = pd.DataFrame({"record_id": ["1", "2"], "rating": [3.0, -np.nan]})
    assert digest(one, RECORDS) == digest(other, RECORDS)
