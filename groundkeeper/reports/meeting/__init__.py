"""The pack for a consensus meeting as one page of HTML and as Markdown."""

from groundkeeper.reports.meeting.material import Material
from groundkeeper.reports.meeting.pack import NOTHING, ORDER, Pack, pack
from groundkeeper.reports.outlines import consensus_key
from groundkeeper.reports.page import render

__all__ = ["Material", "Pack", "html", "pack"]


def html(made: Pack) -> str:
    """Return the page of a pack; nothing is loaded from elsewhere, and what people wrote stays text."""
    return render(
        "meeting.html.j2",
        pack=made,
        order=ORDER,
        nothing=NOTHING,
        consensus_key=consensus_key(),
    )
