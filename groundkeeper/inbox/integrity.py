"""Whether an inbox still holds what was taken in: nothing edited, nothing lost, nothing unrecorded.

Each batch is held against its ``.dvc`` file, and each ``.dvc`` file against the states that the next
snapshot continues: the last commit and the last snapshot. A batch leaves by ``remove`` alone.
"""

from collections.abc import Collection
from pathlib import Path

from groundkeeper import batches, pipeline
from groundkeeper.errors import InboxError
from groundkeeper.inbox.recording import POINTER, is_half_taken
from groundkeeper.inbox.withdrawal import data_of
from groundkeeper.layout import Layout
from groundkeeper.snapshots import published
from groundkeeper.withdrawn import RECORD, Withdrawal, parse, withdrawals


def verify(root: Path, set_name: str) -> None:
    """Make sure that the inbox of *set_name* holds what was taken in.

    Raises
    ------
    InboxError
        If a batch or its declaration was edited, is gone without a withdrawal, or was never recorded; or
        the record of withdrawals lost an entry.
    """
    inbox = Layout(root, set_name).inbox
    withdrawn = withdrawals(inbox)
    pointers = sorted(inbox.glob(f"*{POINTER}"))
    _require_gone(root, set_name, pointers, withdrawn)
    for reference in published.references(root, set_name):
        _require_kept(root, reference, set_name, withdrawn)
    _require_recorded(root, set_name)
    for pointer in pipeline.changed(root, pointers) if pointers else ():
        _refuse_edit(root, pointer)


def _require_gone(
    root: Path, set_name: str, pointers: Collection[Path], withdrawn: Collection[Withdrawal]
) -> None:
    """Refuse a batch that is withdrawn and still here: its removal was stopped half way."""
    gone = {one.data for one in withdrawn}
    for pointer in pointers:
        if data_of(pointer.read_text(encoding="utf-8"), str(pointer)) in gone:
            message = (
                f"{pointer.relative_to(root).as_posix()}: the batch is withdrawn, but still here; "
                f"finish it: `gk inbox remove {set_name} {pointer.stem} --reason TEXT`"
            )
            raise InboxError(message)


def _require_kept(
    root: Path, reference: str, set_name: str, withdrawn: Collection[Withdrawal]
) -> None:
    """Refuse if a batch that *reference* has, or a withdrawal, is not as it was there."""
    inbox = Layout(root, set_name).inbox
    then = published.stored(root, reference, inbox)
    now = published.present(root, then)
    gone = {one.data for one in withdrawn}
    for path, blob in then.items():
        if now.get(path) == blob:
            continue
        said, name = published.text(root, reference, path), Path(path)
        if name.suffix == POINTER and data_of(said, f"{reference}:{path}") not in gone:
            how = "differs from" if path in now else "is gone, but is in"
            message = (
                f"{path}: {how} {reference}. A batch is never edited, and leaves with a reason: "
                f"restore it (`git restore --source={reference} -- {path}`, then `dvc checkout "
                f"--force {path}`); to take it out, restore it, then "
                f"`gk inbox remove {set_name} {name.stem} --reason TEXT`"
            )
            raise InboxError(message)
        if name.name == RECORD and any(one not in withdrawn for one in parse(said, path)):
            message = (
                f"{path}: lost a withdrawal that {reference} has; "
                f"restore it: `git restore --source={reference} -- {path}`"
            )
            raise InboxError(message)


def _require_recorded(root: Path, set_name: str) -> None:
    """Refuse a batch without a pointer: DVC would not keep it, so its release could not be made again."""
    inbox = Layout(root, set_name).inbox
    for key in batches.keys(inbox):
        if is_half_taken(inbox, key):
            message = (
                f"{(inbox / key).relative_to(root).as_posix()}: has no {POINTER} file beside it, so "
                "it was never taken in whole; run again what took it in (`gk inbox add`, `gk round open`), "
                f"take it out (`gk inbox remove {set_name} {key} --reason TEXT`), or delete the folder if it "
                "came from another branch"
            )
            raise InboxError(message)


def _refuse_edit(root: Path, pointer: Path) -> None:
    """Raise what is wrong with the batch of *pointer*, which is not what DVC has."""
    folder = pointer.with_suffix("")
    path = pointer.relative_to(root).as_posix()
    if folder.is_dir():
        batches.load_one(folder)
    batch = folder.relative_to(root).as_posix()
    if not folder.is_dir():
        message = (
            f"{batch}: recorded ({path}), but not here: fetch it (`dvc pull {path}`), "
            "or add the same file again (`gk inbox add`), which puts it back"
        )
        raise InboxError(message)
    message = (
        f"{batch}: {batches.DECLARATION} was edited: it is not what was taken in. Batches are "
        f"never edited: restore it with `dvc checkout --force {path}`"
    )
    raise InboxError(message)
