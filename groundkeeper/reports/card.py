"""The card of a release: what this ground truth is, what it rests on, and what it must not be used for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from groundkeeper.batches import Batch
from schemas.enums import Identity, Independence, RecordStatus

VERDICTS = "verdicts"
"""The format of what adjudicators say."""


def card(
    manifest: Mapping[str, Any],
    taken_in: Iterable[Batch],
    prose: Iterable[Mapping[str, str]],
    answered: Collection[str],
    *,
    is_census: bool,
) -> str:
    """Return the card as Markdown.

    Parameters
    ----------
    manifest : mapping
        As ``data/gt/<set>/manifest.json`` has it.
    taken_in : iterable of Batch
        The batches that the release rests on.
    prose : iterable of mapping
        ``id`` and ``text`` of what the guideline says to people, in its order.
    answered : collection of str
        Keys of the batches that answers came from: items and gold say nothing of annotators.
    is_census : bool
        Whether every item of the pool was taken.
    """
    batches = list(taken_in)
    of_answers = [batch for batch in batches if batch.key in answered]
    lines = [
        f"# Ground truth `{manifest['set']}`",
        "",
        _built(manifest),
        "",
        "## What is in it",
        "",
        "| what | how many |",
        "| --- | ---: |",
        *(
            f"| {name.replace('_', ' ')} | {count:,} |"
            for name, count in manifest["counts"].items()
        ),
        "",
        _meaning(manifest["counts"]),
        "",
        "## How far the experts agree",
        "",
        "| measure | of | value | interval | n | groups | effective n |",
        "| --- | --- | ---: | --- | ---: | ---: | ---: |",
        *(_measure(row) for row in manifest["headline"]),
        "",
        *_section(
            "What the guideline says",
            [f"* **{block['id'].replace('-', ' ')}**: {block['text'].strip()}" for block in prose],
        ),
        *_section("Where it comes from", _sources(batches)),
        *_section("Limits", _limits(of_answers, is_census=is_census)),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(title: str, lines: Sequence[str]) -> list[str]:
    """Return *lines* below their *title*, and nothing where there are none."""
    return [f"## {title}", "", *lines, ""] if lines else []


def _built(manifest: Mapping[str, Any]) -> str:
    version, digest = manifest["guideline"]["version"], manifest["guideline"]["digest"]
    content = manifest["content_digest"]
    return f"Built under guideline {version} (`{digest[:16]}`), content `{content[:16]}`."


def _meaning(counts: Mapping[str, int]) -> str:
    said = "Pending records miss the quorum or wait for an adjudicator. They are kept, and never scored."
    if not any(counts.get(status) for status in RecordStatus if status != RecordStatus.RETIRED):
        said = (
            f"There are no records: nothing that the guideline asks for was found. {counts['empty_items']:,} of "
            f"{counts['items']:,} items are agreed to be empty."
        )
    if counts.get(RecordStatus.RETIRED):
        said += (
            " Retired records are traces, and none of the records: newer readings found nothing there, an adjudicator "
            "said so, or the guideline leaves them out."
        )
    return said


def _measure(row: Mapping[str, Any]) -> str:
    value = "undefined" if row["value"] is None else f"{row['value']:.3f}"
    known = row["low"] is not None and row["high"] is not None
    interval = f"{row['low']:.3f} to {row['high']:.3f}" if known else "undefined"
    effective = "undefined" if row["effective_n"] is None else f"{row['effective_n']:,.0f}"
    name = row["measure"].replace("_", " ")
    sizes = f"{row['n']:,} | {row['groups']:,} | {effective}"
    return f"| {name} | {row['subject']} | {value} | {interval} | {sizes} |"


def _sources(batches: Sequence[Batch]) -> list[str]:
    """Return a line for each batch, but one for all verdicts, of which there is a batch for each."""
    verdicts = sum(batch.format == VERDICTS for batch in batches)
    lines = [_source(batch) for batch in batches if batch.format != VERDICTS]
    counted = "1 batch" if verdicts == 1 else f"{verdicts:,} batches"
    said = f"* {counted} of verdicts by adjudicators; the manifest names each."
    return [*lines, *([said] if verdicts else [])]


def _source(batch: Batch) -> str:
    return (
        f"* {batch.source.rstrip('.')}. Licence: {batch.licence}. File `{batch.file}`, sha256 `{batch.sha256}`, "
        f"round {batch.round}, read as `{batch.format}`."
    )


def _limits(batches: Sequence[Batch], *, is_census: bool) -> list[str]:
    limits = []
    if not is_census:
        limits.append("* A sample of the pool: inclusion probabilities are in `gt_items`.")
    independence = {batch.independence for batch in batches}
    if independence - {Independence.BLIND}:
        limits.append(
            "* The experts' answers were not, or are not known to be, independent of one another: agreement "
            "is an upper bound of what blind experts would reach."
        )
    if Identity.ANONYMOUS in {batch.identity for batch in batches}:
        limits.append(
            "* Annotators are anonymous: a name means the same person only within one item, so nothing is said "
            "of single annotators."
        )
    return limits
