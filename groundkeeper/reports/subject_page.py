"""The page of one annotator, of one model, or of all readers together: how well they do, and what to look at."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from groundkeeper.core.measures import ALL
from groundkeeper.core.scoring.objects.settings import settings_of
from groundkeeper.core.scoring.outcomes import UNMATCHED
from groundkeeper.core.scoring.subjects.own_names import PART
from groundkeeper.reports import measure_rows, outlines
from groundkeeper.reports.conflict_pictures import SAID, TRUTH, drawn_conflicts
from groundkeeper.reports.found import Found
from groundkeeper.reports.page import render
from groundkeeper.reports.ranked_conflicts import by_gravity, conflict_lists
from groundkeeper.reports.score_overview import (
    Standing,
    by_facet,
    headed,
    owned_scores,
    standings,
)
from groundkeeper.reports.score_tables import (
    OF_A_CLASS,
    classes,
    conflict_counts,
    confusion_matrix,
    errors_of,
    worst_items,
)
from groundkeeper.reports.score_words import (
    BOUNDS,
    EFFECTIVE,
    HEADLINES,
    OUTCOMES,
    PER_ITEM,
    SETTINGS,
    meaning,
    title,
)
from groundkeeper.reports.scored_subjects import ScoredSubject, models_of, rows_of


@dataclass(frozen=True)
class Headline:
    """A figure with its name, what it says, and its notes but for those of all figures."""

    title: str
    meaning: str
    standing: Standing
    note: str
    open_note: str


@dataclass(frozen=True)
class Headlines:
    """The figures to be said first, and what is said once of all of them: notes, and what is open."""

    heads: tuple[Headline, ...]
    warnings: tuple[str, ...]
    open_note: str


def html(found: Found, subject: ScoredSubject, max_pictures: int) -> str:
    """Return the page of *subject*, with at most *max_pictures* of its conflicts drawn.

    Items of the split sealed are counted in the figures, and none of them is named or drawn: whoever has seen what is
    sealed could tune for it.
    """
    scores = owned_scores(found)
    mine = scores[scores["owner"] == subject.name].assign(subject=scores["part"])
    models = models_of(found.scored)
    conflicts = rows_of(found.conflicts, "annotator", subject, models)
    outcomes = rows_of(found.outcomes, "subject", subject, models)
    confusion = found.confusion[found.confusion["subject"] == subject.name]
    open_items = found.items[~found.items["item_id"].isin(found.sealed)]
    seen = conflicts[conflicts["item_id"].isin(open_items["item_id"])]
    became = errors_of(conflicts) if subject.kind == "readers" else outcomes
    worst, more_items = worst_items(became, open_items, tuple(OUTCOMES))
    of_classes = _of_classes(mine, confusion, found)
    whole, of_fields = mine[mine["part"] == ""], mine[mine["part"].isin(found.fields)]
    first = headlines(standings(scores, found, subject), found.fields)
    say_who = subject.kind == "readers"
    drawn = drawn_conflicts(found, seen, max_pictures, say_who=say_who)
    lists = conflict_lists(by_gravity(seen, found), found, drawn.anchors, say_who=say_who)
    return render(
        "subject.html.j2",
        version=found.version,
        subject=subject,
        rests_on=rests_on(found, subject),
        settings=_settings(found),
        warnings=first.warnings,
        open_note=first.open_note,
        headlines=first.heads,
        others=_others(of_fields if whole.empty else whole),
        bounds_say=BOUNDS,
        effective_says=EFFECTIVE,
        class_heads=tuple(title(measure) for measure in OF_A_CLASS),
        classes=() if of_classes.empty else classes(of_classes, confusion),
        of_fields=() if whole.empty else measure_rows.grouped_as("Of each field", of_fields),
        facets=by_facet(pd.concat([whole, of_fields])),
        confusion=confusion_matrix(confusion),
        conflicts=conflict_counts(conflicts),
        lists=lists,
        outcome_heads=tuple(OUTCOMES.values()),
        worst=worst,
        more_items=more_items,
        drawn=drawn,
        sealed_conflicts=len(conflicts) - len(seen),
        truth_key=(outlines.key(0), TRUTH),
        said_key=(outlines.key(1), SAID),
    )


def headlines(figures: Iterable[Standing], fields: Collection[str]) -> Headlines:
    """Return the figures to be said first: those over everything, or where there are none those of each field."""
    first = [one for one in figures if one.measure in HEADLINES and one.part in {"", *fields}]
    shown = [one for one in first if not one.part] or first
    ordered = sorted(shown, key=lambda one: (one.part, HEADLINES.index(one.measure)))
    warnings = measure_rows.said_by_all(one.found.note for one in ordered)
    told = [one.open_note for one in ordered if one.has_bounds]
    of_all = told[0] if len(told) > 1 and len(set(told)) == 1 else ""
    heads = tuple(
        Headline(
            headed(one.measure, one.part),
            meaning(one.measure),
            one,
            measure_rows.without(one.found.note, warnings),
            "" if one.open_note == of_all else one.open_note,
        )
        for one in ordered
    )
    return Headlines(heads, warnings, of_all)


def rests_on(found: Found, subject: ScoredSubject) -> tuple[tuple[str, str, str], ...]:
    """Return what the score of *subject* rests on: a name, a value, and what it means."""
    guideline = ("guideline", f"{found.version['set']} {found.version['version']}", "in force")
    released = str(found.manifest.get("content_digest", ""))
    row = subject.rests_on
    if row is None:
        readers = (
            "ground truth",
            released,
            "digest of the release, made without one reader at a time",
        )
        return (readers, guideline)
    same = "that of the release" if row["content_digest"] == released else "not that of the release"
    return (
        ("ground truth", str(row["content_digest"]), f"digest of its content; {same}"),
        guideline,
        ("settings", str(row["settings_digest"]), "digest of how things are compared"),
        *((name, f"{int(row[key]):,}", why) for key, name, why in _COUNTED),
        ("classes nobody knows", _listed(row["foreign_classes"]), "said, and not of the guideline"),
    )


_COUNTED = (
    ("gt_items", "items in the ground truth", "what could be scored"),
    ("items", "items scored", "looked at by enough experts, and answered"),
    (
        "items_open",
        "items open",
        "looked at by too few, or to be searched again: nobody is scored in them",
    ),
    (
        "items_without_answer",
        "items without an answer",
        "could be scored, and nothing was said of them",
    ),
    ("items_not_in_gt", "items not in the ground truth", "answered, and nothing to score against"),
    ("items_unknown", "items not in the set", "named in predictions, and described by no batch"),
    ("groups", "groups", "patients, documents: what intervals are of"),
    ("records", "records scored against", "objects, or values of items"),
    ("records_open", "records open", "pending or stale: in no figure, and in the bounds"),
    ("records_ignored", "records that count for nobody", "as the guideline says"),
    (
        "shapes_outside",
        "shapes outside of the image",
        "beyond it, or in frames that there are not: in no figure",
    ),
    (
        "values_refused",
        "values nobody knows",
        "said, and not of the guideline: wrong answers, and in no mean error",
    ),
)
"""The counts of the table ``scored``, what they are called, and what they mean."""


def _listed(classes_as_json: str) -> str:
    said = json.loads(classes_as_json)
    counted: Mapping[str, Any] = said if isinstance(said, Mapping) else dict.fromkeys(said, "")
    return ", ".join(f"{name} {n}".strip() for name, n in sorted(counted.items())) or "none"


def _settings(found: Found) -> tuple[tuple[str, str, str], ...]:
    """Return each setting, its value and what it decides; of shapes only where something is drawn."""
    scoring = found.scoring
    settings = settings_of(scoring)
    shown = tuple(SETTINGS) if len(found.record_parts) else ("profile",)
    values = {name: _spoken(getattr(settings, name)) for name in shown}
    if scoring.oks_sigma is None and "oks_sigma" in values:
        values["oks_sigma"] = f"as consensus has it, else {settings.oks_sigma}"
    rows = [(name, value, SETTINGS[name]) for name, value in values.items()]
    stated = (
        ("class_by", scoring.class_by or "", "what is the class of a record"),
        *(
            ("ignore", f"{decision}: {', '.join(outcomes)}", "records that count for nobody")
            for decision, outcomes in scoring.ignore.items()
        ),
    )
    return (*rows, *(row for row in stated if row[1]))


def _spoken(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not compared"
    return (", ".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)


def _of_classes(mine: pd.DataFrame, confusion: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Return the rows of *mine* about classes, ``part`` being the class: of a field it stands behind its name."""
    names = {*confusion["truth"], *confusion["said"]} - {UNMATCHED}
    cut = {part: _field_and_class(part, found.fields) for part in mine["part"].unique()}
    known = {part: both for part, both in cut.items() if both[1] in names}
    # Two fields may have values of one name, and the matrix is of one of them: the one that has most of its names.
    often = Counter(field for field, _ in known.values())
    best = max(sorted(often), key=lambda field: often[field], default="")
    classes_by_part = {part: name for part, (field, name) in known.items() if field == best}
    rows = mine[mine["part"].isin(classes_by_part)]
    return rows.assign(part=rows["part"].map(classes_by_part))


def _field_and_class(part: str, names: Collection[str]) -> tuple[str, str]:
    """Return the field and the class that *part* names; without a field, it is a class."""
    field, slash, behind = part.partition(PART)
    return (field, behind) if slash and field in names else ("", part)


def _others(rows: pd.DataFrame) -> tuple[measure_rows.Rows, ...]:
    """Return the figures of *rows* that are no headlines; how often conflicts are met is on its own scale."""
    rest = rows[~rows["measure"].isin(HEADLINES) & (rows["facet"] == ALL)]
    counts = rest["measure"].str.endswith(PER_ITEM)
    return (
        *measure_rows.grouped_as("What was measured besides", rest[~counts]),
        *measure_rows.grouped_as("Conflicts on an item, on average", rest[counts]),
    )
