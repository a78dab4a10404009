"""Answers to items with boxes, and files of them."""

import json


def box(left, top, width=10.0, height=10.0):
    """A box in the first frame."""
    return {"frame": 0, "bbox": [left, top, width, height]}


def lines(path, answers):
    """Write *answers* as a file, one a line."""
    path.write_text("\n".join(map(json.dumps, answers)) + "\n", encoding="utf-8")


def answer(item, who, *objects):
    """What somebody says of an item: objects (label, part, confidence or None)."""
    if not objects:
        return {"item": item, "annotator": who, "state": "empty"}
    told = [
        {"label": label, "parts": [part]} | ({"confidence": sure} if sure is not None else {})
        for label, part, sure in objects
    ]
    return {"item": item, "annotator": who, "annotations": told}
