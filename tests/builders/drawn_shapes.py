"""A set in which three people draw every kind of shape on four pictures of a street, each a little apart."""

import json
from pathlib import Path

from builders.declared_batch import put

from groundkeeper import guideline_publishing

SET = "street"
EXPERTS = ("ada", "bob", "cleo")
PICTURES = 4
FIRST, TIGHTER = "1.0.0", "2.0.0"
KINDS = ("bbox", "ellipse", "polygon", "mask", "polyline", "points", "skeleton")

GUIDELINE = """\
guideline: {{set: street, version: {version}, {supersedes}released: 2026-03-02, owners: [Ada], status: draft}}
fields:
  kind: {{type: enum, values: [{kinds}], from: label, fuse: mode, text: What it is.}}
  area_px2: {{type: number, unit: px2, from: geometry, function: area, fuse: median, text: How much it covers.}}
classes:
  thing: {{text: Anything in a street.}}
decisions:
  include: {{by: derived, outcomes: [annotate], default: annotate, text: All of them.}}
precision:
  box: {{tol_px: {box}, measure: edge_max}}
  polygon: {{tol_px: 4, measure: boundary_p95}}
  keypoints: {{tol_px: 4, measure: point_distance}}
coverage: {{thing: exhaustive}}
consensus: {{experts: 3, quorum: 2, match: {{by: similarity, at_least: 0.3}}, shape: {shape}}}
scoring: {{match_iou: 0.5}}
changelog:
  - {{id: CHG-{major}, kind: start, target: precision, rationale: Agreed., decided_by: Ada}}
"""
PARAMS = """\
sets:
  street:
    guideline: {{version: {version}}}
    sample: {{seed: 1, share: 1, sealed_share: 0.25}}
    ingest: {{max_reject_share: 0.05}}
    agreement: {{rounds: 100, seed: 1, confidence: 0.95}}
    impact: {{rounds: 100, seed: 1, confidence: 0.95}}
    validate: {{max_pending_share: 1, max_stale_share: 1, min_sample_share: 0.05, warn_alpha_below: 0.0}}
    score: {{rounds: 100, seed: 1, confidence: 0.95}}
    rounds: {{rounds: 100, seed: 1, confidence: 0.95}}
    report: {{max_pictures: 2}}
"""


def shapes(off: float, mask_off: int) -> dict[str, dict[str, object]]:
    """One shape of every kind, moved to the right by *off* px, the mask by whole ones."""
    skeleton = [[20 + off, 70, 2], [26 + off, 60, 2], [32 + off, 70, 1], [0, 0, 0]]
    column = 40 + mask_off
    # A mask of 10 columns by 8 rows in a picture of 100 rows, from row 60 on.
    counts = [column * 100 + 60, *([8, 92] * 9), 8]
    counts.append(200 * 100 - sum(counts))
    return {
        "bbox": {"bbox": [10 + off, 10, 30, 20]},
        "ellipse": {"ellipse": [70 + off, 20, 15, 10], "rotation": 20},
        "polygon": {
            "polygon": [[100 + off, 10], [130 + off, 10], [130 + off, 40], [100 + off, 40]]
        },
        "mask": {"rle": {"size": [100, 200], "counts": counts}},
        "polyline": {"polyline": [[100 + off / 4, 50], [150 + off / 4, 60], [190 + off / 4, 55]]},
        "points": {"points": [[150 + off / 4, 20], [160 + off / 4, 30]]},
        "skeleton": {"skeleton": skeleton},
    }


def answers() -> list[dict[str, object]]:
    """Who drew what: everybody everything, but for the last picture, in which nobody finds anything."""
    found: list[dict[str, object]] = []
    for picture in range(PICTURES):
        for place, who in enumerate(EXPERTS):
            told: dict[str, object] = {"item": f"street-{picture}", "annotator": who}
            drawn = shapes(float(place * (picture + 1)) / 2, place)
            marks = [
                {
                    "label": kind,
                    "attributes": {"z_order": number, "group": "pair" if number < 2 else None},
                    "parts": [{"frame": 0, **shape}],
                }
                for number, (kind, shape) in enumerate(drawn.items())
            ]
            is_last = picture == PICTURES - 1
            told |= {"state": "empty"} if is_last else {"annotations": marks}
            found.append(told | {"submitted_at": f"2026-03-0{place + 3}T09:0{picture}:00Z"})
    return found


def repository(
    root: Path, version: str = FIRST, shape: str = "by_kind", *, backwards: bool = False
) -> Path:
    """Return *root* with guidelines, parameters, items and answers, for stages to run in."""
    folder = root / "guidelines" / SET
    folder.mkdir(parents=True)
    for written, box in ((FIRST, 8), (TIGHTER, 1)):
        if written <= version:
            path = folder / f"{written}.yaml"
            supersedes = f"supersedes: {FIRST}, " if written == TIGHTER else ""
            text = GUIDELINE.format(
                version=written,
                supersedes=supersedes,
                kinds=", ".join(KINDS),
                box=box,
                shape=shape,
                major=written[0],
            )
            path.write_text(text, encoding="utf-8")
            guideline_publishing.publish(path)
    (root / "params.yaml").write_text(PARAMS.format(version=version), encoding="utf-8")
    items = [{"item": f"street-{n}", "width_px": 200, "height_px": 100} for n in range(PICTURES)]
    for place, (name, rows) in enumerate((("items", items), ("answers", answers())), start=1):
        lines = [json.dumps(row) for row in (rows[::-1] if backwards else rows)]
        _take_in(root, name, "\n".join(lines) + "\n", place)
    return root


def _take_in(root: Path, name: str, text: str, sequence: int) -> None:
    file = root / f"{name}.jsonl"
    file.write_text(text, encoding="utf-8")
    of_people = name == "answers"
    put(
        root,
        SET,
        file,
        format=name,
        round="r1" if of_people else "pool",
        sequence=sequence,
        independence="blind" if of_people else "unknown",
        identity="known" if of_people else "anonymous",
        origin="expert",
    )
    file.unlink()
