"""The set of docs/labels.md with made-up labels: eighty messages, five annotators of whom two are poor, and gold."""

import csv
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from builders.declared_batch import put
from project import ROOT

from groundkeeper import guideline_publishing

SET = "messages"
PAGE = "docs/labels.md"
TOPICS = ("billing", "bug", "question")
ANNOTATORS = ("ada", "bob", "cleo", "dan", "eve")
POOR = ("dan", "eve")
MESSAGES, IN_A_GROUP = 80, 4
GOLD = 60
"""So many messages have gold of all fields."""
GUIDELINE = f"guidelines/{SET}/1.0.0.yaml"
ROUNDS = {"items": "pool", "answers": "r1", "gold": "gold-1"}
"""Under which round the page takes each file in."""


def shown(name: str) -> str:
    """The file that the page shows under this *name*."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    found = re.search(rf"<!-- file: {re.escape(name)} -->\n```\w+\n(.*?)```", text, flags=re.DOTALL)
    assert found is not None, name
    return found[1]


def key(message: int) -> str:
    return f"message-{message + 1:03}"


def truth(count: int = MESSAGES, seed: int = 11) -> list[dict[str, object]]:
    """What is true of each message."""
    rng = np.random.default_rng(seed)
    return [
        {
            "topic": TOPICS[int(rng.integers(3))],
            "urgent": bool(rng.random() < 0.3),
            "stars": int(rng.integers(1, 6)),
        }
        for _ in range(count)
    ]


def answer(who: str, true: dict[str, object], rng: np.random.Generator) -> dict[str, object]:
    """What somebody says: who is poor takes every bug for a question, and guesses often."""
    slips = rng.random() < (0.6 if who in POOR else 0.3)
    topic = TOPICS[int(rng.integers(3))] if slips else true["topic"]
    if who in POOR and topic == "bug":
        topic = "question"
    stars = int(np.clip(int(str(true["stars"])) + rng.integers(-1, 2), 1, 5))
    urgent = true["urgent"] if rng.random() < 0.9 else not true["urgent"]
    return {"topic": topic, "urgent": str(urgent).lower(), "stars": stars}


def write_files(folder: Path, seed: int = 5) -> dict[str, Path]:
    """Write items, answers and gold, with the columns that the page shows, and return where they are."""
    rng = np.random.default_rng(seed)
    known = truth()
    items = [
        {
            "item": key(n),
            "group": f"conversation-{n // IN_A_GROUP + 1:02}",
            "uri": f"texts/{n + 1:03}.txt",
            "language": ("de", "en")[n % 2],
            "words": 10 + 7 * n % 50,
        }
        for n in range(MESSAGES)
    ]
    answers = [
        {
            "item": key(n),
            "annotator": who,
            "submitted_at": f"2026-03-{2 + n // 20:02}T10:{n % 20:02}:00Z",
            **answer(who, true, rng),
        }
        for n, true in enumerate(known)
        for who in ANNOTATORS
    ]
    gold = [
        {"item": key(n), "field": name, "value": str(value).lower(), "source": "closed case"}
        for n, true in enumerate(known[:GOLD])
        for name, value in true.items()
    ]
    found = {}
    for name, rows in (("items", items), ("answers", answers), ("gold", gold)):
        path = found[name] = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            columns = shown(f"{name}.csv").splitlines()[0].split(",")
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return found


def declare(root: Path, file: Path, sequence: int, **changed: object) -> str:
    """Put *file* into the inbox without DVC, as ``gk inbox add`` would, and return the key of its batch."""
    facts: dict[str, object] = {
        "format": file.stem,
        "round": ROUNDS[file.stem],
        "sequence": sequence,
        "independence": "blind" if file.stem == "answers" else "unknown",
        "identity": "known" if file.stem == "answers" else "anonymous",
        "origin": "human",
    }
    return put(root, SET, file, **(facts | changed)).key


def settings(root: Path) -> Path:
    """Write the guideline and the parameters of the page to *root*, with few bootstrap rounds."""
    path = root / GUIDELINE
    path.parent.mkdir(parents=True)
    path.write_text(shown(GUIDELINE), encoding="utf-8")
    guideline_publishing.publish(path)
    params = shown("params.yaml").replace("rounds: 1000", "rounds: 100")
    (root / "params.yaml").write_text(params, encoding="utf-8")
    return root


def repository(
    root: Path, order: Sequence[str] = ("items", "answers", "gold"), identity: str = "known"
) -> Path:
    """Return *root* with the files taken in in this *order*, for stages to run in."""
    root.mkdir(parents=True)
    settings(root)
    made = root / "made"
    made.mkdir()
    written = write_files(made)
    for place, name in enumerate(order, start=1):
        changed = {"identity": identity} if name == "answers" else {}
        declare(root, written[name], place, **changed)
    shutil.rmtree(made)
    return root
