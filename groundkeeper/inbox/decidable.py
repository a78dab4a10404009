"""Whether a file of verdicts speaks of the guideline that was in force, and was given by somebody who is known."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from groundkeeper.batches import Batch
from groundkeeper.core.guideline.allowed import fits, vocabulary_text
from groundkeeper.core.guideline.document import Guideline
from groundkeeper.errors import InboxError, listing
from groundkeeper.guideline_files import load
from schemas.enums import Identity, Origin

if TYPE_CHECKING:
    import pandas as pd

    from groundkeeper.formats import Reading

PEOPLE = (Origin.HUMAN, Origin.EXPERT)


def rules_of(guideline: Guideline) -> frozenset[str]:
    """Return the ids of the rules of all decisions of a version."""
    return frozenset(rule.id for one in guideline.decisions.values() for rule in one.rules)


def require_decidable(file: Path, told: "Reading", batch: Batch, guideline: Path) -> None:
    """Refuse verdicts that could not count: of nobody in particular, or on rules or values that there are not.

    Raises
    ------
    GuidelineError
        If the version cannot be read.
    InboxError
        If the adjudicators are anonymous or no people, a rule is of none of the decisions, or a field does not allow a
        value.
    """
    if batch.identity is not Identity.KNOWN or batch.origin not in PEOPLE:
        message = (
            f"{file}: found verdicts with identity {batch.identity} and origin {batch.origin}; allowed are identity "
            f"known and origin {listing(PEOPLE)}, as an adjudicator has to be none of the experts; declare them so"
        )
        raise InboxError(message)
    declared = load(guideline)
    version = f"{declared.set_name}@{declared.version}"
    known = rules_of(declared)
    if foreign := sorted(set(told.verdicts["rule_id"].dropna()) - known):
        message = (
            f"{file}: found verdicts on {listing(foreign)}, which is no rule of {version}; allowed are "
            f"{listing(sorted(known))}; correct it, or leave it out"
        )
        raise InboxError(message)
    for found in foreign_values(told.annotations, declared):
        message = f"{file}: found {found} by {version}; correct it"
        raise InboxError(message)


def foreign_values(annotations: "pd.DataFrame", declared: Guideline) -> list[str]:
    """Return in words each value that its field does not allow, and what would be allowed."""
    found = []
    rows = annotations[["label", "attributes"]].itertuples(index=False, name=None)
    for label, text in rows:
        said = json.loads(text)
        for name, field in declared.fields.items():
            if field.source == "attribute":
                value = said.get(field.source_name(name))
            elif field.source == "label":
                value = label if isinstance(label, str) else None
            else:
                continue
            if value is not None and not fits(value, field):
                found.append(f"{name} {value!r}; allowed is {vocabulary_text(field)}")
    return found
