"""Where labels and predictions are, what is asked of them, and who answers it."""

from dataclasses import dataclass
from pathlib import Path

from groundkeeper.core.label_errors.objects import LOW_OVERLAP, TOUCHING, Thresholds
from groundkeeper.core.label_errors.pruning import Pruning
from groundkeeper.errors import RefusedError
from groundkeeper.label_files import Named
from groundkeeper.layout import Layout
from groundkeeper.params import set_sections
from groundkeeper.suspects import class_files, classes, object_files
from groundkeeper.suspects.classes import Asked, Labelled
from groundkeeper.suspects.found import Suspects
from groundkeeper.suspects.of_set import of_set


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: where the line is drawn, of which classes, and what is known of the predictions."""

    method: str = Pruning.BOTH.value
    scale: tuple[str, ...] | None = None
    is_ordinal: bool = False
    out_of_sample: bool | None = None
    match: float = 0.5
    model: str | None = None

    @property
    def of_labels(self) -> Asked:
        """What is asked of labels of whole items."""
        return Asked(
            Pruning(self.method),
            is_ordinal=self.is_ordinal,
            out_of_sample=self.out_of_sample,
            scale=self.scale,
        )

    @property
    def of_objects(self) -> Thresholds:
        """From when on objects are one thing, and touch."""
        return Thresholds(
            self.match, touching=min(TOUCHING, self.match), low_overlap=max(LOW_OVERLAP, self.match)
        )


@dataclass(frozen=True, slots=True)
class Files:
    """Files of anybody: the labels, the predictions of models, and the column of the group of an item."""

    labels: Path | None
    predictions: tuple[Path, ...] = ()
    group: str | None = None


def found_in(root: Path | None, set_name: str | None, files: Files, question: Question) -> Suspects:
    """Return the suspects of the set *set_name* below *root*, or of *files* if no set is named.

    Raises
    ------
    RefusedError
        If options are given that the data have no use for.
    """
    if files.labels is None:
        if files.predictions or files.group:
            message = "found --predictions or --group with a set; its predictions are in its inbox; leave them out"
            raise RefusedError(message)
        if root is None or set_name is None:
            message = "found neither a set nor --labels; needed is one of them"
            raise RefusedError(message)
        set_sections(root / "params.yaml", set_name)
        return of_set(
            Layout(root, set_name), question.of_labels, question.of_objects, question.model
        )
    if not files.predictions:
        message = f"{files.labels}: found no --predictions beside it; name the file of a model's predictions"
        raise RefusedError(message)
    if files.labels.suffix.lower() == object_files.ENDING:
        return _of_objects(files.labels, files, question)
    if question.model is not None:
        message = "found --model with tables of probabilities; each is one model; leave out the files of the others"
        raise RefusedError(message)
    if question.is_ordinal and question.scale is None:
        message = (
            "found --ordinal without --scale; needed is the order of the classes: --scale A,B,C"
        )
        raise RefusedError(message)
    read = class_files.read(
        files.labels, files.predictions, Named(group=files.group), question.scale
    )
    labelled = Labelled(
        read.items, read.classes, read.predicted, read.counts, read.groups, warnings=read.warnings
    )
    return classes.suspects(labelled, question.of_labels)


def _of_objects(labels: Path, files: Files, question: Question) -> Suspects:
    given = {
        "--group": files.group is not None,
        "--scale": question.scale is not None,
        "--ordinal": question.is_ordinal,
    }
    if wrong := [name for name, is_given in given.items() if is_given]:
        message = f"{labels}: found {wrong[0]} with objects; they have no use for it; leave it out"
        raise RefusedError(message)
    return object_files.of_files(
        labels, list(files.predictions), question.of_objects, question.model
    )
