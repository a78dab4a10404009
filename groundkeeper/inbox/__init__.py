"""Take a file into a set's inbox, once and for good. The only writer of ``data/inbox``."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from groundkeeper import batches, files, params
from groundkeeper.batches import Batch
from groundkeeper.checked import slips
from groundkeeper.errors import InboxError, PipelineError, StorageError, UnknownNameError
from groundkeeper.formats import (
    DESCRIBE_ITEMS,
    FORMATS,
    NAME_FIELDS,
    OF_ADJUDICATORS,
    items_of,
    reader,
)
from groundkeeper.inbox.exclusive import alone
from groundkeeper.inbox.integrity import verify
from groundkeeper.inbox.recording import is_half_taken, pointer_of, record
from groundkeeper.inbox.withdrawal import remove
from groundkeeper.layout import Layout
from groundkeeper.withdrawn import Withdrawal, withdrawals
from schemas.enums import Identity, Independence, Origin

__all__ = ["Added", "Withdrawal", "add", "finish", "remove", "verify", "withdrawals"]

PARTIAL = ".partial"
"""Suffix of the folder a batch is made in before it is renamed."""


@dataclass(frozen=True)
class Added:
    """The batch of a file, whether this call took it in or put it back, and why the content left before, if it did.

    And *warnings*: what of it will not be scored, as far as that is known already.
    """

    batch: Batch
    new: bool
    put_back: bool = False
    withdrawn_before: str | None = None
    warnings: tuple[str, ...] = ()


def add(  # noqa: PLR0913 - one keyword per line of the declaration
    root: Path,
    set_name: str,
    file: Path,
    *,
    format: str,  # noqa: A002 - the name of the field in batch.json
    round: str,  # noqa: A002 - the name of the field in batch.json
    era: str,
    source: str,
    licence: str,
    independence: Independence = Independence.UNKNOWN,
    identity: Identity = Identity.ANONYMOUS,
    origin: Origin = Origin.HUMAN,
    options: Mapping[str, str] | None = None,
    expected_sha256: str | None = None,
) -> Added:
    """Return the batch that *file* became, or already was.

    The file is read by its reader first, so that nothing comes in that no refresh could use. The batch
    appears whole or not at all; killed before the last step (``dvc add``), the same call
    finishes it. Two calls at once wait for each other, so no two batches get one sequence number.

    Raises
    ------
    UnknownNameError
        If params.yaml has no such set, no reader has this format, or the set has no guideline *era*.
    FormatError
        If the reader refuses the file or the options.
    GuidelineError
        If answers come in under a version that cannot be read.
    InboxError
        If the file cannot be read, has another digest than *expected_sha256*, holds no item, answers what
        the version does not ask for, or was taken in before with another declaration.
    StorageError
        If the disk refuses the write.
    """
    params.set_sections(root / "params.yaml", set_name)
    if format not in FORMATS:
        raise UnknownNameError("format", format, FORMATS)
    sha256 = _checked_digest(file, expected_sha256)
    declared: dict[str, object] = {
        "format": format,
        "file": file.name,
        "sha256": sha256,
        "round": round,
        "era": era,
        "source": source,
        "licence": licence,
        "independence": independence,
        "identity": identity,
        "origin": origin,
        "options": dict(options or {}),
    }
    layout = Layout(root, set_name)
    inbox = layout.inbox
    with alone(inbox):
        _remove_partial(inbox)
        lost = _released_batch(layout, sha256)
        if lost:
            _require_same(lost, _declare(declared, lost.sequence))
            _put(lost, file, inbox)
            return Added(lost, new=False, put_back=True)
        present, gone = batches.load_all(inbox), withdrawals(inbox)
        before = [*present, *(one.batch for one in gone)]
        batch = _declare(declared, 1 + max((b.sequence for b in before), default=0))
        known = next((b for b in present if b.key == batch.key), None)
        warnings: tuple[str, ...] = ()
        if known:
            _require_same(known, batch)
        else:
            warnings = _require_usable(layout, batch, file, present)
            _put(batch, file, inbox)
        try:
            record(root, inbox, batch.key)
        except PipelineError:
            # DVC did nothing, as where another process holds it: what it refuses must not stand here half.
            if known is None and is_half_taken(inbox, batch.key):
                shutil.rmtree(inbox / batch.key)
            raise
    reasons = [one.reason for one in gone if one.batch.key == batch.key]
    return Added(
        known or batch,
        new=known is None,
        withdrawn_before=reasons[-1] if reasons else None,
        warnings=warnings,
    )


def finish(root: Path, set_name: str, batch: Batch) -> bool:
    """Finish taking *batch* in, if a killed ``add`` left it without the last step, and say whether it did.

    Raises
    ------
    InboxError
        If its folder does not hold what it declares.
    """
    inbox = Layout(root, set_name).inbox
    with alone(inbox):
        half = is_half_taken(inbox, batch.key)
        record(root, inbox, batch.key)
    return half


def _released_batch(layout: Layout, sha256: str) -> Batch | None:
    """Return the batch with this content that is recorded and released, but not here, as in a clone without data.

    Its declaration, the sequence number among it, is that of the manifest; the ``.dvc`` file tells on the next
    refresh whether what was put back is what was taken in.
    """
    key = sha256[: batches.KEY_DIGITS]
    recorded = pointer_of(layout.inbox, key).is_file()
    if not recorded or (layout.inbox / key).exists() or not layout.manifest.is_file():
        return None
    inputs = files.read_json(layout.manifest).get("inputs", [])
    return next((Batch.model_validate(one) for one in inputs if one["sha256"] == sha256), None)


def _checked_digest(file: Path, expected: str | None) -> str:
    found = batches.sha256_of(file)
    if expected is not None and found != expected.lower():
        message = (
            f"{file}: sha256 is {found}, but {expected} was expected; "
            "fetch the file again, or correct the expected digest"
        )
        raise InboxError(message)
    return found


def _declare(declared: Mapping[str, object], sequence: int) -> Batch:
    try:
        return Batch.model_validate({**declared, "sequence": sequence})
    except ValidationError as error:
        lines = [f"  {slip.told()}" for slip in slips(error, Batch)]
        message = "\n".join(["the declaration of the batch is not valid:", *lines])
        raise InboxError(message) from error


def _require_usable(
    layout: Layout, batch: Batch, file: Path, present: Sequence[Batch]
) -> tuple[str, ...]:
    """Refuse a batch that no refresh could use beside those that are *present*, and return what to look at.

    That is one under an unknown guideline, with nothing its reader reads, with what was not asked, or by somebody who
    is not told from others by name. What can be used in part is warned of.
    """
    versions = [path.stem for path in layout.guidelines.glob("*.yaml")]
    if batch.era not in versions:
        kind = f"guideline version of {layout.set_name}"
        raise UnknownNameError(kind, batch.era, versions)
    if batch.format in NAME_FIELDS:
        from groundkeeper.inbox.answerable import (  # noqa: PLC0415 - pandas, which help does without
            require_answerable,
        )
        from groundkeeper.inbox.named import require_own_names  # noqa: PLC0415 - as above

        told = reader(batch.format).read(file, batch.options, ())
        guideline = layout.guidelines / f"{batch.era}.yaml"
        require_answerable(file, told.annotations, guideline)
        require_own_names(file, told, batch, present, layout)
        if batch.format == OF_ADJUDICATORS:
            from groundkeeper.inbox.decidable import require_decidable  # noqa: PLC0415 - as above

            require_decidable(file, told, batch, guideline)
        if batch.is_predicted:
            from groundkeeper.inbox.predictable import (  # noqa: PLC0415 - as above
                require_predictable,
            )

            return require_predictable(file, told, layout, guideline)
        return ()
    described = items_of(batch.format, file, batch.options)
    if batch.format in DESCRIBE_ITEMS and described.empty:
        message = f"{file}: holds no item; a batch needs at least one"
        raise InboxError(message)
    return ()


def _require_same(known: Batch, batch: Batch) -> None:
    """Refuse *batch* if it says something else of the same content than *known* did."""
    old, new = known.model_dump(mode="json"), batch.model_dump(mode="json")
    different = [
        name for name in old if name not in {"sequence", "file"} and old[name] != new[name]
    ]
    if different:
        lines = [f"  {name}: was {old[name]!r}, is {new[name]!r}" for name in different]
        first = f"this content is batch {known.key} already, but was declared otherwise:"
        last = (
            "A batch is never edited: repeat the old declaration, or take the batch out "
            "(`gk inbox remove`) and add it again."
        )
        message = "\n".join([first, *lines, last])
        raise InboxError(message)


def _put(batch: Batch, file: Path, inbox: Path) -> None:
    """Make the folder of *batch* beside its place, then rename it there."""
    partial = inbox / f".{batch.key}{PARTIAL}"
    try:
        partial.mkdir(parents=True)
        shutil.copyfile(file, partial / batch.file)
        _flush(partial / batch.file)
        files.write_json(partial / batches.DECLARATION, batch.model_dump(mode="json"))
        if batches.sha256_of(partial / batch.file) != batch.sha256:
            message = f"{file}: changed while it was copied; add it again when it is complete"
            raise InboxError(message)
        partial.rename(inbox / batch.key)
        _flush(inbox)
    except OSError as error:
        if error.errno not in files.NO_SPACE or isinstance(error, StorageError):
            raise
        message = (
            f"{inbox}: cannot be written ({error.strerror}); nothing was taken in. "
            "Free space or check the permissions of the folder, then add the file again."
        )
        raise StorageError(message) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _flush(path: Path) -> None:
    """Make the file or folder at *path* durable, so that a power cut leaves no half batch."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_partial(inbox: Path) -> None:
    """Remove what a killed call left; called only while no other call can be at work."""
    for left in inbox.glob(f".*{PARTIAL}"):
        shutil.rmtree(left, ignore_errors=True)
