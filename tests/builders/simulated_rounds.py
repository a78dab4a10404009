"""A set whose people go on answering: made-up scans, rounds, a panel of four, and the world that they told of.

Whatever comes into the inbox is written down a second time as plain dictionaries, for ``brute_force`` to work on.
"""

import functools
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import lidc_database as lidc
import numpy as np
from builders import brute_force, naive_rules, small_repository
from builders.declared_batch import put
from ruamel.yaml import YAML

from groundkeeper import batches, files, rounds, tables
from groundkeeper.layout import Layout
from groundkeeper.withdrawn import RECORD, Withdrawal
from schemas.names import CLUSTERS, ITEMS, PARTS, RELEASED
from stages.runner import execute

SET = small_repository.SET
PANEL = ("r1", "r2", "r3", "r4")
STAGES = ("guideline", "ingest", "consensus", "impact", "decide")
SPACING = 0.5
LEFT, APART, TOP = 40, 110, 100
"""Where boxes lie, px: a place is a column of its own."""
SIDES = (3, 4, 5, 6, 8, 10, 13, 14, 18, 43, 46)
"""Of made-up nodules, px; the diagonal of half as many mm is on either side of every threshold."""
HEIGHTS = (-10.0, -7.5, -5.0, -2.5, 0.0)
RATINGS = (
    "subtlety",
    "internal_structure",
    "calcification",
    "sphericity",
    "margin",
    "lobulation",
    "spiculation",
    "texture",
    "malignancy",
)


def box(place, side, shift=0):
    """Return a square box at a place, px."""
    left, top = LEFT + APART * place + shift, TOP + shift
    return (left, top, left + side, top + side)


def mark(place, side, *, shift=0, frames=(1, 2), **attributes):
    """Return what one person draws and says at a place."""
    boxes = {frame: box(place, side, shift) for frame in frames}
    return {"place": place, "boxes": boxes, "attributes": attributes}


def answer(item, annotator, marks=(), **told):
    """Return an answer; it is empty without marks."""
    facts = {
        "task": None,
        "state": "submitted" if marks else "empty",
        "at": "2027-02-01T09:00:00+00:00",
    }
    return {"item": item, "annotator": annotator, "marks": list(marks), **facts, **told}


def first_reads(count, seed):
    """Return scans for a LIDC file, and the same as items and answers of a world."""
    rng = np.random.default_rng(seed)
    scans, items, answers = {}, {}, []
    for number in range(1, count + 1):
        patient, thickness = f"LIDC-IDRI-{(number + 1) // 2:04}", (1.25, 2.5, 1.0)[number % 3]
        key = f"{patient}/scan-{number}"
        said = [[] for _ in range(4)]
        for place in range((0, 3, 2, 3)[number % 4]):
            side, is_rated = int(rng.choice(SIDES)), rng.random() < 0.85
            for marks in said:
                if rng.random() < 0.75:
                    size, shift = side + int(rng.choice([0, 0, 0, 1, 2])), int(rng.integers(0, 2))
                    rating = int(rng.integers(1, 5)) if is_rated else None
                    frames = (1, 2, 3) if rng.random() < 0.7 else (1, 2)
                    told = dict.fromkeys(RATINGS, rating) if is_rated else {}
                    marks.append(mark(place, size, shift=shift, frames=frames, **told))
        items[key] = {
            "spacing": SPACING,
            "slice_thickness_mm": thickness,
            "contrast": number % 4 == 0,
        }
        for reader, marks in enumerate(said):
            facts = {
                "at": None,
                "era": "1.0.0",
                "round": "first",
                "sequence": 1,
                "line": f"{reader}",
            }
            answers.append(answer(key, f"{key}-r{reader}", marks, **facts))
        scans[number] = lidc.Scan(
            patient,
            f"1.2.{number}",
            [as_lidc(reader, one) for reader, marks in enumerate(said) for one in marks],
            HEIGHTS,
            thickness,
            SPACING,
            contrast=number % 4 == 0,
        )
    return scans, items, answers


def as_lidc(reader, one):
    """Return a mark as the LIDC file has it."""
    outlines = []
    for frame, (left, top, right, bottom) in one["boxes"].items():
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        outlines.append(lidc.Outline(HEIGHTS[frame], corners))
    return lidc.Mark(f"{reader}-{one['place']}", outlines, one["attributes"].get("malignancy"))


def as_line(one):
    """Return an answer as a line of the format ``answers``."""
    told = []
    for said in one["marks"]:
        parts = []
        for frame, (left, top, right, bottom) in said["boxes"].items():
            corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
            ring = ", ".join(f"{x} {y}" for x, y in corners)
            parts.append({"frame": frame, "wkt": f"POLYGON (({ring}))"})
        told.append({"attributes": said["attributes"], "parts": parts})
    line = {"item": one["item"], "annotator": one["annotator"], "state": one["state"]}
    line |= {"task": one["task"], "submitted_at": one["at"], "annotations": told}
    return json.dumps(line)


@functools.cache
def data_of(stage):
    """Return the data that a stage depends on, by ``dvc.yaml``."""
    document = YAML(typ="safe").load((small_repository.PROJECT / "dvc.yaml").read_text())
    told = [name.replace("${key}", SET) for name in document["stages"][stage]["do"]["deps"]]
    return [name for name in told if name.startswith(("data/", "guidelines/"))]


@dataclass
class Simulation:
    """A repository without git and DVC, and the world that it was told of."""

    root: Path
    world: dict
    versions: dict = field(default_factory=dict)
    sequence: int = 1
    ran_on: dict = field(default_factory=dict)

    @classmethod
    def start(cls, root, count=16, seed=16):
        """Return a set with first reads under 1.0.0, all published versions, and nothing built yet but the sample."""
        scans, items, answers = first_reads(count, seed)
        small_repository.without_history(root, readings=scans)
        there = small_repository.PROJECT / "guidelines" / SET
        here = root / "guidelines" / SET
        shutil.copytree(there, here, dirs_exist_ok=True)
        world = {
            "items": items,
            "answers": answers,
            "tasks": {},
            "acknowledged": {},
            "withdrawn": set(),
        }
        made = cls(root, world, naive_rules.guidelines(here))
        made.set("impact", rounds=100)
        for stage in ("guideline", "items", "sample"):
            execute(stage, SET, root)
        return made

    def copy(self, root):
        """Return the same at another place."""
        shutil.copytree(self.root, root)
        world = {
            "items": self.world["items"],
            "answers": list(self.world["answers"]),
            "tasks": dict(self.world["tasks"]),
            "acknowledged": dict(self.world["acknowledged"]),
            "withdrawn": set(self.world["withdrawn"]),
        }
        return Simulation(root, world, self.versions, self.sequence, dict(self.ran_on))

    @property
    def layout(self):
        """Where the stages read and write."""
        return Layout(self.root, SET)

    @property
    def in_force(self):
        """The version that is."""
        yaml = YAML(typ="safe")
        return yaml.load((self.root / "params.yaml").read_text())["sets"][SET]["guideline"][
            "version"
        ]

    def put_in_force(self, version):
        """Change the one line."""
        self.set("guideline", version=version)

    def set(self, stage, **values):
        """Change parameters of a stage."""
        yaml = YAML()
        document = yaml.load((self.root / "params.yaml").read_text())
        document["sets"][SET][stage] |= values
        with (self.root / "params.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(document, file)

    def build(self, version=None):
        """Bring everything up to date from the guideline to the records, as ``dvc repro`` does: what changed, runs."""
        if version is not None:
            self.put_in_force(version)
        for stage in STAGES:
            inputs = self._inputs(stage)
            if self.ran_on.get(stage) != inputs:
                execute(stage, SET, self.root)
                self.ran_on[stage] = inputs

    def _inputs(self, stage):
        """Return the digest of the parameters and of all data that ``dvc.yaml`` says a stage depends on."""
        document = YAML(typ="safe").load((self.root / "params.yaml").read_text())
        found = hashlib.sha256(repr(document["sets"][SET].get(stage)).encode())
        for name in data_of(stage):
            path = self.root / name
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    found.update(f"{file.relative_to(path)}\n".encode() + file.read_bytes())
        return found.hexdigest()

    def expected(self):
        """Return what brute force makes of the world."""
        return brute_force.rebuild(self.world, self.versions, self.in_force)

    def table(self, stage, name):
        """Return a table that a stage wrote."""
        return tables.read(self.layout.table(stage, name), name)

    def released(self):
        """Return the bytes of the released tables."""
        return {one.name: self.layout.table("decide", one).read_bytes() for one in RELEASED}

    # What comes into the inbox.

    def add(self, file, **facts):
        """Take a file into the inbox without DVC; return its batch."""
        self.sequence += 1
        told = {"identity": "known", "independence": "blind", "sequence": self.sequence}
        return put(self.layout.root, self.layout.set_name, file, **(told | facts))

    def say(self, answers, era, round_name):
        """Take in answers of one era as a batch; what no file can hold twice comes as its own batch."""
        text = "".join(f"{as_line(one)}\n" for one in answers)
        self._write("answers", f"{round_name}-{self.sequence}.jsonl", text, era, round_name)
        for one in answers:
            key = "/".join([one["annotator"], one["item"], one["task"] or "", one["at"] or ""])
            facts = {"era": era, "round": round_name, "sequence": self.sequence, "line": key}
            self.world["answers"].append(one | facts)

    def acknowledge(self, people, *versions, at="2027-01-15T09:00:00+00:00"):
        """Take in that people have read versions."""
        pairs = [(who, version) for version in versions for who in people]
        lines = "".join(f"{who},{version},{at}\n" for who, version in pairs)
        text = f"annotator,version,acknowledged_at\n{lines}"
        self._write("acknowledgements", f"read-{self.sequence}.csv", text, versions[0], "read")
        for pair in pairs:
            self.world["acknowledged"][pair] = min(at, self.world["acknowledged"].get(pair, at))

    def open_round(self, name, only=()):
        """Open the plan as a round; return its tasks as dictionaries, with their places."""
        with patch.object(rounds.inbox, "add", self._taken_in):
            batch, _ = rounds.open_plan(self.root, SET, name, only)
        return self._opened(batch)

    def assign(self, name, task, annotator):
        """Ask one person what another round asks anybody, as a round of its own; return the one task."""
        batch = batches.declaration(self.layout.inbox / task["batch"])
        told = self._tasks_of(batch)
        mine = told[told["task_id"] == task["id"]].drop(columns="task_id")
        with patch.object(rounds.inbox, "add", self._taken_in):
            batch = rounds.issue(
                self.root,
                SET,
                name,
                mine.assign(annotator=annotator),
                task["era"],
                source="A test.",
            )
        return self._opened(batch)[0]

    def _taken_in(self, _root, _set, file, **facts):
        told = {key: str(value) for key, value in facts.items()}
        return SimpleNamespace(batch=self.add(file, **told))

    def _tasks_of(self, batch):
        return rounds.reader("tasks").read(batch.path(self.layout.inbox), batch.options, ()).tasks

    def _opened(self, batch):
        told, places = self._tasks_of(batch), self.places()
        found = {}
        for row in told.astype(object).where(told.notna(), None).to_dict("records"):
            found[row["task_id"]] = {
                "id": row["task_id"],
                "item": row["item_key"],
                "place": places[row["record_id"]][1] if row["record_id"] else None,
                "era": row["era"],
                "scope": row["scope"],
                "asks": tuple(json.loads(row["asks"])),
                "annotator": row["annotator"],
                "round": batch.round,
                "batch": batch.key,
            }
        self.world["tasks"] |= found
        return list(found.values())

    def withdraw(self, name):
        """Take a round back."""
        gone = [key for key, task in self.world["tasks"].items() if task["round"] == name]
        folder = self.layout.inbox / self.world["tasks"][gone[0]]["batch"]
        batch = batches.declaration(folder)
        entry = Withdrawal(batch=batch, data=f"{'0' * 32}.dir", reason="Asked too early.")
        files.write_json(self.layout.inbox / RECORD, [entry.model_dump(mode="json")])
        shutil.rmtree(folder)
        self.world["withdrawn"].add(name)
        for key in gone:
            del self.world["tasks"][key]

    def _write(self, kind, name, text, era, round_name):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_text(text, encoding="utf-8")
            return self.add(file, format=kind, era=era, round=round_name)

    # What was built, in the words of the world.

    def places(self):
        """Return record id to item and place; every record lies in one place."""
        clusters, parts = self.table("consensus", CLUSTERS), self.table("ingest", PARTS)
        keys = self.table("items", ITEMS).set_index("item_id")["item_key"]
        drawn = parts.assign(left=[shape.bounds[0] for shape in parts["geometry"]])
        left = drawn.groupby("annotation_id")["left"].min()
        known = clusters.assign(
            place=(clusters["annotation_id"].map(left) - LEFT) // APART,
            item=clusters["item_id"].map(keys),
        ).dropna(subset="place")
        once = known[["record_id", "item", "place"]].drop_duplicates()
        assert once["record_id"].is_unique
        assert not once.duplicated(["item", "place"]).any(), once[
            once.duplicated(["item", "place"], keep=False)
        ]
        rows = once.itertuples(index=False, name=None)
        return {record: (item, int(place)) for record, item, place in rows}
