"""How probable it is that a thing is there, which some of those who looked drew and the others did not.

Every record is a question to all who looked at its item: is it there? Who drew it says yes, who did not says no. So
what infers the truth of labels (``core.truth``) also learns who marks what is not there, and who overlooks what is.
"""

from typing import Final

import numpy as np
import pandas as pd

from groundkeeper.core.runs import members
from groundkeeper.core.shapes.drawn import Clusters, Drawn, Floats
from groundkeeper.core.shapes.merge import lookers
from groundkeeper.core.truth.labels import Labels, code_labels
from groundkeeper.errors import RefusedError, listing

METHODS: Final = ("dawid_skene", "ibcc")
"""Methods of ``core.truth.methods`` that give each annotator a rate for each of the two answers."""


def presence_labels(drawn: Drawn, clusters: Clusters) -> Labels:
    """Return what everybody who looked says of every record: 1, it is there, or 0.

    Tasks are the records in their order, annotators their codes.
    """
    item, annotator = lookers(drawn)
    of_record = clusters.items(drawn)
    starts = np.searchsorted(item, [of_record, of_record + 1])
    counts = starts[1] - starts[0]
    task, place = members(starts[0], counts)
    who = annotator[place]
    width = int(annotator.max(initial=0)) + 1
    seen = np.isin(task * width + who, clusters.record * width + drawn.annotator)
    table = pd.DataFrame({"task": task, "annotator": who, "label": seen.astype(np.int64)})
    return code_labels(table, classes=[0, 1])


def presence(drawn: Drawn, clusters: Clusters, method: str) -> Floats:
    """Return the probability that each record is there, by a method of ``core.truth.methods``, float64 [g].

    Parameters
    ----------
    drawn : Drawn
        Who drew what, and who looked and drew nothing.
    clusters : Clusters
        Which shapes are one record.
    method : str
        One of ``METHODS``. These learn about annotators, so a name has to mean one person.

    Raises
    ------
    RefusedError
        If the method has one rate for both answers. Most people say no to most of what anybody marked, so they would
        all be found reliable in saying no, and nothing would be there.

    Notes
    -----
    What everybody overlooked is no record, so that a posterior says nothing of it: who misses things is found by what
    others drew alone. ``core.completeness`` estimates how much that is.
    """
    if method not in METHODS:
        message = (
            f"found {method} for presence; allowed is {listing(METHODS)}, which tell marking what is not there "
            "from missing what is; or leave it out, and the share of those who drew it is taken"
        )
        raise RefusedError(message)
    from groundkeeper.core.truth.methods import infer  # noqa: PLC0415 - numba, where a method needs it

    inferred = infer(method, presence_labels(drawn, clusters))
    return inferred.posterior.dense(2)[:, 1]
