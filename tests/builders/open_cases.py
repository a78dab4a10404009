"""A small repository with open cases, and ``gk adjudicate`` called in it."""

import json
from unittest.mock import patch

import lidc_database as lidc
import pytest
from builders import small_repository
from typer.testing import CliRunner

from groundkeeper import inbox, tables
from groundkeeper.cli import app
from groundkeeper.layout import Layout
from schemas.names import RECORDS
from stages.runner import execute

SET = small_repository.SET
BUILD = ("guideline", "items", "sample", "ingest", "consensus", "impact", "decide")
AGAIN = ("guideline", "ingest", "consensus", "impact", "decide")
WHY = ("--by", "eve", "--rationale", "It follows the vessel.")


def near_a_boundary(number):
    """Return a scan with one nodule that two of four draw, one below 30 mm and one above."""
    marks = []
    for reader, side in enumerate((20, 22)):
        corners = [
            (100, 100),
            (100 + side, 100),
            (100 + side, 100 + side),
            (100, 100 + side),
            (100, 100),
        ]
        outlines = [lidc.Outline(z, corners) for z in (-5.0, -2.5)]
        marks.append(lidc.Mark(f"{reader}-9", outlines, 2 + 2 * reader))
    return lidc.Scan("LIDC-IDRI-0099", f"1.2.{number}", marks, thickness=2.5, spacing=1.0)


def built_in(folder):
    """Return a repository in *folder* whose stages ran up to the records, with a case of two positions."""
    everything = small_repository.scans() | {41: near_a_boundary(41)}
    with patch.object(small_repository, "scans", lambda: everything):
        root = small_repository.with_history(folder)
    for stage in BUILD:
        execute(stage, SET, root)
    return root


def gk(root, *words):
    return CliRunner().invoke(app, ["-C", str(root), "adjudicate", *map(str, words)])


def told(root, *words):
    done = gk(root, *words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def refused(root, *words):
    """Return why a command was refused; nothing came into the inbox."""
    before = batches_of(root)
    done = gk(root, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert batches_of(root) == before
    return done.stderr


def batches_of(root):
    return sorted(path.name for path in Layout(root, SET).inbox.iterdir())


def build(root):
    for stage in AGAIN:
        execute(stage, SET, root)


def take_in(root, path, **declared):
    """Take a file of verdicts into the inbox, as somebody who settles conflicts under their own name."""
    said = {"round": "adjudication", "era": small_repository.VERSION, "source": "A tool."}
    said |= {"licence": "own work", "identity": "known", "origin": "expert"}
    inbox.add(root, SET, path, format="verdicts", **said | declared)


def table(root, stage, which):
    return tables.read(Layout(root, SET).table(stage, which), which)


def record(root, record_id):
    return table(root, "decide", RECORDS).set_index("record_id").loc[record_id]


def case_with(root, *, positions=2):
    """Return an open case with enough positions, as ``next`` shows it."""
    for one in told(root, "list", SET):
        case = told(root, "next", SET, one["record"], "--picture", root / "case.svg")
        if one["state"] == "open" and len(case["positions"]) >= positions:
            return case
    pytest.fail(f"no open case has {positions} positions")


def stating(case, **values):
    """Return options that say everything that the first position says, with other values."""
    told = dict.fromkeys(case["positions"][0]["attributes"], 1) | values
    return [word for name, value in told.items() for word in ("--value", f"{name}={value}")]
