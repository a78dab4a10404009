"""How much a new version changes: the level of semantic versioning, declared and computed."""

from enum import IntEnum

from groundkeeper.core.guideline.values import version_key


class Level(IntEnum):
    """From no change at all to one that changes what records say or who has to look again.

    Examples
    --------
    >>> max(Level.PATCH, Level.MAJOR).word
    'major'
    """

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """The level as people and JSON say it."""
        return self.name.lower()


def declared(old: str, new: str) -> Level:
    """Return the level of the first number in which two versions differ.

    Examples
    --------
    >>> declared("1.4.2", "1.5.0").word, declared("1.4.2", "2.0.0").word
    ('minor', 'major')
    >>> declared("1.4.2", "1.4.2").word
    'none'
    """
    numbers = zip(
        (Level.MAJOR, Level.MINOR, Level.PATCH), version_key(old), version_key(new), strict=True
    )
    return next((level for level, before, after in numbers if before != after), Level.NONE)


def raised(version: str, level: Level) -> str:
    """Return the lowest version above *version* that declares *level*.

    Examples
    --------
    >>> raised("1.4.2", Level.MAJOR), raised("1.4.2", Level.PATCH), raised("1.4.2", Level.NONE)
    ('2.0.0', '1.4.3', '1.4.2')
    """
    major, minor, patch = version_key(version)
    match level:
        case Level.MAJOR:
            numbers = major + 1, 0, 0
        case Level.MINOR:
            numbers = major, minor + 1, 0
        case Level.PATCH:
            numbers = major, minor, patch + 1
        case _:
            numbers = major, minor, patch
    return ".".join(map(str, numbers))
