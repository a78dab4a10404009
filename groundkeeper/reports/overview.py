"""The counts and sentences of a set's report: what there is, what it means, what it does not mean."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from groundkeeper.batches import Batch
from groundkeeper.reports.card import VERDICTS
from groundkeeper.reports.pictures import proportions
from schemas.enums import LOOKED, AnswerState, Identity, Independence, Origin, RecordStatus, Split

QUEUE_SHOWN = 12
RESTS_ON = ("content_digest", "guideline", "inputs", "package")
"""The entries of a manifest that say what was made, of what and by what."""
MADE_WITH = ("params", "code")
"""The entries that say how, in detail."""
SHOWN_FIRST = (
    RecordStatus.AGREED,
    RecordStatus.ADJUDICATED,
    RecordStatus.PENDING,
    RecordStatus.STALE,
)
"""The statuses of what is in the ground truth, from the most settled to the least."""
MEANINGS: Mapping[str, str] = {
    RecordStatus.AGREED: "enough experts said so",
    RecordStatus.ADJUDICATED: "an adjudicator settled it",
    RecordStatus.PENDING: "too few experts said so; kept, never scored",
    RecordStatus.STALE: "a guideline change asks people to look again",
}

SAW_ONE_ANOTHER = """\
For at least some answers the experts saw one another's marks before they gave their own final answer. Read every \
agreement below as an upper bound of what independent experts would reach."""
PERHAPS_SAW = """\
It is not known whether the experts saw one another's answers. Agreement below may be higher than that of \
independent experts."""
NO_NAMES = """\
A reader of one item is not the same person on the next, so nothing here is about the skill of any one person."""
WAIT = "wait for people. They are kept and shown, and no score counts them."
SEALED = "are sealed: keep them for the final judgement."
POOL_ONLY = """\
Shares and intervals describe the pool that was sampled. How well it stands for other places, devices or times is \
not measured here."""


@dataclass(frozen=True)
class Facts:
    """How many of what."""

    items: int
    groups: int
    sampled: int
    sampled_groups: int
    answered: int
    answers: int
    empty_answers: int
    skipped_answers: int
    empty_items: int


@dataclass(frozen=True)
class Statuses:
    """How many things have each status, most settled first, and a bar of their shares; tombstones apart."""

    counts: Mapping[str, int]
    retired: int
    picture: Markup

    @property
    def total(self) -> int:
        """How many things there are, without the tombstones."""
        return sum(self.counts.values())

    def meaning(self, status: str) -> str:
        """Return what *status* means."""
        return MEANINGS[status]


@dataclass(frozen=True)
class Checks:
    """What validation found."""

    passed: int
    warned: tuple[Mapping[Hashable, Any], ...]
    failed: tuple[Mapping[Hashable, Any], ...]

    @property
    def total(self) -> int:
        """How many checks ran."""
        return self.passed + len(self.warned) + len(self.failed)


def facts(
    items: pd.DataFrame, sample: pd.DataFrame, answers: pd.DataFrame, gt_items: pd.DataFrame
) -> Facts:
    """Return how many items, groups and answers there are."""
    looked = answers[answers["state"].isin(LOOKED)]
    states = answers["state"].value_counts()
    return Facts(
        items=len(items),
        groups=items["group_id"].nunique(),
        sampled=len(sample),
        sampled_groups=sample["group_id"].nunique(),
        answered=int(sample["item_id"].isin(looked["item_id"]).sum()),
        answers=len(answers),
        empty_answers=int(states.get(AnswerState.EMPTY, 0)),
        skipped_answers=int(states.get(AnswerState.SKIPPED, 0)),
        empty_items=int(gt_items["empty"].sum()),
    )


def statuses(table: pd.DataFrame) -> Statuses:
    """Return how many rows of *table* have each status; statuses that nothing has are left out."""
    found = table["status"].value_counts()
    counts = {str(status): int(found[status]) for status in SHOWN_FIRST if status in found}
    said = ", ".join(f"{count} {status}" for status, count in counts.items())
    retired = int(found.get(RecordStatus.RETIRED, 0))
    return Statuses(counts, retired, proportions(counts, said or "nothing"))


def said_absent(records: pd.DataFrame) -> int:
    """Return how many tombstones there are because an adjudicator said that there is nothing."""
    is_retired = records["status"] == RecordStatus.RETIRED
    return int((is_retired & records["adjudication"].notna()).sum())


def sources(taken_in: Iterable[Batch]) -> tuple[Batch, ...]:
    """Return the batches that the ground truth rests on.

    Those of verdicts are counted elsewhere, as there is one for each. What models say is no source of it.
    """
    return tuple(batch for batch in taken_in if batch.format != VERDICTS and not batch.is_predicted)


def predicted_batches(taken_in: Iterable[Batch]) -> int:
    """Return how many batches models made."""
    return sum(batch.is_predicted for batch in taken_in)


def verdict_batches(taken_in: Iterable[Batch]) -> int:
    """Return how many batches of verdicts there are."""
    return sum(batch.format == VERDICTS for batch in taken_in)


def nature(answers: pd.DataFrame) -> tuple[str, ...]:
    """Return sentences that say what the ground truth is made from."""
    if answers.empty:
        return ("Nobody has answered yet.",)
    origins = {Origin(origin) for origin in answers["origin"].unique()}
    who = " and ".join(sorted(_ORIGINS[origin] for origin in origins))
    experts = answers[answers["state"].isin(LOOKED)].groupby("item_id")["annotator"].nunique()
    fewest, most = (int(experts.min()), int(experts.max())) if len(experts) else (0, 0)
    span = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return (
        f"Each record is derived from the answers of {who}: {span} for each item that was answered.",
        "The answers are fused first, field by field, and then decided once by the guideline.",
        "An expert who looked and found nothing is evidence, and is counted; a missing answer is not.",
    )


def limits(
    answers: pd.DataFrame, records: pd.DataFrame, sample: pd.DataFrame
) -> tuple[tuple[str, str], ...]:
    """Return what the ground truth is not: a few words, and the sentence that explains them.

    The *records* are those that are no tombstones.
    """
    independence = set(answers["independence"])
    pending = int((records["status"] == RecordStatus.PENDING).sum())
    sealed = int((sample["split"] == Split.SEALED).sum())
    said = (
        (Independence.UNBLINDED in independence, "Not independent readings", SAW_ONE_ANOTHER),
        (independence == {Independence.UNKNOWN}, "Perhaps not independent readings", PERHAPS_SAW),
        (Identity.ANONYMOUS in set(answers["identity"]), "Not a ranking of experts", NO_NAMES),
        (bool(pending), "Not finished", f"{pending:,} of {len(records):,} records {WAIT}"),
        (
            bool(sealed),
            "Not all for tuning",
            f"{sealed:,} of {len(sample):,} sampled items {SEALED}",
        ),
        (True, "Not the world", POOL_ONLY),
    )
    return tuple((brief, sentence) for holds, brief, sentence in said if holds)


def counted(table: pd.DataFrame, by: Sequence[str]) -> tuple[tuple[Any, ...], ...]:
    """Return the rows of *table* counted *by* some columns: their values and the count, most first."""
    if table.empty:
        return ()
    sizes = table.groupby(list(by)).size().reset_index(name="rows")
    ordered = sizes.sort_values(["rows", *by], ascending=[False, *(True for _ in by)])
    return tuple(ordered.itertuples(index=False, name=None))


def queue(table: pd.DataFrame, items: pd.DataFrame) -> tuple[Mapping[Hashable, Any], ...]:
    """Return the first rows of the adjudication queue, the gravest first, with the key of their item."""
    named = table.merge(items[["item_id", "item_key"]], on="item_id", how="left")
    ordered = named.sort_values(["expected_error", "record_id"], ascending=[False, True])
    return tuple(ordered.head(QUEUE_SHOWN).to_dict("records"))


def checks(table: pd.DataFrame) -> Checks:
    """Return how many checks passed, and those that did not: gates failed, others warned."""
    ordered = table.sort_values("check")
    missed = ordered[~ordered["passed"].astype(bool)]
    gates = missed["gate"].astype(bool)
    return Checks(
        passed=len(ordered) - len(missed),
        warned=tuple(missed[~gates].to_dict("records")),
        failed=tuple(missed[gates].to_dict("records")),
    )


def provenance(manifest: Mapping[str, Any], entries: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return some *entries* of a manifest, one line a fact, those within others named by their path.

    Examples
    --------
    >>> manifest = {"package": {"version": "0.1.0"}, "inputs": [{"sha256": "ab"}], "counts": {}}
    >>> provenance(manifest, RESTS_ON)
    (('inputs 1 sha256', 'ab'), ('package version', '0.1.0'))
    """
    return tuple(
        leaf
        for name in entries
        if name in manifest
        for leaf in _leaves(name, _without_verdicts(manifest[name]))
    )


def _without_verdicts(entry: object) -> object:
    """Return an entry of a manifest; of its inputs those that are no verdicts, which are counted elsewhere."""
    if not isinstance(entry, list):
        return entry
    return [
        one for one in entry if not (isinstance(one, Mapping) and one.get("format") == VERDICTS)
    ]


def _leaves(path: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = [(str(k + 1), entry) for k, entry in enumerate(value)]
    else:
        return [(path.strip(), str(value))]
    return [leaf for name, entry in inside for leaf in _leaves(f"{path} {name}", entry)]


_ORIGINS: Mapping[Origin, str] = {
    Origin.HUMAN: "people",
    Origin.EXPERT: "experts",
    Origin.BEHAVIOURAL: "recorded behaviour",
    Origin.SYNTHETIC: "synthetic sources",
    Origin.MODEL: "models",
}
