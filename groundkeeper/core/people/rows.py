"""One figure about one annotator as a row of the table ``measures``."""

from groundkeeper.core.estimates import Estimate


def row(measure: str, subject: str, facet: str, level: str, found: Estimate) -> dict[str, object]:
    """Return *found* as a row of ``schemas.names.MEASURES``.

    Examples
    --------
    >>> from groundkeeper.core.estimates import undefined
    >>> row("quiz_right", "ada", "version", "2.0.0", undefined("nothing was answered"))["note"]
    'nothing was answered'
    """
    return {
        "measure": measure,
        "subject": subject,
        "facet": facet,
        "level": level,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "groups": found.groups,
        "effective_n": found.effective_n,
        "note": found.note,
    }
