"""What became of objects as columns, and what each row adds to the two sums of every figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from groundkeeper.core.agreement.matched import dice_of_iou
from groundkeeper.core.scoring.bounds.label_sets import LabelSets
from groundkeeper.core.scoring.bounds.ratio_range import Numbers
from groundkeeper.core.scoring.bounds.turnouts import Row
from groundkeeper.core.scoring.objects.compared import Compared
from groundkeeper.core.scoring.objects.sides import NONE, Booleans, Side
from groundkeeper.core.shapes.drawn import Floats, Integers
from schemas.enums import Outcome

CODES: Final = {outcome: code for code, outcome in enumerate(Outcome)} | {None: len(Outcome)}
Columns: TypeAlias = tuple[str, Numbers, Numbers]
"""A measure, and what each row adds above and below the line."""

_PAIR: Final = (CODES[Outcome.CORRECT], CODES[Outcome.MISMATCH])
_WITH_TRUTH: Final = (*_PAIR, CODES[Outcome.MISSING])
_WITH_SAID: Final = (*_PAIR, CODES[Outcome.EXTRA])


@dataclass(frozen=True, slots=True, eq=False)
class Became:
    """n rows: the code of the outcome, the label on either side, and how alike a pair is.

    Attributes
    ----------
    outcome
        A place in ``Outcome``, or the number of outcomes for nothing that anybody counts, int64 [n].
    truth, said
        Labels; those of what is not counted are not read. Codes of *sets* may stand for those of the truth, int64 [n].
    similarity
        Of a pair, float64 [n].
    is_area
        Whether it is a pair of areas, bool [n].
    sets
        The classes that its codes stand for.
    """

    outcome: Integers
    truth: Integers
    said: Integers
    similarity: Floats
    is_area: Booleans
    sets: LabelSets = field(default_factory=LabelSets)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.outcome)

    def where(self, chosen: Booleans | Integers) -> "Became":
        """Return the *chosen* rows."""
        return Became(
            self.outcome[chosen],
            self.truth[chosen],
            self.said[chosen],
            self.similarity[chosen],
            self.is_area[chosen],
            self.sets,
        )

    def labels(self) -> set[int]:
        """Return every label that is counted on either side."""
        on_truth = np.isin(self.outcome, _WITH_TRUTH)
        on_said = np.isin(self.outcome, _WITH_SAID)
        return self.sets.labels(self.truth[on_truth]) | set(self.said[on_said].tolist())

    def sums(self) -> Iterator[Columns]:
        """Yield every measure over all classes, with what each row adds above and below the line."""
        correct, mismatch, missing, extra, empty, excluded = (
            (self.outcome == CODES[one]).astype(np.int64)
            for one in (
                Outcome.CORRECT,
                Outcome.MISMATCH,
                Outcome.MISSING,
                Outcome.EXTRA,
                Outcome.EMPTY,
                Outcome.EXCLUDED,
            )
        )
        pair = correct + mismatch
        yield "accuracy", correct + empty, pair + missing + extra + empty
        yield "precision", correct, pair + extra
        yield "recall", correct, pair + missing
        yield "f1", 2 * correct, 2 * pair + extra + missing
        yield from self._placed(pair)
        yield "unscored_share", excluded, pair + extra + excluded

    def sums_of_class(self, label: int) -> Iterator[Columns]:
        """Yield every measure of one class against the rest, as ``sums``."""
        out = (CODES[None], CODES[Outcome.EXCLUDED])
        counted = (~np.isin(self.outcome, out)).astype(np.int64)
        truth = self.sets.asked(self.truth, label)
        there = (np.isin(self.outcome, _WITH_TRUTH) & (truth == label)).astype(np.int64)
        said = (np.isin(self.outcome, _WITH_SAID) & (self.said == label)).astype(np.int64)
        both = there * said
        yield "accuracy", counted - np.abs(there - said), counted
        yield "precision", both, said
        yield "recall", both, there
        yield "f1", 2 * both, there + said
        yield from self._placed(both)

    def _placed(self, pair: Integers) -> Iterator[Columns]:
        shape = (pair * ~np.isnan(self.similarity)).astype(np.float64)
        yield "iou_mean", shape * np.nan_to_num(self.similarity), shape
        area = pair * self.is_area
        yield "dice_mean", area * dice_of_iou(self.similarity), area.astype(np.float64)


def of_rows(rows: Sequence[Row], sets: LabelSets) -> Became:
    """Return *rows* as columns, with the *sets* that codes of their classes are of."""
    columns = list(zip(*rows, strict=True)) or [()] * len(Row._fields)
    outcome, truth, said, similarity, is_area = columns
    return Became(
        np.array([CODES[one] for one in outcome], dtype=np.int64),
        np.array(truth, dtype=np.int64),
        np.array(said, dtype=np.int64),
        np.array(similarity, dtype=np.float64),
        np.array(is_area, dtype=np.bool_),
        sets,
    )


def worth(measure: str) -> Integers:
    """Return what every outcome adds above and below the line of *measure*, by ``CODES``, int64 [outcomes + 1, 2].

    Parameters
    ----------
    measure : str
        One of ``sums`` that counts objects: not a mean of how alike they are.

    Examples
    --------
    >>> worth("recall")[[CODES[Outcome.CORRECT], CODES[Outcome.MISSING], CODES[Outcome.EXTRA]]].tolist()
    [[1, 1], [0, 1], [0, 0]]
    """
    each = of_rows([Row(outcome) for outcome in (*Outcome, None)], LabelSets())
    added = {name: np.column_stack([part, whole]) for name, part, whole in each.sums()}
    return added[measure].astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """What became of objects, and which ones: places on either side, ``NONE`` where there is none, int64 [n]."""

    became: Became
    truth: Integers
    said: Integers


def of_compared(compared: Compared, truth: Side, said: Side, is_area: Booleans) -> Placed:
    """Return what became of every object that the engine speaks of: pairs, then missing, extra and excluded ones."""
    missing, extra = compared.missing, compared.extra
    alone = np.setdiff1d(compared.excluded, compared.said)
    lengths = (len(missing), len(extra), len(alone))
    nobody = [np.full(n, NONE, dtype=np.int64) for n in lengths]
    of_truth = np.concatenate([compared.truth, missing, nobody[1], nobody[2]])
    of_said = np.concatenate([compared.said, nobody[0], extra, alone])
    pair = np.where(compared.same_label, CODES[Outcome.CORRECT], CODES[Outcome.MISMATCH])
    pair = np.where(np.isin(compared.said, compared.excluded), CODES[Outcome.EXCLUDED], pair)
    others = (Outcome.MISSING, Outcome.EXTRA, Outcome.EXCLUDED)
    codes = [np.full(n, CODES[one], np.int64) for one, n in zip(others, lengths, strict=True)]
    similarity = np.zeros(len(of_truth))
    similarity[: len(compared.similarity)] = compared.similarity
    area = np.zeros(len(of_truth), dtype=np.bool_)
    area[: len(compared.truth)] = is_area[compared.truth]
    became = Became(
        np.concatenate([pair, *codes]).astype(np.int64),
        _label(truth, of_truth),
        _label(said, of_said),
        similarity,
        area,
    )
    return Placed(became, of_truth, of_said)


def _label(side: Side, place: Integers) -> Integers:
    """Return the labels of the objects at *place*, and ``NONE`` where there is none."""
    found = np.full(len(place), NONE, dtype=np.int64)
    found[place != NONE] = side.label[place[place != NONE]]
    return found


def joined(became: Became, *, empty: int) -> Became:
    """Return *became* with so many *empty* units more."""
    nothing = np.full(empty, NONE, dtype=np.int64)
    return Became(
        np.concatenate([became.outcome, np.full(empty, CODES[Outcome.EMPTY], dtype=np.int64)]),
        np.concatenate([became.truth, nothing]),
        np.concatenate([became.said, nothing]),
        np.concatenate([became.similarity, np.zeros(empty)]),
        np.concatenate([became.is_area, np.zeros(empty, dtype=np.bool_)]),
        became.sets,
    )
