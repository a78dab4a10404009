"""Which rows of one file belong together: a row whose key names nothing, or several things, is refused.

A refused answer takes its annotations with it, and each of them is listed. A refused annotation takes its parts with
it; they are told by its row. Answers to items that are known but not wanted wait in the inbox, and are no rejects.
"""

from collections.abc import Collection

import pandas as pd

from groundkeeper.core.ingestion.tables import Tables, refuse
from groundkeeper.errors import listing
from schemas.enums import AnswerState

ANSWER = ["item_key", "annotator"]
"""What an answer key stands for."""


def attributable(reading: Tables, wanted: Collection[str], known: Collection[str]) -> Tables:
    """Return the rows of *reading* that can be told whose they are, and the others as rejects.

    * ``item_is_known``: the item of an answer is in the pool.
    * ``state_is_known``: the state of an answer is in its vocabulary.
    * ``answer_key_names_one_answer``: where a key stands for several annotators or items, nobody can say whose an
      annotation with that key is. All answers with the key are then refused rather than their annotations alone: an
      answer without what it found would be taken for one that found less. Where no annotation has the key, all stay.
    * ``answer_is_known``, ``answer_stands``: the answer of an annotation is in the file, and was not refused.
    * ``annotation_key_names_one_annotation``: annotations that differ and share a key are all refused, for their parts
      could be either's. ``annotation_stands_once``: equal ones count once.
    * ``annotation_is_known``: the annotation of a part is in the file.

    Parameters
    ----------
    reading : Tables
        Tables in the words of a reader; see ``groundkeeper.formats.Reading``.
    wanted : collection of str
        Keys of the items whose answers are taken in.
    known : collection of str
        Keys of all items of the pool.

    Returns
    -------
    Tables
        In the words of the reader; the rejects, on any index, are those of the reader and those found here.
    """
    answers, refused, no_answers = _answers(reading, wanted, known)
    annotations, no_annotations = _annotations(reading, answers, refused)
    given = reading.annotations["annotation_key"]
    lost = reading.parts[~reading.parts["annotation_key"].isin(given)]
    no_parts = refuse(
        lost["annotation_key"] + "/frame-" + lost["frame"].astype("str"),
        "annotation_is_known",
        lost["annotation_key"],
        "the key of an annotation in the same file",
    )
    parts = reading.parts[reading.parts["annotation_key"].isin(annotations["annotation_key"])]
    rejects = pd.concat([reading.rejects, *no_answers, *no_annotations, no_parts])
    return Tables(answers, annotations, parts, rejects)


def _answers(
    reading: Tables, wanted: Collection[str], known: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[pd.DataFrame]]:
    """Return the answers that stand, those that are refused, and their rejects."""
    answers, key = reading.answers, reading.answers["answer_key"]
    is_known = answers["item_key"].isin(known)
    is_wanted = answers["item_key"].isin(wanted)
    has_state = answers["state"].isin(list(AnswerState))
    pairs = answers[["answer_key", *ANSWER]].drop_duplicates()
    shared = pairs.loc[pairs["answer_key"].duplicated(), "answer_key"]
    is_ambiguous = key.isin(shared) & key.isin(reading.annotations["answer_key"])
    nowhere = ~is_known
    stateless = is_wanted & ~has_state
    ambiguous = is_wanted & has_state & is_ambiguous
    who = answers["annotator"] + " on " + answers["item_key"]
    rejects = [
        refuse(
            key[nowhere],
            "item_is_known",
            answers.loc[nowhere, "item_key"],
            "the key of an item that a batch of this set describes",
        ),
        refuse(
            key[stateless],
            "state_is_known",
            answers.loc[stateless, "state"],
            listing(AnswerState),
        ),
        refuse(
            key[ambiguous],
            "answer_key_names_one_answer",
            who[ambiguous],
            "a key of its own for every annotator and item, so that annotations can be told apart",
        ),
    ]
    stands = is_wanted & has_state & ~is_ambiguous
    return answers[stands], answers[nowhere | stateless | ambiguous], rejects


def _annotations(
    reading: Tables, answers: pd.DataFrame, refused: pd.DataFrame
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Return the annotations of the *answers* that stand, each once, and the rejects."""
    found = reading.annotations
    key, home = found["annotation_key"], found["answer_key"]
    stands = home.isin(answers["answer_key"])
    homeless = ~home.isin(reading.answers["answer_key"])
    orphaned = home.isin(refused["answer_key"]) & ~stands
    distinct = found["annotation_key"][~found.duplicated()]
    ambiguous = stands & key.isin(distinct[distinct.duplicated()])
    again = stands & ~ambiguous & found.duplicated()
    rejects = [
        refuse(
            key[homeless],
            "answer_is_known",
            home[homeless],
            "the key of an answer in the same file",
        ),
        refuse(key[orphaned], "answer_stands", home[orphaned], "an answer that is not refused"),
        refuse(
            key[ambiguous],
            "annotation_key_names_one_annotation",
            home[ambiguous] + ": " + found.loc[ambiguous, "attributes"],
            "a key of its own for every annotation, so that parts can be told apart",
        ),
        refuse(
            key[again],
            "annotation_stands_once",
            found.loc[again, "attributes"],
            "no two equal annotations in one answer",
        ),
    ]
    return found[stands & ~ambiguous & ~again], rejects
