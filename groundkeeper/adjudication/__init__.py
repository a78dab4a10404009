"""Adjudicate: see what the experts could not settle, gravest first, and say what holds, through the inbox."""

from groundkeeper.adjudication.cases import Listed, Opened, listed, next_open, opened
from groundkeeper.adjudication.outlook import Outlook, outlook
from groundkeeper.adjudication.ruling import Decided, decide
from groundkeeper.adjudication.statement import Ruling

__all__ = [
    "Decided",
    "Listed",
    "Opened",
    "Outlook",
    "Ruling",
    "decide",
    "listed",
    "next_open",
    "opened",
    "outlook",
]
