"""Whether a model that keeps a number for each class of each task fits into memory."""

from groundkeeper.core.truth.labels import Labels
from groundkeeper.errors import RefusedError

MOST_CELLS = 2**28
"""How many numbers a model may keep; 2 GB of them."""
BYTES = 8
"""Of one number."""


def refuse_too_large(labels: Labels, method: str, *, cells_of_annotator: int = 0) -> None:
    """Refuse *labels* for which *method* would need more numbers than ``MOST_CELLS``.

    Parameters
    ----------
    labels : Labels
    method : str
        Its name, for the message.
    cells_of_annotator : int
        How many numbers the model keeps of each annotator: k * k for a confusion of k classes.

    Raises
    ------
    RefusedError
        With what the model would need, and what to do.
    """
    tasks = labels.n_tasks * labels.n_classes
    annotators = labels.n_annotators * cells_of_annotator
    cells = tasks + annotators
    if cells <= MOST_CELLS:
        return
    message = (
        f"{method} of {labels.n_tasks:,} tasks, {labels.n_annotators:,} annotators and {labels.n_classes:,} classes "
        f"keeps {tasks:,} numbers of tasks and {annotators:,} of annotators, {cells * BYTES / 1e9:,.1f} GB; allowed "
        f"are {MOST_CELLS * BYTES / 1e9:,.1f} GB; put rare classes together, infer parts of the tasks apart, or use "
        "majority or weighted, which keep only what was said"
    )
    raise RefusedError(message)
