"""One file of shapes by several annotators in, one of records out: a table of boxes, or answers with any shapes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from groundkeeper.errors import RefusedError, TableError, listing
from groundkeeper.files import TABLE_ENDINGS

if TYPE_CHECKING:
    from groundkeeper.core.guideline.sections import ShapeRule

OF_ANSWERS: Final = (
    "by_kind",
    "majority_region",
    "staple",
    "edge_median",
    "weighted_boxes",
    "medoid",
)
"""How shapes of answers become one; the first if nothing is said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file of shapes is merged: the options of ``gk shapes merge``."""

    at_least: float
    rule: str
    fuse: str | None
    presence: str | None
    keep: float
    is_known: bool


def merge_file(path: Path, asked: Asked, out: Path | None, members: Path | None) -> dict[str, Any]:
    """Write the records of *path*, and return what there is to say of the whole.

    Raises
    ------
    TableError, FormatError, RefusedError
        If the file is no such file, or something is asked for that it has not; nothing is written.
    """
    if path.suffix.lower() in TABLE_ENDINGS:
        return _of_boxes(path, asked, out, members)
    return _of_answers(path, asked, out, members)


def _of_boxes(path: Path, asked: Asked, out: Path | None, members: Path | None) -> dict[str, Any]:
    from groundkeeper import box_files, merged_boxes  # noqa: PLC0415 - what the other kind of file does without
    from groundkeeper.core.shapes.clustering.rules import Rule  # noqa: PLC0415 - as above

    if out is not None and members is not None and out.resolve() == members.resolve():
        message = f"{out}: found for --out and for --members; the one would replace the other; name two files"
        raise TableError(message)
    allowed = get_args(merged_boxes.Fusion)
    fusion = _chosen(asked.fuse, allowed, "a table of boxes")
    if asked.presence is not None:
        from groundkeeper.core.truth.methods import refuse_anonymous  # noqa: PLC0415 - pandas, as above
        from schemas.enums import Identity  # noqa: PLC0415 - as above

        refuse_anonymous(asked.presence, Identity.KNOWN if asked.is_known else Identity.ANONYMOUS)
    file = box_files.read(path)
    how = merged_boxes.Asked(
        asked.at_least, Rule(asked.rule), cast("merged_boxes.Fusion", fusion), asked.presence
    )
    found = merged_boxes.merged_boxes(file, how)
    table = merged_boxes.table_of(file, found, asked.keep)
    tables = {out: table} if out else {}
    if members:
        tables[members] = merged_boxes.members_of(file, found)
    if tables:
        from groundkeeper import written_tables  # noqa: PLC0415 - as above

        written_tables.write(tables, keep=(path,))
    return merged_boxes.summary(file, found, table)


def _of_answers(path: Path, asked: Asked, out: Path | None, members: Path | None) -> dict[str, Any]:
    from groundkeeper import files, merged_answers  # noqa: PLC0415 - pandas, which boxes do without
    from groundkeeper.core.ids import canonical_json  # noqa: PLC0415 - as above

    shape = _chosen(asked.fuse, OF_ANSWERS, "answers")
    unasked = {
        "--rule": asked.rule != "native",
        "--presence": asked.presence is not None,
        "--members": members is not None,
    }
    for option, is_asked in unasked.items():
        if is_asked:
            message = f"{path}: found {option}; that is for a table of boxes (.csv, .parquet); leave it out"
            raise RefusedError(message)
    if out is not None and (out.suffix.lower() != ".jsonl" or out.resolve() == path.resolve()):
        message = f"{out}: records of answers are written as JSON Lines to another file than {path}; name it .jsonl"
        raise TableError(message)
    heard = merged_answers.read(path)
    records = merged_answers.merged_answers(
        heard.evidence, asked.at_least, cast("ShapeRule", shape)
    )
    kept = [record for record in records if record["presence"] >= asked.keep]
    if out is not None:
        files.write_text(out, "".join(f"{canonical_json(record)}\n" for record in kept))
    return merged_answers.summary(heard, records, kept)


def _chosen(fuse: str | None, allowed: tuple[str, ...], of: str) -> str:
    if fuse is None:
        return allowed[0]
    if fuse not in allowed:
        message = f"found --fuse {fuse} of {of}; allowed is {listing(allowed)}"
        raise RefusedError(message)
    return fuse
