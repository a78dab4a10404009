import dataclasses

import pandas as pd
import pytest
from builders.report_tables import outlined

from groundkeeper.core.consensus.voices import Evidence
from groundkeeper.reports.subjects import subjects


@pytest.fixture
def found():
    return outlined()


def subject_of(found, record_id="rc_01"):
    record = found.records[found.records["record_id"] == record_id]
    return subjects(record, found.record_parts, found.clusters, found.evidence)[record_id]


def test_experts_known_on_one_item_only_are_numbered(found):
    assert [reading.name for reading in subject_of(found).readings] == ["r1", "r2", "r3", "r4"]


def test_experts_known_by_name_keep_it(found):
    known = dataclasses.replace(found, answers=found.answers.assign(identity="known"))
    assert subject_of(known).readings[0].name == "lidc-1-r1"


def test_an_expert_who_drew_nothing_is_a_reading_without_regions(found):
    assert [bool(reading.regions) for reading in subject_of(found).readings] == [
        True,
        True,
        False,
        False,
    ]


def test_an_expert_who_skipped_the_item_is_no_reading(found):
    state = found.answers["state"].where(found.answers["answer_id"] != "ao_01_3", "skipped")
    skipped = dataclasses.replace(found, answers=found.answers.assign(state=state))
    assert len(subject_of(skipped).readings) == 3


def test_readings_are_those_of_the_era_of_the_record(found):
    later = found.answers.assign(era="2.0.0", answer_id="later_" + found.answers["answer_id"])
    both = dataclasses.replace(found, answers=pd.concat([found.answers, later], ignore_index=True))
    assert len(subject_of(both).readings) == 4


def test_frames_are_in_their_order(found):
    upside_down = dataclasses.replace(
        found, parts=found.parts[::-1], record_parts=found.record_parts[::-1]
    )
    subject = subject_of(upside_down)
    assert list(subject.consensus) == [40, 41, 42]
    assert subject.frames() == (40, 41, 42)


@pytest.mark.parametrize("missing", ["column", "value"])
def test_an_unknown_spacing_is_none(found, missing):
    items = found.items.drop(columns="pixel_spacing_mm")
    if missing == "value":
        items = items.assign(pixel_spacing_mm=float("nan"))
    evidence = Evidence(found.answers, found.annotations, found.parts, items)
    shown = subjects(found.records[:1], found.record_parts, found.clusters, evidence)
    assert shown["rc_00"].spacing_mm is None
