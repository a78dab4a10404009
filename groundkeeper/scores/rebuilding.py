"""Build the ground truth of one snapshot anew, under any guideline version, and score predictions against it.

What people answered is taken as one place keeps it, what models predicted as another does, and the guideline version
may be that of a third. The pipeline itself builds it, with the code of the last commit and the parameters as they are
now, in a second work tree that is gone when the work is done; nothing of the user's work tree, index or branch moves.
DVC remembers what was built, so that the same is not built twice.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from groundkeeper import batches, files, pipeline, refresh
from groundkeeper.errors import PipelineError, StorageError, UnknownNameError
from groundkeeper.inbox.recording import POINTER, pointer_of
from groundkeeper.layout import Layout
from groundkeeper.pipeline import Event
from groundkeeper.replay import put_in_force
from groundkeeper.scores.place import Place
from groundkeeper.snapshots import published
from groundkeeper.snapshots.scratch import scratch
from groundkeeper.withdrawn import RECORD
from schemas.enums import Origin
from schemas.scoring import SCORED

SCORE = "score"
"""The last stage that is run."""


@dataclass
class Workshop:
    """A second work tree, in which one ground truth after the other is built; *layout* is where its set is."""

    root: Path
    layout: Layout
    on_stage: Callable[[Event], None]
    notes: tuple[str, ...] = ()
    _origins: dict[str, Origin] = field(default_factory=dict)

    def build(self, answers: Place, guideline: str, predictions: Place) -> Place:
        """Return the second work tree with everything scored that *predictions* has, until the next call.

        Parameters
        ----------
        answers
            Whose inbox has what people said.
        guideline
            The version under which that is decided.
        predictions
            Whose inbox has what models said.

        Raises
        ------
        UnknownNameError
            If the set has no such version of its guideline any more.
        PipelineError
            If a stage fails, or a batch is lost.
        """
        self._put_inbox(answers, predictions)
        known = {path.stem for path in self.layout.guidelines.glob("*.yaml")}
        if guideline not in known:
            raise UnknownNameError("version", f"{self.layout.set_name}@{guideline}", known)
        put_in_force(self.layout.root, self.layout.set_name, guideline)
        stages = pipeline.needed(self.layout.root, f"{SCORE}@{self.layout.set_name}")
        what = f"{answers.short} under {guideline}"

        def watch(event: Event) -> None:
            self.on_stage(replace(event, stage=f"{what}: {event.stage}"))

        done = pipeline.reproduce(self.layout.root, stages, watch, keep_going=False)
        if done.failures:
            said = "\n".join(f"{stage}: {words}" for stage, words in done.failures.items())
            message = f"the answers of {answers.name} cannot be decided under {guideline}: {said}"
            raise PipelineError(message)
        return Place(self.layout)

    def predicts_the_same(self, one: Place, other: Place) -> bool:
        """Return whether both places have the same batches from models."""
        return self._of(one, models=True) == self._of(other, models=True)

    def says_the_same(self, one: Place, other: Place) -> bool:
        """Return whether both places have the same batches from people, and the same withdrawals."""
        withdrawn = [_small_files(where).get(RECORD) for where in (one, other)]
        told = [self._of(where, models=False) for where in (one, other)]
        return told[0] == told[1] and withdrawn[0] == withdrawn[1]

    def _put_inbox(self, answers: Place, predictions: Place) -> None:
        """Make the inbox hold what people said at one place and models at the other, and nothing else."""
        inbox = self.layout.inbox
        kept = self._of(answers, models=False) | self._of(predictions, models=True)
        for key, pointer in kept.items():
            self._bring(key, pointer)
        for key in {*batches.keys(inbox), *(path.stem for path in inbox.glob(f"*{POINTER}"))}:
            if key not in kept:
                shutil.rmtree(inbox / key, ignore_errors=True)
                pointer_of(inbox, key).unlink(missing_ok=True)
        withdrawn = _small_files(answers).get(RECORD)
        if withdrawn is None:
            (inbox / RECORD).unlink(missing_ok=True)
        else:
            files.write_text(inbox / RECORD, withdrawn)

    def _of(self, where: Place, *, models: bool) -> dict[str, str]:
        """Return key to pointer of the batches of *where* that come from models, or of the others."""
        pointers = {
            Path(name).stem: text
            for name, text in _small_files(where).items()
            if name.endswith(POINTER)
        }
        return {k: t for k, t in pointers.items() if (self._origin(k, t) is Origin.MODEL) is models}

    def _origin(self, key: str, pointer: str) -> Origin:
        if pointer not in self._origins:
            self._bring(key, pointer)
            self._origins[pointer] = batches.declaration(self.layout.inbox / key).origin
        return self._origins[pointer]

    def _bring(self, key: str, pointer: str) -> None:
        """Put the batch that *pointer* speaks of into the inbox: from the user's, where it is the same, or from DVC."""
        here = pointer_of(self.layout.inbox, key)
        if here.is_file() and here.read_text(encoding="utf-8") == pointer and _is_there(here):
            return
        files.write_text(here, pointer)
        shutil.rmtree(here.with_suffix(""), ignore_errors=True)
        theirs = pointer_of(Layout(self.root, self.layout.set_name).inbox, key)
        same = theirs.is_file() and theirs.read_text(encoding="utf-8") == pointer
        if not (same and _is_there(theirs)):
            pipeline.bring(self.layout.root, [here])
            return
        try:
            shutil.copytree(theirs.with_suffix(""), here.with_suffix(""))
        except OSError as error:
            message = f"the batch {key} cannot be copied to {here.parent} ({error}); free space, then run this again"
            raise StorageError(message) from error


@contextmanager
def workshop(root: Path, set_name: str, on_stage: Callable[[Event], None]) -> Iterator[Workshop]:
    """Give a workshop for the set; it is gone when the block ends.

    Raises
    ------
    GroundkeeperError
        What ``refresh.prepare`` raises, or if another replay or comparison is at work.
    """
    refresh.prepare(root, [set_name], no_branch=True)
    with scratch(root, [set_name]) as there:
        pipeline.share(root, there.root)
        notes = [
            f"{path}: edited and not committed; scored as committed" for path in there.left_out
        ]
        yield Workshop(root, Layout(there.root, set_name), on_stage, tuple(notes))


@dataclass(frozen=True)
class Again:
    """A ground truth that was built again; *notes* say where it is another than was released."""

    place: Place
    notes: tuple[str, ...] = ()


@contextmanager
def again(where: Place, on_stage: Callable[[Event], None]) -> Iterator[Again]:
    """Give the ground truth of *where*, built and scored with the code of now; it is gone when the block ends.

    Raises
    ------
    GroundkeeperError
        What ``workshop`` and ``Workshop.build`` raise.
    """
    layout = where.layout
    with workshop(layout.root, layout.set_name, on_stage) as shop:
        built = replace(shop.build(where, where.next_guideline, where), snapshot=where.snapshot)
        yield Again(built, (*shop.notes, *differs(built, where)))


def differs(built: Place, where: Place) -> tuple[str, ...]:
    """Return a note if *built* is not the ground truth that was released at *where*, and none if it is."""
    if where.snapshot is None:
        return ()
    scored = built.tables(SCORE, (SCORED,))["scored"]
    if set(scored["content_digest"]) <= {where.snapshot.content_digest}:
        return ()
    note = (
        f"{where.name}: built again it is not what was released, as code or parameters changed since; what is shown is "
        "against what was built"
    )
    return (note,)


def _small_files(where: Place) -> Mapping[str, str]:
    """Return name to text of the files that git keeps of the inbox of *where*."""
    layout = where.layout
    if where.revision is None:
        kept = [path for path in layout.inbox.glob("*") if path.is_file()]
        found = {path.name: path.read_text(encoding="utf-8") for path in kept}
    else:
        paths = published.stored(layout.root, where.revision, layout.inbox)
        found = {Path(p).name: published.text(layout.root, where.revision, p) for p in paths}
    return {name: text for name, text in sorted(found.items()) if not name.startswith(".")}


def _is_there(pointer: Path) -> bool:
    return pointer.with_suffix("").is_dir()
