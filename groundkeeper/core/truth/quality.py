"""How good each annotator is, and how far that is known.

The accuracy of an annotator is the mean probability that the soft labels give to what they said. Three things make it
uncertain, and its interval is of all three: few answers; answers that come in groups; and truth that is itself
inferred, partly from these very answers. The last is the information that is missing because truth is not seen (Louis
1982): where w and v labelled the same tasks, the covariance of *w is right* and *v is right* under the posterior says
how far an error in the skill of one moves that of the other. With M, the fractions of missing information between
annotators, and B, the covariance of their scores summed by group, the variance is ``(1 - M)^-1 B (1 - M)^-1``, or
``(1 - M)^-1`` where that is more. The limits are the exact ones of a share at the number of answers with known truth
that would have this variance. All of it is also worked out with truth as uncertain as the accuracies alone would
leave it, and the fewer answers count: a model with many numbers to fit is too sure of what it fitted. For all of this
an accuracy counts as no nearer to 0 or 1 than two errors more than none would put it: at the border information is
no finite number. The limits themselves are of the accuracy as it is. Whether errors come in groups cannot be seen of
an annotator without any: there, all answers of a group are one.

What intervals of 95 % cover, over simulated crowds of 3, 5 or 7 annotators who labelled all of 100 (100 crowds) or
1,000 tasks (20 crowds) with 2 or 4 classes, by one-coin and by full Dawid-Skene, give or take 2 points: with
accuracies of 0.80 to 0.95, 93 to 98 %; of 0.55 to 0.90, 95 to 98 %; of 0.50 to 0.70, 94 to 99 %. For 100 annotators
with 25 answers each it
is 99 % or more, and the intervals are wide. Where accuracy varies between groups of 10 to 20 tasks: 95 to 97 % with
*groups*, and 74 to 87 % without. They do not cover what the model leaves out: where three tasks in ten were hard for
all, 90 %; where one of five annotators copied half of the answers of another, 74 %; one-coin where a rare class is
harder, 84 %.

On three crowds with gold the share of annotators whose agreement with it lies in the interval of full Dawid-Skene is
95 % (D_Product), 94 % (D_PosSent) and 97 % (recognising textual entailment).

A method without a model of annotators, such as majority, has shares of votes for probabilities; their mean is no
estimate of accuracy, and there is no interval of it. Nor is there one for an annotator whose tasks nobody else
labelled: a model has nothing to hold their answers against. How often an annotator agrees with the others has an
interval under every method.

References
----------
Louis (1982), Finding the observed information matrix when using the EM algorithm, Journal of the Royal Statistical
Society B 44:226-233, doi:10.1111/j.2517-6161.1982.tb01203.x.
White (1982), Maximum likelihood estimation of misspecified models, Econometrica 50:1-25, doi:10.2307/1912526.
Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts estimated
from survey data, Survey Methodology 24:193-201.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from groundkeeper.core.estimates import FEWEST_GROUPS, too_few
from groundkeeper.core.runs import members
from groundkeeper.core.truth.against_gold import CONFIDENCE, probability_of
from groundkeeper.core.truth.answer_sums import LARGEST_CROWD, AnswerSums
from groundkeeper.core.truth.inferred import Inferred
from groundkeeper.core.truth.labels import Floats, Labels
from groundkeeper.core.truth.shares import total_by

UNACCOMPANIED = "no interval: nobody else labelled any of these tasks"
"""The note of an annotator whose answers nothing can be held against."""


def quality(
    inferred: Inferred, *, groups: pd.Series | None = None, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """Return how good each annotator is.

    Parameters
    ----------
    inferred : Inferred
    groups : Series, optional
        The group of each task with labels, by task; without it tasks are independent.
    confidence : float
        Of the intervals, in (0, 1).

    Returns
    -------
    DataFrame
        One row per annotator, ascending: ``annotator``; ``answers``, ``tasks`` and their ``groups``; ``accuracy`` with
        ``low, high`` and ``effective_n``, the number of answers with known truth that would say as much;
        ``agreement``, the mean share of the others' labels of the task that are the same, with ``agreement_low,
        agreement_high``; ``note``, why something is nan or what to know of it.

    Raises
    ------
    RefusedError
        If *groups* leaves out a task.

    Examples
    --------
    Twelve tasks and three annotators, of whom c erred once:

    >>> from groundkeeper.core.truth.inferred import Posterior
    >>> from groundkeeper.core.truth.labels import code_labels
    >>> rows = [(t, w, "x" if (t, w) == (0, "c") else "y") for t in range(12) for w in "abc"]
    >>> labels = code_labels(pd.DataFrame(rows, columns=["task", "annotator", "label"]))
    >>> shares = np.tile([0.0, 1.0], (12, 1))
    >>> shares[0] = [1 / 3, 2 / 3]
    >>> majority = Inferred("majority", labels, Posterior.of_dense(shares, np.ones(12, bool)))
    >>> quality(majority)[["annotator", "accuracy", "agreement"]].round(3).to_numpy().tolist()
    [['a', 0.972, 0.958], ['b', 0.972, 0.958], ['c', 0.944, 0.917]]
    """
    labels = inferred.labels
    sums = AnswerSums.of(labels, groups)
    probability = probability_of(inferred.posterior, labels.task, labels.label)
    accuracy = sums.mean(probability)
    agreement = _agreement(labels, sums, confidence)
    if inferred.fit.objective:
        by_accuracy = _by_accuracy_alone(inferred, sums, accuracy)
        effective = np.minimum(
            sums.evidence_of_skill(probability), sums.evidence_of_skill(by_accuracy)
        )
        effective = np.where(_unaccompanied(sums, agreement), np.nan, effective)
        low, high = sums.limits(accuracy, effective, confidence)
    else:
        effective = low = high = np.full(labels.n_annotators, np.nan)
    return pd.DataFrame(
        {
            "annotator": labels.annotators,
            "answers": sums.answers.round().astype(np.int64),
            "tasks": sums.tasks.round().astype(np.int64),
            "groups": sums.groups,
            "accuracy": accuracy,
            "low": low,
            "high": high,
            "effective_n": effective,
        }
        | agreement
        | {"note": _notes(inferred, sums, agreement)}
    )


def recall(inferred: Inferred) -> pd.DataFrame:
    """Return how often each annotator names each class when it is the true one, given the soft labels.

    Returns
    -------
    DataFrame
        One row per annotator and class that some task of theirs may be: ``annotator, label, expected``, how many of
        the tasks they answered are of the class as the soft labels have it, and ``recall``; by annotator and class.
    """
    labels, k = inferred.labels, max(inferred.labels.n_classes, 1)
    task = labels.task
    weight = labels.multiplicity[task]
    listed = np.diff(inferred.posterior.starts)[task]
    answer, row = members(inferred.posterior.starts[task], listed)
    named = inferred.posterior.classes[row]
    mass = inferred.posterior.probability[row] * weight[answer]
    keys, cell = np.unique(
        labels.annotator[answer].astype(np.int64) * k + named, return_inverse=True
    )
    expected = np.bincount(cell, mass, len(keys))
    hit = np.bincount(cell, mass * (named == labels.label[answer]), len(keys))
    possible = expected > 0
    return pd.DataFrame(
        {
            "annotator": labels.annotators[keys[possible] // k],
            "label": labels.classes[keys[possible] % k],
            "expected": expected[possible],
            "recall": hit[possible] / expected[possible],
        }
    )


def _by_accuracy_alone(inferred: Inferred, sums: AnswerSums, accuracy: Floats) -> Floats:
    """Return ``[n]``: how probable each answer is if all that is known of annotators is their *accuracy*.

    One-coin Dawid-Skene, one round: an annotator errs to every other class alike. With accuracies a, k classes and
    prior q, class c has the odds ``q_c prod_w a_w (k - 1) / (1 - a_w)`` over those w who said it.
    """
    k = inferred.labels.n_classes
    if k < 2:  # noqa: PLR2004 - with one class nobody can err
        return np.ones(len(sums.task))
    a = sums.within_reach(accuracy)
    odds = np.log(a / (1 - a) * (k - 1))
    of_class = total_by(inferred.posterior.classes, inferred.posterior.probability, k)
    prior = of_class / of_class.sum()
    claims, claim = np.unique(sums.task * k + sums.label, return_inverse=True)
    task = claims // k
    support = total_by(claim, odds[sums.annotator], len(claims))
    highest = np.zeros(inferred.labels.n_tasks)
    np.maximum.at(highest, task, support)
    said = prior[claims % k]
    named = total_by(task, said, len(highest))
    mass = said * np.exp(support - highest[task])
    rest = np.maximum(1 - named, 0) * np.exp(-highest)
    found: Floats = (mass / (total_by(task, mass, len(highest)) + rest)[task])[claim]
    return found


def _agreement(labels: Labels, sums: AnswerSums, confidence: float) -> dict[str, Floats]:
    k, task = max(labels.n_classes, 1), labels.task
    alike = _counts(task * k + labels.label)
    person = task * max(labels.n_annotators, 1) + labels.annotator
    others = _counts(task) - _counts(person)
    same = alike - _counts(person * k + labels.label)
    paired = others > 0
    shared = same[paired] / others[paired]
    in_pairs = sums.chosen(paired)
    agreement = in_pairs.mean(shared)
    low, high = in_pairs.limits(
        agreement, in_pairs.evidence(shared, others[paired].astype(np.float64)), confidence
    )
    return {"agreement": agreement, "agreement_low": low, "agreement_high": high}


def _counts(keys: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Return how often each key occurs, at each of its places."""
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    found: npt.NDArray[np.integer] = counts[inverse]
    return found


def _unaccompanied(sums: AnswerSums, agreement: Mapping[str, Floats]) -> npt.NDArray[np.bool_]:
    """Return ``[crowd]``: of whom every task was labelled by nobody else."""
    return (sums.answers > 0) & np.isnan(agreement["agreement"])


def _notes(inferred: Inferred, sums: AnswerSums, agreement: Mapping[str, Floats]) -> list[str]:
    shared_by_all = ""
    if not inferred.fit.objective:
        shared_by_all = (
            f"no interval of accuracy: the probabilities of {inferred.method} are shares of votes, "
            "an annotator's own among them; a model of annotators has one"
        )
    elif sums.crowd > LARGEST_CROWD:
        shared_by_all = (
            f"the skills of the others are taken as known: more than {LARGEST_CROWD} annotators"
        )
    return [
        _note(round(answers), int(groups), UNACCOMPANIED if alone else shared_by_all)
        for answers, groups, alone in zip(
            sums.answers, sums.groups, _unaccompanied(sums, agreement), strict=True
        )
    ]


def _note(answers: int, groups: int, otherwise: str) -> str:
    if not answers:
        return "no answers"
    return too_few(groups) if groups < FEWEST_GROUPS else otherwise
