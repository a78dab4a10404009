"""A small repository in which people, models and a guideline each move a score by a known number of items.

Its git and DVC are real, its stages are a script. People state a length for each item; the guideline says from which
length on an item is ``long``; a model says ``long`` or ``short``. Nothing is missed or said too much, so that F1 is the
share of the items that are called right.
"""

from pathlib import Path

from builders.declared_batch import put
from builders.published_versions import published

from groundkeeper import pipeline, refresh

SET = "red"
ITEMS = 40
IMPROVED, CORRECTED, MOVED = range(8), range(8, 12), range(12, 18)
"""Items that the second model calls right, whose length people correct, and that the second guideline moves."""

LONG_FROM = {"1.0.0": 5, "2.0.0": 7}
FIRST, SECOND = "gt/red/1.0.0/1", "gt/red/2.0.0/1"

PARAMS = """\
sets:
  red:
    guideline: {version: VERSION}
"""

RULES = """\
fields:
  length: {type: number, from: attribute, fuse: median}
decisions:
  class:
    by: derived
    outcomes: [short, long]
    default: short
    rules: [{id: cls.long, when: "length >= FROM", then: long}]
consensus: {experts: 3, quorum: 2, match: {by: item}, shape: none}
"""

MAKE = """\
import hashlib, json, os, pathlib, re, sys, time
import pyarrow as pa
import pyarrow.parquet as pq

stage = sys.argv[1]
data = pathlib.Path("data")
version = re.search(r"version: (\\S+)}", pathlib.Path("params.yaml").read_text())[1]
guideline = pathlib.Path(f"guidelines/red/{version}.yaml").read_text()
long_from = int(re.search(r"length >= (\\d+)", guideline)[1])
pause = pathlib.Path(os.environ.get("PAUSE_SCORING", "nowhere"))
if stage == "score" and pause.is_file():
    pause.with_suffix(".reached").touch()
    while pause.is_file():
        time.sleep(0.02)

told = []
for path in data.glob("inbox/red/*/batch.json"):
    batch = json.loads(path.read_text())
    rows = [line.split() for line in (path.parent / batch["file"]).read_text().splitlines()]
    told.append((batch["sequence"], batch["origin"], rows))
people = {item: length for _, origin, rows in sorted(told) if origin != "model" for _, item, length in rows}
said = {}
for _, origin, rows in sorted(told):
    for who, item, word in rows:
        said.setdefault((who, "model" if origin == "model" else "human"), {})[item] = word
if "refused" in people.values():
    sys.exit("error: lengths.txt: holds the word refused; take it out")

# A half is pending, and under the second guideline so is a quarter.
def status(length):
    return "pending" if length.endswith(".5") or (long_from > 5 and length.endswith(".25")) else "agreed"

classes = {item: "long" if float(n) >= long_from else "short" for item, n in people.items()}
items = sorted(people)
digest = hashlib.sha256(json.dumps([[i, classes[i], status(people[i])] for i in items]).encode()).hexdigest()


def put(name, rows, columns):
    kinds = {"s": pa.string(), "f": pa.float64(), "i": pa.int64(), "b": pa.bool_()}
    schema = pa.schema([(column.partition(":")[0], kinds[column.partition(":")[2] or "s"]) for column in columns])
    (data / name).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table([list(c) for c in zip(*rows)] or [[] for _ in schema], schema=schema), data / name)


if stage == "decide":
    (data / "guideline/red").mkdir(parents=True, exist_ok=True)
    (data / "guideline/red/version.json").write_text(json.dumps({"version": version}))
    rows = [(i, i, i, i, "routine", 0.5, "dev", status(people[i]), False, 1, 3, 0) for i in items]
    put("decide/red/gt_items.parquet", rows, ["item_id", "item_key", "uri", "group_id", "stratum",
        "inclusion_probability:f", "split", "status", "empty:b", "records:i", "experts:i", "empty_answers:i"])
    records = [(f"r-{i}", i, status(people[i])) for i in items]
    put("decide/red/records.parquet", records, ["record_id", "item_id", "status"])
    soft = [(f"r-{i}", "class", json.dumps(word), p, 2 * p) for i in items for word, p in
            (("long", 0.75), ("short", 0.25)) if people[i] == "9.75"]
    put("decide/red/soft_labels.parquet", soft, ["record_id", "field", "value", "probability:f", "weight:f"])
if stage == "release":
    (data / "gt/red").mkdir(parents=True, exist_ok=True)
    put("gt/red/records.parquet", [(i, status(people[i])) for i in items], ["record_id", "status"])
    manifest = {"set": "red", "guideline": {"version": version, "digest": "d" * 64}, "content_digest": digest,
                "counts": {"records": len(items)}}
    (data / "gt/red/manifest.json").write_text(json.dumps(manifest, sort_keys=True) + chr(10))
if stage == "score":
    outcomes, measures, scored, bounds, confusion = [], [], [], [], []
    settled = [i for i in items if status(people[i]) == "agreed"]
    for (who, origin), words in sorted(said.items()):
        here = [i for i in settled if i in words]
        called = {i: words[i] if origin == "model" else classes[i] for i in here}
        right = [i for i in here if called[i] == classes[i]]
        outcomes += [(who, i, f"r-{i}", f"a-{i}", "correct" if i in right else "mismatch", classes[i], called[i],
                      1.0, 1.0, None) for i in here]
        share = len(right) / len(here) if here else None
        for measure in ("f1", "accuracy"):
            measures.append((measure, who, "all", "all", share, None, None, len(here), len(here), float(len(here)), ""))
            measures.append((measure, who, "thick", "yes", share, None, None, len(here), len(here), 1.0, ""))
        measures.append(("f1", f"{who}/long", "all", "all", share, None, None, len(here), len(here), 1.0, "of a class"))
        opened = len(items) - len(settled)
        low, high = len(right) / len(items), (len(right) + opened) / len(items)
        bounds.append(("f1", who, low, high, share, True, opened, 0, ""))
        scored.append((who, origin, digest, "settings", len(items), len(here), opened, len(settled) - len(here),
                       len(words.keys() - people.keys()), 0, len(here), opened, 0, json.dumps({}), 0, 0, len(here)))
    put("score/red/outcomes.parquet", outcomes, ["subject", "item_id", "record_id", "annotation_id", "outcome", "truth",
        "said", "similarity:f", "dice:f", "confidence:f"])
    put("score/red/measures.parquet", measures, ["measure", "subject", "facet", "level", "value:f", "low:f", "high:f",
        "n:i", "groups:i", "effective_n:f", "note"])
    put("score/red/bounds.parquet", bounds, ["measure", "subject", "low:f", "high:f", "score:f", "exact:b",
        "records_open:i", "items_open:i", "note"])
    put("score/red/scored.parquet", scored, ["subject", "origin", "content_digest", "settings_digest", "gt_items:i",
        "items:i", "items_open:i", "items_without_answer:i", "items_not_in_gt:i", "items_unknown:i", "records:i",
        "records_open:i", "records_ignored:i", "foreign_classes", "shapes_outside:i", "values_refused:i", "groups:i"])
"""

DVC_YAML = """\
stages:
  decide:
    foreach: {red: 1}
    do:
      cmd: python make.py decide
      params: ["sets.${key}.guideline"]
      deps: [make.py, data/inbox/red, guidelines/red]
      outs:
        - data/decide/red/gt_items.parquet
        - data/decide/red/records.parquet
        - data/decide/red/soft_labels.parquet
        - data/guideline/red/version.json
  release:
    foreach: {red: 1}
    do:
      cmd: python make.py release
      params: ["sets.${key}.guideline"]
      deps: [make.py, data/inbox/red, data/decide/red/gt_items.parquet]
      outs:
        - data/gt/red/records.parquet
        - data/gt/red/manifest.json: {cache: false}
  score:
    foreach: {red: 1}
    do:
      cmd: python make.py score
      params: ["sets.${key}.guideline"]
      deps: [make.py, data/inbox/red, data/decide/red/gt_items.parquet]
      outs: [SCORED]
"""
SCORED = ("outcomes", "measures", "bounds", "scored")


def name(item):
    return f"i{item:02}"


def lengths():
    """What people state at first: half of the items are long under either guideline, and some under the first alone."""
    found = {item: 9 if item % 2 else 1 for item in range(ITEMS)}
    return found | dict.fromkeys(MOVED, 6)


def words(wrong=()):
    """What a model says that is right about what people said first, but for items that are *wrong*."""
    right = {
        item: "long" if length >= LONG_FROM["1.0.0"] else "short"
        for item, length in lengths().items()
    }
    turned = {"long": "short", "short": "long"}
    return {item: turned[word] if item in wrong else word for item, word in right.items()}


def corrected():
    """What people state later of some items: another length, far from where guidelines differ."""
    return {item: 10 - lengths()[item] for item in CORRECTED}


def take_in(root: Path, sequence: int, who: str, told: dict[int, object], *, origin: str) -> str:
    """Put what somebody said into the inbox, as ``gk inbox add`` would; return the key of the batch."""
    text = "".join(f"{who} {name(item)} {word}\n" for item, word in sorted(told.items()))
    file = root / "lengths.txt"
    file.write_text(text)
    batch = put(root, SET, file, origin=origin, sequence=sequence, format="answers")
    file.unlink()
    pipeline.add(root, root / "data" / "inbox" / SET / batch.key)
    return batch.key


def put_in_force(root: Path, version: str) -> None:
    (root / "params.yaml").write_text(PARAMS.replace("VERSION", version))


def scored(root: Path, *, tables: tuple[str, ...] = SCORED) -> Path:
    """Return *root* with two versions of a guideline, the first in force, and nothing in its inbox."""
    outs = ", ".join(f"data/score/red/{table}.parquet" for table in tables)
    files = {
        "params.yaml": PARAMS.replace("VERSION", "1.0.0"),
        "make.py": MAKE,
        "dvc.yaml": DVC_YAML.replace("SCORED", outs),
    }
    versions = {version: RULES.replace("FROM", str(n)) for version, n in LONG_FROM.items()}
    return published(root, files, versions)


def moved(root: Path) -> Path:
    """Return *root* with two snapshots between which a model, the answers and the guideline moved a score.

    ``first`` is wrong on the items that ``second``, which came in last, calls right.
    """
    scored(root)
    take_in(root, 1, "ada", lengths(), origin="human")
    take_in(root, 2, "first", words(wrong=IMPROVED), origin="model")
    refresh.run(root).require_success()
    put_in_force(root, "2.0.0")
    take_in(root, 3, "ada", corrected(), origin="human")
    take_in(root, 4, "second", words(), origin="model")
    refresh.run(root).require_success()
    return root
