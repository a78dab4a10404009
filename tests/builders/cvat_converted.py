"""What CVAT's converter makes of a job: attributes as they are specified, and tracks as shapes of single frames."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Said = Mapping[str, Any]

TYPES = {"rectangle": "bbox", "tag": "label"}
"""What CVAT's reports call shapes that they call otherwise than jobs do."""


def annotations(
    job: Said, labels: Sequence[Said], included: Iterable[str] | None = None
) -> list[Said]:
    """Shapes, those of tracks after all others, and tags of a job; of the types that are *included*, None being all."""
    specified = {label["name"]: label.get("attributes") or [] for label in labels}
    tracks = [shape for track in job.get("tracks") or [] for shape in tracked(track, job["frames"])]
    tags = [{"type": "tag", "points": []} | dict(tag) for tag in job.get("tags") or []]
    return [
        dict(one) | {"attributes": attributes(one.get("attributes"), specified[one["label"]])}
        for one in (*job["shapes"], *tracks, *tags)
        if included is None or TYPES.get(one["type"], one["type"]) in included
    ]


def attributes(said: object, specified: Sequence[Said]) -> dict[str, object]:
    """All attributes of a label, as numbers and booleans where they are some; what nobody stated has its default."""
    told = named(said, specified)
    for one in specified:
        value = told.get(one["name"], one.get("default_value", ""))
        told[one["name"]] = typed(value, one.get("input_type", "text"))
    return told


def named(said: object, specified: Sequence[Said]) -> dict[str, object]:
    """Attributes by name, from a dictionary or from CVAT's list of specifications and values."""
    if not isinstance(said, list):
        return dict(said or {})
    names = {one.get("id"): one["name"] for one in specified}
    return {one.get("name") or names[one["spec_id"]]: one["value"] for one in said}


def typed(value: object, input_type: str) -> object:
    """A value as it is compared: "1" is 1.0, and "True" is true."""
    if input_type == "number" and str(value).strip():
        return float(str(value))
    return str(value).lower() == "true" if input_type == "checkbox" else value


def tracked(track: Said, frames: Iterable[int]) -> Iterator[Said]:
    """The shapes of a track in those of the *frames* in which it is to be seen, all called as the track is."""
    keys = sorted(track["shapes"], key=lambda key: key["frame"])
    at = [key["frame"] for key in keys]
    frames = list(frames)
    parts = [
        {shape["frame"]: shape for shape in tracked(one, frames)}
        for one in track.get("elements") or []
    ]
    for frame in frames:
        place = bisect_right(at, frame) - 1
        if place < 0 or keys[place].get("outside"):
            continue
        said = list_or_dict(
            [track.get("attributes"), *(key.get("attributes") for key in keys[: place + 1])]
        )
        shape = dict(between(keys[place], keys[place + 1 : place + 2], frame))
        shape |= {name: track[name] for name in ("id", "label", "group") if name in track}
        shape |= {"frame": frame, "attributes": said}
        if parts:
            shape["elements"] = [part[frame] for part in parts if frame in part]
        yield shape


def list_or_dict(said: Sequence[object]) -> object:
    """Attributes of a track and of its key frames so far, the later ones over those before."""
    if any(isinstance(one, list) for one in said):
        return [value for one in said if isinstance(one, list) for value in one]
    return {name: value for one in said if isinstance(one, dict) for name, value in one.items()}


def between(here: Said, there: Sequence[Said], frame: int) -> Said:
    """A shape on its way from one key frame to the next, point by point; without as many points there it stays."""
    if not there or len(here.get("points") or []) != len(there[0].get("points") or []):
        return here
    share = (frame - here["frame"]) / (there[0]["frame"] - here["frame"])
    ends = zip(here.get("points") or [], there[0].get("points") or [], strict=True)
    turns = [float(key.get("rotation") or 0) for key in (here, there[0])]
    turn = turns[0] + share * ((turns[1] - turns[0] + 180) % 360 - 180)
    points = [one + share * (other - one) for one, other in ends]
    return dict(here) | {"points": points, "rotation": turn % 360}
