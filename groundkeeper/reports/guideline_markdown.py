"""A guideline as annotators read it: Markdown."""

from groundkeeper.core.guideline.document import Guideline
from groundkeeper.reports.blocks import as_markdown
from groundkeeper.reports.guideline_blocks import blocks
from groundkeeper.reports.guideline_entries import entries


def document(guideline: Guideline) -> str:
    """Return *guideline* as Markdown for annotators: what the page of ``guideline_document`` says."""
    return as_markdown(blocks(entries(guideline)))
