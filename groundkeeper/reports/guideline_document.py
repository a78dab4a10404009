"""A guideline as annotators read it: one page."""

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.reports import guideline_entries as said
from groundkeeper.reports.page import render


def document(guideline: Guideline) -> str:
    """Return *guideline* as one HTML page for annotators, which opens offline and prints well."""
    return render("guideline.html.j2", said=said, guideline=said.entries(guideline))
