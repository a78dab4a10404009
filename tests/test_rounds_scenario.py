"""A guideline change runs its course: from 1.0.0 to 3.0.0 with people answering, and all the way back.

Each step is compared with a second, slow rebuild from the definitions (``builders.brute_force``).
"""

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import pytest
from builders import compared, panel, small_repository
from builders.simulated_rounds import PANEL, SET, STAGES, Simulation

from groundkeeper import files, guideline_files
from schemas.names import ANNOTATIONS, ANSWERS

pytestmark = pytest.mark.slow  # a change runs its whole course, counted by hand

WAY = ("1.0.0", "1.0.1", "1.1.0", "2.0.0")
BACK = ("2.0.0", "1.1.0", "1.0.0")
STEPS = (
    *WAY,
    "2.0.0 answered",
    "3.0.0 nobody",
    "3.0.0 one",
    "3.0.0 all",
    *(f"back to {version}" for version in BACK),
)


@dataclass
class Walk:
    """What was found at every step, twice, the released tables of each, and where it can be gone on from."""

    built: dict
    expected: dict
    released: dict
    at: dict


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """Read the guideline's versions once: they are the same at every step, and YAML is slow to read."""
    known = {}
    read = guideline_files.load_all

    def load_all(folder):
        key = tuple(sorted((path.name, path.stat().st_size) for path in folder.iterdir()))
        if key not in known:
            known[key] = read(folder)
        return known[key]

    with patch.object(guideline_files, "load_all", load_all):
        yield


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    simulation = Simulation.start(folder / "walk")
    found = Walk({}, {}, {}, {})

    def step(name, version=None):
        simulation.build(version)
        found.built[name] = compared.built(simulation)
        found.expected[name] = compared.expected(simulation)
        found.released[name] = simulation.released()

    for version in WAY:
        step(version, version)
    # The batch is of 1.1.0, an era in which nobody draws anything.
    simulation.acknowledge(PANEL, "1.1.0", "2.0.0", "3.0.0")
    asked = simulation.open_round("ratings", ["revalidate"])
    simulation.say(panel.ratings(asked), "2.0.0", "ratings")
    again = panel.whole_reads(panel.of_middle_size(simulation.world)[:4])
    simulation.say(again, "2.0.0", "again")
    step("2.0.0 answered")
    step("3.0.0 nobody", "3.0.0")
    asked = simulation.open_round("three")
    found.at["opened"] = (simulation.copy(folder / "opened"), asked)
    simulation.say(panel.by_one(simulation.world, asked), "3.0.0", "three-one")
    step("3.0.0 one")
    simulation.say(panel.by_others(simulation.world, asked), "3.0.0", "three-others")
    step("3.0.0 all")
    found.at["all"] = (simulation.copy(folder / "all"), asked)
    for version in BACK:
        step(f"back to {version}", version)
    return found


def statuses(found, kind="records"):
    """Return how many records or items have each status."""
    told = [one["status"] for one in found[kind].values()]
    return {status: told.count(status) for status in sorted(set(told))}


def must_be_done(found):
    """Return the plan without second looks."""
    return [row for row in found["plan"] if row[0] != "second_look"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "what", ["counts", "plan", "to_search", "records", "invisible", "items", "refused"]
)
def test_every_step_is_what_brute_force_makes_of_it(walk, step, what):
    assert walk.built[step][what] == walk.expected[step][what]


def test_the_walk_has_some_of_everything(walk):
    counts = {step: walk.built[step]["counts"] for step in STEPS}
    assert counts["1.0.1"] == counts["1.0.0"]
    assert counts["1.0.0"]["untouched"] == sum(list(counts["1.0.0"].values())[:5])
    assert counts["1.1.0"]["auto"] > 0 < counts["1.1.0"]["revalidate"]
    assert counts["2.0.0"]["second_looks"] > 0
    assert counts["3.0.0 nobody"]["revalidate"] > 10 <= counts["3.0.0 nobody"]["search_items"]
    units = {row[:2] for row in must_be_done(walk.built["3.0.0 nobody"])}
    assert units == {("revalidate", "field"), ("revalidate", "record"), ("search", "region")}
    assert statuses(walk.built["3.0.0 nobody"])["retired"] > 0
    last = walk.built["3.0.0 all"]
    assert set(statuses(last)) == {"agreed", "pending", "retired", "stale"}
    assert {one["era"] for one in last["records"].values()} == {"1.0.0", "2.0.0", "3.0.0"}
    assert {one["completed_in"] for one in last["records"].values()} == {None, "2.0.0", "3.0.0"}
    assert any(one["decisions"]["suspicion"] == "unrated" for one in last["records"].values())


def test_while_nobody_has_answered_all_that_is_touched_is_stale(walk):
    found = walk.built["3.0.0 nobody"]
    touched = {
        (item, place) for action, _, _, item, place in found["plan"] if action == "revalidate"
    }
    told = {key: one["status"] for key, one in found["records"].items() if key in touched}
    assert {status for key, status in told.items() if found["records"][key]["votes"] >= 2} == {
        "stale"
    }
    searched = {found["items"][item]["status"] for item in found["to_search"]}
    assert searched <= {"stale", "pending"}
    assert not any(found["items"][item]["empty"] for item in found["to_search"])


def test_answers_below_the_quorum_change_no_record(walk):
    assert walk.released["3.0.0 one"] == walk.released["3.0.0 nobody"]
    assert walk.built["3.0.0 one"]["plan"] == walk.built["3.0.0 nobody"]["plan"]


def test_what_was_answered_is_no_longer_asked(walk):
    """What is left: one field, one record and one item that one person answered alone, and a tie."""
    left = must_be_done(walk.built["3.0.0 all"])
    assert set(left) < set(must_be_done(walk.built["3.0.0 nobody"]))
    kinds = [(action, unit) for action, unit, *_ in left]
    assert sorted(kinds) == [
        ("revalidate", "field"),
        ("revalidate", "field"),
        ("revalidate", "record"),
        ("search", "region"),
    ]


@pytest.mark.parametrize(
    ("step", "first"),
    [
        ("back to 2.0.0", "2.0.0 answered"),
        ("back to 1.1.0", "1.1.0"),
        ("back to 1.0.0", "1.0.0"),
    ],
)
def test_a_return_restores_every_byte(walk, step, first):
    assert walk.released[step] == walk.released[first]
    assert walk.built[step]["plan"] == walk.built[first]["plan"]
    assert walk.built[step]["refused"]["later_version"] > 0


# Answers that are kept as evidence, and count for no record.


def refused_answers(simulation, asked):
    """Take in answers of everybody who was not asked so; return how many there are of each kind."""
    fields, records, searches = (
        panel.of_scope(asked, scope) for scope in ("fields", "record", "search")
    )
    tasks = [fields[2], records[1], searches[0]]

    def against(task, annotator, **told):
        marks = panel.said_to(task, perifissural=False) if task["scope"] == "fields" else []
        return panel.to(task, annotator, marks, at=panel.NOON, **told)

    mine, early = (
        simulation.assign("r4-alone", fields[3], "r4"),
        simulation.assign("early", fields[2], None),
    )
    simulation.withdraw("early")
    simulation.acknowledge(["late"], "3.0.0", at="2027-03-01T09:00:00+00:00")
    people = ("r3", "r4")
    simulation.say([against(t, who) for t in tasks for who in people], "2.0.0", "of-another-era")
    simulation.say([against(early, who) for who in people], "3.0.0", "early")
    nowhere = {**fields[2], "id": "tk_00000000000000000000"}
    elsewhere = {**searches[0], "item": searches[1]["item"]}
    not_mine = [against(mine, who) for who in ("r1", "r2", "r3")]
    simulation.say([against(nowhere, "r3"), against(elsewhere, "r3"), *not_mine], "3.0.0", "others")
    strangers = [against(t, who) for t in tasks for who in ("stranger", "late")]
    simulation.say(strangers, "3.0.0", "strangers")
    first = panel.by_one(simulation.world, asked)
    again = [one | {"at": panel.NOON} for one in first if one["task"] == fields[2]["id"]]
    simulation.say(again, "3.0.0", "again")
    return {
        "another_era": 6,
        "withdrawn_plan": 2,
        "not_asked": 5,
        "not_acknowledged": 6,
        "answered_again": 1,
    }


def test_refused_answers_are_kept_counted_and_change_no_record(walk, tmp_path):
    there, asked = walk.at["all"]
    simulation = there.copy(tmp_path / "refused")
    before = simulation.world["answers"]
    refused = refused_answers(simulation, asked)
    simulation.build()
    figures = files.read_json(simulation.layout.metrics("ingest"))
    assert simulation.released() == walk.released["3.0.0 all"]
    found = {name: figures[f"refused_{name}"] for name in refused}
    assert found == refused
    assert compared.built(simulation) == compared.expected(simulation)
    answers, said = simulation.table("ingest", ANSWERS), simulation.table("ingest", ANNOTATIONS)
    assert len(answers) == len(simulation.world["answers"])
    drawn = [mark for one in simulation.world["answers"] for mark in one["marks"]]
    assert len(said) == len(drawn) > sum(len(one["marks"]) for one in before) - len(drawn)


# Laws.


def test_the_order_of_lines_and_of_batches_of_one_panel_does_not_matter(walk, tmp_path):
    there, asked = walk.at["opened"]
    simulation = there.copy(tmp_path / "backwards")
    first, others = (f(simulation.world, asked) for f in (panel.by_one, panel.by_others))
    simulation.say(others[::-1], "3.0.0", "three-others")
    simulation.say(first[::-1], "3.0.0", "three-one")
    simulation.build()
    assert compared.built(simulation)["items"] == walk.built["3.0.0 all"]["items"]
    assert compared.built(simulation)["records"] == walk.built["3.0.0 all"]["records"]


def test_the_same_answers_in_two_batches_count_once(walk, tmp_path):
    there, asked = walk.at["all"]
    simulation = there.copy(tmp_path / "twice")
    simulation.say(panel.by_one(simulation.world, asked)[::-1], "3.0.0", "three-one")
    simulation.set("ingest", max_reject_share=0.2)
    simulation.build()
    assert simulation.released() == walk.released["3.0.0 all"]


def test_who_answers_all_with_a_quorum_leaves_nothing_to_ask_and_nothing_stale(walk, tmp_path):
    there, asked = walk.at["opened"]
    simulation = there.copy(tmp_path / "answered")
    simulation.say(panel.all_alike(asked), "3.0.0", "three")
    simulation.build()
    found = compared.built(simulation)
    assert found == compared.expected(simulation)
    assert {row[0] for row in found["plan"]} <= {"contradiction", "second_look"}
    assert not found["to_search"]
    assert "stale" not in statuses(found)
    assert "stale" not in statuses(found, "items")


@pytest.mark.parametrize("seed", range(2))
def test_killed_anywhere_and_repeated_it_is_the_same(walk, tmp_path, seed):
    there, _ = walk.at["all"]
    whole = there.copy(tmp_path / "whole")
    killed = there.copy(tmp_path / "killed")
    killed.build("1.1.0")
    killed.put_in_force("3.0.0")
    chance = np.random.default_rng(seed)
    for stage in STAGES:
        command = [sys.executable, "-m", "stages", stage, "--set", SET]
        started = subprocess.Popen(command, cwd=killed.root)
        time.sleep(chance.uniform(0.2, 2.5))
        started.kill()
        started.wait()
        subprocess.run(command, cwd=killed.root, check=True, capture_output=True)
    assert small_repository.products(killed.root) == small_repository.products(whole.root)
    shutil.rmtree(killed.root)
