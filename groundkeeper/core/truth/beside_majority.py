"""What to say of a model that leaves what most annotators said: it may have climbed to the wrong maximum."""

from dataclasses import replace

import numpy as np

from groundkeeper.core.runs import offsets_of
from groundkeeper.core.truth.inferred import Best, Inferred
from groundkeeper.core.truth.labels import Labels
from groundkeeper.core.truth.majority import majority

MOST = 0.5
"""Of the tasks that have a majority, the share beyond which a different answer is worth a note."""


def noted(found: Inferred) -> Inferred:
    """Return *found* with a note where it is far from the majority.

    Where every task comes out as one class though more were named, unless that is the majority of every task; and
    where more than ``MOST`` of the tasks that have a majority come out otherwise, a task counted as often as it stands.
    """
    best = found.posterior.best()
    if _is_near(found.labels, best):
        return found
    votes = majority(found.labels).posterior.best()
    notes = (found.fit.note, _one_class(found, best, votes), _otherwise(found, best, votes))
    if not any(notes[1:]):
        return found
    return replace(found, fit=replace(found.fit, note="; ".join(filter(None, notes))))


def _is_near(labels: Labels, best: Best) -> bool:
    """Say, in a tenth of the time of the votes, whether there cannot be a note.

    It is so where several classes come out, and half of the tasks as what more than half of their labels say.
    """
    answers = np.diff(labels.starts)
    inferred = best.label[labels.labelled]
    if not len(inferred) or (inferred == inferred[0]).all():
        return False
    agrees = np.repeat(best.label, answers) == labels.label
    agreeing = np.diff(offsets_of(agrees)[labels.starts])
    times = labels.multiplicity
    return float(times[2 * agreeing > answers].sum()) >= (1 - MOST) * float(times.sum())


def _one_class(found: Inferred, best: Best, votes: Best) -> str:
    labels = found.labels
    inferred = best.label[labels.labelled]
    if labels.n_classes == 1 or not len(inferred):
        return ""
    alone = (inferred == inferred[0]) & (best.ties[labels.labelled] == 1)
    same = (votes.label == best.label) & (votes.ties <= 1)
    if same.all() or not alone.all():
        return ""
    return (
        f"every task comes out as {labels.classes[inferred[0]]}, though {labels.n_classes} classes were named: "
        "look at majority beside it"
    )


def _otherwise(found: Inferred, best: Best, votes: Best) -> str:
    decided = votes.ties == 1
    other = decided & (best.label != votes.label) & (best.ties == 1)
    times = found.labels.multiplicity
    total = float(times[decided].sum())
    share = float(times[other].sum()) / total if total else 0.0
    if not share > MOST:
        return ""
    shown = np.floor(100 * share)
    return f"{shown:.0f} % of the tasks that have a majority come out otherwise: look at majority beside it"
