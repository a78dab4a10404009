"""What people copy out of a table is in one piece, however narrow the terminal."""

import pytest

from groundkeeper.cli import output

RECORD, ITEM = "rc_0123456789abcdef0123", "it_0123456789abcdef0123"
WORDS = "a sentence that is long enough to need several lines in a narrow table"


@pytest.mark.parametrize("columns", ["30", "60", "90"])
def test_ids_are_not_broken_and_words_are(columns, monkeypatch, capsys):
    for name, value in {"COLUMNS": columns, "FORCE_COLOR": "1", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    output.print_table(("record", "item", "said"), [[RECORD, ITEM, WORDS]], ids={0, 1})
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert any(RECORD in line and ITEM in line for line in lines)
    assert not any(WORDS in line for line in lines)
    # As wide as the terminal, or as ids and the longest word need.
    assert max(map(len, lines)) <= max(int(columns), 64)


def test_a_note_is_told_once_below_the_table_and_none_where_there_is_none(capsys):
    output.print_notes(
        ["no interval: 4 groups, fewer than 10", "", "no interval: 4 groups, fewer than 10"]
    )
    assert capsys.readouterr().out == "note: no interval: 4 groups, fewer than 10\n"
    output.print_notes([""])
    assert not capsys.readouterr().out
