"""Which versions of a guideline a version descends from."""

from collections.abc import Iterator, Mapping

from groundkeeper.core.guideline.document import Guideline


def line(versions: Mapping[str, Guideline], version: str | None) -> Iterator[str]:
    """Yield *version* and all of *versions* that it descends from, the newest first.

    A version supersedes an older one, so a line cannot come back to itself.
    """
    while version is not None and version in versions:
        yield version
        version = versions[version].guideline.supersedes
